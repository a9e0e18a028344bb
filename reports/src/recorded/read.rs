use std::fmt;
use std::io::{self, BufRead, Read};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::shows::{Cell, sheet};
use super::{
    RUNS_VERSION, Recorded, RecordedMeasure, RecordedRun, RecordedScenario, first_version, hexadecimal,
};
use crate::human::counted;

/// Why a `runs.jsonl` cannot be used.
#[derive(Debug)]
pub enum RecordError {
    /// It cannot be read.
    Read(io::Error),
    /// Its first line is not that of a file of runs.
    Foreign,
    /// It follows this version of the format.
    Version(u32),
    /// A line is not what it should be.
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// Its last line is missing: whoever wrote it did not come to the end.
    CutOff {
        /// Runs that are there.
        runs: u64,
    },
}

#[derive(Deserialize)]
struct Header {
    firedrill_runs: u32,
}

#[derive(Deserialize)]
struct End {
    runs: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seed: u64,
    #[serde(deserialize_with = "hexadecimal::deserialize")]
    digest: u64,
    shows: Vec<Cell>,
    #[serde(default)]
    broken: bool,
    #[serde(default)]
    violations: Vec<String>,
    #[serde(default)]
    allowed: Vec<String>,
    #[serde(default)]
    bad: Vec<usize>,
    #[serde(default)]
    unseen: Vec<usize>,
}

impl Line {
    fn read(self, measures: &[RecordedMeasure]) -> Result<RecordedRun, String> {
        let sheet = sheet(measures, &self.shows)?;
        let Line { seed, digest, broken, violations, allowed, bad, unseen, .. } = self;
        Ok(RecordedRun { seed, digest, broken, sheet, violations, allowed, bad, unseen })
    }
}

/// What has been read so far.
struct Reading {
    version: u32,
    scenarios: Vec<Recorded>,
    runs: u64,
    ended: bool,
}

/// All scenarios of a `runs.jsonl`, in the order of the file.
///
/// # Errors
/// With the number of the line that is wrong, or that the file is cut off or no file of runs at all.
pub fn read(from: impl BufRead) -> Result<Vec<Recorded>, RecordError> {
    let mut lines = Lines(from);
    let version = read_header(lines.next())?;
    let mut reading = Reading { version, scenarios: Vec::new(), runs: 0, ended: false };
    for (index, text) in lines.enumerate() {
        let line = index + 2;
        let text = text.map_err(|error| unreadable(error, line))?;
        reading.take(&text).map_err(|problem| RecordError::Line { line, problem })?;
    }
    reading.end()
}

/// No line of a run or a scenario is longer.
const LINE_MAX: u64 = 1 << 20;

/// As [`BufRead::lines`], but for a file that is one endless line.
struct Lines<R>(R);

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<io::Result<String>> {
        let mut bytes = Vec::new();
        let read = (&mut self.0).take(LINE_MAX).read_until(b'\n', &mut bytes);
        let invalid = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
        match read {
            Err(error) => Some(Err(error)),
            Ok(0) => None,
            Ok(read) if read as u64 == LINE_MAX => Some(Err(invalid("a line of a megabyte"))),
            Ok(_) => {
                let text = String::from_utf8(bytes).map_err(|_| invalid("not UTF-8 text"));
                Some(text.map(|text| text.trim_end_matches(['\n', '\r']).to_owned()))
            }
        }
    }
}

fn read_header(line: Option<io::Result<String>>) -> Result<u32, RecordError> {
    let text = line.ok_or(RecordError::Foreign)?.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => RecordError::Foreign,
        _ => RecordError::Read(error),
    })?;
    let Header { firedrill_runs } = serde_json::from_str(&text).map_err(|_| RecordError::Foreign)?;
    match firedrill_runs {
        known @ 1..=RUNS_VERSION => Ok(known),
        other => Err(RecordError::Version(other)),
    }
}

