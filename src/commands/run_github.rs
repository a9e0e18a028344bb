//! `--github`: annotations on standard output, where the runner reads them, and the summary of the step.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use reports::{Report, github};

use crate::campaign::Campaign;
use crate::dossier::lines;
use crate::exit::Failure;
use crate::terminal::Terminal;

/// Where the runner says that the summary of this step is.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Both. That there is no place for a summary is no failure: one may want to see the annotations elsewhere.
pub(super) fn tell(report: &Report, campaigns: &[Campaign], terminal: &Terminal) -> Result<(), Failure> {
    let lines: Vec<Vec<usize>> = campaigns.iter().map(lines).collect();
    let printed = terminal.print(&github::annotations(report, &lines));
    let summed = match env::var_os(SUMMARY).filter(|file| !file.is_empty()) {
        Some(file) => append(report, Path::new(&file), terminal),
        None => {
            terminal.complain(&format!(
                "warning: no summary: {SUMMARY} is not set, as it is in a step of GitHub Actions\n"
            ));
            Ok(())
        }
    };
    printed.and(summed)
}

fn append(report: &Report, file: &Path, terminal: &Terminal) -> Result<(), Failure> {
    let already = std::fs::metadata(file).map_or(0, |known| known.len());
    let Some(text) = github::step_summary(report, already) else {
        terminal.complain("warning: no summary: this step's is full, 1 MiB is all that GitHub takes\n");
        return Ok(());
    };
    let written = OpenOptions::new().append(true).create(true).open(file);
    let written =
        written.and_then(|mut file: std::fs::File| -> io::Result<()> { file.write_all(text.as_bytes()) });
    written.map_err(|error| {
        Failure::infrastructure(format_args!(
            "'{}', the summary of this step, cannot be written: {error}",
            file.display()
        ))
    })
}
