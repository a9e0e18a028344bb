mod beyond;
mod nature;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use units::{Measured, Span, rows};

use crate::human;
use crate::interval;
use crate::operations::Sight;
use crate::run::{Phase, Run};

pub use beyond::Beyond;

/// What is asked of the runs of a scenario: at most the share `tolerated` of all runs is bad, at this confidence.
///
/// Everything compiles to this. "p99 of the recovery time within 10 minutes" is: at most 1 % of the runs take
/// longer. "Recovers in 99 % of the runs" is: at most 1 % do not. "Never a split brain" is: none at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// As tables print it.
    pub name: String,
    /// What makes a run a bad one.
    pub bad: Bad,
    /// Share of all runs, 0 to below 1, that may be bad. 0: never. Of a rate: events per year, above 0.
    pub tolerated: f64,
    /// Confidence of the verdict, above 0 and below 1.
    pub confidence: f64,
    /// Whether it is what the plan promises, and no expectation of the scenario's own.
    pub promise: Option<Promise>,
}

/// What a plan promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Promise {
    /// The RTO.
    RecoveryTime,
    /// The RPO.
    RecoveryPoint,
}

impl Promise {
    /// `RTO` or `RPO`.
    pub const fn word(self) -> &'static str {
        match self {
            Promise::RecoveryTime => "RTO",
            Promise::RecoveryPoint => "RPO",
        }
    }
}

/// What makes a run a bad one. Broken runs (see [`Run::broken`]) are bad by all of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bad {
    /// The recovery time exceeds this, or nobody saw its end.
    RecoveryTimeAbove(Span),
    /// The recovery point exceeds this, or service did not come back: more may yet be lost.
    RecoveryPointAbove(Span),
    /// A phase of the recovery took longer, or service did not come back.
    PhaseAbove(Phase, Span),
    /// Clients could not write for longer than this.
    UnavailableAbove(Span),
    /// All clients together lost more than this, those cut off included; or some were not served at the end.
    ClientTimeLostAbove(Span),
    /// Clients were served for less than this share of their time up to the horizon, in parts per billion.
    AvailabilityBelow(u32),
    /// Some client was not served, however briefly.
    Disturbed,
    /// More acknowledged writes than this were lost.
    LostWritesAbove(u64),
    /// Service did not come back.
    NotRecovered,
    /// Service came back, or was never away.
    Recovered,
    /// There were more failovers than this.
    FailoversAbove(u32),
    /// No primary was overloaded.
    NotOverloaded,
    /// A primary was overloaded for longer than this.
    OverloadAbove(Span),
    /// Reads were served for less than this share of readers' time until the run ended, in parts per million; or nobody
    /// looked.
    ReadsBelow(u32),
    /// Two databases accepted writes at once, for however short a time.
    SplitBrain,
    /// This invariant was violated.
    Violation(String),
    /// Any invariant was violated but these.
    ViolationBeyond(Vec<String>),
    /// Things did not come together again after healing, or nobody looked.
    NotConverged,
    /// More failovers than this were without need.
    FalseFailoversAbove(u32),
    /// It failed over without need at all; judged by how often that happens in a year, over all runs together.
    FalseFailoverRate,
    /// This node was promoted.
    Promoted(String),
    /// There was no majority for some of the time.
    QuorumLost,
    /// A plan took longer than this from its choice of a target until it was complete, or was not complete.
    ExecutionAbove(Span),
    /// A plan was called complete whose new primary had not been found complete and open.
    Unverified,
    /// A majority was alive and connected and had no coordinator for longer than this.
    LeaderlessAbove(Span),
    /// This was not to be seen.
    Unseen(Sight),
    /// There was a majority all the time.
    QuorumKept,
    /// Something has no record in an audit trail, a record has no action, or nobody kept a trail.
    Unaudited,
    /// No agent noticed that an audit trail was tampered with.
    TamperingUnnoticed,
    /// Somebody saw a critical alert only this long after the trouble began, or never.
    NotifiedAfter(Span),
    /// An alert that nobody saw.
    AlertMissed,
    /// A request left no trace in the audit trail, or was granted although nobody had made it.
    AttackNotRefused,
    /// A switchover began before its window, or was not complete at its end.
    OutsideWindow,
    /// Any measure is worse than this.
    Beyond(Beyond),
}

