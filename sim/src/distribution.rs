use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::Span;

/// How long something takes, as it is written in a plan file: `Lognormal(median: "55ms", p99: "90ms")`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Distribution {
    /// Always the same.
    Constant(Span),
    /// Anything from the first to the second, evenly.
    Uniform(Span, Span),
    /// Memoryless, with this mean.
    Exponential {
        /// Mean.
        mean: Span,
    },
    /// Lognormal, given by two quantiles.
    Lognormal {
        /// Half the draws are shorter.
        median: Span,
        /// 99 in 100 draws are shorter.
        p99: Span,
    },
    /// Weibull; shape below 1: early failures, above 1: wear.
    Weibull {
        /// Characteristic life (63.2 % quantile).
        scale: Span,
        /// Shape, above zero.
        shape: f64,
    },
    /// Gamma.
    Gamma {
        /// Mean.
        mean: Span,
        /// Shape, above zero.
        shape: f64,
    },
    /// Measured: quantile table at equal steps of probability from 0 to 1, linear between.
    Quantiles(Vec<Span>),
    /// One of several, chosen by weight.
    Mixture(Vec<(f64, Distribution)>),
}
