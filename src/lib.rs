//! Deterministic disaster simulation for failover logic: *when this disaster strikes, does our failover meet its
//! RTO and RPO, how surely, and if not, why?* Start here.
//!
//! ```text
//! scenario.ron --load--> Campaign --run(seeds)--> Run, Run, ... --report--> verdict, table, report.json
//!                            |
//!                            +-----replay(seed)--> timeline, Perfetto trace
//! ```
//!
//! A [`Campaign`] is one scenario made ready to run for many seeds. In a test of your own, where a p99 at 95 %
//! confidence needs 299 seeds at least:
//!
//! ```
//! use std::path::Path;
//!
//! let report = firedrill::campaign::check(Path::new("scenarios/qnwis/primary-region-loss.ron"), 300);
//! if let Err(reason) = report {
//!     panic!("{reason}"); // what was not met, and the command that replays the worst run
//! }
//! ```
//!
//! For logic of your own, start at [`logic`]: [`Campaign::with_logic`] runs it, and [`suite!`] makes a folder of
//! scenarios a suite of tests.
//!
//! What lies underneath, each a crate of its own:
//!
//! - [`scenarios`]: the files, their schema, loader and linter;
//! - [`models`]: the world that disasters strike, and what is measured in it;
//! - [`failover`]: the logic under test, which knows of no simulator;
//! - [`sim`]: time, the agenda, random streams, digests;
//! - [`reports`]: criteria, verdicts, tables;
//! - [`evidence`]: tests that say which requirements they stand for;
//! - [`units`]: durations with their units, and values cut off by the end of a run.
//!
//! [`commands`] is the command line; [`timeline`] and [`perfetto`] show one run, and a [`hunt`](mod@hunt) draws disasters that
//! nobody wrote down.

mod calendar;
pub mod campaign;
pub mod commands;
mod coverage;
mod dossier;
mod exit;
mod expectations;
mod findings;
mod foreign;
pub mod gate;
pub mod harness;
pub mod hunt;
pub mod logic;
mod origin;
pub mod perfetto;
mod record;
mod suite;
mod terminal;
pub mod timeline;

pub use campaign::Campaign;
pub use exit::Exit;

pub use evidence;
pub use failover;
pub use models;
pub use reports;
pub use scenarios;
pub use sim;
pub use units;
