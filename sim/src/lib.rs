//! The discrete-event kernel. Start here.
//!
//! A [`World`] handles events; an [`Agenda`] holds those still to come; [`run`] takes the earliest, folds it into the
//! [`Digest`] and hands it to the world, until one of the [`Limits`] or the world itself says stop. Nothing here knows
//! databases or failover.
//!
//! ```
//! use firedrill_sim::{Agenda, Digest, Event, Limits, SimTime, Stop, World, run};
//! use units::Span;
//!
//! #[derive(Clone, Copy, Debug, PartialEq)]
//! struct Ping(u64);
//!
//! impl Event for Ping {
//!     fn fold(&self, digest: &mut Digest) {
//!         digest.word(self.0);
//!     }
//! }
//!
//! struct Table;
//!
//! impl World for Table {
//!     type Event = Ping;
//!     fn handle(&mut self, now: SimTime, Ping(count): Ping, agenda: &mut Agenda<Ping>) {
//!         agenda.schedule(now + Span::from_millis(250), Ping(count + 1));
//!     }
//! }
//!
//! let mut agenda = Agenda::new();
//! agenda.schedule(SimTime::ZERO, Ping(0));
//! let limits = Limits { horizon: SimTime::ZERO + Span::from_secs(1), events_max: 1_000 };
//! let outcome = run(&mut Table, &mut agenda, limits);
//! assert_eq!((outcome.stop, outcome.events), (Stop::Horizon, 5));
//! ```
//!
//! # What makes a run repeatable
//!
//! - Time ([`SimTime`]) is whole nanoseconds; ties are decided by the order of scheduling.
//! - Every random quantity has a [`Stream`] of its own, found by [`Key`] from the seed: a new draw in one place changes
//!   nothing elsewhere, so two policies meet the same disasters.
//! - How long things take is written as a [`Distribution`] and compiled to a [`Sampler`], which uses no float function
//!   of the platform.
//! - Two runs are the same when their digests are; where they are not, [`first_difference`] names the event.
//!
//! [`Trace`] keeps notes for a replay and costs nothing when off. [`cosim`] shares the clock with another simulator.

mod agenda;
pub mod cosim;
mod digest;
mod distribution;
mod double;
mod law;
mod level;
mod poisson;
mod run;
mod sampler;
mod special;
mod stream;
mod table;
mod time;
mod trace;

pub use agenda::{Agenda, Due, Event};
pub use digest::Digest;
pub use distribution::{Distribution, DistributionError};
pub use double::{Difference, Side, first_difference};
pub use run::{Limits, Outcome, Stop, World, run};
pub use sampler::Sampler;
pub use stream::{Brief, Dice, Key, Stream, Streams};
pub use time::SimTime;
pub use trace::Trace;
