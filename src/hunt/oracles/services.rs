//! One of two services runs as a plan does that says of everything what is said of it.

use failover::Policy;
use models::Logic;

use super::{Complaint, Trial};

/// How its complaints begin.
pub(super) const CLASS: &str = "a service differs from a plan of its own";

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    if !trial.may_be_made_again() {
        return None;
    }
    let otherwise = trial.run_of(&trial.case.on(|system| Some(system.said_otherwise()))?)?;
    Some(Complaint::new(CLASS, trial.record.first_difference(&otherwise)?))
}
