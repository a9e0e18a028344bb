//! Where `report.json` and `runs.jsonl` go.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use reports::{Recorder, Report, Run};

use crate::campaign::Campaign;
use crate::exit::Failure;

/// A file to be: made before the campaign, so that hours of runs are not lost to a wrong folder, and given its name
/// when it is whole.
pub(super) struct Pending {
    partial: PathBuf,
    whole: PathBuf,
    file: File,
}

/// What `--out` asks for.
pub(super) struct Artifacts {
    report: Pending,
    runs: PathBuf,
    whole: PathBuf,
    recorder: io::Result<Recorder<BufWriter<File>>>,
}

impl Pending {
    /// In `folder`, which is made if it does not exist.
    pub fn create(folder: &Path, name: &str) -> Result<Pending, Failure> {
        let (partial, whole) = (folder.join(format!("{name}.partial")), folder.join(name));
        let opened = fs::create_dir_all(folder).and_then(|()| File::create(&partial));
        let file = opened.map_err(|error| {
            let problem = format!("'{}' cannot be written to: {error}", folder.display());
            Failure::invalid(problem, "give --out a folder in which files can be made")
        })?;
        Ok(Pending { partial, whole, file })
    }

    pub fn write(mut self, text: &str) -> Result<(), Failure> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all());
        let written = written.and_then(|()| fs::rename(&self.partial, &self.whole));
        written.map_err(|error| lost(&self.whole, &error))
    }
}

impl Artifacts {
    pub fn create(folder: &Path) -> Result<Artifacts, Failure> {
        let runs = Pending::create(folder, "runs.jsonl")?;
        let report = Pending::create(folder, "report.json")?;
        let recorder = Recorder::new(BufWriter::new(runs.file), env!("CARGO_PKG_VERSION"));
        Ok(Artifacts { report, runs: runs.partial, whole: runs.whole, recorder })
    }

    /// A scenario's runs, written at once. What goes wrong is told at the end: the campaign goes on for its table.
    pub fn add(&mut self, campaign: &Campaign, runs: &[Run]) {
        if let Ok(recorder) = &mut self.recorder
            && let Err(error) = campaign.record(runs, recorder)
        {
            self.recorder = Err(error);
        }
    }

    /// Each is tried whatever becomes of the other.
    pub fn finish(self, report: &Report) -> Result<(), Failure> {
        let reported = self.report.write(&report.to_json());
        let flushed = self.recorder.and_then(Recorder::end);
        let file = flushed.and_then(|to| to.into_inner().map_err(|error| error.into_error()));
        let named = file.and_then(|file| file.sync_all()).and_then(|()| fs::rename(&self.runs, &self.whole));
        reported.and(named.map_err(|error| lost(&self.whole, &error)))
    }
}

pub(super) fn lost(file: &Path, error: &io::Error) -> Failure {
    Failure::infrastructure(format_args!("'{}' cannot be written: {error}", file.display()))
}
