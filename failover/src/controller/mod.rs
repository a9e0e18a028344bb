//! One member of the cluster, as a function from inputs to effects.
//!
//! ```text
//!             heartbeats               majority suspects            all replicas sealed
//!  (steady) ------------> (suspicion) -------------------> (sealing) ------------------> (promoting)
//!     ^                                   Begin{e+1}      |            Promote{plan}      |    |
//!     |                     primary came back: Abandon    |                               |    | step fails,
//!     |<--------------------------------------------------'          Complete{e+1}        |    | target lost
//!     |<----------------------------------------------------------------------------------'    v
//!                                                                          Begin{e+2} <---- (broken)
//! ```
//!
//! Who does what: every node watches every other and says whom it suspects. The *coordinator* (the consensus
//! leader) proposes; the majority agrees; the plan's *target* carries the plan out on itself; every node keeps
//! its own database in line with what was agreed. The primary needs the lease of a majority, not the
//! coordinator, to go on accepting writes.
//!
//! Members that do not vote beat to the voters and the primary, and watch the primary alone (`electorate.rs`).

mod actives;
mod agreement;
mod alerts;
mod beat;
mod budget;
mod coordinate;
mod countdowns;
mod electorate;
mod execute;
mod guard;
mod hand_over;
mod hearing;
mod keep_lease;
mod lag;
mod manifest;
mod reconcile;
mod rejoin;
mod requests;
mod start;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::audit::{Hash, Keeper};
use crate::cluster::{Cluster, Command, Stage};
use crate::config::Configuration;
use crate::consensus::{Consensus, Outputs, Raft, Role as ConsensusRole};
use crate::decision::Decision;
use crate::detector::Detector;
use crate::id::{ActiveSet, NodeId, NodeSet};
use crate::lease::{Holding, Promise};
use crate::message::{Effect, Input};
use crate::report::{DatabaseReport, Role};
use crate::selection::NoTarget;
use crate::stamp::Heard;
use crate::task::Task;
use crate::time::Instant;

use agreement::Ticks;
use electorate::Electorate;
use execute::Execution;
use guard::Watch;
use hand_over::Returning;
use lag::Recalled;
use rejoin::Standing;
use requests::Desk;

/// Consensus time is counted in this many ticks per consensus heartbeat.
pub(crate) const TICKS_PER_HEARTBEAT: u32 = 4;

/// One member: the failover agent of one node.
pub struct Controller {
    id: NodeId,
    config: Arc<Configuration>,
    /// Of this life of the agent.
    generation: u32,
    electorate: Electorate,
    now: Instant,
    consensus: Raft,
    outputs: Outputs,
    ticks: Ticks,
    /// When something is due in consensus; for a node that has yet to be handed its first input, at once.
    consensus_due: Instant,
    cluster: Cluster,
    /// Whether this node may act on that.
    standing: Standing,
    stage_since: Instant,
    database: DatabaseReport,
    /// When that was read.
    database_read: Instant,
    giving_up: bool,
    gave_up: bool,
    peers: Vec<Peer>,
    suspects: NodeSet,
    suspicion_due: Instant,
    /// Somebody speaks to an earlier life of this node, and is heard with its second beat from now.
    meets_until: Instant,
    next_beat: Instant,
    promise: Promise,
    /// How far any primary had written when it asked for the lease and this voter granted it
    /// ([`Heartbeat::granted`](crate::Heartbeat)).
    granted: Option<u64>,
    /// The primary was closed when this voter last granted it the lease: the commit time then.
    reopens: Option<u64>,
    /// The last word of a primary that was open and held the lease.
    heard_writing: Option<lag::Writing>,
    /// Where that is not known: what others say that it can have been at most.
    recalled: Option<Recalled>,
    holding: Holding,
    held_until: Option<Instant>,
    lease_retry: Instant,
    /// The end of the lease that the life of this agent before held beside a database that is open still.
    inherited: Option<Instant>,
    watch: Watch,
    task: Option<Running>,
    backoff_until: Instant,
    /// A database that is restarted in place is given up then.
    restart_until: Option<Instant>,
    /// In this life of the agent, the copy was last told to follow under this epoch.
    followed: u64,
    execution: Option<Execution>,
    wants: Option<Command>,
    wants_due: Instant,
    cooldown_until: Instant,
    /// The cool-down began before this agent did, so that others may know better when it ends.
    cooldown_unsure: bool,
    /// Before this node knows what was agreed: the number of a cool-down that others told of, and when it ends.
    cooldown_heard: Option<(u32, Instant)>,
    proposed_until: Instant,
    was_coordinator: bool,
    attention: bool,
    /// Before that, what consensus says to itself makes nothing due.
    quiet_until: Instant,
    recheck: Instant,
    no_target: Option<NoTarget>,
    returning: Option<Returning>,
    /// As old primary of a switchover: how long the lease it had is good.
    drain_until: Option<Instant>,
    /// The database is closed because a switchover wanted it, not because it failed.
    drained: bool,
    /// As target of a switchover: when to look at the database again.
    look_again: Instant,
    /// As primary: somebody who was primary before has closed since, and may have led clients elsewhere meanwhile.
    redirects_again: bool,
    /// The epoch for which this node said that it holds everything.
    confirmed: u64,
    /// As coordinator of several actives: where clients were last sent to.
    published: Option<ActiveSet>,
    audit: Option<Box<Keeper>>,
    /// Whether one is heard, as far as people were told.
    majority: alerts::Majority,
    /// SHA-256 of the configuration, where the policy wants it compared.
    manifest: Option<Hash>,
    /// What monitoring says of the error budget, in parts per million.
    budget_left: Option<u32>,
    /// It has been said that a failback waits for the budget.
    held_back: bool,
    /// Where people hand in requests.
    desk: Desk,
    /// As coordinator: it has said that it waits for an operator.
    awaits_operator: bool,
}

