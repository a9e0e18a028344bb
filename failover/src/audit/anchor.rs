//! What others remember of a trail.

use serde::{Deserialize, Serialize};

use super::hash::Hash;

/// What others remember of a trail: its newest record, at the time. Number 0: of an empty trail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Number of the record.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
}
