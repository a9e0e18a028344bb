//! Heartbeats: saying that one lives, and noticing who does not.

use std::num::NonZeroU16;

use units::Span;

use crate::cluster::Stage;
use crate::consensus::Consensus;
use crate::decision::Decision;
use crate::id::{NodeId, NodeSet};
use crate::message::{Content, Effect, Heartbeat, Reached};
use crate::report::Role;
use crate::time::Instant;

use super::Controller;
use super::keep_lease::Claim;

impl Controller {
    /// Sends the heartbeat when it is due. A node that slept through several sends one.
    pub(super) fn beat(&mut self, out: &mut Vec<Effect>) {
        if self.now < self.next_beat {
            return;
        }
        let interval = self.config.policy.heartbeat;
        self.next_beat =
            (self.next_beat + interval).max(self.now + interval.saturating_sub(self.config.policy.grace()));
        self.promise_self(out);
        self.broadcast(false, out);
        self.tell_manifest(out);
        self.note_cooled(out);
        self.pet(out);
    }

    /// A node that was to beat long ago slept, or its clock jumped. What it did not hear meanwhile is no silence of the others:
    /// a primary that took it for that would close its database and say that it is alone, and be replaced.
    #[inline]
    pub(super) fn discount_sleep(&mut self) {
        let slept = self.now.since(self.next_beat);
        if slept > self.config.policy.grace() {
            self.peers.iter_mut().for_each(|peer| peer.detector.skip(slept));
        }
    }

    pub(super) fn broadcast(&self, out_of_turn: bool, out: &mut Vec<Effect>) {
        self.send_beat(out_of_turn, &self.electorate.audience, out);
    }

    /// Tells those at once who act on it, the coordinator, the primary and the plan's target; whoever does not know who
    /// coordinates tells everybody. In a large cluster where many have the same to tell, it would else be told
    /// by everybody to everybody.
    pub(super) fn tell(&self, out: &mut Vec<Effect>) {
        let Some(leader) = self.consensus.leader().filter(|leader| !self.suspects.contains(*leader)) else {
            return self.broadcast(true, out);
        };
        let mut to: NodeSet = [leader, self.cluster.primary].into_iter().collect();
        if let Stage::Promoting(plan) = &self.cluster.stage {
            to.insert(plan.to);
        }
        to.remove(self.id);
        self.send_beat(true, &to, out);
    }

    pub(super) fn send_beat(&self, out_of_turn: bool, to: &NodeSet, out: &mut Vec<Effect>) {
        let (cooling, claim) = (self.cooling(), self.claim());
        debug_assert!(!self.is_member() || claim.is_none_or(|epoch| epoch == self.cluster.epoch));
        let heartbeat = Heartbeat {
            sent: self.now,
            out_of_turn,
            epoch: if self.is_member() { self.cluster.epoch } else { claim.unwrap_or(0) },
            rejoins: !self.is_member(),
            suspects: self.suspects.clone(),
            database: self.report(),
            asks: claim.is_some(),
            holds: self.entitled(),
            cooling: cooling.and_then(|(number, _)| NonZeroU16::new(number.min(u16::MAX.into()) as u16)),
            reopens_after: self.reopens_after(),
            cooling_left: cooling.map_or(Span::ZERO, |(_, left)| left),
            reached: self.primary_reached().map(Reached::from),
            granted: self.remembers_granting().map(Reached::from),
        };
        for to in to.iter() {
            let mut told = heartbeat.clone();
            told.asks &= self.electorate.grants(to);
            out.push(Effect::Send { to, message: Content::Heartbeat(told).into() });
        }
    }

