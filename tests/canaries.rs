//! Canaries: failover logic that is broken on purpose. Every one must turn the verdict of a scenario of the catalogue
//! to fail within a thousand seeds, and `docs/canaries.md` says which does and how soon. After a change that is
//! meant: `UPDATE_DOCS=1 cargo test --test canaries`.

#[path = "canaries/broken.rs"]
mod broken;
#[path = "canaries/hunt.rs"]
mod hunt;
#[path = "canaries/mistake.rs"]
mod mistake;
#[path = "canaries/page.rs"]
mod page;

use std::collections::BTreeMap;

use firedrill::Campaign;
use hunt::{catalogue, hunt};
use mistake::Mistake;
use page::Catches;
use rayon::prelude::*;

/// Every canary must be caught within this many seeds.
const SEEDS: u64 = 1_000;

/// Beyond this many runs a catch that is not the first is not made again, only believed.
const MADE_AGAIN: u64 = 60;

/// Lets the mistake loose on every scenario, with as many seeds as `depth` says for it.
fn let_loose(mistake: Mistake, on: &[(String, Campaign)], depth: impl Fn(&str) -> u64 + Sync) -> Catches {
    let caught = on.par_iter().filter_map(|(name, campaign)| {
        let catch = hunt(mistake, campaign, depth(name))?;
        Some((name.clone(), catch))
    });
    caught.collect()
}

#[test]
fn every_canary_is_caught_as_the_page_says() {
    let catalogue = catalogue();
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        let all = Mistake::ALL.into_iter();
        page::write(&page::render(&all.map(|mistake| (mistake, let_loose(mistake, &catalogue, |_| SEEDS))).collect()));
    }
    let (text, told) = page::read();
    assert_eq!(text, page::render(&told), "written by hand? run this test with UPDATE_DOCS=1");
    for mistake in Mistake::ALL {
        let told = told.get(&mistake).unwrap_or_else(|| panic!("{mistake:?} is not on the page"));
        let (first, catch) = page::first(told).expect("the page names a scenario");
        assert!(catch.runs <= SEEDS, "{mistake:?} is caught too late");
        let made_again = |name: &str| match told.get(name) {
            Some(catch) if name == first || catch.runs <= MADE_AGAIN => catch.runs,
            _ => 0,
        };
        let again = let_loose(mistake, &catalogue, made_again);
        let wanted: Catches = told.clone().into_iter().filter(|(name, _)| made_again(name) > 0).collect();
        assert_eq!(again, wanted, "{mistake:?}: look at the change, then run this test with UPDATE_DOCS=1");
    }
}

#[test]
fn the_sound_logic_passes_on_the_same_seeds() {
    let catalogue = catalogue();
    let mut deepest: BTreeMap<String, u64> = BTreeMap::new();
    for catches in page::read().1.values() {
        let (scenario, catch) = page::first(catches).expect("the page names a scenario");
        let runs = deepest.entry(scenario.clone()).or_default();
        *runs = catch.runs.max(*runs);
    }
    let caught = let_loose(Mistake::None, &catalogue, |name| deepest.get(name).map_or(0, |runs| (*runs).max(100)));
    assert_eq!(caught, Catches::new());
}

#[test]
fn the_wrapper_alone_changes_nothing() {
    for (name, campaign) in catalogue() {
        let (with, without) = hunt::with_and_without_wrapper(&campaign, 5);
        assert_eq!(with, without, "{name}");
    }
}
