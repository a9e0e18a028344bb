//! Sums that need no run: how long a failover takes at least and at most, against what the plan promises,
//! expects and claims.

mod claims;
mod redirect;
mod scripted;

use units::Span;

use crate::diagnostic::{Finding, Severity};
use crate::fault::Fault;
use crate::layers::Remark;
use crate::loader::Scenario;
use crate::logic::{Logic, Stage};
use crate::plan::{Claimed, Durability, Plan};
use crate::quantiles::{hardly_more, never_less};
use crate::scenario::Expectation;

/// What objectives, expectations and claims cannot be, or may not be, met.
pub(crate) fn findings<L: Logic>(scenario: &Scenario<L>) -> Vec<Finding> {
    let budget = Budget::of::<L>(&scenario.plan);
    let mut findings = Vec::new();
    findings.extend(objective(scenario, &budget));
    findings.extend(horizon(scenario, &budget));
    findings.extend(expectations(scenario, &budget));
    findings.extend(scripted::findings(scenario, &budget));
    findings.extend(claims(scenario, &budget));
    findings
}

/// The stages of a failover, and what they add up to.
#[derive(Clone, Debug)]
pub struct Budget {
    /// In order; the last is the clients' redirection.
    pub stages: Vec<Stage>,
    /// No failover takes less.
    pub least: Span,
    /// Hardly any failover takes more.
    pub most: Span,
}

impl Budget {
    /// Adds up the stages of the plan's policy and the clients' redirection.
    pub fn of<L: Logic>(plan: &Plan<L::Policy>) -> Budget {
        let mut stages = L::stages(plan, one_way(plan));
        stages.push(redirect::stage(plan, &stages));
        let sum = |part: fn(&Stage) -> Span| stages.iter().map(part).fold(Span::ZERO, Span::saturating_add);
        Budget { least: sum(|stage| stage.least), most: sum(|stage| stage.most), stages }
    }

    /// `detect 10s to 15s + redirect 0s to 1m = 10s to 1m 15s`.
    pub fn addition(&self) -> String {
        let terms: Vec<String> = self
            .stages
            .iter()
            .map(|stage| format!("{} {}", stage.name, range(stage.least, stage.most)))
            .collect();
        format!("{} = {}", terms.join(" + "), range(self.least, self.most))
    }

    /// `detect 10s + redirect 0s`: the least of each.
    fn least_addition(&self) -> String {
        let terms: Vec<String> =
            self.stages.iter().map(|stage| format!("{} {}", stage.name, readable(stage.least))).collect();
        terms.join(" + ")
    }
}

fn range(least: Span, most: Span) -> String {
    let (least, most) = (readable(least), readable(most));
    if least == most { least } else { format!("{least} to {most}") }
}

/// To three digits: sums of microseconds are not worth reading.
fn readable(span: Span) -> String {
    let unit = match span.as_nanos() {
        nanos if nanos >= 100_000_000_000 => 1_000_000_000,
        nanos if nanos >= 1_000_000_000 => 100_000_000,
        nanos if nanos >= 1_000_000 => 1_000_000,
        _ => 1_000,
    };
    let rounded = (span.as_nanos().saturating_add(unit / 2) / unit).saturating_mul(unit);
    match rounded {
        1_000_000_000..60_000_000_000 if rounded % 1_000_000_000 != 0 => format!("{}s", rounded as f64 / 1e9),
        _ => Span::from_nanos(rounded).to_string(),
    }
}

/// How long a message travels at its best on the shortest link, and at its worst on the longest, among the
/// links that join two nodes of this plan.
pub fn one_way<P>(plan: &Plan<P>) -> (Span, Span) {
    let links = &plan.links;
    let sites: Vec<_> = plan.regions.iter().flat_map(|region| &region.sites).collect();
    let mut used = Vec::new();
    if sites.iter().any(|site| site.nodes.len() > 1) {
        used.push(&links.within_site);
    }
    if plan.regions.iter().any(|region| region.sites.len() > 1) {
        used.push(&links.within_region);
    }
    if plan.regions.len() > 1 {
        used.push(&links.between_regions);
        used.extend(links.routes.iter().map(|route| &route.link));
    }
    let least = used.iter().map(|link| never_less(&link.latency)).min().unwrap_or(Span::ZERO);
    let most = used.iter().map(|link| hardly_more(&link.latency)).max().unwrap_or(Span::ZERO);
    (least, most)
}

fn remark(severity: Severity, problem: String, remedy: impl Into<String>) -> Remark {
    Remark { severity, problem, remedy: remedy.into() }
}

fn objective<L: Logic>(scenario: &Scenario<L>, budget: &Budget) -> Option<Finding> {
    let promised = scenario.plan.objectives.recovery_time;
    let addition = budget.addition();
    let remark = if budget.least > promised {
        let problem = format!("an RTO of {promised} cannot be met: {addition}");
        remark(Severity::Error, problem, longest_least(budget))
    } else if budget.most > promised {
        let problem = format!("an RTO of {promised} may be missed: {addition}");
        remark(Severity::Warning, problem, longest(budget))
    } else {
        return None;
    };
    Some(scenario.layers.in_plan("objectives.recovery_time", remark))
}

fn longest(budget: &Budget) -> String {
    let longest = budget.stages.iter().max_by_key(|stage| stage.most);
    longest.map_or_else(String::new, |stage| format!("the longest stage is {}: {}", stage.name, stage.why))
}

