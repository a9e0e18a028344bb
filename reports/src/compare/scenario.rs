//! Which scenario of B belongs to which of A, and which run to which.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use units::rows;

use super::{Answer, Change, ScenarioComparison, criteria, measures};
use crate::human;
use crate::recorded::{Recorded, RecordedRun, RecordedScenario};
use crate::scenario::replay_command;

/// So many pairs are shown either way.
const CHANGES: usize = 3;

/// A scenario on both sides, and its pairs of runs.
#[derive(Debug)]
pub struct Pair<'a> {
    /// The first side.
    pub a: &'a Recorded,
    /// The second.
    pub b: &'a Recorded,
    /// Runs of one seed, by seed.
    pub runs: Vec<(&'a RecordedRun, &'a RecordedRun)>,
}

/// What belongs together, and what is alone.
pub(super) struct Matched<'a> {
    pub pairs: Vec<Pair<'a>>,
    pub only_a: Vec<String>,
    pub only_b: Vec<String>,
}

/// By full name; what is left by the name without its system, where that is clear (two plans for the same
/// disasters); and one scenario on either side belongs together whatever its name.
pub(super) fn matched<'a>(a: &'a [Recorded], b: &'a [Recorded]) -> Matched<'a> {
    let mut matched = Matched { pairs: Vec::new(), only_a: Vec::new(), only_b: Vec::new() };
    if let ([a], [b]) = (a, b) {
        matched.pairs.push(Pair::of(a, b));
        return matched;
    }
    let mut left: Vec<&Recorded> = b.iter().collect();
    let mut take = |wanted: &dyn Fn(&Recorded) -> bool| {
        let mut fitting = (0..left.len()).filter(|index| wanted(left[*index]));
        let (found, unclear) = (fitting.next(), fitting.next().is_some());
        found.filter(|_| !unclear).map(|index| left.remove(index))
    };
    let mut alone = Vec::new();
    for side in a {
        match take(&|other| other.scenario.scenario == side.scenario.scenario) {
            Some(other) => matched.pairs.push(Pair::of(side, other)),
            None => alone.push(side),
        }
    }
    let unique = |short| alone.iter().filter(|side| short_name(side) == short).count() == 1;
    for side in &alone {
        let fits = |other: &Recorded| short_name(other) == short_name(side) && unique(short_name(side));
        match take(&fits) {
            Some(other) => matched.pairs.push(Pair::of(side, other)),
            None => matched.only_a.push(side.scenario.scenario.clone()),
        }
    }
    matched.only_b = left.iter().map(|side| side.scenario.scenario.clone()).collect();
    matched
}

/// The name without the system, and the service: what two plans may have in common.
fn short_name(side: &Recorded) -> (&str, Option<&str>) {
    let RecordedScenario { scenario, service, .. } = &side.scenario;
    let service = service.as_deref();
    let alone = service.and_then(|service| scenario.strip_suffix(service)?.strip_suffix('/'));
    let name = alone.unwrap_or(scenario);
    (name.rsplit_once('/').map_or(name, |(_, short)| short), service)
}

