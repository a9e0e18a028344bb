//! The `raft` crate behind [`Consensus`].

#[cfg(test)]
mod inspection;
mod setup;

use std::sync::LazyLock;

use ::raft::{Progress, RawNode, Ready, StateRole};
use slog::{Discard, Logger, o};

use super::admission::admit;
use super::durable::{Durable, Entry, HardState, Persist};
use super::error::{MessageError, ProposeError, SettingsError};
use super::membership::membership;
use super::message::{Body, ConsensusMessage, node_id, raft_id};
use super::storage::MemoryLog;
use super::waking::{Knows, Waking};
use super::{Consensus, ConsensusSettings, Outputs, Role};
use crate::{NodeId, NodeSet};

use setup::{config, convert_messages, election_timeout, validate};

/// Largest append, in bytes of entries, unless a single entry is larger.
const APPEND_BYTES_MAX: u64 = 1 << 20;
/// Most appends under way to one follower. The crate takes memory for them when it starts, and a failover is a few
/// commands in all.
pub(super) const APPENDS_UNDER_WAY_MAX: usize = 64;
/// Largest amount of proposed and uncommitted data, in bytes, unless a single proposal is larger.
const UNCOMMITTED_BYTES_MAX: u64 = 16 << 20;
/// Most messages that wait behind an outstanding persist; beyond, the older half is dropped, which the algorithm
/// takes for a lossy network. Only a disk that hangs for hours gets there.
const WAITING_MESSAGES_MAX: usize = 1024;

/// The crate wants a logger for every node, and nobody reads it.
static NOWHERE: LazyLock<Logger> = LazyLock::new(|| Logger::root(Discard, o!()));

/// A Raft node with pre-vote and check-quorum.
pub struct Raft {
    node: RawNode<MemoryLog>,
    settings: ConsensusSettings,
    peers: NodeSet,
    /// The write that is under way, and what may be sent after it.
    outstanding: Option<Outstanding>,
    /// So many other messages wait for it; no two of them say the same.
    waits: usize,
    /// What was last handed out to be persisted.
    saved: HardState,
    /// How many writes were begun since the node woke.
    writes: u64,
    /// The number of the crate's latest batch of updates.
    batch: u64,
    /// Role, leader, and what it knows, at the end of the last call.
    shown: (Role, Option<NodeId>, Knows),
    /// What a node that woke has yet to learn.
    waking: Option<Waking>,
    /// The last term in which this node, as leader, applied an entry of its own.
    led_in: u64,
    /// The term `election_timeout` belongs to.
    timeout_term: u64,
    /// The election time-out of that term, in ticks.
    election_timeout: usize,
    /// All that was to be done has been handed out. Not so when the node wakes: what was agreed before waits.
    settled: bool,
    /// Every message goes through the crate, to see that it makes no difference.
    by_the_book: bool,
}

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

struct Outstanding {
    number: u64,
    /// Ticks that passed since it was begun, while the node led.
    led: u64,
    messages: Vec<(NodeId, ConsensusMessage)>,
}

impl Raft {
    /// A node that wakes with what it had made durable; `Durable::default()` for its first start.
    pub fn new(settings: ConsensusSettings, durable: &Durable) -> Result<Raft, SettingsError> {
        validate(&settings, durable)?;
        let refused = |error: ::raft::Error| SettingsError::Refused(error.to_string());
        let mut node =
            RawNode::new(&config(&settings), MemoryLog::new(durable), &NOWHERE).map_err(refused)?;
        *node.raft.mut_prs() = membership(&settings).map_err(refused)?;
        node.raft.post_conf_change();
        // Sets what is known of each member to what this node knows when it wakes: nothing.
        node.raft.become_follower(node.raft.term, ::raft::INVALID_ID);
        let mut raft = Raft {
            node,
            outstanding: None,
            waits: 0,
            saved: durable.hard_state,
            writes: 0,
            batch: 0,
            shown: (Role::Follower, None, Knows::default()),
            waking: Some(Waking::with(&durable.log)),
            led_in: 0,
            timeout_term: durable.hard_state.term,
            election_timeout: election_timeout(&settings, durable.hard_state.term),
            peers: settings.peers(),
            settled: false,
            by_the_book: false,
            settings,
        };
        raft.pin_election_timeout();
        raft.settled = !raft.has_work();
        Ok(raft)
    }