fn unreadable(error: io::Error, line: usize) -> RecordError {
    match error.kind() {
        io::ErrorKind::InvalidData => RecordError::Line { line, problem: error.to_string() },
        _ => RecordError::Read(error),
    }
}

impl Reading {
    fn take(&mut self, text: &str) -> Result<(), String> {
        if self.ended {
            return Err("there is more after the last line".to_owned());
        }
        let value: Value =
            serde_json::from_str(text).map_err(|error| format!("not JSON: {}", plain(&error)))?;
        if value.get("end").is_some() {
            self.take_end(value)
        } else if value.get("scenario").is_some() {
            self.take_scenario(value)
        } else {
            self.take_run(text)
        }
    }

    fn take_scenario(&mut self, value: Value) -> Result<(), String> {
        let scenario: RecordedScenario = of(value, "the beginning of a scenario")?;
        let known = self.scenarios.iter().any(|known| known.scenario.scenario == scenario.scenario);
        if known {
            return Err(format!("scenario '{}' stands here for the second time", scenario.scenario));
        }
        self.scenarios.push(Recorded { scenario, runs: Vec::new() });
        Ok(())
    }

    fn take_run(&mut self, text: &str) -> Result<(), String> {
        let recorded = self.scenarios.last_mut().ok_or("a run before any scenario")?;
        let no_run = |error: serde_json::Error| format!("not a run: {}", plain(&error));
        let run = match self.version {
            1 => serde_json::from_str::<first_version::Run>(text).map_err(no_run)?.into(),
            _ => {
                let line = serde_json::from_str::<Line>(text).map_err(no_run)?;
                line.read(&recorded.scenario.measures)?
            }
        };
        if let Some(place) = run.bad.iter().find(|place| **place >= recorded.scenario.criteria.len()) {
            let count = recorded.scenario.criteria.len();
            return Err(format!("bad by criterion {place}, but the scenario has {count}, counted from 0"));
        }
        if recorded.runs.last().is_some_and(|last| last.seed >= run.seed) {
            return Err(format!("seed {} is not above the one before it", run.seed));
        }
        recorded.runs.push(run);
        self.runs += 1;
        Ok(())
    }

    fn take_end(&mut self, value: Value) -> Result<(), String> {
        let End { runs } = of(value, "the last line")?;
        self.ended = true;
        match runs == self.runs {
            true => Ok(()),
            false => Err(format!(
                "of {} that were written {} are here: lines are missing",
                counted(runs, "run"),
                self.runs
            )),
        }
    }

    fn end(self) -> Result<Vec<Recorded>, RecordError> {
        match self.ended {
            true => Ok(self.scenarios),
            false => Err(RecordError::CutOff { runs: self.runs }),
        }
    }
}

fn of<T: DeserializeOwned>(value: Value, what: &str) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| format!("not {what}: {error}"))
}

/// Without serde's own line number, which is always 1 here.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.replacen(" at line 1 column ", " at column ", 1)
}

impl fmt::Display for RecordError {
    /// To be put after the file's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordError::Read(error) => write!(f, ": cannot be read: {error}"),
            RecordError::Foreign => {
                write!(f, ":1:1: this is no file of runs: 'firedrill run --out' writes them")
            }
            RecordError::Version(version) => {
                write!(
                    f,
                    ":1:1: runs of format version {version}; this program reads versions 1 to {RUNS_VERSION}"
                )
            }
            RecordError::Line { line, problem } => match problem.rsplit_once(" at column ") {
                Some((problem, column)) => write!(f, ":{line}:{column}: {problem}"),
                None => write!(f, ":{line}:1: {problem}"),
            },
            RecordError::CutOff { runs } => {
                write!(
                    f,
                    ": cut off after {}: the last line, which says how many there are, is missing",
                    counted(*runs, "run")
                )
            }
        }
    }
}

impl std::error::Error for RecordError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RecordError::Read(error) => Some(error),
            _ => None,
        }
    }
}
