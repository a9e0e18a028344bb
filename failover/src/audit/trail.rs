use serde::Serialize;

use super::anchor::Anchor;
use super::entry::{Entry, Record};
use crate::id::NodeId;
use crate::time::Instant;

/// The trail of one node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trail {
    node: NodeId,
    records: Vec<Record>,
}

impl Trail {
    /// Nothing is recorded yet.
    pub fn new(node: NodeId) -> Trail {
        Trail { node, records: Vec::new() }
    }

    /// As it was read. Whether it is sound, [`verify`](super::verify()) says.
    pub fn of(node: NodeId, records: Vec<Record>) -> Trail {
        Trail { node, records }
    }

    /// Whose it is.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// All records, in the order of the file.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Number and hash of the newest record.
    pub fn head(&self) -> Anchor {
        self.records.last().map_or(Anchor::default(), Record::anchor)
    }

    /// Adds a record of what happened now.
    pub fn append(&mut self, at: Instant, entry: Entry) -> &Record {
        let record = Record::after(self.head(), at, self.node, entry);
        self.put(record)
    }

    /// Adds a record that was made elsewhere, at the end, whatever its number: a shell writes what a
    /// [`Keeper`](super::Keeper) gives out, and whether that is sound [`verify`](super::verify()) says.
    pub fn put(&mut self, record: Record) -> &Record {
        self.records.push(record);
        &self.records[self.records.len() - 1]
    }
}
