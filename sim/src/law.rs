//! Closed laws: quantile, distribution function and mean, in nanoseconds, from pure-Rust `libm` only.

use crate::level::Level;
use crate::special::{gamma_lower, gamma_quantile, gamma_upper, normal_quantile};

/// The 99 % quantile of the standard normal distribution.
pub(crate) const Z99: f64 = 2.326_347_874_040_841;

/// A law of durations; parameters in nanoseconds where they are durations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Law {
    Exponential { mean: f64 },
    Lognormal { mu: f64, sigma: f64 },
    Weibull { scale: f64, shape: f64 },
    Gamma { scale: f64, shape: f64 },
}

impl Law {
    /// The quantile at `level`, rounded to whole nanoseconds; too long becomes `u64::MAX`.
    pub(crate) fn quantile_nanos(self, level: Level) -> u64 {
        (self.quantile(level) + 0.5) as u64
    }

    fn quantile(self, level: Level) -> f64 {
        match self {
            Law::Exponential { mean } => mean * level.hazard(),
            Law::Lognormal { mu, sigma } => libm::exp(mu + sigma * normal_quantile(level)),
            Law::Weibull { scale, shape } => scale * libm::pow(level.hazard(), 1.0 / shape),
            Law::Gamma { scale, shape } => scale * gamma_quantile(shape, level),
        }
    }

    /// The probability of at most `nanos`.
    pub(crate) fn cdf(self, nanos: f64) -> f64 {
        if nanos <= 0.0 {
            return 0.0;
        }
        match self {
            Law::Exponential { mean } => -libm::expm1(-nanos / mean),
            Law::Lognormal { mu, sigma } => {
                0.5 * libm::erfc((mu - libm::log(nanos)) / sigma * std::f64::consts::FRAC_1_SQRT_2)
            }
            Law::Weibull { scale, shape } => -libm::expm1(-libm::pow(nanos / scale, shape)),
            Law::Gamma { scale, shape } if nanos < scale * shape => gamma_lower(shape, nanos / scale),
            Law::Gamma { scale, shape } => 1.0 - gamma_upper(shape, nanos / scale),
        }
    }

    pub(crate) fn mean(self) -> f64 {
        match self {
            Law::Exponential { mean } => mean,
            Law::Lognormal { mu, sigma } => libm::exp(mu + sigma * sigma / 2.0),
            Law::Weibull { scale, shape } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Law::Gamma { scale, shape } => scale * shape,
        }
    }
}
