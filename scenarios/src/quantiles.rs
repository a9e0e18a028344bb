//! Quick bounds of distributions for sums by hand; sampling is the simulator's.

use libm::{pow, sqrt};
use sim::Distribution;
use units::Span;

/// 99 % quantile of the exponential distribution with mean 1: -ln(0.01).
const EXPONENTIAL_P99: f64 = 4.605_170_185_988_091;
/// 99 % quantile of the standard normal distribution.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

/// A draw is hardly ever shorter: the least value where there is one, the 1 % quantile of a lognormal (by
/// symmetry of its logarithm: median squared over p99), and zero where the distribution comes close to it.
pub fn never_less(distribution: &Distribution) -> Span {
    match distribution {
        Distribution::Constant(span) | Distribution::Uniform(span, _) => *span,
        Distribution::Lognormal { median, p99 } => {
            Span::from_secs_f64(median.as_secs_f64() * (median.as_secs_f64() / p99.as_secs_f64()))
        }
        Distribution::Exponential { .. } | Distribution::Weibull { .. } | Distribution::Gamma { .. } => {
            Span::ZERO
        }
        Distribution::Quantiles(table) => table.first().copied().unwrap_or(Span::ZERO),
        Distribution::Mixture(parts) => drawn(parts).map(never_less).min().unwrap_or(Span::ZERO),
    }
}

/// 99 in 100 draws are shorter. Exact but for gamma, where the Wilson-Hilferty approximation (1931) serves,
/// and mixtures, where the largest of the parts' quantiles is an upper bound.
pub fn hardly_more(distribution: &Distribution) -> Span {
    match distribution {
        Distribution::Constant(span) => *span,
        Distribution::Uniform(first, last) => {
            Span::from_secs_f64(first.as_secs_f64() * 0.01 + last.as_secs_f64() * 0.99)
        }
        Distribution::Exponential { mean } => Span::from_secs_f64(mean.as_secs_f64() * EXPONENTIAL_P99),
        Distribution::Lognormal { p99, .. } => *p99,
        Distribution::Weibull { scale, shape } => {
            Span::from_secs_f64(scale.as_secs_f64() * pow(EXPONENTIAL_P99, 1.0 / shape))
        }
        Distribution::Gamma { mean, shape } => {
            let ninth = 1.0 / (9.0 * shape);
            let root = 1.0 - ninth + NORMAL_P99 * sqrt(ninth);
            Span::from_secs_f64(mean.as_secs_f64() * root * root * root)
        }
        Distribution::Quantiles(table) => table_p99(table),
        Distribution::Mixture(parts) => drawn(parts).map(hardly_more).max().unwrap_or(Span::ZERO),
    }
}

/// The parts of a mixture that are ever drawn.
fn drawn(parts: &[(f64, Distribution)]) -> impl Iterator<Item = &Distribution> {
    parts.iter().filter(|(weight, _)| *weight > 0.0).map(|(_, part)| part)
}

/// Linear between the entries of a table at equal steps of probability.
fn table_p99(table: &[Span]) -> Span {
    let Some(last) = table.len().checked_sub(1) else { return Span::ZERO };
    let position = 0.99 * last as f64;
    let below = position as usize;
    let (low, high) = (table[below].as_secs_f64(), table[(below + 1).min(last)].as_secs_f64());
    Span::from_secs_f64(low + (high - low) * (position - below as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p99(distribution: &Distribution) -> f64 {
        hardly_more(distribution).as_secs_f64()
    }

    #[test]
    fn quantiles_agree_with_published_tables() {
        let second = Span::from_secs(1);
        assert!((p99(&Distribution::Exponential { mean: second }) - 4.605).abs() < 0.001);
        assert!((p99(&Distribution::Weibull { scale: second, shape: 2.0 }) - 2.146).abs() < 0.001);
        // Half of chi-squared with 10 degrees of freedom, whose 99 % quantile is 23.209, over its mean of 10.
        assert!((p99(&Distribution::Gamma { mean: second, shape: 5.0 }) - 2.3209).abs() < 0.01);
        assert!((p99(&Distribution::Uniform(Span::ZERO, second)) - 0.99).abs() < 1e-9);
        let table = [0, 1, 2].map(Span::from_secs).to_vec();
        assert!((p99(&Distribution::Quantiles(table)) - 1.98).abs() < 1e-9);
    }

    #[test]
    fn a_lognormal_is_as_far_below_its_median_as_above() {
        let lognormal = Distribution::Lognormal { median: Span::from_secs(2), p99: Span::from_secs(8) };
        assert_eq!(never_less(&lognormal), Span::from_millis(500));
    }

    #[test]
    fn a_mixture_lies_between_the_parts_that_are_drawn() {
        let constant = |secs| Distribution::Constant(Span::from_secs(secs));
        let mixture = Distribution::Mixture(vec![(0.0, constant(0)), (0.9, constant(1)), (0.1, constant(5))]);
        assert_eq!((never_less(&mixture), hardly_more(&mixture)), (Span::from_secs(1), Span::from_secs(5)));
    }
}
