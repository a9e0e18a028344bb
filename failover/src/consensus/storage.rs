//! The log as the `raft` crate reads it: in memory, whole, from index 1.

use ::raft::eraftpb::{ConfState, Entry, HardState, Snapshot};
use ::raft::util::limit_size;
use ::raft::{Error, GetEntriesContext, RaftState, Result, Storage, StorageError};

use super::durable::{Durable, FAILOVER_ENTRIES};
use super::message::raft_id;

/// Mirrors what was handed out to be persisted; the crate reads back what it no longer keeps itself.
#[derive(Default)]
pub(super) struct MemoryLog {
    entries: Vec<Entry>,
    /// When the node woke.
    promised: super::HardState,
}

impl MemoryLog {
    /// The log of a node that starts with `durable`. It does not say who takes part: the configuration does.
    pub(super) fn new(durable: &Durable) -> MemoryLog {
        let mut entries = Vec::with_capacity(durable.log.len() + FAILOVER_ENTRIES);
        entries.extend(durable.log.iter().map(|entry| entry.clone().into_raft()));
        MemoryLog { entries, promised: durable.hard_state }
    }

    /// What comes after the entry at `index`, up to the one at `last`, which it has.
    pub(super) fn between(&self, index: u64, last: u64) -> &[Entry] {
        &self.entries[index as usize..last as usize]
    }

    /// What comes after the entry at `index`.
    pub(super) fn after(&self, index: u64) -> &[Entry] {
        self.entries.get(index as usize..).unwrap_or_default()
    }

    /// Whether it is the log of `entries`.
    pub(super) fn holds(&self, entries: &[super::Entry]) -> bool {
        let same = |(stored, entry): (&Entry, &super::Entry)| {
            (stored.term, stored.index) == (entry.term, entry.index) && *stored.data == *entry.data
        };
        self.entries.len() == entries.len() && self.entries.iter().zip(entries).all(same)
    }

    /// Appends consecutive entries, which replace whatever is stored from the index of the first on.
    pub(super) fn append(&mut self, entries: &[Entry]) {
        let Some(first) = entries.first() else { return };
        let keep = first.index as usize - 1;
        assert!(keep <= self.entries.len(), "entries join the log, or replace its end");
        self.entries.truncate(keep);
        self.entries.extend_from_slice(entries);
    }
}

impl Storage for MemoryLog {
    fn initial_state(&self) -> Result<RaftState> {
        let super::HardState { term, vote, commit } = self.promised;
        let hard_state = HardState { term, vote: vote.map_or(0, raft_id), commit, ..Default::default() };
        Ok(RaftState::new(hard_state, ConfState::default()))
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        _context: GetEntriesContext,
    ) -> Result<Vec<Entry>> {
        let range = (low.max(1) - 1) as usize..(high.max(1) - 1) as usize;
        let stored = self.entries.get(range).ok_or(Error::Store(StorageError::Unavailable))?;
        let mut entries = stored.to_vec();
        limit_size(&mut entries, max_size.into());
        Ok(entries)
    }

    fn term(&self, index: u64) -> Result<u64> {
        match index.checked_sub(1) {
            None => Ok(0),
            Some(position) => match self.entries.get(position as usize) {
                Some(entry) => Ok(entry.term),
                None => Err(Error::Store(StorageError::Unavailable)),
            },
        }
    }

    fn first_index(&self) -> Result<u64> {
        Ok(1)
    }

    fn last_index(&self) -> Result<u64> {
        Ok(self.entries.len() as u64)
    }

    /// There are none: the log is whole, so nobody ever needs one.
    fn snapshot(&self, _request_index: u64, _to: u64) -> Result<Snapshot> {
        Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable))
    }
}
