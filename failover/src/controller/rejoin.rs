//! An agent that starts again: what it reads again is not news.
//!
//! ```text
//!   start                      the leader says how far agreement goes      all that is applied
//!     |  reads again what was agreed, and does nothing about it   |                |
//!     |-----------------------------------------------------------|----------------|--> acts
//!     |  may hold the lease, where whatever was agreed leaves it the role          | Rejoins
//! ```
//!
//! The log holds every decision since the cluster was created, and a node that starts applies them one by one: a role
//! that was taken away long ago, a plan that was carried out, a cool-down that is over. None of that is acted upon,
//! told or decided before the node knows how it ended. Only the lease needs no waiting, since the voters are asked anew
//! and each answers by what it knows itself: whoever is left the role by everything in its log asks for it. And a voter
//! grants nothing under an epoch older than the newest in its log, agreed on or not: once an epoch has begun, a voter of
//! every majority has it there, however often agents start.
//!
//! How long a cool-down has lasted no log says, since no clock of one node means anything to another. Whoever was there
//! when it began knows; whoever starts later assumes that it has just begun, until somebody says how much is left.
//! When it is over the coordinator has that agreed, so that it does not begin anew even if all agents start at once.

use units::Span;

use crate::cluster::{Cluster, Command, Stage};
use crate::consensus::Consensus;
use crate::decision::Decision;
use crate::id::NodeId;
use crate::message::{Effect, Heartbeat};
use crate::report::Role;

use super::Controller;

/// Whether a node may act on what was agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It reads again what was agreed before it started.
    Rejoining {
        /// The epoch under which it has the role, if that does not depend on which of the commands in its log are agreed.
        owns: Option<u64>,
    },
    /// It knows what there is to know.
    Member,
}

impl Controller {
    pub(super) fn is_member(&self) -> bool {
        self.standing == Standing::Member
    }

    /// A command is delivered that was agreed before this node started, or just after.
    #[cold]
    pub(super) fn read_again(&mut self, command: Command) {
        let before = self.cluster.primary;
        self.cluster.apply(command);
        if self.cluster.primary != before {
            self.on_new_primary(before);
        }
    }

    /// The agent has started: whoever hears this and knows more says so at once.
    pub(super) fn ask_what_was_agreed(&mut self, out: &mut Vec<Effect>) {
        self.look_whether_member(out);
        if !self.is_member() {
            self.broadcast(true, out);
        }
    }

    /// Says what it knows to one that has started again.
    pub(super) fn look_at_rejoining(&mut self, from: NodeId, beat: &Heartbeat, out: &mut Vec<Effect>) {
        let asks = beat.rejoins && beat.out_of_turn && beat.cooling.is_none();
        // By another configuration a cool-down may be over sooner.
        let is_told = self.goes_by_the_same(from);
        if !self.is_member() {
            if is_told {
                self.hear_of_cooldown(beat);
            }
            if asks && self.cooldown_heard.is_some() {
                self.send_beat(true, &[from].into_iter().collect(), out);
            }
            return;
        }
        if self.cooldown_unsure && is_told {
            self.learn_cooldown(beat);
        }
        if beat.rejoins && beat.out_of_turn {
            self.send_beat(true, &[from].into_iter().collect(), out);
            if self.leads() {
                self.tell_ticks();
                self.consensus.greet(&mut self.outputs);
                self.drain_consensus(out);
            }
        }
    }

    /// To be asked whenever consensus has delivered something.
    pub(super) fn look_whether_member(&mut self, out: &mut Vec<Effect>) {
        if self.is_member() {
            return;
        }
        self.standing = match self.consensus.has_caught_up() {
            true => Standing::Member,
            false => Standing::Rejoining { owns: self.owns_in_any_case() },
        };
        if self.is_member() {
            self.rejoin(out);
        }
    }