    pub(super) fn on_heartbeat(&mut self, from: NodeId, heartbeat: Heartbeat, out: &mut Vec<Effect>) {
        if !heartbeat.out_of_turn {
            self.look_at_rhythm(from, out);
        }
        let leads_clients = self.leads_clients();
        let peer = &mut self.peers[from.index()];
        match heartbeat.out_of_turn {
            true => peer.detector.heard_out_of_turn(self.now),
            false => peer.detector.heard(self.now),
        }
        // One that a later one has overtaken is old news.
        if heartbeat.sent >= peer.said {
            let lingers = leads_clients
                && heartbeat.database.role == Role::Primary
                && heartbeat.database.position.epoch < self.cluster.epoch;
            let lingered = std::mem::replace(&mut peer.lingers, lingers);
            // What it was doing when it fell silent it may have done now that it is back.
            let led = leads_clients && peer.led_in.take().is_some_and(|life| peer.heard.may_be_of(life));
            self.redirects_again |= (lingered || led) && leads_clients && !lingers;
            self.attention |= led
                || peer.suspects != heartbeat.suspects
                || peer.database.differs_in_kind(&heartbeat.database)
                || peer.epoch != heartbeat.follows()
                || peer.holds != heartbeat.holds
                || matches!(self.cluster.stage, Stage::HandingOver { .. });
            peer.granted = heartbeat.granted.map(u64::from);
            peer.reopens = heartbeat.reopens();
            if heartbeat.database.role == Role::Primary {
                peer.reached = heartbeat.reached.map(|reached| (reached.into(), self.now));
                if heartbeat.holds {
                    peer.writing = peer.reached;
                }
            }
            peer.holds = heartbeat.holds;
            peer.said = heartbeat.sent;
            peer.suspects.clone_from(&heartbeat.suspects);
            peer.database = heartbeat.database;
            peer.epoch = heartbeat.follows();
        }
        let deadline = peer.detector.deadline();
        // Patience shrinks with what is learned, and nobody may have been left to watch.
        if deadline < self.suspicion_due && self.watches(from) {
            self.suspicion_due = deadline;
            self.quiet_until = self.quiet_until.min(deadline);
        }
        if self.suspects.remove(from) {
            self.attention = true;
            out.push(Effect::Decided(Decision::Trusts(from)));
            self.look_at_quorum(out);
            self.tell_of_trust(from, out);
        }
        self.recall(&heartbeat);
        self.look_at_rejoining(from, &heartbeat, out);
        if let (Some(epoch), true) = (heartbeat.lease(), self.electorate.grants(self.id)) {
            let claim = Claim {
                asked: heartbeat.sent,
                epoch,
                holds: heartbeat.holds,
                open: heartbeat.database.role == Role::Primary && heartbeat.holds,
                reached: heartbeat.reached.map_or(0, u64::from),
            };
            self.answer_claim(from, claim, out);
        }
    }

    /// What it said of a silent primary, or of whoever may take over, would else hold until its next heartbeat: a
    /// coordinator would count it against a node that everybody hears again.
    fn tell_of_trust(&self, whom: NodeId, out: &mut Vec<Effect>) {
        let matters = whom == self.cluster.primary || self.cluster.stage != Stage::Steady;
        if matters && self.electorate.includes_self {
            self.tell(out);
        }
    }

    /// Suspects everyone whose silence has lasted too long, and tells at once: waiting for the next heartbeat would add up
    /// to one interval to every recovery. That the primary is silent, or that the primary itself hears somebody no
    /// more, is told to everybody, since whoever coordinates may be about to change. Whose suspicion does not count
    /// keeps it to itself.
    pub(super) fn watch_peers(&mut self, out: &mut Vec<Effect>) {
        self.look_for_company(out);
        if self.now < self.suspicion_due {
            return;
        }
        self.suspicion_due = Instant::NEVER;
        let (mut found, mut urgent) = (false, self.claim().is_some());
        let counts = self.electorate.includes_self || urgent;
        for node in self.config.nodes() {
            if !self.watches(node) || self.suspects.contains(node) {
                continue;
            }
            let deadline = self.peers[node.index()].detector.deadline();
            if self.peers[node.index()].detector.suspects(self.now) {
                self.suspects.insert(node);
                out.push(Effect::Decided(Decision::Suspects(node)));
                found = true;
                urgent |= node == self.cluster.primary || self.consensus.leader() == Some(node);
            } else {
                self.suspicion_due = self.suspicion_due.min(deadline);
            }
        }
        if found {
            self.look_at_quorum(out);
        }
        if found && counts {
            self.attention = true;
            match urgent {
                true => self.broadcast(true, out),
                false => self.tell(out),
            }
        }
    }
}
