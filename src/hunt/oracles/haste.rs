//! Nobody takes over from a primary that a majority hears as ever, and nobody whom nothing struck goes without service.

use failover::Policy;
use models::Logic;
use models::journal::Durability;
use units::Span;

use super::{Complaint, Trial, is_sound};
use crate::hunt::aftermath::Aftermath;

/// Starting a database in place takes no longer.
const STARTS: Span = Span::from_secs(5);

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let record = trial.record;
    // Who loses a heartbeat now and then may be taken for dead, and a plan may bear that.
    if (record.failovers == 0 && record.outages.count == 0) || !trial.model.calm {
        return None;
    }
    let policy = &trial.model.config.policy;
    let (needless, unserved) = match trial.case.aftermath()? {
        // Writes may have to wait for whoever was struck.
        Aftermath::PrimaryStays { found } => (true, found && trial.model.durability == Durability::Async),
        Aftermath::DatabaseComesBack { lasts } => (lasts + STARTS <= policy.restart, false),
        Aftermath::PrimaryGone { .. } => (false, false),
    };
    let complaint = match () {
        () if needless && record.failovers > 0 => {
            let says = format!("{} failovers, and the primary is well, or about to be", record.failovers);
            Complaint::new("a failover that nobody needs", says)
        }
        () if unserved && record.outages.count > 0 => {
            let says = format!("nothing that clients need was struck: {:?}", record.outages);
            Complaint::new("an outage that nobody needs", says)
        }
        () => return None,
    };
    is_sound(trial).then_some(complaint)
}
