//! Names mean nothing: under others, runs are distributed as they were.
//!
//! What is drawn in a run is drawn by name, so that no run is the same as before.

use std::sync::Arc;

use failover::Policy;
use models::{Logic, Model, RunRecord, World};

use super::alike::{compare, runs};
use super::{Complaint, Trial};
use crate::hunt::case::Case;

/// How its complaints begin.
pub(super) const CLASS: &str = "other names, other runs";

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    if !trial.may_be_made_again() {
        return None;
    }
    let (here, there) = (of(trial, trial.case)?, of(trial, &trial.case.renamed()?)?);
    compare(CLASS, "under other names", (&here, &there))
}

fn of<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>, case: &Case) -> Option<Vec<RunRecord>> {
    let model = Arc::new(Model::new(&case.load::<L>().ok()?).ok()?);
    runs(World::with_logic(model, trial.logic.clone()), trial.seed)
}
