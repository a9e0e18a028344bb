//! What a gate asks, scenario by scenario; and what it must not ask, because the answer would mean nothing.

use models::Logic;
use reports::{Asked, Bad, Criterion, Promise, human};
use scenarios::{Checked, Gate, GateCriterion, LoadError, Metric, Scope, Statistic};
use units::Span;

use super::Error;
use crate::campaign::Campaign;
use crate::expectations;

/// A criterion for one scenario.
pub(super) struct Question {
    /// Which of the gate's checks.
    pub check: usize,
    /// Which of its scenarios.
    pub campaign: usize,
    /// What is asked.
    pub asked: Asked,
    /// The limit, of a time.
    pub limit: Option<Span>,
    /// The fewest runs that can pass it.
    pub least: u64,
}

impl Question {
    /// Whether it is about how long service was away, which a script may decide.
    pub fn is_for_recovery_time(&self) -> bool {
        matches!(self.asked.criterion.bad, Bad::RecoveryTimeAbove(_))
    }

    pub fn confidence(&self) -> f64 {
        self.asked.criterion.confidence
    }
}

/// All questions: of each criterion, one for each scenario in its scope.
pub(super) fn questions<L: Logic>(
    gate: &Gate,
    campaigns: &[Campaign<L>],
    runs_max: u64,
) -> Result<Vec<Question>, Error> {
    let mut questions = Vec::new();
    for (check, criterion, path) in criteria(gate) {
        let asker = Asker { gate, campaigns, runs_max, criterion, path: &path };
        questions.extend(asker.questions(check).map_err(Error::Load)?);
    }
    Ok(questions)
}

/// Every criterion over runs, with its check and its path in the file.
pub(super) fn criteria(gate: &Gate) -> impl Iterator<Item = (usize, &GateCriterion, String)> {
    gate.checks.iter().enumerate().flat_map(|(check, one)| {
        let criteria = match &one.check {
            Checked::Runs(criteria) => &criteria[..],
            Checked::Presence
            | Checked::PlanIntegrity { .. }
            | Checked::AuditIntegrity { .. }
            | Checked::ComputingTime { .. } => &[],
        };
        let path = move |at: usize| format!("checks[{check}].check[0][{at}]");
        criteria.iter().enumerate().map(move |(at, criterion)| (check, criterion, path(at)))
    })
}

struct Asker<'a, L: Logic> {
    gate: &'a Gate,
    campaigns: &'a [Campaign<L>],
    runs_max: u64,
    criterion: &'a GateCriterion,
    path: &'a str,
}

