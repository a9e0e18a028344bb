use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::Span;

use crate::PlanPatch;

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
    /// Path of the plan file, relative to this file.
    pub plan: String,
    /// What differs from the plan.
    #[serde(default)]
    pub with: PlanPatch<PP>,
    /// The disaster.
    pub faults: Vec<Fault>,
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
    /// What must hold.
    pub expect: Vec<Expectation>,
}

/// A scripted fault: when it strikes, what it does, when it is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// When it strikes: `"60s"` or `Between("60s", "120s")`.
    pub at: When,
    /// What happens.
    pub strike: Strike,
    /// How long after the strike it is healed; never if absent.
    #[serde(default)]
    pub heal_after: Option<Span>,
}

/// A fixed or a drawn moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum When {
    /// Exactly then.
    At(Span),
    /// Drawn evenly from the range, anew for each seed.
    Between(Span, Span),
}

/// What a fault does. Names are of nodes unless said otherwise; `"$primary"` is whichever node (or its
/// region) is primary when the fault strikes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Strike {
    /// Agent and database die; the machine's operating system lives and refuses connections. Healing restarts both.
    Crash(String),
    /// The agent alone dies.
    CrashAgent(String),
    /// The database alone dies; connections are refused.
    CrashDatabase(String),
    /// The whole machine is off: nothing answers, not even with a refusal. Healing boots it.
    Silence(String),
    /// The whole machine stands still with all its state, and goes on where it stopped when healed.
    Hang(String),
    /// The agent alone stands still; the database goes on.
    HangAgent(String),
    /// The database alone stands still: it accepts connections and never answers.
    HangDatabase(String),
    /// Every node of the region is off, and its network with it.
    RegionLoss(String),
    /// Nothing passes between the two groups (regions, sites or nodes), in either direction.
    Partition(Vec<String>, Vec<String>),
    /// Nothing passes from the first group to the second; the other way works.
    OneWayPartition {
        /// Senders that are no longer heard.
        from: Vec<String>,
        /// Who no longer hears them.
        to: Vec<String>,
    },
    /// The replica receives only this many writes per second, so its lag grows while clients write more.
    SlowReplication {
        /// The replica.
        node: String,
        /// What its stream still carries.
        writes_per_second: u64,
    },
    /// The node's clock runs fast (positive) or slow (negative) by so many parts per million.
    ClockDrift {
        /// The node.
        node: String,
        /// Parts per million, above -1,000,000.
        ppm: i64,
    },
    /// The node's clock jumps ahead by this much, once.
    ClockStepAhead {
        /// The node.
        node: String,
        /// By how much.
        by: Span,
    },
    /// The node's clock stands still for this long: what a suspended virtual machine's monotonic clock does.
    ClockStall {
        /// The node.
        node: String,
        /// For how long.
        by: Span,
    },
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
    /// A database accepted writes for longer than one lease after its node had lost the majority.
    MinorityService,
    /// Two nodes were elected coordinator in one term.
    TwoCoordinators,
}

/// What a scenario expects of its runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Expectation {
    /// Quantiles of the recovery time; runs that do not recover exceed every limit.
    RecoveryTime(Limits),
    /// Quantiles of the recovery point, in seconds of acknowledged writes lost.
    RecoveryPoint(Limits),
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
}

/// Something that a scenario is about, and that may or may not be seen in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Sight {
    /// An acknowledged write is dropped from a copy that comes back.
    DivergedWrites,
    /// A copy is made anew.
    FullCopy,
    /// The primary is changed as planned, with nobody failing.
    Switchover,
    /// Two actives wrote the same key without knowing of each other.
    Conflicts,
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

fn default_confidence() -> f64 {
    0.95
}
