use super::{Checker, numbers};
use crate::fault::{Again, Fault};
use crate::logic::Logic;
use crate::quantiles::hardly_more;
use crate::scenario::Expectation;
use crate::strike::Strike;

/// Strikes of one fault that can be told apart: their cuts are bits of one word, shared by all faults.
const STRIKES_MAX: u64 = 128;
/// A year of daily faults has 365; what strikes this often is a property of the link, not a fault.
const ENDLESS_MAX: u64 = 5_000;

/// Faults that strike again do so at moments that can be drawn, and not without bound.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let scenario = checker.scenario;
    for (index, fault) in scenario.faults.iter().enumerate() {
        let path = format!("faults[{index}]");
        lasts(checker, &path, fault);
        if let Some(again) = &fault.again {
            repeats(checker, &path, fault, again);
        }
    }
    let strikes = |fault: &Fault| 1 + fault.again.as_ref().map_or(0, |again| again.times.unwrap_or(0).into());
    let all: u64 = scenario.faults.iter().map(strikes).sum();
    if all > STRIKES_MAX {
        let problem = format!("{all} strikes; at most {STRIKES_MAX} can be told apart");
        checker.error("faults", problem, "repeat less often, or without 'times': until the horizon");
    }
    nothing_after_the_end(checker);
}

fn lasts<L: Logic>(checker: &mut Checker<'_, L>, path: &str, fault: &Fault) {
    let Some(lasts) = &fault.lasts else { return };
    let place = format!("{path}.lasts");
    let sound = numbers::drawn_in_scenario(checker, &place, lasts);
    if fault.heal_after.is_some() {
        checker.error(
            &place,
            "it lasts a drawn time, and is healed after a fixed one",
            "keep one of the two",
        );
    } else if sound && hardly_more(lasts).is_zero() {
        checker.error(&place, "is healed the moment it strikes", "give a time above zero");
    }
}

fn repeats<L: Logic>(checker: &mut Checker<'_, L>, path: &str, fault: &Fault, again: &Again) {
    let place = format!("{path}.again");
    if !numbers::drawn_in_scenario(checker, &format!("{place}.every"), &again.every) {
        return;
    }
    if again.times == Some(0) {
        let problem = "strikes again no times";
        checker.error(&format!("{place}.times"), problem, "write 1 or more, or drop 'again'");
    }
    if again.times.is_some() {
        return;
    }
    if !fault.heals() && !heals_itself(&fault.strike) {
        let problem = "strikes again and again, and is never over";
        checker.error(&place, problem, "give 'lasts' or 'heal_after'");
    }
    let longest = hardly_more(&again.every);
    let scarce = checker.scenario.horizon.as_nanos() / ENDLESS_MAX;
    if longest.as_nanos() < scarce {
        let problem = format!("strikes more than {ENDLESS_MAX} times in {}", checker.scenario.horizon);
        checker.error(&format!("{place}.every"), problem, "let it strike less often, or shorten the horizon");
    }
}

fn heals_itself(strike: &Strike) -> bool {
    super::times::is_momentary(strike) || matches!(strike, Strike::FailedPromotion { .. })
}

/// `Converges` asks about the time after the last healing, which endless faults do not have.
fn nothing_after_the_end<L: Logic>(checker: &mut Checker<'_, L>) {
    let scenario = checker.scenario;
    let converges = scenario.expect.iter().position(|expected| *expected == Expectation::Converges);
    let Some(converges) = converges else { return };
    if let Some(endless) = scenario.faults.iter().position(Fault::is_endless) {
        let problem = format!("fault {endless} goes on until the horizon: there is no time after it");
        checker.error(
            &format!("expect[{converges}]"),
            problem,
            "drop 'Converges', or give 'again' its 'times'",
        );
    }
    for (index, fault) in scenario.faults.iter().enumerate() {
        let Some(lasts) = fault.lasts.as_ref().filter(|_| !fault.is_endless()) else { continue };
        let Some(at) = fault.latest() else { continue };
        let end = at.saturating_add(hardly_more(lasts));
        if end >= scenario.horizon {
            let problem = format!("may last until {end}, when the run has ended at {}", scenario.horizon);
            let remedy = "lengthen the horizon, let it last less long, or drop 'Converges'";
            checker.error(&format!("faults[{index}].lasts"), problem, remedy);
        }
    }
}
