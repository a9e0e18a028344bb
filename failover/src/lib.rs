//! The logic under test: who is primary, who decides it, and how it is taken over.
//!
//! Sans-I/O: no clock, no randomness, no sockets, no knowledge that a simulator exists. A shell hands a
//! [`Controller`] one [`Input`] at a time with the reading of the node's own clock, and carries out the
//! [`Effect`]s. The same struct runs in the discrete-event simulator and beside a real database.
//!
//! Start reading at [`controller`], then [`lease`] (who may accept writes), `cluster` (what the majority agrees on),
//! `selection` (who takes over) and `policy` (what planners tune).

pub mod access;
mod alert;
pub mod audit;
mod cluster;
mod config;
pub mod consensus;
pub mod controller;
mod countdown;
mod decision;
mod detector;
mod id;
pub mod keys;
pub mod lease;
mod message;
mod phi;
mod plan;
mod policy;
mod reason;
mod record;
mod report;
mod selection;
mod stamp;
mod task;
mod time;

pub use alert::{Alert, Concern, Severity};
pub use cluster::{Cluster, Command, Stage};
pub use config::{Configuration, ConfigurationError, Durability, MEMBERS_MAX, Member, VOTERS_MAX};
pub use controller::Controller;
pub use countdown::{Countdown, CountdownKind};
pub use decision::Decision;
pub use id::{ActiveSet, NodeId, NodeSet};
pub use message::{Content, Effect, Heartbeat, Input, LeaseAnswer, Message, Reached};
pub use plan::{Action, DryRun, FailoverPlan, Flaw, Precondition, Step, Unreadable, dry_run};
pub use policy::{
    ConsensusTiming, ConsensusTimingPatch, Detector, ErrorBudget, Failback, Objection, Policy, PolicyPatch,
    Safeguards, SafeguardsPatch, StepTimeouts, StepTimeoutsPatch, Votes,
};
pub use reason::Reason;
pub use record::{Divergence, Recorded, replay};
pub use report::{DatabaseReport, LogPosition, Role};
pub use selection::{Choice, NoTarget, NodeView, View, choose};
pub use stamp::Stamp;
pub use task::{Outcome, Task};
pub use time::Instant;
