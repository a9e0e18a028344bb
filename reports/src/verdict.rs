use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use units::rows;

use crate::criterion::{Criterion, Promise};
use crate::human;
use crate::interval;
use crate::rate;
use crate::run::{Run, worst};

/// The three answers. There is no evidence in "probably".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The evidence supports it.
    Pass,
    /// The evidence is against it.
    Fail,
    /// The evidence says neither.
    Inconclusive,
}

/// Why a verdict is inconclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// There are no runs, or none was looked at for this.
    NoData,
    /// Every run shows the same time to the nanosecond. A constant is no measurement.
    Constant,
    /// The script ends every outage, so the figure is the scenario's own.
    Scripted,
    /// The runs seen are compatible with both answers.
    TooFewRuns {
        /// Runs seen.
        have: u64,
        /// Runs that would decide if bad ones kept coming at the rate seen; `null` if no number would.
        need: Option<u64>,
    },
}

/// A criterion and what the runs say about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judged {
    /// The criterion.
    pub name: String,
    /// The answer.
    pub verdict: Verdict,
    /// Why there is no answer, if there is none.
    pub why: Option<Why>,
    /// Bad runs.
    pub bad: u64,
    /// How many of them are bad because they broke: panicked, hung or went on without end.
    pub broken: u64,
    /// All runs in which anybody looked for it.
    pub runs: u64,
    /// The objective of the plan that this is; absent of what the scenario itself expects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
    /// Share of runs that may be bad; of a rate the events per year.
    pub tolerated: f64,
    /// Confidence of the verdict and of both bounds.
    pub confidence: f64,
    /// Of a rate: the events, in so many years of observed time.
    pub events: Option<(u64, f64)>,
    /// One-sided Clopper-Pearson bound: at least this share of all runs is bad. Of a rate: Garwood's bound, per year.
    pub rate_at_least: f64,
    /// The same from above: at most this share, or so many a year.
    pub rate_at_most: f64,
    /// Size of a new campaign that would decide, if one is needed and can be estimated.
    pub needed: Option<u64>,
    /// Smallest seed of a bad run.
    pub first_bad_seed: Option<u64>,
    /// Seed of the worst bad run.
    pub worst_seed: Option<u64>,
    /// The command that shows the worst bad run; `null` without a bad run, and where only the runs are known.
    #[serde(default)]
    pub replay: Option<String>,
    /// The reason in one line.
    pub explanation: String,
}

impl Verdict {
    /// Of two, the one that decides when both must pass: fail before inconclusive before pass.
    pub fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Fail, _) | (_, Verdict::Fail) => Verdict::Fail,
            (Verdict::Inconclusive, _) | (_, Verdict::Inconclusive) => Verdict::Inconclusive,
            (Verdict::Pass, Verdict::Pass) => Verdict::Pass,
        }
    }

    /// All must pass. Of nothing at all the answer is inconclusive.
    pub fn all(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
        verdicts.into_iter().reduce(Verdict::and).unwrap_or(Verdict::Inconclusive)
    }

    /// What a process ends with: 0 pass, 1 fail, 2 inconclusive.
    pub const fn exit_code(self) -> u8 {
        match self {
            Verdict::Pass => 0,
            Verdict::Fail => 1,
            Verdict::Inconclusive => 2,
        }
    }

    /// As tables print it.
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "FAIL",
            Verdict::Inconclusive => "inconclusive",
        }
    }
}

/// Judges a criterion by counting bad runs, which must be of different seeds.
///
/// * Pass: the bad runs support, at the criterion's confidence, that no more than the tolerated share is bad.
/// * Fail: they show, at the same confidence, that more is. Where none is tolerated, one bad run does.
/// * Inconclusive: neither; or there is nothing to judge by; or it would pass but every run shows the same time.
///   A recovery point of zero in every run is exempt from that: losing nothing is a result, not an artefact.
///
/// Runs in which nobody looked for it count neither as good nor as bad: a plan's time says nothing of runs without a
/// plan. A rate is judged in the same way by the events in the time observed, see [`rate`].
pub fn evaluate(criterion: &Criterion, runs: &[Run]) -> Judged {
    let counted: Vec<&Run> = runs.iter().filter(|run| criterion.counts(run)).collect();
    let bad_runs: Vec<&Run> = counted.iter().copied().filter(|run| criterion.bad.is(run)).collect();
    let (bad, n) = (bad_runs.len() as u64, counted.len() as u64);
    let events = criterion.is_rate().then(|| events_and_years(runs));
    let (verdict, why) = match events {
        Some((events, years)) => decide_rate(criterion, n, events, years),
        None => decide(criterion, &counted, bad),
    };
    let confidence = criterion.confidence;
    let mut judged = Judged {
        name: criterion.name.clone(),
        verdict,
        why,
        bad,
        broken: counted.iter().filter(|run| run.broken().is_some()).count() as u64,
        runs: n,
        promise: criterion.promise,
        tolerated: criterion.tolerated,
        confidence,
        events,
        rate_at_least: match events {
            Some((events, years)) => rate::lower(events, years, confidence),
            None => interval::lower(bad, n, confidence),
        },
        rate_at_most: match events {
            Some((events, years)) => rate::upper(events, years, confidence),
            None => interval::upper(bad, n, confidence),
        },
        needed: None,
        first_bad_seed: bad_runs.iter().map(|run| run.seed).min(),
        worst_seed: worst(bad_runs).map(|run| run.seed),
        replay: None,
        explanation: String::new(),
    };
    if let Some(Why::TooFewRuns { need, .. }) = judged.why {
        judged.needed = need;
    }
    judged.explanation = match events {
        Some((events, years)) => explain_rate(&judged, events, years),
        None => explain(criterion, &judged),
    };
    judged
}

