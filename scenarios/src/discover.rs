use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::LoadError;
use crate::files::{Disk, Files, normal, read_file};
use crate::plain::unprintable;
use crate::source::Source;

/// Folders nest no deeper than this.
const DEPTH_MAX: usize = 32;
/// A folder with more entries, all below it counted, is no suite: somebody named a home or a disk.
const ENTRIES_MAX: usize = 200_000;

/// The scenario files among `paths`: files as they are given, folders with all that is below them, sorted.
///
/// In folders, a `*.ron` file is no scenario if it is called `plan.ron`, `*.plan.ron`, `gate.ron` or `*.gate.ron`, if a scenario found
/// beside it names it as its plan, or if it lies below a folder `gates`, `requirements` or `studies`; nor is anything whose
/// name begins with a dot. Whether the rest *are* scenarios shows when they are loaded.
///
/// # Errors
/// When a path cannot be read, or no scenario is found at all: an empty suite must not pass.
pub fn discover(paths: &[PathBuf]) -> Result<Vec<PathBuf>, LoadError> {
    let (mut given, mut found) = (BTreeSet::new(), BTreeSet::new());
    for path in paths {
        let read = fs::metadata(path).map_err(|source| LoadError::Read { path: path.clone(), source })?;
        if read.is_dir() {
            Walk::default().below(path, DEPTH_MAX, &mut found)?;
        } else {
            given.insert(path.clone());
        }
    }
    let plans: BTreeSet<PathBuf> = found.iter().filter_map(|file| plan_of(file)).collect();
    given.extend(found.into_iter().filter(|file| !plans.contains(&normal(file))));
    match given.is_empty() {
        true => Err(LoadError::Empty { paths: paths.to_vec() }),
        false => Ok(given.into_iter().collect()),
    }
}

/// The gate files below `paths`: every `*.ron` in a folder `gates`. There may be none.
///
/// # Errors
/// When a path cannot be read.
pub fn discover_gates(paths: &[PathBuf]) -> Result<Vec<PathBuf>, LoadError> {
    let mut found = BTreeSet::new();
    for path in paths.iter().filter(|path| path.is_dir()) {
        for folder in [path.clone(), path.join("gates")] {
            if folder.file_name() == Some(OsStr::new("gates")) && folder.is_dir() {
                Walk::default().below(&folder, 0, &mut found)?;
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// A way through folders that enters each once, however many links lead there.
#[derive(Default)]
struct Walk {
    entered: BTreeSet<PathBuf>,
    entries: usize,
}

impl Walk {
    fn below(&mut self, folder: &Path, depth: usize, found: &mut BTreeSet<PathBuf>) -> Result<(), LoadError> {
        let refuse = |source| LoadError::Read { path: folder.to_owned(), source };
        // The path without links is the folder's identity, on every platform.
        if !self.entered.insert(folder.canonicalize().map_err(refuse)?) {
            return Ok(());
        }
        for entry in fs::read_dir(folder).map_err(refuse)? {
            let path = entry.map_err(refuse)?.path();
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                let why = format!(
                    "it holds more than {ENTRIES_MAX} files and folders: name the folder of the suite"
                );
                return Err(refuse(io::Error::other(why)));
            }
            self.take(folder, path, depth, found)?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        folder: &Path,
        path: PathBuf,
        depth: usize,
        found: &mut BTreeSet<PathBuf>,
    ) -> Result<(), LoadError> {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if name.starts_with('.') || ["gates", "requirements", "studies"].contains(&name) {
            return Ok(());
        }
        if path.is_dir() {
            return if depth > 0 { self.below(&path, depth - 1, found) } else { Ok(()) };
        }
        let other = ["plan.ron", "gate.ron"].iter().any(|kind| {
            name.strip_suffix(kind).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        });
        if name.ends_with(".ron") && !other {
            named_soundly(&path)?;
            stays_in_reach(folder, &path)?;
            found.insert(path);
        }
        Ok(())
    }
}

/// Names of files stand in tables and logs.
fn named_soundly(path: &Path) -> Result<(), LoadError> {
    let shown = path.to_string_lossy();
    match unprintable(&shown) {
        None => Ok(()),
        Some((problem, _)) => {
            let why = io::Error::other(format!("its name cannot be printed: {problem}; rename it"));
            Err(LoadError::Read { path: shown.escape_debug().to_string().into(), source: why })
        }
    }
}

/// A link in a suite leads to nothing outside its repository.
fn stays_in_reach(folder: &Path, path: &Path) -> Result<(), LoadError> {
    Disk.is_within_reach(folder, path).map_err(|home| {
        let why = format!("it is a link that leads outside {}; give --allow-outside", home.display());
        LoadError::Read { path: path.to_owned(), source: io::Error::other(why) }
    })
}

/// The plan that a file names, if it can be read and names one. Errors are the loader's to tell.
fn plan_of(file: &Path) -> Option<PathBuf> {
    let source = Source::new(file, read_file(file).ok()?).ok()?;
    let (text, place) = (&source.text, source.find("plan")?);
    let plan = text[place].strip_prefix('"')?.strip_suffix('"')?.to_owned();
    Some(normal(&file.parent()?.join(plan)))
}
