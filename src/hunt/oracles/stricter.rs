//! Where every write waits for all copies, the same disaster loses no more than where none does.

use failover::Policy;
use models::Logic;

use super::{Complaint, Trial};

/// How its complaints begin.
pub(super) const CLASS: &str = "stricter durability loses more";

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    if !trial.may_be_made_again() {
        return None;
    }
    let stricter = trial.run_of(&trial.case.on(|system| system.synchronous())?)?;
    (stricter.lost_writes > trial.record.lost_writes).then(|| {
        let (more, less) = (stricter.lost_writes, trial.record.lost_writes);
        let says =
            format!("{more} writes are lost where each waits for all copies, and {less} where none waits");
        Complaint::new(CLASS, says)
    })
}
