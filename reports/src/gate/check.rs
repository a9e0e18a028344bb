use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::computing::ComputingTime;
use crate::seconds::Seconds;
use crate::verdict::Verdict;

/// One of a gate's checks, and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// Its id: `RG-8.3`, `RTO`.
    pub id: String,
    /// What is asked, in a sentence.
    pub title: String,
    /// Of which kind it is.
    pub kind: CheckKind,
    /// Requirement ids it is evidence for.
    pub covers: Vec<String>,
    /// The answer.
    pub verdict: Verdict,
    /// What keeps it from passing, a sentence each; empty if it passes.
    pub findings: Vec<String>,
    /// What was judged by counting runs: a row for each criterion and scenario.
    pub criteria: Vec<CriterionReport>,
    /// What was looked at otherwise, and how often.
    pub facts: Vec<Fact>,
    /// Times that this machine's clock measured; another machine has others.
    pub computing: Vec<ComputingTime>,
}

/// What a check rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// Every configured part answers in a probe of the world.
    Presence,
    /// Plans survive being written down and read.
    PlanIntegrity,
    /// Criteria over runs.
    Runs,
    /// The trail of decisions cannot be changed unseen.
    AuditIntegrity,
    /// Computing time by the clock of this machine.
    ComputingTime,
}

/// A criterion, judged on the runs of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CriterionReport {
    /// What is asked, such as `recovery time p99 <= 10m`.
    pub name: String,
    /// The scenario, `system/name`.
    pub scenario: String,
    /// The answer.
    pub verdict: Verdict,
    /// The reason in one line.
    pub explanation: String,
    /// Runs judged: those of a prefix of the gate's seeds in which anybody looked for it.
    pub runs: u64,
    /// So many seeds, from the gate's first on, make up that prefix: these lines of `runs.jsonl` give the same counts.
    #[serde(default)]
    pub looked_at: u64,
    /// Runs that could have been made.
    pub runs_max: u64,
    /// Bad runs among them.
    pub bad: u64,
    /// Share of all runs that may be bad.
    pub tolerated: f64,
    /// Confidence of the verdict.
    pub confidence: f64,
    /// At this confidence at most this share of all runs is bad, whenever one had stopped.
    pub bad_at_most: f64,
    /// At this confidence at least this share of all runs is bad, whenever one had stopped.
    pub bad_at_least: f64,
    /// The fewest runs that could have passed it: without a single bad one.
    pub runs_least: u64,
    /// Runs in all that would decide if bad ones kept coming at the rate seen; `null` if decided, or if no number
    /// within reach would.
    pub runs_needed: Option<u64>,
    /// What was measured where a time was: the order statistic that is held to the limit.
    pub measured_s: Option<Seconds>,
    /// The limit it is held to.
    pub limit_s: Option<Seconds>,
    /// Seed of the worst bad run; without any, of the worst run.
    pub seed: Option<u64>,
    /// The command that shows that run again.
    pub replay: Option<String>,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// What.
    pub name: String,
    /// What was seen.
    pub value: String,
}

impl Fact {
    /// Of anything that can be shown.
    pub fn new(name: &str, value: impl std::fmt::Display) -> Fact {
        Fact { name: name.to_owned(), value: value.to_string() }
    }
}
