//! What people ask for is done as they asked for it, and nobody else is obeyed.

use failover::Policy;
use models::Logic;
use scenarios::{AskFor, Fault, Strike};
use units::Span;

use super::{Complaint, Trial};
use crate::hunt::disaster::Disaster;

/// Whatever lasts while a switchover is under way may keep it from its end for as long, so no more than one fault is let
/// pass, and none that is there in a window; and a window is one by a node's clock.
fn may_keep_to_windows(disaster: &Disaster) -> bool {
    let skews =
        |fault: &Fault| matches!(fault.strike, Strike::ClockDrift { .. } | Strike::ClockStepAhead { .. });
    let windows = disaster.requests.iter().filter_map(|asking| match &asking.ask {
        AskFor::Switchover { window, .. } => window.as_ref(),
        _ => None,
    });
    let windows: Vec<_> = windows.collect();
    let is_there = |fault: &Fault| {
        let (Some(begins), Some(latest)) = (fault.earliest(), fault.latest()) else { return true };
        let ends = latest.saturating_add(fault.heal_after.unwrap_or(Span::MAX));
        windows.iter().any(|(from, until)| begins <= *until && *from <= ends)
    };
    disaster.faults.len() <= 1 && !disaster.faults.iter().any(|fault| skews(fault) || is_there(fault))
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

#[cfg(test)]
mod tests {
    use scenarios::{Asking, When};

    use super::*;

    #[test]
    fn a_fault_that_is_there_in_a_window_excuses_what_ends_after_it() {
        let second = Span::from_secs(1);
        let window = Some((second * 200, second * 500));
        let ask = AskFor::Switchover { to: "b1".to_owned(), window };
        let requests = vec![Asking {
            at: Some(When::At(second * 300)),
            from: "omar".to_owned(),
            ask,
            approve: Vec::new(),
        }];
        let keeps = |at: Span, lasts: Span| {
            let fault = Fault {
                at: Some(When::At(at)),
                when: None,
                nth: None,
                after: None,
                strike: Strike::DnsFailure,
                heal_after: Some(lasts),
                lasts: None,
                again: None,
            };
            may_keep_to_windows(&Disaster {
                faults: vec![fault],
                requests: requests.clone(),
                horizon: second * 3_600,
            })
        };
        assert!(keeps(second * 60, second * 60));
        assert!(!keeps(second * 60, second * 1_080));
        assert!(!keeps(second * 250, second));
        assert!(keeps(second * 501, second));
    }
}
