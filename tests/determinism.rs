//! One seed, one history: twice in lock step, on one thread and on two, in another process, in another profile,
//! and when the world is built without the crates around it.

#[path = "determinism/builds.rs"]
mod builds;
#[path = "determinism/canary.rs"]
mod canary;
#[path = "support/ci.rs"]
mod ci;

use std::path::{Path, PathBuf};

use ci::is_ci;
use firedrill::Campaign;
use rayon::prelude::*;

/// Of each of some two hundred scenarios, three times: a world that remembers does so from its second run on.
fn seeds() -> std::ops::Range<u64> {
    0..if is_ci() { 24 } else { 8 }
}

/// The scenarios of the catalogue, which tests of drafts and loaders are not part of.
fn catalogue() -> Vec<PathBuf> {
    let all = firedrill::scenarios::discover(&[PathBuf::from("scenarios")]).expect("there is a catalogue");
    let of_loader = |path: &PathBuf| path.starts_with("scenarios/src") || path.starts_with("scenarios/tests");
    let found: Vec<PathBuf> = all.into_iter().filter(|path| !of_loader(path)).collect();
    assert!(found.len() >= 8, "the catalogue has shrunk to {found:?}");
    found
}

/// Of a scenario, each service that takes part.
fn campaigns(path: &Path) -> Vec<Campaign> {
    Campaign::load_services(path, &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// All of the catalogue.
fn all_campaigns() -> impl Iterator<Item = Campaign> {
    catalogue().into_iter().flat_map(|path| campaigns(&path))
}

#[test]
fn two_runs_of_one_seed_in_lock_step_agree_on_every_event() {
    all_campaigns().collect::<Vec<_>>().par_iter().for_each(|campaign| {
        for seed in (0..6).chain([u64::MAX, 1 << 63]) {
            let difference = campaign.double_run(seed);
            assert!(difference.is_none(), "{}: {}", campaign.replay_command(seed), difference.unwrap());
        }
    });
}

#[test]
fn threads_and_the_order_of_runs_leave_no_trace() {
    for campaign in all_campaigns() {
        let alone = campaign.run(seeds(), 1, |_| ()).expect("a thread");
        let together = campaign.run(seeds(), 2, |_| ()).expect("two threads");
        assert_eq!(alone, together, "{}", campaign.name());
        let backwards: Vec<_> = seeds().rev().map(|seed| campaign.run_one(seed)).collect();
        assert!(alone.iter().eq(backwards.iter().rev()), "{}", campaign.name());
    }
}

#[test]
fn seeds_tell_runs_apart() {
    let campaign = all_campaigns().next().expect("there is a catalogue");
    let mut digests: Vec<u64> =
        campaign.run(0..200, 2, |_| ()).expect("threads").iter().map(|run| run.digest).collect();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), 200);
}
