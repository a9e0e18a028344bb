//! How a database is stopped, and what it costs to start it again.

use scenarios::{Database, Stop};
use sim::{Distribution, DistributionError, Sampler};

/// How a database is stopped, and what it costs to start it again.
#[derive(Clone, Debug)]
pub struct StopModel {
    /// An order to stop ends its sessions first.
    pub in_good_order: bool,
    /// They end by themselves, after this time.
    pub sessions: Option<Sampler>,
    /// Its last checkpoint.
    pub checkpoint: Option<Sampler>,
    /// A start takes so much longer after a crash.
    pub crash_recovery: Option<Sampler>,
    /// A person begins a full copy after this time; `None`: the agent does at once.
    pub person: Option<Sampler>,
}

impl StopModel {
    pub(super) fn of(database: &Database) -> Result<StopModel, DistributionError> {
        let sampler = |given: &Option<Distribution>| given.as_ref().map(Distribution::compile).transpose();
        let sessions = match &database.stop {
            Stop::Smart(sessions) => Some(sessions.compile()?),
            Stop::Immediate | Stop::Fast => None,
        };
        Ok(StopModel {
            in_good_order: database.stop != Stop::Immediate,
            sessions,
            checkpoint: sampler(&database.checkpoint)?,
            crash_recovery: sampler(&database.crash_recovery)?,
            person: sampler(&database.full_copy_by_hand)?,
        })
    }
}
