//! What a step of GitHub Actions shows: annotations beside the lines of files, and a summary.
//!
//! Limits, from GitHub's documentation of workflow commands and job summaries: ten annotations of each kind for a
//! step, the rest is dropped without a word; a summary of 1 MiB for a step, and a larger one is refused as a whole.

use crate::dossier::{Check, checks};
use crate::gate::GateReport;
use crate::human;
use crate::report::Report;
use crate::scenario::ScenarioReport;
use crate::summary;
use crate::verdict::Verdict;

/// Annotations of a kind that a step may make.
const EACH_KIND: usize = 10;

/// Bytes that the summary of a step may have.
pub const SUMMARY_MAX: u64 = 1024 * 1024;

/// Workflow commands, a line each: an error for what fails, a warning for what is inconclusive, and a notice where
/// all is well. `lines` holds for each scenario the line of its file that asks for each criterion.
pub fn annotations(report: &Report, lines: &[Vec<usize>]) -> String {
    let errors = of_kind(report, lines, Verdict::Fail, "error");
    let warnings = of_kind(report, lines, Verdict::Inconclusive, "warning");
    match report.verdict {
        Verdict::Pass => of_all(report, "notice", "Pass"),
        // A campaign cut short may have nothing to show but what passes.
        Verdict::Fail if errors.is_empty() => of_all(report, "error", "Fail") + &warnings,
        Verdict::Inconclusive if warnings.is_empty() => of_all(report, "warning", "Inconclusive"),
        Verdict::Fail | Verdict::Inconclusive => errors + &warnings,
    }
}

fn of_all(report: &Report, kind: &str, word: &str) -> String {
    let cut = if report.interrupted { " Cut short: what is not shown was not run." } else { "" };
    let text = format!("{word}. {}{cut}", crate::html::counted(report));
    format!("::{kind} title=firedrill::{}\n", data(&text))
}

/// What is to be appended to the step's summary, which has so many bytes already; `None` if there is no room.
pub fn step_summary(report: &Report, already: u64) -> Option<String> {
    let text = summary::render(report);
    (already.saturating_add(text.len() as u64) <= SUMMARY_MAX).then_some(text)
}

fn of_kind(report: &Report, lines: &[Vec<usize>], verdict: Verdict, kind: &str) -> String {
    let mut all: Vec<String> =
        report.gate.as_ref().map_or_else(Vec::new, |gate| of_gate(gate, verdict, kind));
    for (index, scenario) in report.scenarios.iter().enumerate() {
        let lines = lines.get(index).map_or(&[][..], Vec::as_slice);
        let open = checks(scenario).into_iter().filter(|check| check.verdict == verdict);
        all.extend(open.map(|check| annotation(scenario, &check, lines, kind)));
    }
    if all.len() > EACH_KIND {
        let more = human::count((all.len() - (EACH_KIND - 1)) as u64);
        all.truncate(EACH_KIND - 1);
        all.push(format!("::{kind} title=firedrill::and {more} more: see the summary of this step\n"));
    }
    all.concat()
}

/// Reasons that are no check's, then the checks, in the gate's order.
fn of_gate(gate: &GateReport, verdict: Verdict, kind: &str) -> Vec<String> {
    let line = |title: &str, why: &str| format!("::{kind} title={}::{}\n", property(title), data(why));
    let whole = gate.reasons_of_the_whole().filter(|_| gate.verdict == verdict);
    let whole = whole.map(|reason| line(&format!("gate {}", gate.name), reason));
    let open = gate.checks.iter().filter(|check| check.verdict == verdict);
    let open = open.map(|check| line(&check.id, &format!("{}: {}", check.title, check.findings.join("; "))));
    whole.chain(open).collect()
}

fn annotation(scenario: &ScenarioReport, check: &Check, lines: &[usize], kind: &str) -> String {
    let line = check.criterion.and_then(|criterion| lines.get(criterion)).copied().unwrap_or(1).max(1);
    let title = property(&format!("{}: {}", scenario.name, check.name));
    let replay = check.replay.as_deref().map_or_else(String::new, |command| format!("\n{command}"));
    let message = data(&format!("{}{replay}", check.explanation));
    format!("::{kind} file={},line={line},title={title}::{message}\n", property(&scenario.file))
}

/// The message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
