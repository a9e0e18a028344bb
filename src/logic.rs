//! All that logic of your own is made of, in one place to import from. Start reading at [`Agent`].
//!
//! ```text
//!   your plan.ron                       your code                           firedrill
//!   policy: (ping: "1s") --typed as-->  PolicySection::Policy  --terms-->   what it is judged by
//!                                       Logic::start           <--------   a node starts
//!                                       Agent::handle          <--------   Input: wake, message, written, task done
//!                                                               -------->   Effect: send, persist, do a task
//! ```
//!
//! 1. [`PolicySection`] reads your policy from the plan file; all but `apply` has defaults.
//! 2. [`Policy::terms`] says how fast your logic is and what it promises.
//! 3. [`Logic::start`] makes an [`Agent`] for a node; [`Agent::handle`] is your controller.
//! 4. [`suite!`](crate::suite!) turns a folder of scenarios into tests, or [`Campaign::with_logic`] runs one.
//!
//! `examples/ping_and_promote.rs` has all of it in less than a hundred lines.
//!
//! [`Campaign::with_logic`]: crate::Campaign::with_logic

pub use std::sync::Arc;

pub use failover::{
    Configuration, DatabaseReport, Decision, Durability, Effect, Input, Instant, LogPosition, Member, NodeId,
    NodeSet, Outcome, Role, Step, Task,
};
pub use models::{Agent, Disk, Effects, Lease, Logic, Policy, Save, Saved, Tells, Terms, fingerprint};
pub use scenarios::{Kind, Logic as PolicySection, Named, Objection, Severity, Stage};
pub use units::Span;