/// Why a criterion cannot be decided, whatever the runs will show. Refuse it when it is loaded.
#[derive(Clone, Debug, PartialEq)]
pub enum Undecidable {
    /// Even without a single bad run, more runs are needed.
    TooFewRuns {
        /// The criterion's name.
        criterion: String,
        /// Runs planned.
        have: u64,
        /// Runs needed if none is bad.
        need: u64,
    },
    /// The share of bad runs tolerated, or the confidence, is not one that any number of runs can decide.
    Senseless {
        /// The criterion's name.
        criterion: String,
        /// Share tolerated.
        tolerated: f64,
        /// Confidence asked.
        confidence: f64,
    },
}

impl Criterion {
    /// "The quantile `p` of this is within the limit": at most the share `1 - p` of the runs exceeds it.
    pub fn quantile(p: f64, bad: Bad, confidence: f64) -> Criterion {
        let name = match bad.measure_and_limit() {
            (measure, Some(limit)) => format!("{measure} p{} {} {limit}", percent_digits(p), bad.sign()),
            (measure, None) => format!("{measure} in at most {}", human::share(complement(p))),
        };
        Criterion { name, bad, tolerated: complement(p), confidence, promise: None }
    }

    /// The same, as what the plan promises: its name says so.
    pub fn as_promise(self, promise: Promise) -> Criterion {
        Criterion { name: format!("{}: {}", promise.word(), self.name), promise: Some(promise), ..self }
    }

    /// "At least this share of the runs is good."
    pub fn share(good: f64, bad: Bad, confidence: f64) -> Criterion {
        let name = format!("{} in at least {} of runs", bad.good(), human::share(good));
        Criterion { name, bad, tolerated: complement(good), confidence, promise: None }
    }

    /// "No run is bad." One bad run fails it. None passes it, with the bound that so many runs can give at 95 %
    /// confidence: that something never happens cannot be proven by runs.
    pub fn never(bad: Bad) -> Criterion {
        Criterion { name: bad.good(), bad, tolerated: 0.0, confidence: 0.95, promise: None }
    }

    /// "In a year of observed time there are at most so many": events are counted, not runs.
    pub fn rate(per_year: f64, bad: Bad, confidence: f64) -> Criterion {
        let name = format!("{} <= {per_year} a year", bad.good());
        Criterion { name, bad, tolerated: per_year, confidence, promise: None }
    }

    /// Whether events per year are judged, and not runs.
    pub fn is_rate(&self) -> bool {
        self.bad == Bad::FalseFailoverRate
    }

    /// Whether this run says anything about it: somebody looked, or it broke, which is bad whatever is asked.
    pub fn counts(&self, run: &Run) -> bool {
        run.broken().is_some() || self.bad.observed_in(run)
    }

    /// Whether one bad run decides.
    pub fn is_never(&self) -> bool {
        self.tolerated == 0.0
    }
}

