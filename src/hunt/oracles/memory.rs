//! A world that has run before gives the run that a new one gives, and so does one on another thread at the same time.

use std::sync::Arc;
use std::thread;

use failover::Policy;
use models::{Logic, RunRecord, World};
use sim::Agenda;

use super::{Complaint, Trial};

/// How its complaints begin.
pub(super) const CLASS: &str = "a used world differs from a new one";

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    if !trial.may_be_made_again() {
        return None;
    }
    let (used, new) = thread::scope(|scope| {
        let new = scope.spawn(|| world(trial).run(trial.seed, &mut Agenda::new()));
        let (mut world, mut agenda) = (world(trial), Agenda::new());
        // Of another seed, so that whatever it leaves behind is not what is needed.
        world.run(trial.seed.wrapping_add(17), &mut agenda);
        (world.run(trial.seed, &mut agenda), new.join())
    });
    let new = new.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    differs(trial, &used).or_else(|| differs(trial, &new))
}

fn world<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> World<L> {
    World::with_logic(Arc::clone(trial.model), trial.logic.clone())
}

fn differs<L: Logic>(trial: &Trial<'_, L>, again: &RunRecord) -> Option<Complaint> {
    if again.digest == trial.record.digest {
        return None;
    }
    let difference = trial.record.first_difference(again);
    let says = difference.unwrap_or_else(|| "the same measures by other events".to_owned());
    Some(Complaint::new(CLASS, says))
}