    /// The crate draws a new election time-out from thread-local randomness whenever it changes term or role
    /// (`reset`), and reads it only when a tick passes. Replaced after every input, the drawn one is never read.
    fn pin_election_timeout(&mut self) {
        if self.timeout_term != self.node.raft.term {
            self.timeout_term = self.node.raft.term;
            self.election_timeout = election_timeout(&self.settings, self.timeout_term);
        }
        self.node.raft.set_randomized_election_timeout(self.election_timeout);
    }

    /// After every input: pins the time-out and moves what became ready to `out`. Nothing is left to do then, whatever
    /// the input was.
    fn settle(&mut self, out: &mut Outputs) {
        self.pin_election_timeout();
        if !self.send_what_vouches_for_nothing(out) {
            while self.has_work() {
                self.take_batch(out);
            }
            self.send_as_leader(out);
            self.drop_needless_waiting();
        }
        self.settled = true;
        self.learn();
        let shown = (self.role(), self.leader(), Knows { agreed: self.has_caught_up(), leads: self.leads() });
        out.role_changed |= shown != self.shown;
        self.shown = shown;
    }

    /// What this node knows to be committed.
    fn agreed(&self) -> u64 {
        self.node.raft.raft_log.committed
    }

    /// Notices that it knows the commit of the present term: as leader, of its own; after waking, what its leader says is
    /// agreed, and all that it may have acted on before it fell asleep.
    fn learn(&mut self) {
        let raft = &self.node.raft;
        let leads = raft.state == StateRole::Leader;
        if if leads { self.led_in == raft.term } else { self.waking.is_none() } {
            return;
        }
        let (term, applied) = (raft.term, raft.raft_log.applied);
        if raft.raft_log.term(applied) != Ok(term) {
            return;
        }
        if leads {
            (self.led_in, self.waking) = (term, None);
        } else if self.waking.as_ref().is_some_and(|waking| waking.is_over(term, applied)) {
            self.waking = None;
        }
    }

    /// The idle path, heartbeats and their answers: if there is nothing but messages they need no batch, which would
    /// cost more than all the rest. Returns whether that was all.
    fn send_what_vouches_for_nothing(&mut self, out: &mut Outputs) -> bool {
        let mut messages = std::mem::take(&mut self.node.raft.msgs);
        // Asked while there are none: then only what needs a batch makes it ready.
        let all = self.outstanding.is_none() && !self.node.has_ready();
        if all {
            convert_messages(&mut messages, self.agreed(), &mut out.messages);
        }
        self.node.raft.msgs = messages;
        all
    }

    /// Most messages are heartbeats, and their answers, of a group in step. What the crate would do with those is a reset
    /// counter and a flag; its messages cost many times as much. Returns whether `message` was one of them.
    fn hear_nothing_new(&mut self, from: NodeId, message: &ConsensusMessage, out: &mut Outputs) -> bool {
        let raft = &mut self.node.raft;
        let in_step =
            self.settled && self.outstanding.is_none() && self.waking.is_none() && message.term == raft.term;
        if !in_step || self.by_the_book {
            return false;
        }
        match (raft.state, &message.body) {
            (StateRole::Follower, Body::Heartbeat { commit, .. })
                if raft.leader_id == raft_id(from) && *commit <= raft.raft_log.committed =>
            {
                raft.election_elapsed = 0;
                let body = Body::HeartbeatResponse { commit: raft.raft_log.committed };
                out.messages.push((from, ConsensusMessage { term: message.term, body }));
                true
            }
            (StateRole::Leader, Body::HeartbeatResponse { commit }) => {
                let end = raft.raft_log.last_index();
                let follower = raft.mut_prs().get_mut(raft_id(from));
                let Some(follower) = follower.filter(|follower| follower.matched == end) else {
                    return false;
                };
                if follower.ins.full() || *commit > end {
                    return false;
                }
                follower.update_committed(*commit);
                follower.recent_active = true;
                follower.resume();
                true
            }
            (StateRole::Leader, Body::AppendResponse { index, commit, refusal: None }) => {
                let end = raft.raft_log.last_index();
                // A refusal that came late may have set back what is sent next: then this answer mends it.
                let known =
                    |follower: &&mut Progress| *index <= follower.matched && *index < follower.next_idx;
                let follower = raft.mut_prs().get_mut(raft_id(from));
                let Some(follower) = follower.filter(known).filter(|_| *commit <= end) else {
                    return false;
                };
                follower.update_committed(*commit);
                follower.recent_active = true;
                true
            }
            _ => false,
        }
    }

