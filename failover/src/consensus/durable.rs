//! What must survive a crash, and how it grows.

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::NodeId;

/// So much a log grows as a rule before its node goes: by what a leader opens its term with, and the commands of a failover.
pub(super) const FAILOVER_ENTRIES: usize = 4;

/// One command in the log. Its bytes mean nothing here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The term of the leader that first proposed it.
    pub term: u64,
    /// Its place in the log, from 1.
    pub index: u64,
    /// The command; empty in the entry a leader opens its term with. Written as any list of bytes.
    #[serde(with = "list")]
    pub data: Bytes,
}

impl Entry {
    /// What the first leader of a group opens its term with.
    pub(super) fn founding() -> Entry {
        Entry { term: 1, index: 1, data: Bytes::new() }
    }
}

/// Bytes as they are written whose copies share nothing.
mod list {
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(data: &Bytes, to: S) -> Result<S::Ok, S::Error> {
        data[..].serialize(to)
    }

    pub(super) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Bytes, D::Error> {
        Vec::deserialize(from).map(Bytes::from)
    }
}

/// The promises of a node. Forgetting term or vote lets it vote twice, and two leaders share a term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HardState {
    /// The latest term seen.
    pub term: u64,
    /// Whom it voted for in that term.
    pub vote: Option<NodeId>,
    /// The last entry known to be committed when this was written. May lag: it is never worth a write of its own,
    /// since the leader tells it again.
    pub commit: u64,
}

impl HardState {
    /// Of a member of a group whose first leader is `leader`.
    pub(super) fn founded(leader: NodeId, votes: bool) -> HardState {
        HardState { term: 1, vote: votes.then_some(leader), commit: 0 }
    }
}

/// One write, to be made durable as a whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persist {
    /// Names it to [`Consensus::persisted`](super::Consensus::persisted).
    pub number: u64,
    /// Replaces the stored one.
    pub hard_state: Option<HardState>,
    /// Consecutive entries; they replace everything stored from the index of the first on.
    pub entries: Vec<Entry>,
}

/// All that survives a crash. The owner keeps it on disk; in the simulator, in the world. A node that lost it must not
/// come back under its name: it may vote a second time, and its leader takes it to hold entries it no longer has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durable {
    /// Term, vote and commit.
    pub hard_state: HardState,
    /// Every entry from index 1.
    pub log: Vec<Entry>,
}

impl Durable {
    /// What is on disk in a group that has elected `leader`, its first, and agreed on the entry that opens its term. A
    /// member without a vote has the entry alone.
    pub fn founded(leader: NodeId, votes: bool) -> Durable {
        let mut log = Vec::with_capacity(1 + FAILOVER_ENTRIES);
        log.push(Entry::founding());
        Durable { hard_state: HardState::founded(leader, votes), log }
    }

    /// Writes `persist`: cuts off the suffix it contradicts and appends its entries.
    pub fn apply(&mut self, persist: Persist) {
        if let Some(hard_state) = persist.hard_state {
            self.hard_state = hard_state;
        }
        if let Some(first) = persist.entries.first() {
            assert!(
                (1..=self.log.len() as u64 + 1).contains(&first.index),
                "writes are applied in order, so entry {} joins a log of {}",
                first.index,
                self.log.len()
            );
            self.log.truncate(first.index as usize - 1);
            self.log.extend(persist.entries);
        }
    }

    /// Checks what a torn or altered file would break.
    pub fn validate(&self) -> Result<(), DurableError> {
        let mut term = 1;
        for (position, entry) in self.log.iter().enumerate() {
            let index = position as u64 + 1;
            if entry.index != index {
                return Err(DurableError::Gap { expected: index, found: entry.index });
            }
            if entry.term < term || entry.term > self.hard_state.term {
                return Err(DurableError::Term { index });
            }
            term = entry.term;
        }
        let (commit, last) = (self.hard_state.commit, self.log.len() as u64);
        if commit > last { Err(DurableError::Commit { commit, last }) } else { Ok(()) }
    }
}

/// How a stored state contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DurableError {
    /// An entry is missing or in the wrong place.
    Gap {
        /// The index that should come here.
        expected: u64,
        /// The index that does.
        found: u64,
    },
    /// An entry's term is zero, earlier than that of the entry before, or later than the stored term.
    Term {
        /// The entry.
        index: u64,
    },
    /// More is committed than the log holds.
    Commit {
        /// The stored commit index.
        commit: u64,
        /// The last entry's index.
        last: u64,
    },
}

impl fmt::Display for DurableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DurableError::Gap { expected, found } => {
                write!(f, "log has entry {found} where {expected} belongs")
            }
            DurableError::Term { index } => write!(f, "log entry {index} has an impossible term"),
            DurableError::Commit { commit, last } => {
                write!(f, "entry {commit} is committed, but the log ends at {last}")
            }
        }
    }
}

impl Error for DurableError {}