impl<'a> Pair<'a> {
    /// Every seed that both have.
    pub fn of(a: &'a Recorded, b: &'a Recorded) -> Pair<'a> {
        let of_b: BTreeMap<u64, &RecordedRun> = b.runs.iter().map(|run| (run.seed, run)).collect();
        let runs = a.runs.iter().filter_map(|run| Some((run, *of_b.get(&run.seed)?))).collect();
        Pair { a, b, runs }
    }

    /// What the pairs show; the answers are not drawn yet.
    pub(super) fn compare(&self) -> ScenarioComparison {
        let pairs = self.runs.len() as u64;
        ScenarioComparison {
            name: self.name(),
            answer: Answer::CannotTell,
            reasons: Vec::new(),
            pairs,
            identical: self.runs.iter().filter(|(a, b)| a.digest == b.digest).count() as u64,
            unpaired: (self.a.runs.len() + self.b.runs.len()) as u64 - 2 * pairs,
            notes: self.notes(),
            measures: measures::compare(self),
            criteria: criteria::compare(self),
            worsened: self.changes(|(a, b)| (badness(b) > badness(a)).then(|| Reverse(gain(b, a)))),
            improved: self.changes(|(a, b)| (badness(a) > badness(b)).then(|| Reverse(gain(a, b)))),
        }
    }

    fn name(&self) -> String {
        let (a, b) = (&self.a.scenario.scenario, &self.b.scenario.scenario);
        if a == b { a.clone() } else { format!("{a} and {b}") }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.a.scenario.faults != self.b.scenario.faults {
            notes.push(
                "the disasters differ: what differs between the sides is not due to the plans alone".into(),
            );
        }
        let unshared = criteria::unshared(self);
        if !unshared.is_empty() {
            notes.push(format!("asked of one side only, not compared: {}", unshared.join("; ")));
        }
        let unlike = self.runs.iter().filter(|(a, b)| !equally_safe(a, b)).count() as u64;
        if unlike > 0 {
            notes.push(format!(
                "{}: the sides violate different invariants, or one alone does; how quickly they serve is not compared",
                human::counted(unlike, "pair")
            ));
        }
        let neither = measures::of_recovery(self).neither;
        if neither > 0 {
            notes.push(format!(
                "{}: neither side came back; nobody knows which is worse",
                human::counted(neither, "pair")
            ));
        }
        notes
    }

    /// The pairs that `by` keeps, in its order.
    fn changes<K: Ord>(&self, by: impl Fn(&(&RecordedRun, &RecordedRun)) -> Option<K>) -> Vec<Change> {
        let mut kept: Vec<(K, u64, usize)> = (self.runs.iter().enumerate())
            .filter_map(|(index, pair)| Some((by(pair)?, pair.0.seed, index)))
            .collect();
        kept.sort_by(|left, right| (&left.0, left.1).cmp(&(&right.0, right.1)));
        kept.iter().take(CHANGES).map(|(_, _, index)| self.change(self.runs[*index])).collect()
    }

    fn change(&self, (a, b): (&RecordedRun, &RecordedRun)) -> Change {
        let replay = |side: &Recorded| {
            let RecordedScenario { file, service, overrides, .. } = &side.scenario;
            replay_command(file, service.as_deref(), a.seed, overrides)
        };
        Change { seed: a.seed, what: what(a, b), replay_a: replay(self.a), replay_b: replay(self.b) }
    }
}

/// Whether one may ask which side serves better: not where one violates an invariant that the other does not. A cut-off primary
/// that goes on beside its successor serves its clients well.
pub(super) fn equally_safe(a: &RecordedRun, b: &RecordedRun) -> bool {
    a.violated() == b.violated()
}

/// How bad a run is: broken, violations, not back, recovery time, writes lost.
fn badness(run: &RecordedRun) -> (bool, usize, bool, u64, u64) {
    let recovery = run.recovery();
    let violated = run.violations.len() + run.allowed.len();
    let (lasted, lost) = (recovery.at_least().as_nanos(), run.count(rows::LOST_WRITES));
    (run.broken, violated, recovery.is_censored(), lasted, lost)
}

/// By how much `worse` is the worse one, in the same order. Lost writes decide between equal times.
fn gain(worse: &RecordedRun, other: &RecordedRun) -> (bool, bool, bool, i128, i128) {
    let more = |worse: u64, other: u64| i128::from(worse) - i128::from(other);
    (
        worse.broken && !other.broken,
        badness(worse).1 > badness(other).1,
        badness(worse).2 && !badness(other).2,
        more(badness(worse).3, badness(other).3),
        more(badness(worse).4, badness(other).4),
    )
}

fn what(a: &RecordedRun, b: &RecordedRun) -> String {
    let told = |run: &RecordedRun| match (run.broken, run.violations.iter().chain(&run.allowed).next()) {
        (true, _) => "broken".to_owned(),
        (false, Some(invariant)) => format!("{invariant}, {}", human::measured(run.recovery())),
        (false, None) => human::measured(run.recovery()),
    };
    let [lost_by_a, lost_by_b] = [a, b].map(|run| run.count(rows::LOST_WRITES));
    let lost = match lost_by_a == lost_by_b {
        true => String::new(),
        false => format!(", lost writes {} to {}", human::count(lost_by_a), human::count(lost_by_b)),
    };
    format!("recovery time {} to {}{lost}", told(a), told(b))
}
