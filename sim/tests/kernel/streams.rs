use firedrill_sim::{Key, Stream, Streams};
use proptest::prelude::*;
use units::Span;

const LATENCY: Key = Key::new("doha-dublin", "latency");
const CRASH: Key = Key::new("doha", "crash");

fn first(mut stream: Stream, n: usize) -> Vec<u64> {
    (0..n).map(|_| stream.next_u64()).collect()
}

#[test]
fn a_stream_does_not_depend_on_which_others_were_made_or_used_before() {
    let streams = Streams::new(7);
    let alone = first(streams.stream(LATENCY), 100);
    let mut crash = streams.stream(CRASH);
    let mut latency = streams.stream(LATENCY);
    let mixed: Vec<u64> = (0..100)
        .map(|n| {
            (0..n % 5).for_each(|_| assert_ne!(crash.next_u64(), 0));
            latency.next_u64()
        })
        .collect();
    assert_eq!(alone, mixed);
}

#[test]
fn seed_entity_purpose_and_occurrence_each_make_another_stream() {
    let mut all = Vec::new();
    for seed in [0, 1, u64::MAX] {
        for key in [LATENCY, CRASH, Key::new("doha", "latency"), Key::new("", ""), Key::new("dohac", "rash")]
        {
            let streams = Streams::new(seed);
            all.push(first(streams.stream(key), 4));
            all.extend((0..50).map(|n| first(streams.stream(key.occurrence(n)), 4)));
        }
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn a_million_keys_are_a_million_keys() {
    let mut keys = Vec::new();
    for node in 0..1_000 {
        let name = format!("node-{node}");
        let key = Key::new(&name, "crash");
        keys.extend((0..1_000).map(|n| key.occurrence(n)));
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 1_000_000);
}

#[test]
fn the_third_crash_is_the_same_however_much_the_second_one_drew() {
    let streams = Streams::new(1);
    let drill = |draws_of_second: usize| {
        first(streams.stream(CRASH.occurrence(1)), draws_of_second);
        first(streams.stream(CRASH.occurrence(2)), 3)
    };
    assert_eq!(drill(1), drill(1_000));
}

proptest! {
    #[test]
    fn every_draw_keeps_to_its_range(seed in any::<u64>(), n in 1..=u64::MAX, lo in any::<u64>(), hi in any::<u64>()) {
        let mut stream = Streams::new(seed).stream(LATENCY);
        let (lo, hi) = (Span::from_nanos(lo.min(hi)), Span::from_nanos(lo.max(hi)));
        for _ in 0..20 {
            prop_assert!(stream.below(n) < n);
            prop_assert!((0.0..1.0).contains(&stream.unit()));
            let span = stream.between(lo, hi);
            prop_assert!(lo <= span && span <= hi);
        }
    }
}

#[test]
fn both_ends_of_a_range_come_up_and_all_of_time_is_a_range() {
    let mut stream = Streams::new(3).stream(LATENCY);
    let (lo, hi) = (Span::from_nanos(10), Span::from_nanos(12));
    let drawn: Vec<Span> = (0..200).map(|_| stream.between(lo, hi)).collect();
    assert!(drawn.contains(&lo) && drawn.contains(&hi));
    assert!((0..100).any(|_| stream.between(Span::ZERO, Span::MAX).as_nanos() > u64::MAX / 2));
    assert_eq!(stream.between(hi, hi), hi);
}

/// Numbers of 2/3 of 2^64 choices: with the modulo method the lower half would come up twice as often.
#[test]
fn below_is_unbiased_where_a_remainder_is_not() {
    let n = u64::MAX / 3 * 2;
    let mut stream = Streams::new(3).stream(LATENCY);
    let low = (0..20_000).filter(|_| stream.below(n) < n / 2).count();
    assert!(low.abs_diff(10_000) < 5 * 71, "{low} of 20000 in the lower half");
}

#[test]
fn chance_keeps_its_odds_and_always_takes_one_draw() {
    let mut stream = Streams::new(5).stream(CRASH);
    let hits = (0..20_000).filter(|_| stream.chance(0.3)).count();
    assert!(hits.abs_diff(6_000) < 5 * 65, "{hits} of 20000 at 0.3");
    for (p, always) in [(0.0, false), (-1.0, false), (f64::NAN, false), (1.0, true), (2.0, true)] {
        let mut other = stream.clone();
        assert_eq!(stream.chance(p), always);
        other.next_u64();
        assert_eq!(stream.clone().next_u64(), other.next_u64());
    }
}

#[test]
#[should_panic(expected = "no number below zero")]
fn nothing_is_below_zero() {
    Streams::new(0).stream(CRASH).below(0);
}
