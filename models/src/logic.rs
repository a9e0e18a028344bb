//! Where the logic under test plugs in.

use std::sync::Arc;

use failover::consensus::Durable;
use failover::{Configuration, Controller, Effect, Input, Instant, NodeId};

/// The logic of one node: a function from inputs to effects, with a wish when to be woken.
pub trait Agent {
    /// Takes one input at `now` on the node's own clock; appends what is to be done.
    fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Effect>);

    /// When the agent wants to be woken if nothing else happens before.
    fn due(&self) -> Instant;

    /// Whether all is as usual and will stay so until something outside the cluster changes: then the world
    /// may leap over idle time, and need not wait to see whether something is still to come. An agent that
    /// cannot tell says no, and pays with time.
    fn at_rest(&self, _now: Instant) -> bool {
        false
    }

    /// The reading from which on it makes no difference how long the agent has been at rest: when what counts
    /// time for longer than a heartbeat has run out (a cool-down, a promise after a restart) and what learns
    /// (an adaptive detector) has learnt. Before it, the world does not leap towards a further fault.
    fn settled_from(&self) -> Instant {
        Instant::ZERO
    }
}

/// Starts agents: at the beginning of a run, and after every crash.
pub trait Logic {
    /// What runs on a node.
    type Agent: Agent;

    /// An agent that starts at `now` on its node's clock with what it had on disk.
    fn start(
        &self,
        id: NodeId,
        config: &Arc<Configuration>,
        durable: &Durable,
        seed: u64,
        now: Instant,
    ) -> Self::Agent;
}

/// The failover logic of this repository.
#[derive(Clone, Copy, Debug, Default)]
pub struct Failover;

impl Agent for Controller {
    fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Effect>) {
        Controller::handle(self, now, input, out);
    }

    fn due(&self) -> Instant {
        Controller::due(self)
    }

    fn at_rest(&self, now: Instant) -> bool {
        Controller::at_rest(self, now)
    }

    fn settled_from(&self) -> Instant {
        Controller::settled_from(self)
    }
}

impl Logic for Failover {
    type Agent = Controller;

    fn start(
        &self,
        id: NodeId,
        config: &Arc<Configuration>,
        durable: &Durable,
        seed: u64,
        now: Instant,
    ) -> Controller {
        Controller::new(id, Arc::clone(config), durable, seed, now)
            .expect("the model validated the configuration, and only this node wrote its disk")
    }
}
