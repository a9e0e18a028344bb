//! A scenario made ready to run: names become indexes, distributions become samplers. Built once, shared by
//! all runs.

mod actives;
mod build;
mod guards;
pub(crate) mod people;
mod redirect;
mod rejoin;
mod standbys;
mod stops;
mod traffic;
mod triggers;

use std::sync::Arc;

use failover::Configuration;
use sim::{Key, Sampler};
use units::Span;

use crate::engine::Engine;
use crate::journal;
use crate::logic::Terms;
pub(crate) use traffic::WEEK;
pub use traffic::{BurstModel, LoadModel};

pub use actives::ActivesModel;
pub use guards::{AlertsModel, BudgetModel, KmsModel};
pub(crate) use people::wall_at;
pub use people::{ForgerModel, PeopleModel, WishModel, signing_key};
pub use redirect::{ProxiesModel, ProxyModel, RedirectModel};
pub use rejoin::RejoinModel;
pub use standbys::StandbysModel;
pub use stops::StopModel;
pub use triggers::Timing;

/// A network is punctual if all but one in 10^9 messages arrive well within a heartbeat.
const CALM: f64 = 1.0 - 1e-9;

/// A scenario made ready to run. `P` is the policy of the logic under test.
#[derive(Debug)]
pub struct Model<P = failover::Policy> {
    /// What every agent is configured with.
    pub config: Arc<Configuration<P>>,
    /// What the policy says of itself.
    pub terms: Terms,
    /// Machines.
    pub nodes: Vec<NodeModel>,
    /// Nodes whose agents vote.
    pub voters: Vec<usize>,
    /// More than half of them.
    pub majority: usize,
    /// Regions with their clients.
    pub regions: Vec<RegionModel>,
    /// One-way paths between regions (and within one, on the diagonal), `from * regions + to`.
    pub paths: Vec<Path>,
    /// Paths between nodes, `from * nodes + to`.
    pub links: Vec<Path>,
    /// The database engine.
    pub engine: Engine,
    /// When writes are acknowledged.
    pub durability: journal::Durability,
    /// What a primary makes of standbys that are silent or gone.
    pub standbys: StandbysModel,
    /// How a database is stopped, and what it costs to start it again.
    pub stops: StopModel,
    /// Writes per second a replication stream carries.
    pub replication_rate: u64,
    /// Several databases that accept writes at the same time.
    pub actives: Option<ActivesModel>,
    /// How copies that were away come back.
    pub rejoin: RejoinModel,
    /// Writes that wait at a primary at most.
    pub queue_max: u64,
    /// Countdown of the machines' watchdogs.
    pub watchdog: Option<Span>,
    /// How clients behave.
    pub clients: scenarios::Clients,
    /// Places in its region's stream that each attempt of a client has.
    pub draws_per_attempt: u64,
    /// How they find the primary.
    pub redirect: RedirectModel,
    /// How long resolvers keep an answer.
    pub dns_ttl: Span,
    /// And the answer that there is none.
    pub dns_negative_ttl: Span,
    /// Resolvers in each region.
    pub resolvers: u32,
    /// Change of the record, or move of the address.
    pub dns_update: Sampler,
    /// Resolvers go on with answers that ran out while the name servers do not answer.
    pub serve_stale: bool,
    /// How reads find a copy; `None` where nobody reads.
    pub reads: Option<ReadModel>,
    /// When in the week a run begins; `None`: drawn.
    pub starts: Option<Span>,
    /// Users of a lost region come in elsewhere after this time.
    pub reroute_after: Option<Span>,
    /// How alerts reach people; `None`: they are not modelled.
    pub alerts: Option<AlertsModel>,
    /// What unwraps the keys of agents' disks; `None`: they are not encrypted.
    pub kms: Option<KmsModel>,
    /// What monitoring tells agents of; `None`: nothing.
    pub budget: Option<BudgetModel>,
    /// Who asks the logic for what; `None` where nobody can.
    pub people: Option<PeopleModel>,
    /// The disaster: every strike that can be told apart. A fault that repeats itself so many times has so many.
    pub faults: Vec<FaultModel>,
    /// The faults as the scenario lists them, by name.
    pub fault_names: Vec<String>,
    /// A run ends here at the latest.
    pub horizon: Span,
    /// Service must last this long to count as recovered.
    pub steady: Span,
    /// Nothing may happen for this long before a run is called settled: whatever a fault set going shows by then.
    pub quiet: Span,
    /// Messages that the network does not lose arrive well within a heartbeat, all but one in 10^9.
    pub punctual: bool,
    /// All but one in 10^9 messages take no longer.
    pub delay_most: Span,
    /// The network by itself never loses or delays a message so much that anyone would notice: what is at rest
    /// stays at rest.
    pub calm: bool,
    /// Disk: a small synchronous write.
    pub disk_write: Sampler,
    /// A machine boots.
    pub boot: Sampler,
    /// An agent starts.
    pub agent_start: Sampler,
    /// What was held up gets the processor again.
    pub resume: Sampler,
}

