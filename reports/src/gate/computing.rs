use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::Bucket;
use crate::seconds::Seconds;
use crate::spread::Spread;
use crate::verdict::Verdict;

/// How long a computation took by the clock of one machine. It says nothing of how long a failover takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputingTime {
    /// What was computed, such as `planner`.
    pub name: String,
    /// Nodes of the topology.
    pub nodes: u64,
    /// Iterations measured.
    pub iterations: u64,
    /// Iterations made before, and not measured.
    pub warm_up: u64,
    /// The quantile that is held to the limit: 0.95.
    pub quantile: f64,
    /// It must be less than this.
    pub limit_s: Seconds,
    /// Iterations at or above the limit.
    pub bad: u64,
    /// The answer: by an exact binomial bound, the iterations being as many as planned.
    pub verdict: Verdict,
    /// The reason in one line.
    pub explanation: String,
    /// The distribution.
    pub spread: Spread<Seconds>,
    /// The same in buckets 1 % wide at most: for drawing, never for judging.
    pub buckets: Vec<Bucket>,
}
