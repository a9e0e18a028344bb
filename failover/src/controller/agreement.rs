//! Between this node and its part of consensus: messages and ticks in, messages, disk writes and commands out.

use units::Span;

use crate::cluster::Command;
use crate::consensus::{Consensus, ConsensusMessage};
use crate::decision::Decision;
use crate::id::NodeId;
use crate::message::{Effect, Message};
use crate::time::Instant;

use super::Controller;

/// Consensus counts ticks, not time: this says how many have passed.
#[derive(Debug)]
pub(super) struct Ticks {
    pub(super) origin: Instant,
    pub(super) length: Span,
    pub(super) done: u64,
}

impl Ticks {
    fn pass(&mut self, now: Instant) -> u64 {
        let total = now.since(self.origin).as_nanos() / self.length.as_nanos();
        let passed = total.saturating_sub(self.done);
        self.done += passed;
        passed
    }

    pub(super) fn due(&self, ticks: u64) -> Instant {
        self.origin + self.length.saturating_mul(self.done.saturating_add(ticks))
    }
}

impl Controller {
    /// Returns what [`drain_consensus`](Controller::drain_consensus) does.
    pub(super) fn on_consensus(
        &mut self,
        from: NodeId,
        message: ConsensusMessage,
        out: &mut Vec<Effect>,
    ) -> bool {
        if self.has_no_vote(from) {
            return false;
        }
        if self.consensus.step(from, message, &mut self.outputs).is_err() {
            out.push(Effect::Decided(Decision::Refuses { from }));
        }
        self.drain_consensus(out)
    }

    /// Returns what [`drain_consensus`](Controller::drain_consensus) does.
    pub(super) fn pass_ticks(&mut self, out: &mut Vec<Effect>) -> bool {
        let ticks = self.ticks.pass(self.now);
        if ticks == 0 && self.consensus.ticks_until_due() > 0 {
            return false;
        }
        self.consensus.advance(ticks, &mut self.outputs);
        self.drain_consensus(out)
    }

    /// Turns what consensus wants into effects and applies what was agreed. Returns whether anything was, or somebody
    /// else leads.
    pub(super) fn drain_consensus(&mut self, out: &mut Vec<Effect>) -> bool {
        if self.outputs.is_empty() {
            return false;
        }
        let news = self.outputs.role_changed || !self.outputs.committed.is_empty();
        let mut outputs = std::mem::take(&mut self.outputs);
        if let Some(persist) = outputs.persist.take() {
            out.push(Effect::Persist(persist));
        }
        for (to, message) in outputs.messages.drain(..) {
            out.push(Effect::Send { to, message: Message::Consensus(message) });
        }
        for entry in outputs.committed.drain(..) {
            match Command::decode(&entry.data) {
                Ok(command) => self.on_agreed(command, out),
                Err(_) => out.push(Effect::Decided(Decision::Refuses { from: self.id })),
            }
        }
        if std::mem::take(&mut outputs.role_changed) {
            self.on_role_changed(out);
        }
        self.outputs = outputs;
        news
    }

    fn on_role_changed(&mut self, out: &mut Vec<Effect>) {
        let coordinates = self.coordinates();
        if std::mem::replace(&mut self.was_coordinator, coordinates) != coordinates {
            self.attention = true;
            self.on_coordination();
            self.proposed_until = self.now;
            // A new coordinator has seen nothing yet: patience with the running stage starts over.
            self.stage_since = self.now;
            out.push(Effect::Decided(match coordinates {
                true => Decision::Coordinates { term: self.consensus.term() },
                false => Decision::YieldsCoordination,
            }));
        }
        if self.wants.is_some() {
            self.wants_due = self.now;
        }
    }

    /// Lets the cluster agree on `command`: directly as coordinator, else by asking the coordinator.
    pub(super) fn propose(&mut self, command: Command, out: &mut Vec<Effect>) {
        if !self.cluster.accepts(&command) {
            return;
        }
        if self.coordinates() {
            // Lost leadership in between: whoever wanted it asks again.
            let _ = self.consensus.propose(command.encode(), &mut self.outputs);
            self.drain_consensus(out);
        } else if let Some(to) = self.consensus.leader().filter(|leader| *leader != self.id) {
            out.push(Effect::Send { to, message: Message::Request(command) });
        }
    }
}
