use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::Span;

/// How long something takes, as it is written in a plan file: `Lognormal(median: "55ms", p99: "90ms")`.
///
/// [`Distribution::compile`] checks it and makes the [`Sampler`](crate::Sampler) that draws from it.
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
        /// Shape, from 0.1 to 1000.
        shape: f64,
    },
    /// Gamma.
    Gamma {
        /// Mean.
        mean: Span,
        /// Shape, from 0.1 to 1000.
        shape: f64,
    },
    /// Measured: quantile table at equal steps of probability from 0 to 1, linear between.
    Quantiles(Vec<Span>),
    /// One of several, chosen by weight.
    Mixture(Vec<(f64, Distribution)>),
}

/// Why a [`Distribution`] cannot be drawn from.
#[derive(Clone, Debug, PartialEq)]
pub enum DistributionError {
    /// A uniform distribution ends before it begins.
    Reversed {
        /// Where it begins.
        from: Span,
        /// Where it ends.
        to: Span,
    },
    /// A mean, median or scale is zero.
    Zero {
        /// Which of them.
        parameter: &'static str,
    },
    /// The 99 % quantile of a lognormal distribution is not above its median.
    NoTail {
        /// The median.
        median: Span,
        /// The 99 % quantile.
        p99: Span,
    },
    /// A shape is not a number from 0.1 to 1000.
    Shape(f64),
    /// A quantile table with fewer than two entries.
    FewQuantiles(usize),
    /// A quantile table whose entry `index` is below the one before.
    Falling {
        /// Position in the table, from 0.
        index: usize,
    },
    /// A mixture of nothing.
    EmptyMixture,
    /// A weight that is not a positive, finite number, or a sum of weights that is not finite.
    Weight {
        /// Position in the mixture, from 0.
        index: usize,
        /// The weight.
        weight: f64,
    },
    /// Mixtures of mixtures of ..., deeper than 8.
    TooDeep,
    /// Something is wrong with one component of a mixture.
    Component {
        /// Position in the mixture, from 0.
        index: usize,
        /// What.
        source: Box<DistributionError>,
    },
}

impl fmt::Display for DistributionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use DistributionError::*;
        match self {
            Reversed { from, to } => {
                write!(f, "Uniform goes from the shorter to the longer, not from {from} to {to}")
            }
            Zero { parameter } => {
                write!(f, "{parameter} is zero; for \"no time at all\" write Constant(\"0s\")")
            }
            NoTail { median, p99 } => {
                write!(
                    f,
                    "p99 ({p99}) must be longer than median ({median}); if nothing varies, write Constant"
                )
            }
            Shape(shape) => write!(f, "shape is {shape}, must be a number from 0.1 to 1000"),
            FewQuantiles(have) => {
                write!(f, "Quantiles has {have} entries, needs at least 2: the least and the greatest")
            }
            Falling { index } => {
                write!(f, "Quantiles must not fall, but entry {index} is below the one before")
            }
            EmptyMixture => f.write_str("Mixture has no components"),
            Weight { index, weight } => {
                write!(
                    f,
                    "weight of component {index} is {weight}; weights are positive and their sum is finite"
                )
            }
            TooDeep => f.write_str("Mixture within Mixture goes deeper than 8; multiply the weights out"),
            Component { index, source } => write!(f, "component {index} of Mixture: {source}"),
        }
    }
}

impl std::error::Error for DistributionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DistributionError::Component { source, .. } => Some(source),
            _ => None,
        }
    }
}
