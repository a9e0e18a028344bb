//! A comparison as text for a terminal.

use std::fmt::Write;

use units::Span;

use super::{Answer, Change, Comparison, CriterionComparison, MeasureComparison, ScenarioComparison, Unit};
use crate::grid::{self, Cell, Column};
use crate::human;
use crate::paint::{Style, paint, wrapped};
use crate::spread::Interval;

/// So many flipped seeds are named.
const SEEDS: usize = 12;

const MEASURES: [Column; 9] = [
    Column { group: "", head: "B - A", left: true, spare: false },
    Column { group: "median of", head: "A", left: false, spare: false },
    Column { group: "median of", head: "B", left: false, spare: false },
    Column { group: "mean difference", head: "mean", left: false, spare: false },
    Column { group: "mean difference", head: "95 % interval", left: false, spare: false },
    Column { group: "median difference", head: "median", left: false, spare: false },
    Column { group: "median difference", head: "95 % interval", left: false, spare: false },
    Column { group: "pairs", head: "worse", left: false, spare: false },
    Column { group: "pairs", head: "better", left: false, spare: false },
];

const CRITERIA: [Column; 7] = [
    Column { group: "", head: "criterion", left: true, spare: false },
    Column { group: "bad runs", head: "of A", left: false, spare: false },
    Column { group: "bad runs", head: "of B", left: false, spare: false },
    Column { group: "pairs that turn", head: "bad", left: false, spare: false },
    Column { group: "pairs that turn", head: "good", left: false, spare: false },
    Column { group: "", head: "p", left: false, spare: false },
    Column { group: "", head: "turn bad at most", left: false, spare: false },
];

const LEGEND: &str = "Pairs are runs of one seed. Mean: over the pairs that came back on both sides, Student's t. Median: over \
    all pairs, binomial ranks; \"open\": that end lies among runs that never came back. The indented parts of the recovery time \
    explain it and are not tested. p: exact McNemar, adjusted (Holm). Turn bad at most: share of all runs, 95 % confidence.";

impl Answer {
    /// As tables print it, of B.
    pub const fn word(self) -> &'static str {
        match self {
            Answer::Worse => "WORSE",
            Answer::CannotTell => "cannot tell",
            Answer::Better => "better",
            Answer::NoDifference => "no difference",
        }
    }
}

/// The comparison as text, at most `width` columns wide except where a command must stay in one piece.
pub fn render(comparison: &Comparison, width: usize, color: bool) -> String {
    let mut out = headline(comparison, color);
    for scenario in &comparison.scenarios {
        out += &of_scenario(scenario, width, color);
    }
    out += &alone("A", &comparison.only_a, width);
    out += &alone("B", &comparison.only_b, width);
    if !comparison.scenarios.is_empty() {
        out += "\n";
        out += &paint(wrapped("", LEGEND, width).trim_end(), Style::Faint, color);
        out += "\n";
    }
    out
}

fn headline(comparison: &Comparison, color: bool) -> String {
    let answer = match comparison.answer {
        Answer::Worse => "B is worse than A",
        Answer::CannotTell => "cannot tell whether B is worse than A",
        Answer::Better => "B is better than A",
        Answer::NoDifference => "no difference found between A and B",
    };
    let scenarios = human::counted(comparison.scenarios.len() as u64, "scenario");
    let pairs = human::counted(comparison.scenarios.iter().map(|one| one.pairs).sum(), "pair");
    let tests = human::counted(comparison.tests, "test");
    let answer = paint(answer, style(comparison.answer), color);
    format!("{answer}: {scenarios}, {pairs}, {tests}\n  A  {}\n  B  {}\n", comparison.a, comparison.b)
}

fn of_scenario(scenario: &ScenarioComparison, width: usize, color: bool) -> String {
    let mut out = String::from("\n");
    let answer = paint(scenario.answer.word(), style(scenario.answer), color);
    let name = paint(&scenario.name, Style::Strong, color);
    let same = match scenario.identical {
        0 => String::new(),
        same => format!(", {} the same to the last event", human::count(same)),
    };
    let unpaired = match scenario.unpaired {
        0 => String::new(),
        runs => format!(", {} without a partner", human::counted(runs, "run")),
    };
    let pairs = human::counted(scenario.pairs, "pair");
    let _ = writeln!(out, "{answer}  {name}, {pairs}{same}{unpaired}");
    for line in &scenario.reasons {
        out += &wrapped("  - ", line, width);
    }
    for line in &scenario.notes {
        out += &wrapped("  - note: ", line, width);
    }
    if scenario.pairs == 0 || scenario.identical == scenario.pairs {
        return out;
    }
    let rows: Vec<Vec<Cell>> = scenario.measures.iter().map(row).collect();
    out += &format!("\n{}", grid::render(&MEASURES, &rows, width, color));
    let rows: Vec<Vec<Cell>> = scenario.criteria.iter().map(criterion).collect();
    out += &format!("\n{}", grid::render(&CRITERIA, &rows, width, color));
    out + &flipped(scenario, width) + &changes(scenario, color)
}

