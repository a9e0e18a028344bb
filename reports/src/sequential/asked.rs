//! A criterion whose runs come in until it is decided.

use crate::criterion::{Bad, Criterion};
use crate::human;
use crate::interval;
use crate::quantile;
use crate::run::{Run, worst};
use crate::seconds::Seconds;
use crate::sequential::{Sequential, lower, upper};
use crate::verdict::{Judged, Verdict, Why, is_constant};

/// What is asked of the runs of a scenario, to be decided while they come in.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// What is asked.
    pub criterion: Criterion,
    /// The share of bad runs that the evidence must rule out: the criterion's own, or where none is tolerated the
    /// one below which "never" is believed.
    pub ruled_out: f64,
}

/// What a look at the runs so far showed.
struct Seen {
    runs: u64,
    bad: u64,
}

impl Asked {
    /// At most the criterion's share of runs may be bad.
    pub fn share(criterion: Criterion) -> Asked {
        Asked { ruled_out: criterion.tolerated, criterion }
    }

    /// None may be bad, and the runs rule out that more than the share `ruled_out` is.
    pub fn never(bad: Bad, name: String, ruled_out: f64, confidence: f64) -> Asked {
        Asked { criterion: Criterion { name, bad, tolerated: 0.0, confidence, promise: None }, ruled_out }
    }

    /// The fewest runs that can pass it, none of them bad; `None` if no number within reach can.
    pub fn least_runs(&self) -> Option<u64> {
        let confidence = self.criterion.confidence;
        match self.criterion.is_never() {
            // A fixed number is right here: there is one way to pass, at one number of runs.
            true => interval::least_runs(self.ruled_out, 0, confidence),
            false => Sequential::new(self.ruled_out, confidence).least_runs(),
        }
    }

    /// The answer after this look at `runs`; it stands once it is not inconclusive, except that a run which must never
    /// happen counts whenever it is seen.
    pub fn judge(&self, runs: &[Run]) -> Judged {
        let counted: Vec<&Run> = runs.iter().filter(|run| self.criterion.counts(run)).collect();
        let bad: Vec<&Run> = counted.iter().copied().filter(|run| self.criterion.bad.is(run)).collect();
        let seen = Seen { runs: counted.len() as u64, bad: bad.len() as u64 };
        let (verdict, why) = self.decide(&seen, &counted);
        let mut judged = self.judged(&seen, verdict, why);
        judged.broken = counted.iter().filter(|run| run.broken().is_some()).count() as u64;
        judged.first_bad_seed = bad.iter().map(|run| run.seed).min();
        judged.worst_seed = worst(bad).map(|run| run.seed);
        judged.explanation = self.explain(&judged, runs.len() as u64);
        judged
    }

    fn decide(&self, seen: &Seen, counted: &[&Run]) -> (Verdict, Option<Why>) {
        let verdict = match (seen.runs, self.criterion.is_never()) {
            (0, _) => return (Verdict::Inconclusive, Some(Why::NoData)),
            (_, true) if seen.bad > 0 => Verdict::Fail,
            (runs, true) if self.least_runs().is_some_and(|least| runs >= least) => Verdict::Pass,
            (_, true) => Verdict::Inconclusive,
            (runs, false) => {
                Sequential::new(self.ruled_out, self.criterion.confidence).decide(seen.bad, runs)
            }
        };
        let needed = |seen: &Seen| Why::TooFewRuns { have: seen.runs, need: self.needed(seen) };
        match verdict {
            Verdict::Fail => (verdict, None),
            _ if is_constant(&self.criterion, counted) => (Verdict::Inconclusive, Some(Why::Constant)),
            Verdict::Pass => (verdict, None),
            Verdict::Inconclusive => (verdict, Some(needed(seen))),
        }
    }

    fn needed(&self, seen: &Seen) -> Option<u64> {
        match self.criterion.is_never() {
            true => self.least_runs(),
            false => {
                let sequential = Sequential::new(self.ruled_out, self.criterion.confidence);
                sequential.runs_to_decide(seen.bad, seen.runs)
            }
        }
    }

    fn judged(&self, seen: &Seen, verdict: Verdict, why: Option<Why>) -> Judged {
        let Criterion { ref name, tolerated, confidence, .. } = self.criterion;
        let needed = match why {
            Some(Why::TooFewRuns { need, .. }) => need,
            Some(Why::NoData | Why::Constant | Why::Scripted) | None => None,
        };
        Judged {
            name: name.clone(),
            verdict,
            why,
            replay: None,
            bad: seen.bad,
            broken: 0,
            promise: self.criterion.promise,
            runs: seen.runs,
            tolerated,
            confidence,
            events: None,
            rate_at_least: lower(seen.bad, seen.runs, self.ruled_out, confidence),
            rate_at_most: self.at_most(seen),
            needed,
            first_bad_seed: None,
            worst_seed: None,
            explanation: String::new(),
        }
    }

    fn at_most(&self, seen: &Seen) -> f64 {
        match self.criterion.is_never() && seen.bad == 0 {
            true => interval::upper(0, seen.runs, self.criterion.confidence),
            false => upper(seen.bad, seen.runs, self.ruled_out, self.criterion.confidence),
        }
    }

    fn explain(&self, judged: &Judged, made: u64) -> String {
        let deed = self.criterion.bad.deed();
        let seen = format!("{} of {} {deed}", human::count(judged.bad), human::counted(judged.runs, "run"));
        let share = human::share;
        let (confidence, may) = (share(judged.confidence), share(judged.tolerated));
        match (&judged.verdict, &judged.why) {
            (_, Some(Why::NoData)) => {
                format!("none of {} had anything to judge by", human::counted(made, "run"))
            }
            (_, Some(Why::Constant)) => {
                format!(
                    "all {} runs show the same time; a constant is no measurement",
                    human::count(judged.runs)
                )
            }
            (_, Some(Why::TooFewRuns { need, .. })) => {
                let (least, most) = (share(judged.rate_at_least), share(judged.rate_at_most));
                let range =
                    format!("{seen}; true share {least} to {most} at {confidence} confidence, {may} may");
                format!("{range}; {}", more(*need))
            }
            (Verdict::Fail, _) if self.criterion.is_never() => format!("{seen}; none may"),
            (Verdict::Fail, _) => {
                format!(
                    "{seen}; at {confidence} confidence at least {} do, {may} may",
                    share(judged.rate_at_least)
                )
            }
            (Verdict::Pass | Verdict::Inconclusive, _) => {
                format!(
                    "{seen}; at {confidence} confidence at most {} do, {may} may",
                    share(judged.rate_at_most)
                )
            }
        }
    }

    /// The order statistic that is held to the limit, where a time is.
    pub fn measured(&self, runs: &[Run]) -> Option<Seconds> {
        let mut times: Vec<_> = runs.iter().filter_map(|run| self.criterion.bad.time(run)).collect();
        times.sort_unstable();
        quantile::nearest(&times, 1.0 - self.ruled_out).map(Seconds)
    }
}

fn more(need: Option<u64>) -> String {
    match need {
        Some(need) => format!("about {} in all would decide", human::counted(need, "run")),
        None => "no number of runs within reach would decide".to_owned(),
    }
}
