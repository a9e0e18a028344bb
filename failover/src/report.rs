//! What an agent says of its database.

use serde::{Deserialize, Serialize};
use units::Span;

use crate::id::NodeId;

/// What an agent knows of its local database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DatabaseReport {
    /// What it is doing.
    pub role: Role,
    /// What it holds.
    pub position: LogPosition,
    /// From whom it receives.
    pub source: Option<NodeId>,
    /// The epoch for which it was sealed last; 0 if it has not been since it last followed someone.
    pub sealed: u64,
}

/// What a database is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// A witness has none.
    Absent,
    /// Not running, or crashed.
    Stopped,
    /// Receiving from a primary, or ready to.
    Replica,
    /// Accepting writes.
    Primary,
    /// Running, but it does not answer.
    Unresponsive,
    /// It could not be restarted; its agent has given up on it.
    Failed,
}

/// A position in the log: ordered along one history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogPosition {
    /// Epoch of the newest write.
    pub epoch: u64,
    /// Place within that epoch's log.
    pub offset: u64,
    /// Commit time of the newest write, on the clock of the primary that wrote it, in nanoseconds. Differences
    /// are lag.
    pub committed: u64,
}

impl LogPosition {
    /// How far this is behind `other` in commit time; of what somebody claims, no more than a record can tell.
    pub fn lag_behind(self, other: LogPosition) -> Span {
        Span::from_nanos(other.committed.saturating_sub(self.committed)).min(Span::LONGEST_READ)
    }
}

impl DatabaseReport {
    /// A witness's report.
    pub const ABSENT: DatabaseReport = DatabaseReport {
        role: Role::Absent,
        position: LogPosition { epoch: 0, offset: 0, committed: 0 },
        source: None,
        sealed: 0,
    };

    /// More than how far the database has written is another than in `other`.
    pub(crate) fn differs_in_kind(&self, other: &DatabaseReport) -> bool {
        (self.role, self.source, self.sealed, self.position.epoch)
            != (other.role, other.source, other.sealed, other.position.epoch)
    }
}
