//! Special functions that `libm` lacks.

use crate::level::Level;

/// Quantile of the standard normal distribution: algorithm AS 241, PPND16, of Wichura, "The Percentage Points of the
/// Normal Distribution", Applied Statistics 37 (1988). Relative error about 10^-16. The coefficients are his.
pub(crate) fn normal_quantile(level: Level) -> f64 {
    let q = if level.below < 0.5 { level.below - 0.5 } else { 0.5 - level.above };
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&CENTRE.0, r) / polynomial(&CENTRE.1, r);
    }
    let r = (-libm::log(level.below.min(level.above))).sqrt();
    let (coefficients, r) = if r <= 5.0 { (&MIDDLE, r - 1.6) } else { (&FAR, r - 5.0) };
    let size = polynomial(&coefficients.0, r) / polynomial(&coefficients.1, r);
    if q < 0.0 { -size } else { size }
}

/// Horner's scheme, lowest power first.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

type Rational = ([f64; 8], [f64; 8]);

#[rustfmt::skip]
const CENTRE: Rational = (
    [
        3.387_132_872_796_366_5, 133.141_667_891_784_38, 1_971.590_950_306_551_3, 13_731.693_765_509_46,
        45_921.953_931_549_87, 67_265.770_927_008_7, 33_430.575_583_588_13, 2_509.080_928_730_122_7,
    ],
    [
        1.0, 42.313_330_701_600_91, 687.187_007_492_057_9, 5_394.196_021_424_751,
        21_213.794_301_586_597, 39_307.895_800_092_71, 28_729.085_735_721_943, 5_226.495_278_852_854,
    ],
);
#[rustfmt::skip]
const MIDDLE: Rational = (
    [
        1.423_437_110_749_683_5, 4.630_337_846_156_546, 5.769_497_221_460_691, 3.647_848_324_763_204_5,
        1.270_458_252_452_368_4, 2.417_807_251_774_506e-1, 2.272_384_498_926_918_4e-2, 7.745_450_142_783_414e-4,
    ],
    [
        1.0, 2.053_191_626_637_759, 1.676_384_830_183_803_8, 6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1, 1.519_866_656_361_645_7e-2, 5.475_938_084_995_345e-4, 1.050_750_071_644_416_9e-9,
    ],
);
#[rustfmt::skip]
const FAR: Rational = (
    [
        6.657_904_643_501_103, 5.463_784_911_164_114, 1.784_826_539_917_291_3, 2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2, 1.242_660_947_388_078_4e-3, 2.711_555_568_743_487_6e-5, 2.010_334_399_292_288_1e-7,
    ],
    [
        1.0, 5.998_322_065_558_879e-1, 1.369_298_809_227_358e-1, 1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4, 1.846_318_317_510_054_8e-5, 1.421_511_758_316_446e-7, 2.044_263_103_389_939_8e-15,
    ],
);

/// Bound of every iteration here; the shapes allowed need a few hundred.
const ROUNDS_MAX: u32 = 10_000;
const PRECISION: f64 = 1e-16;

/// Regularised lower incomplete gamma function P(a, x): the series of Abramowitz and Stegun 6.5.29 for small x, the
/// complement of the continued fraction otherwise.
pub(crate) fn gamma_lower(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= a + 1.0 {
        return 1.0 - upper_fraction(a, x);
    }
    lower_series(a, x)
}

/// Regularised upper incomplete gamma function Q(a, x) = 1 - P(a, x), with full precision where it is small.
pub(crate) fn gamma_upper(a: f64, x: f64) -> f64 {
    if x < a + 1.0 { 1.0 - gamma_lower(a, x) } else { upper_fraction(a, x) }
}

/// x^a e^-x / Gamma(a): x times the density, and the factor before series and fraction.
fn kernel(a: f64, x: f64) -> f64 {
    libm::exp(a * libm::log(x) - x - libm::lgamma(a))
}

fn lower_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
    for _ in 0..ROUNDS_MAX {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term < sum * PRECISION {
            break;
        }
    }
    sum * kernel(a, x)
}

/// Abramowitz and Stegun 6.5.31 in its even form, evaluated by Lentz's method ("Generating Bessel functions in Mie
/// scattering calculations using continued fractions", Applied Optics 15, 1976).
fn upper_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut value = d;
    for round in 1..ROUNDS_MAX {
        let i = f64::from(round);
        let numerator = -i * (i - a);
        b += 2.0;
        d = away_from_zero(numerator * d + b, TINY);
        c = away_from_zero(b + numerator / c, TINY);
        d = 1.0 / d;
        value *= d * c;
        if (d * c - 1.0).abs() < PRECISION * 4.0 {
            break;
        }
    }
    value * kernel(a, x)
}

