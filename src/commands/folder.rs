//! A folder of results that is written whole or not at all.
//!
//! ```text
//!   out/.partial/report.json ...    while runs are made; synchronised to the disk, file by file
//!   out/.ready/                     one rename: from here on all of it is there
//!   out/report.json ...             the old files go first, then the new ones come, report.json last
//! ```
//!
//! Whoever is killed before the rename leaves the old files as they were; after it, whoever opens the folder next
//! finishes. Old and new never lie beside each other. A lock on the folder keeps a second process out.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::exit::Failure;

const PARTIAL: &str = ".partial";
const READY: &str = ".ready";
/// In [`READY`], the names of all files that belong to it, a line each.
const NAMES: &str = ".names";
/// The file that says that all others are there.
const LAST: &str = "report.json";
/// What an interrupted run leaves beside a complete report is called so.
const INTERRUPTED: &str = "interrupted-";

/// The folder that `--out` names.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Files of these names are replaced together.
    family: &'static [&'static str],
    /// Held until this is dropped.
    _lock: Option<File>,
}

/// A file that will be in the folder.
#[derive(Debug)]
pub(super) struct Pending {
    path: PathBuf,
    pub file: File,
}

impl Folder {
    /// Makes the folder if it does not exist, and keeps others out of it: before the campaign, so that hours of runs
    /// are not lost to a wrong folder.
    pub fn open(path: &Path, family: &'static [&'static str]) -> Result<Folder, Failure> {
        let refuse = |error| unwritable(path, &error);
        let folder = Folder { path: path.to_owned(), family, _lock: claim(path)? };
        folder.finish_what_was_begun().map_err(refuse)?;
        folder.clear(PARTIAL).map_err(refuse)?;
        fs::create_dir(folder.path.join(PARTIAL)).map_err(refuse)?;
        Ok(folder)
    }

    /// A file of this name, empty as yet.
    pub fn file(&self, name: &str) -> Result<Pending, Failure> {
        let path = self.path.join(PARTIAL).join(name);
        let file = File::create_new(&path).map_err(|error| unwritable(&self.path, &error))?;
        Ok(Pending { path, file })
    }

    /// Gives all files their names. What is interrupted replaces nothing complete: then it gets names of its own, which
    /// are returned.
    pub fn publish(self, interrupted: bool) -> Result<Option<PathBuf>, Failure> {
        let beside = interrupted && self.is_complete();
        let prefix = if beside { INTERRUPTED } else { "" };
        self.put_in_place(prefix).map_err(|error| lost(&self.path, &error))?;
        Ok(beside.then(|| self.path.join(format!("{INTERRUPTED}{LAST}"))))
    }

    fn put_in_place(&self, prefix: &str) -> io::Result<()> {
        let (partial, ready) = (self.path.join(PARTIAL), self.path.join(READY));
        let mut names = Vec::new();
        for entry in fs::read_dir(&partial)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !prefix.is_empty() {
                fs::rename(partial.join(&name), partial.join(format!("{prefix}{name}")))?;
            }
            names.push(format!("{prefix}{name}"));
        }
        let mut list = File::create_new(partial.join(NAMES))?;
        list.write_all(names.join("\n").as_bytes())?;
        list.sync_all()?;
        sync(&partial)?;
        fs::rename(&partial, &ready)?;
        sync(&self.path)?;
        self.finish_what_was_begun()
    }

    /// From [`READY`] to the folder. Does the rest if somebody was killed halfway.
    fn finish_what_was_begun(&self) -> io::Result<()> {
        let ready = self.path.join(READY);
        let names = match fs::read_to_string(ready.join(NAMES)) {
            Ok(names) => names.lines().map(str::to_owned).collect::<Vec<_>>(),
            Err(error) if error.kind() == ErrorKind::NotFound => return self.clear(READY),
            Err(error) => return Err(error),
        };
        for old in self.replaced_by(&names) {
            // What has come already is no longer in `ready`, and stays.
            if !names.contains(&old) || ready.join(&old).exists() {
                gone(fs::remove_file(self.path.join(old)))?;
            }
        }
        let (last, others): (Vec<_>, Vec<_>) = names.iter().partition(|name| name.ends_with(LAST));
        for name in others.into_iter().chain(last) {
            gone(fs::rename(ready.join(name), self.path.join(name)))?;
        }
        sync(&self.path)?;
        self.clear(READY)
    }

    /// Names that must not stay beside these: the same, and of complete files all of the family.
    fn replaced_by(&self, names: &[String]) -> Vec<String> {
        let interrupted = |name: &&str| format!("{INTERRUPTED}{name}");
        let beside = names.iter().all(|name| name.starts_with(INTERRUPTED));
        // The report goes first: what lies there without it claims nothing.
        let mut replaced: Vec<String> = self.family.iter().map(interrupted).collect();
        if !beside {
            replaced.extend(self.family.iter().map(|name| (*name).to_owned()));
        }
        replaced.sort_by_key(|name| !name.ends_with(LAST));
        replaced
    }

    /// Whether a report of runs that were all made lies there.
    fn is_complete(&self) -> bool {
        #[derive(Deserialize)]
        struct Said {
            #[serde(default)]
            interrupted: bool,
        }
        let text = scenarios::read_text(&self.path.join(LAST)).ok();
        text.and_then(|text| serde_json::from_str::<Said>(&text).ok()).is_some_and(|said| !said.interrupted)
    }

    fn clear(&self, name: &str) -> io::Result<()> {
        gone(fs::remove_dir_all(self.path.join(name)))
    }
}

