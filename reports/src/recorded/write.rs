use std::io::{self, Write};

use serde::Serialize;

use super::shows::Shows;
use super::{RUNS_VERSION, RecordedRun, RecordedScenario, hexadecimal, is_default};
use crate::scenario::Campaign;

/// Writes `runs.jsonl` run by run: what it holds in memory does not grow with their number.
#[derive(Debug)]
pub struct Recorder<W: Write> {
    to: W,
    runs: u64,
}

#[derive(Serialize)]
struct Header<'a> {
    firedrill_runs: u32,
    tool_version: &'a str,
}

#[derive(Serialize)]
struct Line<'a> {
    seed: u64,
    #[serde(serialize_with = "hexadecimal::serialize")]
    digest: u64,
    shows: Shows<'a>,
    #[serde(skip_serializing_if = "is_default")]
    broken: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    violations: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    allowed: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    bad: &'a [usize],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    unseen: &'a [usize],
}

impl<'a> Line<'a> {
    fn of(run: &'a RecordedRun) -> Line<'a> {
        let RecordedRun { seed, digest, broken, sheet, violations, allowed, bad, unseen } = run;
        let shows = Shows(sheet);
        Line { seed: *seed, digest: *digest, shows, broken: *broken, violations, allowed, bad, unseen }
    }
}

#[derive(Serialize)]
struct End {
    end: bool,
    runs: u64,
}

impl<W: Write> Recorder<W> {
    /// Begins a file. `to` should be buffered: every run is written by itself.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn new(to: W, tool_version: &str) -> io::Result<Recorder<W>> {
        let mut recorder = Recorder { to, runs: 0 };
        recorder.line(&Header { firedrill_runs: RUNS_VERSION, tool_version })?;
        Ok(recorder)
    }

    /// A scenario and all its runs.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn scenario(&mut self, campaign: &Campaign<'_>) -> io::Result<()> {
        self.line(&RecordedScenario::of(campaign))?;
        for run in campaign.runs {
            let run = RecordedRun::of(run, campaign.criteria, campaign.allows);
            self.line(&Line::of(&run))?;
            self.runs += 1;
        }
        Ok(())
    }

    /// Ends the file and gives the writer back, flushed.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn end(mut self) -> io::Result<W> {
        let runs = self.runs;
        self.line(&End { end: true, runs })?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.to, value)?;
        self.to.write_all(b"\n")
    }
}