/// A machine.
#[derive(Debug)]
pub struct NodeModel {
    /// As people call it.
    pub name: String,
    /// Index of its region.
    pub region: usize,
    /// Index of its site.
    pub site: usize,
    /// Holds no data.
    pub witness: bool,
    /// Writes per second it carries as primary.
    pub capacity: u64,
    /// Streams of this machine.
    pub keys: NodeKeys,
}

/// Random streams of a machine, one per purpose.
#[derive(Clone, Copy, Debug)]
pub struct NodeKeys {
    /// Disk.
    pub disk: Key,
    /// The machine, its agent's starts and its database's tasks: each purpose and each time has an occurrence of its own.
    pub life: Key,
    /// Audit trail.
    pub trail: Key,
    /// Replication.
    pub replication: Key,
    /// Coming back: whether a rewind fails, how fast a full copy is.
    pub rejoin: Key,
    /// What handling requests takes.
    pub desk: Key,
}

/// A region with its clients.
#[derive(Debug)]
pub struct RegionModel {
    /// As people call it.
    pub name: String,
    /// Index of its provider.
    pub provider: usize,
    /// Client processes.
    pub clients: u32,
    /// Usual writes per second of all of them.
    pub writes_per_second: u64,
    /// How that changes.
    pub load: LoadModel,
    /// Its clients read.
    pub reads: bool,
    /// A client's connection is used again after this time, on average (exponential); `None` where nobody writes.
    pub uses: Option<Sampler>,
    /// No draw of that is longer.
    pub uses_most: Span,
    /// When a client's first connection is used again.
    pub use_key: Key,
    /// When the others of its pool are, and when they are too old.
    pub pool_key: Key,
    /// Which of two nodes that answer for an address a connection is led to.
    pub address_key: Key,
    /// How old connections of pools are when they cannot be replaced.
    pub renewal_key: Key,
    /// Attempts to connect.
    pub attempt_key: Key,
    /// Resolver phases.
    pub resolver_key: Key,
}

/// How reads find a copy.
#[derive(Debug)]
pub struct ReadModel {
    /// Each region's copies, the nearest first, if reads go there; else they go where writes go.
    pub nearest: Option<Vec<Vec<usize>>>,
    /// How often routing finds out which are healthy.
    pub health_check: Span,
    /// Streams of the regions' health checks.
    pub check_keys: Vec<Key>,
}

/// One direction of a path.
#[derive(Debug)]
pub struct Path {
    /// One-way delay.
    pub latency: Sampler,
    /// Share of messages lost although nothing is wrong.
    pub loss: f64,
    /// Its stream.
    pub key: Key,
}

/// A scripted fault.
#[derive(Debug)]
pub struct FaultModel {
    /// As reports print it.
    pub name: String,
    /// When it strikes.
    pub timing: Timing,
    /// How long it lasts; for ever if nobody says.
    pub lasts: Option<Sampler>,
    /// What it does.
    pub strike: StrikeModel,
    /// The scenario's fault that it is a strike of.
    pub of: usize,
    /// Which strike of that fault it is.
    pub occurrence: u32,
    /// When that fault strikes again.
    pub again: Option<RepeatModel>,
    /// Its stream.
    pub key: Key,
}

/// How a fault repeats itself.
#[derive(Clone, Debug)]
pub struct RepeatModel {
    /// From one strike to the next.
    pub every: Sampler,
    /// How many times more; without a number until the horizon, one after the other.
    pub times: Option<u32>,
}

/// Whom a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// This one.
    Index(usize),
    /// Whichever is primary when it strikes.
    Primary,
    /// One drawn when it strikes.
    Any,
    /// The node that reached the step which the fault waited for.
    That,
}

/// Which part of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Machine,
    /// The failover agent.
    Agent,
    /// The database.
    Database,
}

/// Which part of a machine is slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlowPart {
    /// All of it.
    Machine,
    /// Its disk.
    Disk,
}

/// What messages and streams suffer on a bad link.
#[derive(Clone, Debug)]
pub struct Degradation {
    /// Extra delay.
    pub slower: Option<Sampler>,
    /// Share of messages lost.
    pub loss: f64,
    /// Writes per second left to a replication stream.
    pub writes_per_second: Option<u64>,
}

