//! Never two leaders, never a lost or reordered command, whatever network and disks do; and proof that the checker
//! would notice.

use std::ops::Range;

use proptest::prelude::*;

use super::checker::{Violation, logs_match};
use super::group::{Defect, ELECTION, Group, Weather};

#[derive(Clone, Debug)]
pub(super) enum Event {
    Run(u64),
    Crash(u16),
    Restart(u16),
    Isolate(u16),
    CutOneWay(u16, u16),
    Heal,
    Propose(u16),
    ProposeToLeader,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (1..40u64).prop_map(Event::Run),
        2 => (0..5u16).prop_map(Event::Crash),
        3 => (0..5u16).prop_map(Event::Restart),
        1 => (0..5u16).prop_map(Event::Isolate),
        1 => (0..5u16, 0..5u16).prop_map(|(from, to)| Event::CutOneWay(from, to)),
        2 => Just(Event::Heal),
        2 => (0..5u16).prop_map(Event::Propose),
        3 => Just(Event::ProposeToLeader),
    ]
}

fn weather() -> impl Strategy<Value = Weather> {
    within(0..30, 0..20, 0..12, 0..15)
}

/// Messages overtake each other all the time, and many are repeated.
pub(super) fn rough_weather() -> impl Strategy<Value = Weather> {
    within(10..30, 5..30, 6..20, 0..4)
}

fn within(
    loss: Range<u64>,
    repeat: Range<u64>,
    delay: Range<u64>,
    write: Range<u64>,
) -> impl Strategy<Value = Weather> {
    (loss, repeat, delay, write).prop_map(|(loss, repeat, delay, write)| Weather {
        loss_percent: loss,
        repeat_percent: repeat,
        delay_ticks_max: delay,
        write_ticks_max: write,
    })
}

/// Mostly proposals in quick succession.
pub(super) fn busy_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (1..8u64).prop_map(Event::Run),
        6 => Just(Event::ProposeToLeader),
        2 => event(),
    ]
}

fn strike(group: &mut Group, number: usize, event: &Event) {
    let id = |id: &u16| id % group.size();
    let command = format!("command {number}");
    match event {
        Event::Run(ticks) => group.run(*ticks),
        Event::Crash(node) => group.crash(id(node)),
        Event::Restart(node) => group.start(id(node)),
        Event::Isolate(node) => group.partition(&[id(node)]),
        Event::CutOneWay(from, to) => group.cut_one_way(id(from), id(to)),
        Event::Heal => group.heal(),
        Event::Propose(node) => group.propose(id(node), &command),
        Event::ProposeToLeader => {
            if let Some(leader) = group.leader() {
                group.propose(leader, &command);
            }
        }
    }
}

pub(super) fn suffer(size: u16, seed: u64, weather: Weather, defect: Defect, events: &[Event]) -> Group {
    let mut group = Group::new(size, seed, weather, defect);
    group.run(3 * u64::from(ELECTION));
    for (number, event) in events.iter().enumerate() {
        strike(&mut group, number, event);
    }
    group
}

/// Repairs everything and gives the group time to agree.
fn recover(group: &mut Group) {
    group.heal();
    group.weather = Weather::default();
    (0..group.size()).for_each(|id| group.start(id));
    group.run(30 * u64::from(ELECTION));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn disasters_break_no_promise_and_the_group_recovers(
        size in prop_oneof![Just(1u16), Just(2), Just(3), Just(3), Just(5)],
        seed: u64,
        (weather, events) in prop_oneof![
            (weather(), prop::collection::vec(event(), 1..60)),
            (rough_weather(), prop::collection::vec(busy_event(), 30..60)),
        ],
    ) {
        let mut group = suffer(size, seed, weather, Defect::None, &events);
        recover(&mut group);
        let leader = group.leader().expect("a healed group elects a leader");
        group.propose(leader, "after the storm");
        group.run(3 * u64::from(ELECTION));
        prop_assert_eq!(&group.violation, &None);
        prop_assert_eq!(&group.refused, &[], "correct nodes never send what would be refused");
        let last = group.checker.committed.last_key_value().expect("at least the last proposal is committed");
        prop_assert_eq!(&*last.1.data, b"after the storm");
        for id in 0..size {
            prop_assert_eq!(group.checker.applied(crate::NodeId(id)), *last.0, "n{} applied everything", id);
            prop_assert!((0..id).all(|other| logs_match(group.disk(id), group.disk(other))));
        }
    }
}

/// Crashes and restarts one node after another, proposing all the while, until something breaks.
fn stress(defect: Defect) -> Option<Violation> {
    let weather = Weather { loss_percent: 20, repeat_percent: 10, delay_ticks_max: 8, write_ticks_max: 8 };
    (0..200).find_map(|seed| {
        let round = |round: u16| {
            let node = round % 3;
            [
                Event::ProposeToLeader,
                Event::Run(4),
                Event::Crash(node),
                Event::Run(1),
                Event::Restart(node),
                Event::Run(7),
            ]
        };
        let events: Vec<Event> = (0..60).flat_map(round).collect();
        suffer(3, seed, weather, defect, &events).violation
    })
}

#[test]
fn a_node_that_keeps_its_promises_survives_the_stress() {
    assert_eq!(stress(Defect::None), None);
}

#[test]
fn a_node_that_forgets_its_vote_is_caught() {
    assert!(matches!(
        stress(Defect::ForgetsVote),
        Some(Violation::DoubleVote { .. } | Violation::TwoLeaders { .. })
    ));
}

#[test]
fn a_node_that_calls_unfinished_writes_durable_is_caught() {
    let caught = stress(Defect::LiesAboutWrites);
    assert!(
        matches!(caught, Some(Violation::NotDurable { .. } | Violation::DoubleVote { .. })),
        "{caught:?}"
    );
}