    /// The disk is that of a new group which elected `leader`, and nothing has happened since this node woke.
    fn is_founded(&self, leader: NodeId) -> bool {
        let votes = |node| self.settings.voters.contains(node);
        let disk = Durable::founded(leader, votes(&self.settings.id));
        let raft = &self.node.raft;
        let woke = raft.state == StateRole::Follower && raft.leader_id == ::raft::INVALID_ID;
        woke && votes(&leader) && self.saved == disk.hard_state && raft.raft_log.store.holds(&disk.log)
    }

    /// What becomes of a candidate with everybody's votes and, once all have answered that they hold its first entry, of
    /// what it knows of them.
    fn lead_founded(&mut self) {
        let raft = &mut self.node.raft;
        (raft.state, raft.leader_id) = (StateRole::Leader, raft.id);
        let leader = raft.id;
        for (id, member) in raft.mut_prs().iter_mut() {
            member.maybe_update(1);
            member.become_replicate();
            member.update_committed(1);
            member.recent_active = *id != leader;
        }
    }

    fn has_work(&self) -> bool {
        (self.outstanding.is_none() || self.leads_with_nothing_to_write()) && self.node.has_ready()
    }

    /// While a write is under way a leader may go on delivering what is durable.
    fn leads_with_nothing_to_write(&self) -> bool {
        let raft = &self.node.raft;
        raft.state == StateRole::Leader
            && raft.term == self.saved.term
            && node_id(raft.vote) == self.saved.vote
            && raft.raft_log.unstable_entries().is_empty()
    }

    /// What a leader says holds before its own disk agrees (section 10.2.1 of Ongaro's thesis): it counts itself as
    /// one of the majority only once it does. Term and vote are durable since before it was elected.
    fn send_as_leader(&mut self, out: &mut Outputs) {
        let raft = &mut self.node.raft;
        if self.outstanding.is_some() && raft.state == StateRole::Leader && raft.term == self.saved.term {
            let agreed = raft.raft_log.committed;
            convert_messages(&mut raft.msgs, agreed, &mut out.messages);
        }
    }

    fn take_batch(&mut self, out: &mut Outputs) {
        let mut ready = self.node.ready();
        self.batch = ready.number();
        let mut messages = ready.take_messages();
        convert_messages(&mut messages, self.agreed(), &mut out.messages);
        if self.node.raft.msgs.is_empty() {
            // The crate gave its memory away with the messages.
            self.node.raft.msgs = messages;
        }
        let committed = ready.take_committed_entries().into_iter().filter(|entry| !entry.data.is_empty());
        out.committed.extend(committed.map(Entry::from_raft));
        if ready.must_sync() {
            self.begin_persist(&mut ready, out);
            self.node.advance_append_async(ready);
        } else {
            convert_messages(&mut ready.take_persisted_messages(), self.agreed(), &mut out.messages);
            self.node.advance_append_async(ready);
            if self.outstanding.is_none() {
                self.node.on_persist_ready(self.batch);
            }
        }
        self.node.advance_apply();
    }

