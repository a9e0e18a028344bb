//! How large a number may be, field by field: one table for plans, scenarios, gates and settings. It is held against
//! what is *written*, so that no field's type and no check further on has to think of it, and sums over what passes
//! do not overflow. A field that the table does not know is found by `tests/schemas.rs`, which looks every number of
//! the schemas up here.
//!
//! Times need no row: [`Span::LONGEST_READ`](units::Span::LONGEST_READ) bounds whatever is read as one.

use std::ops::Range;

use crate::diagnostic::{Finding, Severity};
use crate::layers::Layers;
use crate::scanner::Tree;
use crate::settings::nested;
use crate::source::Source;

/// The bounds of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The field's name, or the variant's that holds the number.
    pub field: &'static str,
    /// No smaller number is accepted.
    pub least: f64,
    /// No larger one.
    pub most: f64,
    /// Why not.
    pub why: &'static str,
}

const fn upto(field: &'static str, most: f64, why: &'static str) -> Bound {
    Bound { field, least: 0.0, most, why }
}

const fn share(field: &'static str) -> Bound {
    upto(field, 1.0, "a share is at most the whole")
}

const RATE: &str =
    "a thousand times what the largest databases report (TPC-C records are near 10^7 a second)";
const CAPACITY: &str = "a thousand times the largest rate of writes is as good as unlimited";
const COUNT: &str = "nobody waits for more of anything that a gate counts";
const PEOPLE: &str = "more than that is no policy";

/// Every number that a file may hold. Names mean the same wherever they stand, or the widest of their meanings is here
/// and the narrower one is checked where it is used.
pub const BOUNDS: &[Bound] = &[
    // What clients do.
    upto("clients", 2e4, "each is followed through its outages by itself: one run of so many takes seconds"),
    upto("size", 1e3, "more connections of one client are no pool but a leak"),
    upto("writes_per_second", 1e9, RATE),
    upto("reads_per_second", 1e9, RATE),
    upto("retries", 1e3, "whoever tries so often never gives up"),
    upto("resolvers_per_region", 1e4, "each keeps an answer of its own"),
    upto("hours", 1e3, "a thousand times the usual load is no pattern but a slip of the pen"),
    upto("days", 1e3, "a thousand times the usual load is no pattern but a slip of the pen"),
    upto("fall", 1e3, "a check that fails so often finds nothing"),
    upto("rise", 1e3, "a check that must pass so often finds nothing"),
    // What databases do.
    upto("capacity", 1e12, CAPACITY),
    upto("replication_writes_per_second", 1e12, CAPACITY),
    upto("queue_max", 1e12, CAPACITY),
    upto("Quorum", 1e3, "no more nodes can be described"),
    upto("First", 1e3, "no more nodes can be described"),
    upto("Any", 1e3, "no more nodes can be described"),
    upto("keys", 1e15, "a petabyte of one-byte rows"),
    upto("hot_keys", 1e15, "a petabyte of one-byte rows"),
    share("hot_share"),
    share("rewind_fails"),
    upto("size_gb", 1e9, "an exabyte"),
    upto("copy_mb_per_second", 1e9, "a petabyte a second"),
    // Networks and distributions.
    share("loss"),
    upto("Mixture", 1e12, "weights are compared with each other: write them as shares"),
    upto("shape", 1e3, "a larger shape is a constant"),
    // Faults.
    upto("times", 1e6, "more is a stop, not a slowness: use Hang or Silence"),
    Bound { field: "nth", least: 1.0, most: 1e6, why: "steps are counted from the first" },
    upto("per_second", 1e5, "a message each 10 us and node"),
    Bound {
        field: "ppm",
        least: -999_999.0,
        most: 1e6,
        why: "a clock stands still at -1000000 ppm and runs twice as fast at 1000000; quartz is off by 100",
    },
    // What is expected and claimed.
    share("takes_effect_in"),
    share("kept_in"),
    share("share"),
    share("confidence"),
    share("p"),
    share("ReadsServed"),
    share("Availability"),
    upto("FailoversAtMost", 1e6, "more is no bound"),
    upto("per_year", 1e9, "more is no bound: thirty a second"),
    share("objective"),
    upto("spent", 1e6, "a budget a million times overspent is as good as none"),
    upto("runs", 1e9, COUNT),
    // Policy of this repository's logic.
    upto("Missed", 1e3, "a silence of a thousand heartbeats is nobody's detection"),
    upto("beats", 1e3, "a silence of a thousand heartbeats is nobody's detection"),
    upto("threshold", 16.0, "phi of 16 is a silence seen once in 10^16 beats, beyond what doubles resolve"),
    upto("window", 1e3, "older intervals say nothing of today's network"),
    share("hold_below"),
    share("hasten_below"),
    upto("approvals", 1e3, PEOPLE),
    upto("burst", 1e6, PEOPLE),
    // Gates.
    upto("runs_at_most", 1e8, COUNT),
    upto("actions", 1e6, COUNT),
    upto("generated", 1e6, COUNT),
    upto("iterations", 1e6, COUNT),
    upto("warm_up", 1e6, COUNT),
    upto("nodes", 1e3, "no more nodes can be described"),
    share("quantile"),
    share("Never"),
    share("Quantile"),
    share("Share"),
];

