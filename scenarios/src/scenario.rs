use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::Span;

use crate::PlanPatch;
use crate::fault::Fault;
use crate::measure::{MeasureLimits, default_confidence};
use crate::people::Asking;

/// One disaster, as its file says it. `PP` is the patch of the policy section of the logic under test.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound = "PP: Default + Serialize + serde::de::DeserializeOwned")]
#[schemars(bound = "PP: Default + Serialize + JsonSchema")]
pub struct ScenarioFile<PP> {
    /// What happens, in one or two sentences.
    pub story: String,
    /// Requirement ids this scenario is evidence for.
    #[serde(default)]
    pub covers: Vec<String>,
    /// The part of the logic that makes it pass: without that it must fail, which a test of the catalogue shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<String>,
    /// Path of the plan file, relative to this file.
    pub plan: String,
    /// What differs from the plan.
    #[serde(default)]
    pub with: PlanPatch<PP>,
    /// The services of the plan that take part; all of them if not given.
    #[serde(default)]
    pub services: Option<Vec<String>>,
    /// The disaster.
    pub faults: Vec<Fault>,
    /// Who asks the logic for what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Asking>,
    /// A run ends here at the latest.
    pub horizon: Span,
    /// Service must last this long to count as recovered.
    #[serde(default = "default_steady")]
    pub steady: Span,
    /// A fault must take effect in at least this share of the runs, or the scenario proves nothing.
    #[serde(default = "default_takes_effect_in")]
    pub takes_effect_in: f64,
    /// Safety violations that this system is known to have and this scenario shows.
    #[serde(default)]
    pub allows: Vec<Invariant>,
    /// Objectives of the plan that it is not held to, each with the reason. It is held to all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exempt: Vec<Exempt>,
    /// What must hold besides.
    pub expect: Vec<Expectation>,
}

/// An objective of the plan that a scenario is not held to. Reports repeat the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Exempt {
    /// The RTO.
    RecoveryTime {
        /// Why.
        because: String,
    },
    /// The RPO.
    RecoveryPoint {
        /// Why.
        because: String,
    },
}

/// At this confidence the runs must show that an objective is kept.
pub const OBJECTIVES_CONFIDENCE: f64 = 0.95;

impl Exempt {
    /// Why.
    pub fn because(&self) -> &str {
        match self {
            Exempt::RecoveryTime { because } | Exempt::RecoveryPoint { because } => because,
        }
    }

    /// Why the RTO is not asked for, if it is not.
    pub fn from_recovery_time(exempt: &[Exempt]) -> Option<&str> {
        exempt.iter().find(|one| matches!(one, Exempt::RecoveryTime { .. })).map(Exempt::because)
    }

    /// Why the RPO is not asked for, if it is not.
    pub fn from_recovery_point(exempt: &[Exempt]) -> Option<&str> {
        exempt.iter().find(|one| matches!(one, Exempt::RecoveryPoint { .. })).map(Exempt::because)
    }
}

/// What must never happen. All are checked in every run; naming one in `expect` says that the scenario is
/// there for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Invariant {
    /// Two databases accepted writes at the same moment.
    SplitBrain,
    /// A node was promoted although it could not have reached a majority.
    MinorityAction,
    /// A promotion did not carry a higher epoch than every one before it.
    StaleEpoch,
    /// An acknowledged write was lost although the durability mode promises that none is.
    BrokenDurability,
    /// A replica beyond the policy's lag limit was promoted.
    LagLimitExceeded,
    /// A failover came before the cooldown after the last one was over.
    CooldownIgnored,
    /// More epochs began within a short time than the logic promises: plans that had no time to succeed.
    EpochStorm,
    /// A database accepted writes for longer than one lease after its node had lost the majority.
    MinorityService,
    /// Two nodes were elected coordinator in one term.
    TwoCoordinators,
    /// Something was decided or done of which an audit trail has no record, or the reverse.
    UnrecordedAction,
    /// An audit trail that nobody tampered with does not verify, or was distrusted.
    BrokenTrail,
    /// A node was promoted, or a target chosen, by a configuration that was tampered with.
    TamperedPlanUsed,
    /// The role was moved, or was about to be, by a request that nobody made, that its maker may not make, that was
    /// not approved by enough others, or that had been carried out before; or, where people decide, without any.
    UnauthorisedAction,
}