/// Refuses a criterion that `runs_planned` runs cannot decide even if none of them is bad.
///
/// # Errors
/// With the number of runs needed, or with the figures that no number of runs could satisfy.
pub fn refuse_if_undecidable(criterion: &Criterion, runs_planned: u64) -> Result<(), Undecidable> {
    let Criterion { tolerated, confidence, .. } = *criterion;
    let name = criterion.name.clone();
    let senseless = Undecidable::Senseless { criterion: name.clone(), tolerated, confidence };
    let bearable = match criterion.is_rate() {
        true => tolerated > 0.0 && tolerated.is_finite(),
        false => (0.0..1.0).contains(&tolerated),
    };
    if !(bearable && confidence > 0.0 && confidence < 1.0) {
        return Err(senseless);
    }
    if criterion.is_rate() {
        return Ok(()); // how much time a run observes is known when it has been made
    }
    let need = if criterion.is_never() { Some(1) } else { interval::least_runs(tolerated, 0, confidence) };
    match need {
        None => Err(senseless),
        Some(need) if runs_planned < need => {
            Err(Undecidable::TooFewRuns { criterion: name, have: runs_planned, need })
        }
        Some(_) => Ok(()),
    }
}

impl Bad {
    /// Whether this run is a bad one.
    pub fn is(&self, run: &Run) -> bool {
        run.broken().is_some()
            || match self {
                Bad::RecoveryTimeAbove(limit) => !run.recovery().within(*limit),
                Bad::RecoveryPointAbove(limit) => !run.point().within(*limit),
                Bad::PhaseAbove(phase, limit) => !run.recovered() || run.phase(*phase) > *limit,
                Bad::UnavailableAbove(limit) => run.span(rows::UNAVAILABLE) > *limit,
                Bad::ClientTimeLostAbove(limit) => is_above(run.sheet.time(rows::CLIENT_TIME_LOST), *limit),
                Bad::AvailabilityBelow(share) => available(run).is_some_and(|served| served < *share),
                Bad::Disturbed => !run.undisturbed(),
                Bad::LostWritesAbove(limit) => run.count(rows::LOST_WRITES) > *limit,
                Bad::NotRecovered => !run.recovered(),
                Bad::Recovered => run.recovered(),
                Bad::FailoversAbove(limit) => run.count(rows::FAILOVERS) > u64::from(*limit),
                Bad::NotOverloaded => run.span(rows::OVERLOAD).is_zero(),
                Bad::OverloadAbove(limit) => run.span(rows::OVERLOAD) > *limit,
                Bad::ReadsBelow(share) => run.reads_per_million().is_none_or(|served| served < *share),
                Bad::SplitBrain => !run.span(rows::SPLIT_BRAIN).is_zero(),
                Bad::Violation(name) => run.violations.iter().any(|violation| violation.invariant == *name),
                Bad::ViolationBeyond(allowed) => {
                    run.violations.iter().any(|violation| !allowed.contains(&violation.invariant))
                }
                Bad::NotConverged => run.converged() != Some(true),
                Bad::FalseFailoversAbove(limit) => run.count(rows::FALSE_FAILOVERS) > u64::from(*limit),
                Bad::FalseFailoverRate => run.count(rows::FALSE_FAILOVERS) > 0,
                Bad::Promoted(node) => run.promoted.contains(node),
                Bad::QuorumLost => run.span(rows::QUORUM_AVAILABLE) < run.span(rows::OBSERVED),
                Bad::ExecutionAbove(limit) => is_above(run.sheet.time(rows::EXECUTION_TIME), *limit),
                Bad::Unverified => run.count(rows::UNVERIFIED_PLANS) > 0,
                Bad::LeaderlessAbove(limit) => is_above(run.sheet.time(rows::LEADERLESS), *limit),
                Bad::Unseen(sight) => !sight.is_in(run),
                Bad::QuorumKept => run.span(rows::QUORUM_AVAILABLE) >= run.span(rows::OBSERVED),
                Bad::Unaudited => run.sheet.count(rows::UNRECORDED) != Some(0),
                Bad::TamperingUnnoticed => run.count(rows::UNNOTICED_TRAILS) > 0,
                Bad::NotifiedAfter(limit) => is_above(run.sheet.time(rows::TIME_TO_NOTIFY), *limit),
                Bad::AlertMissed => run.count(rows::MISSED_ALERTS) > 0,
                Bad::AttackNotRefused => {
                    run.count(rows::REQUESTS_UNAUDITED) > 0 || run.count(rows::REQUESTS_ADMITTED) > 0
                }
                Bad::OutsideWindow => run.count(rows::OUTSIDE_WINDOW) > 0,
                Bad::Beyond(beyond) => beyond.is(run),
            }
    }

