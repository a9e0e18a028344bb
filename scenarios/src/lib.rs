//! Scenario and plan files: their schema, and a loader that refuses what is wrong with its place and a remedy.
//!
//! A *plan* describes a system once; a *scenario* names its plan, overrides what differs and strikes it with
//! one disaster. A plan may list *services*, each with a policy and targets of its own, and [`load_services`] gives a
//! [`Scenario`] for every one of them. [`load`] gives a [`Scenario`] in which everything named exists and every number makes sense;
//! [`lint`] adds what can be said of it without running it, above all whether its objectives and claims can be
//! met at all. The crate knows no failover logic: whoever connects one implements [`Logic`].

mod bounds;
mod check;
mod diagnostic;
mod dialect;
mod discover;
mod error;
mod fault;
mod feasibility;
mod files;
mod gate;
mod guards;
mod layers;
mod lint;
mod loader;
mod logic;
mod measure;
pub mod named_none;
mod overrides;
mod parse;
mod people;
mod plain;
mod plan;
mod quantiles;
mod recorded;
mod redirect;
mod scanner;
mod scenario;
mod schema;
mod services;
mod settings;
mod source;
mod strike;
mod suggest;
mod texts;
mod traffic;
mod trigger;
mod variants;
mod when;
mod write;

pub use bounds::{BOUNDS, Bound, bound_of};
pub use check::Kind;
pub use diagnostic::{Finding, Severity};
pub use discover::{discover, discover_gates};
pub use error::LoadError;
pub use fault::{Again, Fault};
pub use feasibility::{Budget, one_way};
pub use files::{Disk, Files, allow_outside, open_file, read_file, read_text};
pub use gate::{
    Checked, Exception, Gate, GateCheck, GateCriterion, GateFile, Metric, Scope, Statistic, gate_schema,
    load_gate, load_gate_from,
};
pub use guards::{Alerts, Channel, Kms, Slo};
pub use lint::lint;
pub use loader::{
    Scenario, apply_overrides, load, load_from, load_service, load_services, load_services_from,
};
pub use logic::{Logic, Named, Objection, Stage};
pub use measure::{Amount, MeasureLimits};
pub use people::*;
pub use plain::{defused, unprintable};
pub use plan::*;
pub use quantiles::{hardly_more, never_less};
pub use redirect::*;
pub use scenario::*;
pub use schema::{plan_schema, scenario_schema};
pub use services::{RegionLoad, Service, ServicePatch};
pub use settings::{Setting, SettingError};
pub use strike::*;
pub use suggest::nearest;
pub use traffic::{Bursts, Recorded, Starts, TimeOfDay, Traffic, TrafficPatch, UtcOffset, Weekday, scaled};
pub use trigger::Trigger;
pub use when::When;
pub use write::{write_in_a_line, write_scenario};
