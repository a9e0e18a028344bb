use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{Measured, Span};

use crate::assurance::Assurance;
use crate::clients::{ClientTime, Outages};
use crate::operations::Operations;
use crate::requests::Requests;

/// What one run of a scenario showed: plain data, from which everything here is computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The seed that gives this run again.
    pub seed: u64,
    /// Why it ended.
    pub stop: StopReason,
    /// Fingerprint of everything that happened.
    pub digest: u64,
    /// The longest outage: from the first client that could be served and was not, until the last was served again,
    /// lastingly.
    pub recovery_time: Measured,
    /// Age of the oldest acknowledged write that was lost; zero if none was. Of a run that did not recover only what
    /// was lost by then: see [`Run::point`].
    pub recovery_point: Span,
    /// Acknowledged writes lost.
    pub lost_writes: u64,
    /// Parts of the recovery time, in the order of [`Phase::ALL`]; they add up to it.
    #[serde(deserialize_with = "phases_of_any_age")]
    pub phases: [Span; Phase::COUNT],
    /// Time that clients lost, all of them; `None` in records that did not look.
    #[serde(default)]
    pub client_time: Option<ClientTime>,
    /// How often there was one, and for how long; `None` in records that did not look.
    #[serde(default)]
    pub outages: Option<Outages>,
    /// How long clients were watched; the base of `unavailable` and `quorum_available`.
    pub observed: Span,
    /// How much of that time clients could not write.
    pub unavailable: Span,
    /// How much of that time a majority of the voters was alive and connected.
    pub quorum_available: Span,
    /// How much of that time clients could not read; `None` where nobody reads.
    pub reads_unavailable: Option<Span>,
    /// How long some could read and nobody could write.
    pub read_only: Span,
    /// How long a primary was offered more writes than it carries, or worked off what had queued up.
    pub overload: Span,
    /// How long two databases accepted writes at once.
    pub split_brain: Span,
    /// Failovers.
    pub failovers: u32,
    /// Failovers although the primary was in service.
    pub false_failovers: u32,
    /// What must never happen and did.
    pub violations: Vec<Violation>,
    /// Whether everything came together again after healing; `None` if that was not looked at.
    pub converged: Option<bool>,
    /// Effects that each fault had in the world (messages lost, requests failed, ...), in the order of the faults.
    pub fault_effects: Vec<u64>,
    /// Whether each fault struck, if any waits for a step: that is not reached in every run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub struck: Vec<bool>,
    /// Nodes promoted, in order.
    pub promoted: Vec<String>,
    /// How copies came back and plans were carried out.
    pub operations: Operations,
    /// Whether it left a trace.
    #[serde(default)]
    pub assurance: Assurance,
    /// What was asked of the logic.
    #[serde(default)]
    pub requests: Requests,
    /// Events handled.
    pub events: u64,
}

/// Why a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StopReason {
    /// Everything that was to be seen had been seen.
    Settled,
    /// At the scenario's horizon.
    Horizon,
    /// It took more events than a run may: something goes in circles.
    EventLimit,
    /// The logic under test panicked, with this message.
    Panicked(String),
    /// The logic under test did not return.
    HungUp,
}

/// Something happened that must never happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Name of the invariant.
    pub invariant: String,
    /// When, counted from the start of the run.
    pub at: Span,
    /// What happened, in one line.
    pub what: String,
}

/// A part of the recovery time.
///
/// ```text
/// strike  suspected  coordinator  agreed    old one   new one   its writes     found     full
///   |         |       finds so      |         out       in      are answered     |      service
///   |--detect-|---elect---|--decide-|--fence--|-promote-|-acknowledge-|-redirect-|-warm up-|
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// From the strike until a majority finds that the primary is out of service; or, where it had nobody then who
    /// speaks for it, until a majority suspects it. Zero where the primary is in service.
    Detect,
    /// Until it has elected a coordinator, and that finds so too; zero where one was there.
    Elect,
    /// Until a majority has agreed what to do, such as to go on with a primary that is back.
    Decide,
    /// Until the old primary can no longer accept writes.
    Fence,
    /// Until the new primary accepts writes, or, where nobody took over, the old one does again.
    Promote,
    /// Until it has the copies without which no write is acknowledged.
    Acknowledge,
    /// Until clients have found it.
    Redirect,
    /// Until they are served as before.
    WarmUp,
}

impl Phase {
    /// How many there are.
    pub const COUNT: usize = 8;

    /// All of them, in the order in which they happen.
    pub const ALL: [Phase; Phase::COUNT] = [
        Phase::Detect,
        Phase::Elect,
        Phase::Decide,
        Phase::Fence,
        Phase::Promote,
        Phase::Acknowledge,
        Phase::Redirect,
        Phase::WarmUp,
    ];