    /// Whether this run was looked at for it. What nobody looked at is neither good nor bad.
    pub fn observed_in(&self, run: &Run) -> bool {
        match self {
            Bad::NotConverged => run.converged().is_some(),
            Bad::ClientTimeLostAbove(_) => run.sheet.time(rows::CLIENT_TIME_LOST).is_some(),
            Bad::AvailabilityBelow(_) => available(run).is_some(),
            Bad::ExecutionAbove(_) => run.sheet.time(rows::EXECUTION_TIME).is_some(),
            Bad::Unverified => run.count(rows::COMPLETED_PLANS) > 0,
            Bad::LeaderlessAbove(_) => run.sheet.time(rows::LEADERLESS).is_some(),
            Bad::ReadsBelow(_) => run.sheet.time(rows::READS_UNAVAILABLE).is_some(),
            Bad::TamperingUnnoticed => run.count(rows::TAMPERED_TRAILS) > 0,
            Bad::NotifiedAfter(_) => run.sheet.time(rows::TIME_TO_NOTIFY).is_some(),
            Bad::AlertMissed => run.count(rows::ALERTS) > 0,
            Bad::AttackNotRefused => run.count(rows::REQUESTS_TAKEN) > 0,
            Bad::OutsideWindow => run.count(rows::REQUESTS_OBEYED) > 0 || run.count(rows::OUTSIDE_WINDOW) > 0,
            Bad::Beyond(beyond) => beyond.is_looked_at(run),
            _ => true,
        }
    }

    /// The time that is compared with the limit, where it is a time.
    pub fn time(&self, run: &Run) -> Option<Measured> {
        match self {
            Bad::RecoveryTimeAbove(_) => Some(run.recovery()),
            Bad::RecoveryPointAbove(_) => Some(run.point()),
            Bad::PhaseAbove(phase, _) => Some(Measured::Exactly(run.phase(*phase))),
            Bad::UnavailableAbove(_) => Some(Measured::Exactly(run.span(rows::UNAVAILABLE))),
            Bad::ClientTimeLostAbove(_) => run.sheet.time(rows::CLIENT_TIME_LOST),
            Bad::ExecutionAbove(_) => run.sheet.time(rows::EXECUTION_TIME),
            Bad::OverloadAbove(_) => Some(Measured::Exactly(run.span(rows::OVERLOAD))),
            Bad::NotifiedAfter(_) => run.sheet.time(rows::TIME_TO_NOTIFY),
            Bad::Beyond(beyond) => beyond.time(run),
            _ => None,
        }
    }

