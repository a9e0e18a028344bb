//! `summary.md`: what fits beside a pull request. The verdict, what does not pass with the commands that show why, a
//! table of the scenarios to look at first.

use crate::dossier::{Check, checks};
use crate::gate::GateReport;
use crate::human;
use crate::report::Report;
use crate::scenario::ScenarioReport;
use crate::seconds::Seconds;
use crate::verdict::Verdict;

/// Checks that are told in full.
const CHECKS: usize = 10;
/// Rows of the table.
const ROWS: usize = 15;
/// Characters of one explanation or name.
const TEXT: usize = 600;
/// Characters of a command; a longer one is in the report, not here.
const COMMAND: usize = 1_500;

/// The report as Markdown, GitHub's flavour, below 60 KB whatever it holds.
pub fn render(report: &Report) -> String {
    let mut out = format!("### firedrill: {} {}\n\n", sign(report.verdict), report.verdict.word());
    out += &format!("{}\n", crate::html::counted(report));
    if report.interrupted {
        out += "\nCut short: what is not shown was not run.\n";
    }
    if let Some(gate) = &report.gate {
        out += &gate_table(gate);
    }
    out += &open_checks(report);
    out += &table(report);
    out + &format!("\n{} {}, digest `{}`\n", report.tool, cell(&report.tool_version), cell(&report.digest))
}

fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✅",
        Verdict::Fail => "❌",
        Verdict::Inconclusive => "❔",
    }
}

fn gate_table(gate: &GateReport) -> String {
    let mut out = format!("\n#### Gate {}\n\n| check | verdict | |\n|---|---|---|\n", cell(&gate.name));
    for check in gate.checks.iter().take(2 * ROWS) {
        let why = check.findings.first().unwrap_or(&check.title);
        let (sign, word) = (sign(check.verdict), check.verdict.word());
        out += &format!("| {} | {sign} {word} | {} |\n", cell(&check.id), cell(why));
    }
    out + &more(gate.checks.len().saturating_sub(2 * ROWS), "check")
}

/// Everything that is not a pass, failures first.
fn open_checks(report: &Report) -> String {
    let of = |scenario| checks(scenario).into_iter().map(move |check| (scenario, check));
    let mut open: Vec<(&ScenarioReport, Check)> = report.scenarios.iter().flat_map(of).collect();
    open.retain(|(_, check)| check.verdict != Verdict::Pass);
    open.sort_by_key(|(_, check)| check.verdict != Verdict::Fail);
    if open.is_empty() {
        return String::new();
    }
    let mut out = "\n#### What does not pass\n\n".to_owned();
    for (scenario, check) in open.iter().take(CHECKS) {
        let (name, what, why) = (cell(&scenario.name), cell(&check.name), cell(&check.explanation));
        out += &format!("- {} **{name}**, {what}: {why}\n", sign(check.verdict));
        out += &check.replay.as_deref().map_or_else(String::new, fenced);
    }
    out + &more(open.len().saturating_sub(CHECKS), "reason")
}

/// A command as a block within a list item, whatever is in it.
fn fenced(command: &str) -> String {
    let command = command.replace(['\n', '\r'], " ");
    if command.chars().count() > COMMAND {
        return "  (its replay command is too long for this page)\n".to_owned();
    }
    let longest = command.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("  {fence}sh\n  {command}\n  {fence}\n")
}

/// The scenarios that matter most: those that do not pass, then those closest to their RTO.
fn table(report: &Report) -> String {
    if report.scenarios.is_empty() {
        return "\nNo scenario was run.\n".to_owned();
    }
    let mut order: Vec<&ScenarioReport> = report.scenarios.iter().collect();
    order.sort_by_key(|scenario| {
        let p99 = scenario.recovery_time_s.map(|time| time.p99);
        (rank(scenario.verdict), std::cmp::Reverse(p99))
    });
    let mut out =
        "\n| scenario | verdict | runs | recovery p50 | p99 | RTO | point p99 | RPO | lost, max |\n"
            .to_owned();
    out += "|---|---|--:|--:|--:|--:|--:|--:|--:|\n";
    for scenario in order.iter().take(ROWS) {
        out += &row(scenario);
    }
    out + &more(order.len().saturating_sub(ROWS), "scenario")
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fail => 0,
        Verdict::Inconclusive => 1,
        Verdict::Pass => 2,
    }
}

fn row(scenario: &ScenarioReport) -> String {
    let time = |value: Option<Seconds>| {
        value.map_or("–".to_owned(), |value| human::measured(value.0).replace('>', "&gt;"))
    };
    let (recovery, point) = (scenario.recovery_time_s, scenario.recovery_point_s);
    let cells = [
        cell(&scenario.name),
        format!("{} {}", sign(scenario.verdict), scenario.verdict.word()),
        human::count(scenario.seeds),
        time(recovery.map(|spread| spread.p50)),
        time(recovery.map(|spread| spread.p99)),
        time(scenario.objectives.map(|promised| promised.recovery_time_s)),
        time(point.map(|spread| spread.p99)),
        time(scenario.objectives.map(|promised| promised.recovery_point_s)),
        scenario.lost_writes.map_or("–".to_owned(), |lost| human::count(lost.max)),
    ];
    format!("| {} |\n", cells.join(" | "))
}

fn more(number: usize, noun: &str) -> String {
    match number {
        0 => String::new(),
        number => format!("\nand {} more\n", human::counted(number as u64, noun)),
    }
}

/// Text that Markdown shows as it is: in a table, in a list, and notifying nobody.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in human::shortened(text, TEXT).chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '@' => out += "&#64;",
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
