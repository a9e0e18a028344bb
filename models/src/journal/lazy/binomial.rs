//! Binomial counts, exactly distributed for every number of trials and every probability.

use sim::Stream;

/// From this mean on rejection is cheaper than counting, and its constants hold.
const REJECTION_MIN: f64 = 10.0;

/// How many of `trials` succeed, each with probability `p`.
pub(crate) fn draw(stream: &mut Stream, trials: u64, p: f64) -> u64 {
    if p > 0.5 {
        return trials - draw(stream, trials, 1.0 - p);
    }
    if trials == 0 || p <= 0.0 {
        return 0;
    }
    if trials as f64 * p < REJECTION_MIN {
        by_gaps(stream, trials, p)
    } else {
        by_rejection(stream, trials, p)
    }
}

/// Jumps from success to success: the gaps between them are geometric (Devroye, "Non-Uniform Random Variate
/// Generation", 1986, X.4.3). Takes about as many draws as there are successes.
fn by_gaps(stream: &mut Stream, trials: u64, p: f64) -> u64 {
    let scale = libm::log1p(-p);
    let (mut passed, mut successes) = (0.0, 0);
    loop {
        passed += (libm::log(1.0 - stream.unit()) / scale).floor() + 1.0;
        if passed > trials as f64 {
            return successes;
        }
        successes += 1;
    }
}

/// Transformed rejection: algorithm BTRS of Hörmann, "The generation of binomial random variates", Journal of
/// Statistical Computation and Simulation 46 (1993). The constants are his.
fn by_rejection(stream: &mut Stream, trials: u64, p: f64) -> u64 {
    let n = trials as f64;
    let deviation = (n * p * (1.0 - p)).sqrt();
    let b = 1.15 + 2.53 * deviation;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let squeeze = 0.92 - 4.2 / b;
    let alpha = (2.83 + 5.1 / b) * deviation;
    let log_odds = libm::log(p) - libm::log1p(-p);
    let mode = ((n + 1.0) * p).floor();
    loop {
        let u = stream.unit() - 0.5;
        let v = stream.unit();
        let us = 0.5 - u.abs();
        let count = ((2.0 * a / us + b) * u + n * p + 0.5).floor();
        if !(0.0..=n).contains(&count) {
            continue;
        }
        if us >= 0.07 && v <= squeeze {
            return count as u64;
        }
        let bound = log_ways(n, count) - log_ways(n, mode) + (count - mode) * log_odds;
        if libm::log(v * alpha / (a / (us * us) + b)) <= bound {
            return count as u64;
        }
    }
}

/// Logarithm of "n choose k".
fn log_ways(n: f64, k: f64) -> f64 {
    libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0)
}