/// What a fault does. Endpoints are nodes, then the clients of each region, then proxies.
#[derive(Clone, Debug)]
pub enum StrikeModel {
    /// Processes die; the operating system refuses connections.
    Crash(Target, Part),
    /// The machine is off.
    Silence(Target),
    /// Processes stand still.
    Hang(Target, Part),
    /// All machines of a site are off.
    SiteLoss(Target),
    /// All machines of a region are off, its clients with them.
    RegionLoss(Target),
    /// The same of every region of a provider.
    ProviderLoss(Target),
    /// Nothing passes from the first endpoints to the second.
    Cut {
        /// Senders.
        from: Vec<usize>,
        /// Receivers.
        to: Vec<usize>,
        /// Nor the other way.
        both_ways: bool,
    },
    /// Nothing passes between two groups while the link is down, which it is now and then.
    Flapping {
        /// One group.
        between: [Vec<usize>; 2],
        /// How long it is down each time.
        down: Sampler,
        /// How long it works in between.
        up: Sampler,
    },
    /// What passes between two groups suffers.
    Degraded {
        /// Senders.
        from: Vec<usize>,
        /// Receivers.
        to: Vec<usize>,
        /// The other way as well.
        both_ways: bool,
        /// What it suffers.
        by: Degradation,
    },
    /// Everything on a machine, or only its disk, takes so many times as long.
    Slow(Target, SlowPart, u32),
    /// Nothing more can be written to a disk.
    FullDisk(Target),
    /// So many promotions fail.
    FailedPromotion(Target, u32),
    /// A replica's stream is slow.
    SlowReplication(Target, u64),
    /// Somebody alters a node's audit trail.
    TamperedTrail(Target, scenarios::Tampering),
    /// Somebody alters a node's configuration.
    TamperedPlan(Target),
    /// A channel takes no alerts.
    ChannelFailure(usize),
    /// The KMS does not answer.
    KmsFailure,
    /// It answers so much later.
    SlowKms(Sampler),
    /// It has lost a node's key.
    LostKey(Target),
    /// The name servers do not answer.
    DnsFailure,
    /// They answer that there is nothing of that name.
    DnsEmpty,
    /// They answer with this node.
    DnsWrong(Target),
    /// A proxy is down.
    CrashProxy(usize),
    /// A node answers for the virtual address as well.
    DuplicateAddress(Target),
    /// A clock drifts.
    ClockDrift(Target, i64),
    /// A clock jumps ahead.
    ClockStep(Target, Span),
    /// A clock stands still.
    ClockStall(Target, Span),
    /// A request that nobody may make.
    ForgedRequest(ForgerModel, WishModel),
    /// Requests are changed on their way.
    AlteredRequests,
    /// Requests are sent again.
    ReplayedRequests,
    /// Forged requests pour in at these nodes, so many at once, in this name.
    RequestFlood {
        /// At which nodes.
        nodes: Vec<usize>,
        /// How many per tenth of a second.
        at_once: u32,
        /// In whose name.
        name: String,
    },
    /// What this node sent and received last is sent again.
    StaleLeader(usize),
}

/// A scenario that cannot be made ready: the loader refuses these before, so seeing one means it was bypassed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelError(pub String);

impl std::fmt::Display for ModelError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ModelError {}

impl<P> Model<P> {
    /// The plan asks for more than failover: copies may have to be made anew, or the role is given back.
    pub fn has_operations(&self) -> bool {
        self.actives.is_some() || self.rejoin.may_copy() || self.terms.switches
    }

    /// Some fault waits for a step.
    pub fn waits_for_steps(&self) -> bool {
        self.faults.iter().any(|fault| fault.timing.step().is_some())
    }

    /// Requests are made, by people or by others.
    pub fn has_requests(&self) -> bool {
        let about = |fault: &FaultModel| {
            matches!(fault.strike, StrikeModel::ForgedRequest(..) | StrikeModel::RequestFlood { .. })
        };
        self.people.is_some() || self.faults.iter().any(about)
    }

    /// The path from one node to another.
    pub fn link(&self, from: usize, to: usize) -> &Path {
        &self.links[from * self.nodes.len() + to]
    }

    /// The path from one region to another.
    pub fn path(&self, from: usize, to: usize) -> &Path {
        &self.paths[from * self.regions.len() + to]
    }

    /// The endpoint of a region's clients.
    pub fn clients_endpoint(&self, region: usize) -> usize {
        self.nodes.len() + region
    }

    /// The endpoint of a proxy.
    pub fn proxy_endpoint(&self, proxy: usize) -> usize {
        self.nodes.len() + self.regions.len() + proxy
    }

    /// How many endpoints there are.
    pub fn endpoints(&self) -> usize {
        self.proxy_endpoint(self.proxies().len())
    }

    /// The proxies between clients and database.
    pub fn proxies(&self) -> &[ProxyModel] {
        match &self.redirect {
            RedirectModel::Proxies(model) => &model.proxies,
            _ => &[],
        }
    }
}
