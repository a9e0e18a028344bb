//! What tests do with a node, and see of it, that nobody else may.

use raft::StateRole;
use raft::eraftpb::{Message, MessageType};

use super::Raft;
use crate::consensus::Outputs;

impl Raft {
    /// Answers nothing in short.
    pub(in crate::consensus) fn by_the_book(mut self) -> Raft {
        self.by_the_book = true;
        self
    }

    /// Stands for election now instead of at the time-out. Followers of a live leader still refuse (pre-vote). A
    /// learner does not stand.
    pub(in crate::consensus) fn campaign(&mut self, out: &mut Outputs) {
        out.clear();
        if self.node.promotable() {
            let mut stand = Message::default();
            stand.set_msg_type(MessageType::MsgHup);
            // Fails for proposals alone.
            let _ = self.node.step(stand);
        }
        self.settle(out);
    }

    /// All that decides what it will do.
    pub(in crate::consensus) fn state(&self) -> String {
        let raft = &self.node;
        let log = &raft.raft_log;
        // Whoever becomes leader begins anew with what it knows of the others, and has nothing uncommitted.
        let leads = raft.state == StateRole::Leader;
        let members: std::collections::BTreeMap<_, _> = raft.prs().iter().filter(|_| leads).collect();
        let uncommitted = leads.then(|| raft.uncommitted_size());
        let (elapsed, timeout) = (self.since_heartbeat, raft.randomized_election_timeout());
        let group =
            (raft.promotable(), raft.pending_conf_index, raft.lead_transferee, raft.prs().tally_votes());
        format!(
            "{:?} {:?} {elapsed} {} {timeout} {:?} {members:?} {group:?} {:?} {:?} {:?}",
            raft.soft_state(),
            raft.hard_state(),
            raft.election_elapsed,
            (log.applied, log.persisted, log.last_index(), &log.unstable.entries, log.unstable.offset),
            (log.all_entries(), &raft.msgs, raft.has_pending_conf(), uncommitted),
            (self.saved, self.shown, self.timeout_term, self.election_timeout, self.settled),
            self.outstanding.is_some(),
        )
    }
}
