//! What an agent finds of its trail when it starts, and what members tell each other of theirs.

use serde::{Deserialize, Serialize};

use super::anchor::Anchor;
use super::damage::Broken;
use super::entry::Record;
use super::hash::Hash;
use super::verify::verify;

/// A node that starts again tells this many of its newest records, so that whoever missed the last of them can
/// still compare.
pub(super) const RECENT: usize = 16;

/// The trail as the shell found it on disk when the agent started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Its newest records, at most 16 of them, in order.
    pub recent: Vec<Anchor>,
    /// What is wrong with it by itself.
    pub broken: Option<Broken>,
}

/// What a member says of its trail: only of what is on its disk, or a crash would take what others remember.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The record with which this life of its agent began. Messages overtake each other; this tells lives apart.
    pub born: Anchor,
    /// Its newest records, in order; after a restart those that it found as well.
    pub recent: Vec<Anchor>,
}

impl Found {
    /// What a shell says of a trail that it has read.
    pub fn of(records: &[Record]) -> Found {
        let recent = records[records.len().saturating_sub(RECENT)..].iter().map(Record::anchor).collect();
        Found { recent, broken: verify(records, &[]).err() }
    }
}

impl Told {
    pub(super) fn newest(&self) -> Anchor {
        self.recent.last().copied().unwrap_or_default()
    }

    /// The number of the newest record that this life found on its disk.
    pub(super) fn found(&self) -> u64 {
        self.born.number.saturating_sub(1)
    }

    /// The hash of a record, if it is among those told.
    pub(super) fn hash_of(&self, number: u64) -> Option<Hash> {
        self.recent.iter().find(|anchor| anchor.number == number).map(|anchor| anchor.hash)
    }
}