fn longest_least(budget: &Budget) -> String {
    let longest = budget.stages.iter().max_by_key(|stage| stage.least);
    longest.map_or_else(String::new, |stage| format!("the longest stage is {}: {}", stage.name, stage.why))
}

/// A run that ends before a slow failover does measures the horizon.
fn horizon<L: Logic>(scenario: &Scenario<L>, budget: &Budget) -> Option<Finding> {
    // What waits for a step strikes when nobody knows: where there is nothing else, nothing is said.
    let last = scenario.faults.iter().filter_map(Fault::latest).max()?;
    let needed = last.saturating_add(budget.most).saturating_add(scenario.steady);
    if needed <= scenario.horizon {
        return None;
    }
    let problem = format!(
        "the run ends at {}, but after a strike at {last} a slow failover takes {} and is watched for {}: {}",
        scenario.horizon,
        readable(budget.most),
        scenario.steady,
        budget.addition()
    );
    let remedy =
        format!("lengthen the horizon to {} or more, or slow recoveries are cut off", readable(needed));
    Some(scenario.layers.in_scenario("horizon", remark(Severity::Warning, problem, remedy)))
}

/// Limits below the least sum can only be met by runs that need no failover, which may be
/// what a scenario is about; so this is no error.
fn expectations<L: Logic>(scenario: &Scenario<L>, budget: &Budget) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, expected) in scenario.expect.iter().enumerate() {
        let Expectation::RecoveryTime(limits) = expected else { continue };
        let quantiles =
            [("p50", limits.p50), ("p95", limits.p95), ("p99", limits.p99), ("p999", limits.p999)];
        for (name, limit) in quantiles {
            if let Some(limit) = limit.filter(|limit| *limit < budget.least) {
                let problem = format!(
                    "{name} within {limit}, but no failover under this policy takes less than {}: {}",
                    readable(budget.least),
                    budget.least_addition()
                );
                let remark =
                    remark(Severity::Warning, problem, "only runs that need no failover can meet this");
                findings.push(scenario.layers.in_scenario(&format!("expect[{index}].{name}"), remark));
            }
        }
    }
    findings
}

/// Each claim against what is possible; a contradiction is what a claim's own line shows.
fn claims<L: Logic>(scenario: &Scenario<L>, budget: &Budget) -> Vec<Finding> {
    let found = scenario.plan.claims.iter().enumerate().filter_map(|(index, claim)| {
        let remark = match claim.says {
            Claimed::RecoveryTime(claimed) => recovery_time_claim(claimed, budget),
            Claimed::RecoveryPoint(claimed) => recovery_point_claim(&scenario.plan, claimed),
            Claimed::NoLoss => no_loss_claim(&scenario.plan),
            Claimed::TimesBetter { times, figure, target } => claims::times_better(times, figure, target),
            Claimed::Percentile { p, within, runs } => claims::percentile(p, within, runs),
        }?;
        let finding = scenario.layers.in_plan(&format!("claims[{index}].says"), remark);
        Some(Finding { covers: Some(claim.from.clone()), ..finding })
    });
    found.collect()
}

fn recovery_time_claim(claimed: Span, budget: &Budget) -> Option<Remark> {
    if claimed < budget.least {
        let problem = format!(
            "claimed {claimed}, but no failover under this policy takes less than {}: {}",
            readable(budget.least),
            budget.least_addition()
        );
        let ratio = ratio(budget.least, claimed);
        return Some(remark(
            Severity::Warning,
            problem,
            format!("the claim is off by a factor of {ratio} at least"),
        ));
    }
    let problem = format!("claimed {claimed}, but a slow failover takes longer: {}", budget.addition());
    (claimed < budget.most).then(|| remark(Severity::Note, problem, "the measured distribution decides"))
}

/// How many times `more` is `less`, to one digit behind the point.
fn ratio(more: Span, less: Span) -> String {
    match less.is_zero() {
        true => "infinity".to_owned(),
        false => format!("{:.1}", more.as_nanos() as f64 / less.as_nanos() as f64),
    }
}

/// Asynchronous replication loses what was on its way: a link's delay of writes at least.
fn recovery_point_claim<P>(plan: &Plan<P>, claimed: Span) -> Option<Remark> {
    if plan.database.durability != Durability::Async {
        return None;
    }
    let (_, delay) = one_way(plan);
    let problem = match claimed < delay {
        true => format!("claimed {claimed}, but replication alone is up to {} behind", readable(delay)),
        false => format!(
            "claimed {claimed}: holds while replicas lag less; replication alone is up to {} behind",
            readable(delay)
        ),
    };
    let severity = if claimed < delay { Severity::Warning } else { Severity::Note };
    Some(remark(
        severity,
        problem,
        "asynchronous replication bounds no loss: measure it with slow replicas too",
    ))
}

fn no_loss_claim<P>(plan: &Plan<P>) -> Option<Remark> {
    let database = &plan.database;
    let (why, remedy) = match (&database.durability, database.degrades_after) {
        (Durability::Async, _) => (
            "asynchronous replication loses what was not yet replicated".to_owned(),
            "only Sync or Quorum durability can hold this claim",
        ),
        (_, Some(after)) => (
            format!("after {after} without standbys the primary goes on alone"),
            "only durability that waits for standbys for ever can hold this claim",
        ),
        _ => return None,
    };
    Some(remark(Severity::Warning, format!("claimed that no acknowledged write is lost, but {why}"), remedy))
}
