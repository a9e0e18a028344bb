//! Scenario and plan files: their schema, and a loader that refuses what is wrong with its place and a remedy.
//!
//! A *plan* describes a system once; a *scenario* names its plan, overrides what differs and strikes it with
//! one disaster. [`load`] gives a [`Scenario`] in which everything named exists and every number makes sense;
//! [`lint`] adds what can be said of it without running it, above all whether its objectives and claims can be
//! met at all. The crate knows no failover logic: whoever connects one implements [`Logic`].

mod check;
mod diagnostic;
mod discover;
mod error;
mod feasibility;
mod files;
mod layers;
mod lint;
mod loader;
mod logic;
pub mod named_none;
mod overrides;
mod parse;
mod people;
mod plan;
mod quantiles;
mod recorded;
mod scanner;
mod scenario;
mod schema;
mod settings;
mod source;
mod suggest;
mod traffic;
mod when;
mod write;

pub use diagnostic::{Finding, Severity};
pub use discover::discover;
pub use error::LoadError;
pub use feasibility::Budget;
pub use files::{Disk, Files};
pub use lint::lint;
pub use loader::{Scenario, apply_overrides, load, load_from};
pub use logic::{Logic, Objection, Stage};
pub use people::*;
pub use plan::*;
pub use scenario::*;
pub use schema::{plan_schema, scenario_schema};
pub use settings::{Setting, SettingError};
pub use traffic::{Bursts, Recorded, Starts, TimeOfDay, Traffic, TrafficPatch, UtcOffset, Weekday, scaled};
pub use write::write_scenario;
