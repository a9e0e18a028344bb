use sim::Distribution;

use super::strikes::partition;
use super::{Checker, numbers};
use crate::logic::Logic;
use crate::quantiles::hardly_more;
use crate::strike::Strike;
use crate::suggest::counted;

/// Links that fail now and then, or are bad: both ends exist, and something about them is worse than usual.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>, path: &str, strike: &Strike) {
    match strike {
        Strike::Flapping { between: (a, b), down, up } => {
            partition(checker, path, [(".between[0]", a), (".between[1]", b)]);
            lasting(checker, &format!("{path}.down"), down);
            lasting(checker, &format!("{path}.up"), up);
        }
        Strike::Degraded { from, to, slower, loss, writes_per_second, .. } => {
            partition(checker, path, [(".from", from), (".to", to)]);
            if let Some(slower) = slower {
                numbers::drawn_in_scenario(checker, &format!("{path}.slower"), slower);
            }
            share_lost(checker, &format!("{path}.loss"), *loss);
            if slower.is_none() && *loss == 0.0 && writes_per_second.is_none() {
                let problem = "a degraded link that is as good as ever";
                checker.error(path, problem, "give 'slower', 'loss' or 'writes_per_second'");
            }
            bandwidth(checker, &format!("{path}.writes_per_second"), *writes_per_second);
        }
        _ => {}
    }
}

/// A link that toggles without time in between would never let the run go on.
fn lasting<L: Logic>(checker: &mut Checker<'_, L>, path: &str, phase: &Distribution) {
    let sound = numbers::drawn_in_scenario(checker, path, phase);
    if sound && hardly_more(phase).is_zero() {
        checker.error(path, "takes no time at all", "give a time above zero, such as Constant(\"5s\")");
    }
}

fn share_lost<L: Logic>(checker: &mut Checker<'_, L>, path: &str, loss: f64) {
    if !(0.0..=1.0).contains(&loss) {
        let problem = format!("a loss of {loss} is not a share of messages");
        checker.error(path, problem, "write a number from 0 to 1, such as 0.2 for one in five");
    } else if loss == 1.0 {
        checker.warning(path, "nothing passes this link", "say so by a partition");
    }
}

fn bandwidth<L: Logic>(checker: &mut Checker<'_, L>, path: &str, carried: Option<u64>) {
    let written = checker.writes_per_second();
    if let Some(carried) = carried.filter(|carried| *carried >= written) {
        let problem = format!(
            "streams of {} per second keep up with the clients' {written}: no lag grows",
            counted(carried, "write")
        );
        checker.warning(
            path,
            problem,
            format!("write a rate below {written}, unless catching up is the point"),
        );
    }
}