/// What a scenario expects of its runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Expectation {
    /// Quantiles of the recovery time, which is that of a run's longest outage; runs that do not recover exceed every
    /// limit.
    RecoveryTime(Limits),
    /// Quantiles of the recovery point, in seconds of acknowledged writes lost; runs that do not recover exceed every
    /// limit.
    RecoveryPoint(Limits),
    /// Recovery time and recovery point within the objectives, each in at least this share of the runs. Of a service,
    /// its own objectives.
    MeetsObjectives {
        /// Share of runs, between 0 and 1: 0.99 asks for the p99.
        p: f64,
        /// Confidence of the verdict.
        #[serde(default = "default_confidence")]
        confidence: f64,
    },
    /// Quantiles of the time that all clients together went without service, each for itself, up to the horizon: ten
    /// clients that are not served for a minute lose ten minutes. Those whom nobody could serve count as well. Runs in
    /// which some client is not served at the end exceed every limit.
    ClientTimeLost(Limits),
    /// In every run, clients are served for at least this share of their time up to the horizon, 0 to 1; those whom
    /// nobody could serve count as well.
    Availability(f64),
    /// No client is ever without service, however briefly: nobody notices anything.
    NoOutage,
    /// No run loses an acknowledged write.
    NoLoss,
    /// Service comes back in at least this share of the runs.
    Recovers {
        /// Share of runs, 0 to 1.
        share: f64,
        /// Confidence of the verdict.
        #[serde(default = "default_confidence")]
        confidence: f64,
    },
    /// No run has two databases accepting writes at once.
    NoSplitBrain,
    /// No run promotes without a majority.
    NoMinorityAction,
    /// After the last fault is healed, every run ends with one primary that all living nodes follow.
    Converges,
    /// A run may fail over only when its primary was really out of service.
    NoFalseFailover,
    /// This node is never promoted.
    NeverPromotes(String),
    /// Quantiles of the time from the choice of a target until its plan is complete, over runs that carry out a
    /// plan; a plan that never completes exceeds every limit. Of several plans in a run the longest counts.
    ExecutionTime(Limits),
    /// No plan is called complete before its new primary was found complete and open for writes.
    EveryFailoverVerified,
    /// Whenever a majority of agents is alive and connected, one of them coordinates or is elected within this time.
    QuorumAvailable {
        /// How long an election may take.
        election: Span,
    },
    /// The role of primary moves to another node at most this often in a run; 0: it stays where it is.
    FailoversAtMost(u32),
    /// Every run is without a majority for a while, and without one nobody accepts writes for longer than a lease:
    /// staying down is right.
    StaysDown,
    /// Failovers without need are rare: at most so many in a year of observed time, over all runs together.
    FalseFailovers {
        /// Rate per year of 365 days.
        per_year: f64,
        /// Confidence of the verdict.
        #[serde(default = "default_confidence")]
        confidence: f64,
    },
    /// What the scenario is about is seen in at least this share of the runs.
    Shows {
        /// What.
        what: Sight,
        /// Share of runs, 0 to 1.
        share: f64,
        /// Confidence of the verdict.
        #[serde(default = "default_confidence")]
        confidence: f64,
    },
    /// Service does not come back: where no majority is left, that is the right answer.
    NeverRecovers,
    /// In every run, reads are served for at least this share of all readers' time until the run ends, 0 to 1. (Availability
    /// is a share of clients' time up to the horizon, which most runs do not need to reach.)
    ReadsServed(f64),
    /// No primary is ever offered more writes than it carries.
    NoOverload,
    /// A primary is overloaded in at least this share of the runs: for scenarios that are there to show it.
    Overloads {
        /// Share of runs, 0 to 1.
        share: f64,
        /// Confidence of the verdict.
        #[serde(default = "default_confidence")]
        confidence: f64,
    },
    /// Quantiles of the time in which a primary was offered more writes than it carries, or worked off what had
    /// queued up.
    Overload(Limits),
    /// Audit trails are kept, every decision and action has its record, and every record its action.
    FullyAudited,
    /// In every run that tampers with audit trails, agents find out about each of them.
    TamperingFound,
    /// Quantiles of the time from when clients were not served, or a majority was missing, until somebody saw a critical
    /// alert; over runs with such trouble. An alert that never comes exceeds every limit.
    Notified(Limits),
    /// Every alert that an agent gave out is seen by somebody before the run ends.
    EveryAlertDelivered,
    /// Everything that was handed in to an agent left its trace in the audit trail, and nothing was granted that
    /// nobody asked for.
    AttacksRefused,
    /// A switchover that was asked for a window neither begins before it nor ends after it.
    InsideWindow,
    /// Limits of any measure that `firedrill measures` lists, by its name; of runs in which nobody looked at it nothing is
    /// asked.
    Measure(MeasureLimits),
}

/// Something that a scenario is about, and that may or may not be seen in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Sight {
    /// An acknowledged write is dropped from a copy that comes back.
    DivergedWrites,
    /// A copy is made anew.
    FullCopy,
    /// A copy is stuck until a person makes it anew.
    StuckCopy,
    /// The primary is changed as planned, with nobody failing.
    Switchover,
    /// Two actives wrote the same key without knowing of each other.
    Conflicts,
    /// What somebody asked for was carried out.
    Obeyed,
    /// What somebody asked for was refused.
    Refusal,
}

/// Upper limits for quantiles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Half the runs within this.
    #[serde(default)]
    pub p50: Option<Span>,
    /// 95 % of the runs within this.
    #[serde(default)]
    pub p95: Option<Span>,
    /// 99 % of the runs within this.
    #[serde(default)]
    pub p99: Option<Span>,
    /// 99.9 % of the runs within this.
    #[serde(default)]
    pub p999: Option<Span>,
    /// Confidence of the verdict.
    #[serde(default = "default_confidence")]
    pub confidence: f64,
}

fn default_steady() -> Span {
    Span::from_secs(30)
}

fn default_takes_effect_in() -> f64 {
    0.5
}
