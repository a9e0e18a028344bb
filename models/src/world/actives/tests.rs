//! The draws against what can be computed.

use super::*;

fn model(resolution: Resolution) -> ActivesModel {
    let classes = vec![(10, 0.2), (1_000, 0.8)];
    ActivesModel { nodes: vec![0, 1], nearest: vec![vec![0, 1]], classes, resolution }
}

fn unseen(writes: f64, from: u64, length: u64) -> Unseen {
    Unseen { writes, from: SimTime::ZERO + Span::from_secs(from), length: Span::from_secs(length) }
}

fn mean(resolution: Resolution, sides: [Unseen; 2]) -> (f64, f64) {
    let mut stream = sim::Streams::new(7).stream(Key::new("a test", "draws"));
    let found: Vec<Found> = (0..4_000).map(|_| meet(&model(resolution), &sides, &mut stream)).collect();
    let average = |of: fn(&Found) -> u64| found.iter().map(of).sum::<u64>() as f64 / found.len() as f64;
    (average(|found| found.keys), average(|found| found.overwritten))
}

/// Of a key the chance to be written on both sides is the product of the chances on each.
#[test]
fn as_many_keys_are_in_conflict_as_the_rates_say() {
    let (keys, _) = mean(Resolution::LastWriterWins, [unseen(300.0, 0, 60), unseen(200.0, 0, 60)]);
    let both = |keys: f64, share: f64| {
        let written = |writes: f64| -libm::expm1(-writes * share / keys);
        keys * written(300.0) * written(200.0)
    };
    let expected = both(10.0, 0.2) + both(1_000.0, 0.8);
    assert!((keys - expected).abs() < 0.02 * expected, "{keys}, not {expected}");
}

/// The side that wrote everything before the other did loses to the last writer and beats the first.
#[test]
fn time_decides_whose_writes_stay() {
    let early = || [unseen(5.0, 0, 1), unseen(400.0, 10, 600)];
    let (keys, last) = mean(Resolution::LastWriterWins, early());
    let (_, first) = mean(Resolution::FirstWriterWins, early());
    assert!(last >= keys && last < 1.5 * keys, "{keys} keys, {last} writes of the early side");
    assert!(first > 3.0 * last, "{first} writes of the late side");
}

#[test]
fn a_positive_poisson_number_has_the_right_mean() {
    let mut stream = sim::Streams::new(8).stream(Key::new("a test", "draws"));
    for mean in [0.01, 0.5, 4.0, 29.0, 31.0] {
        let total: u64 = (0..20_000).map(|_| at_least_one(mean, &mut stream)).sum();
        let (drawn, expected) = (total as f64 / 20_000.0, mean / -libm::expm1(-mean));
        assert!((drawn - expected).abs() < 0.03 * expected, "{drawn}, not {expected}");
    }
}
