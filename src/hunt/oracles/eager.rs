//! A journal that counts writes when somebody asks is distributed as one in which each write has an event of its own.
//!
//! The twin draws for every write, the journal when it counts: no run is the same on both.

use std::sync::Arc;

use failover::Policy;
use models::journal::{Eager, Journal, Lazy};
use models::{Logic, RunRecord, World};
use sim::{Agenda, Stop};

use super::alike::{RUNS, compare};
use super::{Complaint, Trial};

/// How its complaints begin.
pub(super) const CLASS: &str = "writes one by one, other runs";
/// Events of a run at most.
const EVENTS_MAX: u64 = 1_000_000;
/// What the world calls the database's log.
const LOG: &str = "database";

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    if !trial.may_be_made_again() {
        return None;
    }
    let (nodes, durability) = (trial.model.nodes.len(), &trial.model.durability);
    let lazy = runs(trial, Lazy::new(nodes, durability.clone(), LOG))?;
    let eager = runs(trial, Eager::new(nodes, durability.clone(), LOG))?;
    compare(CLASS, "write by write", (&lazy, &eager))
}

/// `None` if one of them is too long.
fn runs<L: Logic<Policy = Policy>, J: Journal>(trial: &Trial<'_, L>, journal: J) -> Option<Vec<RunRecord>> {
    let mut world = World::with_journal(Arc::clone(trial.model), trial.logic.clone(), journal);
    let mut agenda = Agenda::new();
    let run = |seed| {
        let record = world.run_within(trial.seed.wrapping_add(seed), &mut agenda, EVENTS_MAX);
        (record.stop != Stop::EventLimit).then_some(record)
    };
    (0..RUNS).map(run).collect()
}