    /// Those that records of before told: what was elected was called detected, and what waited for an acknowledgement
    /// was called redirected.
    const OF_BEFORE: [Phase; 6] =
        [Phase::Detect, Phase::Decide, Phase::Fence, Phase::Promote, Phase::Redirect, Phase::WarmUp];

    /// As people say it.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Detect => "detect",
            Phase::Elect => "elect",
            Phase::Decide => "decide",
            Phase::Fence => "fence",
            Phase::Promote => "promote",
            Phase::Acknowledge => "acknowledge",
            Phase::Redirect => "redirect",
            Phase::WarmUp => "warm up",
        }
    }

    /// Lengths in the order of [`Phase::ALL`], from those of a record of today or of before; `None` if there are as
    /// many as neither has.
    pub(crate) fn lengths<T: Copy + Default>(written: &[T]) -> Option<[T; Phase::COUNT]> {
        if let Ok(today) = written.try_into() {
            return Some(today);
        }
        let before: [T; Phase::OF_BEFORE.len()] = written.try_into().ok()?;
        let mut lengths = [T::default(); Phase::COUNT];
        for (phase, length) in Phase::OF_BEFORE.into_iter().zip(before) {
            lengths[phase as usize] = length;
        }
        Some(lengths)
    }
}

/// Reads the lengths of phases of a record of today, or of before.
pub(crate) fn phases_of_any_age<'de, T, D>(from: D) -> Result<[T; Phase::COUNT], D::Error>
where
    T: Copy + Default + Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    let written = Vec::<T>::deserialize(from)?;
    let wrong = || serde::de::Error::invalid_length(written.len(), &"the lengths of 8 phases, or 6");
    Phase::lengths(&written).ok_or_else(wrong)
}

impl Run {
    /// How long this phase took.
    pub fn phase(&self, phase: Phase) -> Span {
        self.phases[phase as usize]
    }

    /// The recovery time as far as it can be believed: of a broken run nobody saw the end, whatever it noted.
    pub fn recovery(&self) -> Measured {
        match self.broken() {
            Some(_) => Measured::LongerThan(self.recovery_time.at_least()),
            None => self.recovery_time,
        }
    }

    /// Whether service came back.
    pub fn recovered(&self) -> bool {
        !self.recovery().is_censored()
    }

    /// The recovery point as far as it can be believed: where service did not come back, more may yet be lost.
    pub fn point(&self) -> Measured {
        match self.recovered() {
            true => Measured::Exactly(self.recovery_point),
            false => Measured::LongerThan(self.recovery_point),
        }
    }

    /// Whether every client was served all the time, those included that nobody could have served.
    pub fn undisturbed(&self) -> bool {
        let lost = self.client_time.map(|time| time.lost);
        let lost = lost.unwrap_or(Measured::Exactly(self.unavailable));
        self.recovery() == Measured::Exactly(Span::ZERO) && lost == Measured::Exactly(Span::ZERO)
    }

    /// Share of readers' time until the run ended in which reads were served, rounded down to parts per million; `None` where nobody reads.
    pub fn reads_per_million(&self) -> Option<u32> {
        let observed = u128::from(self.observed.as_nanos());
        let unserved = u128::from(self.reads_unavailable?.as_nanos());
        let served = observed.saturating_sub(unserved) * 1_000_000;
        served.checked_div(observed).map(|share| share as u32)
    }

    /// Whether this machine did not come to its end in the time that a run has. That says something of the machine, or of
    /// logic that never returns, and nothing of the criteria: it is neither good nor bad.
    pub fn is_unfinished(&self) -> bool {
        self.stop == StopReason::HungUp
    }

    /// Why this run shows nothing but its own failure, if so. Such a run is bad by every criterion.
    pub fn broken(&self) -> Option<String> {
        match &self.stop {
            StopReason::Settled | StopReason::Horizon => None,
            StopReason::EventLimit => Some(format!("went on after {} events and was stopped", self.events)),
            StopReason::Panicked(message) => Some(format!("panicked: {message}")),
            StopReason::HungUp => Some("was not finished in the time that a run has".to_owned()),
        }
    }
}

/// The order in which runs are bad: a broken run before one with violations, then by recovery time, by writes
/// lost, by recovery point. Among equals the smallest seed is the worst, so that there is one answer.
pub fn worst<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Option<&'a Run> {
    runs.into_iter().max_by_key(|run| {
        let violations = run.violations.len();
        let severity = (run.broken().is_some(), violations, run.recovery(), run.lost_writes);
        (severity, run.point(), std::cmp::Reverse(run.seed))
    })
}
