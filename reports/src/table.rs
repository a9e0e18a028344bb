//! A report as text for a terminal: a row per scenario, then the reasons of all that did not pass.

use std::fmt::Write;

use units::Span;

use crate::claim::ClaimReport;
use crate::criterion::Promise;
use crate::grid::{self, Cell, Column};
use crate::human;
use crate::paint::{Style, paint, wrapped};
use crate::report::Report;
use crate::scenario::ScenarioReport;
use crate::seconds::Seconds;
use crate::verdict::Verdict;

const COLUMNS: [Column; 14] = [
    Column { group: "", head: "scenario", left: true, spare: false },
    Column { group: "", head: "verdict", left: true, spare: false },
    Column { group: "", head: "runs", left: false, spare: false },
    Column { group: "recovery time", head: "p50", left: false, spare: false },
    Column { group: "recovery time", head: "p95", left: false, spare: true },
    Column { group: "recovery time", head: "p99", left: false, spare: false },
    Column { group: "recovery time", head: "RTO", left: false, spare: false },
    Column { group: "recovery point", head: "p99", left: false, spare: false },
    Column { group: "recovery point", head: "RPO", left: false, spare: false },
    Column { group: "lost writes", head: "p99", left: false, spare: false },
    Column { group: "lost writes", head: "max", left: false, spare: false },
    Column { group: "client time", head: "served", left: false, spare: true },
    Column { group: "client time", head: "lost p99", left: false, spare: true },
    Column { group: "split", head: "brain", left: false, spare: false },
];

const CLAIM_COLUMNS: [Column; 5] = [
    Column { group: "", head: "scenario", left: true, spare: false },
    Column { group: "", head: "from", left: true, spare: false },
    Column { group: "", head: "claimed", left: true, spare: false },
    Column { group: "", head: "measured", left: true, spare: false },
    Column { group: "", head: "kept in", left: false, spare: false },
];

const LEGEND: &str = "p50, p95, p99: that many percent of the runs took no longer; each is a real run. RTO, RPO: what the \
    plan promises; in brackets where a scenario says why it is not held to it. Recovery time: of a run's longest outage, in which some client that could be served was not. \">\": \
    still down when the run ended. Lost writes had been acknowledged. Client time: of all clients together, those cut off \
    included; its share served in all but 1 % of the runs. Split brain: two databases accepting writes, time in all runs \
    together. Inconclusive: the runs are compatible with both answers.";

/// The report as text, at most `width` columns wide (80 to 100 suit it; where there is no room, p95 and client time are
/// left out) except where a command must stay in one piece. Colours only if asked for.
pub fn render(report: &Report, width: usize, color: bool) -> String {
    let mut out = headline(report, color);
    if !report.scenarios.is_empty() {
        let rows: Vec<Vec<Cell>> = report.scenarios.iter().map(row).collect();
        out += "\n";
        out += &grid::render(&COLUMNS, &rows, width, color);
        out += "\n";
        out += &paint(wrapped("", LEGEND, width).trim_end(), Style::Faint, color);
        out += "\n";
    }
    for scenario in &report.scenarios {
        out += &details(scenario, width, color);
    }
    out += &claims(report, width, color);
    out
}

fn headline(report: &Report, color: bool) -> String {
    let count = |verdict| report.scenarios.iter().filter(|scenario| scenario.verdict == verdict).count();
    let verdict = paint(report.verdict.word(), style(report.verdict), color);
    let (pass, fail, open) = (count(Verdict::Pass), count(Verdict::Fail), count(Verdict::Inconclusive));
    let total = human::counted(report.scenarios.len() as u64, "scenario");
    let criteria = match report.criteria {
        1 => "1 criterion".to_owned(),
        many => format!("{} criteria", human::count(many)),
    };
    let cut = if report.interrupted { "; cut short" } else { "" };
    format!("{verdict}: {total}, {pass} pass, {fail} fail, {open} inconclusive; {criteria}{cut}\n")
}

