//! Why the role moves.

use serde::{Deserialize, Serialize};

/// Why a failover begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// A majority has not heard the primary.
    PrimarySilent,
    /// The primary's agent has given up on its database.
    DatabaseFailed,
    /// The target of the last plan fell silent or took too long.
    TargetLost,
    /// The last plan failed.
    PlanFailed,
    /// Planned: a preferred member is back and has followed for long enough.
    Failback,
    /// Asked for and approved, whatever state the primary is in; or a switchover without a window.
    Manual,
    /// A switchover that was asked for and approved, in its window.
    Scheduled,
    /// By its own word the primary hears no majority and accepts no writes.
    PrimaryAlone,
    /// The primary acts by another configuration than the majority, and accepts no writes.
    PrimaryAltered,
}
