use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::Span;

use crate::loader::Scenario;
use crate::logic::Logic;
use crate::scenario::{Expectation, Invariant};

/// What is asked of the runs of every scenario in scope, each for itself: runs of different scenarios are never
/// pooled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateCriterion {
    /// What is looked at in a run.
    pub metric: Metric,
    /// How many runs may be bad.
    pub statistic: Statistic,
    /// A run is bad if its time exceeds this; for metrics that are times, and only those.
    #[serde(default)]
    pub limit: Option<Span>,
    /// Confidence of the verdict.
    #[serde(default = "super::default_confidence")]
    pub confidence: f64,
    /// Of which scenarios.
    #[serde(default)]
    pub scope: Scope,
    /// Scenarios of the scope that are left out, each with a reason that the report repeats.
    #[serde(default)]
    pub except: Vec<Exception>,
}

/// What is looked at in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Metric {
    /// From the strike until all clients are served again, lastingly. Of a run that does not recover it exceeds every
    /// limit.
    RecoveryTime,
    /// Age of the oldest acknowledged write that is lost. Of a run that does not recover it exceeds every limit.
    RecoveryPoint,
    /// From the choice of a target until its plan is complete.
    ExecutionTime,
    /// Time that a living, connected majority spends without a coordinator, at a stretch.
    TimeWithoutCoordinator,
    /// Time in which clients could not write.
    TimeWithoutService,
    /// Time that all clients together went without service, each for itself, those included whom nobody could serve. Of a
    /// run that ends with clients unserved it exceeds every limit.
    ClientTimeLost,
    /// A run is bad that does not recover.
    Recovery,
    /// A run is bad that ends without one primary that all living nodes follow.
    Convergence,
    /// A run is bad in which two databases accept writes at once.
    SplitBrain,
    /// A run is bad that calls a plan complete before its new primary was found complete and open.
    UnverifiedFailover,
    /// A run is bad that fails over without need.
    FalseFailover,
    /// A run is bad that loses an acknowledged write.
    LostWrites,
    /// A run is bad that violates this invariant.
    Violation(Invariant),
    /// A run is bad that violates any invariant which its scenario does not allow.
    AnyViolation,
}

/// How many of all runs, not only of those made, may be bad.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Statistic {
    /// Of a time: this share of the runs, such as 0.99, stays within the limit.
    Quantile(f64),
    /// At least this share of the runs is good.
    Share(f64),
    /// No run is bad. One bad run fails it; it passes when there are enough runs to say that at most this share is
    /// bad, such as 0.01: that something never happens cannot be proven by runs.
    Never(f64),
}

/// Which scenarios are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Scope {
    /// All that the gate has.
    #[default]
    All,
    /// Those that expect service to come back: `RecoveryTime` or `Recovers`, and neither `StaysDown` nor
    /// `NeverRecovers`.
    Recovering,
    /// Those of `Recovering` whose runs last longer than this: in shorter ones no more could be lost, or waited for.
    RecoveringBeyond(Span),
    /// Those that cover one of these requirements.
    Covering(Vec<String>),
    /// Those with these names.
    Only(Vec<String>),
}

/// Scenarios that are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Their names.
    pub scenarios: Vec<String>,
    /// Why.
    pub because: String,
}

impl Metric {
    /// Whether it is a time, which a limit is for.
    pub const fn is_time(self) -> bool {
        match self {
            Metric::RecoveryTime
            | Metric::RecoveryPoint
            | Metric::ExecutionTime
            | Metric::TimeWithoutCoordinator
            | Metric::TimeWithoutService
            | Metric::ClientTimeLost => true,
            Metric::Recovery
            | Metric::Convergence
            | Metric::SplitBrain
            | Metric::UnverifiedFailover
            | Metric::FalseFailover
            | Metric::LostWrites
            | Metric::Violation(_)
            | Metric::AnyViolation => false,
        }
    }
}

impl Statistic {
    /// Share of all runs that may be bad; for `Never` what the runs must rule out. To a billionth, so that 1 - 0.99
    /// is 0.01.
    pub fn tolerated(self) -> f64 {
        match self {
            Statistic::Quantile(good) | Statistic::Share(good) => ((1.0 - good) * 1e9).round() / 1e9,
            Statistic::Never(ruled_out) => ruled_out,
        }
    }
}

impl Scope {
    /// Whether this scenario is meant.
    pub fn takes<L: Logic>(&self, scenario: &Scenario<L>) -> bool {
        match self {
            Scope::All => true,
            Scope::Recovering => recovers(&scenario.expect),
            Scope::RecoveringBeyond(length) => recovers(&scenario.expect) && scenario.horizon > *length,
            Scope::Covering(ids) => ids.iter().any(|id| scenario.covers.contains(id)),
            Scope::Only(names) => names.contains(&scenario.name),
        }
    }

    /// What it names, for messages.
    pub fn named(&self) -> &[String] {
        match self {
            Scope::All | Scope::Recovering | Scope::RecoveringBeyond(_) => &[],
            Scope::Covering(named) | Scope::Only(named) => named,
        }
    }
}

fn recovers(expect: &[Expectation]) -> bool {
    let comes_back =
        |one: &Expectation| matches!(one, Expectation::RecoveryTime(_) | Expectation::Recovers { .. });
    let stays_away = |one: &Expectation| matches!(one, Expectation::StaysDown | Expectation::NeverRecovers);
    expect.iter().any(comes_back) && !expect.iter().any(stays_away)
}
