use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{Measured, RowId, Sheet, Span, Value, rows};

use crate::clients::{ClientTime, Outages};

/// What one run of a scenario showed: plain data, from which everything here is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The seed that gives this run again.
    pub seed: u64,
    /// Why it ended.
    pub stop: StopReason,
    /// Fingerprint of everything that happened.
    pub digest: u64,
    /// What it is measured by: the rows of [`units::rows`].
    pub sheet: Sheet,
    /// What must never happen and did.
    pub violations: Vec<Violation>,
    /// Effects that each fault had in the world (messages lost, requests failed, ...), in the order of the faults.
    pub fault_effects: Vec<u64>,
    /// Whether each fault struck, if any waits for a step: that is not reached in every run.
    pub struck: Vec<bool>,
    /// Nodes promoted, in order.
    pub promoted: Vec<String>,
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The same with this in a row.
    #[must_use]
    pub fn with(mut self, row: RowId, value: impl Into<Value>) -> Run {
        self.sheet.put(row, value);
        self
    }

    /// What stands in a row of times; zero where nobody looked.
    pub fn span(&self, row: RowId) -> Span {
        self.sheet.span(row)
    }

    /// What stands in a row of counts; zero where nobody looked.
    pub fn count(&self, row: RowId) -> u64 {
        self.sheet.count(row).unwrap_or(0)
    }

    /// How long this phase took.
    pub fn phase(&self, phase: Phase) -> Span {
        self.span(rows::PHASES[phase as usize])
    }

    /// How long all phases took, in their order; they add up to the recovery time.
    pub fn phases(&self) -> [Span; Phase::COUNT] {
        Phase::ALL.map(|phase| self.phase(phase))
    }

    /// The longest outage: from the first client that could be served and was not, until the last was served again,
    /// lastingly. As far as it can be believed: of a broken run, or one that nobody looked at, nobody saw the end.
    pub fn recovery(&self) -> Measured {
        recovery_of(&self.sheet, self.broken().is_some())
    }

    /// Whether service came back.
    pub fn recovered(&self) -> bool {
        !self.recovery().is_censored()
    }

    /// The recovery point as far as it can be believed: where service did not come back, more may yet be lost.
    pub fn point(&self) -> Measured {
        let lost = self.span(rows::RECOVERY_POINT);
        if self.recovered() { Measured::Exactly(lost) } else { Measured::LongerThan(lost) }
    }

    /// Time that clients lost, all of them; `None` where nobody looked.
    pub fn client_time(&self) -> Option<ClientTime> {
        Some(ClientTime {
            lost: self.sheet.time(rows::CLIENT_TIME_LOST)?,
            cut_off: self.span(rows::CLIENT_TIME_CUT_OFF),
            clients: self.count(rows::CLIENTS),
            watched: self.span(rows::WATCHED),
        })
    }

    /// How often there was one, and for how long; `None` where nobody looked.
    pub fn outages(&self) -> Option<Outages> {
        let (count, total) = (self.sheet.count(rows::OUTAGES)?, self.sheet.time(rows::OUTAGE_TIME)?);
        Some(Outages { count, total })
    }

    /// Whether everything came together again after healing; `None` if that was not looked at.
    pub fn converged(&self) -> Option<bool> {
        self.sheet.flag(rows::CONVERGED)
    }

    /// Whether every client was served all the time, those included that nobody could have served.
    pub fn undisturbed(&self) -> bool {
        let lost = self.sheet.time(rows::CLIENT_TIME_LOST);
        let lost = lost.unwrap_or(Measured::Exactly(self.span(rows::UNAVAILABLE)));
        self.recovery() == Measured::Exactly(Span::ZERO) && lost == Measured::Exactly(Span::ZERO)
    }

    /// Share of readers' time until the run ended in which reads were served, rounded down to parts per million; `None` where nobody reads.
    pub fn reads_per_million(&self) -> Option<u32> {
        let unserved = u128::from(self.sheet.time(rows::READS_UNAVAILABLE)?.at_least().as_nanos());
        let observed = u128::from(self.span(rows::OBSERVED).as_nanos());
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

/// The recovery time as far as it can be believed.
pub(crate) fn recovery_of(sheet: &Sheet, broken: bool) -> Measured {
    let noted = sheet.time(rows::RECOVERY_TIME).filter(|_| !broken);
    noted.unwrap_or(Measured::LongerThan(sheet.span(rows::RECOVERY_TIME)))
}

/// The order in which runs are bad: a broken run before one with violations, then by recovery time, by writes
/// lost, by recovery point. Among equals the smallest seed is the worst, so that there is one answer.
pub fn worst<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Option<&'a Run> {
    runs.into_iter().max_by_key(|run| {
        let violations = run.violations.len();
        let severity = (run.broken().is_some(), violations, run.recovery(), run.count(rows::LOST_WRITES));
        (severity, run.point(), std::cmp::Reverse(run.seed))
    })
}
