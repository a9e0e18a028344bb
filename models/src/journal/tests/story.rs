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

/// Largest distance between the empirical distributions of two samples (Smirnov). Tied values step together, which
/// makes the test conservative for discrete data: its distance there is stochastically smaller than the
/// continuous one that the threshold is made for (Noether 1963).
pub(super) fn smirnov(a: &mut [u64], b: &mut [u64]) -> f64 {
    a.sort_unstable();
    b.sort_unstable();
    let (mut i, mut j, mut distance) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let value = a[i].min(b[j]);
        i += a[i..].partition_point(|x| *x <= value);
        j += b[j..].partition_point(|x| *x <= value);
        distance = distance.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    distance
}

/// The distance that two samples of `n` from one distribution exceed once in 10,000 comparisons:
/// sqrt(-ln(alpha / 2) / 2) * sqrt(2 / n), with alpha = 1e-4.
pub(super) fn smirnov_threshold(n: usize) -> f64 {
    2.2253 * (2.0 / n as f64).sqrt()
}
