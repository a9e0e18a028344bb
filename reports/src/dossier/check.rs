//! Everything that a scenario was judged by, in one list: what must hold for its verdict to be a pass.

use crate::human;
use crate::scenario::ScenarioReport;
use crate::verdict::Verdict;

/// One thing that was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub name: String,
    /// The answer.
    pub verdict: Verdict,
    /// Why, in a line.
    pub explanation: String,
    /// The command that shows why, where there is one.
    pub replay: Option<String>,
    /// Its place among the scenario's criteria, if it is one of them.
    pub criterion: Option<usize>,
}

/// The criteria first, then whatever else made the scenario fail. What is not a pass has a check that is not either,
/// so a reader of checks never sees a scenario in a better light than its verdict.
pub fn checks(scenario: &ScenarioReport) -> Vec<Check> {
    let mut checks: Vec<Check> = criteria(scenario);
    checks.extend(violations(scenario));
    checks.extend(inert_faults(scenario));
    checks.extend(broken_runs(scenario));
    checks.extend(unfinished_runs(scenario));
    let said = checks.iter().map(|check| check.verdict).reduce(Verdict::and);
    let open =
        scenario.verdict != Verdict::Pass && said.is_none_or(|said| said.and(scenario.verdict) != said);
    checks.extend(open.then(|| the_rest(scenario)));
    checks
}

fn criteria(scenario: &ScenarioReport) -> Vec<Check> {
    let of = |(index, judged): (usize, &crate::Judged)| Check {
        name: judged.name.clone(),
        verdict: judged.verdict,
        explanation: judged.explanation.clone(),
        replay: judged.replay.clone(),
        criterion: Some(index),
    };
    scenario.criteria.iter().enumerate().map(of).collect()
}

fn failed(name: String, explanation: String, replay: Option<String>) -> Check {
    Check { name, verdict: Verdict::Fail, explanation, replay, criterion: None }
}

fn violations(scenario: &ScenarioReport) -> Vec<Check> {
    let disallowed = scenario.violations.iter().filter(|violation| !violation.allowed);
    let of = |violation: &crate::ViolationReport| {
        let (runs, of) = (human::count(violation.runs), human::count(scenario.seeds));
        let seen = format!("violated in {runs} of {of} runs; seed {}: {}", violation.seed, violation.what);
        failed(format!("invariant {}", violation.invariant), seen, scenario.replay.clone())
    };
    disallowed.map(of).collect()
}

fn inert_faults(scenario: &ScenarioReport) -> Vec<Check> {
    let of = |fault: &crate::InertFault| {
        let (seen, of) = (human::count(fault.took_effect_in), human::count(fault.of));
        let needed = human::share(fault.needed_share);
        let why = format!("it had an effect in {seen} of {of} runs; it must in {needed}");
        failed(format!("fault '{}' takes effect", fault.name), why, scenario.replay.clone())
    };
    scenario.inert_faults.iter().map(of).collect()
}

fn broken_runs(scenario: &ScenarioReport) -> Option<Check> {
    let first = scenario.broken_runs.first()?;
    let runs = human::counted(scenario.broken_runs.len() as u64, "run");
    let why = format!("{runs} broke; seed {} {}", first.seed, first.what);
    Some(failed("every run comes to its end".to_owned(), why, Some(first.replay.clone())))
}

fn unfinished_runs(scenario: &ScenarioReport) -> Option<Check> {
    let first = scenario.unfinished_runs.first()?;
    let runs = human::counted(scenario.unfinished_runs.len() as u64, "run");
    let explanation = format!("{runs} left out; seed {} {}", first.seed, first.what);
    let (name, replay) = ("every run is finished in time".to_owned(), Some(first.replay.clone()));
    Some(Check { name, verdict: Verdict::Inconclusive, explanation, replay, criterion: None })
}

/// What no other check says: a campaign cut short, runs that do not repeat, nothing expected.
fn the_rest(scenario: &ScenarioReport) -> Check {
    let explanation = match scenario.reasons.first() {
        Some(reason) => reason.clone(),
        None => "no reason was given".to_owned(),
    };
    let name = "the campaign as a whole".to_owned();
    Check { name, verdict: scenario.verdict, explanation, replay: scenario.replay.clone(), criterion: None }
}
