//! What a fault does.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::Distribution;
use units::Span;

use crate::people::{AskFor, Forger};

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
