use std::convert::Infallible;

use failover::NodeId;
use failover::consensus::{Durable, Persist};

/// What an agent keeps on disk, and how a write changes it. The world keeps it for the agent: a write is there when
/// [`Persisted`](failover::Input::Persisted) says so, and a crash in between loses it whole. Writes reach the disk
/// in the order in which they were asked for.
pub trait Disk: Default {
    /// One write, which is on disk as a whole or not at all.
    type Write;

    /// What is on a node's disk when a run begins whose agents have agreed on what they need by then
    /// ([`Terms::founded`](crate::Terms::founded)): on `coordinator`, one of those that vote. By default nothing.
    fn founded(_coordinator: NodeId, _votes: bool) -> Self {
        Self::default()
    }

    /// Names the write to its agent; an agent's numbers grow as long as it lives.
    fn number(write: &Self::Write) -> u64;

    /// Whether the write holds a vote in an election that is not on this disk yet: a fault may wait for that.
    fn votes(&self, _write: &Self::Write) -> bool {
        false
    }

    /// The write is on disk.
    fn apply(&mut self, write: Self::Write);
}

/// Nothing is kept: an agent that starts again knows nothing.
impl Disk for () {
    type Write = Infallible;

    fn number(write: &Infallible) -> u64 {
        match *write {}
    }

    fn apply(&mut self, write: Infallible) {
        match write {}
    }
}

/// One value on disk, which every write replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved<T>(pub T);

/// Replaces a [`Saved`] value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Save<T> {
    /// Higher than that of the last write of this agent.
    pub number: u64,
    /// What is kept from then on.
    pub value: T,
}

impl<T: Default> Disk for Saved<T> {
    type Write = Save<T>;

    fn number(write: &Save<T>) -> u64 {
        write.number
    }

    fn apply(&mut self, write: Save<T>) {
        self.0 = write.value;
    }
}

impl Disk for Durable {
    type Write = Persist;

    fn founded(coordinator: NodeId, votes: bool) -> Durable {
        Durable::founded(coordinator, votes)
    }

    fn number(write: &Persist) -> u64 {
        write.number
    }

    fn votes(&self, write: &Persist) -> bool {
        let known = (self.hard_state.term, self.hard_state.vote);
        write.hard_state.is_some_and(|new| new.vote.is_some() && (new.term, new.vote) != known)
    }

    fn apply(&mut self, write: Persist) {
        Durable::apply(self, write);
    }
}
