use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::LoadError;
use crate::files::normal;
use crate::scanner::Tree;

/// Folders nest no deeper than this; links that lead in circles end here.
const DEPTH_MAX: usize = 32;

/// The scenario files among `paths`: files as they are given, folders with all that is below them, sorted.
///
/// In folders, a `*.ron` file is no scenario if it is called `plan.ron` or `*.plan.ron`, if a scenario found
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
            walk(path, DEPTH_MAX, &mut found)?;
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
                walk(&folder, 0, &mut found)?;
            }
        }
    }
    Ok(found.into_iter().collect())
}

fn walk(folder: &Path, depth: usize, found: &mut BTreeSet<PathBuf>) -> Result<(), LoadError> {
    let refuse = |source| LoadError::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(refuse)? {
        let path = entry.map_err(refuse)?.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if name.starts_with('.') || ["gates", "requirements", "studies"].contains(&name) {
            continue;
        }
        if path.is_dir() {
            if depth > 0 {
                walk(&path, depth - 1, found)?;
            }
        } else if name.ends_with(".ron") && name != "plan.ron" && !name.ends_with(".plan.ron") {
            found.insert(path);
        }
    }
    Ok(())
}

/// The plan that a file names, if it can be read and names one. Errors are the loader's to tell.
fn plan_of(file: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(file).ok()?;
    let place = Tree::new(&text).find(&text, "plan")?;
    let plan = text[place].strip_prefix('"')?.strip_suffix('"')?.to_owned();
    Some(normal(&file.parent()?.join(plan)))
}
