//! What a gate found: the part of `report.json` that is about a gate, and nothing of how it was found.
//!
//! ```text
//! GateReport --+-- CheckReport "RG-8.3" --+-- findings: sentences, each a reason against passing
//!              |                          +-- criteria: CriterionReport, one for each criterion and scenario
//!              |                          +-- facts: what was looked at, and how often
//!              |                          +-- computing: ComputingTime, measured by this machine's clock
//!              +-- BaselineReport         what got better or worse
//!              +-- Provenance             which scenarios, which seeds, which machine
//! ```

mod baseline;
mod check;
mod computing;
mod provenance;
mod table;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

pub use baseline::{BaselineReport, CriterionChange};
pub use check::{CheckKind, CheckReport, CriterionReport, Fact};
pub use computing::{Claimed, ComputingTime};
pub use provenance::{LeftOut, Machine, Provenance, ScenarioProvenance};
pub use table::render;

/// What a gate found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GateReport {
    /// The gate's name: its file's without `.ron`.
    pub name: String,
    /// Its file, as the user wrote it.
    pub file: String,
    /// What it asks, in a sentence or two.
    pub story: String,
    /// All checks must pass, and with a baseline and if asked nothing may have got worse.
    pub verdict: Verdict,
    /// Why it is not a pass, a line for each reason; empty if it is.
    pub reasons: Vec<String>,
    /// In the order of the gate file.
    pub checks: Vec<CheckReport>,
    /// Criteria judged over all checks and scenarios. That all must pass bounds false passes; false failures add up
    /// with this number.
    pub criteria: u64,
    /// Runs made, over all scenarios.
    pub runs: u64,
    /// The least confidence any criterion asked for.
    pub confidence: f64,
    /// Beside an earlier report, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineReport>,
    /// What it rests on.
    pub provenance: Provenance,
}

impl GateReport {
    /// The first criterion that is not a pass, failures first: what to look at.
    pub fn first_to_look_at(&self) -> Option<&CriterionReport> {
        let criteria = || self.checks.iter().flat_map(|check| &check.criteria);
        let with = |verdict: Verdict| criteria().find(|criterion| criterion.verdict == verdict);
        with(Verdict::Fail).or_else(|| with(Verdict::Inconclusive))
    }

    /// Reasons that are no check's: it was interrupted, or something got worse than in the baseline.
    pub fn reasons_of_the_whole(&self) -> impl Iterator<Item = &String> {
        let of_check =
            |reason: &String| self.checks.iter().any(|check| reason.starts_with(&format!("{}: ", check.id)));
        self.reasons.iter().filter(move |reason| !of_check(reason))
    }
}