    /// What to ask instead where every run shows nothing at all and that is right.
    pub(crate) fn asks_for_none(&self) -> &'static str {
        match self {
            Bad::RecoveryTimeAbove(_) | Bad::ClientTimeLostAbove(_) | Bad::UnavailableAbove(_) => {
                "; if it is none because nobody noticed anything, expect NoOutage"
            }
            _ => "",
        }
    }

    /// What is measured, and the limit it is held to, if it has one.
    fn measure_and_limit(&self) -> (String, Option<String>) {
        let (measure, limit) = match self {
            Bad::RecoveryTimeAbove(limit) => ("recovery time".to_owned(), limit.to_string()),
            Bad::RecoveryPointAbove(limit) => ("recovery point".to_owned(), limit.to_string()),
            Bad::PhaseAbove(phase, limit) => (phase.name().to_owned(), limit.to_string()),
            Bad::UnavailableAbove(limit) => ("time without service".to_owned(), limit.to_string()),
            Bad::ClientTimeLostAbove(limit) => ("client time lost".to_owned(), limit.to_string()),
            Bad::AvailabilityBelow(share) => return (available_below(*share), None),
            Bad::Disturbed => return ("client without service".to_owned(), None),
            Bad::LostWritesAbove(limit) => ("lost writes".to_owned(), limit.to_string()),
            Bad::FailoversAbove(limit) => ("failovers".to_owned(), limit.to_string()),
            Bad::FalseFailoversAbove(limit) => ("false failovers".to_owned(), limit.to_string()),
            Bad::OverloadAbove(limit) => ("overload".to_owned(), limit.to_string()),
            Bad::ReadsBelow(share) => return (reads_below(*share), None),
            Bad::Recovered => return ("recovery".to_owned(), None),
            Bad::NotOverloaded => return ("carrying all load".to_owned(), None),
            Bad::NotRecovered => return ("no recovery".to_owned(), None),
            Bad::SplitBrain => return ("split brain".to_owned(), None),
            Bad::Violation(name) => return (name.clone(), None),
            Bad::ViolationBeyond(_) => return ("violated invariant".to_owned(), None),
            Bad::NotConverged => return ("no convergence".to_owned(), None),
            Bad::FalseFailoverRate => return ("false failovers".to_owned(), None),
            Bad::Promoted(node) => return (format!("promotion of {node}"), None),
            Bad::QuorumLost => return ("loss of quorum".to_owned(), None),
            Bad::ExecutionAbove(limit) => ("execution time".to_owned(), limit.to_string()),
            Bad::Unverified => return ("unverified failover".to_owned(), None),
            Bad::LeaderlessAbove(limit) => ("time without coordinator".to_owned(), limit.to_string()),
            Bad::Unseen(sight) => return (format!("sight of {}", sight.name()), None),
            Bad::QuorumKept => return ("unbroken quorum".to_owned(), None),
            Bad::NotifiedAfter(limit) => ("time to notify".to_owned(), limit.to_string()),
            Bad::AlertMissed => return ("missed alert".to_owned(), None),
            Bad::Unaudited => return ("gap in the audit trail".to_owned(), None),
            Bad::TamperingUnnoticed => return ("unnoticed tampering".to_owned(), None),
            Bad::AttackNotRefused => return ("attack that is not refused".to_owned(), None),
            Bad::OutsideWindow => return ("switchover outside its window".to_owned(), None),
            Bad::Beyond(beyond) => (beyond.measure().to_owned(), beyond.limit()),
        };
        (measure, Some(limit))
    }

    /// How what is measured stands to its limit in a good run.
    fn sign(&self) -> &'static str {
        if let Bad::Beyond(beyond) = self { beyond.sign() } else { "<=" }
    }

    /// What a good run does.
    fn good(&self) -> String {
        match self {
            Bad::LostWritesAbove(0) => "no lost write".to_owned(),
            Bad::FailoversAbove(0) => "no failover".to_owned(),
            Bad::FalseFailoversAbove(0) => "no false failover".to_owned(),
            Bad::FalseFailoverRate => "false failovers".to_owned(),
            Bad::NotRecovered => "recovery".to_owned(),
            Bad::Recovered => "service stays down".to_owned(),
            Bad::NotOverloaded => "overload".to_owned(),
            Bad::NotConverged => "convergence".to_owned(),
            Bad::Unseen(sight) => sight.name().to_owned(),
            _ => match self.measure_and_limit() {
                (measure, Some(limit)) => format!("{measure} {} {limit}", self.sign()),
                (measure, None) => format!("no {measure}"),
            },
        }
    }

    /// What bad runs do, after "12 of 1000 runs".
    pub(crate) fn deed(&self) -> String {
        match self {
            Bad::LostWritesAbove(0) => "lose acknowledged writes".to_owned(),
            Bad::FailoversAbove(0) => "fail over".to_owned(),
            Bad::FalseFailoversAbove(0) | Bad::FalseFailoverRate => "fail over without need".to_owned(),
            Bad::NotRecovered => "do not recover".to_owned(),
            Bad::NotOverloaded => "carry all their load".to_owned(),
            Bad::Recovered => "are served although they should stay down".to_owned(),
            Bad::OverloadAbove(limit) if limit.is_zero() => "overload a primary".to_owned(),
            Bad::ReadsBelow(share) => format!("have {}", reads_below(*share)),
            Bad::AvailabilityBelow(share) => format!("have {}", available_below(*share)),
            Bad::Disturbed => "leave a client without service".to_owned(),
            Bad::SplitBrain => "have a split brain".to_owned(),
            Bad::Violation(name) => format!("violate {name}"),
            Bad::ViolationBeyond(_) => "violate an invariant".to_owned(),
            Bad::NotConverged => "do not converge".to_owned(),
            Bad::Promoted(node) => format!("promote {node}"),
            Bad::QuorumLost => "lose the quorum".to_owned(),
            Bad::Unverified => "call a failover done that nobody verified".to_owned(),
            Bad::LeaderlessAbove(limit) => {
                format!("leave a majority without a coordinator for more than {limit}")
            }
            Bad::Unseen(sight) => format!("do not show {}", sight.name()),
            Bad::QuorumKept => "never lose the quorum".to_owned(),
            Bad::AlertMissed => "give out an alert that nobody sees".to_owned(),
            Bad::Unaudited => "leave a gap in the audit trail".to_owned(),
            Bad::TamperingUnnoticed => "do not notice that an audit trail was tampered with".to_owned(),
            Bad::AttackNotRefused => "let an attack in, or do not say so".to_owned(),
            Bad::OutsideWindow => "switch over outside the window".to_owned(),
            Bad::Beyond(beyond) => beyond.deed(),
            _ => match self.measure_and_limit() {
                (_, Some(limit)) => format!("exceed {limit}"),
                (measure, None) => format!("show {measure}"),
            },
        }
    }
}

