use super::*;

const KEY: Key = Key::new("a>b", "link");

fn at(millis: u64) -> SimTime {
    SimTime::ZERO + Span::from_millis(millis)
}

/// Of a link that carries something every so many milliseconds from the beginning to `until`, those that are lost.
fn lost(seed: u64, every: u64, from: u64, until: u64, chance: f64) -> Vec<u64> {
    let mut losses = fresh();
    let sent = (from..until).step_by(every as usize);
    sent.filter(|millis| losses.takes(at(*millis), 0, chance, KEY, Streams::new(seed))).collect()
}

fn fresh() -> Losses {
    let mut losses = Losses::default();
    losses.reset(1, &Terms::new(Span::from_secs(1), Span::from_secs(3)));
    losses
}

#[test]
fn as_many_are_lost_as_the_chance_says() {
    for (chance, every) in [(0.001, 300), (0.05, 300), (0.7, 300), (0.05, 20)] {
        let (runs, length) = (400, 600_000);
        let all: usize = (0..runs).map(|seed| lost(seed, every, 0, length, chance).len()).sum();
        let messages = (length / every * runs) as f64;
        let (mean, deviation) = (messages * chance, (messages * chance * (1.0 - chance)).sqrt());
        assert!((all as f64 - mean).abs() < 4.0 * deviation, "{all} of {messages}, not {mean}");
    }
}

#[test]
fn two_in_a_row_are_lost_as_often_as_chance_has_it() {
    let pairs =
        |seed| lost(seed, 300, 0, 600_000, 0.1).windows(2).filter(|pair| pair[1] - pair[0] == 300).count();
    let all: usize = (0..400).map(pairs).sum();
    let mean = 400.0 * 2_000.0 * 0.01;
    assert!((all as f64 - mean).abs() < 5.0 * mean.sqrt(), "{all}, not {mean}");
}

#[test]
fn certain_losses_and_none() {
    assert_eq!(lost(1, 300, 0, 3_000, 1.0).len(), 10);
    assert!(lost(1, 300, 0, 3_000_000, 0.0).is_empty());
}

/// Whoever was not there before loses the same from then on, if it begins with a window.
#[test]
fn losses_do_not_depend_on_what_was_sent_before() {
    for seed in 0..50 {
        let all = lost(seed, 300, 0, 600_000, 0.02);
        let later: Vec<u64> = all.into_iter().filter(|millis| *millis >= 300_000).collect();
        assert_eq!(lost(seed, 300, 300_000, 600_000, 0.02), later);
    }
}

#[test]
fn nothing_usual_is_lost_before_the_first_window_that_is_told() {
    let mut told_late = 0;
    for seed in 0..200 {
        let mut losses = fresh();
        let streams = Streams::new(seed);
        for millis in (0..10_000).step_by(300) {
            losses.takes(at(millis), 0, 0.002, KEY, streams);
        }
        losses.observe(at(10_000));
        let first = losses.first(at(10_000), at(600_000), 0, 0.002, KEY, streams);
        let lost = lost(seed, 300, 0, 600_000, 0.002).into_iter().find(|millis| *millis >= 10_000);
        assert!(lost.is_none_or(|lost| at(lost) >= first), "{lost:?} before {first:?}");
        told_late += u32::from(first > at(60_000));
    }
    assert!(told_late > 100, "a leap over a minute is worth something: {told_late} of 200");
}
