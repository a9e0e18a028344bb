//! Between this node and its part of consensus: messages and ticks in, messages, disk writes and commands out.

use units::Span;

use crate::cluster::Command;
use crate::consensus::{Consensus, ConsensusMessage};
use crate::decision::Decision;
use crate::id::NodeId;
use crate::message::{Content, Effect};
use crate::time::Instant;

use super::{Controller, TICKS_PER_HEARTBEAT};

/// Consensus counts ticks, not time: this says how many have passed.
#[derive(Debug)]
pub(super) struct Ticks {
    pub(super) origin: Instant,
    pub(super) length: Span,
    pub(super) done: u64,
}

impl Ticks {
    /// How many have passed that consensus was not told of.
    fn untold(&self, now: Instant) -> u64 {
        self.total(now).saturating_sub(self.done)
    }

    /// Leaves out, of the ticks between two moments, the largest multiple of `unit`; where that is 1, no more than fit in
    /// between, so that nothing is put off by more than passed. Returns how many.
    pub(super) fn skip(&mut self, from: Instant, to: Instant, unit: u64) -> u64 {
        let (passed, fit) =
            (self.total(to) - self.total(from), to.since(from).as_nanos() / self.length.as_nanos());
        let skipped = if unit == 1 { passed.min(fit) } else { passed - passed % unit };
        self.done += skipped;
        skipped
    }

    fn total(&self, now: Instant) -> u64 {
        now.since(self.origin).as_nanos() / self.length.as_nanos()
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
        if self.has_no_vote(from) || (message.asks_for_a_vote() && self.is_in_doubt(from)) {
            return false;
        }
        self.tell_ticks();
        if self.consensus.step(from, message, &mut self.outputs).is_err() {
            out.push(Effect::Decided(Decision::Refuses { from }));
        }
        self.drain_consensus(out)
    }

    /// Lets time pass for consensus if anything is due there. Returns what
    /// [`drain_consensus`](Controller::drain_consensus) does.
    #[inline]
    pub(super) fn pass_ticks(&mut self, out: &mut Vec<Effect>) -> bool {
        if !self.is_due_in_consensus() {
            return false;
        }
        let ticks = self.ticks.untold(self.now);
        self.ticks.done += ticks;
        self.consensus.advance(ticks.min(self.most_ticks()), &mut self.outputs);
        self.drain_consensus(out)
    }

    #[inline]
    pub(super) fn is_due_in_consensus(&self) -> bool {
        self.now >= self.consensus_due
    }

    /// When something is due in consensus next: worked out where consensus was told anything, and asked for at every input.
    pub(super) fn due_in_consensus(&self) -> Instant {
        self.ticks.due(self.consensus.ticks_until_due())
    }

    /// A node that slept, or whose clock jumped, lets no more time pass for consensus at once than it takes every timer to
    /// run out: the elections and heartbeats that it missed are not made up for.
    fn most_ticks(&self) -> u64 {
        let election = self.config.policy.consensus.election.as_nanos() / self.ticks.length.as_nanos();
        election.saturating_mul(2).saturating_add(TICKS_PER_HEARTBEAT.into())
    }

    /// Before consensus hears of anything else: tells it of ticks at which nothing was due. What it hears then is followed by
    /// [`drain_consensus`](Controller::drain_consensus).
    pub(super) fn tell_ticks(&mut self) {
        let ticks = self.ticks.untold(self.now);
        if ticks > 0 {
            self.ticks.done += ticks;
            self.consensus.advance(ticks, &mut self.outputs);
            debug_assert!(self.outputs.is_empty(), "what is due is done when an input comes");
        }
    }

    /// Turns what consensus wants into effects and applies what was agreed. Returns whether anything was, or somebody
    /// else leads.
    #[inline]
    pub(super) fn drain_consensus(&mut self, out: &mut Vec<Effect>) -> bool {
        self.consensus_due = self.due_in_consensus();
        !self.outputs.is_empty() && self.hand_out(out)
    }

    #[inline(never)]
    fn hand_out(&mut self, out: &mut Vec<Effect>) -> bool {
        if let Some(persist) = self.outputs.persist.take() {
            out.push(Effect::Persist(persist));
        }
        let send = |(to, message)| Effect::Send { to, message: Content::Consensus(message).into() };
        // Mostly there is one, the answer to whoever was heard.
        match self.outputs.messages.len() {
            0 | 1 => out.extend(self.outputs.messages.pop().map(send)),
            _ => out.extend(self.outputs.messages.drain(..).map(send)),
        }
        let role_changed = std::mem::take(&mut self.outputs.role_changed);
        let news = role_changed || !self.outputs.committed.is_empty();
        if news {
            self.take_what_was_agreed(role_changed, out);
        }
        news
    }

    #[inline(never)]
    fn take_what_was_agreed(&mut self, role_changed: bool, out: &mut Vec<Effect>) {
        // Whoever hears of it may propose, which needs the outputs; their memory is worth keeping.
        let mut committed = std::mem::take(&mut self.outputs.committed);
        for entry in committed.drain(..) {
            match Command::decode(&entry.data) {
                Ok(command) => self.on_agreed(command, out),
                Err(_) => out.push(Effect::Decided(Decision::Refuses { from: self.id })),
            }
        }
        self.outputs.committed = committed;
        self.look_whether_member(out);
        if role_changed {
            self.on_role_changed(out);
        }
    }

    #[inline(never)]
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
        if self.leads() {
            self.tell_ticks();
            // Lost leadership in between: whoever wanted it asks again.
            let _ = self.consensus.propose(command.encode(), &mut self.outputs);
            self.drain_consensus(out);
        } else if let Some(to) = self.consensus.leader().filter(|leader| *leader != self.id) {
            out.push(Effect::Send { to, message: Content::Request(Box::new(command)).into() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// As if consensus had gone on ticking: of a leader only whole heartbeats are missing, and what a follower waits for is
        /// put off by no more than passed.
        #[test]
        fn a_leap_keeps_the_phase_of_consensus(
            origin in 0..1_000_000_u64,
            length in 1..1_000_u64,
            now in 1_000_000..2_000_000_u64,
            span in 0..1_000_000_000_u64,
        ) {
            let at = |nanos| Instant::ZERO + Span::from_nanos(nanos);
            let (now, span) = (at(now), Span::from_nanos(span));
            let mut of_a_follower = Ticks { origin: at(origin), length: Span::from_nanos(length), done: 0 };
            let before = of_a_follower.due(0);
            of_a_follower.skip(now, now + span, 1);
            prop_assert!(of_a_follower.due(0).since(before) <= span);
            let mut ticks = Ticks { origin: at(origin), length: Span::from_nanos(length), done: 0 };
            ticks.done = ticks.untold(now);
            let skipped = ticks.skip(now, now + span, u64::from(TICKS_PER_HEARTBEAT));
            prop_assert_eq!(skipped % u64::from(TICKS_PER_HEARTBEAT), 0);
            // What is left to be told is less than a heartbeat, and falls where it always would have.
            prop_assert!(ticks.untold(now + span) < u64::from(TICKS_PER_HEARTBEAT));
            prop_assert_eq!(ticks.due(0).since(at(origin)).as_nanos() % length, 0);
        }
    }
}
