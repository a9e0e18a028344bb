//! What people ask for is done as they asked for it, and nobody else is obeyed.

use failover::Policy;
use models::Logic;

use super::{Complaint, Trial};

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let asked = trial.record.requests;
    match () {
        () if asked.admitted > 0 => {
            let says = format!("{} requests were granted that none of the people made", asked.admitted);
            Some(Complaint::new("somebody else is obeyed", says))
        }
        // What goes wrong meanwhile may keep it from its end; nothing keeps it from its beginning.
        () if asked.outside_window > 0 && trial.case.disaster.faults.len() <= 1 => {
            let says =
                format!("{} switchovers began before their windows or ended after", asked.outside_window);
            Some(Complaint::new("a switchover outside its window", says))
        }
        () => None,
    }
}