/// Failovers without need, and the years in which they happened.
fn events_and_years(runs: &[Run]) -> (u64, f64) {
    let events = runs.iter().map(|run| run.count(rows::FALSE_FAILOVERS)).sum();
    (events, observed_years(runs))
}

/// Years of 365 days that all runs together were observed.
pub(crate) fn observed_years(runs: &[Run]) -> f64 {
    let nanos: u128 = runs.iter().map(|run| u128::from(run.span(rows::OBSERVED).as_nanos())).sum();
    nanos as f64 / rate::YEAR.as_nanos() as f64
}

fn decide_rate(criterion: &Criterion, runs: u64, events: u64, years: f64) -> (Verdict, Option<Why>) {
    let Criterion { tolerated, confidence, .. } = *criterion;
    if years <= 0.0 {
        (Verdict::Inconclusive, Some(Why::NoData))
    } else if rate::refutes(events, years, tolerated, confidence) {
        (Verdict::Fail, None)
    } else if rate::supports(events, years, tolerated, confidence) {
        (Verdict::Pass, None)
    } else {
        let need = rate::runs_to_decide(events, years, runs, tolerated, confidence);
        (Verdict::Inconclusive, Some(Why::TooFewRuns { have: runs, need }))
    }
}

fn explain_rate(judged: &Judged, events: u64, years: f64) -> String {
    let (least, most) = (judged.rate_at_least, judged.rate_at_most);
    let confidence = human::share(judged.confidence);
    let seen = format!("{} in {years:.1} observed years", human::count(events));
    let may = judged.tolerated;
    match (&judged.verdict, &judged.why) {
        (_, Some(Why::NoData)) => "no time was observed to judge by".to_owned(),
        (_, Some(Why::TooFewRuns { need, .. })) => {
            let range =
                format!("{seen}; true rate {least:.3} to {most:.3} a year at {confidence} confidence");
            format!("{range}, {may} may be; {}", advice(*need))
        }
        (Verdict::Fail, _) => {
            format!("{seen}; at {confidence} confidence at least {least:.3} a year, {may} may be")
        }
        _ => format!("{seen}; at {confidence} confidence at most {most:.3} a year, {may} may be"),
    }
}

fn decide(criterion: &Criterion, counted: &[&Run], bad: u64) -> (Verdict, Option<Why>) {
    let n = counted.len() as u64;
    let Criterion { tolerated, confidence, .. } = *criterion;
    if counted.is_empty() {
        return (Verdict::Inconclusive, Some(Why::NoData));
    }
    let (supported, refuted) = match criterion.is_never() {
        true => (bad == 0, bad > 0),
        false => (
            interval::supports(bad, n, tolerated, confidence),
            interval::refutes(bad, n, tolerated, confidence),
        ),
    };
    if refuted {
        (Verdict::Fail, None)
    } else if is_constant(criterion, counted) {
        (Verdict::Inconclusive, Some(Why::Constant))
    } else if supported {
        (Verdict::Pass, None)
    } else {
        let need = interval::runs_to_decide(bad, n, tolerated, confidence);
        (Verdict::Inconclusive, Some(Why::TooFewRuns { have: n, need }))
    }
}

pub(crate) fn is_constant(criterion: &Criterion, counted: &[&Run]) -> bool {
    use crate::criterion::Bad;
    let mut times = counted.iter().map(|run| criterion.bad.time(run));
    let Some(Some(first)) = times.next() else { return false };
    // That nothing was lost is a result; that nobody was out keeps a promise, though it is no recovery.
    let kept = criterion.promise.is_some() || matches!(criterion.bad, Bad::RecoveryPointAbove(_));
    let harmless = kept && first == units::Measured::Exactly(units::Span::ZERO);
    counted.len() > 1 && !criterion.is_never() && !harmless && times.all(|time| time == Some(first))
}

fn explain(criterion: &Criterion, judged: &Judged) -> String {
    let deed = criterion.bad.deed();
    let broke = match judged.broken {
        0 => String::new(),
        broken => format!(" ({} of them broke)", human::count(broken)),
    };
    let seen =
        format!("{} of {} {deed}{broke}", human::count(judged.bad), human::counted(judged.runs, "run"));
    let confidence = human::share(judged.confidence);
    let may = human::share(judged.tolerated);
    let at_most = human::share(judged.rate_at_most);
    let at_least = human::share(judged.rate_at_least);
    match (&judged.verdict, &judged.why) {
        (_, Some(Why::NoData)) => "no run to judge by".to_owned(),
        (_, Some(Why::Constant)) => {
            let remedy = criterion.bad.asks_for_none();
            let runs = human::count(judged.runs);
            format!("all {runs} runs show the same time; a constant is no measurement{remedy}")
        }
        (_, Some(Why::TooFewRuns { need, .. })) => {
            let range =
                format!("{seen}; true share {at_least} to {at_most} at {confidence} confidence, {may} may");
            format!("{range}; {}", advice(*need))
        }
        (Verdict::Fail, _) if criterion.is_never() => format!("{seen}; none may"),
        (Verdict::Pass, _) if criterion.is_never() => {
            format!("{seen}; at {confidence} confidence at most {at_most} do; never cannot be proven")
        }
        (Verdict::Fail, _) => format!("{seen}; at {confidence} confidence at least {at_least} do, {may} may"),
        (Verdict::Pass | Verdict::Inconclusive, _) => {
            format!("{seen}; at {confidence} confidence at most {at_most} do, {may} may")
        }
    }
}

fn advice(need: Option<u64>) -> String {
    match need {
        Some(need) => format!("a new campaign of about {} runs would decide", human::count(need)),
        None => "no number of runs within reach would decide".to_owned(),
    }
}
