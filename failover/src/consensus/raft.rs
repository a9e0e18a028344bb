//! The `raft` crate behind [`Consensus`].

#[cfg(test)]
mod inspection;
mod setup;
mod timers;

use ::raft::eraftpb::{self, Message, MessageType};
use ::raft::{Progress, StateRole};

use super::admission::admit;
use super::durable::{Durable, Entry, HardState, Persist};
use super::error::{MessageError, ProposeError, SettingsError};
use super::message::{Body, ConsensusMessage, Position, node_id, raft_id};
use super::storage::MemoryLog;
use super::waking::{Knows, Waking};
use super::{Consensus, ConsensusSettings, Outputs, Role};
use crate::{NodeId, NodeSet};

use setup::{built, convert_messages, election_timeout, renew, validate};
pub(crate) use timers::Timers;

/// Most messages that wait behind an outstanding persist; beyond, the older half is dropped, which the algorithm
/// takes for a lossy network. Only a disk that hangs for hours gets there.
const WAITING_MESSAGES_MAX: usize = 1024;

/// What the crate knows of one node.
type Node = ::raft::Raft<MemoryLog>;

/// A Raft node with pre-vote and check-quorum. What the crate has to say is taken from it directly: its own batches would
/// account for snapshots and reads, which do not occur here, and cost more than all else.
pub struct Raft {
    node: Box<Node>,
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
    /// Ticks since its last heartbeat as leader, or since it leads.
    since_heartbeat: usize,
    /// All that was to be done has been handed out. Not so when the node wakes: what was agreed before waits.
    settled: bool,
    /// Every message goes through the crate, to see that it makes no difference.
    by_the_book: bool,
}

struct Outstanding {
    number: u64,
    /// Ticks that passed since it was begun, while the node led.
    led: u64,
    /// The last entry in it.
    end: Option<Position>,
    messages: Vec<(NodeId, ConsensusMessage)>,
}

impl Raft {
    /// A node that wakes with what it had made durable; `Durable::default()` for its first start.
    pub fn new(settings: ConsensusSettings, durable: &Durable) -> Result<Raft, SettingsError> {
        validate(&settings, durable)?;
        let node = built(&settings, durable).map_err(|error| SettingsError::Refused(error.to_string()))?;
        Ok(Raft::around(Box::new(node), settings, durable))
    }

    /// As [`Raft::new`], in the memory of a node that is gone: among the same members that costs less, and a simulator starts
    /// millions.
    pub(crate) fn again(
        spent: Raft,
        settings: ConsensusSettings,
        durable: &Durable,
    ) -> Result<Raft, SettingsError> {
        let Raft { mut node, settings: before, .. } = spent;
        if (ConsensusSettings { seed: settings.seed, ..before }) != settings {
            return Raft::new(settings, durable);
        }
        validate(&settings, durable)?;
        renew(&mut node, &settings, durable).map_err(|error| SettingsError::Refused(error.to_string()))?;
        Ok(Raft::around(node, settings, durable))
    }

    fn around(node: Box<Node>, settings: ConsensusSettings, durable: &Durable) -> Raft {
        let mut raft = Raft {
            node,
            outstanding: None,
            waits: 0,
            saved: durable.hard_state,
            writes: 0,
            shown: (Role::Follower, None, Knows::default()),
            waking: Some(Waking::with(&durable.log)),
            led_in: 0,
            timeout_term: durable.hard_state.term,
            election_timeout: election_timeout(&settings, durable.hard_state.term),
            since_heartbeat: 0,
            peers: settings.peers(),
            settled: false,
            by_the_book: false,
            settings,
        };
        raft.pin_election_timeout();
        raft.settled = !raft.has_work();
        raft
    }

    /// The crate draws a new election time-out from thread-local randomness whenever it changes term or role
    /// (`reset`), and reads it only when a tick passes. Replaced after every input, the drawn one is never read.
    fn pin_election_timeout(&mut self) {
        if self.timeout_term != self.node.term {
            self.timeout_term = self.node.term;
            self.election_timeout = election_timeout(&self.settings, self.timeout_term);
        }
        self.node.set_randomized_election_timeout(self.election_timeout);
    }

