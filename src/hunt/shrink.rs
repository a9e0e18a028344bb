//! The smallest case that still shows what was found.

use std::sync::atomic::{AtomicBool, Ordering};

use failover::Policy;
use models::Logic;
use rayon::prelude::*;

use super::case::Case;
use super::oracles::{self, Complaint};

/// Runs in which a smaller case may show it.
const SEEDS: u64 = 8;
/// Cases tried at most.
const TRIES_MAX: usize = 400;

/// Takes away one thing after the other as long as the same complaint is heard. Every case that is tried is run for a few
/// seeds: with one fault less, another run of it may show the same.
pub(super) fn smallest<L: Logic<Policy = Policy>>(
    logic: &L,
    case: &Case,
    complaint: Complaint,
    seed: u64,
    stop: &AtomicBool,
) -> (Case, Complaint, u64) {
    let (mut smallest, mut tries) = ((case.clone(), complaint, seed), 0);
    loop {
        let simpler = smallest.0.simpler();
        tries += simpler.len();
        if tries >= TRIES_MAX {
            return smallest;
        }
        let class = smallest.1.class.clone();
        let shows = |case: Case| {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let (complaint, seed) = oracles::shows(logic, &case, &class, SEEDS)?;
            Some((case, complaint, seed))
        };
        // The first of them, whichever thread is done first.
        match simpler.into_par_iter().find_map_first(shows) {
            Some(found) => smallest = found,
            None => return smallest,
        }
    }
}
