//! The logic of this repository behind a wrapper that makes one mistake.

use std::sync::Arc;

use failover::consensus::Durable;
use failover::{
    Configuration, Controller, DatabaseReport, Durability, Effect, Input, Instant, LeaseAnswer, Message,
    NodeId, Outcome, Policy, PolicyPatch, Role, Task,
};
use models::{Agent, Failover, Logic};
use units::Span;

/// What the wrapped logic gets wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// None: the sound logic, through the same wrapper.
    None,
    /// Whenever it asks for the lease, the last member has granted it, whether reached or not.
    CountsAnAbsentVote,
    /// Whoever asks for the lease gets it.
    PromisesAnyone,
    /// The database goes on when it should stop, and the agent believes that it stopped.
    DoesNotStop,
    /// Every replica is fresh enough.
    IgnoresLag,
    /// It takes the database for an asynchronous one.
    ForgetsDurability,
}

/// Logic with a mistake.
#[derive(Clone)]
pub struct Canary(pub Mistake);

/// An agent with a mistake.
pub struct CanaryAgent {
    sound: Controller,
    mistake: Mistake,
    absent: NodeId,
}

impl scenarios::Logic for Canary {
    type Policy = Policy;
    type PolicyPatch = PolicyPatch;

    fn apply(policy: &mut Policy, patch: PolicyPatch) {
        <Failover as scenarios::Logic>::apply(policy, patch);
    }
}

impl Logic for Canary {
    type Agent = CanaryAgent;

    fn start(
        &self,
        id: NodeId,
        config: &Arc<Configuration>,
        durable: &Durable,
        seed: u64,
        now: Instant,
    ) -> CanaryAgent {
        let mut config = Configuration::clone(config);
        match self.0 {
            Mistake::IgnoresLag => config.policy.promote_lag_max = Span::from_secs(86_400),
            Mistake::ForgetsDurability => config.durability = Durability::Async,
            _ => {}
        }
        let absent = NodeId(config.members.len() as u8 - 1);
        let sound = Failover.start(id, &Arc::new(config), durable, seed, now);
        CanaryAgent { sound, mistake: self.0, absent }
    }
}

impl Agent for CanaryAgent {
    type Message = Message;
    type Disk = Durable;

    fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Effect>) {
        let first = out.len();
        self.sound.handle(now, input, out);
        match self.mistake {
            Mistake::CountsAnAbsentVote => self.count_absent_vote(now, out, first),
            Mistake::PromisesAnyone => out[first..].iter_mut().for_each(promise),
            Mistake::DoesNotStop => self.swallow_stop(now, out),
            Mistake::None | Mistake::IgnoresLag | Mistake::ForgetsDurability => {}
        }
    }

    fn due(&self) -> Instant {
        self.sound.due()
    }
}

fn promise(effect: &mut Effect) {
    if let Effect::Send {
        message: Message::LeaseReply { answer: answer @ LeaseAnswer::Wait(_), .. }, ..
    } = effect
    {
        *answer = LeaseAnswer::Granted;
    }
}

impl CanaryAgent {
    fn count_absent_vote(&mut self, now: Instant, out: &mut Vec<Effect>, first: usize) {
        let asks = out[first..].iter().find_map(|effect| match effect {
            Effect::Send { message: Message::Heartbeat(beat), .. } => {
                beat.lease.map(|epoch| (beat.sent, epoch))
            }
            _ => None,
        });
        let Some((asked, epoch)) = asks else { return };
        let message = Message::LeaseReply { asked, epoch, answer: LeaseAnswer::Granted };
        self.sound.handle(now, Input::Received { from: self.absent, message }, out);
    }

    fn swallow_stop(&mut self, now: Instant, out: &mut Vec<Effect>) {
        let stop = Effect::Do(Task::Stop);
        while let Some(place) = out.iter().position(|effect| *effect == stop) {
            out.remove(place);
            let database = DatabaseReport { role: Role::Stopped, ..DatabaseReport::ABSENT };
            self.sound.handle(
                now,
                Input::Done { task: Task::Stop, outcome: Outcome::Succeeded, database },
                out,
            );
        }
    }
}
