//! A scenario made ready to run: names become indexes, distributions become samplers. Built once, shared by
//! all runs.

mod build;
mod rejoin;

use std::sync::Arc;

use failover::Configuration;
use scenarios::When;
use sim::{Key, Sampler};
use units::Span;

use crate::engine::Engine;
use crate::journal;
use crate::logic::Terms;

pub use rejoin::RejoinModel;

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
    /// Writes per second a replication stream carries.
    pub replication_rate: u64,
    /// How copies that were away come back.
    pub rejoin: RejoinModel,
    /// Countdown of the machines' watchdogs.
    pub watchdog: Option<Span>,
    /// How clients behave.
    pub clients: scenarios::Clients,
    /// How long resolvers keep an answer.
    pub dns_ttl: Span,
    /// Resolvers in each region.
    pub resolvers: u32,
    /// Change of the record.
    pub dns_update: Sampler,
    /// The disaster.
    pub faults: Vec<FaultModel>,
    /// A run ends here at the latest.
    pub horizon: Span,
    /// Service must last this long to count as recovered.
    pub steady: Span,
    /// Nothing may happen for this long before a run is called settled: whatever a fault set going shows by then.
    pub quiet: Span,
    /// Messages that the network does not lose arrive well within a heartbeat, all but one in 10^9.
    pub punctual: bool,
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
    /// Holds no data.
    pub witness: bool,
    /// Streams of this machine.
    pub keys: NodeKeys,
}

/// Random streams of a machine, one per purpose.
#[derive(Clone, Copy, Debug)]
pub struct NodeKeys {
    /// Durations of database tasks.
    pub tasks: Key,
    /// Disk.
    pub disk: Key,
    /// Boot, start, resume.
    pub life: Key,
    /// Replication.
    pub replication: Key,
    /// Coming back: whether a rewind fails, how fast a full copy is.
    pub rejoin: Key,
}

/// A region with its clients.
#[derive(Debug)]
pub struct RegionModel {
    /// As people call it.
    pub name: String,
    /// Client processes.
    pub clients: u32,
    /// Writes per second of all of them.
    pub writes_per_second: u64,
    /// Reconnection delays.
    pub reconnect_key: Key,
    /// Resolver phases.
    pub resolver_key: Key,
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
    pub at: When,
    /// When it is over, after the strike.
    pub heal_after: Option<Span>,
    /// What it does.
    pub strike: StrikeModel,
    /// Its stream.
    pub key: Key,
}

/// Whom a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// This one.
    Index(usize),
    /// Whichever is primary when it strikes.
    Primary,
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

/// What a fault does. Endpoints are nodes, then the clients of each region.
#[derive(Clone, Debug, PartialEq)]
pub enum StrikeModel {
    /// Processes die; the operating system refuses connections.
    Crash(Target, Part),
    /// The machine is off.
    Silence(Target),
    /// Processes stand still.
    Hang(Target, Part),
    /// All machines of a region are off.
    RegionLoss(Target),
    /// Nothing passes from the first endpoints to the second.
    Cut {
        /// Senders.
        from: Vec<usize>,
        /// Receivers.
        to: Vec<usize>,
        /// Nor the other way.
        both_ways: bool,
    },
    /// A replica's stream is slow.
    SlowReplication(Target, u64),
    /// A clock drifts.
    ClockDrift(Target, i64),
    /// A clock jumps ahead.
    ClockStep(Target, Span),
    /// A clock stands still.
    ClockStall(Target, Span),
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

/// A disaster to strike a plan with.
#[derive(Clone, Debug)]
pub struct Disaster<'a> {
    /// Faults in the order of the file.
    pub faults: &'a [scenarios::Fault],
    /// A run ends here at the latest.
    pub horizon: Span,
    /// Service must last this long to count as recovered.
    pub steady: Span,
}

impl<P> Model<P> {
    /// The plan asks for more than failover: copies may have to be made anew, or the role is given back.
    pub fn has_operations(&self) -> bool {
        self.rejoin.may_copy() || self.terms.switches
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

    /// How many endpoints there are.
    pub fn endpoints(&self) -> usize {
        self.nodes.len() + self.regions.len()
    }
}
