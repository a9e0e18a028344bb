use super::Checker;
use crate::logic::Logic;
use crate::scenario::Strike;

/// Somebody tampers with a trail, or there is nothing to find.
pub(super) fn tampering<L: Logic>(checker: &mut Checker<'_, L>, path: &str) {
    let tampers = |strike: &Strike| matches!(strike, Strike::TamperedTrail { .. });
    if !checker.scenario.faults.iter().any(|fault| tampers(&fault.strike)) {
        let problem = "no fault tampers with an audit trail, so there is nothing to find";
        checker.error(path, problem, "strike with TamperedTrail, or drop this");
    }
}
