//! What must never happen, watched from outside: from messages, disks and delivered commands, not from what a node
//! believes.

use std::collections::BTreeMap;

use crate::NodeId;
use crate::consensus::{Body, Consensus, ConsensusMessage, Durable, Entry, Outputs, Raft, Role};

/// A broken promise, by the number of what broke it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// Two nodes led in one term.
    TwoLeaders { term: u64 },
    /// A node voted for two candidates in one term.
    DoubleVote { voter: NodeId, term: u64 },
    /// A node's term went back while it ran.
    TermWentBack { node: NodeId },
    /// Two nodes applied different commands at one place.
    Diverged { index: u64 },
    /// A node left out a committed command, or applied one twice.
    OutOfOrder { node: NodeId, index: u64 },
    /// A command was applied that no majority had on disk.
    NotDurable { index: u64 },
}

#[derive(Default)]
pub(super) struct Checker {
    leaders: BTreeMap<u64, NodeId>,
    votes: BTreeMap<(NodeId, u64), NodeId>,
    terms: BTreeMap<NodeId, u64>,
    applied: BTreeMap<NodeId, u64>,
    /// Every command any node ever applied.
    pub(super) committed: BTreeMap<u64, Entry>,
}

impl Checker {
    /// Looks at what `id` does after an input.
    pub(super) fn observe<'a>(
        &mut self,
        id: NodeId,
        node: &Raft,
        out: &Outputs,
        disks: impl Iterator<Item = &'a Durable> + Clone,
    ) -> Result<(), Violation> {
        self.check_term(id, node)?;
        self.check_leader(id, node)?;
        out.messages.iter().try_for_each(|(to, message)| self.check_vote(id, *to, message))?;
        out.committed.iter().try_for_each(|entry| self.check_commit(id, entry, disks.clone()))
    }

    /// A node that starts again delivers from the first command.
    pub(super) fn restarted(&mut self, id: NodeId) {
        self.applied.remove(&id);
    }

    /// The last command the node applied since it started.
    pub(super) fn applied(&self, id: NodeId) -> u64 {
        self.applied.get(&id).copied().unwrap_or(0)
    }

    fn check_term(&mut self, id: NodeId, node: &Raft) -> Result<(), Violation> {
        let before = self.terms.insert(id, node.term()).unwrap_or(0);
        // Across a crash it may: a term that was never made durable was never spoken of.
        let running = self.applied.contains_key(&id);
        if running && node.term() < before { Err(Violation::TermWentBack { node: id }) } else { Ok(()) }
    }

    fn check_leader(&mut self, id: NodeId, node: &Raft) -> Result<(), Violation> {
        self.applied.entry(id).or_insert(0);
        if node.role() == Role::Leader && *self.leaders.entry(node.term()).or_insert(id) != id {
            return Err(Violation::TwoLeaders { term: node.term() });
        }
        Ok(())
    }

    /// Who asks for votes has voted for itself.
    fn check_vote(&mut self, id: NodeId, to: NodeId, message: &ConsensusMessage) -> Result<(), Violation> {
        let candidate = match message.body {
            Body::Vote(answer) if answer.granted => to,
            Body::RequestVote(_) => id,
            _ => return Ok(()),
        };
        if *self.votes.entry((id, message.term)).or_insert(candidate) == candidate {
            return Ok(());
        }
        Err(Violation::DoubleVote { voter: id, term: message.term })
    }

    fn check_commit<'a>(
        &mut self,
        id: NodeId,
        entry: &Entry,
        disks: impl Iterator<Item = &'a Durable> + Clone,
    ) -> Result<(), Violation> {
        let index = entry.index;
        if self.committed.get(&index).is_some_and(|known| known != entry) {
            return Err(Violation::Diverged { index });
        }
        let before = self.applied.insert(id, index).unwrap_or(0);
        if index <= before || self.committed.range(before + 1..index).next().is_some() {
            return Err(Violation::OutOfOrder { node: id, index });
        }
        let holders = disks.clone().filter(|disk| disk.log.get(index as usize - 1) == Some(entry)).count();
        if holders * 2 <= disks.count() {
            return Err(Violation::NotDurable { index });
        }
        self.committed.insert(index, entry.clone());
        Ok(())
    }
}

/// Log matching (section 3.5 of Ongaro's thesis): logs that agree on a place agree on everything before it.
pub(super) fn logs_match(one: &Durable, other: &Durable) -> bool {
    let agreed = one.log.iter().zip(&other.log).rposition(|(a, b)| a.term == b.term);
    agreed.is_none_or(|last| one.log[..=last] == other.log[..=last])
}
