//! What was asked of both sides: which runs flipped, and whether that can be chance.
//!
//! Q. McNemar, "Note on the sampling error of the difference between correlated proportions" (1947), in its exact
//! form: only pairs that flipped say anything, and under no difference each flips either way with equal chance.

use super::scenario::Pair;
use super::{Answer, CriterionComparison, Shown};
use crate::binomial;
use crate::interval;
use crate::recorded::{Recorded, RecordedCriterion, RecordedRun};

/// Every criterion that both sides have; then whether a run is good by all of them and violates nothing; then, where
/// there were any, split brains, violations and broken runs by themselves.
pub(super) fn compare(pair: &Pair<'_>) -> Vec<CriterionComparison> {
    let mut all: Vec<CriterionComparison> = shared(pair).map(|one| asked(pair, &one)).collect();
    if all.len() != 1 {
        let name = "all of these together";
        all.push(flips(pair, name, false, |run| is_bad(pair.a, run), |run| is_bad(pair.b, run)));
    }
    safety(pair, &mut all);
    if seen(pair, |run| run.broken) {
        all.push(alike(pair, "no run broken", true, |run| run.broken));
    }
    all
}

/// What must never happen and did on either side, whether or not somebody asked for it. Where it is allowed it is
/// expected of some runs, so that one of them is not enough.
fn safety(pair: &Pair<'_>, all: &mut Vec<CriterionComparison>) {
    let allowed =
        [pair.a, pair.b].iter().any(|side| side.scenario.allows.iter().any(|name| name == "SplitBrain"));
    let kinds: [(&str, bool, fn(&RecordedRun) -> bool); 3] = [
        ("no split brain", !allowed, RecordedRun::has_split_brain),
        ("no invariant violated", true, |run| !run.violations.is_empty()),
        ("no invariant violated that is allowed", false, |run| !run.allowed.is_empty()),
    ];
    for (name, never, bad) in kinds {
        if seen(pair, bad) && all.iter().all(|asked| asked.name != name) {
            all.push(alike(pair, name, never, bad));
        }
    }
}

fn seen(pair: &Pair<'_>, what: fn(&RecordedRun) -> bool) -> bool {
    pair.runs.iter().any(|(a, b)| what(a) || what(b))
}

/// A criterion that both sides have, and its places on both.
struct Shared<'a> {
    criterion: &'a RecordedCriterion,
    of_a: usize,
    of_b: usize,
}

fn shared<'a>(pair: &Pair<'a>) -> impl Iterator<Item = Shared<'a>> {
    let (a, b) = (pair.a, pair.b);
    let criteria = a.scenario.criteria.iter().enumerate();
    criteria.filter_map(move |(of_a, criterion)| {
        let of_b = place(b, &criterion.name)?;
        Some(Shared { criterion, of_a, of_b })
    })
}

fn asked(pair: &Pair<'_>, one: &Shared<'_>) -> CriterionComparison {
    let RecordedCriterion { name, never, shown_in } = one.criterion;
    let compared =
        flips(pair, name, *never, |run| run.bad.contains(&one.of_a), |run| run.bad.contains(&one.of_b));
    let pairs = pair.runs.len() as f64;
    // Shares are rounded to a billionth: so many runs are none.
    let enough = |bad: u64, share: f64| pairs - bad as f64 >= share * pairs - 1e-6;
    let shown = shown_in
        .map(|share| Shown { on_a: enough(compared.a_bad, share), on_b: enough(compared.b_bad, share) });
    CriterionComparison { shown, ..compared }
}

fn place(side: &Recorded, name: &str) -> Option<usize> {
    side.scenario.criteria.iter().position(|criterion| criterion.name == name)
}

/// Criteria that one side alone has.
pub(super) fn unshared(pair: &Pair<'_>) -> Vec<String> {
    let alone = |side: &Recorded, other: &Recorded| -> Vec<String> {
        let names = side.scenario.criteria.iter().map(|criterion| criterion.name.clone());
        names.filter(|name| place(other, name).is_none()).collect()
    };
    [alone(pair.a, pair.b), alone(pair.b, pair.a)].concat()
}

/// By anything but what the scenario is there to show: a run that has less of the trouble is not bad for that.
fn is_bad(side: &Recorded, run: &RecordedRun) -> bool {
    let counts = |place: &usize| side.scenario.criteria[*place].shown_in.is_none();
    run.broken || run.bad.iter().any(counts) || !run.violations.is_empty()
}

fn alike(pair: &Pair<'_>, name: &str, never: bool, bad: fn(&RecordedRun) -> bool) -> CriterionComparison {
    flips(pair, name, never, bad, bad)
}

fn flips(
    pair: &Pair<'_>,
    name: &str,
    never: bool,
    bad_a: impl Fn(&RecordedRun) -> bool,
    bad_b: impl Fn(&RecordedRun) -> bool,
) -> CriterionComparison {
    let judged: Vec<(u64, bool, bool)> =
        pair.runs.iter().map(|(a, b)| (a.seed, bad_a(a), bad_b(b))).collect();
    let count = |of: fn(&(u64, bool, bool)) -> bool| judged.iter().filter(|pair| of(pair)).count() as u64;
    let seeds = |of: fn(&(u64, bool, bool)) -> bool| -> Vec<u64> {
        judged.iter().filter(|pair| of(pair)).map(|pair| pair.0).collect()
    };
    let (turned_bad, turned_good) = (seeds(|pair| !pair.1 && pair.2), seeds(|pair| pair.1 && !pair.2));
    CriterionComparison {
        name: name.to_owned(),
        never,
        a_bad: count(|pair| pair.1),
        b_bad: count(|pair| pair.2),
        turns_bad_at_most: interval::upper(turned_bad.len() as u64, judged.len() as u64, 0.95),
        p: mcnemar(turned_bad.len() as u64, turned_good.len() as u64),
        turned_bad,
        turned_good,
        shown: None,
        answer: Answer::NoDifference,
    }
}

/// Exact two-sided p-value: so lopsided, or more, among as many tosses of a coin.
fn mcnemar(one_way: u64, other_way: u64) -> f64 {
    (2.0 * binomial::at_least(one_way.max(other_way), one_way + other_way, 0.5)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::mcnemar;

    #[test]
    fn mcnemar_counts_coins() {
        assert_eq!((mcnemar(0, 0), mcnemar(1, 0), mcnemar(3, 3)), (1.0, 1.0, 1.0));
        assert!((mcnemar(6, 0) - 0.03125).abs() < 1e-12);
        // Binomial tables: P(X >= 9 | 10, 1/2) = 11/1024.
        assert!((mcnemar(1, 9) - 22.0 / 1024.0).abs() < 1e-12);
    }
}
