//! The controller that everybody writes first: the primary pings, and who misses its pings promotes itself.
//! `cargo run --example ping_and_promote` finds what is wrong with it; `quorum_and_lease.rs` repairs it.
#![allow(missing_docs)]

use firedrill::logic::Effect::Do;
use firedrill::logic::*;
use serde::{Deserialize, Serialize};
use struct_patch::Patch;

/// The `policy` section of the plan: ping so often; promote after missing so many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Patch)]
#[patch(attribute(derive(Clone, Debug, Default, Serialize, Deserialize)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[serde(deny_unknown_fields)]
pub struct Pings {
    ping: Span,
    misses: u64,
}

impl Policy for Pings {
    fn terms(&self) -> Terms {
        Terms::new(self.ping, self.ping * self.misses)
    }
}

/// The logic; an agent of it runs on every node.
#[derive(Clone)]
pub struct PingAndPromote;

impl PolicySection for PingAndPromote {
    type Policy = Pings;
    type PolicyPatch = PingsPatch;

    fn apply(policy: &mut Pings, patch: PingsPatch) {
        policy.apply(patch);
    }
}

impl Logic for PingAndPromote {
    type Agent = Pinger;

    fn start(&self, me: NodeId, config: &Arc<Configuration<Pings>>, _: &(), _: u64, now: Instant) -> Pinger {
        let (config, primary) = (Arc::clone(config), config.first_primary);
        Pinger { me, config, primary, epoch: 1, heard: now, next: now, busy: false }
    }
}

pub struct Pinger {
    me: NodeId,
    config: Arc<Configuration<Pings>>,
    primary: NodeId,
    epoch: u64,
    heard: Instant, // the primary's last ping
    next: Instant,  // the next ping
    busy: bool,     // the database is at work on a task
}

/// "I am primary, under this epoch."
#[derive(Clone, Hash)]
pub struct Ping(u64);

impl Agent for Pinger {
    type Message = Ping;
    type Disk = ();

    fn handle(&mut self, now: Instant, input: Input<Ping>, out: &mut Effects<Pinger>) {
        let Pings { ping, misses } = self.config.policy;
        let database = match input {
            Input::Start { database, .. } | Input::Wake { database } => database,
            Input::Done { task: Task::Promote { epoch }, .. } => {
                return out.push(Do(Task::Redirect { epoch }));
            }
            Input::Done { .. } => return self.busy = false,
            Input::Received { from, message: Ping(epoch) } if epoch >= self.epoch => {
                return (self.primary, self.epoch, self.heard) = (from, epoch, now);
            }
            _ => return,
        };
        self.next = now + ping;
        let standby = self.config.nodes().find(|node| *node != self.primary);
        if self.primary == self.me {
            let others = self.config.nodes().filter(|to| *to != self.me && database.role == Role::Primary);
            out.extend(others.map(|to| Effect::Send { to, message: Ping(self.epoch) }));
        } else if now.since(self.heard) > ping * misses && standby == Some(self.me) {
            out.push(Effect::Decided(Decision::Suspects(self.primary)));
            (self.primary, self.epoch, self.busy) = (self.me, self.epoch + 1, true);
            out.push(Do(Task::Promote { epoch: self.epoch }));
        } else if database.source != Some(self.primary) && !self.busy {
            self.busy = true;
            out.push(Do(Task::Follow { primary: self.primary, epoch: self.epoch }));
        }
    }

    fn due(&self) -> Instant {
        self.next
    }
}

firedrill::suite!(PingAndPromote, "examples/scenarios");
