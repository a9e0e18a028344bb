use units::Span;

use super::{Checker, numbers};
use crate::fault::Fault;
use crate::logic::Logic;
use crate::scenario::Expectation;
use crate::strike::Strike;
use crate::when::When;

/// Faults strike and heal within the run, which lasts long enough to judge what came of them.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let scenario = checker.scenario;
    if scenario.horizon.is_zero() {
        checker.error("horizon", "the run ends before it begins", "give it a time, such as \"15m\"");
    }
    if scenario.steady >= scenario.horizon {
        let problem = format!("service cannot last for {} in a run of {}", scenario.steady, scenario.horizon);
        // A default cannot be mended where it stands.
        let path = if scenario.layers.is_given("steady") { "steady" } else { "horizon" };
        checker.error(path, problem, "lengthen the horizon or shorten 'steady'");
    }
    if !numbers::is_positive_share(scenario.takes_effect_in) {
        let problem = format!("{} is not a share of runs above zero", scenario.takes_effect_in);
        checker.error("takes_effect_in", problem, "write a number above 0, up to 1");
    }
    if scenario.faults.is_empty() && scenario.requests.is_empty() {
        checker.error("faults", "nothing strikes, so nothing is proved", "give at least one fault");
    }
    for (index, fault) in scenario.faults.iter().enumerate() {
        strikes_in_time(checker, index, fault);
    }
    heals_before_the_end(checker);
}

/// A moment, of whatever, can be drawn.
pub(super) fn moment<L: Logic>(checker: &mut Checker<'_, L>, path: &str, at: When) {
    if let When::Between(first, last) = at
        && first > last
    {
        let problem = format!("the range from {first} to {last} is empty");
        checker.error(path, problem, "write the earlier moment first");
    }
}

fn strikes_in_time<L: Logic>(checker: &mut Checker<'_, L>, index: usize, fault: &Fault) {
    let (path, horizon) = (format!("faults[{index}].at"), checker.scenario.horizon);
    fault.at.into_iter().for_each(|at| moment(checker, &path, at));
    if let Some(at) = fault.latest().filter(|at| *at >= horizon && !horizon.is_zero()) {
        let problem = format!("strikes at {at}, when the run has ended at {horizon}");
        checker.error(&path, problem, "lengthen the horizon or strike earlier");
    }
    if fault.heal_after.is_some_and(|after| after.is_zero()) {
        let problem = "is healed the moment it strikes";
        checker.error(
            &format!("faults[{index}].heal_after"),
            problem,
            "give a time, or leave it out: never healed",
        );
    }
}

/// What heals by itself, or is over at once.
pub(super) fn is_momentary(strike: &Strike) -> bool {
    matches!(
        strike,
        Strike::ClockStepAhead { .. }
            | Strike::ClockStall { .. }
            | Strike::TamperedTrail { .. }
            | Strike::LostKey(_)
            | Strike::ForgedRequest { .. }
            | Strike::ReplayedRequests
    )
}

/// `Converges` speaks of the time after the last healing.
fn heals_before_the_end<L: Logic>(checker: &mut Checker<'_, L>) {
    let scenario = checker.scenario;
    let Some(converges) = scenario.expect.iter().position(|expected| *expected == Expectation::Converges)
    else {
        return;
    };
    // Of what waits for a step nobody knows when it strikes.
    let ends = |fault: &Fault| Some(fault.latest()?.saturating_add(fault.heal_after.unwrap_or(Span::ZERO)));
    let lasting = |fault: &&Fault| !is_momentary(&fault.strike);
    if scenario.faults.iter().filter(lasting).count() > 0
        && !scenario.faults.iter().filter(lasting).any(Fault::heals)
    {
        let path = format!("expect[{converges}]");
        let problem = "no fault is healed, so nothing can converge afterwards";
        checker.error(&path, problem, "give a fault 'heal_after', or drop 'Converges'");
    }
    for (index, fault) in scenario.faults.iter().enumerate() {
        let Some(end) = ends(fault) else { continue };
        if fault.heal_after.is_some() && end >= scenario.horizon {
            let problem = format!(
                "is healed at {end}, when the run has ended at {}: nothing is healed, so nothing can converge",
                scenario.horizon
            );
            let remedy = "lengthen the horizon, heal earlier, or drop 'Converges'";
            checker.error(&format!("faults[{index}].heal_after"), problem, remedy);
        }
    }
}
