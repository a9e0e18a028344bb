//! Agreement among the voting nodes: one leader per term, one order of committed commands. Learners are told what was
//! agreed, and nobody asks them.
//!
//! ```text
//!   advance(ticks) ─┐                       ┌─> persist    make durable, then call persisted(number)
//!   step(from, m)  ─┤                       ├─> messages   send now (those that vouch for something
//!   propose(data)  ─┼─> Consensus ─> Outputs┤              not yet durable are held inside until it is)
//!   found(leader)  ─┤                       ├─> committed  apply, in this order
//!   persisted(n)   ─┘                       └─> role_changed
//! ```
//!
//! Sans-I/O: no clock, no thread, no randomness, no disk. Time is counted in ticks whose length is policy; the
//! caller maps its own monotonic clock to them and may sleep for [`Consensus::ticks_until_due`]. The same inputs
//! give the same outputs in every process.
//!
//! The algorithm is not ours: [`Raft`] adapts the `raft` crate (Raft with pre-vote and check-quorum, sections 9.6
//! and 6.2 of Ongaro's thesis, "Consensus: Bridging Theory and Practice", 2014). The membership is fixed, and the
//! log is never compacted: it holds a few commands per failover.

mod admission;
mod durable;
mod error;
mod limits;
mod membership;
mod message;
mod raft;
mod storage;
#[cfg(test)]
mod tests;
mod waking;

pub use durable::{Durable, DurableError, Entry, HardState, Persist};
pub use error::{MessageError, ProposeError, SettingsError};
pub use message::{Body, ConsensusMessage, Position, VoteAnswer, VoteRequest};
pub use raft::Raft;
pub(crate) use raft::Timers;

use serde::{Deserialize, Serialize};

use crate::{NodeId, NodeSet};

/// Who takes part, and how patient they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsensusSettings {
    /// This node; one of the voters or learners.
    pub id: NodeId,
    /// Every node that votes, the same list at each node, in any order.
    pub voters: Vec<NodeId>,
    /// Every node that has the log and does not vote: it never stands for election, and counts for no majority.
    pub learners: Vec<NodeId>,
    /// A leader sends heartbeats every so many ticks; at least 1.
    pub heartbeat_ticks: u32,
    /// A follower that has heard from no leader for this many ticks, or up to one less than twice as many, stands
    /// for election; a leader that has not heard from a majority within this many ticks steps down. More than
    /// `heartbeat_ticks`, and at least twice as many if one lost heartbeat shall not matter.
    pub election_ticks: u32,
    /// Decides, with node and term, where in `election_ticks..2 * election_ticks` an election time-out lies.
    pub seed: u64,
}

impl ConsensusSettings {
    /// Whoever may lead has to know every learner. A learner needs to know of itself only; that the crate checks the
    /// whole group for each member of it would cost more than all else, in a large cluster.
    fn known_learners(&self) -> impl Iterator<Item = NodeId> {
        let votes = self.voters.contains(&self.id);
        self.learners.iter().copied().filter(move |learner| votes || *learner == self.id)
    }

    /// Who may send messages to this node.
    fn peers(&self) -> NodeSet {
        let members = self.voters.iter().copied().chain(self.known_learners());
        members.filter(|member| *member != self.id).collect()
    }
}

/// What a node is to the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Proposes, and believes that it may: another leader of a later term can exist for up to an election time-out.
    Leader,
    /// Stands for election, or asks (pre-vote) whether it would be of use.
    Candidate,
    /// Follows a leader, or waits for one.
    Follower,
}

/// What a call wants done. Reused from call to call: each call empties it first, and keeps its memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// To be made durable; then [`Consensus::persisted`] must be called with its number.
    pub persist: Option<Persist>,
    /// May be sent at once, in any order. Losing, repeating or delaying them is harmless.
    pub messages: Vec<(NodeId, ConsensusMessage)>,
    /// Newly committed commands in log order. Entries without data (a leader's first) are left out.
    pub committed: Vec<Entry>,
    /// The role, the leader this node knows, or whether it has caught up or leads, is another than after the call before.
    pub role_changed: bool,
}

impl Outputs {
    /// Empties every part; the memory stays for the next call.
    #[inline]
    pub fn clear(&mut self) {
        if !self.is_empty() {
            self.empty();
        }
    }

    fn empty(&mut self) {
        self.persist = None;
        self.messages.clear();
        self.committed.clear();
        self.role_changed = false;
    }

    /// Nothing to do, nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.persist.is_none() && self.messages.is_empty() && self.committed.is_empty() && !self.role_changed
    }
}

/// A replicated log with a leader.
///
/// At most one [`Persist`] is outstanding: what comes meanwhile waits for it (a leader's heartbeats and appends do
/// not, a slow disk must not look like a dead leader). A follower's answers do wait, so a leader steps down when
/// writes take a majority, or itself, longer than the election time-out. After a restart every committed command is delivered
/// again from the first, since the state they built is not kept here.
pub trait Consensus {
    /// Lets `ticks` ticks pass since the last call. Zero is allowed, and fetches what waits after a restart.
    fn advance(&mut self, ticks: u64, out: &mut Outputs);

    /// Takes a message from another node. One that could not have been sent by a correct node in the present state
    /// is refused and changes nothing.
    fn step(
        &mut self,
        from: NodeId,
        message: ConsensusMessage,
        out: &mut Outputs,
    ) -> Result<(), MessageError>;

    /// Proposes a command. Success means that the leader will try, not that it is committed: a leader may be
    /// deposed and its proposal lost, or committed later. Never forwarded: ask the leader.
    fn propose(&mut self, data: Vec<u8>, out: &mut Outputs) -> Result<(), ProposeError>;

    /// The persist of this number is durable. Other numbers (of an earlier incarnation, or repeated) are ignored,
    /// but since numbers start anew after a restart the owner must drop completions of writes begun before it.
    fn persisted(&mut self, number: u64, out: &mut Outputs);

    /// The group has just elected `leader`, its first: this node leads it or follows at once, as it would if it had taken
    /// part in the election. Only where its disk says the same ([`Durable::founded`]) and nothing has happened since; and
    /// only once, when the group is created: a leader that restarts may have said more than its disk knows.
    fn found(&mut self, leader: NodeId, out: &mut Outputs);

    /// What this node is now.
    fn role(&self) -> Role;

    /// The leader this node follows (itself, if it leads); none once it has been silent for an election time-out.
    fn leader(&self) -> Option<NodeId>;

    /// The current term; it never goes back.
    fn term(&self) -> u64;

    /// Since it woke this node has learnt all that was agreed before: the present term's leader said how far that goes,
    /// and this node has applied it. Until then, what [`Outputs::committed`] delivers is the past read again, and
    /// nobody must act on it. Once so, it stays so.
    fn has_caught_up(&self) -> bool;

    /// This node is the leader, and has applied the entry with which it opened its term, so that it knows all that was
    /// agreed under others.
    fn leads(&self) -> bool;

    /// Commands in this node's log that it does not know to be committed.
    fn unapplied(&self) -> impl Iterator<Item = &[u8]>;

    /// As leader: sends a heartbeat to everybody now. For a member that has just woken and waits for one.
    fn greet(&mut self, out: &mut Outputs);

    /// After how many more ticks [`Consensus::advance`] next has something to do, if nothing else is called before:
    /// a heartbeat, a check of the quorum, an election. Zero if something waits already. Exact: fewer ticks may
    /// pass unobserved, or in any split, without changing what comes out.
    fn ticks_until_due(&self) -> u64;
}
