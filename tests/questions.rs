//! Questions that planners ask, and how sharp the answers are.

use std::path::Path;

use firedrill::Campaign;
use firedrill::reports::compare::{Answer, Comparison, MeasureComparison, Side};
use firedrill::units::Span;

fn side(scenario: &str, setting: &str) -> Side {
    let setting = setting.parse().expect("path=value");
    let campaign = Campaign::load(Path::new(scenario), &[setting]).unwrap_or_else(|error| panic!("{error}"));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let runs = campaign.run(0..200, threads, |_| ()).expect("threads can be had");
    Side { what: scenario.to_owned(), scenarios: vec![campaign.recorded(&runs)] }
}

/// Three missed heartbeats beside four, 200 pairs.
fn three_beside_four(scenario: &str) -> Comparison {
    let [a, b] = [3, 4].map(|missed| side(scenario, &format!("policy.detector=Missed({missed})")));
    Comparison::of("test", &a, &b, Span::from_millis(100))
}

fn measure<'a>(comparison: &'a Comparison, name: &str) -> &'a MeasureComparison {
    comparison.scenarios[0].measures.iter().find(|measure| measure.name == name).expect("it is measured")
}

fn width(measure: &MeasureComparison) -> f64 {
    measure.mean_interval.high.expect("200 pairs have one") - measure.mean_interval.low.expect("as above")
}

/// The controller's part of the recovery is known to a hundredth of a second from 200 pairs. What follows, clients
/// finding the new primary, ends when the last resolver's cached answer expires, so a policy that is 5 s slower
/// costs one run nothing and the next a whole TTL: that is no noise of the pairing but what clients see, and its
/// mean is known to about a second only.
#[test]
fn one_more_missed_heartbeat_costs_one_heartbeat() {
    for scenario in ["scenarios/qnwis/primary-region-loss.ron", "benches/primary-loss.ron"] {
        let comparison = three_beside_four(scenario);
        assert_eq!((comparison.answer, comparison.scenarios[0].pairs), (Answer::Worse, 200), "{scenario}");
        for name in ["until writable", "detect"] {
            let measure = measure(&comparison, name);
            let mean = measure.mean.expect("all recover");
            assert!((mean - 5.0).abs() < 0.1, "{scenario}: {name} {mean}");
            assert!(width(measure) < 0.2, "{scenario}: {name} is {} wide", width(measure));
        }
        let whole = measure(&comparison, "recovery time");
        assert!((whole.mean.expect("all recover") - 5.0).abs() < 1.0 && width(whole) < 1.5, "{whole:?}");
    }
}
