//! Where the logic under test plugs in.
//!
//! ```text
//!                 Input: start, wake, message, written, task done
//!            .--------------------------------------------------------.
//!   .--------+----------------.                             .---------v---------.
//!   | world                   |   Agent::due: wake me then  |  agent            |
//!   | clocks, network, disks, |<----------------------------+  one per node,    |
//!   | databases, watchdogs,   |                             |  no clock, no     |
//!   | faults, clients         |                             |  randomness, no   |
//!   '--------^----------------'                             |  I/O of its own   |
//!            |                                              '---------+---------'
//!            '--------------------------------------------------------'
//!                 Effect: send, persist, do a task, pet the watchdog, decided
//! ```
//!
//! To bring logic of your own: give its policy a type and say of it what the world must know ([`Policy`]), write the
//! agent ([`Agent`]), say how one starts ([`Logic`]) and how its policy is read from a plan
//! ([`scenarios::Logic`], of which all but `apply` has defaults).
//!
//! Messages and what goes to disk are the logic's own: to the world they are a hash and a number. What databases are
//! told ([`Task`](failover::Task)), what they answer ([`DatabaseReport`](failover::DatabaseReport)) and what a
//! timeline tells ([`Decision`](failover::Decision)) is the same for all logic, or the world could not judge it.

mod disk;
mod fingerprint;
mod terms;

use std::hash::Hash;
use std::sync::Arc;

use failover::access::WallTime;
use failover::audit::Anchor;
use failover::consensus::Durable;
use failover::{Configuration, Controller, Countdown, Effect, Input, Instant, Message, NodeId};
use units::Span;

pub use disk::{Disk, Save, Saved};
pub use fingerprint::fingerprint;
pub use terms::{Lease, Pace, Policy, Tells, Terms};

/// What an agent of this kind wants done.
pub type Effects<A> = Vec<Effect<<A as Agent>::Message, <<A as Agent>::Disk as Disk>::Write>>;

/// The logic of one node: a function from inputs to effects, with a wish when to be woken. The same inputs must give
/// the same effects: a clock, a random number or a hash map's order from outside would make a seed worthless, and a
/// double run finds that.
///
/// What the world takes for granted:
///
/// - Every promotion of another node carries a higher epoch than all before it; the first primary's is 1. Otherwise
///   the run shows [`StaleEpoch`](scenarios::Invariant::StaleEpoch).
/// - A database does one task at a time: a new one supersedes what is not done, and that is never answered.
/// - A recovery is told in phases by the decisions [`Suspects`](failover::Decision::Suspects) and
///   [`Finds`](failover::Decision::Finds) (detected, elected), [`StepBegins`](failover::Decision::StepBegins) `Fence` (decided) and `Promote` (fenced). Of logic that does not
///   tell them, all is detection until clients get through.
pub trait Agent {
    /// What agents tell each other. The hash goes into the run's digest: derive it, or hash whatever tells two
    /// decisions apart. Whoever listens on the network keeps copies.
    type Message: Hash + Clone;

    /// What survives a crash: `()` if nothing does.
    type Disk: Disk;

    /// Takes one input at `now` on the node's own clock; appends what is to be done.
    fn handle(&mut self, now: Instant, input: Input<Self::Message>, out: &mut Effects<Self>)
    where
        Self: Sized;

    /// When the agent wants to be woken if nothing else happens before; a moment that has passed means at once.
    fn due(&self) -> Instant;

    /// Asked when the alarm for `due` goes off: whether there is anything to do after all. An agent that guesses early and
    /// finds that it need not have been woken says no, and has another [`due`](Agent::due) then.
    fn has_reason(&mut self, _now: Instant) -> bool {
        true
    }

    /// Drops so many more requests ([`Input::Request`]) in that name unread, and says that it did, if it would drop each that
    /// it was handed at `now`, one by one, and nothing else came of any. Whoever says no is handed each.
    fn drop_unread(&mut self, _now: Instant, _wall: WallTime, _name: &str, _requests: u32) -> bool {
        false
    }

    /// Whether all is as usual and will stay so until something outside the cluster changes: then the world need not
    /// wait to see whether something is still to come. An agent that cannot tell says no, and pays with time.
    fn at_rest(&self, _now: Instant) -> bool {
        false
    }

    /// Whether whatever it still has to do waits for an answer of its database, for people, or for a moment that it tells
    /// ([`countdowns`](Agent::countdowns)), and whatever it says until then it has said before: then the world may leap over
    /// that time, if it finds nothing among these moments that speaks against it. Whoever is at rest does not even wait.
    fn only_waits(&self, now: Instant) -> bool {
        self.at_rest(now)
    }

    /// Whether this agent is the one that speaks for the majority at the moment; `None` if it cannot tell.
    fn coordinates(&self) -> Option<bool> {
        None
    }

    /// Whether it will do something of its own accord later, if all stays as it is: a run is not over before.
    fn has_plans(&self) -> bool {
        false
    }

    /// Appends everything that the agent waits for, as things are. The earliest is not after [`due`](Agent::due): an
    /// alarm that is not accounted for here forbids every leap, so an agent that wants to be woken and tells nothing is
    /// never leapt over.
    fn countdowns(&mut self, _out: &mut Vec<Countdown>) {}