    /// After every input: pins the time-out and moves what became ready to `out`. Nothing is left to do then, whatever
    /// the input was.
    fn settle(&mut self, out: &mut Outputs) {
        self.pin_election_timeout();
        while self.has_work() {
            self.take_batch(out);
        }
        self.send_as_leader(out);
        self.drop_needless_waiting();
        self.settled = true;
        self.learn();
        let shown = (self.role(), self.leader(), Knows { agreed: self.has_caught_up(), leads: self.leads() });
        if shown != self.shown {
            if shown.0 != self.shown.0 {
                self.since_heartbeat = 0;
            }
            (out.role_changed, self.shown) = (true, shown);
        }
    }

    /// Notices that it knows the commit of the present term: as leader, of its own; after waking, what its leader says is
    /// agreed, and all that it may have acted on before it fell asleep.
    fn learn(&mut self) {
        let raft = &self.node;
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

    /// Most messages are heartbeats, and their answers, of a group in step. What the crate would do with those is a reset
    /// counter and a flag; its messages cost many times as much. Returns whether `message` was one of them.
    fn hear_nothing_new(&mut self, from: NodeId, message: &ConsensusMessage, out: &mut Outputs) -> bool {
        let raft = &mut self.node;
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
        let promised = HardState::founded(leader, votes(&self.settings.id));
        let raft = &self.node;
        let woke = raft.state == StateRole::Follower && raft.leader_id == ::raft::INVALID_ID;
        woke && votes(&leader) && self.saved == promised && raft.raft_log.store.holds(&[Entry::founding()])
    }

    /// What becomes of a candidate with everybody's votes and, once all have answered that they hold its first entry, of
    /// what it knows of them.
    fn lead_founded(&mut self) {
        let raft = &mut self.node;
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
        let may_work = self.outstanding.is_none() || self.leads_with_nothing_to_write();
        may_work && (!self.node.msgs.is_empty() || self.must_write() || self.node.raft_log.has_next_entries())
    }

    /// Its term, its vote or its log is not on its way to the disk as it is.
    fn must_write(&self) -> bool {
        let promised = (self.node.term, node_id(self.node.vote));
        promised != (self.saved.term, self.saved.vote) || !self.node.raft_log.unstable_entries().is_empty()
    }

    /// While a write is under way a leader may go on delivering what is durable.
    fn leads_with_nothing_to_write(&self) -> bool {
        self.node.state == StateRole::Leader && !self.must_write()
    }

    /// What a leader says holds before its own disk agrees (section 10.2.1 of Ongaro's thesis): it counts itself as
    /// one of the majority only once it does. Term and vote are durable since before it was elected.
    fn send_as_leader(&mut self, out: &mut Outputs) {
        let raft = &mut self.node;
        if self.outstanding.is_some() && raft.state == StateRole::Leader && raft.term == self.saved.term {
            let agreed = raft.raft_log.committed;
            convert_messages(&mut raft.msgs, agreed, &mut out.messages);
        }
    }

    /// Messages first, whose order among the outputs does not matter, then what is agreed. What a leader says needs no disk,
    /// and of others what vouches for nothing new.
    fn take_batch(&mut self, out: &mut Outputs) {
        let (leads, writes) = (self.node.state == StateRole::Leader, self.must_write());
        let mut waiting = Vec::new();
        let into = if leads || !writes { &mut out.messages } else { &mut waiting };
        let agreed = self.node.raft_log.committed;
        convert_messages(&mut self.node.msgs, agreed, into);
        if self.node.raft_log.has_next_entries() {
            self.deliver(&mut out.committed);
        }
        if writes {
            self.begin_persist(waiting, out);
        }
    }

    /// Hands out what is agreed and durable here.
    fn deliver(&mut self, committed: &mut Vec<Entry>) {
        let log = &self.node.raft_log;
        let agreed = log.committed.min(log.persisted);
        let entries = log.store.between(log.applied, agreed);
        committed.extend(entries.iter().filter(|entry| !entry.data.is_empty()).map(Entry::from_raft));
        if self.node.state == StateRole::Leader {
            self.count_agreed(self.node.raft_log.applied, agreed);
        }
        self.node.commit_apply(agreed);
    }

    /// What a leader proposed and has applied no longer counts as proposed. The crate cannot count what is in its own log, so
    /// that is taken out meanwhile.
    fn count_agreed(&mut self, applied: u64, agreed: u64) {
        let log = std::mem::take(&mut self.node.raft_log.store);
        self.node.reduce_uncommitted_size(log.between(applied, agreed));
        self.node.raft_log.store = log;
    }

    /// `messages` may be sent when it is done.
    fn begin_persist(&mut self, messages: Vec<(NodeId, ConsensusMessage)>, out: &mut Outputs) {
        assert!(self.outstanding.is_none(), "only batches without writes overtake an outstanding one");
        let (raft, number) = (&mut self.node, self.writes + 1);
        let hard_state =
            HardState { term: raft.term, vote: node_id(raft.vote), commit: raft.raft_log.committed };
        let changed = hard_state != self.saved;
        (self.writes, self.saved) = (number, hard_state);
        let log = &mut raft.raft_log;
        let entries: Vec<Entry> = log.unstable_entries().iter().map(Entry::from_raft).collect();
        if let (Some(waking), Some(first)) = (&mut self.waking, entries.first()) {
            waking.replaced_from(first.index);
        }
        log.store.append(&log.unstable.entries);
        let end = entries.last().map(|entry| Position { index: entry.index, term: entry.term });
        if let Some(end) = end {
            log.stable_entries(end.index, end.term);
        }
        self.outstanding = Some(Outstanding { number, led: 0, end, messages });
        out.persist = Some(Persist { number, hard_state: changed.then_some(hard_state), entries });
    }

    /// While the disk hangs a follower hears the same again and again: to answer once is enough.
    fn drop_needless_waiting(&mut self) {
        let waiting = &mut self.node.msgs;
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
            let anew = self.pass_ticks(pass, out);
            left -= pass;
            if anew && pass == due {
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
        admit(&self.node, &message)?;
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
        let entry = eraftpb::Entry { data: data.into(), ..Default::default() };
        let mut proposal = Message { from: self.node.id, entries: vec![entry].into(), ..Default::default() };
        proposal.set_msg_type(MessageType::MsgPropose);
        self.node.step(proposal).map_err(|_| ProposeError::Full)?;
        self.settle(out);
        Ok(())
    }

    fn persisted(&mut self, number: u64, out: &mut Outputs) {
        out.clear();
        if let Some(done) = self.outstanding.take_if(|outstanding| outstanding.number == number) {
            out.messages.extend(done.messages);
            if let Some(end) = done.end {
                self.node.on_persist_entries(end.index, end.term);
            }
        }
        self.settle(out);
    }

    fn found(&mut self, leader: NodeId, out: &mut Outputs) {
        out.clear();
        if self.is_founded(leader) {
            match leader == self.settings.id {
                true => self.lead_founded(),
                false => self.node.become_follower(self.saved.term, raft_id(leader)),
            }
            self.node.raft_log.commit_to(1);
            self.waking = None;
        }
        self.settle(out);
    }

    fn role(&self) -> Role {
        match self.node.state {
            StateRole::Leader => Role::Leader,
            StateRole::Candidate | StateRole::PreCandidate => Role::Candidate,
            StateRole::Follower => Role::Follower,
        }
    }

    fn leader(&self) -> Option<NodeId> {
        node_id(self.node.leader_id)
    }

    fn term(&self) -> u64 {
        self.node.term
    }

    fn has_caught_up(&self) -> bool {
        self.waking.is_none()
    }

    fn leads(&self) -> bool {
        self.node.state == StateRole::Leader && self.led_in == self.node.term
    }

    fn unapplied(&self) -> impl Iterator<Item = &[u8]> {
        let log = &self.node.raft_log;
        log.store.after(log.applied).iter().map(|entry| &*entry.data).filter(|data| !data.is_empty())
    }

    fn greet(&mut self, out: &mut Outputs) {
        out.clear();
        if self.role() == Role::Leader {
            self.send_heartbeats(out);
        }
        self.settle(out);
    }

    #[inline]
    fn ticks_until_due(&self) -> u64 {
        debug_assert!(!(self.settled && self.has_work()), "whatever settles leaves nothing to do");
        if self.settled { self.ticks_until_timer() } else { 0 }
    }
}
