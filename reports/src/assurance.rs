use serde::{Deserialize, Serialize};
use units::Measured;

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
    /// Alerts given out.
    pub alerts: u32,
    /// Of these, those that nobody saw.
    pub missed_alerts: u32,
    /// From the first trouble until somebody saw a critical alert; `None` without trouble, or where alerts are not modelled.
    pub notified: Option<Measured>,
}
