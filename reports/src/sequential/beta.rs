//! The incomplete beta function in logarithms, for the mixtures of [`super`]: what underflows as a number is exact as a
//! logarithm.
//!
//! The continued fraction is DLMF 8.17.22, evaluated by Lentz's method as A. R. DiDonato and A. H. Morris do
//! ("Algorithm 708", ACM TOMS 18, 1992, `BFRAC`). It converges fast where `x` is below the mean of the distribution;
//! beyond, the complement is computed. `libm` gives the same bits on every system.

/// Terms of the continued fraction. It takes about the square root of the larger parameter.
const TERMS_MAX: u32 = 100_000;

/// ln of the integral of `t^(a-1) (1-t)^(b-1)` over 0 to `x`, for `a`, `b` above zero and `x` strictly within 0 to 1.
pub(super) fn ln_below(x: f64, a: f64, b: f64) -> f64 {
    match x < mode_border(a, b) {
        true => by_fraction(x, a, b),
        false => ln_rest(ln_beta(a, b), by_fraction(1.0 - x, b, a)),
    }
}

/// ln of the same integral over `x` to 1.
pub(super) fn ln_above(x: f64, a: f64, b: f64) -> f64 {
    match x < mode_border(a, b) {
        true => ln_rest(ln_beta(a, b), by_fraction(x, a, b)),
        false => by_fraction(1.0 - x, b, a),
    }
}

/// Below this the fraction for `x` converges fast, above it that for the complement.
fn mode_border(a: f64, b: f64) -> f64 {
    (a + 1.0) / (a + b + 2.0)
}

/// ln of the complete beta function.
fn ln_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// ln(exp(`whole`) - exp(`part`)), `part` being the smaller.
fn ln_rest(whole: f64, part: f64) -> f64 {
    whole + libm::log1p(-libm::exp(part - whole))
}

fn by_fraction(x: f64, a: f64, b: f64) -> f64 {
    a * libm::log(x) + b * libm::log1p(-x) - libm::log(a) + libm::log(fraction(x, a, b))
}

/// DLMF 8.17.22 by Lentz's method.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for m in 1..TERMS_MAX {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = result;
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            result *= c * d;
        }
        if (result - before).abs() <= 1e-16 * result.abs() {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::function::beta::{beta_reg, ln_beta as theirs_ln_beta};

    proptest! {
        #[test]
        fn it_agrees_with_another_library(x in 0.0005..0.9995f64, a in 0.5..2_000.0f64, b in 0.5..20_000.0f64) {
            let (lower, upper) = (beta_reg(a, b, x), beta_reg(b, a, 1.0 - x));
            let whole = theirs_ln_beta(a, b);
            if lower > 1e-250 {
                prop_assert!((ln_below(x, a, b) - whole - libm::log(lower)).abs() < 1e-7);
            }
            if upper > 1e-250 {
                prop_assert!((ln_above(x, a, b) - whole - libm::log(upper)).abs() < 1e-7);
            }
        }

        /// For whole numbers it is a binomial tail, which this crate knows by another way, far into its ends.
        #[test]
        fn whole_parameters_give_the_binomial_distribution(x in 0.0005..0.5f64, k in 0u64..300, n in 300u64..200_000) {
            use crate::binomial::{at_least, at_most};
            let (a, b) = ((k + 1) as f64, (n - k) as f64);
            let (many, few) = (at_least(k + 1, n, x), at_most(k, n, x));
            if many > 1e-280 {
                prop_assert!((ln_below(x, a, b) - ln_beta(a, b) - libm::log(many)).abs() < 1e-8, "{many:e}");
            }
            if few > 1e-280 {
                prop_assert!((ln_above(x, a, b) - ln_beta(a, b) - libm::log(few)).abs() < 1e-8, "{few:e}");
            }
        }
    }

    /// The arcsine distribution: 2/pi arcsin(sqrt(x)).
    #[test]
    fn halves_give_the_arcsine_distribution() {
        for x in [0.001, 0.01, 0.25, 0.5, 0.9] {
            let exact = 2.0 * libm::asin(libm::sqrt(x));
            assert!((ln_below(x, 0.5, 0.5) - libm::log(exact)).abs() < 1e-13, "{x}");
        }
    }
}
