//! In which direction a measure leans. The p-value is the signed ranks', so the direction is theirs too; mean and median
//! are asked whether they agree.

use super::{MeasureComparison, Unit};
use crate::human;

/// What ranks, mean and median say of a measure.
pub(super) struct Lean {
    /// The ranks' sum is larger on the side of pairs in which B is worse.
    pub to_worse: bool,
    /// Some other figure says that B is worse, and the ranks do not.
    pub hides_worse: bool,
    /// Which says what, if they do not say the same.
    pub disagreement: Option<String>,
}

/// A difference below `least`, in the measure's unit, points nowhere.
pub(super) fn of(measure: &MeasureComparison, least: f64, significant: bool) -> Lean {
    let (worse, better) = (measure.ranks_worse.unwrap_or(0.0), measure.ranks_better.unwrap_or(0.0));
    let ranks = sign(worse - better, 0.0);
    let median = measure.median.map_or(0, |median| sign(median, least));
    let mean = measure.mean.map_or(0, |mean| sign(mean, least));
    let never = sign(measure.b_never as f64 - measure.a_never as f64, 0.0);
    let others = [median, mean, never];
    // Without significance the ranks say nothing, and a mean speaks against that only if its interval does.
    let sure_mean = measure.mean_interval.low.is_some_and(|low| low > 0.0) && mean > 0;
    let hides_worse = match significant {
        true => ranks < 0 && others.contains(&1),
        false => sure_mean,
    };
    let disagree = match significant {
        true => others.iter().any(|other| *other == -ranks),
        false => sure_mean,
    };
    let disagreement = disagree.then(|| told(measure, worse, better, significant));
    Lean { to_worse: ranks > 0, hides_worse, disagreement }
}

fn sign(value: f64, least: f64) -> i8 {
    match value {
        value if value.abs() < least || value == 0.0 => 0,
        value if value > 0.0 => 1,
        _ => -1,
    }
}

fn told(measure: &MeasureComparison, worse: f64, better: f64, significant: bool) -> String {
    let word = |value: f64| if value > 0.0 { "worse" } else { "better" };
    let ranks = match significant {
        true => format!("by its signed ranks B is {} (W+ {worse}, W- {better})", word(worse - better)),
        false => format!("its signed ranks show no direction (W+ {worse}, W- {better})"),
    };
    let figure = |name: &str, value: Option<f64>| {
        value.filter(|value| *value != 0.0).map(|value| {
            let size = match measure.unit {
                Unit::Seconds => format!("{value:+.3} s"),
                Unit::Writes => format!("{value:+.1}"),
            };
            format!("by its {name} {} ({size})", word(value))
        })
    };
    let never = match (measure.b_never, measure.a_never) {
        (0, 0) => None,
        (b, a) => Some(format!(
            "{} came back on A alone and {} on B alone",
            human::counted(b, "pair"),
            human::count(a)
        )),
    };
    let parts = [Some(ranks), figure("median", measure.median), figure("mean", measure.mean), never];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
