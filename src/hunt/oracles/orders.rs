//! What people ask for is done as they asked for it, and nobody else is obeyed.

use failover::Policy;
use models::Logic;
use scenarios::{AskFor, Fault, Strike};

use super::{Complaint, Trial};
use crate::hunt::disaster::Disaster;

/// Whatever strikes while a switchover is under way may keep it from its end for as long as it lasts, so no more than one
/// fault is let pass, and none that comes then; and a window is one by a node's clock.
fn may_keep_to_windows(disaster: &Disaster) -> bool {
    let skews =
        |fault: &Fault| matches!(fault.strike, Strike::ClockDrift { .. } | Strike::ClockStepAhead { .. });
    let windows = disaster.requests.iter().filter_map(|asking| match &asking.ask {
        AskFor::Switchover { window, .. } => window.as_ref(),
        _ => None,
    });
    let windows: Vec<_> = windows.collect();
    let comes_between = |fault: &Fault| {
        let inside = |at| windows.iter().any(|(from, until)| (*from..=*until).contains(&at));
        fault.latest().is_none_or(inside)
    };
    disaster.faults.len() <= 1 && !disaster.faults.iter().any(|fault| skews(fault) || comes_between(fault))
}

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let asked = trial.record.requests;
    match () {
        () if asked.admitted > 0 => {
            let says = format!("{} requests were granted that none of the people made", asked.admitted);
            Some(Complaint::new("somebody else is obeyed", says))
        }
        () if asked.outside_window > 0 && may_keep_to_windows(&trial.case.disaster) => {
            let says =
                format!("{} switchovers began before their windows or ended after", asked.outside_window);
            Some(Complaint::new("a switchover outside its window", says))
        }
        () => None,
    }
}
