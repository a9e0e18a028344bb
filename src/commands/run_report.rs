//! Where `report.json`, `runs.jsonl` and the pages go.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use reports::dossier::{Dossier, Provenance};
use reports::{Criterion, Recorder, Run, badge, html, junit, summary};

use super::folder::{Folder, Pending, lost};
use crate::campaign::Campaign;
use crate::dossier::this_machine;
use crate::exit::Failure;

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

/// All files that belong together: none of them stays when another is written anew.
const FAMILY: &[&str] =
    &["runs.jsonl", "report.json", "report.html", "summary.md", "badge.svg", "junit.xml", "plan.yaml"];

/// What `--out` asks for.
pub(super) struct Artifacts {
    folder: Folder,
    report: Pending,
    pages: Vec<(Pending, Draw)>,
    /// Where the runs will be.
    runs: PathBuf,
    recorder: io::Result<Recorder<BufWriter<File>>>,
}

impl Artifacts {
    pub fn create(folder: &Path) -> Result<Artifacts, Failure> {
        let (runs, folder) = (folder.join("runs.jsonl"), Folder::open(folder, FAMILY)?);
        let report = folder.file("report.json")?;
        let page = |(name, draw): Page| folder.file(name).map(|file| (file, draw));
        let pages = PAGES.into_iter().map(page).collect::<Result<_, _>>()?;
        let to = BufWriter::new(folder.file("runs.jsonl")?.file);
        let recorder = Recorder::new(to, env!("CARGO_PKG_VERSION"));
        Ok(Artifacts { folder, report, pages, runs, recorder })
    }

    /// One more file.
    pub fn file(&self, name: &str) -> Result<Pending, Failure> {
        self.folder.file(name)
    }

    /// A scenario's runs, written at once. What goes wrong is told at the end: the campaign goes on for its table.
    pub fn add(&mut self, campaign: &Campaign, asked: &[Criterion], runs: &[Run]) {
        if let Ok(recorder) = &mut self.recorder
            && let Err(error) = campaign.record_asked(asked, runs, recorder)
        {
            self.recorder = Err(error);
        }
    }

    /// All of them, or none: what lay there before stays if anything does not fit. Returns where the report of an
    /// interrupted campaign went, if it is not where a complete one would be.
    pub fn finish(self, dossier: &Dossier) -> Result<Option<PathBuf>, Failure> {
        self.report.write(&dossier.report.to_json())?;
        for (page, draw) in self.pages {
            page.write(&draw(dossier))?;
        }
        let flushed = self.recorder.and_then(Recorder::end);
        let file = flushed.and_then(|to| to.into_inner().map_err(|error| error.into_error()));
        file.and_then(|file| file.sync_all()).map_err(|error| lost(&self.runs, &error))?;
        self.folder.publish(dossier.report.interrupted)
    }
}

/// Where a report comes from: this very command.
pub(super) fn provenance(first_seed: u64) -> Provenance {
    let command = std::env::args().skip(1).map(|argument| reports::quoted(&argument).into_owned());
    let command = std::iter::once("firedrill".to_owned()).chain(command).collect::<Vec<_>>().join(" ");
    Provenance { command, first_seed, machine: this_machine() }
}