/// What is known of another member.
#[derive(Debug)]
struct Peer {
    detector: Detector,
    /// When, on its clock, it said what is known of it.
    said: Instant,
    /// Which of its messages were heard.
    heard: Heard,
    /// Somebody plays back what this generation of it said, and that has been told.
    played_back: bool,
    /// When it was last told that this is another life than it spoke to.
    introduced: Option<Instant>,
    /// How many messages were sent to it.
    sent: u64,
    suspects: NodeSet,
    database: DatabaseReport,
    /// Up to which epoch it followed the cluster's decisions when it said that of its database.
    epoch: u64,
    /// While this node leads clients, it was open under an earlier epoch.
    lingers: bool,
    /// The life in which it had the role, or was to, before this node, if it was silent, or not known to be closed, when that went
    /// on; 0 if the life is not known.
    led_in: Option<u32>,
    /// Its word on how far primaries had written whom it granted the lease.
    granted: Option<u64>,
    reopens: Option<u64>,
    /// It held the lease.
    holds: bool,
    /// How far it may have written when it last said that it is open, and when this was heard.
    reached: Option<(u64, Instant)>,
    /// The same of when it last held the lease as well: from then on writes went on by the clock, or not at all.
    writing: Option<(u64, Instant)>,
    manifest: Option<Hash>,
    manifest_of: u32,
}

/// The task under way.
#[derive(Clone, Copy, Debug)]
struct Running {
    task: Task,
    deadline: Instant,
}

/// Steele, Lea and Flood's 64-bit finaliser ("Fast splittable pseudorandom number generators", OOPSLA 2014):
/// neighbouring seeds give unrelated places.
fn mix(seed: u64) -> u64 {
    let a = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    b ^ (b >> 31)
}

impl std::fmt::Debug for Controller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Controller")
            .field("id", &self.id)
            .field("cluster", &self.cluster)
            .finish_non_exhaustive()
    }
}

