//! Verdicts that may be looked for again and again while runs come in, which a bound for a fixed number of runs may
//! not: looking at one every 50 runs passes 31 % of systems that should not pass at nominal 5 %.
//!
//! Two one-sided mixture e-processes, one against "the true share of bad runs is `q` or more" and one against "it is
//! `q` or less". Each is a likelihood ratio, averaged over the shares that it argues for:
//!
//! ```text
//!            integral of p^k (1-p)^(n-k) over the prior of p
//! evidence = -----------------------------------------------    k bad ones of n runs
//!                        q^k (1-q)^(n-k)
//! ```
//!
//! If what it argues against is true, the evidence is a supermartingale that starts at 1, so it *ever* exceeds 20
//! with a probability of 1/20 at most, however often one looks (J. Ville, "Étude critique de la notion de collectif",
//! 1939). Mixtures over a prior are H. Robbins's ("Statistical methods related to the law of the iterated logarithm",
//! Ann. Math. Statist. 41, 1970); for bounded means and confidence sequences see S. Howard, A. Ramdas, J. McAuliffe,
//! J. Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences" (Ann. Statist. 49, 2021), and A. Ramdas,
//! P. Grünwald, V. Vovk, G. Shafer, "Game-theoretic statistics and safe anytime-valid inference" (Stat. Sci. 38, 2023).
//!
//! The priors are Beta(1/2, 1/q) cut off below `q` and Beta(1/2, 1/(5 q)) cut off above it: for 1 % those of 100 and
//! 20. They decide how soon an answer comes, never how often it is wrong.

mod asked;
mod beta;

use crate::interval::{RUNS_MAX, first};
use crate::verdict::Verdict;

pub use asked::Asked;

/// After the first look runs are looked at in prefixes of so many seeds and a multiple, whatever the threads: what comes in
/// beyond is not looked at.
pub const LOOK_EVERY: u64 = 100;

/// A share of bad runs that is tolerated, and a confidence, to be decided while runs come in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sequential {
    q: f64,
    /// ln of the evidence that decides: 1 / (1 - confidence).
    decides: f64,
    pass: Mixture,
    fail: Mixture,
}

/// An e-process against the share `q`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Mixture {
    side: Side,
    q: f64,
    b: f64,
    /// ln of the prior's mass before it is scaled to 1.
    mass: f64,
}

/// Which shares a mixture argues for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    /// Those below `q`.
    Below,
    /// Those above it.
    Above,
}

/// The first parameter of both priors.
const A: f64 = 0.5;

impl Sequential {
    /// "At most the share `q` of all runs is bad", at this confidence. Both lie strictly between 0 and 1.
    pub fn new(q: f64, confidence: f64) -> Sequential {
        assert!(q > 0.0 && q < 1.0, "no evidence is for or against a share of {q}");
        assert!(confidence > 0.0 && confidence < 1.0, "nothing is decided at a confidence of {confidence}");
        let decides = -libm::log1p(-confidence);
        let (pass, fail) =
            (Mixture::against(q, Side::Below, 1.0 / q), Mixture::against(q, Side::Above, 0.2 / q));
        Sequential { q, decides, pass, fail }
    }

    /// The answer after this look. It stands: stop at the first that is not inconclusive.
    pub fn decide(&self, bad: u64, n: u64) -> Verdict {
        if self.supports(bad, n) {
            Verdict::Pass
        } else if self.fail.evidence(bad, n) >= self.decides {
            Verdict::Fail
        } else {
            Verdict::Inconclusive
        }
    }

    fn supports(&self, bad: u64, n: u64) -> bool {
        self.pass.evidence(bad, n) >= self.decides
    }

    /// The fewest runs that can pass: all of them good.
    pub fn least_runs(&self) -> Option<u64> {
        first(1, |n| self.supports(0, n))
    }

    /// Runs that would decide, either way, if bad ones kept coming at the rate seen; an estimate, since the rate is
    /// one. More runs may be added to those there are: that is what an e-process is for.
    pub fn runs_to_decide(&self, bad: u64, n: u64) -> Option<u64> {
        if bad == 0 || n == 0 {
            return self.least_runs();
        }
        let bad_among = |runs: u64| (u128::from(bad) * u128::from(runs)).div_ceil(u128::from(n)) as u64;
        let decided =
            |runs: u64| runs > RUNS_MAX || self.decide(bad_among(runs), runs) != Verdict::Inconclusive;
        first(n, decided).filter(|runs| *runs <= RUNS_MAX)
    }
}

/// At this confidence at most this share is bad, however often one looks: the least share that the evidence is against.
/// The prior argues best near `q`; 1 if nothing was seen.
pub fn upper(bad: u64, n: u64, q: f64, confidence: f64) -> f64 {
    let decides = -libm::log1p(-confidence);
    let refuted = |share: f64| Mixture::against(share, Side::Below, 1.0 / q).evidence(bad, n) >= decides;
    bisect(bad as f64 / n.max(1) as f64, 1.0, |share| !refuted(share)).1
}

/// At this confidence at least this share is bad, however often one looks; 0 if no bad run was seen.
pub fn lower(bad: u64, n: u64, q: f64, confidence: f64) -> f64 {
    if bad == 0 {
        return 0.0;
    }
    let decides = -libm::log1p(-confidence);
    let refuted = |share: f64| Mixture::against(share, Side::Above, 0.2 / q).evidence(bad, n) >= decides;
    bisect(0.0, bad as f64 / n.max(1) as f64, refuted).0
}

