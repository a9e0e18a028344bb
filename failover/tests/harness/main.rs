//! Disasters told to a handful of real controllers in a small world of its own: messages that are lost, late,
//! doubled and out of order, clocks that disagree, databases that crash, hang and fail, agents that die and
//! forget. The checks look on at every step. Independent of the simulator, so that an error in one does not
//! hide in the other.

extern crate firedrill_failover as failover;

mod apart;
mod checks;
mod database;
mod dice;
mod dry_runs;
mod faults;
mod group;
mod history;
mod learners;
mod random;
mod requests;
mod restarts;
mod rolling;
mod shell;
mod stories;
mod storms;
mod switchovers;
