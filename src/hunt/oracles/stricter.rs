//! Where every write waits for all copies, the same disaster loses no more than where none does.

use std::sync::Arc;

use failover::Policy;
use models::{Logic, Model, World};
use sim::Agenda;

use super::{Complaint, Trial};

/// How its complaints begin.
pub(super) const CLASS: &str = "stricter durability loses more";

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    if !trial.may_be_made_again() {
        return None;
    }
    let case = trial.case.on(|system| system.synchronous())?;
    let model = Model::new(&case.load::<L>().ok()?).ok()?;
    let stricter =
        World::with_logic(Arc::new(model), trial.logic.clone()).run(trial.seed, &mut Agenda::new());
    (stricter.lost_writes > trial.record.lost_writes).then(|| {
        let (more, less) = (stricter.lost_writes, trial.record.lost_writes);
        let says =
            format!("{more} writes are lost where each waits for all copies, and {less} where none waits");
        Complaint::new(CLASS, says)
    })
}
