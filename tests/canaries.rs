//! Canaries: failover logic that is broken on purpose. Every one must turn the verdict of a scenario of the catalogue
//! to fail within a thousand seeds, and `docs/canaries.md` says which does and how soon. After a change that is
//! meant: `UPDATE_DOCS=1 cargo test --test canaries`, which looks everywhere and takes an hour, or `UPDATE_DOCS=told`,
//! which looks only where the page already says that a mistake is caught, and everywhere for mistakes that are new to it.

#[path = "canaries/broken.rs"]
mod broken;
#[path = "support/ci.rs"]
mod ci;
#[path = "canaries/gullible.rs"]
mod gullible;
#[path = "canaries/hunt.rs"]
mod hunt;
#[path = "canaries/mistake.rs"]
mod mistake;
#[path = "canaries/page.rs"]
mod page;

use std::collections::BTreeMap;
use std::path::PathBuf;

use broken::Canary;
use ci::is_ci;
use firedrill::Campaign;
use firedrill::models::Failover;
use hunt::{catalogue, hunt, of_catalogue};
use mistake::Mistake;
use page::Catches;
use rayon::prelude::*;
use scenarios::{Budget, lint};

/// Every canary must be caught within this many seeds.
const SEEDS: u64 = 1_000;

/// What to do about a page that is out of date.
const LOOK: &str = "look at the change, then run this test with UPDATE_DOCS=1";

/// The page tells of every scenario that catches a canary within this many seeds.
const TOLD: u64 = 30;

/// Lets the mistake loose on every scenario, with as many seeds as `depth` says for it.
fn let_loose(mistake: Mistake, depth: impl Fn(&str) -> u64 + Sync) -> Catches {
    let_loose_on(catalogue(Canary(mistake)), depth)
}

fn let_loose_on(scenarios: Vec<(String, Campaign<Canary>)>, depth: impl Fn(&str) -> u64 + Sync) -> Catches {
    let caught = scenarios.into_par_iter().filter_map(|(name, campaign)| {
        let catch = hunt(&campaign, depth(&name))?;
        Some((name, catch))
    });
    caught.collect()
}

/// Lets it loose again where it is told to be caught, for as many seeds as that is said to take.
fn let_loose_again(mistake: Mistake, told: &Catches) -> Catches {
    let of_file = |stem: &str| told.keys().any(|name| name.split('/').next() == Some(stem));
    let depth = |name: &str| told.get(name).map_or(0, |catch| catch.runs);
    let_loose_on(of_catalogue(Canary(mistake), of_file), depth)
}

/// All that the page tells of a mistake; deeper only where that is nothing, and no deeper than it takes.
fn catches_of(mistake: Mistake) -> Catches {
    let depths = [TOLD, 100, 300, SEEDS].into_iter();
    depths.map(|depth| let_loose(mistake, |_| depth)).find(|found| !found.is_empty()).unwrap_or_default()
}

/// What the scenarios that the page names still catch: a minute instead of an hour, and no scenario that is new to it.
fn told_again() -> std::collections::BTreeMap<Mistake, Catches> {
    let (_, told) = page::read();
    let again = |mistake| {
        let known = |name: &str| told.get(&mistake).is_none_or(|catches| catches.contains_key(name));
        let depths = [TOLD, SEEDS].into_iter();
        let found = depths.map(|depth| let_loose(mistake, |name| if known(name) { depth } else { 0 }));
        (mistake, found.into_iter().find(|found| !found.is_empty()).unwrap_or_default())
    };
    Mistake::ALL.into_iter().map(again).collect()
}

#[test]
fn every_canary_is_caught_as_the_page_says() {
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        let found = Mistake::ALL.into_iter().map(|mistake| (mistake, catches_of(mistake)));
        page::write(&page::render(&found.collect()));
    }
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "told") {
        page::write(&page::render(&told_again()));
    }
    let (text, told) = page::read();
    assert_eq!(text, page::render(&told), "written by hand? run this test with UPDATE_DOCS=1");
    for mistake in Mistake::ALL {
        let told = told.get(&mistake).unwrap_or_else(|| panic!("{mistake:?} is not on the page"));
        let (first, catch) = page::first(told).expect("the page names a scenario");
        // That dozens of others still catch it at the very run takes a minute, and rarely fails where the first does.
        let told: Catches = told.clone().into_iter().filter(|(name, _)| is_ci() || name == first).collect();
        let again = let_loose_again(mistake, &told);
        let runs = |catches: &Catches| -> Vec<(String, u64)> {
            catches.iter().map(|(name, catch)| (name.clone(), catch.runs)).collect()
        };
        assert_eq!(runs(&again), runs(&told), "{mistake:?}: {LOOK}");
        assert_eq!(again.get(first), Some(catch), "{mistake:?}: {LOOK}");
        assert!(catch.runs <= SEEDS, "{mistake:?} is caught too late");
    }
}