/// The bound of the field of this name; `None` for what only a policy elsewhere knows.
pub fn bound_of(field: &str) -> Option<&'static Bound> {
    BOUNDS.iter().find(|bound| bound.field == field)
}

/// So many are told of a file.
const FOUND_MAX: usize = 50;

/// A number outside its bounds, and where it stands.
struct Outside {
    place: Range<usize>,
    problem: String,
    remedy: String,
}

/// All numbers in a file that are outside their bounds.
pub(crate) fn in_file(source: &Source) -> Vec<Finding> {
    let outside = outside(&source.text, &source.tree()).into_iter();
    outside.map(|found| source.error(found.place, found.problem, found.remedy)).collect()
}

/// All numbers outside their bounds in what a scenario is made of.
pub(crate) fn in_layers(layers: &Layers) -> Vec<Finding> {
    let mut findings = in_file(&layers.scenario);
    findings.extend(in_file(&layers.plan));
    for setting in &layers.settings {
        let text = nested(&setting.path, &setting.value);
        let outside = outside(&text, &Tree::new(&text)).into_iter();
        let from = || format!("--set {setting}");
        findings.extend(outside.map(|found| Finding::nowhere(from(), found.problem, found.remedy)));
    }
    debug_assert!(findings.iter().all(|finding| finding.severity == Severity::Error));
    findings
}

fn outside(text: &str, tree: &Tree) -> Vec<Outside> {
    let numbers = tree.named_words(text, is_number);
    let outside = numbers.filter_map(|(field, place)| objection(field, &text[place.clone()], place));
    outside.take(FOUND_MAX).collect()
}

fn is_number(word: &str) -> bool {
    let digits = word.trim_start_matches(['-', '+', '.']);
    digits.starts_with(|c: char| c.is_ascii_digit()) || ["NaN", "inf"].contains(&digits)
}

fn objection(field: &str, word: &str, place: Range<usize>) -> Option<Outside> {
    let bound = bound_of(field)?;
    let number = value(word)?;
    if (bound.least..=bound.most).contains(&number) {
        return None;
    }
    let problem = format!("{word} is out of range for '{field}'");
    let remedy = format!("choose from {} to {}: {}", plain(bound.least), plain(bound.most), bound.why);
    Some(Outside { place, problem, remedy })
}

/// As RON reads it; `None` for what RON refuses by itself.
fn value(word: &str) -> Option<f64> {
    let word = word.replace('_', "");
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, word.strip_prefix('+').unwrap_or(&word)),
    };
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            return u128::from_str_radix(digits, radix).ok().map(|number| sign * number as f64);
        }
    }
    digits.parse::<f64>().ok().map(|number| sign * number)
}

/// `1000000`, `0.5`; not `1e6`, which is not read where a whole number is expected.
fn plain(number: f64) -> String {
    format!("{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Vec<String> {
        outside(text, &Tree::new(text)).into_iter().map(|found| found.problem).collect()
    }

    #[test]
    fn a_number_is_named_by_its_field_or_by_the_variant_around_it() {
        assert_eq!(refused("(clients: 1000001)"), ["1000001 is out of range for 'clients'"]);
        assert_eq!(refused("(detector: Some(Missed(1001)))"), ["1001 is out of range for 'Missed'"]);
        assert_eq!(
            refused("(hours: [(\"00:00\", 0.5), (\"08:00\", 1e9)])"),
            ["1e9 is out of range for 'hours'"]
        );
        assert_eq!(
            refused("(x: Mixture([(1e300, Constant(\"1s\"))]))"),
            ["1e300 is out of range for 'Mixture'"]
        );
    }

    #[test]
    fn however_it_is_written() {
        for word in ["NaN", "inf", "-inf", "-0.1", "1.1", "0xff", "1_0", "1e308", "+2"] {
            assert_eq!(refused(&format!("(loss: {word})")).len(), 1, "{word}");
        }
        for word in ["0", "1", "0.5", "-0.0", "1e-308", "0b1", "1_0e-1"] {
            assert_eq!(refused(&format!("(loss: {word})")).len(), 0, "{word}");
        }
    }

    #[test]
    fn no_field_stands_in_the_table_twice() {
        let mut fields: Vec<&str> = BOUNDS.iter().map(|bound| bound.field).collect();
        fields.sort_unstable();
        fields.dedup();
        assert_eq!(fields.len(), BOUNDS.len());
    }
}
