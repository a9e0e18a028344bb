use units::Span;

use super::names::Kind;
use super::{Checker, strikes, times};
use crate::fault::Fault;
use crate::logic::Logic;
use crate::trigger::Trigger;

/// Every fault says when it strikes: at a time, or at a step that somebody can reach.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    for (index, fault) in checker.scenario.faults.iter().enumerate() {
        let path = format!("faults[{index}]");
        match (&fault.at, &fault.when) {
            (Some(_), Some(_)) => {
                let problem = "strikes at a time, and at a step";
                checker.error(&format!("{path}.when"), problem, "keep one of 'at' and 'when'");
            }
            (None, None) => {
                let remedy = "give 'at: \"60s\"', or 'when: Promotes(\"$any\")'";
                checker.error(&path, "nothing says when this strikes", remedy);
            }
            (Some(_), None) => without_a_step(checker, &path, fault),
            (None, Some(trigger)) => step(checker, &path, fault, trigger),
        }
    }
    somebody_begins(checker);
}

/// What only a fault has that waits for a step.
fn without_a_step<L: Logic>(checker: &mut Checker<'_, L>, path: &str, fault: &Fault) {
    for (field, given) in [("nth", fault.nth.is_some()), ("after", fault.after.is_some())] {
        if given {
            let problem = format!("'{field}' is of a step, and this strikes at a time");
            checker.error(&format!("{path}.{field}"), problem, "drop it, or give 'when' instead of 'at'");
        }
    }
}

fn step<L: Logic>(checker: &mut Checker<'_, L>, path: &str, fault: &Fault, trigger: &Trigger) {
    let place = format!("{path}.when[0]");
    match trigger.is_of_databases() {
        true => strikes::holds_data(checker, &place, trigger.node()),
        false => strikes::target(checker, &place, trigger.node(), Kind::Node),
    }
    if fault.nth == Some(0) {
        let problem = "no step is reached for the 0th time";
        checker.error(&format!("{path}.nth"), problem, "write 1 or more, or leave it out: 1");
    }
    if let Some(after) = fault.after {
        times::moment(checker, &format!("{path}.after"), after);
    }
    // No step comes before the run begins.
    let after = fault.after.map_or(Span::ZERO, crate::When::latest);
    let (horizon, healed) =
        (checker.scenario.horizon, after.saturating_add(fault.heal_after.unwrap_or_default()));
    if after >= horizon && !horizon.is_zero() {
        let problem = format!("strikes {after} after a step, when the run has ended at {horizon}");
        checker.error(&format!("{path}.after"), problem, "lengthen the horizon or strike earlier");
    } else if fault.heal_after.is_some() && healed >= horizon && !horizon.is_zero() {
        let problem = format!("is healed {healed} after a step, when the run has ended at {horizon}");
        checker.warning(&format!("{path}.heal_after"), problem, "lengthen the horizon, or heal earlier");
    }
}

/// Where all faults wait for a step, something else has to lead to one: a request, a message that a link loses by itself, or
/// that the step is reached where all is well.
fn somebody_begins<L: Logic>(checker: &mut Checker<'_, L>) {
    let scenario = checker.scenario;
    let links = &scenario.plan.links;
    let routes = links.routes.iter().map(|route| &route.link);
    let mut all =
        [&links.within_site, &links.within_region, &links.between_regions].into_iter().chain(routes);
    let by_itself = |fault: &Fault| fault.when.as_ref().is_none_or(Trigger::comes_by_itself);
    let begun = scenario.faults.is_empty()
        || !scenario.requests.is_empty()
        || scenario.faults.iter().any(by_itself)
        || all.any(|link| link.loss > 0.0);
    if !begun {
        let problem = "every fault waits for a step, and nothing leads to any of them";
        checker.error("faults[0].when", problem, "let a fault strike at a time: 'at: \"60s\"'");
    }
}
