//! Runs on disk: `runs.jsonl`, a line for each run, so that two builds can be compared seed by seed.
//!
//! ```text
//! {"firedrill_runs":1,"tool_version":"0.1.0"}                              which format, who wrote it
//! {"scenario":"qnwis/region-loss","file":"...","criteria":[...],...}       begins a scenario
//! {"seed":0,"digest":"92f1...","recovery_ns":53012345678,...}              a run of it, ...
//! {"end":true,"runs":1000}                                                 that nothing is missing
//! ```
//!
//! All times are whole nanoseconds. What is false, zero or empty may be left out.

mod hexadecimal;
mod read;
mod write;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use units::{Measured, Span, rows};

use crate::criterion::{Criterion, complement};
use crate::run::{Phase, Run, StopReason, phases_of_any_age};
use crate::scenario::Campaign;

pub use read::{RecordError, read};
pub use write::Recorder;

/// Changes whenever a reader of older files would misread newer ones.
pub const RUNS_VERSION: u32 = 1;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedRun {
    /// The seed that gives this run again.
    pub seed: u64,
    /// Fingerprint of everything that happened: 16 hexadecimal digits in the file.
    #[serde(with = "hexadecimal")]
    pub digest: u64,
    /// The recovery time, or how long it had lasted when nobody looked any more.
    pub recovery_ns: u64,
    /// Whether the end of the recovery was not seen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub censored: bool,
    /// Whether it panicked, hung or went on without end: then nothing else here says anything.
    #[serde(default, skip_serializing_if = "is_default")]
    pub broken: bool,
    /// Age of the oldest acknowledged write lost.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recovery_point_ns: u64,
    /// Acknowledged writes lost.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lost_writes: u64,
    /// Parts of the recovery time, in the order of [`Phase::ALL`]; older files have six.
    #[serde(deserialize_with = "phases_of_any_age")]
    pub phases_ns: [u64; Phase::COUNT],
    /// Outages; absent where nobody looked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub outages: Option<u64>,
    /// All outages together; the recovery time is the longest one's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub outages_ns: u64,
    /// Time that all clients together lost, each for itself; absent where nobody looked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub client_time_lost_ns: Option<u64>,
    /// Whether the end of that was not seen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub client_time_censored: bool,
    /// Of the time lost, while nobody who may serve was within reach.
    #[serde(default, skip_serializing_if = "is_default")]
    pub client_time_cut_off_ns: u64,
    /// How many clients there are.
    #[serde(default, skip_serializing_if = "is_default")]
    pub clients: u64,
    /// How long each of them is counted: up to the horizon.
    #[serde(default, skip_serializing_if = "is_default")]
    pub watched_ns: u64,
    /// Invariants violated that the scenario does not allow.
    #[serde(default, skip_serializing_if = "is_default")]
    pub violations: Vec<String>,
    /// Invariants violated that it allows.
    #[serde(default, skip_serializing_if = "is_default")]
    pub allowed: Vec<String>,
    /// How long two databases accepted writes at once, allowed or not; absent where nobody looked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub split_brain_ns: Option<u64>,
    /// By which criteria it is a bad run: their places in the scenario's list, counted from 0.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bad: Vec<usize>,
    /// Of which criteria it says nothing, because nobody looked: neither good nor bad, and not counted.
    #[serde(default, skip_serializing_if = "is_default")]
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

fn nanos(span: Option<Span>) -> u64 {
    span.map_or(0, Span::as_nanos)
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
            criteria: campaign.criteria.iter().map(criterion).collect(),
        }
    }
}

impl RecordedRun {
    /// A run, judged by these criteria.
    pub fn of(run: &Run, criteria: &[Criterion], allows: &[String]) -> RecordedRun {
        let recovery = run.recovery();
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
            recovery_ns: recovery.at_least().as_nanos(),
            censored: recovery.is_censored(),
            broken: !matches!(run.stop, StopReason::Settled | StopReason::Horizon),
            recovery_point_ns: run.span(rows::RECOVERY_POINT).as_nanos(),
            lost_writes: run.count(rows::LOST_WRITES),
            phases_ns: run.phases().map(Span::as_nanos),
            outages: run.outages().map(|outages| outages.count),
            outages_ns: nanos(run.outages().map(|outages| outages.total.at_least())),
            client_time_lost_ns: run.client_time().map(|time| time.lost.at_least().as_nanos()),
            client_time_censored: run.client_time().is_some_and(|time| time.lost.is_censored()),
            client_time_cut_off_ns: nanos(run.client_time().map(|time| time.cut_off)),
            clients: run.client_time().map_or(0, |time| time.clients),
            watched_ns: nanos(run.client_time().map(|time| time.watched)),
            violations: violated(false),
            allowed: violated(true),
            split_brain_ns: Some(run.span(rows::SPLIT_BRAIN).as_nanos()),
            bad: places(&|criterion| criterion.counts(run) && criterion.bad.is(run)),
            unseen: places(&|criterion| !criterion.counts(run)),
        }
    }

    /// What happened in it that must never happen, be it allowed in this scenario or not.
    pub fn violated(&self) -> BTreeSet<&str> {
        let two = self.has_split_brain().then_some("SplitBrain");
        self.violations.iter().chain(&self.allowed).map(String::as_str).chain(two).collect()
    }

    /// Whether two databases accepted writes at once.
    pub fn has_split_brain(&self) -> bool {
        self.split_brain_ns.is_some_and(|lasted| lasted > 0)
    }

    /// The recovery time.
    pub fn recovery(&self) -> Measured {
        let span = Span::from_nanos(self.recovery_ns);
        if self.censored { Measured::LongerThan(span) } else { Measured::Exactly(span) }
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
