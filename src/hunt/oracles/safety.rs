//! What must never happen does not happen.

use failover::Policy;
use models::Logic;

use super::{Complaint, Trial};

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let violation = trial.record.violations.first()?;
    let says = format!("at {}: {}", violation.at, violation.what);
    Some(Complaint::new(format!("{:?}", violation.invariant), says))
}