    fn begin_persist(&mut self, ready: &mut Ready, out: &mut Outputs) {
        assert!(self.outstanding.is_none(), "only batches without writes overtake an outstanding one");
        let raft = &self.node.raft;
        let hard_state =
            HardState { term: raft.term, vote: node_id(raft.vote), commit: raft.raft_log.committed };
        let changed = hard_state != self.saved;
        self.writes += 1;
        self.saved = hard_state;
        let entries = ready.take_entries();
        if let (Some(waking), Some(first)) = (&mut self.waking, entries.first()) {
            waking.replaced_from(first.index);
        }
        self.node.mut_store().append(&entries);
        let mut messages = Vec::new();
        convert_messages(&mut ready.take_persisted_messages(), self.agreed(), &mut messages);
        self.outstanding = Some(Outstanding { number: self.writes, led: 0, messages });
        out.persist = Some(Persist {
            number: self.writes,
            hard_state: changed.then_some(hard_state),
            entries: Entry::all_from_raft(entries),
        });
    }

    /// While the disk hangs a follower hears the same again and again: to answer once is enough.
    fn drop_needless_waiting(&mut self) {
        let waiting = &mut self.node.raft.msgs;
        let known = std::mem::take(&mut self.waits).min(waiting.len());
        for index in (known..waiting.len()).rev() {
            if waiting[..index].contains(&waiting[index]) {
                waiting.remove(index);
            }
        }
        if waiting.len() > WAITING_MESSAGES_MAX {
            waiting.drain(..waiting.len() / 2);
        }
        self.waits = waiting.len();
    }

    /// Ticks until a timer fires; at least 1.
    fn ticks_until_timer(&self) -> u64 {
        let raft = &self.node.raft;
        let left = if raft.state == StateRole::Leader {
            let heartbeat = raft.heartbeat_timeout().saturating_sub(raft.heartbeat_elapsed());
            let look = raft.election_timeout().saturating_sub(raft.election_elapsed);
            let soonest = heartbeat.min(look) as u64;
            self.patience_with_disk().map_or(soonest, |disk| disk.min(soonest))
        } else if raft.promotable() || raft.leader_id != ::raft::INVALID_ID {
            raft.randomized_election_timeout().saturating_sub(raft.election_elapsed) as u64
        } else {
            // A learner without a leader waits for one.
            return u64::MAX;
        };
        left.max(1)
    }

