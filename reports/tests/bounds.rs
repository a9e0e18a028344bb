//! The numbers behind a verdict, against published ones and against simulation.

mod support;

use firedrill_reports::interval::{least_runs, lower, refutes, runs_to_decide, supports, upper};
use firedrill_reports::quantile::enclosing_ranks;
use proptest::prelude::*;
use support::Draws;

fn near(value: f64, expected: f64, within: f64) {
    assert!((value - expected).abs() <= within, "{value} is not {expected}");
}

#[test]
fn so_many_runs_are_the_least() {
    let table = [
        (0.05, [59, 93, 124, 208, 336]),
        (0.01, [299, 473, 628, 1049, 1693]),
        (0.001, [2995, 4742, 6294, 10511, 16959]),
    ];
    for (tolerated, expected) in table {
        for (bad, least) in [0, 1, 2, 5, 10].into_iter().zip(expected) {
            assert_eq!(least_runs(tolerated, bad, 0.95), Some(least), "{bad} bad, {tolerated}");
            assert!(supports(bad, least, tolerated, 0.95) && !supports(bad, least - 1, tolerated, 0.95));
        }
    }
}

#[test]
fn what_no_number_of_runs_can_show_is_not_searched_for_ever() {
    assert_eq!(least_runs(0.0, 0, 0.95), None);
    assert_eq!(least_runs(0.01, 0, 1.0), None);
    assert_eq!(least_runs(1e-9, 0, 0.95), None, "three billion runs are out of reach");
    assert_eq!(least_runs(f64::NAN, 0, 0.95), None);
    assert_eq!(runs_to_decide(10, 1000, 0.01, 0.95), None, "a rate of exactly 1 % is on neither side of 1 %");
}

#[test]
fn bounds_agree_with_published_tables() {
    // One-sided 95 %: 1 - 0.05^(1/n) without a bad run (the "rule of three").
    near(upper(0, 59, 0.95), 0.049_507, 1e-6);
    near(upper(0, 10, 0.95), 0.258_866, 1e-6);
    near(upper(1, 93, 0.95), 0.049_975, 1e-4);
    // Two-sided 95 % is 97.5 % on each side; the classical example values of Clopper and Pearson's method.
    for (bad, n, low, high) in [
        (0, 10, 0.0, 0.308_497),
        (1, 10, 0.002_529, 0.445_016),
        (5, 10, 0.187_086, 0.812_914),
        (10, 100, 0.049_005, 0.176_223),
        (10, 10, 0.691_503, 1.0),
    ] {
        near(lower(bad, n, 0.975), low, 1e-6);
        near(upper(bad, n, 0.975), high, 1e-6);
    }
}

#[test]
fn bounds_hold_where_inverse_beta_functions_do_not_return() {
    // 3 of 10^7: the Poisson limit gives 7.7537 / n above and 0.8177 / n below.
    near(upper(3, 10_000_000, 0.95) * 1e7, 7.7537, 1e-3);
    near(lower(3, 10_000_000, 0.95) * 1e7, 0.8177, 1e-3);
    assert_eq!((lower(0, 10_000_000, 0.95), upper(10_000_000, 10_000_000, 0.95)), (0.0, 1.0));
    assert_eq!((lower(0, 0, 0.95), upper(0, 0, 0.95)), (0.0, 1.0), "no runs say nothing");
}

proptest! {
    #[test]
    fn a_decision_is_the_bound_beside_the_tolerated_share(n in 1u64..5_000, share in 0.0..=1.0f64, q in 0.001..0.5f64) {
        let bad = (share * share * n as f64) as u64;
        prop_assume!((upper(bad, n, 0.95) - q).abs() > 1e-9 && (lower(bad, n, 0.95) - q).abs() > 1e-9);
        prop_assert_eq!(supports(bad, n, q, 0.95), upper(bad, n, 0.95) < q);
        prop_assert_eq!(refutes(bad, n, q, 0.95), lower(bad, n, 0.95) > q);
        prop_assert!(!(supports(bad, n, q, 0.95) && refutes(bad, n, q, 0.95)));
    }

    #[test]
    fn more_evidence_never_speaks_for_less(bad in 0u64..50, n in 51u64..20_000, q in 0.001..0.3f64, confidence in 0.6..0.999f64) {
        prop_assume!(supports(bad, n, q, confidence));
        prop_assert!(supports(bad, n + 1, q, confidence), "another good run");
        prop_assert!(bad == 0 || supports(bad - 1, n, q, confidence), "one bad run less");
        prop_assert!(supports(bad, n, q + 0.01, confidence), "a milder claim");
        prop_assert!(supports(bad, n, q, confidence - 0.05), "less confidence asked");
    }

    #[test]
    fn the_runs_asked_for_would_decide(n in 10u64..500, q in 0.005..0.2f64, near in 0.0..1.8f64) {
        let bad = (n as f64 * q * near) as u64;
        prop_assume!(!supports(bad, n, q, 0.95) && !refutes(bad, n, q, 0.95));
        if let Some(need) = runs_to_decide(bad, n, q, 0.95) {
            let bad_then = need * bad / n;
            prop_assert!(need > n);
            prop_assert!(supports(bad_then, need, q, 0.95) || refutes(bad_then, need, q, 0.95));
        }
    }
}

#[test]
fn a_system_at_the_limit_passes_one_time_in_twenty_at_most() {
    let naive = |bad: u64, n: u64, q: f64, _: f64| bad as f64 <= q * n as f64;
    for (n, q) in [(299, 0.01), (1_000, 0.01), (93, 0.05), (400, 0.05)] {
        let mut draws = Draws(n);
        let bad: Vec<u64> = (0..10_000).map(|_| draws.successes(n, q)).collect();
        let share = |decided: &dyn Fn(u64, u64, f64, f64) -> bool| {
            bad.iter().filter(|bad| decided(**bad, n, q, 0.95)).count() as f64 / 10_000.0
        };
        // 0.05 and three standard errors of the simulation.
        let (passes, fails) = (share(&supports), share(&refutes));
        assert!(passes <= 0.0566, "{n}: {passes} pass falsely");
        assert!(fails <= 0.0566, "{n}: {fails} fail falsely");
        assert!(passes + fails > 0.02, "{n}: and it does decide");
        assert!(share(&naive) > 0.4, "{n}: merely comparing shares would pass nearly every other time");
    }
}

#[test]
fn intervals_of_quantiles_cover_as_often_as_they_say() {
    for (n, p) in [(100, 0.5), (1_000, 0.95), (1_000, 0.99)] {
        let (low, high) = enclosing_ranks(p, n, 0.95);
        let (low, high) = (low.unwrap(), high.unwrap());
        let mut draws = Draws(n as u64);
        let covered = (0..4_000).filter(|_| {
            // The p-quantile of even draws is p itself; the rank of a value is the number of draws up to it.
            let below = draws.successes(n as u64, p) as usize;
            low <= below && below < high
        });
        let share = covered.count() as f64 / 4_000.0;
        assert!((0.945..0.99).contains(&share), "{n} runs, {p}: {share}");
    }
}
