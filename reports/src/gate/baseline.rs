use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::compare::{Answer, Comparison};

/// This report beside an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineReport {
    /// Its file, as the user wrote it.
    pub file: String,
    /// Version of the program that made it.
    pub tool_version: String,
    /// Its seed base, if it is a gate's.
    pub seed_base: Option<String>,
    /// Worse, better, no difference, or cannot tell.
    pub answer: Answer,
    /// What is compared how, and what could not be compared.
    pub notes: Vec<String>,
    /// Criteria of the gate whose verdict or share of bad runs moved.
    pub changed: Vec<CriterionChange>,
    /// What the baseline asked and this gate, or a scenario of it, no longer does: that it passes says less.
    #[serde(default)]
    pub asked_no_more: Vec<String>,
    /// Runs paired by seed, of scenarios that are the same in both; `null` if the earlier runs are not there.
    pub paired: Option<Comparison>,
}

/// A criterion of the gate, then and now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CriterionChange {
    /// Check, criterion and scenario.
    pub name: String,
    /// What it was.
    pub was: String,
    /// What it is.
    pub is: String,
    /// In which direction it moved.
    pub answer: Answer,
}
