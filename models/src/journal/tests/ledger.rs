//! Whatever is asked, in whatever order: the counts agree with each other and with Poisson.

use proptest::prelude::*;
use sim::{Key, Stream, Streams};

use super::smirnov::{smirnov, smirnov_threshold};
use crate::journal::lazy::binomial;
use crate::journal::lazy::ledger::Ledger;

const WRITE: u128 = 1_000_000_000;

fn stream(seed: u64) -> Stream {
    Streams::new(seed).stream(Key::new("orders", "writes"))
}

proptest! {
    #[test]
    fn parts_add_up_to_the_whole(seed: u64, cuts in prop::collection::vec(1..500u128, 1..8)) {
        let (mut ledger, mut dice) = (Ledger::default(), stream(seed));
        let whole = ledger.count(0, 0, 500 * WRITE, &mut dice);
        let oldest = ledger.oldest(0, 0, 500 * WRITE, &mut dice);
        for cut in cuts {
            let left = ledger.count(0, 0, cut * WRITE, &mut dice);
            let right = ledger.count(0, cut * WRITE, 500 * WRITE, &mut dice);
            prop_assert_eq!(left + right, whole);
            prop_assert_eq!(left > 0, oldest.is_some_and(|oldest| oldest <= cut * WRITE));
            prop_assert_eq!(oldest, ledger.oldest(0, 0, 500 * WRITE, &mut dice));
        }
    }
}

/// The count left of a division, drawn before or after the whole, and the first write right of it.
#[test]
fn dividing_a_stretch_later_changes_no_distribution() {
    let n = 20_000;
    for (divide, whole) in [(3, 9), (80, 100), (30, 400)] {
        let sample = |first_whole: bool, seed: u64| {
            let (mut ledger, mut dice) = (Ledger::default(), stream(seed));
            if first_whole {
                ledger.oldest(0, 0, whole * WRITE, &mut dice);
            }
            let left = ledger.count(0, 0, divide * WRITE, &mut dice);
            let next = ledger.oldest(0, divide * WRITE, whole * WRITE, &mut dice).unwrap_or(whole * WRITE);
            (left, (next / 1_000) as u64)
        };
        let (mut left, mut next): (Vec<_>, Vec<_>) = (0..n).map(|seed| sample(false, seed)).unzip();
        let (mut left_later, mut next_later): (Vec<_>, Vec<_>) =
            (n..2 * n).map(|seed| sample(true, seed)).unzip();
        let allowed = smirnov_threshold(n as usize);
        let (counts, places) = (smirnov(&mut left, &mut left_later), smirnov(&mut next, &mut next_later));
        assert!(
            counts < allowed && places < allowed,
            "{counts} {places} exceed {allowed} at {divide} of {whole}"
        );
    }
}

#[test]
fn binomial_counts_have_their_mean_and_variance() {
    let n = 100_000u64;
    for (trials, p) in [(5, 0.3), (1_000, 0.002), (60, 0.5), (1_000, 0.7), (1_000_000, 0.1)] {
        let mut dice = stream(trials);
        let (mean, variance) = (trials as f64 * p, trials as f64 * p * (1.0 - p));
        let draws = (0..n).map(|_| binomial::draw(&mut dice, trials, p) as f64 - mean);
        let (sum, squares) = draws.fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
        // Four standard errors; the variance of a sample variance is about 2/n (excess kurtosis is below 1 here).
        assert!((sum / n as f64).abs() < 4.0 * (variance / n as f64).sqrt(), "mean at {trials}, {p}");
        let ratio = squares / n as f64 / variance;
        assert!(
            (ratio - 1.0).abs() < 4.0 * (3.0 / n as f64).sqrt(),
            "variance ratio {ratio} at {trials}, {p}"
        );
    }
}
