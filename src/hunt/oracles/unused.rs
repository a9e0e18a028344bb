//! What is there and never used changes nothing: a fault that waits for what never happens, people who ask for nothing.

use failover::Policy;
use models::{Logic, RunRecord};
use scenarios::Strike;

use super::{Complaint, Trial};
use crate::hunt::case::Case;

/// How its complaints begin.
pub(super) const CLASS: &str = "what is not used changes a measure";

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    if !trial.may_be_made_again() {
        return None;
    }
    // A run is over once nothing can happen any more: what waits for a step keeps it going, one fault as well as two.
    let waiting = trial.case.with_idle_fault();
    // Of whoever is slow, each answer takes as long as is drawn for it, and people make one answer more.
    let is_slow = trial.case.disaster.faults.iter().any(|fault| matches!(fault.strike, Strike::Slow { .. }));
    let with_people = trial.case.on(|system| system.with_idle_people()).filter(|_| !is_slow);
    difference(trial, &trial.run_of(&waiting)?, &waiting.with_idle_fault())
        .map(|difference| Complaint::new(format!("{CLASS}: a fault"), difference))
        .or_else(|| {
            let difference = difference(trial, trial.record, &with_people?)?;
            Some(Complaint::new(format!("{CLASS}: people"), difference))
        })
}

fn difference<L: Logic<Policy = Policy>>(
    trial: &Trial<'_, L>,
    record: &RunRecord,
    case: &Case,
) -> Option<String> {
    let mut again = trial.run_of(case)?;
    // The fault besides is the last.
    again.fault_effects.truncate(record.fault_effects.len());
    again.struck.truncate(record.struck.len());
    record.first_difference(&again)
}
