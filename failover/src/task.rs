//! What an agent has its shell do.

use serde::{Deserialize, Serialize};

use crate::id::{ActiveSet, NodeId};
use crate::report::LogPosition;

/// Something that takes a while and can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Task {
    /// The local replica stops receiving from any primary of a lower epoch, and reports its last position; a
    /// database that is not running is started as a replica for it.
    Seal {
        /// The epoch being prepared.
        epoch: u64,
    },
    /// The local database stops accepting writes, by force if need be.
    Stop,
    /// The local primary accepts no more writes, lets every replica that receives from it have the rest, and stops.
    /// The agent bounds how long that may take.
    Drain {
        /// The epoch being prepared.
        epoch: u64,
    },
    /// The local database becomes primary (or is restarted as such).
    Promote {
        /// The epoch it acts under.
        epoch: u64,
    },
    /// The local primary is checked: open for writes, and complete up to `at_least`.
    Verify {
        /// The epoch it must act under.
        epoch: u64,
        /// What it must hold.
        at_least: LogPosition,
    },
    /// A write on the local primary is acknowledged, by as many replicas as its durability asks for.
    Acknowledge {
        /// The epoch it must act under.
        epoch: u64,
    },
    /// The local database becomes a replica of `primary`, dropping what the primary does not have.
    Follow {
        /// The primary.
        primary: NodeId,
        /// The primary's epoch.
        epoch: u64,
    },
    /// Of several members that accept writes, clients are sent to these, each to the nearest.
    Route {
        /// Which.
        to: ActiveSet,
    },
    /// Clients are sent to this node.
    Redirect {
        /// The epoch under which.
        epoch: u64,
    },
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// As asked.
    Succeeded,
    /// It did not work.
    Failed,
}
