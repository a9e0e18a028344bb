//! `summary.md`: what fits beside a pull request. The verdict, what does not pass with the commands that show why, a
//! table of the scenarios to look at first.

use crate::criterion::Promise;
use crate::dossier::{Check, checks};
use crate::gate::{CheckReport, GateReport};
use crate::human;
use crate::report::Report;
use crate::scenario::{Exemption, Objectives, ScenarioReport};
use crate::seconds::Seconds;
use crate::verdict::Verdict;

/// Items of a part at most, and bytes: texts come from files and may be long, and escapes make them longer.
struct Room {
    items: usize,
    bytes: usize,
}

/// Checks of a gate.
const GATE: Room = Room { items: 30, bytes: 15_000 };
/// Reasons of the gate that are no check's.
const REASONS: Room = Room { items: 5, bytes: 4_000 };
/// Checks that are told in full.
const CHECKS: Room = Room { items: 10, bytes: 22_000 };
/// Rows of the table.
const ROWS: Room = Room { items: 15, bytes: 12_000 };
/// Objectives that scenarios are not held to.
const EXEMPT: Room = Room { items: 30, bytes: 5_500 };
/// Characters of one explanation or name.
const TEXT: usize = 300;
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
    out += &exemptions(report);
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
    let row = |check: &CheckReport| {
        let why = check.findings.first().unwrap_or(&check.title);
        let (sign, word) = (sign(check.verdict), check.verdict.word());
        format!("| {} | {sign} {word} | {} |\n", cell(&check.id), cell(why))
    };
    out += &GATE.fill(gate.checks.iter().map(row), "check");
    let whole: Vec<String> =
        gate.reasons_of_the_whole().map(|reason| format!("- {}\n", cell(reason))).collect();
    if !whole.is_empty() {
        out += "\n";
        out += &REASONS.fill(whole.into_iter(), "reason");
    }
    out
}

impl Room {
    /// As many of the items as there is room for, and how many are left out.
    fn fill(&self, items: impl Iterator<Item = String>, noun: &str) -> String {
        let (mut out, mut kept, mut left_out) = (String::new(), 0, 0);
        for item in items {
            if left_out == 0 && kept < self.items && out.len() + item.len() <= self.bytes {
                out += &item;
                kept += 1;
            } else {
                left_out += 1;
            }
        }
        out + &more(left_out, noun)
    }
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
    let told = |(scenario, check): &(&ScenarioReport, Check)| {
        let (name, what, why) = (cell(&scenario.name), cell(&check.name), cell(&check.explanation));
        let command = check.replay.as_deref().map_or_else(String::new, fenced);
        format!("- {} **{name}**, {what}: {why}\n{command}", sign(check.verdict))
    };
    "\n#### What does not pass\n\n".to_owned() + &CHECKS.fill(open.iter().map(told), "reason")
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
        "\n| scenario | verdict | runs | recovery p50 | p99 | RTO | point p99 | RPO | lost, max | client time lost, p99 |\n"
            .to_owned();
    out += "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n";
    out + &ROWS.fill(order.into_iter().map(row), "scenario")
}

/// What scenarios are not held to, and why.
fn exemptions(report: &Report) -> String {
    let of = |scenario: &ScenarioReport| {
        let name = cell(&scenario.name);
        let told = |exempt: &Exemption| format!("- {name}: {}\n", cell(&exempt.told()));
        scenario.exempt.iter().map(told).collect::<Vec<_>>()
    };
    let lines: Vec<String> = report.scenarios.iter().flat_map(of).collect();
    match lines.is_empty() {
        true => String::new(),
        false => {
            "\nObjectives that scenarios are not held to:\n\n".to_owned()
                + &EXEMPT.fill(lines.into_iter(), "exemption")
        }
    }
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
    let promised = |promise, of: fn(Objectives) -> Seconds| match scenario.is_exempt(promise) {
        true => format!("({})", time(scenario.objectives.map(of))),
        false => time(scenario.objectives.map(of)),
    };
    let cells = [
        cell(&scenario.name),
        format!("{} {}", sign(scenario.verdict), scenario.verdict.word()),
        human::count(scenario.seeds),
        time(recovery.map(|spread| spread.p50)),
        time(recovery.map(|spread| spread.p99)),
        promised(Promise::RecoveryTime, |promised| promised.recovery_time_s),
        time(point.map(|spread| spread.p99)),
        promised(Promise::RecoveryPoint, |promised| promised.recovery_point_s),
        scenario.lost_writes.map_or("–".to_owned(), |lost| human::count(lost.max)),
        time(scenario.clients.map(|clients| clients.lost_s.p99)),
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
