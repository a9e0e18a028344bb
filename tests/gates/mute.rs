//! The logic of this repository, with one member that tells nobody anything.

use std::sync::Arc;

use failover::audit::Anchor;
use failover::consensus::Durable;
use failover::{Configuration, Controller, Effect, Input, Instant, Message, NodeId, Policy, PolicyPatch};
use models::{Agent, Failover, Logic};

/// Which member.
#[derive(Clone)]
pub struct Mute(pub u16);

/// Its agents.
pub struct MuteAgent {
    sound: Controller,
    mute: bool,
}

impl scenarios::Logic for Mute {
    type Policy = Policy;
    type PolicyPatch = PolicyPatch;

    fn apply(policy: &mut Policy, patch: PolicyPatch) {
        <Failover as scenarios::Logic>::apply(policy, patch);
    }
}

impl Logic for Mute {
    type Agent = MuteAgent;

    fn start(
        &self,
        id: NodeId,
        config: &Arc<Configuration>,
        disk: &Durable,
        seed: u64,
        now: Instant,
    ) -> MuteAgent {
        MuteAgent { sound: Failover.start(id, config, disk, seed, now), mute: id == NodeId(self.0) }
    }
}

impl Agent for MuteAgent {
    type Message = Message;
    type Disk = Durable;

    fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Effect>) {
        self.sound.handle(now, input, out);
        if self.mute {
            out.retain(|effect| !matches!(effect, Effect::Send { .. }));
        }
    }

    fn due(&self) -> Instant {
        self.sound.due()
    }

    fn keep_trail(&mut self) -> bool {
        Agent::keep_trail(&mut self.sound)
    }

    fn anchor(&self, of: NodeId) -> Option<Anchor> {
        Agent::anchor(&self.sound, of)
    }
}
