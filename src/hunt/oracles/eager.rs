//! A journal that counts writes when somebody asks is distributed as one in which each write has an event of its own.
//!
//! The twin draws for every write, the journal when it counts: no run is the same on both.

use std::sync::Arc;

use failover::Policy;
use models::{Logic, World};

use super::alike::{compare, runs};
use super::{Complaint, Trial};

/// Writes of a run at most, each of which is an event or two for the twin: more take longer than a thousand other cases.
const WRITES_MAX: u64 = 100_000;

/// How its complaints begin.
pub(super) const CLASS: &str = "writes one by one, other runs";

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    if !trial.may_be_made_again() || writes(trial) > WRITES_MAX {
        return None;
    }
    let (model, logic) = (|| Arc::clone(trial.model), || trial.logic.clone());
    let lazy = runs(World::with_logic(model(), logic()), trial.seed)?;
    let eager = runs(World::write_by_write(model(), logic()), trial.seed)?;
    compare(CLASS, "write by write", (&lazy, &eager))
}

/// How many clients would write until the horizon.
fn writes<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> u64 {
    let per_second: u64 = trial.model.regions.iter().map(|region| region.writes_per_second).sum();
    per_second.saturating_mul(trial.model.horizon.as_nanos() / 1_000_000_000)
}
