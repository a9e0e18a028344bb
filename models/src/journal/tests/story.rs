//! What tests say in a line: times in seconds or milliseconds, and two-sample comparison.

use sim::{SimTime, Streams};
use units::Span;

use crate::journal::{Durability, Eager, Journal, Lazy, Store};

/// A link nobody waits at.
pub(super) const FAST: u64 = 1_000_000;

pub(super) fn at_ms(millis: u64) -> SimTime {
    SimTime::ZERO + Span::from_millis(millis)
}

pub(super) fn ms(millis: u64) -> Span {
    Span::from_millis(millis)
}

pub(super) fn lazy(stores: usize, durability: Durability, seed: u64) -> Lazy {
    let mut journal = Lazy::new(stores, durability, "orders");
    journal.reset(Streams::new(seed));
    journal
}

pub(super) fn eager(stores: usize, durability: Durability, seed: u64) -> Eager {
    let mut journal = Eager::new(stores, durability, "orders");
    journal.reset(Streams::new(seed));
    journal
}

/// The most advanced of some stores; the first of equals.
pub(super) fn most_advanced(journal: &mut dyn Journal, now: SimTime, stores: &[Store]) -> Store {
    let mut best = stores[0];
    for store in &stores[1..] {
        if journal.position(now, *store) > journal.position(now, best) {
            best = *store;
        }
    }
    best
}
