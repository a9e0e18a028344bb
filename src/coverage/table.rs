//! The matrix as text for a terminal.

use std::fmt::Write;

use reports::human::{counted, shortened, wrapped};

use super::require::prefix;
use super::{Coverage, Covered, Evidence, Standing, age};
use reports::human::{Style, paint};

/// Where evidence begins: below the text of its requirement.
const INDENT: &str = "      ";
/// Columns of the standing and of the kind.
const STANDING: usize = 13;
const KIND: usize = 9;

/// At most `width` columns wide.
pub(super) fn render(coverage: &Coverage, width: usize, color: bool) -> String {
    let mut out = headline(coverage, width);
    out.push('\n');
    for covered in coverage.requirements.iter().filter(|covered| covered.standing != Standing::None) {
        out += &block(covered, width, color);
    }
    let without: Vec<&str> = with(coverage, Standing::None);
    if !without.is_empty() {
        out += &format!("\n{}", wrapped("no evidence: ", &ranges(&without, coverage), width));
    }
    out += &remarks(coverage, width, color);
    out
}

fn headline(coverage: &Coverage, width: usize) -> String {
    let all = counted(coverage.requirements.len() as u64, "requirement");
    let counts = [
        (Standing::Pass, "pass"),
        (Standing::Fail, "fail"),
        (Standing::Inconclusive, "inconclusive"),
        (Standing::Stale, "stale"),
        (Standing::NotRun, "not run"),
        (Standing::None, "without evidence"),
    ];
    let counts = counts.map(|(standing, words)| format!("{} {words}", coverage.count(standing)));
    wrapped("", &format!("{all}: {}", counts.join(", ")), width)
}

fn with(coverage: &Coverage, standing: Standing) -> Vec<&str> {
    let of = coverage.requirements.iter().filter(|covered| covered.standing == standing);
    of.map(|covered| covered.id.as_str()).collect()
}

fn block(covered: &Covered, width: usize, color: bool) -> String {
    let first = format!("{:<6}", covered.id);
    let text = wrapped(&first, &covered.what, width);
    let mut out = text.replacen(&covered.id, &paint(&covered.id, Style::Strong, color), 1);
    for evidence in &covered.evidence {
        out += &line(evidence, width, color);
    }
    out
}

fn line(evidence: &Evidence, width: usize, color: bool) -> String {
    let standing = format!("{:<STANDING$}", evidence.standing.word());
    let ran = ran(evidence);
    let room = width - INDENT.len() - STANDING - KIND - 2 - ran.chars().count();
    let name = shortened(&evidence.name, room);
    let pad = " ".repeat(room - name.chars().count());
    let mut out = format!("{INDENT}{}", paint(&standing, style(evidence.standing), color));
    let _ = writeln!(out, "{:<KIND$}{name}{pad}  {}", evidence.kind.word(), paint(&ran, Style::Faint, color));
    if let Some(why) = &evidence.why {
        out += &wrapped(&" ".repeat(INDENT.len() + STANDING), why, width);
    }
    out
}

/// `3 h ago, 1a2b3c4`.
fn ran(evidence: &Evidence) -> String {
    let age = evidence.age_s.map(age::words);
    let commit = evidence.commit.as_deref().map(|commit| commit.chars().take(7).collect::<String>());
    age.into_iter().chain(commit).collect::<Vec<_>>().join(", ")
}

fn remarks(coverage: &Coverage, width: usize, color: bool) -> String {
    let mut out = String::new();
    for unknown in &coverage.unknown {
        let text = format!("'{}' is in no list of requirements: {}", unknown.id, unknown.places.join(", "));
        out += &paint(&wrapped("unknown: ", &text, width), Style::Bad, color);
    }
    if !coverage.forgotten.is_empty() {
        let count = counted(coverage.forgotten.len() as u64, "record");
        let text = format!(
            "{count} of tests that no longer name what they named: {}",
            coverage.forgotten.join(", ")
        );
        out += &wrapped("not counted: ", &text, width);
    }
    if let Some(required) = &coverage.required {
        let met = required.ids.len() - required.unmet.len();
        let mut text = format!("{met} of {} have passing evidence", required.ids.len());
        if !required.unmet.is_empty() {
            let unmet: Vec<&str> = required.unmet.iter().map(String::as_str).collect();
            text += &format!("; not {}", ranges(&unmet, coverage));
        }
        let style = if required.unmet.is_empty() { Style::Good } else { Style::Bad };
        out += &paint(&wrapped("required: ", &text, width), style, color);
    }
    if out.is_empty() { out } else { format!("\n{out}") }
}

/// `Q-07, Q-10 to Q-12`: neighbours in the lists, of one letter.
pub(super) fn ranges(ids: &[&str], coverage: &Coverage) -> String {
    let place = |id: &str| coverage.requirements.iter().position(|covered| covered.id == id);
    let next = |left: &&str, right: &&str| {
        prefix(left) == prefix(right) && place(left).zip(place(right)).is_some_and(|(l, r)| l + 1 == r)
    };
    let range = |run: &[&str]| match run {
        [first, _, .., last] => format!("{first} to {last}"),
        few => few.join(", "),
    };
    ids.chunk_by(next).map(range).collect::<Vec<_>>().join(", ")
}

fn style(standing: Standing) -> Style {
    match standing {
        Standing::Fail => Style::Bad,
        Standing::Pass => Style::Good,
        Standing::Inconclusive | Standing::Stale => Style::Unsure,
        Standing::NotRun | Standing::None => Style::Faint,
    }
}
