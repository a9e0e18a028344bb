//! What a node does because time has passed, and what it waits for.

use ::raft::{INVALID_ID, StateRole};

use super::Raft;
use crate::NodeSet;
use crate::consensus::Outputs;
use crate::consensus::message::{Body, ConsensusMessage, node_id, raft_id};

/// What a node's timers wait for, in ticks from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timers {
    /// It leads: its next heartbeat, the next look whether it hears a majority, and when it loses patience with its disk.
    Leads { heartbeat: u64, look: u64, disk: Option<u64> },
    /// It follows a leader: when it takes that for lost, which is so long after it was last heard.
    Follows { lost: u64, patience: u64 },
    /// It has no leader and will stand for election.
    Stands { at: u64 },
    /// A learner without a leader waits for one.
    Waits,
}

impl Raft {
    /// Ticks until a timer fires; at least 1.
    pub(super) fn ticks_until_timer(&self) -> u64 {
        let raft = &self.node;
        let left = if raft.state == StateRole::Leader {
            let heartbeat = raft.heartbeat_timeout().saturating_sub(self.since_heartbeat);
            let look = raft.election_timeout().saturating_sub(raft.election_elapsed);
            let soonest = heartbeat.min(look) as u64;
            self.patience_with_disk().map_or(soonest, |disk| disk.min(soonest))
        } else if raft.promotable() || raft.leader_id != INVALID_ID {
            raft.randomized_election_timeout().saturating_sub(raft.election_elapsed) as u64
        } else {
            // A learner without a leader waits for one.
            return u64::MAX;
        };
        left.max(1)
    }

    /// What its timers wait for.
    pub(crate) fn timers(&self) -> Timers {
        let raft = &self.node;
        let left = |length: usize, elapsed: usize| length.saturating_sub(elapsed).max(1) as u64;
        let patience = raft.randomized_election_timeout();
        let lost = left(patience, raft.election_elapsed);
        if raft.state == StateRole::Leader {
            Timers::Leads {
                heartbeat: left(raft.heartbeat_timeout(), self.since_heartbeat),
                look: left(raft.election_timeout(), raft.election_elapsed),
                disk: self.patience_with_disk().map(|ticks| ticks.max(1)),
            }
        } else if raft.state == StateRole::Follower && raft.leader_id != INVALID_ID {
            Timers::Follows { lost, patience: patience as u64 }
        } else if raft.promotable() {
            Timers::Stands { at: lost }
        } else {
            Timers::Waits
        }
    }

    /// Ticks after which a leader looks whether it hears a majority.
    pub(crate) fn looks_every(&self) -> u64 {
        u64::from(self.settings.election_ticks)
    }

    /// So many ticks, whole heartbeats, have passed in which all was as usual, and `silent` were not heard. A leader goes
    /// on in the phase in which it would have been; a follower has heard its leader as often as ever.
    pub(crate) fn skip(&mut self, ticks: u64, silent: &NodeSet) {
        let raft = &mut self.node;
        if raft.state != StateRole::Leader {
            return;
        }
        let looks_every = raft.election_timeout() as u64;
        let elapsed = raft.election_elapsed as u64 + ticks;
        raft.election_elapsed = (elapsed % looks_every) as usize;
        // Whoever is not silent has answered since; of others a look that finds a majority forgets that they ever did.
        let (looked, beaten) = (elapsed >= looks_every, ticks > 0);
        let this = raft.id;
        for (id, member) in raft.mut_prs().iter_mut().filter(|(id, _)| **id != this) {
            match node_id(*id).is_some_and(|node| !silent.contains(node)) {
                true => member.recent_active |= beaten,
                false => member.recent_active &= !looked,
            }
        }
    }

    /// A learner does not stand for election when its leader is silent, but must not take it for alive either.
    fn forget_silent_leader(&mut self) {
        let raft = &mut self.node;
        let silent = raft.election_elapsed >= raft.randomized_election_timeout();
        if !raft.promotable() && silent && raft.leader_id != INVALID_ID {
            raft.become_follower(raft.term, INVALID_ID);
        }
    }