impl Pending {
    pub fn write(mut self, text: &str) -> Result<(), Failure> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|error| lost(&self.path, &error))
    }
}

/// A file of any kind, written whole: what is there stays if the new text does not fit on the disk. Devices and pipes
/// are written to as they are.
pub(super) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|known| !known.is_file()) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes());
    }
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?.to_string_lossy();
    let partial = path.with_file_name(format!(".{name}.{}.partial", std::process::id()));
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    written.inspect_err(|_| drop(fs::remove_file(&partial)))
}

/// Makes the folder if it does not exist, and keeps other processes out of it for as long as what is returned lives.
pub(super) fn claim(path: &Path) -> Result<Option<File>, Failure> {
    fs::create_dir_all(path).map_err(|error| unwritable(path, &error))?;
    lock(path)
}

/// The folder itself is locked: no file of a lock stays behind.
fn lock(path: &Path) -> Result<Option<File>, Failure> {
    // Where folders cannot be opened or locked there is no lock to be had.
    let Ok(folder) = File::open(path) else { return Ok(None) };
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(TryLockError::Error(_)) => Ok(None),
        Err(TryLockError::WouldBlock) => Err(Failure::invalid(
            format_args!("another process is writing to '{}'", path.display()),
            "give --out a folder of its own, or wait",
        )),
    }
}

/// So that what was renamed is so after a power failure, too. Not every system can open a folder.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder).map_or(Ok(()), |opened| opened.sync_all())
}

/// What is not there need not go.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Whether another path would help. A full, failing or exhausted disk is no fault of the command line.
pub(super) fn is_the_paths_fault(error: &io::Error) -> bool {
    use ErrorKind::*;
    matches!(
        error.kind(),
        NotFound
            | NotADirectory
            | IsADirectory
            | PermissionDenied
            | AlreadyExists
            | InvalidInput
            | InvalidFilename
            | ReadOnlyFilesystem
            | DirectoryNotEmpty
    )
}

fn unwritable(folder: &Path, error: &io::Error) -> Failure {
    let problem = format!("'{}' cannot be written to: {error}", folder.display());
    match is_the_paths_fault(error) {
        true => Failure::invalid(problem, "give --out a folder in which files can be made"),
        false => Failure::infrastructure(problem),
    }
}

