//! What people ask for is done as they asked for it, and nobody else is obeyed.

use failover::Policy;
use models::Logic;
use scenarios::{Fault, Strike};

use super::{Complaint, Trial};

fn may_keep_to_windows(faults: &[Fault]) -> bool {
    let skews =
        |fault: &Fault| matches!(fault.strike, Strike::ClockDrift { .. } | Strike::ClockStepAhead { .. });
    faults.len() <= 1 && !faults.iter().any(skews)
}

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let asked = trial.record.requests;
    match () {
        () if asked.admitted > 0 => {
            let says = format!("{} requests were granted that none of the people made", asked.admitted);
            Some(Complaint::new("somebody else is obeyed", says))
        }
        // What goes wrong may keep it from its end, so no more than one fault is let pass; and a window is one by a node's clock.
        () if asked.outside_window > 0 && may_keep_to_windows(&trial.case.disaster.faults) => {
            let says =
                format!("{} switchovers began before their windows or ended after", asked.outside_window);
            Some(Complaint::new("a switchover outside its window", says))
        }
        () => None,
    }
}
