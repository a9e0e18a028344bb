//! What durability promises: whoever is promoted by a read quorum has all that clients were told.

use proptest::prelude::*;
use sim::{Key, SimTime, Streams};
use units::Span;

use super::schedule::STORES;
use super::story::{FAST, at_ms, eager, lazy, most_advanced, ms};
use crate::journal::{Durability, Journal, Loss, Store};

/// What happens to a standby while a primary lives: its link is cut, comes back or changes its speed.
type Trouble = (Span, Store, Option<(Span, u64)>);
/// One primary's time in office, and which standbys can be reached when it has died (a rotation of the list).
type Office = (Vec<Trouble>, usize);

fn offices() -> impl Strategy<Value = Vec<Office>> {
    let link = (0..200u64, prop_oneof![Just(FAST), 1..200u64]).prop_map(|(delay, speed)| (ms(delay), speed));
    let trouble = ((1..400u64).prop_map(ms), 0..STORES, prop::option::weighted(0.7, link));
    prop::collection::vec((prop::collection::vec(trouble, 1..12), 0..STORES), 1..5)
}

fn strike(
    journal: &mut dyn Journal,
    now: SimTime,
    primary: Store,
    replica: Store,
    link: Option<(Span, u64)>,
) {
    match link {
        _ if replica == primary => {}
        None => journal.cut(now, replica),
        Some((delay, speed)) if replica.is_multiple_of(2) => {
            journal.stream(now, replica, primary, delay, speed).expect("rewound when the primary was opened");
        }
        Some((_, speed)) => journal.throttle(now, replica, speed),
    }
}

/// Lets one primary after the other serve and die; promotes the most advanced of `reachable` standbys each time.
fn serve(journal: &mut dyn Journal, offices: &[Office], reachable: usize) -> Vec<Loss> {
    let (mut now, mut primary, mut losses) = (SimTime::ZERO, 0, Vec::new());
    for (epoch, (troubles, rotation)) in (1..).zip(offices) {
        journal.write_rate(now, primary, 150);
        journal.open(now, primary, epoch);
        let mut standbys: Vec<Store> = (0..STORES).filter(|store| *store != primary).collect();
        for replica in &standbys {
            journal.rewind(now, *replica, primary);
            journal
                .stream(now, *replica, primary, ms(20 + 10 * *replica as u64), FAST)
                .expect("just rewound");
        }
        for (pause, replica, link) in troubles {
            now += *pause;
            strike(journal, now, primary, *replica, *link);
        }
        journal.close(now, primary);
        (0..STORES).for_each(|store| journal.cut(now, store));
        standbys.rotate_left(rotation % (STORES - 1));
        primary = most_advanced(journal, now, &standbys[..reachable]);
        losses.push(journal.losses(now, primary));
    }
    losses
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A write acknowledged by k of n standbys is in every group of n - k + 1.
    #[test]
    fn a_read_quorum_meets_every_write_quorum(offices in offices(), k in 1..STORES as u32, seed: u64) {
        let reachable = STORES - k as usize;
        let all = || vec![2, 0, 3, 1];
        for mode in [Durability::Quorum(k), Durability::First(k, all()), Durability::Any(k, all())] {
            for loss in serve(&mut lazy(STORES, mode.clone(), seed), &offices, reachable) {
                prop_assert_eq!(loss, Loss::default());
            }
            for loss in serve(&mut eager(STORES, mode, seed), &offices, reachable) {
                prop_assert_eq!(loss, Loss::default());
            }
        }
    }

    /// Only one standby need have it, and it may be any: all have to be asked.
    #[test]
    fn the_best_of_all_standbys_has_every_synchronous_write(offices in offices(), seed: u64) {
        let mode = Durability::Sync(vec![1, 2, 3, 0]);
        for loss in serve(&mut lazy(STORES, mode.clone(), seed), &offices, STORES - 1) {
            prop_assert_eq!(loss, Loss::default());
        }
        for loss in serve(&mut eager(STORES, mode, seed), &offices, STORES - 1) {
            prop_assert_eq!(loss, Loss::default());
        }
    }
}

/// One of two standbys suffices for the acknowledgement, and the other one is promoted.
fn losses_outside_the_quorum(journal: &mut dyn Journal, slow_link: Span) -> Loss {
    journal.write_rate(at_ms(0), 0, 200);
    journal.open(at_ms(0), 0, 1);
    journal.stream(at_ms(0), 1, 0, ms(5), FAST).unwrap();
    journal.stream(at_ms(0), 2, 0, slow_link, FAST).unwrap();
    journal.close(at_ms(3_000), 0);
    (1..3).for_each(|standby| journal.cut(at_ms(3_000), standby));
    journal.losses(at_ms(3_000), 2)
}

/// The canary: were nothing ever lost, the promises above would be worth nothing.
#[test]
fn a_survivor_outside_the_read_quorum_loses_sometimes() {
    let lossy = |seed: u64| {
        let link = Streams::new(seed).stream(Key::new("slow link", "delay")).between(ms(1), ms(40));
        let fluid = losses_outside_the_quorum(&mut lazy(3, Durability::Quorum(1), seed), link);
        let exact = losses_outside_the_quorum(&mut eager(3, Durability::Quorum(1), seed), link);
        [fluid, exact].map(|loss| usize::from(loss.writes > 0))
    };
    let [fluid, exact] = (0..200).map(lossy).fold([0, 0], |[a, b], [c, d]| [a + c, b + d]);
    assert!((80..180).contains(&fluid), "{fluid} of 200 fluid runs lose");
    assert!((80..180).contains(&exact), "{exact} of 200 exact runs lose");
}
