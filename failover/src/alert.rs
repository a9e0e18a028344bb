use serde::{Deserialize, Serialize};
use units::Span;

use crate::id::NodeId;
use crate::plan::Step;
use crate::reason::Reason;
use crate::selection::NoTarget;

/// Something people should know, for whatever channels the shell has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// How much it matters.
    pub severity: Severity,
    /// What it is.
    pub what: Concern,
}

/// How much an alert matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look at it in working hours.
    Warning,
    /// Somebody should look at it now.
    Critical,
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Concern {
    /// A heartbeat came late, or others before it got lost.
    HeartbeatLate {
        /// Whose.
        from: NodeId,
        /// Since the one before.
        after: Span,
    },
    /// The node does not hear a majority, or, without a vote, nobody who would tell it what one decides.
    QuorumLost,
    /// It hears one again.
    QuorumRegained,
    /// A failover has begun.
    FailoverBegins {
        /// Its epoch.
        epoch: u64,
    },
    /// It is carried out and verified.
    FailoverCompletes {
        /// Its epoch.
        epoch: u64,
    },
    /// Its plan failed; another will follow.
    FailoverFails {
        /// Its epoch.
        epoch: u64,
        /// Where.
        step: Step,
    },
    /// Nobody may take over.
    NoTarget(NoTarget),
    /// The primary is out of service, and the role moves only if somebody asks for it.
    OperatorNeeded {
        /// Why it is.
        reason: Reason,
    },
}

impl Concern {
    /// How much it matters.
    pub const fn severity(self) -> Severity {
        match self {
            Concern::QuorumRegained | Concern::FailoverCompletes { .. } => Severity::Info,
            Concern::HeartbeatLate { .. } => Severity::Warning,
            Concern::QuorumLost
            | Concern::FailoverBegins { .. }
            | Concern::FailoverFails { .. }
            | Concern::NoTarget(_)
            | Concern::OperatorNeeded { .. } => Severity::Critical,
        }
    }
}

impl From<Concern> for Alert {
    fn from(what: Concern) -> Alert {
        Alert { severity: what.severity(), what }
    }
}
