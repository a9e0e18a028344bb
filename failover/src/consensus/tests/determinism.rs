//! The same inputs give the same outputs: in another instance (whose thread-local randomness is elsewhere), in another
//! process, and however the ticks are grouped.

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::group::{Defect, Group, Input, Life, Weather, feed, settings};
use super::safety::{busy_event, rough_weather, suffer};
use crate::consensus::{Body, Consensus, ConsensusMessage, ConsensusSettings, Outputs, Raft};

const SEED: u64 = 20_240_229;

/// Five nodes through 4,000 ticks of bad weather, crashes, partitions and proposals.
fn eventful() -> Group {
    let weather = Weather { loss_percent: 5, repeat_percent: 5, delay_ticks_max: 3, write_ticks_max: 3 };
    let mut group = Group::new(5, SEED, weather, Defect::None);
    for round in 0..40u16 {
        group.run(80);
        let victim = round % 5;
        match round % 4 {
            0 => group.crash(victim),
            1 => group.partition(&[victim, (victim + 1) % 5]),
            2 => group.heal(),
            _ => (0..5).for_each(|id| group.start(id)),
        }
        group.run(20);
        (0..5).for_each(|id| group.propose(id, &format!("round {round}")));
    }
    assert_eq!(group.violation, None);
    group
}

/// The node of a life, woken once more.
fn reborn(life: &Life) -> Raft {
    Raft::new(settings(life.id.0, 5, SEED), &life.woke_with).expect("it woke before")
}

#[test]
fn another_instance_gives_the_same_outputs() {
    let group = eventful();
    let mut out = Outputs::default();
    let mut compared = 0;
    for life in &group.lives {
        let mut node = reborn(life);
        for (input, expected) in &life.history {
            feed(&mut node, input.clone(), &mut out).expect("it was taken before");
            assert_eq!(&out, expected);
            compared += 1;
        }
    }
    assert!(compared > 20_000, "{compared} inputs are a long history");
}

/// Each life in the memory of another one of the same node, and in memory of its own.
fn compare_in_used_memory(lives: &[Life], settings: impl Fn(&Life) -> ConsensusSettings) -> usize {
    let (mut left, mut right, mut compared) = (Outputs::default(), Outputs::default(), 0);
    for life in lives {
        // Not its own life before: the whole history of whichever comes to mind, so that all sorts of memory are met.
        for other in lives.iter().filter(|other| other.id == life.id).take(3) {
            let mut spent = Raft::new(settings(other), &other.woke_with).expect("it woke before");
            for (input, _) in &other.history {
                feed(&mut spent, input.clone(), &mut left).expect("it was taken before");
            }
            let mut used = Raft::again(spent, settings(life), &life.woke_with).expect("it woke before");
            let mut fresh = Raft::new(settings(life), &life.woke_with).expect("it woke before");
            assert_eq!(used.state(), fresh.state());
            for (input, expected) in &life.history {
                let taken = feed(&mut used, input.clone(), &mut left);
                assert_eq!(taken, feed(&mut fresh, input.clone(), &mut right));
                assert_eq!((&left, &right), (expected, expected), "after {input:?}");
                assert_eq!(used.state(), fresh.state(), "after {input:?}");
                compared += 1;
            }
        }
    }
    compared
}

#[test]
fn nothing_is_left_of_the_life_whose_memory_is_used_again() {
    let group = eventful();
    let compared = compare_in_used_memory(&group.lives, |life| settings(life.id.0, 5, SEED));
    assert!(compared > 40_000, "{compared} inputs are a long history");
}

/// Replays a life twice, once with every message going through the crate: outputs and what the node knows afterwards must
/// not differ. Returns how many messages may have been answered in short.
fn answers_in_short(life: &Life, settings: &ConsensusSettings) -> usize {
    let wake = || Raft::new(settings.clone(), &life.woke_with).expect("it woke before");
    let (mut quick, mut thorough) = (wake(), wake().by_the_book());
    let (mut left, mut right) = (Outputs::default(), Outputs::default());
    let mut in_short = 0;
    for (input, expected) in &life.history {
        let taken = feed(&mut quick, input.clone(), &mut left);
        assert_eq!(taken, feed(&mut thorough, input.clone(), &mut right));
        assert_eq!((&left, &right), (expected, expected));
        assert_eq!(quick.state(), thorough.state(), "after {input:?}");
        let Input::Step(_, ConsensusMessage { body, .. }) = input else { continue };
        let routine = matches!(
            body,
            Body::Heartbeat { .. } | Body::HeartbeatResponse { .. } | Body::AppendResponse { .. }
        );
        in_short += usize::from(routine);
    }
    in_short
}