fn away_from_zero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}

/// Quantile of the gamma distribution with scale 1: bisection in the logarithm, made fast by Newton steps on the
/// logarithm of the nearer tail (nearly linear in ln x, so a few suffice) wherever they stay inside the bracket.
pub(crate) fn gamma_quantile(shape: f64, level: Level) -> f64 {
    let lower = level.below < level.above;
    let target = if lower { level.below } else { level.above };
    let (mut low, mut high) = (1e-300_f64, shape + 60.0 * shape.sqrt() + 60.0);
    let mut x = gamma_guess(shape, level).clamp(low * 2.0, high / 2.0);
    for _ in 0..ROUNDS_MAX {
        let tail = if lower { gamma_lower(shape, x) } else { gamma_upper(shape, x) };
        if (tail > target) == lower {
            high = x;
        } else {
            low = x;
        }
        let slope = kernel(shape, x) / tail;
        let step = libm::log(tail / target) / slope;
        let newton = if lower { x * libm::exp(-step) } else { x * libm::exp(step) };
        let next = if newton > low && newton < high { newton } else { (low * high).sqrt() };
        if (next - x).abs() <= x * 1e-15 || high <= low * (1.0 + 1e-15) {
            return next;
        }
        x = next;
    }
    x
}

/// Where to begin: the cube-root approximation (Wilson and Hilferty, PNAS 17, 1931), or, near zero, the first term of
/// the series.
fn gamma_guess(shape: f64, level: Level) -> f64 {
    let root = 1.0 - 1.0 / (9.0 * shape) + normal_quantile(level) / (3.0 * shape.sqrt());
    let cube = shape * root * root * root;
    if root > 0.0 && cube > 0.1 * shape {
        return cube;
    }
    libm::exp((libm::log(level.below) + libm::lgamma(shape + 1.0)) / shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, expected: f64, relative: f64) {
        assert!((value / expected - 1.0).abs() < relative, "{value} is not {expected}");
    }

    fn lower(below: f64) -> Level {
        Level { below, above: 1.0 - below }
    }

    /// The three values that Wichura gives for checking an implementation, and one each from the standard tables.
    #[test]
    fn the_normal_quantile_agrees_with_its_paper() {
        close(normal_quantile(lower(0.25)), -0.674_489_750_196_081_7, 1e-15);
        close(normal_quantile(lower(0.001)), -3.090_232_306_167_813_7, 1e-15);
        close(normal_quantile(lower(1e-20)), -9.262_340_089_798_409, 1e-15);
        close(normal_quantile(Level { below: 1.0, above: 1e-20 }), 9.262_340_089_798_409, 1e-15);
        close(normal_quantile(Level { below: 0.99, above: 0.01 }), crate::law::Z99, 1e-15);
        assert_eq!(normal_quantile(lower(0.5)), 0.0);
    }

    #[test]
    fn the_normal_quantile_undoes_the_error_function_on_every_branch() {
        for exponent in 1..300 {
            let p = 0.5 * libm::pow(0.9, f64::from(exponent));
            let back = 0.5 * libm::erfc(-normal_quantile(lower(p)) * std::f64::consts::FRAC_1_SQRT_2);
            close(back, p, 2e-13);
        }
    }

    /// Shape 1 is exponential, shape 1/2 the error function, whole shapes a sum (Erlang).
    #[test]
    fn the_incomplete_gamma_function_agrees_with_its_elementary_cases() {
        for x in [1e-9, 0.01, 0.3, 1.0, 1.4, 1.6, 3.0, 20.0, 100.0] {
            close(gamma_lower(1.0, x), -libm::expm1(-x), 1e-13);
            close(gamma_upper(1.0, x), libm::exp(-x), 1e-13);
            close(gamma_lower(0.5, x), libm::erf(x.sqrt()), 1e-13);
            close(gamma_upper(0.5, x), libm::erfc(x.sqrt()), 1e-13);
            close(gamma_upper(3.0, x), libm::exp(-x) * (1.0 + x + x * x / 2.0), 1e-13);
        }
    }

    #[test]
    fn the_gamma_quantile_undoes_the_gamma_function_in_both_tails() {
        for shape in [0.1, 0.5, 0.9, 1.0, 2.5, 40.0, 1000.0] {
            for tail in [1e-15, 1e-9, 0.001, 0.1, 0.3, 0.499] {
                close(gamma_lower(shape, gamma_quantile(shape, lower(tail))), tail, 1e-9);
                let upper = Level { below: 1.0 - tail, above: tail };
                close(gamma_upper(shape, gamma_quantile(shape, upper)), tail, 1e-9);
            }
        }
    }
}
