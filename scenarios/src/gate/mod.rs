//! Gate files: what a release is asked, typed from the metric to the scope. There is no language in texts: what a gate
//! can ask is what these types can say, and anything else is refused with its place.

mod check;
mod criterion;
mod load;

use schemars::{JsonSchema, Schema, schema_for};
use serde::{Deserialize, Serialize};
use units::Span;

pub use criterion::{Exception, GateCriterion, Metric, Scope, Statistic};
pub use load::{Gate, load_gate, load_gate_from};

/// A gate, as its file says it. All checks must pass: nothing is weighed against anything else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateFile {
    /// What it asks, in a sentence or two.
    pub story: String,
    /// Scenario files and folders of them, relative to this file.
    pub scenarios: Vec<String>,
    /// So many runs of a scenario at most; what is not decided by then is inconclusive.
    #[serde(default = "default_runs_at_most")]
    pub runs_at_most: u64,
    /// What is asked.
    pub checks: Vec<GateCheck>,
}

/// One of a gate's checks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateCheck {
    /// Its id, such as `RG-8.3`.
    pub id: String,
    /// What is asked, in a sentence.
    pub title: String,
    /// Requirement ids it is evidence for.
    #[serde(default)]
    pub covers: Vec<String>,
    /// What is done to find out.
    pub check: Checked,
}

/// What a check does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Checked {
    /// Runs every system for a while without any fault, and asks for every part of it: each agent is heard by a
    /// majority, each database is open or follows the one that is, name servers name it, clients of each region are
    /// served.
    Presence,
    /// Writes plans down in YAML and reads them again: the sample plan and generated ones. What is read must be the
    /// same to the last field, with the same digest.
    PlanIntegrity {
        /// Actions of the sample plan.
        actions: u64,
        /// Its conservative estimate: every action takes as long as it may.
        estimate: Span,
        /// Plans that are generated.
        #[serde(default = "default_generated")]
        generated: u64,
    },
    /// Judges runs.
    Runs(Vec<GateCriterion>),
    /// Runs every scenario with audit trails. Each must verify against what the others remember of it; every bit
    /// flipped, record dropped, pair swapped, tail cut off and history rewritten must be found; every action in the
    /// world must have its record, and every record its action.
    AuditIntegrity {
        /// Runs of each scenario.
        #[serde(default = "default_audited")]
        runs: u64,
    },
    /// Measures computing time on this machine. It says nothing of how long a failover takes.
    ComputingTime {
        /// Planning takes less than this.
        planning: Span,
        /// Verification takes less than this.
        verification: Span,
        /// Both together take less than this.
        together: Span,
        /// The quantile that is held to these limits, such as 0.95.
        quantile: f64,
        /// Confidence of the verdict.
        #[serde(default = "default_confidence")]
        confidence: f64,
        /// Nodes of the topologies that are planned for.
        nodes: Vec<u64>,
        /// Iterations measured for each.
        #[serde(default = "default_iterations")]
        iterations: u64,
        /// Iterations before, which are not measured.
        #[serde(default = "default_warm_up")]
        warm_up: u64,
    },
}

/// The JSON Schema of gate files.
pub fn gate_schema() -> Schema {
    schema_for!(GateFile)
}

fn default_runs_at_most() -> u64 {
    3_000
}

fn default_generated() -> u64 {
    1_000
}

fn default_audited() -> u64 {
    10
}

fn default_confidence() -> f64 {
    0.95
}

fn default_iterations() -> u64 {
    500
}

fn default_warm_up() -> u64 {
    50
}
