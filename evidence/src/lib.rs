//! Tests as evidence. A test that stands for requirements says so in its first line:
//!
//! ```no_run
//! use firedrill_evidence as evidence;
//!
//! #[test]
//! fn a_dry_run_changes_nothing() {
//!     let _evidence = evidence::of(&["Q-10"]);
//!     // ... what can fail
//! }
//! ```
//!
//! When the test ends, how it ended is written to a small file in `target/evidence`, which `firedrill coverage`
//! reads: pass if it returned, fail if it panicked. A test that is killed leaves a file that says that it began. The
//! file names the place in the source: once the ids no longer stand there, it counts no more. Not for tests that
//! should panic, nor for ones that return an error instead of panicking.

mod commit;

use std::fs;
use std::io;
use std::panic::Location;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Changes whenever a reader of older records would misread newer ones.
pub const RECORD_VERSION: u32 = 1;

/// Where records go instead of `evidence` in cargo's target folder.
pub const FOLDER_VARIABLE: &str = "FIREDRILL_EVIDENCE";

/// Which program this is: a digest of all sources that a verdict depends on, and of the versions of what they are built
/// with. 32 hexadecimal digits, the same in every build profile.
pub const PROGRAM: &str = env!("FIREDRILL_SOURCES");

/// How a test ended, or that it did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// It began; if this stays, it was killed.
    Began,
    /// It came to its end.
    Pass,
    /// It panicked.
    Fail,
}

/// What is written of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`RECORD_VERSION`].
    pub firedrill_evidence: u32,
    /// The test's name as the harness gives it to its thread; `main` if it has none of its own.
    pub test: String,
    /// Source file, relative to the workspace.
    pub file: String,
    /// The line that names the ids.
    pub line: u32,
    /// Requirements it stands for.
    pub ids: Vec<String>,
    /// How it ended.
    pub ended: Ended,
    /// The commit that was checked out, if it is known. What was changed since is not.
    pub commit: Option<String>,
    /// The program that was tested, as [`PROGRAM`] says.
    #[serde(default)]
    pub program: Option<String>,
}

/// Lives as long as its test.
#[derive(Debug)]
#[must_use = "bind it to a name such as `_evidence`, or the test is over at once"]
pub struct Evidence {
    record: Record,
    folder: Option<PathBuf>,
}

/// Says that the test that calls this stands for these requirements. Keep what it returns to the end of the test.
#[track_caller]
pub fn of(ids: &[&str]) -> Evidence {
    begin(ids, Location::caller(), folder())
}

fn begin(ids: &[&str], place: &Location<'_>, folder: Option<PathBuf>) -> Evidence {
    let record = Record {
        firedrill_evidence: RECORD_VERSION,
        test: std::thread::current().name().unwrap_or("main").to_owned(),
        file: place.file().replace('\\', "/"),
        line: place.line(),
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        ended: Ended::Began,
        commit: std::env::current_dir().ok().and_then(|here| commit::of(&here)),
        program: Some(PROGRAM.to_owned()),
    };
    let evidence = Evidence { record, folder };
    evidence.write();
    evidence
}

impl Evidence {
    /// A test is about its subject: that its record cannot be written is told and fails nothing.
    fn write(&self) {
        let Some(folder) = &self.folder else { return };
        if let Err(error) = write(folder, &self.record) {
            eprintln!("warning: evidence cannot be written to '{}': {error}", folder.display());
        }
    }
}

impl Drop for Evidence {
    fn drop(&mut self) {
        self.record.ended = if std::thread::panicking() { Ended::Fail } else { Ended::Pass };
        self.write();
    }
}

/// One file for each place in the sources. Given its name when it is whole.
fn write(folder: &Path, record: &Record) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let name = format!("{}-{}", record.file.replace(['/', '.', ':'], "-"), record.line);
    let (partial, whole) = (folder.join(format!("{name}.partial")), folder.join(format!("{name}.json")));
    let json = serde_json::to_string_pretty(record)?;
    fs::write(&partial, json + "\n")?;
    fs::rename(partial, whole)
}

/// `evidence` in the folder that cargo marks as its target folder, above the test that is running.
fn folder() -> Option<PathBuf> {
    if let Some(chosen) = std::env::var_os(FOLDER_VARIABLE) {
        return Some(PathBuf::from(chosen));
    }
    let executable = std::env::current_exe().ok()?;
    let target = executable.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists())?;
    Some(target.join("evidence"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn here() -> &'static Location<'static> {
        Location::caller()
    }

    fn only_record(folder: &Path) -> Record {
        let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        serde_json::from_slice(&fs::read(&files[0]).unwrap()).unwrap()
    }

    #[test]
    fn a_test_begins_and_passes() {
        let folder = tempfile::tempdir().unwrap();
        let evidence = begin(&["Q-10", "Q-12"], here(), Some(folder.path().to_owned()));
        assert_eq!(only_record(folder.path()).ended, Ended::Began);
        drop(evidence);
        let record = only_record(folder.path());
        assert_eq!(
            (record.ended, record.ids.as_slice()),
            (Ended::Pass, &["Q-10", "Q-12"].map(str::to_owned)[..])
        );
        assert_eq!(record.file, "evidence/src/lib.rs");
    }

    #[test]
    fn a_test_that_panics_fails() {
        let folder = tempfile::tempdir().unwrap();
        let place = here();
        let panics = || {
            let _evidence = begin(&["Q-10"], place, Some(folder.path().to_owned()));
            panic!("on purpose");
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
        assert_eq!(only_record(folder.path()).ended, Ended::Fail);
    }

    #[test]
    fn a_folder_that_cannot_be_written_fails_no_test() {
        let file = tempfile::NamedTempFile::new().unwrap();
        drop(begin(&["Q-10"], here(), Some(file.path().to_owned())));
    }

    #[test]
    fn records_go_to_the_target_folder() {
        if std::env::var_os(FOLDER_VARIABLE).is_none() {
            assert!(folder().expect("cargo marks its target folder").ends_with("evidence"));
        }
    }
}
