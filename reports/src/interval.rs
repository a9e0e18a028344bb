//! What a count of bad runs says about the true share of bad runs: one-sided Clopper-Pearson, decided on the exact
//! binomial distribution and never on an inverted one.
//!
//! Clopper-Pearson because its real coverage never falls below the nominal one (Wilson's fell to 93.3 % and
//! Jeffreys' to 86.5 % at nominal 95 %, shares of 1 to 2 % and 1000 runs). Inverse beta functions of the common
//! libraries are avoided: some are off by 1e-4 and some do not return. Confidences and shares are between 0 and 1.

use crate::binomial;

/// Nobody plans more runs than this; searches end here.
pub(crate) const RUNS_MAX: u64 = 100_000_000;

/// Whether `bad` of `n` runs support, at this confidence, that at most the share `q` of all runs is bad: were it
/// more, so few bad ones would be seen with probability `1 - confidence` at the very most.
pub fn supports(bad: u64, n: u64, q: f64, confidence: f64) -> bool {
    unlikely(binomial::at_most(bad, n, q), confidence)
}

/// Whether `bad` of `n` runs show, at this confidence, that more than the share `q` of all runs is bad.
pub fn refutes(bad: u64, n: u64, q: f64, confidence: f64) -> bool {
    unlikely(binomial::at_least(bad, n, q), confidence)
}

/// Whether something this improbable decides. Nothing decides at a confidence of 0, 1 or NaN: not even what has
/// become zero by underflow is certain.
pub(crate) fn unlikely(probability: f64, confidence: f64) -> bool {
    let error = 1.0 - confidence;
    error > 0.0 && error < 1.0 && probability <= error
}

/// Upper one-sided bound of the share of bad runs; 1 if nothing was seen.
pub fn upper(bad: u64, n: u64, confidence: f64) -> f64 {
    if bad >= n {
        return 1.0;
    }
    bisect(|share| !supports(bad, n, share, confidence)).1
}

/// Lower one-sided bound of the share of bad runs; 0 if nothing was seen.
pub fn lower(bad: u64, n: u64, confidence: f64) -> f64 {
    if bad == 0 {
        return 0.0;
    }
    bisect(|share| refutes(bad, n, share, confidence)).0
}

/// The fewest runs among which `bad` bad ones still support the share `q`; `None` beyond a hundred million, and
/// where no number does (`q` of 0, confidence of 1).
pub fn least_runs(q: f64, bad: u64, confidence: f64) -> Option<u64> {
    first(bad + 1, |n| supports(bad, n, q, confidence))
}

/// How many runs would decide, either way, if bad ones kept coming at the rate seen; `None` beyond a hundred
/// million, as for a rate of exactly `q`.
///
/// With no bad run this is [`least_runs`]. Otherwise the smallest multiple of the evidence, in steps of one bad
/// run, that [`supports`] or [`refutes`]: an estimate, since the rate is one. It is the size of a new campaign on
/// fresh seeds. Adding runs to one that has been looked at raises the false passes above `1 - confidence`.
pub fn runs_to_decide(bad: u64, n: u64, q: f64, confidence: f64) -> Option<u64> {
    if bad == 0 || n == 0 {
        return least_runs(q, 0, confidence);
    }
    let runs_with = |bad_then: u64| (u128::from(bad_then) * u128::from(n)).div_ceil(u128::from(bad)) as u64;
    let decided = |bad_then: u64| {
        let runs = runs_with(bad_then);
        runs > RUNS_MAX || supports(bad_then, runs, q, confidence) || refutes(bad_then, runs, q, confidence)
    };
    first(bad, decided).map(runs_with).filter(|runs| *runs <= RUNS_MAX)
}

/// The smallest number from `start` on for which `holds`, given that it then holds for all larger ones.
pub(crate) fn first(start: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if holds(start) {
        return Some(start);
    }
    let (mut fails, mut works) = (start, start.max(1) * 2);
    while !holds(works) {
        if works > RUNS_MAX {
            return None;
        }
        (fails, works) = (works, works * 2);
    }
    while works - fails > 1 {
        let middle = fails + (works - fails) / 2;
        if holds(middle) { works = middle } else { fails = middle }
    }
    Some(works).filter(|found| *found <= RUNS_MAX)
}

/// Neighbouring shares between which `holds` turns from true to false.
fn bisect(holds: impl Fn(f64) -> bool) -> (f64, f64) {
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high || high - low <= 1e-15 * high {
            return (low, high);
        }
        if holds(middle) { low = middle } else { high = middle }
    }
}
