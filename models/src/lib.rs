//! The world that disasters strike: regions, machines, a replicated database, clients, and the logic under test
//! on every machine.
//!
//! Start reading at [`World`]: the `match` in its `handle` has a line for every kind of event. What is measured
//! is defined in [`RunRecord`]; what must never happen in [`invariants`].

mod approval;
mod assurance;
pub mod audit;
mod capacity;
mod clock;
#[cfg(debug_assertions)] // optimised programs share nothing
mod compiled;
mod dns;
pub mod engine;
#[allow(missing_docs)] // the variants say what their fields are
mod event;
pub mod invariants;
pub mod journal;
mod logic;
mod model;
mod network;
mod note;
mod operations;
mod policy;
mod probe;
mod record;
mod requests;
mod sheet;
mod world;

pub use assurance::{Alerting, Assurance, Auditing};
pub use event::Event;
pub use logic::{
    Agent, Disk, Effects, Failover, Lease, Logic, Pace, Policy, Save, Saved, Tells, Terms, fingerprint,
};
pub use model::{Model, ModelError, RedirectModel, signing_key};
pub use note::{Note, Place, What};
pub use operations::Operations;
pub use policy::last_positions_within;
pub use probe::{Part, Presence, Probed};
pub use record::{ClientLoss, ClientTime, Outages, RunRecord, Violation};
pub use requests::Requests;
pub use world::{Replay, World};
