use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::Span;

use crate::loader::Scenario;
use crate::logic::Logic;
use crate::scenario::{Exempt, Expectation, Invariant};

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
    /// All that the gate has. Of the recovery time and the recovery point those are left out, by name and with their
    /// reason, that say themselves that they are not held to the RTO or the RPO.
    #[default]
    All,
    /// Those in which service is to come back: all that are held to the plan's RTO, and of the others those that expect
    /// `RecoveryTime` or `Recovers`, and neither `StaysDown` nor `NeverRecovers`.
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
            Scope::Recovering => recovers(scenario),
            Scope::RecoveringBeyond(length) => recovers(scenario) && scenario.horizon > *length,
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

impl GateCriterion {
    /// Why a scenario of the scope is left out of this, if it is: by an exception of the gate, or because its own file
    /// says that it is not held to the objective that is asked for.
    pub fn leaves_out<'a, L: Logic>(&'a self, scenario: &'a Scenario<L>) -> Option<&'a str> {
        let excepted = self.except.iter().find(|one| one.scenarios.contains(&scenario.name));
        let exempt = match self.metric {
            Metric::RecoveryTime => Exempt::from_recovery_time(&scenario.exempt),
            Metric::RecoveryPoint => Exempt::from_recovery_point(&scenario.exempt),
            _ => None,
        };
        excepted.map(|one| one.because.as_str()).or(exempt)
    }

    /// Why a scenario is not in the scope.
    pub fn out_of_scope<L: Logic>(&self, scenario: &Scenario<L>) -> Option<String> {
        if self.scope.takes(scenario) {
            return None;
        }
        Some(match &self.scope {
            Scope::All => return None,
            Scope::RecoveringBeyond(length) if recovers(scenario) => {
                format!(
                    "out of scope: its runs end after {}, and more than {length} are asked for",
                    scenario.horizon
                )
            }
            Scope::Recovering | Scope::RecoveringBeyond(_) => {
                let why = Exempt::from_recovery_time(&scenario.exempt).unwrap_or_default();
                format!("out of scope: service need not come back in it: {why}")
            }
            Scope::Covering(ids) => format!("out of scope: it covers none of {}", ids.join(", ")),
            Scope::Only(_) => "out of scope: it is not one of those that are named".to_owned(),
        })
    }
}

/// That a scenario expects less does not take it out: only a reason in its file does.
fn recovers<L: Logic>(scenario: &Scenario<L>) -> bool {
    let expect = &scenario.expect;
    if Exempt::from_recovery_time(&scenario.exempt).is_none() {
        return true;
    }
    let comes_back =
        |one: &Expectation| matches!(one, Expectation::RecoveryTime(_) | Expectation::Recovers { .. });
    let stays_away = |one: &Expectation| matches!(one, Expectation::StaysDown | Expectation::NeverRecovers);
    expect.iter().any(comes_back) && !expect.iter().any(stays_away)
}