    /// The epoch under which this node has the role, whichever of the commands that its log holds were agreed on. The plan
    /// under which its database is open was, and whatever stands before it in the log.
    fn owns_in_any_case(&self) -> Option<u64> {
        let mut cluster: Cluster = self.cluster.clone();
        let commands = self.consensus.unapplied().filter_map(|data| Command::decode(data).ok());
        let mut unsure: Vec<Command> = commands.collect();
        let acted_on = |command: &Command| match command {
            Command::Promote(plan) => plan.to == self.id && self.is_open_under(plan.epoch),
            _ => false,
        };
        if let Some(last) = unsure.iter().rposition(acted_on) {
            unsure.drain(..=last).for_each(|command| _ = cluster.apply(command));
        }
        let (_, epoch) = cluster.owner().filter(|(owner, _)| *owner == self.id)?;
        let keeps = unsure.into_iter().all(|command| {
            cluster.apply(command);
            cluster.owner() == Some((self.id, epoch))
        });
        keeps.then_some(epoch)
    }

    /// As voter: it grants nothing under an older epoch.
    pub(super) fn grants_from(&self) -> u64 {
        if self.is_member() {
            return self.cluster.epoch;
        }
        let commands = self.consensus.unapplied().filter_map(|data| Command::decode(data).ok());
        let begun = commands.filter_map(|command| match command {
            Command::Begin { epoch, .. } | Command::HandOver { epoch, .. } => Some(epoch),
            _ => None,
        });
        begun.fold(self.cluster.epoch, u64::max)
    }

    fn rejoin(&mut self, out: &mut Vec<Effect>) {
        (self.stage_since, self.proposed_until) = (self.now, self.now);
        self.attention = true;
        if self.cluster.cooling {
            self.begin_cooldown();
            self.cooldown_unsure = true;
            let heard = self.cooldown_heard.filter(|(number, _)| *number == self.cluster.cooldowns);
            self.cooldown_until =
                heard.map_or(self.cooldown_until, |(_, until)| until.min(self.cooldown_until));
        }
        self.drained |= self.hands_over_its_role() && self.database.role == Role::Stopped;
        // What it had promised itself it has forgotten, and may say only now that it holds the lease.
        if self.config.policy.safeguards.failsafe {
            self.promise_self(out);
        }
        out.push(Effect::Decided(Decision::Rejoins { epoch: self.cluster.epoch }));
        if self.cluster.stage != Stage::Steady {
            self.broadcast(true, out);
        }
    }

    /// No failover begins for so long, by this node's clock.
    pub(super) fn begin_cooldown(&mut self) {
        self.cooldown_until = self.now + self.config.policy.cooldown;
        self.cooldown_unsure = false;
    }

    /// What this node says of the cool-down.
    pub(super) fn cooling(&self) -> Option<(u32, Span)> {
        if !self.is_member() {
            return self.cooldown_heard.map(|(number, until)| (number, until.since(self.now)));
        }
        let left = self.cooldown_until.since(self.now);
        self.cluster.cooling.then_some((self.cluster.cooldowns, left))
    }

    /// Whoever knows may start anew itself before this node knows what was agreed.
    fn hear_of_cooldown(&mut self, beat: &Heartbeat) {
        let Some(number) = beat.cooling.map(|number| u32::from(number.get())) else { return };
        let until = self.now + beat.cooling_left;
        let known = self.cooldown_heard.filter(|(known, _)| *known >= number);
        self.cooldown_heard = match known {
            Some((known, before)) if known > number || before <= until => Some((known, before)),
            _ => Some((number, until)),
        };
    }

    /// Another may have been there when the cool-down began, and what it says is no later than when it said so. How fast
    /// its message came is no news: of those who were there none learns anything.
    fn learn_cooldown(&mut self, beat: &Heartbeat) {
        if beat.cooling.is_none_or(|number| u32::from(number.get()) != self.cluster.cooldowns) {
            return;
        }
        let left = beat.cooling_left;
        if self.now + left + self.config.policy.grace() < self.cooldown_until {
            self.cooldown_until = self.now + left;
            self.attention = true;
        }
    }

    /// As coordinator, with a heartbeat: lets everybody agree that the cool-down is over.
    pub(super) fn note_cooled(&mut self, out: &mut Vec<Effect>) {
        if self.cluster.cooling && self.now >= self.cooldown_until && self.coordinates() {
            self.propose(Command::Cooled { cooldown: self.cluster.cooldowns }, out);
        }
    }

    /// The majority agreed that it is.
    pub(super) fn on_cooled(&mut self, command: Command) {
        if self.cluster.apply(command) {
            self.cooldown_until = self.cooldown_until.min(self.now);
            self.cooldown_unsure = false;
            self.attention = true;
        }
    }
}
