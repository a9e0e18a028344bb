//! Names mean nothing: under others, runs are distributed as they were.
//!
//! What is drawn in a run is drawn by name, so that no run is the same as before.

use std::sync::Arc;

use failover::Policy;
use models::{Logic, Model, RunRecord, World};
use sim::Agenda;

use super::alike::{RUNS, compare};
use super::{Complaint, Trial};
use crate::hunt::case::Case;

/// How its complaints begin.
pub(super) const CLASS: &str = "other names, other runs";

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    if !trial.may_be_made_again() {
        return None;
    }
    let (here, there) = (runs(trial, trial.case)?, runs(trial, &trial.case.renamed()?)?);
    compare(CLASS, "under other names", (&here, &there))
}

fn runs<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>, case: &Case) -> Option<Vec<RunRecord>> {
    let model = Arc::new(Model::new(&case.load::<L>().ok()?).ok()?);
    let (mut world, mut agenda) = (World::with_logic(model, trial.logic.clone()), Agenda::new());
    Some((0..RUNS).map(|seed| world.run(trial.seed.wrapping_add(seed), &mut agenda)).collect())
}
