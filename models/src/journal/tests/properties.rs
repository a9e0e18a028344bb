//! What holds in every history.

use proptest::prelude::*;
use sim::SimTime;
use units::Span;

use super::schedule::{STORES, Schedule, Step, play, schedules, take};
use super::story::{FAST, eager, lazy, ms};
use crate::journal::{Durability, Journal, Position, Store, UNLIMITED};

fn durabilities() -> impl Strategy<Value = Durability> {
    prop_oneof![
        Just(Durability::Async),
        Just(Durability::Sync(vec![1, 2, 3, 0])),
        (1..4u32).prop_map(Durability::Quorum),
        (1..4u32).prop_map(|count| Durability::First(count, vec![2, 1, 3, 0])),
        (1..4u32).prop_map(|count| Durability::Any(count, vec![3, 0, 2])),
    ]
}

fn any_speed() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![Just(FAST), 0..300u64]
}

fn positions(journal: &mut dyn Journal, now: SimTime) -> Vec<Position> {
    (0..STORES).map(|store| journal.position(now, store)).collect()
}

/// Plays a schedule; fails when a store goes back without having been rewound.
fn never_goes_back<J: Journal>(mut journal: J, schedule: &Schedule) {
    let mut before = vec![Position::default(); STORES];
    play(&mut journal, schedule, |journal, now, step| {
        let after = positions(journal, now);
        for store in 0..STORES {
            let rewound = matches!(step, Step::Rewind(back, _) | Step::Replace(back, _) if *back == store);
            assert!(rewound || before[store] <= after[store], "{store}: {before:?} to {after:?} by {step:?}");
        }
        before = after;
    });
}

/// Plays a schedule; fails when a stream that was accepted would be refused later, though nobody broke it: then the
/// replica holds what its source does not.
fn never_outruns_its_source<J: Journal + Clone>(mut journal: J, schedule: &Schedule) {
    let mut sources: [Option<Store>; STORES] = [None; STORES];
    let mut now = SimTime::ZERO;
    for (index, (pause, step)) in schedule.iter().enumerate() {
        now += *pause;
        let accepted = take(&mut journal, now, index as u64 + 1, step).is_ok();
        match *step {
            Step::Stream(replica, source, ..) if accepted => sources[replica] = Some(source),
            Step::CatchUp(replica, source, ..) if accepted => sources[replica] = Some(source),
            Step::Open(store) | Step::Cut(store) | Step::Lose(store) => sources[store] = None,
            Step::Rewind(store, survivor) | Step::Replace(store, survivor) if store != survivor => {
                sources[store] = None;
                sources.iter_mut().filter(|source| **source == Some(store)).for_each(|source| *source = None);
            }
            _ => {}
        }
        for (replica, source) in sources.iter().enumerate() {
            let Some(source) = *source else { continue };
            assert!(journal.position(now, replica) <= journal.position(now, source));
            assert_eq!(journal.clone().stream(now, replica, source, Span::ZERO, FAST), Ok(()));
        }
    }
}

/// What a store answers: its position, how long writes wait there, whether it has its standbys, how long it has to catch
/// up, how far it is behind each of the others.
type Answer = (Position, Option<Span>, bool, Option<Span>, Vec<Span>);

/// Everything that can be asked without drawing random numbers.
fn answers(journal: &mut dyn Journal, now: SimTime) -> Vec<Answer> {
    let answer = |store| {
        let lags = (0..STORES).map(|source| journal.lag(now, store, source)).collect();
        let standbys = journal.has_standbys(now, store);
        let (wait, backlog) = (journal.acknowledgement_wait(now, store), journal.backlog(now, store));
        (journal.position(now, store), wait, standbys, backlog, lags)
    };
    (0..STORES).map(answer).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn only_a_rewind_takes_a_position_back(schedule in schedules(any_speed()), mode in durabilities(), seed: u64) {
        never_goes_back(lazy(STORES, mode.clone(), seed), &schedule);
        never_goes_back(eager(STORES, mode, seed), &schedule);
    }

    #[test]
    fn no_replica_holds_what_its_source_never_had(schedule in schedules(any_speed()), seed: u64) {
        never_outruns_its_source(lazy(STORES, Durability::Async, seed), &schedule);
        never_outruns_its_source(eager(STORES, Durability::Async, seed), &schedule);
    }

    #[test]
    fn a_rewound_store_can_stream(schedule in schedules(any_speed()), pair in (0..STORES, 1..STORES), seed: u64) {
        let (store, survivor) = (pair.0, (pair.0 + pair.1) % STORES);
        let mut journal = lazy(STORES, Durability::Async, seed);
        let end = play(&mut journal, &schedule, |_, _, _| {});
        journal.rewind(end, store, survivor);
        prop_assert_eq!(journal.stream(end, store, survivor, ms(1), FAST), Ok(()));
    }

    /// Without queues both journals are exact, so they must agree to the nanosecond on everything but counts.
    #[test]
    fn unthrottled_they_agree_exactly(schedule in schedules(Just(UNLIMITED)), mode in durabilities(), seed: u64) {
        let (mut fluid, mut exact) = (lazy(STORES, mode.clone(), seed), eager(STORES, mode, seed));
        let mut now = SimTime::ZERO;
        for (index, (pause, step)) in schedule.iter().enumerate() {
            now += *pause;
            let epoch = index as u64 + 1;
            prop_assert_eq!(take(&mut fluid, now, epoch, step), take(&mut exact, now, epoch, step));
            prop_assert_eq!(answers(&mut fluid, now), answers(&mut exact, now));
        }
    }

    /// Looking must not touch: the same history with and without questions ends the same.
    #[test]
    fn questions_change_nothing(schedule in schedules(any_speed()), mode in durabilities(), seed: u64) {
        let (mut asked, mut left_alone) = (lazy(STORES, mode.clone(), seed), lazy(STORES, mode, seed));
        play(&mut asked, &schedule, |journal, now, _| { answers(journal, now); });
        let end = play(&mut left_alone, &schedule, |_, _, _| {});
        prop_assert_eq!(answers(&mut asked, end), answers(&mut left_alone, end));
        for survivor in 0..STORES {
            prop_assert_eq!(asked.losses(end, survivor), left_alone.losses(end, survivor));
        }
    }

    #[test]
    fn no_more_is_lost_than_was_acknowledged(schedule in schedules(any_speed()), mode in durabilities(), seed: u64) {
        let mut journal = lazy(STORES, mode, seed);
        let end = play(&mut journal, &schedule, |journal, now, _| { journal.losses(now, 0); });
        let lost: Vec<_> = (0..STORES).map(|survivor| journal.losses(end, survivor)).collect();
        let acknowledged = journal.acknowledged(end);
        for (survivor, loss) in lost.into_iter().enumerate() {
            prop_assert!(loss.writes <= acknowledged);
            prop_assert_eq!(loss, journal.losses(end, survivor), "asked again");
        }
    }

    #[test]
    fn memory_used_before_is_as_good_as_new(first in schedules(any_speed()), second in schedules(any_speed()), seed: u64) {
        let (mut used, mut fresh) = (lazy(STORES, Durability::Async, 1), lazy(STORES, Durability::Async, seed));
        play(&mut used, &first, |journal, now, _| { journal.losses(now, 1); });
        used.reset(sim::Streams::new(seed));
        let end = play(&mut used, &second, |_, _, _| {});
        play(&mut fresh, &second, |_, _, _| {});
        prop_assert_eq!(used.losses(end, 1), fresh.losses(end, 1));
        prop_assert_eq!(answers(&mut used, end), answers(&mut fresh, end));
    }
}
