use serde::{Deserialize, Serialize};

use super::anchor::Anchor;
use super::damage::Damage;
use super::hash::{Hash, sha256};
use crate::decision::Decision;
use crate::id::NodeId;
use crate::report::DatabaseReport;
use crate::task::{Outcome, Task};
use crate::time::Instant;

/// One line of a node's trail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// From 1 on, without gaps.
    pub number: u64,
    /// Reading of the node's own clock.
    pub at: Instant,
    /// Whose trail it is.
    pub node: NodeId,
    /// What is recorded.
    pub entry: Entry,
    /// Hash of the record before; zero in the first.
    pub previous: Hash,
    /// Hash of all the fields above, so that damage to the newest record shows before anybody else knows of it.
    pub hash: Hash,
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Entry {
    /// The agent starts, and finds its database like this. Whatever it did at the end of its last life and
    /// could not record any more shows in the difference.
    Starts {
        /// The database.
        database: DatabaseReport,
        /// What is wrong with the trail it found, if anything is.
        damage: Option<Damage>,
    },
    /// It decides.
    Decides(Decision),
    /// It is about to do this.
    Begins(Task),
    /// That ended.
    Ends {
        /// What was done.
        task: Task,
        /// How it ended.
        outcome: Outcome,
    },
}

impl Record {
    /// The record after `last`.
    pub fn after(last: Anchor, at: Instant, node: NodeId, entry: Entry) -> Record {
        let mut record =
            Record { number: last.number + 1, at, node, entry, previous: last.hash, hash: Hash::default() };
        record.hash = record.fingerprint();
        record
    }

    /// What `hash` should be.
    pub fn fingerprint(&self) -> Hash {
        sha256(&(self.number, self.at, self.node, &self.entry, self.previous))
    }

    /// What others remember of it.
    pub fn anchor(&self) -> Anchor {
        Anchor { number: self.number, hash: self.hash }
    }
}