#[test]
fn what_tells_nothing_new_is_answered_as_the_crate_would() {
    let settings = |life: &Life| settings(life.id.0, 5, SEED);
    let group = eventful();
    let in_short: usize = group.lives.iter().map(|life| answers_in_short(life, &settings(life))).sum();
    assert!(in_short > 2_000, "{in_short} heartbeats and answers are many");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_any_weather_short_answers_are_those_of_the_crate(
        seed: u64,
        weather in rough_weather(),
        events in prop::collection::vec(busy_event(), 30..60),
    ) {
        for life in &suffer(3, seed, weather, Defect::None, &events).lives {
            answers_in_short(life, &settings(life.id.0, 3, seed));
        }
    }
}

#[test]
fn the_order_in_which_voters_are_listed_does_not_matter() {
    let mut out = Outputs::default();
    for life in &eventful().lives {
        let mut settings = settings(life.id.0, 5, SEED);
        settings.voters.reverse();
        let mut node = Raft::new(settings, &life.woke_with).expect("it woke before");
        for (input, expected) in &life.history {
            feed(&mut node, input.clone(), &mut out).expect("it was taken before");
            assert_eq!(&out, expected);
        }
    }
}

/// Replays a life with ticks grouped by `jump` (given how many may pass until the next other input, and until the
/// node is due); outputs are joined between other inputs.
fn regrouped(life: &Life, jump: impl Fn(u64, u64) -> u64) -> Vec<Outputs> {
    let (mut node, mut out) = (reborn(life), Outputs::default());
    let mut told = vec![Outputs::default()];
    for ticks_then_input in life.history.split_inclusive(|(input, _)| !matches!(input, Input::Tick)) {
        let mut left =
            ticks_then_input.iter().filter(|(input, _)| matches!(input, Input::Tick)).count() as u64;
        while left > 0 {
            let ticks = jump(left, node.ticks_until_due());
            node.advance(ticks, &mut out);
            join(&mut told, &out);
            left -= ticks;
        }
        if let Some((input, _)) = ticks_then_input.last().filter(|(input, _)| !matches!(input, Input::Tick)) {
            feed(&mut node, input.clone(), &mut out).expect("it was taken before");
            told.push(Outputs::default());
            join(&mut told, &out);
            told.push(Outputs::default());
        }
    }
    told
}

fn join(told: &mut [Outputs], out: &Outputs) {
    let last = told.last_mut().expect("there is always one");
    last.messages.extend(out.messages.iter().cloned());
    last.committed.extend(out.committed.iter().cloned());
    last.role_changed |= out.role_changed;
    assert!(last.persist.is_none() || out.persist.is_none(), "one write at a time");
    last.persist = last.persist.take().or(out.persist.clone());
}

#[test]
fn sleeping_until_due_changes_nothing() {
    for life in &eventful().lives {
        let single = regrouped(life, |_, _| 1);
        assert_eq!(regrouped(life, |left, due| left.min(due.max(1))), single);
        assert_eq!(regrouped(life, |left, _| left), single, "nor does oversleeping");
    }
}

#[test]
fn the_due_tick_is_exact() {
    let mut early = 0;
    for life in &eventful().lives {
        let mut node = reborn(life);
        let mut out = Outputs::default();
        for (input, _) in &life.history {
            let due = node.ticks_until_due();
            feed(&mut node, input.clone(), &mut out).expect("it was taken before");
            if matches!(input, Input::Tick) {
                assert!(due <= 1 || out.is_empty(), "something happened {due} ticks before it was due");
                early += u64::from(due > 1);
            }
        }
    }
    assert!(early > 1_000, "most ticks are unobserved");
}

#[test]
fn every_process_gives_the_same_outputs() {
    let mut digest = Sha256::new();
    for life in &eventful().lives {
        for (_, out) in &life.history {
            digest.update(
                serde_json::to_vec(&(&out.persist, &out.messages, &out.committed)).expect("plain data"),
            );
        }
    }
    let digest: String = digest.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "9d694b45c8d2e285");
}
