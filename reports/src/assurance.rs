use serde::{Deserialize, Serialize};

/// What one run showed of what surrounds a failover: whether it left a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Assurance {
    /// Decisions and actions without a record in an audit trail, and records without an action; `None` where nobody keeps
    /// a trail.
    pub unrecorded: Option<u64>,
    /// Audit trails that were tampered with.
    pub tampered: u32,
    /// Of these, those that no agent noticed.
    pub unnoticed: u32,
}