    /// For `span` all was as usual, and the agent was not woken, though it may have been handed messages sent before, and
    /// answers to these, with its clock at the beginning. Now that shows `now`: it goes on in its rhythm, and whatever is
    /// put off by others has been. As a rule `span` is a multiple of heartbeat and chatter; it is any span before anybody
    /// has said anything, where that makes no difference ([`Terms::founded`]), and after a leap that was broken off,
    /// because more than routine came of a message under way or something happened that nobody had foreseen.
    fn skip(&mut self, _now: Instant, _span: Span) {}

    /// Keeps an audit trail from now on ([`Effect::Record`]), whatever its policy says; asked of an agent that has not
    /// started yet. Says whether it can.
    fn keep_trail(&mut self) -> bool {
        false
    }

    /// Whether it needs the KMS for every write to its encrypted disk, instead of for its start alone.
    fn asks_kms_for_each_write(&self) -> bool {
        false
    }

    /// The newest record of another member's audit trail that this agent knows of.
    fn anchor(&self, _of: NodeId) -> Option<Anchor> {
        None
    }
}

/// Starts agents: at the beginning of a run, and after every crash.
pub trait Logic: scenarios::Logic<Policy: Policy> + Clone + Send + Sync + 'static {
    /// What runs on a node.
    type Agent: Agent;

    /// An agent that starts at `now` on its node's clock with what it had on disk. `config` names the members and
    /// holds the policy; whoever draws random numbers draws them from `seed` and `id`.
    fn start(
        &self,
        id: NodeId,
        config: &Arc<Configuration<Self::Policy>>,
        disk: &<Self::Agent as Agent>::Disk,
        seed: u64,
        now: Instant,
    ) -> Self::Agent;

    /// As [`Logic::start`], and `spent` is a life of the same node that is over, in this run or an earlier one: whoever wants to
    /// may use its memory again, and nothing that it knew.
    fn start_again(
        &self,
        spent: Self::Agent,
        id: NodeId,
        config: &Arc<Configuration<Self::Policy>>,
        disk: &<Self::Agent as Agent>::Disk,
        seed: u64,
        now: Instant,
    ) -> Self::Agent {
        drop(spent);
        self.start(id, config, disk, seed, now)
    }

    /// What somebody makes of the configuration who wants the cluster to fail over badly; `None` where the world cannot
    /// alter it. A scenario may put it on a node's disk.
    fn tampered(&self, _config: &Configuration<Self::Policy>) -> Option<Configuration<Self::Policy>> {
        None
    }
}

/// The failover logic of this repository.
#[derive(Clone, Copy, Debug, Default)]
pub struct Failover;

impl Agent for Controller {
    type Message = Message;
    type Disk = Durable;

    #[inline]
    fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Effect>) {
        Controller::handle(self, now, input, out);
    }

    #[inline]
    fn due(&self) -> Instant {
        Controller::due(self)
    }

    #[inline]
    fn has_reason(&mut self, now: Instant) -> bool {
        Controller::has_reason(self, now)
    }

    fn drop_unread(&mut self, now: Instant, wall: WallTime, name: &str, requests: u32) -> bool {
        Controller::drop_unread(self, now, wall, name, requests)
    }

    fn at_rest(&self, now: Instant) -> bool {
        Controller::at_rest(self, now)
    }

    fn only_waits(&self, now: Instant) -> bool {
        Controller::only_waits(self, now)
    }

    #[inline]
    fn coordinates(&self) -> Option<bool> {
        Some(Controller::coordinates(self))
    }

    fn has_plans(&self) -> bool {
        Controller::has_plans(self)
    }

    fn countdowns(&mut self, out: &mut Vec<Countdown>) {
        Controller::countdowns(self, out);
    }

    fn skip(&mut self, now: Instant, span: Span) {
        Controller::skip(self, now, span);
    }

    fn keep_trail(&mut self) -> bool {
        Controller::keep_trail(self);
        true
    }

    fn anchor(&self, of: NodeId) -> Option<Anchor> {
        self.keeper().map(|keeper| keeper.anchor(of))
    }
}

/// Why a controller can start.
const SOUND: &str = "the model validated the configuration, and only this node wrote its disk";

impl Logic for Failover {
    type Agent = Controller;

    fn start(
        &self,
        id: NodeId,
        config: &Arc<Configuration>,
        disk: &Durable,
        seed: u64,
        now: Instant,
    ) -> Controller {
        Controller::new(id, Arc::clone(config), disk, seed, now).expect(SOUND)
    }

    fn start_again(
        &self,
        spent: Controller,
        id: NodeId,
        config: &Arc<Configuration>,
        disk: &Durable,
        seed: u64,
        now: Instant,
    ) -> Controller {
        Controller::again(spent, id, Arc::clone(config), disk, seed, now).expect(SOUND)
    }

    fn tampered(&self, config: &Configuration) -> Option<Configuration> {
        let mut altered = config.clone();
        let policy = &mut altered.policy;
        (policy.promote_lag_max, policy.cooldown) = (Span::from_secs(86_400), Span::ZERO);
        (policy.prefer_regions, policy.prefer_sites) = (Vec::new(), Vec::new());
        Some(altered)
    }
}