impl Controller {
    /// Takes one input at `now` on the node's own clock and appends what is to be done. `now` never goes back.
    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Effect>) {
        let first = out.len();
        self.now = self.now.max(now);
        let counts = self.hears(&input, out);
        let of_the_trail = counts && self.audit.as_mut().is_some_and(|keeper| keeper.hear(now, &input, out));
        if counts && !of_the_trail {
            self.discount_sleep();
            let elected_or_agreed = self.pass_ticks(out);
            // Taken here and passed on once: an input is copied each time.
            let news = self.take(input, out) || elected_or_agreed;
            self.look(news, out);
        }
        if let Some(keeper) = self.audit.as_mut().filter(|_| !of_the_trail) {
            keeper.witness(now, out, first);
        }
        self.stamp(&mut out[first..]);
    }

    /// Looks at whatever may be due, if there is any.
    #[inline(always)]
    fn look(&mut self, news: bool, out: &mut Vec<Effect>) {
        if news || !self.is_quiet(out) {
            self.proceed(out);
            self.quiet_until = self.due_beside_consensus();
        }
        debug_assert_eq!(self.consensus_due, self.due_in_consensus(), "what consensus hears changes that");
    }

    /// Keeps an audit trail from now on, whatever the policy says: to be called before anything else.
    pub fn keep_trail(&mut self) {
        let members = self.config.members.len();
        self.audit.get_or_insert_with(|| Box::new(Keeper::new(self.id, members)));
    }

    /// The audit trail's keeper, if a trail is kept.
    pub fn keeper(&self) -> Option<&Keeper> {
        self.audit.as_deref()
    }

    /// Nothing has become due since the last input, so there is nothing to look at. Tests look all the same, to see
    /// that it is of no use.
    #[inline]
    fn is_quiet(&mut self, out: &mut Vec<Effect>) -> bool {
        let quiet = self.looks_at_nothing();
        if quiet && cfg!(debug_assertions) {
            let before = out.len();
            self.proceed(out);
            assert!(out.len() == before && !self.attention, "looking was of use: {:?}", &out[before..]);
            assert_eq!(self.due_beside_consensus(), self.quiet_until, "looking changed what is waited for");
        }
        quiet
    }

    pub(super) fn looks_at_nothing(&self) -> bool {
        // Whoever takes part in a switchover looks at its database whenever it can.
        let polls = self.is_multi_active() || matches!(self.cluster.stage, Stage::HandingOver { .. });
        !self.attention && self.now < self.quiet_until && !polls
    }

    /// Returns whether anything may be another than before, beyond the inner life of consensus and how far databases have
    /// written.
    #[inline(always)]
    fn take(&mut self, input: Input, out: &mut Vec<Effect>) -> bool {
        match input {
            Input::Persisted { number } => {
                self.tell_ticks();
                self.consensus.persisted(number, &mut self.outputs);
                return self.drain_consensus(out);
            }
            Input::Start { database, first_boot, coordinator, generation, lease } => {
                self.generation = generation;
                self.inherited = lease.filter(|_| database.role == Role::Primary);
                self.watch = if first_boot { Watch::Off } else { Watch::Unknown };
                self.on_start(database, first_boot, coordinator, out)
            }
            Input::Wake { database } => {
                self.database_read = self.now;
                let before = std::mem::replace(&mut self.database, database);
                return before.differs_in_kind(&self.database);
            }
            Input::Received { from, message } => return self.on_message(from, message.content, out),
            Input::Done { task, outcome, database } => self.on_done(task, outcome, database, out),
            Input::WallClock { wall } => self.set_wall_clock(wall),
            Input::Request { wall, request } => {
                self.set_wall_clock(wall);
                return self.take_handed_in(*request, out);
            }
            Input::Budget { left } => self.on_budget(left),
            // For the keeper of an audit trail, and there is none.
            Input::Trail(_) | Input::Recorded { .. } => {}
        }
        true
    }

    /// What may have become due, whatever the input was. Functions that a failover needs once or twice are out of line, so
    /// that what every look needs lies close together in the instruction cache.
    fn proceed(&mut self, out: &mut Vec<Effect>) {
        self.tell_of_shed(out);
        self.watch_peers(out);
        self.beat(out);
        if self.is_multi_active() {
            return self.tend_actives(out);
        }
        self.keep_lease(out);
        self.confirm_hand_over(out);
        self.coordinate(out);
        self.carry_out(out);
        self.reconcile(out);
        self.guard(out);
    }

    /// Whether all is as usual: no failover, no task, no doubt about anyone, a known coordinator, and the lease
    /// in hand if this node owns it. A cluster whose nodes are all at rest stays so until something outside it
    /// changes.
    pub fn at_rest(&self, now: Instant) -> bool {
        let idle = self.task.is_none() && !self.giving_up && !self.gave_up;
        let quiet = || self.cluster.ledger.operation.is_none() && self.desk.is_clear();
        idle && quiet() && self.only_waits(now) && !self.has_plans()
    }

    /// Whether it will do something of its own accord later, if all stays as it is: give the role back.
    pub fn has_plans(&self) -> bool {
        self.expects_failback() || self.expects_restore() || self.has_a_request()
    }

    /// What the majority has agreed on, as far as this node knows.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Whether this node is the consensus leader at the moment, and knows all that was agreed under others.
    pub fn coordinates(&self) -> bool {
        self.is_member() && self.consensus.leads()
    }

    /// It may let the others agree on something, whether or not it knows what was agreed before: every node looks at
    /// what was agreed in its turn.
    fn leads(&self) -> bool {
        self.consensus.role() == ConsensusRole::Leader
    }

    #[cold]
    fn on_start(
        &mut self,
        database: DatabaseReport,
        first_boot: bool,
        coordinator: Option<NodeId>,
        out: &mut Vec<Effect>,
    ) {
        (self.database, self.database_read) = (database, self.now);
        if first_boot {
            // Nothing was agreed before.
            (self.standing, self.followed) = (Standing::Member, self.cluster.epoch);
            for peer in &mut self.peers {
                peer.detector.presume_known();
                peer.heard = Heard::founded(self.generation);
            }
        }
        if first_boot && !self.is_multi_active() {
            self.presume_lease();
        } else {
            self.promise = Promise::forgotten(self.now, self.config.policy.lease);
        }
        match coordinator.filter(|_| first_boot) {
            Some(coordinator) => self.consensus.found(coordinator, &mut self.outputs),
            // What was agreed before the restart waits inside consensus: learn it now, not at the next tick.
            None => self.consensus.advance(0, &mut self.outputs),
        }
        self.drain_consensus(out);
        if !first_boot {
            self.ask_what_was_agreed(out);
        }
        self.tell_manifest(out);
    }

    /// The majority agreed on `command`.
    #[inline(never)]
    fn on_agreed(&mut self, command: Command, out: &mut Vec<Effect>) {
        if !self.is_member() {
            return self.read_again(command);
        }
        let command = match command {
            Command::Cooled { .. } => return self.on_cooled(command),
            Command::Order(order) => return self.on_ordered(order, out),
            Command::Drop { operation, why } => return self.on_dropped(operation, why, out),
            command => command,
        };
        let told = match &command {
            Command::Begin { epoch, .. } => Some(Decision::Begins { epoch: *epoch }),
            Command::Abandon { epoch } => Some(Decision::Abandons { epoch: *epoch }),
            Command::Complete { epoch } => Some(Decision::Completes { epoch: *epoch }),
            Command::Promote(_) | Command::HandOver { .. } | Command::Fail { .. } => None,
            Command::Withdraw { .. } | Command::Restore { .. } => None,
            Command::Order(_) | Command::Drop { .. } | Command::Cooled { .. } => None,
        };
        let waited = self.cluster.ledger.operation.as_ref().map(|operation| operation.id);
        let completes = matches!(command, Command::Complete { .. });
        let before = self.cluster.primary;
        if !self.cluster.apply(command.clone()) {
            return;
        }
        if self.cluster.primary != before {
            self.on_new_primary(before);
        }
        self.on_routing_agreed(&command, out);
        self.tell_people(&command, out);
        self.tell_if_overtaken(waited, &command, out);
        out.extend(told.map(Effect::Decided));
        self.attention = true;
        self.proposed_until = self.now;
        self.stage_since = self.now;
        self.no_target = None;
        if completes {
            self.begin_cooldown();
        }
        self.on_stage(out);
    }

    fn on_stage(&mut self, out: &mut Vec<Effect>) {
        let epoch = self.cluster.epoch;
        if matches!(self.cluster.stage, Stage::HandingOver { .. }) {
            let lease = self.held_until.or(self.inherited);
            self.drain_until = lease.filter(|_| self.cluster.primary == self.id);
        }
        // Who has no copy to seal has no other occasion to say how far it granted the lease.
        if self.cluster.is_sealing() && self.electorate.includes_self && !self.able() {
            self.tell(out);
        }
        match &self.cluster.stage {
            Stage::Promoting(plan) if plan.to == self.id => {
                let plan = plan.clone();
                self.start_plan(plan, out);
            }
            _ => self.execution = None,
        }
        if let Some(Command::Complete { epoch: of } | Command::Fail { epoch: of, .. }) = self.wants
            && (of < epoch || !matches!(self.cluster.stage, Stage::Promoting(_)))
        {
            self.wants = None;
            self.wants_due = Instant::NEVER;
        }
    }

    /// What this node says of its database: the shell's report, unless the agent has given up on it.
    fn report(&self) -> DatabaseReport {
        match self.gave_up {
            true => DatabaseReport { role: Role::Failed, ..self.database },
            false => self.database,
        }
    }

    /// The last report of any member.
    fn report_of(&self, node: NodeId) -> DatabaseReport {
        if node == self.id { self.report() } else { self.peers[node.index()].database }
    }
}
