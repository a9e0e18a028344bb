//! What the method promises, by simulation: 10,000 campaigns each, of runs that are bad by chance.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::binomial;

const CAMPAIGNS: u64 = 10_000;
const RUNS_MAX: u64 = 10_000;

/// The number of bad runs among [`LOOK_EVERY`], by its distribution function in 64 bits.
struct Bad(Vec<u64>);

impl Bad {
    fn new(share: f64) -> Bad {
        let up_to = |k| (binomial::at_most(k, LOOK_EVERY, share) * u64::MAX as f64) as u64;
        Bad((0..LOOK_EVERY).map(up_to).collect())
    }

    fn draw(&self, dice: &mut ChaCha8Rng) -> u64 {
        let at = dice.next_u64();
        self.0.partition_point(|up_to| *up_to <= at) as u64
    }
}

/// For each look the most bad runs that pass and the fewest that fail.
struct Thresholds(Vec<(Option<u64>, u64)>);

impl Thresholds {
    fn of(sequential: &Sequential) -> Thresholds {
        let at = |look: u64| {
            let n = look * LOOK_EVERY;
            let verdicts = |verdict: Verdict| move |bad: &u64| sequential.decide(*bad, n) == verdict;
            let passing = (0..n).take_while(verdicts(Verdict::Pass)).last();
            let failing =
                (passing.map_or(0, |most| most + 1)..n).find(verdicts(Verdict::Fail)).unwrap_or(n + 1);
            (passing, failing)
        };
        Thresholds((1..=RUNS_MAX / LOOK_EVERY).map(at).collect())
    }

    /// The verdict of one campaign and the runs it took.
    fn campaign(&self, bad: &Bad, dice: &mut ChaCha8Rng) -> (Verdict, u64) {
        let mut seen = 0;
        for (look, (passing, failing)) in self.0.iter().enumerate() {
            seen += bad.draw(dice);
            let runs = (look as u64 + 1) * LOOK_EVERY;
            if passing.is_some_and(|most| seen <= most) {
                return (Verdict::Pass, runs);
            } else if seen >= *failing {
                return (Verdict::Fail, runs);
            }
        }
        (Verdict::Inconclusive, RUNS_MAX)
    }
}

/// Shares of campaigns that pass and that fail, and the runs they take on average.
fn simulate(tolerated: f64, share: f64) -> (f64, f64, f64) {
    let thresholds = Thresholds::of(&Sequential::new(tolerated, 0.95));
    let (bad, mut dice) = (Bad::new(share), ChaCha8Rng::seed_from_u64(0x5eed));
    let campaigns: Vec<(Verdict, u64)> =
        (0..CAMPAIGNS).map(|_| thresholds.campaign(&bad, &mut dice)).collect();
    let part =
        |verdict| campaigns.iter().filter(|(one, _)| *one == verdict).count() as f64 / CAMPAIGNS as f64;
    let runs = campaigns.iter().map(|(_, runs)| runs).sum::<u64>() as f64 / CAMPAIGNS as f64;
    println!(
        "tolerated {tolerated}, true {share}: pass {}, fail {}, runs {runs}",
        part(Verdict::Pass),
        part(Verdict::Fail)
    );
    (part(Verdict::Pass), part(Verdict::Fail), runs)
}

#[test]
fn at_the_boundary_at_most_one_in_twenty_passes_and_one_in_twenty_fails() {
    for tolerated in [0.005, 0.01, 0.05] {
        let (passed, failed, _) = simulate(tolerated, tolerated);
        assert!(passed <= 0.05, "{passed} false passes at a tolerated share of {tolerated}");
        assert!(failed <= 0.05, "{failed} false failures at a tolerated share of {tolerated}");
    }
}

/// The test of the test: a bound for a fixed number of runs, looked at again and again, is caught.
#[test]
fn a_bound_for_a_fixed_number_of_runs_does_not_survive_being_looked_at() {
    use crate::interval::supports;
    let most_passing = |look: u64| {
        let n = look * LOOK_EVERY;
        ((0..n).take_while(|bad| supports(*bad, n, 0.01, 0.95)).last(), n + 1)
    };
    let peeking = Thresholds((1..=30).map(most_passing).collect());
    let (bad, mut dice) = (Bad::new(0.01), ChaCha8Rng::seed_from_u64(0x5eed));
    let passed = (0..CAMPAIGNS).filter(|_| peeking.campaign(&bad, &mut dice).0 == Verdict::Pass).count();
    assert!(passed > 1_500, "{passed} of {CAMPAIGNS}");
}

#[test]
fn clear_cases_are_decided_soon_and_rightly() {
    let (passed, failed, runs) = simulate(0.01, 0.0);
    assert_eq!((passed, failed, runs), (1.0, 0.0, 400.0));
    let (passed, failed, runs) = simulate(0.01, 0.001);
    assert!(passed > 0.999 && failed < 0.001 && runs < 700.0, "{passed} {failed} {runs}");
    let (passed, failed, runs) = simulate(0.01, 0.05);
    assert!(failed > 0.999 && passed < 0.001 && runs < 300.0, "{passed} {failed} {runs}");
}