fn row(measure: &MeasureComparison) -> Vec<Cell> {
    let unit = measure.unit;
    let median = |value: Option<f64>| match value {
        Some(value) => (plain(value, unit), Style::Plain),
        None if measure.seen + measure.a_never + measure.b_never + measure.neither == 0 => {
            ("-".to_owned(), Style::Faint)
        }
        None => ("never".to_owned(), Style::Bad),
    };
    let difference = |value: Option<f64>| value.map_or("-".to_owned(), |value| signed(value, unit));
    let name = if measure.part { format!("  {}", measure.name) } else { measure.name.clone() };
    let standing = measure.answer.map_or(Style::Plain, style);
    vec![
        (name, Style::Plain),
        median(measure.a_p50),
        median(measure.b_p50),
        (difference(measure.mean), standing),
        (interval(measure.mean_interval, unit), Style::Plain),
        (difference(measure.median), standing),
        (interval(measure.median_interval, unit), Style::Plain),
        (human::short_count(measure.worse), Style::Plain),
        (human::short_count(measure.better), Style::Plain),
    ]
}

fn criterion(criterion: &CriterionComparison) -> Vec<Cell> {
    let count = |count: usize| (human::short_count(count as u64), Style::Plain);
    let p = if criterion.p < 0.0001 { "<0.0001".to_owned() } else { format!("{:.4}", criterion.p) };
    vec![
        (criterion.name.clone(), Style::Plain),
        count(criterion.a_bad as usize),
        (human::short_count(criterion.b_bad), style(criterion.answer)),
        count(criterion.turned_bad.len()),
        count(criterion.turned_good.len()),
        (p, Style::Plain),
        (human::share(criterion.turns_bad_at_most), Style::Plain),
    ]
}

fn flipped(scenario: &ScenarioComparison, width: usize) -> String {
    let mut out = String::new();
    for criterion in &scenario.criteria {
        for (how, seeds) in [("bad", &criterion.turned_bad), ("good", &criterion.turned_good)] {
            if !seeds.is_empty() {
                out += &wrapped("  ", &format!("{}: turn {how}: {}", criterion.name, named(seeds)), width);
            }
        }
    }
    if out.is_empty() { out } else { format!("\n{out}") }
}

/// `seeds 3, 17, 40 and 12 more`.
fn named(seeds: &[u64]) -> String {
    let shown: Vec<String> = seeds.iter().take(SEEDS).map(u64::to_string).collect();
    let more = match seeds.len().saturating_sub(SEEDS) {
        0 => String::new(),
        more => format!(" and {} more", human::count(more as u64)),
    };
    let noun = if seeds.len() == 1 { "seed" } else { "seeds" };
    format!("{noun} {}{more}", shown.join(", "))
}

fn changes(scenario: &ScenarioComparison, color: bool) -> String {
    let mut out = String::new();
    for (title, changes) in [("worse", &scenario.worsened), ("better", &scenario.improved)] {
        if changes.is_empty() {
            continue;
        }
        out += &format!("\n  {title} by most:\n");
        for Change { seed, what, replay_a, replay_b } in changes {
            let _ = writeln!(out, "  seed {seed}: {what}");
            let _ = writeln!(out, "    A  {}", paint(replay_a, Style::Strong, color));
            let _ = writeln!(out, "    B  {}", paint(replay_b, Style::Strong, color));
        }
    }
    out
}

fn alone(side: &str, names: &[String], width: usize) -> String {
    match names.is_empty() {
        true => String::new(),
        false => format!("\n{}", wrapped(&format!("only in {side}: "), &names.join(", "), width)),
    }
}

fn interval(interval: Interval<f64>, unit: Unit) -> String {
    let end = |value: Option<f64>| value.map_or("open".to_owned(), |value| signed(value, unit));
    match (interval.low, interval.high) {
        (None, None) => "-".to_owned(),
        (low, high) => format!("{} to {}", end(low), end(high)),
    }
}

fn plain(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds => human::span(Span::from_secs_f64(value)),
        Unit::Writes => human::short_count(value as u64),
    }
}

/// With its sign, and finer than a duration by itself: differences are small.
fn signed(value: f64, unit: Unit) -> String {
    let size = value.abs();
    let digits = match unit {
        Unit::Writes if size < 1_000.0 => format!("{:.1}", size).trim_end_matches(".0").to_owned(),
        Unit::Writes => human::short_count(libm::round(size) as u64),
        Unit::Seconds if size < 1e-3 => "0".to_owned(),
        Unit::Seconds if size < 0.9995 => format!("{:.0}ms", size * 1e3),
        Unit::Seconds if size < 59.995 => format!("{size:.2}s"),
        Unit::Seconds => human::span(Span::from_secs_f64(size)),
    };
    match digits.as_str() {
        "0" => digits,
        _ if value < 0.0 => format!("-{digits}"),
        _ => format!("+{digits}"),
    }
}

fn style(answer: Answer) -> Style {
    match answer {
        Answer::Worse => Style::Bad,
        Answer::CannotTell => Style::Unsure,
        Answer::Better => Style::Good,
        Answer::NoDifference => Style::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_carry_their_sign_and_two_decimals() {
        let seconds =
            [(5.0021, "+5.00s"), (-0.5841, "-584ms"), (0.0004, "0"), (75.0, "+1m 15s"), (0.9999, "+1.00s")];
        for (value, text) in seconds {
            assert_eq!(signed(value, Unit::Seconds), text);
        }
        let writes = [(0.25, "+0.2"), (-3.0, "-3"), (0.0, "0"), (123_456.7, "+123k")];
        for (value, text) in writes {
            assert_eq!(signed(value, Unit::Writes), text);
        }
    }

    #[test]
    fn many_seeds_are_named_by_their_first() {
        assert_eq!(named(&[7]), "seed 7");
        let many: Vec<u64> = (0..15).collect();
        assert_eq!(named(&many), "seeds 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more");
    }
}