impl<L: Logic> Asker<'_, L> {
    fn questions(&self, check: usize) -> Result<Vec<Question>, LoadError> {
        self.refuse_unknown_names()?;
        let scope = self.scope()?;
        let question = |campaign: usize| {
            let asked = asked(self.criterion, &self.campaigns[campaign]);
            self.refuse_vacuous(&self.campaigns[campaign])?;
            let least = self.refuse_undecidable(&asked)?;
            Ok(Question { check, campaign, asked, limit: self.criterion.limit, least })
        };
        scope.into_iter().map(question).collect()
    }

    /// The scenarios in scope that are not left out.
    fn scope(&self) -> Result<Vec<usize>, LoadError> {
        let taken = |campaign: &Campaign<L>| self.criterion.scope.takes(campaign.scenario());
        let meant: Vec<usize> = (0..self.campaigns.len()).filter(|at| taken(&self.campaigns[*at])).collect();
        let is_meant = |name: &String| meant.iter().any(|at| self.campaigns[*at].scenario().name == *name);
        for (at, exception) in self.criterion.except.iter().enumerate() {
            if let Some(place) = exception.scenarios.iter().position(|name| !is_meant(name)) {
                let problem =
                    format!("'{}' is left out of a scope that it is not in", exception.scenarios[place]);
                let path = format!("except[{at}].scenarios[{place}]");
                return Err(self.refuse(&path, problem, "take the exception away"));
            }
        }
        let left = |at: &usize| self.criterion.leaves_out(self.campaigns[*at].scenario()).is_none();
        let scope: Vec<usize> = meant.into_iter().filter(left).collect();
        match scope.is_empty() {
            true => Err(self.refuse(
                "scope",
                "the scope matches no scenario, so the criterion would pass anything",
                "widen the scope, or give the gate scenarios that it matches",
            )),
            false => Ok(scope),
        }
    }

    /// A name that no scenario has is a slip, even where others match.
    fn refuse_unknown_names(&self) -> Result<(), LoadError> {
        let known = |name: &String| match &self.criterion.scope {
            Scope::All | Scope::Recovering | Scope::RecoveringBeyond(_) => true,
            Scope::Covering(_) => self.campaigns.iter().any(|one| one.scenario().covers.contains(name)),
            Scope::Only(_) => self.campaigns.iter().any(|one| one.scenario().name == *name),
        };
        match self.criterion.scope.named().iter().find(|name| !known(name)) {
            None => Ok(()),
            Some(name) => {
                let problem = format!("no scenario of this gate is called, or covers, '{name}'");
                Err(self.refuse("scope", problem, "scenarios go by their file's name without .ron"))
            }
        }
    }

    /// A limit that no run could exceed is no criterion.
    fn refuse_vacuous(&self, campaign: &Campaign<L>) -> Result<(), LoadError> {
        let Some(limit) = self.criterion.limit else { return Ok(()) };
        let horizon = campaign.scenario().horizon;
        // A run that does not recover is bad whatever the limit; all other times can be read off the run's length.
        let vacuous = match self.criterion.metric {
            Metric::RecoveryTime => limit > horizon,
            _ => limit >= horizon,
        };
        match vacuous {
            false => Ok(()),
            true => {
                let problem =
                    format!("no run of {} could exceed {limit}: it ends after {horizon}", campaign.name());
                Err(self.refuse(
                    "limit",
                    problem,
                    "give a limit below the horizon, or leave the scenario out",
                ))
            }
        }
    }

    /// The fewest runs that can pass it.
    fn refuse_undecidable(&self, asked: &Asked) -> Result<u64, LoadError> {
        let name = &asked.criterion.name;
        let Some(least) = asked.least_runs() else {
            let problem = format!("'{name}' cannot be decided by any number of runs");
            return Err(self.refuse("statistic", problem, "tolerate more, or ask for less confidence"));
        };
        if least <= self.runs_max {
            return Ok(least);
        }
        let have = human::counted(self.runs_max, "run");
        let problem = format!(
            "'{name}' cannot be decided by {have}: even without a single bad one at {} confidence it takes {}",
            human::share(asked.criterion.confidence),
            human::count(least)
        );
        let remedy =
            format!("give runs_at_most or --max-runs {least} or more, several times that if some are bad");
        Err(self.refuse("statistic", problem, &remedy))
    }

    fn refuse(&self, field: &str, problem: impl Into<String>, remedy: &str) -> LoadError {
        self.gate.refuse(&format!("{}.{field}", self.path), problem, remedy)
    }
}

pub(super) fn asked<L: Logic>(criterion: &GateCriterion, campaign: &Campaign<L>) -> Asked {
    let (confidence, metric) = (criterion.confidence, criterion.metric);
    let bad = bad(criterion, campaign);
    match criterion.statistic {
        Statistic::Quantile(p) => {
            let criterion = Criterion::quantile(p, bad, confidence);
            Asked::share(Criterion { promise: promise(metric), ..criterion })
        }
        Statistic::Share(share) => Asked::share(Criterion::share(share, bad, confidence)),
        Statistic::Never(ruled_out) => {
            let name = Criterion::never(bad.clone()).name;
            Asked::never(bad, name, ruled_out, confidence)
        }
    }
}

/// A gate asks for the two targets of the plan: that nobody was out of service meets one.
fn promise(metric: Metric) -> Option<Promise> {
    match metric {
        Metric::RecoveryTime => Some(Promise::RecoveryTime),
        Metric::RecoveryPoint => Some(Promise::RecoveryPoint),
        _ => None,
    }
}

fn bad<L: Logic>(criterion: &GateCriterion, campaign: &Campaign<L>) -> Bad {
    let limit = criterion.limit.unwrap_or_default();
    match criterion.metric {
        Metric::RecoveryTime => Bad::RecoveryTimeAbove(limit),
        Metric::RecoveryPoint => Bad::RecoveryPointAbove(limit),
        Metric::ExecutionTime => Bad::ExecutionAbove(limit),
        Metric::TimeWithoutCoordinator => Bad::LeaderlessAbove(limit),
        Metric::TimeWithoutService => Bad::UnavailableAbove(limit),
        Metric::ClientTimeLost => Bad::ClientTimeLostAbove(limit),
        Metric::Recovery => Bad::NotRecovered,
        Metric::Convergence => Bad::NotConverged,
        Metric::SplitBrain => Bad::SplitBrain,
        Metric::UnverifiedFailover => Bad::Unverified,
        Metric::FalseFailover => Bad::FalseFailoversAbove(0),
        Metric::LostWrites => Bad::LostWritesAbove(0),
        Metric::Violation(invariant) => Bad::Violation(expectations::invariant(invariant)),
        Metric::AnyViolation => {
            let allowed = campaign.scenario().allows.iter().copied().map(expectations::invariant);
            Bad::ViolationBeyond(allowed.collect())
        }
    }
}
