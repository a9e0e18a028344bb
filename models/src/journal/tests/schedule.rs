//! Random histories: anything the world might do to a journal, in any order.

use proptest::prelude::*;
use sim::SimTime;
use units::Span;

use crate::journal::{Diverged, Journal, Store};

pub(super) const STORES: usize = 4;

#[derive(Clone, Debug)]
pub(super) enum Step {
    Open(Store),
    Close(Store),
    Rate(Store, u64),
    Stream(Store, Store, Span, u64),
    /// As a stream that its source does not count yet.
    CatchUp(Store, Store, Span, u64),
    Count(Store),
    /// The stream is cut, and its source does not notice.
    Lose(Store),
    Miss(Store),
    /// A primary waits for its standbys, or goes on alone.
    Wait(Store, bool),
    Throttle(Store, u64),
    Cut(Store),
    Rewind(Store, Store),
    /// A full copy: everything dropped, then what the other holds.
    Replace(Store, Store),
}

/// Steps with the pause before each.
pub(super) type Schedule = Vec<(Span, Step)>;

/// `speed`: what streams may carry, in writes per second.
pub(super) fn schedules(
    speed: impl Strategy<Value = u64> + Clone + 'static,
) -> impl Strategy<Value = Schedule> {
    let store = 0..STORES;
    let delay = prop_oneof![Just(0u64), 1..200u64].prop_map(Span::from_millis);
    let step = prop_oneof![
        2 => store.clone().prop_map(Step::Open),
        1 => store.clone().prop_map(Step::Close),
        3 => (store.clone(), prop_oneof![Just(0u64), 1..200u64]).prop_map(|(store, rate)| Step::Rate(store, rate)),
        // A store never follows itself.
        6 => (store.clone(), 1..STORES, delay.clone(), speed.clone()).prop_map(|(replica, further, delay, speed)| {
            Step::Stream(replica, (replica + further) % STORES, delay, speed)
        }),
        2 => (store.clone(), 1..STORES, delay.clone(), speed.clone()).prop_map(|(replica, further, delay, speed)| {
            Step::CatchUp(replica, (replica + further) % STORES, delay, speed)
        }),
        1 => store.clone().prop_map(Step::Count),
        1 => store.clone().prop_map(Step::Lose),
        1 => store.clone().prop_map(Step::Miss),
        1 => (store.clone(), any::<bool>()).prop_map(|(store, waits)| Step::Wait(store, waits)),
        2 => (store.clone(), speed).prop_map(|(store, speed)| Step::Throttle(store, speed)),
        1 => store.clone().prop_map(Step::Cut),
        3 => (store.clone(), store.clone()).prop_map(|(store, survivor)| Step::Rewind(store, survivor)),
        1 => (store, 1..STORES).prop_map(|(store, further)| Step::Replace(store, (store + further) % STORES)),
    ];
    prop::collection::vec(((1..700u64).prop_map(Span::from_millis), step), 1..40)
}

/// Does one step; epochs are numbered by the steps.
pub(super) fn take(journal: &mut dyn Journal, now: SimTime, epoch: u64, step: &Step) -> Result<(), Diverged> {
    match *step {
        Step::Open(store) => journal.open(now, store, epoch),
        Step::Close(store) => journal.close(now, store),
        Step::Rate(store, per_second) => journal.write_rate(now, store, per_second),
        Step::Stream(replica, source, delay, speed) => {
            return journal.stream(now, replica, source, delay, speed);
        }
        Step::CatchUp(replica, source, delay, speed) => {
            return journal.catch_up(now, replica, source, delay, speed);
        }
        Step::Count(replica) => journal.count(now, replica),
        Step::Lose(replica) => journal.lose(now, replica),
        Step::Miss(replica) => journal.miss(now, replica),
        Step::Wait(store, waits) => journal.wait_for_standbys(now, store, waits),
        Step::Throttle(store, speed) => journal.throttle(now, store, speed),
        Step::Cut(store) => journal.cut(now, store),
        Step::Rewind(store, survivor) => {
            journal.rewind(now, store, survivor);
        }
        Step::Replace(store, source) => {
            journal.wipe(now, store);
            journal.adopt(now, store, source);
        }
    }
    Ok(())
}

/// Does all steps, with `after` called a moment after each; the time when it is over.
pub(super) fn play<J: Journal>(
    journal: &mut J,
    schedule: &Schedule,
    mut after: impl FnMut(&mut J, SimTime, &Step),
) -> SimTime {
    let mut now = SimTime::ZERO;
    for (index, (pause, step)) in schedule.iter().enumerate() {
        now += *pause;
        // A refused stream is part of the history: the journal must be as it was.
        let _refused = take(journal, now, index as u64 + 1, step);
        after(journal, now, step);
    }
    now + Span::from_secs(1)
}
