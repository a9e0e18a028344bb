use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::Distribution;
use units::Span;

use crate::PlanPatch;
use crate::fault::Fault;
use crate::people::{AskFor, Asking, Forger};

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

/// What a fault does. Names are of nodes unless said otherwise; `"$primary"` is whichever node (or its site,
/// region or provider) is primary when the fault strikes, `"$any"` one drawn anew at each strike, `"$that"` the one that
/// reached the step which the fault waited for.
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
    /// Every node of the site (zone, data centre) is off. The clients of its region live elsewhere.
    SiteLoss(String),
    /// Every region of the provider is lost, with its nodes, its network and its clients.
    ProviderLoss(String),
    /// Nothing passes between the two groups (providers, regions, sites or nodes), in either direction. Who is in
    /// neither group reaches both: a partial partition.
    Partition(Vec<String>, Vec<String>),
    /// Nothing passes from the first group to the second; the other way works.
    OneWayPartition {
        /// Senders that are no longer heard.
        from: Vec<String>,
        /// Who no longer hears them.
        to: Vec<String>,
    },
    /// The link between the two groups fails and comes back, over and over, until it is healed. It begins down.
    Flapping {
        /// The two groups (providers, regions, sites or nodes).
        between: (Vec<String>, Vec<String>),
        /// How long it is down each time.
        down: Distribution,
        /// How long it works in between.
        up: Distribution,
    },
    /// The link between the two groups is bad: messages come later, some not at all, and replication gets less
    /// bandwidth. Several such faults add up; of several bandwidths the least counts. Loss costs TCP much of its
    /// bandwidth: say so with `writes_per_second`.
    Degraded {
        /// One group (providers, regions, sites or nodes).
        from: Vec<String>,
        /// The other.
        to: Vec<String>,
        /// Only what goes from `from` to `to` suffers.
        #[serde(default)]
        one_way: bool,
        /// Extra delay: of each message anew, of a replication stream once.
        #[serde(default)]
        slower: Option<Distribution>,
        /// Share of messages lost, 0 to 1, besides what the link loses anyway.
        #[serde(default)]
        loss: f64,
        /// Writes per second that are left to each replication stream over this link; what does not fit queues.
        #[serde(default)]
        writes_per_second: Option<u64>,
    },
    /// Gray failure: the node lives, but everything on it takes this many times as long: its agent, its disk, what
    /// its database does, its clients' statements. Two such faults multiply.
    Slow {
        /// The node.
        node: String,
        /// How many times as long, above 1.
        times: u32,
    },
    /// Only the node's disk is slow: the agent's writes, commits, replay of the log, and the database's tasks.
    SlowDisk {
        /// The node.
        node: String,
        /// How many times as long a write takes, above 1.
        times: u32,
    },
    /// Nothing more can be written to the node's disk: the database stops and cannot start, and what the agent
    /// must remember is not remembered, until there is room again.
    FullDisk(String),
    /// The next promotions on this node take their time and then fail.
    FailedPromotion {
        /// The node.
        node: String,
        /// How many of them.
        times: u32,
    },
    /// The replica receives only this many writes per second, so its lag grows while clients write more.
    SlowReplication {
        /// The replica.
        node: String,
        /// What its stream still carries.
        writes_per_second: u64,
    },
    /// Somebody alters the node's audit trail on its disk. Its agent does not notice while it runs, since it only
    /// appends: let it restart, to be found out by the others.
    TamperedTrail {
        /// The node.
        node: String,
        /// What is done to it, at a record that is drawn.
        how: Tampering,
    },
    /// Somebody alters the node's copy of its configuration and restarts its agent with it: no replica lags too far, no
    /// region is preferred, no cooldown is kept. Healing puts the right one in its place.
    TamperedPlan(String),
    /// A channel takes no alerts.
    ChannelFailure(String),
    /// The key management service does not answer: an agent that starts cannot read its disk.
    KmsFailure,
    /// It answers so much later.
    SlowKms {
        /// By how much, drawn anew for each request.
        slower: Distribution,
    },
    /// The KMS has lost the key of this node, for good.
    LostKey(String),
    /// The name servers do not answer: the record cannot be changed, and resolvers whose answer runs out get no new
    /// one (SERVFAIL, after a while of asking). Connections that stand go on.
    DnsFailure,
    /// The name servers answer, and say that there is no such name, or no address: changes of the record are accepted
    /// and do not show. Resolvers keep that for `dns.negative_ttl`, also after it is over; it is an answer, so that no
    /// stale one is served instead.
    DnsEmpty,
    /// The name servers answer with the address of this node, whatever the record is changed to: a zone that is no
    /// longer transferred, a typing error. `"$primary"`: with what was right when it struck.
    DnsWrong(String),
    /// The proxy of this name is down; its machine refuses connections.
    CrashProxy(String),
    /// This node answers for the virtual address as well, although it is not to: of every two that look for the
    /// address one finds it there.
    DuplicateAddress(String),
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
    /// A request that nobody may make reaches a node.
    ForgedRequest {
        /// Who makes it.
        by: Forger,
        /// What it asks.
        ask: AskFor,
    },
    /// What people ask is changed on its way, until this is over.
    AlteredRequests,
    /// Every request of anybody so far is sent again, each to another node than before.
    ReplayedRequests,
    /// Forged requests pour in, ten times a second so many at once, until this is over.
    RequestFlood {
        /// The nodes.
        nodes: Vec<String>,
        /// Requests per second for each of them.
        per_second: u32,
        /// Who they say they are from; a stranger if absent.
        #[serde(default)]
        in_the_name_of: Option<String>,
    },
    /// Somebody caught the last 64 messages that this node sent or received, and sends them again to whom they were
    /// sent, every second, past any partition, until this is over.
    StaleLeader(String),
}

impl Strike {
    /// It is about what people ask.
    pub fn is_about_requests(&self) -> bool {
        matches!(
            self,
            Strike::ForgedRequest { .. }
                | Strike::AlteredRequests
                | Strike::ReplayedRequests
                | Strike::RequestFlood { .. }
        )
    }
}

/// What is done to an audit trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Tampering {
    /// A bit of a record changes.
    Flip,
    /// A record goes.
    Drop,
    /// Two neighbouring records change places.
    Swap,
    /// A record and all after it go.
    CutOff,
    /// A record is altered, and it and all after it get the hashes that go with that.
    Rewrite,
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

fn default_confidence() -> f64 {
    0.95
}