/// Threats come with the scenario that is there for each.
const THREATS: [(Mistake, &str); 8] = [
    (Mistake::AcceptsAnyRole, "roles"),
    (Mistake::AcceptsUnsigned, "unauthorised-request"),
    (Mistake::ActsWithoutPeople, "manual-failover"),
    (Mistake::ApprovesItsOwn, "separation-of-duties"),
    (Mistake::CountsOldGrants, "split-brain-attack"),
    (Mistake::ForgetsRequests, "replayed-request"),
    (Mistake::HasNoRateLimit, "request-flood"),
    (Mistake::IgnoresTheWindow, "scheduled-failover"),
];

#[test]
fn every_threat_is_caught_by_the_scenario_that_is_there_for_it() {
    for (mistake, scenario) in THREATS {
        let catalogue: BTreeMap<_, _> = catalogue(Canary(mistake)).into_iter().collect();
        let catch = hunt(&catalogue[scenario], SEEDS);
        let catch = catch.unwrap_or_else(|| panic!("{mistake:?} gets past {scenario}"));
        println!("{mistake:?} in {scenario}: {} after {}", catch.by, catch.runs);
    }
}

#[test]
fn what_is_played_back_is_caught_where_it_counts() {
    for name in ["played-back", "lag-limit-of-forgetful-voters"] {
        let file = PathBuf::from(format!("scenarios/regressions/{name}.ron"));
        let load = |mistake| Campaign::services_with_logic(Canary(mistake), &file, &[]).expect("it is sound");
        let caught = |mistake| load(mistake).iter().any(|campaign| hunt(campaign, MECHANISM).is_some());
        assert!(caught(Mistake::CountsTwice), "{name}");
        assert!(!caught(Mistake::None), "{name}");
    }
}

/// Scenarios that no part of the logic makes pass, and why that is so.
const WITHOUT: [(&str, &str); 2] = [
    ("active-active-partition", "both sides go on by design; what that costs is drawn by the world"),
    (
        "gray-primary",
        "it shows what the logic does not see: it judges by heartbeats, not by what clients are served",
    ),
];

/// A scenario must fail without its mechanism within so many seeds.
const MECHANISM: u64 = 100;

#[test]
fn every_scenario_fails_without_the_mechanism_that_it_names() {
    let named: BTreeMap<&str, Mistake> =
        Mistake::ALL.into_iter().map(|mistake| (mistake.mechanism(), mistake)).collect();
    assert_eq!(named.len(), Mistake::ALL.len(), "two mistakes take the same mechanism away");
    let files = scenarios::discover(&[PathBuf::from("scenarios/qnwis")]).expect("there is a catalogue");
    let problem = |file: &PathBuf| {
        let load = |mistake| Campaign::services_with_logic(Canary(mistake), file, &[]);
        let sound = load(Mistake::None).unwrap_or_else(|error| panic!("{error}"));
        let Some(mechanism) = sound[0].scenario().mechanism.clone() else {
            return Some(format!("{}: names no mechanism", file.display()));
        };
        if WITHOUT.iter().any(|(name, _)| *name == sound[0].scenario().name) {
            return (mechanism != "none")
                .then(|| format!("{}: no longer without a mechanism", file.display()));
        }
        let Some(mistake) = named.get(mechanism.as_str()) else {
            return Some(format!("{}: no canary takes '{mechanism}' away", file.display()));
        };
        let broken = load(*mistake).unwrap_or_else(|error| panic!("{error}"));
        let caught = broken.iter().any(|campaign| hunt(campaign, MECHANISM).is_some());
        (!caught).then(|| format!("{}: passes without its '{mechanism}'", file.display()))
    };
    let problems: Vec<String> = files.par_iter().filter_map(problem).collect();
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn the_sound_logic_passes_on_the_same_seeds() {
    let mut deepest: BTreeMap<String, u64> = BTreeMap::new();
    for (scenario, catch) in page::read().1.into_values().flatten() {
        let runs = deepest.entry(scenario).or_default();
        *runs = catch.runs.max(*runs);
    }
    let caught = let_loose(Mistake::None, |name| deepest.get(name).copied().unwrap_or(0));
    assert_eq!(caught, Catches::new());
}

#[test]
fn the_wrapper_alone_changes_nothing() {
    for ((name, wrapped), (_, sound)) in catalogue(Canary(Mistake::None)).iter().zip(catalogue(Failover)) {
        assert_eq!(wrapped.run_one(5), sound.run_one(5), "{name}");
        // What it says of a plan, too: an oracle that asks it for the sum of a failover's stages complained of a sum without any.
        let (wrapped, sound) = (wrapped.scenario(), sound.scenario());
        let sums = (Budget::of::<Canary>(&wrapped.plan), Budget::of::<Failover>(&sound.plan));
        assert_eq!(sums.0.addition(), sums.1.addition(), "{name}");
        let found = (format!("{:?}", lint(wrapped)), format!("{:?}", lint(sound)));
        assert_eq!(found.0, found.1, "{name}");
    }
}