fn row(scenario: &ScenarioReport) -> Vec<Cell> {
    let objectives = scenario.objectives;
    let promised_time = objectives.map(|promised| promised.recovery_time_s);
    let promised_point = objectives.map(|promised| promised.recovery_point_s);
    let rto = promised_time.filter(|_| !scenario.is_exempt(Promise::RecoveryTime));
    let rpo = promised_point.filter(|_| !scenario.is_exempt(Promise::RecoveryPoint));
    let (time, point, lost) = (scenario.recovery_time_s, scenario.recovery_point_s, scenario.lost_writes);
    let no_split_brain = Seconds::exactly(Span::ZERO);
    vec![
        (scenario.name.clone(), Style::Strong),
        (scenario.verdict.word().to_owned(), style(scenario.verdict)),
        (human::short_count(scenario.seeds), Style::Plain),
        held_to(time.map(|spread| spread.p50), rto),
        held_to(time.map(|spread| spread.p95), rto),
        held_to(time.map(|spread| spread.p99), rto),
        promised(rto, promised_time),
        held_to(point.map(|spread| spread.p99), rpo),
        promised(rpo, promised_point),
        count_cell(lost.map(|spread| spread.p99)),
        count_cell(lost.map(|spread| spread.max)),
        share_cell(scenario.clients.and_then(|clients| clients.availability).map(|served| served.p99)),
        held_to(scenario.clients.map(|clients| clients.lost_s.p99), None),
        held_to((scenario.seeds > 0).then_some(scenario.split_brain_s), Some(no_split_brain)),
    ]
}

/// A duration, marked where it exceeds what it is held to.
fn held_to(value: Option<Seconds>, limit: Option<Seconds>) -> Cell {
    let Some(value) = value else { return ("-".to_owned(), Style::Faint) };
    let exceeds = limit.is_some_and(|limit| value > limit);
    (human::measured(value.0), if exceeds { Style::Bad } else { Style::Plain })
}

/// Rounded down: what was lost is never rounded away.
fn share_cell(value: Option<f64>) -> Cell {
    value.map_or(("-".to_owned(), Style::Faint), |share| (human::share_at_least(share), Style::Plain))
}

/// In brackets where the scenario is not held to it.
fn promised(held: Option<Seconds>, promised: Option<Seconds>) -> Cell {
    match (held, promised) {
        (None, Some(not_held)) => (format!("({})", human::measured(not_held.0)), Style::Faint),
        _ => held_to(held, None),
    }
}

fn count_cell(value: Option<u64>) -> Cell {
    value.map_or(("-".to_owned(), Style::Faint), |count| (human::short_count(count), Style::Plain))
}

/// Why a scenario did not pass, and what to run next; and what is known to be wrong with one that did.
fn details(scenario: &ScenarioReport, width: usize, color: bool) -> String {
    let mut out = String::new();
    for reason in &scenario.reasons {
        out += &wrapped("  - ", reason, width);
    }
    for known in scenario.violations.iter().filter(|violation| violation.allowed) {
        let seen = format!("{} of {} runs", human::count(known.runs), human::count(scenario.seeds));
        let text = format!(
            "known and allowed here: {} in {seen}; seed {}: {}",
            known.invariant, known.seed, known.what
        );
        out += &wrapped("  - ", &text, width);
    }
    for line in scenario.remarks() {
        out += &wrapped("  - ", &line, width);
    }
    for finding in &scenario.lint {
        out += &wrapped("  - ", &format!("lint: {finding}"), width);
    }
    if out.is_empty() {
        return out;
    }
    if let (Some(replay), false) = (&scenario.replay, scenario.verdict == Verdict::Pass) {
        let runs = human::counted(scenario.seeds, "run");
        let _ = writeln!(out, "  the worst of {runs}:\n  {}", paint(replay, Style::Strong, color));
    }
    let verdict = paint(scenario.verdict.word(), style(scenario.verdict), color);
    let story = paint(wrapped("  ", &scenario.story, width).trim_end(), Style::Faint, color);
    format!("\n{verdict}  {}\n{story}\n{out}", paint(&scenario.name, Style::Strong, color))
}

fn claims(report: &Report, width: usize, color: bool) -> String {
    let row = |scenario: &ScenarioReport, claim: &ClaimReport| {
        let kept = format!("{} of {}", human::short_count(claim.kept_in), human::short_count(claim.runs));
        let standing = if claim.kept_in < claim.runs { Style::Bad } else { Style::Plain };
        vec![
            (scenario.name.clone(), Style::Plain),
            (claim.from.clone(), Style::Plain),
            (claim.claimed.clone(), Style::Plain),
            (claim.measured.clone(), Style::Plain),
            (kept, standing),
        ]
    };
    let all = report
        .scenarios
        .iter()
        .flat_map(|scenario| scenario.claims.iter().map(move |claim| row(scenario, claim)));
    let rows: Vec<Vec<Cell>> = all.collect();
    if rows.is_empty() {
        return String::new();
    }
    let title = paint("Claims beside what was measured", Style::Strong, color);
    format!("\n{title}\n{}", grid::render(&CLAIM_COLUMNS, &rows, width, color))
}

pub(crate) fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => Style::Good,
        Verdict::Fail => Style::Bad,
        Verdict::Inconclusive => Style::Unsure,
    }
}
