use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::criterion::complement;
use crate::human;
use crate::interval;
use crate::scenario::{Bucket, buckets};
use crate::seconds::Seconds;
use crate::spread::Spread;
use crate::verdict::Verdict;

use units::Span;

/// How long a computation took by the clock of one machine. It says nothing of how long a failover takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputingTime {
    /// What was computed, such as `planner`.
    pub name: String,
    /// Nodes of the topology.
    pub nodes: u64,
    /// Iterations measured.
    pub iterations: u64,
    /// Iterations made before, and not measured.
    pub warm_up: u64,
    /// The quantile that is held to the limit: 0.95.
    pub quantile: f64,
    /// It must be less than this.
    pub limit_s: Seconds,
    /// Iterations at or above the limit.
    pub bad: u64,
    /// The answer: by an exact binomial bound, the iterations being as many as planned.
    pub verdict: Verdict,
    /// The reason in one line.
    pub explanation: String,
    /// The distribution.
    pub spread: Spread<Seconds>,
    /// The same in buckets 1 % wide at most: for drawing, never for judging.
    pub buckets: Vec<Bucket>,
}

/// What is claimed of a computation: "this quantile of its time is below the limit".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claimed<'a> {
    /// What is computed.
    pub name: &'a str,
    /// Nodes of the topology.
    pub nodes: u64,
    /// Iterations made before.
    pub warm_up: u64,
    /// The quantile.
    pub quantile: f64,
    /// The limit.
    pub limit: Span,
    /// Confidence of the verdict.
    pub confidence: f64,
}

impl ComputingTime {
    /// Judges the claim by times of as many iterations as were planned; `None` if there are none. Times that are all
    /// the same pass nothing: no clock that ticks finely enough shows that.
    pub fn of(claimed: &Claimed<'_>, times: &[Span]) -> Option<ComputingTime> {
        let Claimed { name, nodes, warm_up, quantile, limit, confidence } = *claimed;
        let (n, bad) = (times.len() as u64, times.iter().filter(|time| **time >= limit).count() as u64);
        let q = complement(quantile);
        let constant = times.windows(2).all(|pair| pair[0] == pair[1]);
        let verdict = if interval::refutes(bad, n, q, confidence) {
            Verdict::Fail
        } else if constant || !interval::supports(bad, n, q, confidence) {
            Verdict::Inconclusive
        } else {
            Verdict::Pass
        };
        let explanation = match constant && verdict == Verdict::Inconclusive {
            true => {
                format!("all {} iterations show the same time; a constant is no measurement", human::count(n))
            }
            false => {
                let (bad, n, may, sure) =
                    (human::count(bad), human::count(n), human::share(q), human::share(confidence));
                format!("{bad} of {n} iterations take {limit} or longer; {may} may, at {sure} confidence")
            }
        };
        Some(ComputingTime {
            name: name.to_owned(),
            nodes,
            iterations: n,
            warm_up,
            quantile,
            limit_s: Seconds::exactly(limit),
            bad,
            verdict,
            explanation,
            spread: Spread::of_times(times.iter().map(|time| Seconds::exactly(*time)))?,
            buckets: buckets(times.iter().copied(), Span::from_nanos(1)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(times: impl Iterator<Item = u64>) -> (Verdict, String) {
        let (quantile, confidence, limit) = (0.95, 0.95, Span::from_millis(50));
        let claimed = Claimed { name: "planning", nodes: 5, warm_up: 0, quantile, limit, confidence };
        let times: Vec<Span> = times.map(Span::from_micros).collect();
        let of = ComputingTime::of(&claimed, &times).expect("there are times");
        (of.verdict, of.explanation)
    }

    #[test]
    fn fifty_nine_quick_iterations_pass_a_p95_and_fifty_eight_do_not() {
        assert_eq!(judged(1..=59).0, Verdict::Pass);
        assert_eq!(judged(1..=58).0, Verdict::Inconclusive);
        assert_eq!(judged((1..=59).map(|n| n * 1_000)).0, Verdict::Fail, "10 of 59 are too slow");
    }

    #[test]
    fn a_constant_is_no_measurement() {
        let (verdict, why) = judged(std::iter::repeat_n(7, 500));
        assert_eq!(verdict, Verdict::Inconclusive);
        assert!(why.contains("constant"), "{why}");
    }

    #[test]
    fn no_times_are_no_answer() {
        let claimed =
            Claimed { name: "", nodes: 5, warm_up: 0, quantile: 0.95, limit: Span::ZERO, confidence: 0.95 };
        assert_eq!(ComputingTime::of(&claimed, &[]), None);
    }
}