    /// What its timers wait for.
    pub(crate) fn timers(&self) -> Timers {
        let raft = &self.node.raft;
        let left = |length: usize, elapsed: usize| length.saturating_sub(elapsed).max(1) as u64;
        let patience = raft.randomized_election_timeout();
        let lost = left(patience, raft.election_elapsed);
        if raft.state == StateRole::Leader {
            Timers::Leads {
                heartbeat: left(raft.heartbeat_timeout(), raft.heartbeat_elapsed()),
                look: left(raft.election_timeout(), raft.election_elapsed),
                disk: self.patience_with_disk().map(|ticks| ticks.max(1)),
            }
        } else if raft.state == StateRole::Follower && raft.leader_id != ::raft::INVALID_ID {
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
        let raft = &mut self.node.raft;
        if raft.state != StateRole::Leader {
            return;
        }
        let looks_every = raft.election_timeout() as u64;
        let elapsed = raft.election_elapsed as u64 + ticks;
        raft.election_elapsed = (elapsed % looks_every) as usize;
        if elapsed >= looks_every {
            // It looked whether it heard a majority, and whoever is not silent has been heard since.
            let this = raft.id;
            for (id, member) in raft.mut_prs().iter_mut().filter(|(id, _)| **id != this) {
                member.recent_active = node_id(*id).is_some_and(|node| !silent.contains(node));
            }
        }
    }

    /// A learner does not stand for election when its leader is silent, but must not take it for alive either.
    fn forget_silent_leader(&mut self) {
        let raft = &mut self.node.raft;
        let silent = raft.election_elapsed >= raft.randomized_election_timeout();
        if !raft.promotable() && silent && raft.leader_id != ::raft::INVALID_ID {
            raft.become_follower(raft.term, ::raft::INVALID_ID);
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
    /// does. What it would say as a follower waits for the disk.
    fn give_way_if_disk_hangs(&mut self, ticks: u64) {
        if let Some(outstanding) = &mut self.outstanding {
            outstanding.led += ticks;
        }
        if self.patience_with_disk() == Some(0) && self.node.raft.state == StateRole::Leader {
            let term = self.node.raft.term;
            self.node.raft.become_follower(term, ::raft::INVALID_ID);
        }
    }

    /// Lets ticks pass of which at most the last fires a timer.
    fn pass_ticks(&mut self, ticks: u64) {
        if self.node.raft.state == StateRole::Leader {
            for _ in 0..ticks {
                self.node.tick();
            }
            self.give_way_if_disk_hangs(ticks);
        } else {
            // A follower only counts, so all but the last can be counted at once.
            let elapsed = &mut self.node.raft.election_elapsed;
            *elapsed = elapsed.saturating_add(ticks as usize - 1);
            self.node.tick();
            self.forget_silent_leader();
        }
    }
}

impl Consensus for Raft {
    fn advance(&mut self, ticks: u64, out: &mut Outputs) {
        out.clear();
        if !self.settled {
            self.settle(out);
        }
        let mut left = ticks;
        while left > 0 {
            let due = self.ticks_until_timer();
            let pass = left.min(due);
            self.pass_ticks(pass);
            left -= pass;
            if pass == due {
                self.settle(out);
            }
        }
    }

    fn step(
        &mut self,
        from: NodeId,
        message: ConsensusMessage,
        out: &mut Outputs,
    ) -> Result<(), MessageError> {
        out.clear();
        if !self.peers.contains(from) {
            return Err(MessageError::NotAPeer(from));
        }
        if self.hear_nothing_new(from, &message, out) {
            return Ok(());
        }
        admit(&self.node.raft, &message)?;
        self.waking.iter_mut().for_each(|waking| waking.hear(&message));
        let message = message.into_raft(from, self.settings.id);
        let stepped = self.node.step(message).map_err(|error| MessageError::Refused(error.to_string()));
        self.settle(out);
        stepped
    }

    fn propose(&mut self, data: Vec<u8>, out: &mut Outputs) -> Result<(), ProposeError> {
        out.clear();
        if self.role() != Role::Leader {
            return Err(ProposeError::NotLeader { leader: self.leader() });
        }
        if data.is_empty() {
            return Err(ProposeError::Empty);
        }
        self.node.propose(Vec::new(), data).map_err(|_| ProposeError::Full)?;
        self.settle(out);
        Ok(())
    }

    fn persisted(&mut self, number: u64, out: &mut Outputs) {
        out.clear();
        if let Some(done) = self.outstanding.take_if(|outstanding| outstanding.number == number) {
            out.messages.extend(done.messages);
            // Later batches, if any, overtook this one because they had nothing to write.
            self.node.on_persist_ready(self.batch);
        }
        self.settle(out);
    }

    fn found(&mut self, leader: NodeId, out: &mut Outputs) {
        out.clear();
        if self.is_founded(leader) {
            match leader == self.settings.id {
                true => self.lead_founded(),
                false => self.node.raft.become_follower(self.saved.term, raft_id(leader)),
            }
            self.node.raft.raft_log.commit_to(1);
            self.waking = None;
        }
        self.settle(out);
    }

    fn role(&self) -> Role {
        match self.node.raft.state {
            StateRole::Leader => Role::Leader,
            StateRole::Candidate | StateRole::PreCandidate => Role::Candidate,
            StateRole::Follower => Role::Follower,
        }
    }

    fn leader(&self) -> Option<NodeId> {
        node_id(self.node.raft.leader_id)
    }

    fn term(&self) -> u64 {
        self.node.raft.term
    }

    fn has_caught_up(&self) -> bool {
        self.waking.is_none()
    }

    fn leads(&self) -> bool {
        self.node.raft.state == StateRole::Leader && self.led_in == self.node.raft.term
    }

    fn unapplied(&self) -> impl Iterator<Item = &[u8]> {
        let log = &self.node.raft.raft_log;
        log.store.after(log.applied).iter().map(|entry| &*entry.data).filter(|data| !data.is_empty())
    }

    fn greet(&mut self, out: &mut Outputs) {
        out.clear();
        self.node.ping();
        self.settle(out);
    }

    fn ticks_until_due(&self) -> u64 {
        debug_assert!(!(self.settled && self.has_work()), "whatever settles leaves nothing to do");
        if self.settled { self.ticks_until_timer() } else { 0 }
    }
}