impl fmt::Display for Undecidable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Undecidable::TooFewRuns { criterion, have, need } => {
                let have = human::counted(*have, "run");
                write!(
                    f,
                    "'{criterion}' cannot be decided by {have}: at least {need} are needed, and more if any is bad"
                )
            }
            Undecidable::Senseless { criterion, tolerated, confidence } => write!(
                f,
                "'{criterion}' cannot be decided by any number of runs: it tolerates the share {tolerated} at confidence \
                 {confidence}; the first must be from 0 to below 1, the second above 0 and below 1"
            ),
        }
    }
}

impl std::error::Error for Undecidable {}

/// Whether it is known to be, or may be, longer; not where nobody looked.
fn is_above(time: Option<Measured>, limit: Span) -> bool {
    time.is_some_and(|time| !time.within(limit))
}

/// Parts per billion of clients' time in which they were served.
fn available(run: &Run) -> Option<u32> {
    run.client_time()?.available_per_billion()
}

/// `availability below 99.9 % of clients' time up to the horizon`.
fn available_below(per_billion: u32) -> String {
    let share = human::share(f64::from(per_billion) / 1e9);
    format!("availability below {share} of clients' time up to the horizon")
}

/// `reads served for less than 99.9 % of readers' time until the run ends`.
fn reads_below(per_million: u32) -> String {
    let share = human::share(f64::from(per_million) / 1e6);
    format!("reads served for less than {share} of readers' time until the run ends")
}

/// `1 - share` to a billionth, so that the complement of 0.99 is 0.01 and not 0.010000000000000009.
pub(crate) fn complement(share: f64) -> f64 {
    libm::round((1.0 - share) * 1e9) / 1e9
}

/// `50`, `95`, `99.9`.
fn percent_digits(p: f64) -> String {
    human::share(p).trim_end_matches('%').trim_end().to_owned()
}
