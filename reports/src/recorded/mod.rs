//! Runs on disk: `runs.jsonl`, a line for each run, so that two builds can be compared seed by seed.
//!
//! ```text
//! {"firedrill_runs":2,"tool_version":"0.1.0"}                              which format, who wrote it
//! {"scenario":"qnwis/region-loss","measures":[...],"criteria":[...],...}   begins a scenario
//! {"seed":0,"digest":"92f1...","shows":[53012345678,0,null,...],...}       a run of it, ...
//! {"end":true,"runs":1000}                                                 that nothing is missing
//! ```
//!
//! What runs show stands in the order of the scenario's measures: times as whole nanoseconds, as `">53012345678"` where
//! nobody saw the end; counts; `true` or `false`; `null` where nobody looked. What is false or empty may be left out.
//! Files of version 1, which had a field for each of some measures, are still read.

mod first_version;
mod hexadecimal;
mod read;
mod shows;
mod write;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use units::{Measured, RowId, Sheet, Span, rows};

use crate::criterion::{Criterion, complement};
use crate::run::{Run, StopReason, recovery_of};
use crate::scenario::Campaign;

pub use read::{RecordError, read};
pub use shows::RecordedMeasure;
pub use write::Recorder;

/// Changes whenever a reader of older files would misread newer ones.
pub const RUNS_VERSION: u32 = 2;

/// What stands above the runs of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedScenario {
    /// The scenario's name, `system/scenario`.
    pub scenario: String,
    /// Its file, as the user wrote it.
    pub file: String,
    /// The service of the plan that it is about, if the plan lists any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Overrides given on the command line, as `path=value`.
    #[serde(default)]
    pub overrides: Vec<String>,
    /// The faults, in the scenario's order.
    #[serde(default)]
    pub faults: Vec<String>,
    /// Invariants that this system is known to violate.
    #[serde(default)]
    pub allows: Vec<String>,
    /// What its runs show, in this order; empty in files of version 1.
    #[serde(default)]
    pub measures: Vec<RecordedMeasure>,
    /// What was asked.
    pub criteria: Vec<RecordedCriterion>,
}

/// What was asked, as far as it is needed to compare two answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedCriterion {
    /// As tables print it.
    pub name: String,
    /// Whether one bad run decides.
    #[serde(default)]
    pub never: bool,
    /// Of what the scenario is there to show: the share of runs in which it must be seen. Absent of all else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_in: Option<f64>,
    /// Whether it is about how well clients are served.
    #[serde(default, skip_serializing_if = "is_default")]
    pub of_service: bool,
}

/// One run, as far as it is needed to compare it with another of the same seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRun {
    /// The seed that gives this run again.
    pub seed: u64,
    /// Fingerprint of everything that happened.
    pub digest: u64,
    /// Whether it panicked, hung or went on without end: then nothing else here says anything.
    pub broken: bool,
    /// What it is measured by: the rows of [`units::rows`]. Of files of before, those that they tell.
    pub sheet: Sheet,
    /// Invariants violated that the scenario does not allow.
    pub violations: Vec<String>,
    /// Invariants violated that it allows.
    pub allowed: Vec<String>,
    /// By which criteria it is a bad run: their places in the scenario's list, counted from 0.
    pub bad: Vec<usize>,
    /// Of which criteria it says nothing, because nobody looked: neither good nor bad, and not counted.
    pub unseen: Vec<usize>,
}

/// A scenario with its runs, in the order of seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// What it is.
    pub scenario: RecordedScenario,
    /// Its runs, one for each seed.
    pub runs: Vec<RecordedRun>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl RecordedScenario {
    /// Of a campaign, whatever its runs.
    pub fn of(campaign: &Campaign<'_>) -> RecordedScenario {
        let criterion = |criterion: &Criterion| RecordedCriterion {
            name: criterion.name.clone(),
            never: criterion.is_never(),
            shown_in: criterion.bad.is_premise().then(|| complement(criterion.tolerated)),
            of_service: criterion.bad.is_of_service(),
        };
        RecordedScenario {
            scenario: campaign.name.to_owned(),
            file: campaign.file.to_owned(),
            service: campaign.service.map(str::to_owned),
            overrides: campaign.overrides.to_vec(),
            faults: campaign.faults.iter().map(|fault| fault.name.clone()).collect(),
            allows: campaign.allows.to_vec(),
            measures: rows::ROWS.iter().map(RecordedMeasure::of).collect(),
            criteria: campaign.criteria.iter().map(criterion).collect(),
        }
    }
}

impl RecordedRun {
    /// A run, judged by these criteria.
    pub fn of(run: &Run, criteria: &[Criterion], allows: &[String]) -> RecordedRun {
        let violated = |allowed: bool| {
            let all = run.violations.iter().map(|violation| &violation.invariant);
            let mut these: Vec<String> =
                all.filter(|invariant| allows.contains(invariant) == allowed).cloned().collect();
            these.dedup();
            these
        };
        let places = |of: &dyn Fn(&Criterion) -> bool| {
            let places = criteria.iter().enumerate().filter(|(_, criterion)| of(criterion));
            places.map(|(place, _)| place).collect()
        };
        RecordedRun {
            seed: run.seed,
            digest: run.digest,
            broken: !matches!(run.stop, StopReason::Settled | StopReason::Horizon),
            sheet: run.sheet.clone(),
            violations: violated(false),
            allowed: violated(true),
            bad: places(&|criterion| criterion.counts(run) && criterion.bad.is(run)),
            unseen: places(&|criterion| !criterion.counts(run)),
        }
    }

    /// What happened in it that must never happen, be it allowed in this scenario or not.
    pub fn violated(&self) -> BTreeSet<&str> {
        let two = self.has_split_brain().then_some("SplitBrain");
        self.violations.iter().chain(&self.allowed).map(String::as_str).chain(two).collect()
    }

    /// What stands in a row of times; zero where nobody looked.
    pub fn span(&self, row: RowId) -> Span {
        self.sheet.span(row)
    }

    /// What stands in a row of counts; zero where nobody looked.
    pub fn count(&self, row: RowId) -> u64 {
        self.sheet.count(row).unwrap_or(0)
    }

    /// Whether two databases accepted writes at once.
    pub fn has_split_brain(&self) -> bool {
        !self.span(rows::SPLIT_BRAIN).is_zero()
    }

    /// The recovery time; of a broken run nobody saw the end.
    pub fn recovery(&self) -> Measured {
        recovery_of(&self.sheet, self.broken)
    }
}

impl Recorded {
    /// Of a campaign and its runs.
    pub fn of(campaign: &Campaign<'_>) -> Recorded {
        let run = |run| RecordedRun::of(run, campaign.criteria, campaign.allows);
        let mut runs: Vec<RecordedRun> = campaign.runs.iter().map(run).collect();
        runs.sort_by_key(|run| run.seed);
        runs.dedup_by_key(|run| run.seed);
        Recorded { scenario: RecordedScenario::of(campaign), runs }
    }
}
