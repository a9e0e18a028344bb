//! An audit trail that is cut off while its agent is down is found out by the others, who remember where it ended: in memory,
//! so whoever is left alone of two voters, and is reset by its watchdog, has forgotten that.

use failover::Policy;
use models::Logic;
use scenarios::{Fault, Strike, Tampering};

use super::{Complaint, Trial};

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let auditing = trial.record.assurance.auditing;
    if auditing.unnoticed == 0
        || trial.model.voters.len() < 3
        || !is_cut_while_down(&trial.case.disaster.faults)
    {
        return None;
    }
    let says = format!("{} of {} trails that were tampered with", auditing.unnoticed, auditing.tampered);
    Some(Complaint::new("tampering goes unnoticed", says))
}

fn is_cut_while_down(faults: &[Fault]) -> bool {
    let [down, cut] = faults else { return false };
    let (Strike::CrashAgent(of), Strike::TamperedTrail { node, how: Tampering::CutOff }) =
        (&down.strike, &cut.strike)
    else {
        return false;
    };
    let (begins, struck) = (down.latest(), cut.earliest());
    let ends = down.earliest().zip(down.heal_after).map(|(at, lasts)| at + lasts);
    of == node && begins.is_some_and(|begins| struck > Some(begins)) && cut.latest() < ends
}