/// Neighbouring shares, to a millionth of the upper one, between which `holds` turns from true to false.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> (f64, f64) {
    for _ in 0..60 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high || high - low <= 1e-9 * high {
            break;
        }
        if holds(middle) { low = middle } else { high = middle }
    }
    (low, high)
}

impl Mixture {
    fn against(q: f64, side: Side, b: f64) -> Mixture {
        let mass = side.ln_mass(q, A, b);
        Mixture { side, q, b, mass }
    }

    /// ln of the evidence that `bad` of `n` runs are.
    fn evidence(&self, bad: u64, n: u64) -> f64 {
        let (bad, good) = (bad as f64, (n - bad) as f64);
        let averaged = self.side.ln_mass(self.q, A + bad, self.b + good) - self.mass;
        averaged - bad * libm::log(self.q) - good * libm::log1p(-self.q)
    }
}

impl Side {
    fn ln_mass(self, q: f64, a: f64, b: f64) -> f64 {
        match self {
            Side::Below => beta::ln_below(q, a, b),
            Side::Above => beta::ln_above(q, a, b),
        }
    }
}

/// The sizes at which runs are looked at, up to `most`: the first is the least that can pass, the last `most` itself.
pub fn looks(least: u64, most: u64) -> impl Iterator<Item = u64> {
    let first = least.min(most);
    let regular = ((first + 1).next_multiple_of(LOOK_EVERY)..most).step_by(LOOK_EVERY as usize);
    std::iter::once(first).chain(regular).chain((first < most).then_some(most))
}

#[cfg(test)]
mod simulated;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn evidence_of_one_percent() -> Sequential {
        Sequential::new(0.01, 0.95)
    }

    #[test]
    fn clean_runs_pass_after_358_of_them_for_99_percent_and_3588_for_99_9() {
        assert_eq!(evidence_of_one_percent().least_runs(), Some(358));
        assert_eq!(Sequential::new(0.001, 0.95).least_runs(), Some(3_588));
        assert_eq!(Sequential::new(0.05, 0.95).least_runs(), Some(70));
        assert_eq!(evidence_of_one_percent().decide(0, 357), Verdict::Inconclusive);
    }

    /// By hand for a single run: the prior's mean share of bad runs is what counts, and one run never decides.
    #[test]
    fn one_run_moves_the_evidence_by_the_ratio_of_means() {
        let above = Mixture::against(0.5, Side::Above, 1.0);
        // Prior: t^(-1/2) on 1/2 to 1, mean (2/3)(1 - 2^(-3/2)) / (2 (1 - 2^(-1/2))).
        let mean = (2.0 / 3.0) * (1.0 - libm::pow(0.5, 1.5)) / (2.0 * (1.0 - libm::sqrt(0.5)));
        assert!((above.evidence(1, 1) - libm::log(mean / 0.5)).abs() < 1e-12);
        assert!((above.evidence(0, 1) - libm::log((1.0 - mean) / 0.5)).abs() < 1e-12);
        assert!(above.evidence(0, 0).abs() < 1e-12);
    }

    #[test]
    fn what_would_decide_is_what_decides() {
        let sequential = evidence_of_one_percent();
        let need = sequential.runs_to_decide(1, 400).expect("a quarter of a percent is far from one percent");
        assert_eq!(need, 1_082);
        assert_eq!(sequential.decide(3, need), Verdict::Pass);
        assert_eq!(sequential.runs_to_decide(4, 400), None, "the tolerated share itself is never decided");
        assert_eq!(sequential.runs_to_decide(0, 0), Some(358));
    }

    #[test]
    fn looks_are_prefixes_up_to_the_most() {
        assert_eq!(looks(358, 650).collect::<Vec<_>>(), [358, 400, 500, 600, 650]);
        assert_eq!(looks(358, 360).collect::<Vec<_>>(), [358, 360]);
        assert_eq!(looks(358, 300).collect::<Vec<_>>(), [300]);
        assert_eq!(looks(400, 600).collect::<Vec<_>>(), [400, 500, 600]);
        assert_eq!(looks(400, 400).collect::<Vec<_>>(), [400]);
    }

    #[test]
    fn a_million_runs_are_as_decidable_as_a_thousand() {
        let sequential = evidence_of_one_percent();
        assert_eq!(sequential.decide(9_500, 1_000_000), Verdict::Pass);
        assert_eq!(sequential.decide(10_500, 1_000_000), Verdict::Fail);
        assert_eq!(sequential.decide(10_000, 1_000_000), Verdict::Inconclusive);
    }

    proptest! {
        #[test]
        fn bounds_and_verdicts_say_the_same(n in 1u64..5_000, share in 0.0..0.05f64, q in 0.005..0.1f64) {
            let bad = (share * n as f64) as u64;
            let (low, high) = (lower(bad, n, q, 0.95), upper(bad, n, q, 0.95));
            prop_assert!(low <= bad as f64 / n as f64 && bad as f64 / n as f64 <= high);
            let said = if high < q { Verdict::Pass } else if low > q { Verdict::Fail } else { Verdict::Inconclusive };
            let near = (high - q).abs() < 1e-6 * q || (low - q).abs() < 1e-6 * q;
            prop_assert!(near || said == Sequential::new(q, 0.95).decide(bad, n), "{low} {high} {q}");
        }
    }
}
