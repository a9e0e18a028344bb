//! A gate as text for a terminal: the verdict, a row per check, then the reasons.

use crate::compare;
use crate::gate::{BaselineReport, CheckReport, ComputingTime, CriterionReport, GateReport, LeftOut};
use crate::grid::{self, Cell, Column};
use crate::human;
use crate::paint::{Style, paint, wrapped};
use crate::report::Report;
use crate::seconds::Seconds;
use crate::table::style;
use crate::verdict::Verdict;

const COLUMNS: [Column; 5] = [
    Column { group: "", head: "check", left: true, spare: false },
    Column { group: "", head: "verdict", left: true, spare: false },
    Column { group: "", head: "what is asked", left: true, spare: false },
    Column { group: "", head: "criteria", left: false, spare: false },
    Column { group: "", head: "worst", left: true, spare: true },
];

/// So many reasons of a check are told; the rest are in `report.json`.
const TOLD_MAX: usize = 8;

/// A gate's report as text, at most `width` columns wide except where a command must stay in one piece. Empty if the
/// report is not of a gate.
pub fn render(report: &Report, width: usize, color: bool) -> String {
    let Some(gate) = &report.gate else { return String::new() };
    let mut out = headline(gate, report, color);
    out += &wrapped("", &gate.story, width);
    out += "\n";
    let rows: Vec<Vec<Cell>> = gate.checks.iter().map(row).collect();
    out += &grid::render(&COLUMNS, &rows, width, color);
    for check in gate.checks.iter().filter(|check| check.verdict != Verdict::Pass) {
        out += &details(check, width, color);
    }
    out += &left_out(gate, width);
    for reason in gate.reasons_of_the_whole() {
        out += "\n";
        out += &wrapped("", reason, width);
    }
    if let Some(baseline) = &gate.baseline {
        out += &beside(baseline, width, color);
    }
    out += "\n";
    out += &paint(wrapped("", &footnote(gate), width).trim_end(), Style::Faint, color);
    out + "\n"
}

/// What no criterion of a check looks at, and why: each reason once.
fn left_out(gate: &GateReport, width: usize) -> String {
    let all = &gate.provenance.left_out;
    let same = |one: &LeftOut, next: &LeftOut| {
        (&one.check, &one.criterion, &one.why) == (&next.check, &next.criterion, &next.why)
    };
    let lines = all.chunk_by(same).map(|group| {
        let names: Vec<&str> = group.iter().map(|left| left.scenario.as_str()).collect();
        let (check, criterion, why) = (&group[0].check, &group[0].criterion, &group[0].why);
        wrapped("  - ", &format!("{check}, {criterion}: {}: {why}", names.join(", ")), width)
    });
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("\nNot asked of every scenario\n{lines}") }
}

fn headline(gate: &GateReport, report: &Report, color: bool) -> String {
    let verdict = paint(gate.verdict.word(), style(gate.verdict), color);
    let count = |verdict| gate.checks.iter().filter(|check| check.verdict == verdict).count();
    let (pass, fail, open) = (count(Verdict::Pass), count(Verdict::Fail), count(Verdict::Inconclusive));
    let cut = if report.interrupted { "; cut short" } else { "" };
    let runs = human::counted(gate.runs, "run");
    let criteria = match gate.criteria {
        1 => "1 criterion".to_owned(),
        many => format!("{} criteria", human::count(many)),
    };
    let checks = human::counted(gate.checks.len() as u64, "check");
    format!(
        "{verdict}: {}: {checks}, {pass} pass, {fail} fail, {open} inconclusive; {criteria}, {runs}{cut}\n",
        gate.name
    )
}

fn row(check: &CheckReport) -> Vec<Cell> {
    let criteria = check.criteria.len() + check.computing.len();
    vec![
        (check.id.clone(), Style::Strong),
        (check.verdict.word().to_owned(), style(check.verdict)),
        (check.title.clone(), Style::Plain),
        (if criteria == 0 { String::new() } else { human::count(criteria as u64) }, Style::Plain),
        (worst_measured(check).unwrap_or_default(), Style::Plain),
    ]
}

/// The largest time that is held to a limit, beside it.
fn worst_measured(check: &CheckReport) -> Option<String> {
    let told = |measured: Seconds, limit: Seconds| {
        format!("{} of {}", human::measured(measured.0), human::measured(limit.0))
    };
    let of = |row: &CriterionReport| Some((row.measured_s?, row.limit_s?));
    let runs = check.criteria.iter().filter_map(of).max().map(|(measured, limit)| told(measured, limit));
    let p95 = |row: &ComputingTime| (row.spread.p95, row.limit_s);
    let computing = check.computing.iter().map(p95).max().map(|(measured, limit)| told(measured, limit));
    runs.or(computing)
}

fn details(check: &CheckReport, width: usize, color: bool) -> String {
    let mut out = format!("\n{}  {}\n", paint(&check.id, Style::Strong, color), check.title);
    for finding in check.findings.iter().take(TOLD_MAX) {
        out += &told(finding, width);
    }
    let more = check.findings.len().saturating_sub(TOLD_MAX);
    if more > 0 {
        out += &format!("  - and {more} more, in report.json\n");
    }
    out
}

/// A reason, with its command on a line of its own.
fn told(finding: &str, width: usize) -> String {
    match finding.rsplit_once("; firedrill ") {
        Some((reason, command)) => wrapped("  - ", reason, width) + &format!("    firedrill {command}\n"),
        None => wrapped("  - ", finding, width),
    }
}

fn beside(baseline: &BaselineReport, width: usize, color: bool) -> String {
    let mut out = format!("\n{}\n", paint(&format!("beside {}", baseline.file), Style::Strong, color));
    for note in &baseline.notes {
        out += &wrapped("  - ", note, width);
    }
    for change in &baseline.changed {
        out += &wrapped("  - ", &format!("{}: was {}; is {}", change.name, change.was, change.is), width);
    }
    if let Some(paired) = &baseline.paired {
        out += &compare::render(paired, width, color);
    }
    out
}

fn footnote(gate: &GateReport) -> String {
    let provenance = &gate.provenance;
    let mut out = format!("Seeds from {} on, of base '{}'.", provenance.first_seed, provenance.seed_base);
    if gate.criteria > 0 {
        let sure = human::share(gate.confidence);
        out += &format!(
            " Each criterion at {sure} confidence or more; all must pass, which bounds false passes, while false failures add up with their number."
        );
    }
    if gate.checks.iter().any(|check| !check.computing.is_empty()) {
        let machine = &provenance.machine;
        out += &format!(" Computing times are of {} ({} build).", machine.processor, machine.build);
    }
    out
}
