//! What a count of events over so many years says about their true rate: one-sided bounds for a Poisson mean,
//! decided on the exact distribution (F. Garwood, "Fiducial Limits for the Poisson Distribution", Biometrika 28,
//! 1936; the same bounds are usually written with quantiles of chi-square).
//!
//! The counts of independent runs add up to a Poisson count if events within a run come independently too. Where one
//! event brings on the next they come in clumps, and then the true confidence is below the nominal one.

use std::f64::consts::PI;

use units::Span;

use crate::binomial::{deviance, stirling_error};
use crate::interval::{RUNS_MAX, first, unlikely};

/// A year for rates: 365 days.
pub const YEAR: Span = Span::from_secs(365 * 86_400);

/// Whether `events` in `years` support, at this confidence, a true rate of at most `per_year`.
pub fn supports(events: u64, years: f64, per_year: f64, confidence: f64) -> bool {
    unlikely(at_most(events, per_year * years), confidence)
}

/// Whether they show, at this confidence, that it is higher.
pub fn refutes(events: u64, years: f64, per_year: f64, confidence: f64) -> bool {
    unlikely(at_least(events, per_year * years), confidence)
}

/// Upper one-sided bound of the rate per year; the greatest number there is if nothing was observed.
pub fn upper(events: u64, years: f64, confidence: f64) -> f64 {
    if years <= 0.0 {
        return f64::MAX;
    }
    bisect(|mean| !unlikely(at_most(events, mean), confidence)) / years
}

/// Lower one-sided bound of the rate per year; zero if nothing was seen.
pub fn lower(events: u64, years: f64, confidence: f64) -> f64 {
    if events == 0 || years <= 0.0 {
        return 0.0;
    }
    bisect(|mean| unlikely(at_least(events, mean), confidence)) / years
}

/// How many runs of a new campaign would decide if events kept coming at the rate seen in `runs` runs; `None` beyond
/// a hundred million.
pub fn runs_to_decide(events: u64, years: f64, runs: u64, per_year: f64, confidence: f64) -> Option<u64> {
    if runs == 0 || years <= 0.0 {
        return None;
    }
    let decided = |runs_then: u64| {
        let scale = runs_then as f64 / runs as f64;
        let events_then = libm::round(events as f64 * scale) as u64;
        let years_then = years * scale;
        supports(events_then, years_then, per_year, confidence)
            || refutes(events_then, years_then, per_year, confidence)
    };
    first(runs, decided).filter(|runs| *runs <= RUNS_MAX)
}

/// Probability of at most `k` events where `mean` are expected.
pub fn at_most(k: u64, mean: f64) -> f64 {
    if mean <= 0.0 {
        1.0
    } else if (k as f64) < mean {
        sum_down(k, mean)
    } else {
        1.0 - sum_up(k + 1, mean)
    }
}

/// Probability of at least `k` events where `mean` are expected.
pub fn at_least(k: u64, mean: f64) -> f64 {
    if k == 0 {
        1.0
    } else if mean <= 0.0 {
        0.0
    } else if k as f64 > mean {
        sum_up(k, mean)
    } else {
        1.0 - sum_down(k - 1, mean)
    }
}

/// Terms `k`, `k - 1`, ...: below the mean they shrink.
fn sum_down(k: u64, mean: f64) -> f64 {
    let (mut term, mut sum) = (exactly(k, mean), 0.0);
    for i in (0..=k).rev() {
        let before = sum;
        sum += term;
        if sum <= before {
            break;
        }
        term *= i as f64 / mean;
    }
    sum
}

/// Terms `k`, `k + 1`, ...: above the mean they shrink.
fn sum_up(k: u64, mean: f64) -> f64 {
    let (mut term, mut sum) = (exactly(k, mean), 0.0);
    for i in k + 1.. {
        let before = sum;
        sum += term;
        if sum <= before {
            break;
        }
        term *= mean / i as f64;
    }
    sum
}

/// Probability of exactly `k` events, for a mean above zero: Loader's form, as in the binomial distribution.
fn exactly(k: u64, mean: f64) -> f64 {
    if k == 0 {
        return libm::exp(-mean);
    }
    libm::exp(-stirling_error(k) - deviance(k as f64, mean)) / libm::sqrt(2.0 * PI * k as f64)
}

/// The mean at which `holds` turns from true, as it is at zero, to false.
fn bisect(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while holds(high) {
        (low, high) = (high, high * 2.0);
        if high > 1e15 {
            return f64::MAX; // a confidence that nothing reaches
        }
    }
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high || high - low <= 1e-14 * high {
            return high;
        }
        if holds(middle) { low = middle } else { high = middle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::function::gamma::gamma_ur;

    #[test]
    fn the_bounds_are_garwoods() {
        // His table, 95 % one-sided: for 0, 1, 5 and 10 events the upper bounds, for 1, 5 and 10 the lower ones.
        for (events, bound) in [(0, 2.996), (1, 4.744), (5, 10.513), (10, 16.962)] {
            assert!(
                (upper(events, 1.0, 0.95) - bound).abs() < 5e-4,
                "{events}: {}",
                upper(events, 1.0, 0.95)
            );
        }
        for (events, bound) in [(1, 0.051_29), (5, 1.970_15), (10, 5.425_41)] {
            assert!(
                (lower(events, 1.0, 0.95) - bound).abs() < 5e-5,
                "{events}: {}",
                lower(events, 1.0, 0.95)
            );
        }
    }

    #[test]
    fn three_quiet_years_are_what_it_takes_to_bound_a_rate_at_one() {
        assert!(supports(0, 3.0, 1.0, 0.95) && !supports(0, 2.9, 1.0, 0.95));
        assert_eq!(runs_to_decide(0, 0.1, 1, 1.0, 0.95), Some(30));
        assert!(refutes(12, 3.0, 1.0, 0.95) && !refutes(3, 3.0, 1.0, 0.95));
    }

    #[test]
    fn nothing_observed_bounds_nothing() {
        assert_eq!((lower(0, 0.0, 0.95), upper(0, 0.0, 0.95)), (0.0, f64::MAX));
        assert!(!supports(0, 0.0, 1.0, 0.95) && !refutes(0, 0.0, 1.0, 0.95));
    }

    proptest! {
        #[test]
        fn tails_agree_with_the_incomplete_gamma_function(k in 0u64..3_000, mean in 0.01..3_000.0f64) {
            let theirs = gamma_ur((k + 1) as f64, mean);
            prop_assume!(theirs > 1e-100);
            prop_assert!((at_most(k, mean) - theirs).abs() <= 1e-8 * theirs, "{} {theirs}", at_most(k, mean));
            prop_assert!((at_most(k, mean) + at_least(k + 1, mean) - 1.0).abs() < 1e-10);
        }

        #[test]
        fn the_bounds_enclose_what_was_seen(events in 0u64..10_000, years in 0.1..1_000.0f64) {
            let seen = events as f64 / years;
            prop_assert!(lower(events, years, 0.95) <= seen && seen <= upper(events, years, 0.95));
        }
    }
}
