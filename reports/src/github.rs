//! What a step of GitHub Actions shows: annotations beside the lines of files, and a summary.
//!
//! Limits, from GitHub's documentation of workflow commands and job summaries: ten annotations of each kind for a
//! step, the rest is dropped without a word; a summary of 1 MiB for a step, and a larger one is refused as a whole.

use crate::dossier::{Check, checks};
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
        Verdict::Pass => format!(
            "::notice title=firedrill::{}\n",
            data(&format!("Pass. {}", crate::html::counted(report)))
        ),
        Verdict::Fail | Verdict::Inconclusive => errors + &warnings,
    }
}

/// What is to be appended to the step's summary, which has so many bytes already; `None` if there is no room.
pub fn step_summary(report: &Report, already: u64) -> Option<String> {
    let text = summary::render(report);
    (already.saturating_add(text.len() as u64) <= SUMMARY_MAX).then_some(text)
}

fn of_kind(report: &Report, lines: &[Vec<usize>], verdict: Verdict, kind: &str) -> String {
    let mut all: Vec<String> = Vec::new();
    for (index, scenario) in report.scenarios.iter().enumerate() {
        let lines = lines.get(index).map_or(&[][..], Vec::as_slice);
        let open = checks(scenario).into_iter().filter(|check| check.verdict == verdict);
        all.extend(open.map(|check| annotation(scenario, &check, lines, kind)));
    }
    for check in report.gate.iter().flat_map(|gate| &gate.checks).filter(|check| check.verdict == verdict) {
        let why = data(&format!("{}: {}", check.title, check.findings.join("; ")));
        all.insert(0, format!("::{kind} title={}::{why}\n", property(&check.id)));
    }
    if all.len() > EACH_KIND {
        let more = all.len() - (EACH_KIND - 1);
        all.truncate(EACH_KIND - 1);
        let rest = human::counted(more as u64, "more");
        let rest = rest.trim_end_matches('s');
        all.push(format!("::{kind} title=firedrill::and {rest}: see the summary of this step\n"));
    }
    all.concat()
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
