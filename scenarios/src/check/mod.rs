//! What RON cannot know: whether names exist, times fit together and numbers make sense. One file per part;
//! everything is found at once, so that nobody mends a file error by error.

mod actives;
mod clients;
mod database;
mod expectations;
mod guards;
mod links;
mod measures;
mod names;
mod network;
pub(crate) mod numbers;
mod operations;
mod people;
mod pool;
mod reads;
mod redirect;
mod rejoin;
mod repeats;
pub(crate) mod services;
mod size;
mod stops;
mod strikes;
mod times;
mod traffic;
mod triggers;
mod voters;

use std::collections::BTreeSet;

use crate::diagnostic::{Finding, Severity};
use crate::layers::Remark;
use crate::loader::Scenario;
use crate::logic::Logic;
use names::Names;

pub use names::Kind;

/// Whoever has mended so many will hear of the next: each is looked for in the whole text.
const FINDINGS_MAX: usize = 500;

/// All that is wrong or doubtful in a scenario, in the order it was found.
pub(crate) fn check<L: Logic>(scenario: &Scenario<L>) -> Vec<Finding> {
    let mut outside = crate::bounds::in_layers(&scenario.layers);
    outside.extend(crate::plain::in_layers(&scenario.layers));
    let mut checker =
        Checker { scenario, names: Names::of(&scenario.plan.regions), that: false, findings: Vec::new() };
    names::check(&mut checker);
    network::check(&mut checker);
    database::check(&mut checker);
    rejoin::check(&mut checker);
    stops::check(&mut checker);
    actives::check(&mut checker);
    clients::check(&mut checker);
    pool::check(&mut checker);
    redirect::check(&mut checker);
    reads::check(&mut checker);
    traffic::check(&mut checker);
    guards::check(&mut checker);
    policy(&mut checker);
    times::check(&mut checker);
    people::check(&mut checker);
    triggers::check(&mut checker);
    strikes::check(&mut checker);
    repeats::check(&mut checker);
    services::check(&mut checker);
    size::check(&mut checker);
    expectations::check(&mut checker);
    without_repeats(checker.findings, outside)
}

/// A number out of its bounds, or a text, that a check has its own words for is told in those.
fn without_repeats(found: Vec<Finding>, outside: Vec<Finding>) -> Vec<Finding> {
    let place = |finding: &Finding| (finding.file.clone(), finding.line, finding.column);
    let errors = found.iter().filter(|finding| finding.severity == Severity::Error);
    let told: BTreeSet<_> = errors.map(place).collect();
    let untold = outside.into_iter().filter(|finding| finding.line == 0 || !told.contains(&place(finding)));
    untold.collect::<Vec<_>>().into_iter().chain(found).collect()
}

fn policy<L: Logic>(checker: &mut Checker<'_, L>) {
    for objection in L::check(&checker.scenario.plan.policy) {
        let path = match objection.field.as_str() {
            "" => "policy".to_owned(),
            field => format!("policy.{field}"),
        };
        checker.in_plan(&path, objection.severity, objection.problem, objection.remedy);
    }
    for named in L::names(&checker.scenario.plan.policy) {
        if let Some((problem, remedy)) = checker.names.objection(&named.name, named.kind) {
            checker.plan_error(&format!("policy.{}", named.field), problem, remedy);
        }
    }
    for objection in L::review(&checker.scenario.plan) {
        checker.in_plan(&objection.field, objection.severity, objection.problem, objection.remedy);
    }
}

/// A scenario under examination, and what was found so far.
struct Checker<'a, L: Logic> {
    scenario: &'a Scenario<L>,
    names: Names<'a>,
    /// The fault that is looked at waits for a step, so that `"$that"` stands for whoever reaches it.
    that: bool,
    findings: Vec<Finding>,
}

impl<L: Logic> Checker<'_, L> {
    fn in_plan(
        &mut self,
        path: &str,
        severity: Severity,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        if self.findings.len() < FINDINGS_MAX {
            let remark = Remark { severity, problem: problem.into(), remedy: remedy.into() };
            self.findings.push(self.scenario.layers.in_plan(path, remark));
        }
    }

    fn in_scenario(
        &mut self,
        path: &str,
        severity: Severity,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        if self.findings.len() < FINDINGS_MAX {
            let remark = Remark { severity, problem: problem.into(), remedy: remedy.into() };
            self.findings.push(self.scenario.layers.in_scenario(path, remark));
        }
    }

    /// An error in the plan, or in what overrides it.
    fn plan_error(&mut self, path: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.in_plan(path, Severity::Error, problem, remedy);
    }

    /// A warning about the plan, or about what overrides it.
    fn plan_warning(&mut self, path: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.in_plan(path, Severity::Warning, problem, remedy);
    }

    /// An error in the scenario.
    fn error(&mut self, path: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.in_scenario(path, Severity::Error, problem, remedy);
    }

    /// A warning about the scenario.
    fn warning(&mut self, path: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.in_scenario(path, Severity::Warning, problem, remedy);
    }

    /// Writes per second of all clients together.
    fn writes_per_second(&self) -> u64 {
        let rates = self.scenario.plan.regions.iter().map(|region| region.writes_per_second);
        rates.fold(0, u64::saturating_add)
    }
}