    /// Ticks for which a leader still waits for its own disk, if it does.
    fn patience_with_disk(&self) -> Option<u64> {
        let alone = self.settings.voters.len() == 1;
        let waited = self.outstanding.as_ref().filter(|_| !alone).map(|outstanding| outstanding.led);
        waited.map(|led| (self.settings.election_ticks as u64).saturating_sub(led))
    }

    /// A leader whose disk does not answer can neither count itself nor learn what was agreed, but its heartbeats
    /// would keep everyone else from standing: after an election time-out it gives way, as one that hears no quorum
    /// does. What it would say as a follower waits for the disk. Returns whether it gave way.
    fn give_way_if_disk_hangs(&mut self, ticks: u64) -> bool {
        if let Some(outstanding) = &mut self.outstanding {
            outstanding.led += ticks;
        }
        let gives_way = self.patience_with_disk() == Some(0) && self.node.state == StateRole::Leader;
        if gives_way {
            let term = self.node.term;
            self.node.become_follower(term, INVALID_ID);
        }
        gives_way
    }

    /// Lets ticks pass of which at most the last fires a timer. Returns whether the crate may have something to say then.
    pub(super) fn pass_ticks(&mut self, ticks: u64, out: &mut Outputs) -> bool {
        if self.node.state == StateRole::Leader {
            let anew = self.pass_as_leader(ticks as usize, out);
            return self.give_way_if_disk_hangs(ticks) || anew;
        }
        // A follower only counts, so all but the last can be counted at once.
        let elapsed = &mut self.node.election_elapsed;
        *elapsed = elapsed.saturating_add(ticks as usize - 1);
        self.node.tick();
        self.forget_silent_leader();
        true
    }

    /// What ticks of the crate would do with a leader, for all of them at once. It counts by itself how long ago its heartbeats
    /// were, or it could not send its own. Returns as [`pass_ticks`](Raft::pass_ticks).
    fn pass_as_leader(&mut self, ticks: usize, out: &mut Outputs) -> bool {
        let raft = &mut self.node;
        raft.election_elapsed += ticks;
        self.since_heartbeat += ticks;
        if raft.election_elapsed >= raft.election_timeout() {
            raft.election_elapsed = 0;
            if !self.hears_majority() {
                self.node.become_follower(self.node.term, INVALID_ID);
                return true;
            }
        }
        let beats = self.since_heartbeat >= self.node.heartbeat_timeout();
        if beats {
            self.since_heartbeat = 0;
        }
        beats && self.send_heartbeats(out)
    }

    /// As leader: whether a majority of the voters, itself among them, was heard since it last looked; from here on that counts
    /// anew. As the crate does it, but without a set of whoever was heard.
    fn hears_majority(&mut self) -> bool {
        let (this, voters) = (self.node.id, &self.settings.voters);
        let mut heard = 0;
        for (id, member) in self.node.mut_prs().iter_mut() {
            let active = std::mem::replace(&mut member.recent_active, *id == this) || *id == this;
            let votes = || node_id(*id).is_some_and(|node| voters.contains(&node));
            heard += usize::from(active && votes());
        }
        heard > voters.len() / 2
    }

    /// As leader, to everybody. Where nothing keeps them from being sent at once, the crate need not make its own messages of
    /// them first, which cost many times as much. Returns whether it did.
    pub(super) fn send_heartbeats(&mut self, out: &mut Outputs) -> bool {
        if self.outstanding.is_some() || self.by_the_book {
            self.node.ping();
            return true;
        }
        let (raft, agreed) = (&self.node, self.node.raft_log.committed);
        for peer in self.peers.iter() {
            let Some(member) = raft.prs().get(raft_id(peer)) else { continue };
            let body = Body::Heartbeat { commit: member.matched.min(agreed), agreed };
            out.messages.push((peer, ConsensusMessage { term: raft.term, body }));
        }
        false
    }
}
