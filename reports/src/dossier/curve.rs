//! The share of runs that exceed a value, for every value: the complementary distribution.

use std::collections::BTreeMap;

use units::{Span, rows};

use crate::criterion::Bad;
use crate::interval;
use crate::run::Run;
use crate::scenario::Campaign;

/// Every order statistic is kept in the tail of so many runs.
const TAIL: u64 = 100;

/// Confidence of either edge of the band, which is that of the criteria.
const CONFIDENCE: f64 = 0.95;

/// How many runs exceed a value, as a staircase that falls from left to right.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// All runs.
    pub runs: u64,
    /// Runs whose value is zero.
    pub zeros: u64,
    /// Runs whose end was not seen: they exceed every value.
    pub censored: u64,
    /// The longest time after which such a run was still down, in nanoseconds; 0 without any.
    pub watched: u64,
    /// Where the staircase falls, by value. Far from the tail some are left out: what is drawn is then too high, by
    /// less than a fiftieth. Of the 100 largest values none is.
    pub steps: Vec<Step>,
    /// What the plan promises, in nanoseconds.
    pub objective: Option<u64>,
    /// What criteria ask of it.
    pub targets: Vec<Target>,
}

/// From this value on so many runs exceed it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// In nanoseconds.
    pub value: u64,
    /// Runs that exceed it.
    pub above: u64,
    /// At least this share of all runs exceeds it.
    pub at_least: f64,
    /// At most this share does. Both are one-sided Clopper-Pearson bounds at 95 % confidence, for this value by itself.
    pub at_most: f64,
}

/// "At most the share `tolerated` exceeds `limit`."
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// As tables print it.
    pub name: String,
    /// In nanoseconds.
    pub limit: u64,
    /// Share of runs; 0: none.
    pub tolerated: f64,
}

/// Binomial bounds once computed: scenarios with equal numbers of runs share them.
#[derive(Debug, Default)]
pub struct Bounds(BTreeMap<(u64, u64), (f64, f64)>);

impl Bounds {
    /// Lower and upper bound of the true share, where so many of so many runs are above.
    pub fn of(&mut self, above: u64, runs: u64) -> (f64, f64) {
        let bounds = || (interval::lower(above, runs, CONFIDENCE), interval::upper(above, runs, CONFIDENCE));
        *self.0.entry((above, runs)).or_insert_with(bounds)
    }
}

impl Curve {
    pub(super) fn of_recovery_times(campaign: &Campaign<'_>, bounds: &mut Bounds) -> Curve {
        let censored = campaign.runs.iter().filter(|run| !run.recovered());
        let watched = censored.map(|run| run.recovery().at_least().as_nanos()).max().unwrap_or(0);
        let seen = campaign.runs.iter().filter(|run| run.recovered());
        let values = seen.map(|run| run.recovery().at_least().as_nanos()).collect();
        let promised = campaign.objectives.map(|promised| promised.recovery_time_s);
        Curve {
            watched,
            objective: promised.map(|seconds| seconds.0.at_least().as_nanos()),
            targets: targets(campaign, |bad| match bad {
                Bad::RecoveryTimeAbove(limit) => Some(*limit),
                _ => None,
            }),
            ..Curve::from(values, campaign.runs.len() as u64, bounds)
        }
    }

    /// Of a run that did not come back nobody knows what it loses in the end: it counts as exceeding everything.
    pub(super) fn of_recovery_points(campaign: &Campaign<'_>, bounds: &mut Bounds) -> Curve {
        let back = campaign.runs.iter().filter(|run| run.recovered());
        let values = back.map(|run: &Run| run.span(rows::RECOVERY_POINT).as_nanos()).collect();
        let promised = campaign.objectives.map(|promised| promised.recovery_point_s);
        Curve {
            objective: promised.map(|seconds| seconds.0.at_least().as_nanos()),
            targets: targets(campaign, |bad| match bad {
                Bad::RecoveryPointAbove(limit) => Some(*limit),
                _ => None,
            }),
            ..Curve::from(values, campaign.runs.len() as u64, bounds)
        }
    }

    /// Of the values seen, among so many runs; the rest exceeds everything.
    pub fn from(mut values: Vec<u64>, runs: u64, bounds: &mut Bounds) -> Curve {
        values.sort_unstable();
        let kept = staircase(&values, runs);
        let step = |(value, above)| {
            let (at_least, at_most) = bounds.of(above, runs);
            Step { value, above, at_least, at_most }
        };
        Curve {
            runs,
            zeros: values.partition_point(|value| *value == 0) as u64,
            censored: runs - values.len() as u64,
            watched: 0,
            steps: kept.into_iter().map(step).collect(),
            objective: None,
            targets: Vec::new(),
        }
    }
}

/// Values in ascending order as (value, runs above it), thinned far from the tail.
fn staircase(ascending: &[u64], runs: u64) -> Vec<(u64, u64)> {
    let mut kept: Vec<(u64, u64)> = Vec::new();
    let mut last = runs;
    for (index, value) in ascending.iter().enumerate() {
        let above = runs - index as u64 - 1;
        let is_last_of_equals = ascending.get(index + 1) != Some(value);
        let is_end = index + 1 == ascending.len();
        // In integers: at least a 64th lower than what was kept last.
        let falls = last - above >= last.div_ceil(64);
        if is_last_of_equals && (*value == 0 || above < TAIL || falls || is_end) {
            kept.push((*value, above));
            last = above;
        }
    }
    kept
}

fn targets(campaign: &Campaign<'_>, limit: impl Fn(&Bad) -> Option<Span>) -> Vec<Target> {
    let target = |criterion: &crate::Criterion| {
        let (name, tolerated) = (criterion.name.clone(), criterion.tolerated);
        limit(&criterion.bad).map(|limit| Target { name, limit: limit.as_nanos(), tolerated })
    };
    campaign.criteria.iter().filter_map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_step_says_how_many_exceed_it() {
        let curve = Curve::from(vec![5, 0, 7, 5], 6, &mut Bounds::default());
        let steps: Vec<(u64, u64)> = curve.steps.iter().map(|step| (step.value, step.above)).collect();
        assert_eq!(steps, [(0, 5), (5, 3), (7, 2)]);
        assert_eq!((curve.zeros, curve.censored), (1, 2));
    }

    #[test]
    fn the_band_is_what_criteria_are_decided_by() {
        let curve = Curve::from((1..=299).collect(), 299, &mut Bounds::default());
        let last = curve.steps.last().unwrap();
        assert!(last.above == 0 && last.at_least == 0.0);
        // 299 clean runs are the fewest that support a p99: Clopper and Pearson (1934).
        assert!(last.at_most <= 0.01 && last.at_most > 0.0099, "{}", last.at_most);
    }

    proptest! {
        #[test]
        fn thinning_keeps_the_tail_and_never_flatters(mut values in prop::collection::vec(0u64..5_000, 0..3_000), down in 0u64..50) {
            let runs = values.len() as u64 + down;
            let curve = Curve::from(values.clone(), runs, &mut Bounds::default());
            values.sort_unstable();
            let above = |value: u64| runs - values.partition_point(|seen| *seen <= value) as u64;
            for step in &curve.steps {
                prop_assert_eq!(step.above, above(step.value));
            }
            for value in &values {
                let kept = curve.steps.iter().rev().find(|step| step.value <= *value);
                let (drawn, exact) = (kept.map_or(runs, |step| step.above), above(*value));
                prop_assert!(drawn >= exact && (drawn - exact) * 50 <= drawn);
                prop_assert!(exact >= TAIL || drawn == exact, "the tail is whole");
            }
        }
    }
}
