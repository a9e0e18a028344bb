//! Where `report.json`, `runs.jsonl` and the pages go.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use reports::dossier::{Dossier, Provenance};
use reports::{Recorder, Run, badge, html, junit, summary};

use crate::campaign::Campaign;
use crate::dossier::this_machine;
use crate::exit::Failure;

/// A file to be: made before the campaign, so that hours of runs are not lost to a wrong folder, and given its name
/// when it is whole.
pub(super) struct Pending {
    partial: PathBuf,
    whole: PathBuf,
    file: File,
}

/// What draws a page.
type Draw = fn(&Dossier) -> String;
/// A page by its name, and what draws it.
type Page = (&'static str, Draw);

/// All pages beside `report.json`.
const PAGES: [Page; 4] = [
    ("report.html", html::render),
    ("summary.md", |dossier| summary::render(&dossier.report)),
    ("badge.svg", |dossier| badge::render(&dossier.report)),
    ("junit.xml", |dossier| junit::render(&dossier.report)),
];

/// What `--out` asks for.
pub(super) struct Artifacts {
    report: Pending,
    pages: Vec<(Pending, Draw)>,
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
        let page = |(name, draw): Page| Pending::create(folder, name).map(|file| (file, draw));
        let pages = PAGES.into_iter().map(page).collect::<Result<_, _>>()?;
        let recorder = Recorder::new(BufWriter::new(runs.file), env!("CARGO_PKG_VERSION"));
        Ok(Artifacts { report, pages, runs: runs.partial, whole: runs.whole, recorder })
    }

    /// A scenario's runs, written at once. What goes wrong is told at the end: the campaign goes on for its table.
    pub fn add(&mut self, campaign: &Campaign, runs: &[Run]) {
        if let Ok(recorder) = &mut self.recorder
            && let Err(error) = campaign.record(runs, recorder)
        {
            self.recorder = Err(error);
        }
    }

    /// Each is tried whatever becomes of the others.
    pub fn finish(self, dossier: &Dossier) -> Result<(), Failure> {
        let mut reported = self.report.write(&dossier.report.to_json());
        for (page, draw) in self.pages {
            reported = reported.and(page.write(&draw(dossier)));
        }
        let flushed = self.recorder.and_then(Recorder::end);
        let file = flushed.and_then(|to| to.into_inner().map_err(|error| error.into_error()));
        let named = file.and_then(|file| file.sync_all()).and_then(|()| fs::rename(&self.runs, &self.whole));
        reported.and(named.map_err(|error| lost(&self.whole, &error)))
    }
}

/// Where a report comes from: this very command.
pub(super) fn provenance(first_seed: u64) -> Provenance {
    let command = std::env::args().skip(1).map(|argument| reports::quoted(&argument).into_owned());
    let command = std::iter::once("firedrill".to_owned()).chain(command).collect::<Vec<_>>().join(" ");
    Provenance { command, first_seed, machine: this_machine() }
}

pub(super) fn lost(file: &Path, error: &io::Error) -> Failure {
    Failure::infrastructure(format_args!("'{}' cannot be written: {error}", file.display()))
}
