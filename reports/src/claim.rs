use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{Span, rows};

use crate::human;
use crate::run::Run;

/// A figure that a plan claims to achieve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Requirement id or place in the plan.
    pub from: String,
    /// What is claimed.
    pub says: Claimed,
}

/// What is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// Service is back within this time.
    RecoveryTime(Span),
    /// At most this much is lost.
    RecoveryPoint(Span),
    /// No acknowledged write is ever lost.
    NoLoss,
}

/// A claim beside what was measured. It does not enter the verdict: a claim is somebody's word, an objective is
/// what was agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimReport {
    /// Requirement id or place in the plan.
    pub from: String,
    /// The claim in words.
    pub claimed: String,
    /// What was measured, in words.
    pub measured: String,
    /// Runs in which the claim was true.
    pub kept_in: u64,
    /// All runs.
    pub runs: u64,
}

impl Claim {
    /// Beside what these runs show.
    pub fn beside(&self, runs: &[Run]) -> ClaimReport {
        ClaimReport {
            from: self.from.clone(),
            claimed: self.says.words(),
            measured: self.says.measured(runs),
            kept_in: runs.iter().filter(|run| self.says.kept_in(run)).count() as u64,
            runs: runs.len() as u64,
        }
    }
}

impl Claimed {
    fn kept_in(self, run: &Run) -> bool {
        run.broken().is_none()
            && match self {
                // Two primaries that both answer look like no outage at all.
                Claimed::RecoveryTime(within) => run.violations.is_empty() && run.recovery().within(within),
                Claimed::RecoveryPoint(at_most) => run.point().within(at_most),
                Claimed::NoLoss => run.count(rows::LOST_WRITES) == 0,
            }
    }

    fn words(self) -> String {
        match self {
            Claimed::RecoveryTime(within) => format!("back within {}", human::span(within)),
            Claimed::RecoveryPoint(at_most) => format!("loses at most {}", human::span(at_most)),
            Claimed::NoLoss => "loses no write".to_owned(),
        }
    }

    fn measured(self, runs: &[Run]) -> String {
        let three = |p: [String; 3]| format!("p50 {}, p99 {}, max {}", p[0], p[1], p[2]);
        let words = match self {
            Claimed::RecoveryTime(_) => {
                quantiles(runs.iter().map(|run| run.recovery())).map(|p| three(p.map(human::measured)))
            }
            Claimed::RecoveryPoint(_) => {
                quantiles(runs.iter().map(|run| run.point())).map(|p| three(p.map(human::measured)))
            }
            Claimed::NoLoss => quantiles(runs.iter().map(|run| run.count(rows::LOST_WRITES)))
                .map(|p| three(p.map(human::count)) + " lost writes"),
        };
        words.unwrap_or_else(|| "nothing".to_owned())
    }
}

/// p50, p99 and the largest.
fn quantiles<T: Copy + Ord>(values: impl Iterator<Item = T>) -> Option<[T; 3]> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    let of = |p| crate::quantile::nearest(&values, p);
    Some([of(0.5)?, of(0.99)?, *values.last()?])
}
