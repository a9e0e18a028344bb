//! A world that has run before gives the run that a new one gives.

use std::sync::Arc;

use failover::Policy;
use models::{Logic, World};
use sim::Agenda;

use super::{Complaint, Trial};

/// How its complaints begin.
pub(super) const CLASS: &str = "a used world differs from a new one";

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    if !trial.may_be_made_again() {
        return None;
    }
    let mut world = World::with_logic(Arc::clone(trial.model), trial.logic.clone());
    let mut agenda = Agenda::new();
    // Of another seed, so that whatever it leaves behind is not what is needed.
    world.run(trial.seed.wrapping_add(17), &mut agenda);
    let again = world.run(trial.seed, &mut agenda);
    if again.digest == trial.record.digest {
        return None;
    }
    let difference = trial.record.first_difference(&again);
    let says = difference.unwrap_or_else(|| "the same measures by other events".to_owned());
    Some(Complaint::new(CLASS, says))
}
