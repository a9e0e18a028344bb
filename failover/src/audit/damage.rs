//! What was done to a trail, and where.

use serde::{Deserialize, Serialize};

/// Where a trail is not as it was written, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// The first record concerned, by the number that belongs there.
    pub number: u64,
    /// What was done to it.
    pub damage: Damage,
}

/// What was done to a trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Damage {
    /// A record does not have the hash it says it has.
    Flipped,
    /// A record is missing in the middle.
    Dropped,
    /// Records changed places, or one is there twice.
    Swapped,
    /// The end is missing: somebody remembers a later record.
    CutOff,
    /// It is sound in itself and not what others remember, or does not join what is before it: made anew from
    /// here on.
    Forked,
    /// A record of another node's trail.
    Foreign,
}
