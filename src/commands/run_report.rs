//! Where `report.json` goes.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use reports::Report;

use crate::exit::Failure;

/// A `report.json` to be: made before the campaign, so that hours of runs are not lost to a wrong folder, and
/// given its name when it is whole.
pub(super) struct ReportFile {
    partial: PathBuf,
    whole: PathBuf,
    file: File,
}

impl ReportFile {
    /// In `folder`, which is made if it does not exist.
    pub fn create(folder: &Path) -> Result<ReportFile, Failure> {
        let (partial, whole) = (folder.join("report.json.partial"), folder.join("report.json"));
        let opened = fs::create_dir_all(folder).and_then(|()| File::create(&partial));
        let file = opened.map_err(|error| {
            let problem = format!("'{}' cannot be written to: {error}", folder.display());
            Failure::invalid(problem, "give --out a folder in which files can be made")
        })?;
        Ok(ReportFile { partial, whole, file })
    }

    pub fn write(mut self, report: &Report) -> Result<(), Failure> {
        let json = report.to_json();
        let written = self.file.write_all(json.as_bytes()).and_then(|()| self.file.sync_all());
        let written = written.and_then(|()| fs::rename(&self.partial, &self.whole));
        written.map_err(|error| {
            Failure::infrastructure(format_args!("'{}' cannot be written: {error}", self.whole.display()))
        })
    }
}
