//! Poisson counts, exactly distributed for every mean.

use crate::Stream;

/// Largest mean: counts stay far below 2^53, up to which floats count without gaps.
const MEAN_MAX: f64 = 1e12;
/// From here on rejection is cheaper than counting, and its constants hold (they are given for means of 10 and more).
const REJECTION_MIN: f64 = 10.0;
/// Half the logarithm of two pi.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;

impl Stream {
    /// How many of many rare independent things happened, where `mean` happen on average.
    ///
    /// # Panics
    ///
    /// If `mean` is negative, not a number or above 10^12.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        assert!((0.0..=MEAN_MAX).contains(&mean), "a Poisson mean lies between 0 and 1e12, not at {mean}");
        if mean < REJECTION_MIN { by_multiplication(self, mean) } else { by_rejection(self, mean) }
    }
}

/// Counts unit-rate arrivals until `mean` has passed (Knuth, TAOCP 2, 3.4.1 F): their gaps are exponential, so the
/// product of uniform numbers falls below exp(-mean).
fn by_multiplication(stream: &mut Stream, mean: f64) -> u64 {
    let floor = libm::exp(-mean);
    let mut product = stream.unit();
    let mut count = 0;
    while product > floor {
        product *= stream.unit();
        count += 1;
    }
    count
}

/// Transformed rejection with squeeze: algorithm PTRS of Hörmann, "The transformed rejection method for generating
/// Poisson random variables", Insurance: Mathematics and Economics 12 (1993). The constants are his.
fn by_rejection(stream: &mut Stream, mean: f64) -> u64 {
    let b = 0.931 + 2.53 * mean.sqrt();
    let a = -0.059 + 0.024_83 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let squeeze = 0.9277 - 3.6224 / (b - 2.0);
    loop {
        let u = stream.unit() - 0.5;
        let v = stream.unit();
        let us = 0.5 - u.abs();
        let count = ((2.0 * a / us + b) * u + mean + 0.43).floor();
        if us >= 0.07 && v <= squeeze {
            return count as u64;
        }
        if count < 0.0 || (us < 0.013 && v > us) {
            continue;
        }
        if libm::log(v * inverse_alpha / (a / (us * us) + b)) <= log_probability(count, mean) {
            return count as u64;
        }
    }
}

/// Logarithm of the probability of `count` by the saddle point (Loader, "Fast and Accurate Computation of Binomial
/// Probabilities", 2000): the textbook formula cancels at large means and would lose ten digits at 10^12.
fn log_probability(count: f64, mean: f64) -> f64 {
    if count == 0.0 {
        return -mean;
    }
    -stirling_error(count) - deviance(count, mean) - HALF_LN_TWO_PI - 0.5 * libm::log(count)
}

/// What Stirling's formula for ln(n!) leaves out.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        return libm::lgamma(n + 1.0) - (n + 0.5) * libm::log(n) + n - HALF_LN_TWO_PI;
    }
    let square = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / 1680.0 / square) / square) / square) / n
}

/// x ln(x / mean) + mean - x without cancellation where x is near the mean.
fn deviance(x: f64, mean: f64) -> f64 {
    if (x - mean).abs() >= 0.1 * (x + mean) {
        return x * libm::log(x / mean) + mean - x;
    }
    let v = (x - mean) / (x + mean);
    let mut sum = (x - mean) * v;
    let mut term = 2.0 * x * v;
    // |v| < 0.1, so each round gains two digits.
    for odd in (3..).step_by(2).take(20) {
        term *= v * v;
        let next = sum + term / f64::from(odd);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probabilities_of_all_counts_add_up_to_one() {
        for mean in [10.0, 12.5, 100.0, 1e4, 1e6] {
            let width = 12.0 * f64::sqrt(mean);
            let (from, to) = ((mean - width).max(0.0) as u64, (mean + width) as u64);
            let sum: f64 = (from..=to).map(|count| libm::exp(log_probability(count as f64, mean))).sum();
            assert!((sum - 1.0).abs() < 1e-10, "mean {mean}: {sum}");
        }
    }

    #[test]
    fn small_counts_have_the_probability_of_the_textbook() {
        let mut expected = -10.5;
        for count in 0..60 {
            let value = log_probability(f64::from(count), 10.5);
            assert!((value - expected).abs() < 1e-12, "{count}: {value}, not {expected}");
            expected += libm::log(10.5 / f64::from(count + 1));
        }
    }

    /// From one count to the next the probability changes by mean / (count + 1), also where both have 13 digits.
    #[test]
    fn nothing_cancels_at_a_million_million() {
        let mean = 1e12;
        let at_mean = log_probability(mean, mean);
        assert!((at_mean + HALF_LN_TWO_PI + 0.5 * libm::log(mean)).abs() < 1e-12);
        for deviations in [-5.0, -1.0, 0.5, 6.0] {
            let count = mean + deviations * 1e6;
            let normal = -deviations * deviations / 2.0;
            assert!((log_probability(count, mean) - at_mean - normal).abs() < 1e-4);
        }
    }
}
