//! What was asked of both sides: which runs flipped, and whether that can be chance.
//!
//! Q. McNemar, "Note on the sampling error of the difference between correlated proportions" (1947), in its exact
//! form: only pairs that flipped say anything, and under no difference each flips either way with equal chance.

use super::scenario::{Pair, equally_safe};
use super::{Answer, CriterionComparison, Shown};
use crate::binomial;
use crate::interval;
use crate::recorded::{Recorded, RecordedCriterion, RecordedRun};

/// Whether a run is a bad one.
type Bad = fn(&RecordedRun) -> bool;

/// Every criterion that both sides have; then whether a run is good by all of them and violates nothing; then, where
/// there were any, split brains, violations and broken runs by themselves.
pub(super) fn compare(pair: &Pair<'_>) -> Vec<CriterionComparison> {
    let mut all: Vec<CriterionComparison> = shared(pair).map(|one| asked(pair, &one)).collect();
    if all.len() != 1 {
        all.push(together(pair));
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
    let kinds: [(&str, bool, Bad); 3] = [
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

fn seen(pair: &Pair<'_>, what: Bad) -> bool {
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
    let RecordedCriterion { name, never, shown_in, of_service } = one.criterion;
    let judged = pair.runs.iter().map(|(a, b)| Judged {
        seed: a.seed,
        a: a.bad.contains(&one.of_a),
        b: b.bad.contains(&one.of_b),
        counts: !of_service || equally_safe(a, b),
    });
    let compared = flips(name, *never, judged.collect());
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

/// Whether a run is good by all of them.
fn together(pair: &Pair<'_>) -> CriterionComparison {
    let judged = pair.runs.iter().map(|(a, b)| {
        let with_service = equally_safe(a, b);
        let (of_a, of_b) = (is_bad(pair.a, a, with_service), is_bad(pair.b, b, with_service));
        Judged { seed: a.seed, a: of_a, b: of_b, counts: true }
    });
    flips("all of these together", false, judged.collect())
}

/// By anything but what the scenario is there to show: a run that has less of the trouble is not bad for that.
fn is_bad(side: &Recorded, run: &RecordedRun, with_service: bool) -> bool {
    let counts = |place: &usize| {
        let criterion = &side.scenario.criteria[*place];
        criterion.shown_in.is_none() && (with_service || !criterion.of_service)
    };
    run.broken || run.bad.iter().any(counts) || !run.violations.is_empty()
}

fn alike(pair: &Pair<'_>, name: &str, never: bool, bad: Bad) -> CriterionComparison {
    let judged =
        |(a, b): &(&RecordedRun, &RecordedRun)| Judged { seed: a.seed, a: bad(a), b: bad(b), counts: true };
    flips(name, never, pair.runs.iter().map(judged).collect())
}

/// A pair, by one criterion.
struct Judged {
    seed: u64,
    a: bool,
    b: bool,
    /// Not where one side is bought with the other's safety.
    counts: bool,
}

fn flips(name: &str, never: bool, judged: Vec<Judged>) -> CriterionComparison {
    let count = |of: fn(&&Judged) -> bool| judged.iter().filter(of).count() as u64;
    let seeds = |of: fn(&Judged) -> bool| -> Vec<u64> {
        judged.iter().filter(|pair| pair.counts && of(pair)).map(|pair| pair.seed).collect()
    };
    let (turned_bad, turned_good) = (seeds(|pair| !pair.a && pair.b), seeds(|pair| pair.a && !pair.b));
    CriterionComparison {
        name: name.to_owned(),
        never,
        a_bad: count(|pair| pair.a),
        b_bad: count(|pair| pair.b),
        turns_bad_at_most: interval::upper(turned_bad.len() as u64, count(|pair| pair.counts), 0.95),
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
