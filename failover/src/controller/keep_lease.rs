//! Holding the lease as primary, and promising it as voter.

use units::Span;

use crate::decision::Decision;
use crate::id::NodeId;
use crate::lease::{Answer, Request};
use crate::message::{Content, Effect, LeaseAnswer};
use crate::report::Role;
use crate::time::Instant;

use super::Controller;
use super::electorate::Electorate;
use super::rejoin::Standing;

/// What a heartbeat that asks for the lease says of whoever asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    /// When, on its clock.
    pub(super) asked: Instant,
    pub(super) epoch: u64,
    /// It holds the lease.
    pub(super) holds: bool,
    /// Its database is open.
    pub(super) open: bool,
    /// How far it has written.
    pub(super) reached: u64,
}

impl Controller {
    /// The epoch under which this node asks for the lease: it owns the role and can fill it.
    pub(super) fn claim(&self) -> Option<u64> {
        if self.is_multi_active() {
            return None;
        }
        match self.standing {
            Standing::Member => self.cluster.owner().filter(|(owner, _)| *owner == self.id),
            Standing::Rejoining { owns } => owns.map(|epoch| (self.id, epoch)),
        }
        .filter(|_| !self.gave_up)
        .map(|(_, epoch)| epoch)
    }

    /// Whether the database may accept writes now.
    pub(super) fn entitled(&self) -> bool {
        // First what most nodes lack.
        self.held_until.is_some_and(|until| self.now < until) && self.claim().is_some()
    }

    /// This agent started again beside an open database, and its own lease, which voters have promised to nobody else,
    /// is not over: there is time to hear from them before closing it.
    pub(super) fn has_time_to_renew(&self) -> bool {
        self.inherited.is_some_and(|until| self.now < until) && self.claim().is_some()
    }

    /// A cluster that starts for the first time starts with a primary in service: its lease counts from now.
    pub(super) fn presume_lease(&mut self) {
        self.note_word(self.cluster.primary, true, self.database.position.committed);
        let policy = &self.config.policy;
        let (owner, epoch) = (self.cluster.primary, self.cluster.epoch);
        let request = Request { asker: owner, asked: Instant::ZERO, epoch, holds: false };
        self.promise.ask(self.now, request, epoch, policy.lease);
        if owner == self.id {
            self.holding.restart(epoch);
            self.held_until = Some(self.now + policy.lease_good_for());
        }
    }

    /// Asks for the lease when the role is new or a voter said when to come back; notices when it has run out.
    pub(super) fn keep_lease(&mut self, out: &mut Vec<Effect>) {
        let claim = self.claim().unwrap_or(0);
        if claim != self.holding.epoch() {
            self.holding.restart(claim);
            self.held_until = None;
            self.lease_retry = if claim > 0 { self.now } else { Instant::NEVER };
        }
        if claim > 0 && !self.config.policy.safeguards.lease {
            (self.held_until, self.lease_retry) = (Some(Instant::NEVER), Instant::NEVER);
        }
        if claim > 0 && self.now >= self.lease_retry {
            self.lease_retry = Instant::NEVER;
            self.promise_self(out);
            self.broadcast(true, out);
        }
        self.inherited = self.inherited.filter(|until| self.now < *until);
        if self.held_until.is_some_and(|until| self.now >= until) {
            self.held_until = None;
            self.attention = true;
            out.push(Effect::Decided(Decision::LosesLease { epoch: claim }));
        }
    }

    /// It asks itself, too, if its promise counts.
    pub(super) fn promise_self(&mut self, out: &mut Vec<Effect>) {
        let Some(epoch) = self.claim().filter(|_| self.electorate.grants(self.id)) else { return };
        // With a failsafe the lease of the life before was held by this node's own promise, too: it promised nobody else.
        let inherits =
            self.has_time_to_renew() && (self.is_member() || self.config.policy.safeguards.failsafe);
        let holds = inherits || (self.is_member() && self.entitled());
        let open = self.database.role == Role::Primary && holds;
        let request = Request { asker: self.id, asked: self.now, epoch, holds };
        match self.promise.ask(self.now, request, self.grants_from(), self.config.policy.lease) {
            Answer::Granted => {
                self.note_granted(self.id, open, self.reached());
                self.on_granted(self.id, self.now, epoch, out);
            }
            Answer::Wait(span) => {
                self.note_word(self.id, open, self.reached());
                self.retry_after(span);
            }
            Answer::Stale => {}
        }
    }

    pub(super) fn answer_claim(&mut self, asker: NodeId, claim: Claim, out: &mut Vec<Effect>) {
        let Claim { asked, epoch, holds, open, reached } = claim;
        // It might take any liberty with a lease.
        if self.is_in_doubt(asker) {
            return;
        }
        let request = Request { asker, asked, epoch, holds: holds && self.is_member() };
        let answer = match self.promise.ask(self.now, request, self.grants_from(), self.config.policy.lease) {
            Answer::Granted => {
                self.note_granted(asker, open, reached);
                LeaseAnswer::Granted
            }
            Answer::Wait(span) => {
                // A voter that restarted has forgotten what it let the primary do. It let it do no more than the primary
                // has done by now, and for no longer than a lease from now on.
                if asker == self.cluster.primary && epoch == self.cluster.epoch {
                    self.note_word(asker, open, reached);
                }
                LeaseAnswer::Wait(span)
            }
            Answer::Stale => LeaseAnswer::Stale,
        };
        let generation = self.peers[asker.index()].heard.generation();
        let reply = Content::LeaseReply { asked, generation, epoch, answer };
        out.push(Effect::Send { to: asker, message: reply.into() });
    }

    pub(super) fn on_lease_reply(
        &mut self,
        voter: NodeId,
        asked: Instant,
        epoch: u64,
        answer: LeaseAnswer,
        out: &mut Vec<Effect>,
    ) {
        if self.claim() != Some(epoch) || asked > self.now || !self.electorate.grants(voter) {
            return;
        }
        match answer {
            LeaseAnswer::Granted => self.on_granted(voter, asked, epoch, out),
            LeaseAnswer::Wait(span) if self.held_until.is_none() => self.retry_after(span),
            LeaseAnswer::Wait(_) | LeaseAnswer::Stale => {}
        }
    }

    fn on_granted(&mut self, voter: NodeId, asked: Instant, epoch: u64, out: &mut Vec<Effect>) {
        self.holding.granted(voter, epoch, asked);
        let policy = &self.config.policy;
        let Electorate { voters, majority, copies, .. } = &self.electorate;
        let electorate = (voters, *majority);
        let valid = match policy.safeguards.failsafe {
            true => self.holding.valid_with_failsafe(self.id, electorate, copies, policy.lease_good_for()),
            false => self.holding.valid_until(*majority, policy.lease, policy.lease_margin),
        };
        let Some(until) = valid.filter(|until| *until > self.now) else { return };
        // A late answer to what was asked before the agent started again may be good for less than what is left from then.
        let until = self.held_until.max(self.inherited).map_or(until, |held| held.max(until));
        let before = self.held_until.replace(until);
        if before.is_none() {
            self.lease_retry = Instant::NEVER;
            out.push(Effect::Decided(Decision::HoldsLease { epoch }));
        }
    }

    fn retry_after(&mut self, wait: Span) {
        self.lease_retry = self.lease_retry.min(self.now + wait);
    }
}