pub(super) fn lost(file: &Path, error: &io::Error) -> Failure {
    // Without the folder that it lay in until it was whole.
    let shown: PathBuf = file.iter().filter(|part| *part != PARTIAL).collect();
    Failure::infrastructure(format_args!("'{}' cannot be written: {error}", shown.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: &[&str] = &["runs.jsonl", "report.json", "plan.yaml"];

    fn written(folder: Folder, files: &[(&str, &str)], interrupted: bool) -> Option<PathBuf> {
        files.iter().for_each(|(name, text)| folder.file(name).unwrap().write(text).unwrap());
        folder.publish(interrupted).unwrap()
    }

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_of_an_older_report_stays_beside_a_newer_one() {
        let out = tempfile::tempdir().unwrap();
        let path = out.path().join("a/b");
        written(Folder::open(&path, FAMILY).unwrap(), &[("report.json", "{}"), ("plan.yaml", "old")], false);
        fs::write(path.join("mine.txt"), "mine").unwrap();
        written(Folder::open(&path, FAMILY).unwrap(), &[("report.json", "{}"), ("runs.jsonl", "new")], false);
        assert_eq!(names(&path), ["mine.txt", "report.json", "runs.jsonl"]);
    }

    /// Killed after each of its steps, the folder holds the old files, the new ones, or those that have come so far,
    /// and whoever opens it next finds the new ones.
    #[test]
    fn whoever_is_killed_halfway_leaves_old_or_new_and_never_both() {
        let new = [("report.json", "new"), ("runs.jsonl", "new")];
        for come in 0..=new.len() {
            let out = tempfile::tempdir().unwrap();
            let path = out.path();
            written(
                Folder::open(path, FAMILY).unwrap(),
                &[("report.json", "old"), ("plan.yaml", "old")],
                false,
            );
            let ready = path.join(READY);
            fs::create_dir(&ready).unwrap();
            fs::write(ready.join(NAMES), "report.json\nruns.jsonl").unwrap();
            new.iter().for_each(|(name, text)| fs::write(ready.join(name), text).unwrap());
            if come > 0 {
                ["report.json", "plan.yaml"].iter().for_each(|old| fs::remove_file(path.join(old)).unwrap());
                let order = ["runs.jsonl", "report.json"];
                order[..come].iter().for_each(|name| fs::rename(ready.join(name), path.join(name)).unwrap());
            }
            drop(Folder::open(path, FAMILY).unwrap());
            assert_eq!(names(path), [PARTIAL, "report.json", "runs.jsonl"], "{come} had come");
            assert_eq!(fs::read_to_string(path.join("report.json")).unwrap(), "new");
        }
    }

    #[test]
    fn what_was_interrupted_replaces_nothing_complete() {
        let out = tempfile::tempdir().unwrap();
        let path = out.path();
        let (complete, cut) = (r#"{"interrupted":false}"#, r#"{"interrupted":true}"#);
        assert_eq!(written(Folder::open(path, FAMILY).unwrap(), &[("report.json", cut)], true), None);
        assert_eq!(written(Folder::open(path, FAMILY).unwrap(), &[("report.json", complete)], false), None);
        let beside = written(Folder::open(path, FAMILY).unwrap(), &[("report.json", cut)], true);
        assert_eq!(beside, Some(path.join("interrupted-report.json")));
        assert_eq!(fs::read_to_string(path.join("report.json")).unwrap(), complete);
        written(Folder::open(path, FAMILY).unwrap(), &[("report.json", complete)], false);
        assert_eq!(names(path), ["report.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn two_processes_do_not_write_to_one_folder() {
        let out = tempfile::tempdir().unwrap();
        let first = Folder::open(out.path(), FAMILY).unwrap();
        let second = Folder::open(out.path(), FAMILY).unwrap_err();
        assert!(second.text.contains("another process is writing to"), "{}", second.text);
        drop(first);
        assert!(Folder::open(out.path(), FAMILY).is_ok());
    }

    #[test]
    fn a_file_that_does_not_fit_leaves_the_old_one() {
        let out = tempfile::tempdir().unwrap();
        let file = out.path().join("trace.json");
        write_whole(&file, "old").unwrap();
        write_whole(&file, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(write_whole(&out.path().join("nowhere/trace.json"), "x").is_err());
        assert_eq!(names(out.path()), ["trace.json"]);
    }
}
