//! The hunt: finds logic that is broken on purpose, makes small what it finds, and draws the same from the same seed.

#[path = "canaries/broken.rs"]
#[allow(dead_code, reason = "the canaries' own tests use all of it")]
mod broken;
#[path = "canaries/gullible.rs"]
mod gullible;
#[path = "canaries/mistake.rs"]
#[allow(dead_code, reason = "the canaries' own tests use all of it")]
mod mistake;

use std::sync::atomic::AtomicBool;

use broken::Canary;
use firedrill::failover::Policy;
use firedrill::hunt::{Find, Hunt, Progress, State};
use firedrill::models::{Failover, Logic};
use mistake::Mistake;

/// Cases within which the mistake is found.
const CASES: u64 = 1_024;
/// Cases drawn with the logic as it is.
const SOUND: u64 = 128;
/// Cases hunted with the logic as it is.
const HUNTED: u64 = 1_024;
/// Cases within which each mistake of the canaries is looked for, unless `FIREDRILL_HUNT_EACH` says how many;
/// `FIREDRILL_HUNT_FOR` names the only mistake to look for.
const FOR_EACH: u64 = 4_096;
/// So many of them were found within so few cases when this was written.
const FOUND_LEAST: usize = 32;

fn hunted<L: Logic<Policy = Policy>>(logic: L, cases: u64, threads: usize) -> (Progress, Vec<Find>) {
    let stop = AtomicBool::new(false);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("there are threads");
    let hunt = Hunt { logic, seed: 1, given: None, stop: &stop };
    pool.install(|| hunt.go(cases, |_, finds| !finds.is_empty()))
}

#[test]
fn the_logic_as_it_is_shows_nothing_and_most_cases_can_be_run() {
    let (progress, finds) = hunted(Failover, HUNTED, 2);
    let found: Vec<_> = finds.iter().map(|find| (&find.complaint, &find.case)).collect();
    assert!(finds.is_empty(), "{found:#?}");
    assert!(progress.cases * 10 > HUNTED * 9, "{progress:?}");
    assert!(progress.reached > 100, "{progress:?}");
}

#[test]
fn what_is_drawn_depends_on_the_seed_and_not_on_threads() {
    assert_eq!(hunted(Failover, SOUND, 1).0, hunted(Failover, SOUND, 3).0);
}

#[test]
fn a_hunt_that_is_resumed_is_the_hunt_that_did_not_end() {
    let stop = AtomicBool::new(false);
    let hunt = Hunt { logic: Failover, seed: 1, given: None, stop: &stop };
    let mut whole = State::default();
    hunt.go_on(&mut whole, 2 * SOUND, |_, _| false);
    let mut half = State::default();
    hunt.go_on(&mut half, SOUND, |_, _| false);
    let text = half.to_json(1, None);
    let changed = text.replacen("\"next\":128", "\"next\":129", 1);
    assert_ne!(changed, text);
    assert!(State::from_json(&changed, None).is_err_and(|why| why.contains("changed")));
    let (mut resumed, seed) = State::from_json(&text, None).expect("it was just written");
    assert_eq!(seed, 1);
    hunt.go_on(&mut resumed, SOUND, |_, _| false);
    assert_eq!(resumed.to_json(1, None), whole.to_json(1, None));
}

#[test]
fn a_mistake_is_found_and_made_small() {
    let (progress, finds) = hunted(Canary(Mistake::SkipsTheFence), CASES, 2);
    let find = finds.first().unwrap_or_else(|| panic!("it is not found: {progress:?}"));
    let faults = find.case.disaster.faults.len();
    assert!(faults <= 3, "{faults} faults: {:#?}", find.case.disaster);
}

/// How many of the canaries' mistakes the hunt finds by itself: no scenario says where to look.
#[test]
#[ignore = "takes five minutes: `cargo test --release --test hunting -- --ignored --nocapture`"]
fn most_mistakes_are_found_without_a_scenario() {
    let each = std::env::var("FIREDRILL_HUNT_EACH")
        .map_or(FOR_EACH, |many| many.parse().expect("a number of cases"));
    let only = std::env::var("FIREDRILL_HUNT_FOR").ok();
    let is_wanted = |mistake: &Mistake| only.as_ref().is_none_or(|only| format!("{mistake:?}") == *only);
    let mut missed = Vec::new();
    for mistake in Mistake::ALL.into_iter().filter(is_wanted) {
        let (progress, finds) = hunted(Canary(mistake), each, 2);
        match finds.first() {
            None => {
                println!("{mistake:?}: not in {} cases", progress.cases);
                missed.push(mistake);
            }
            Some(find) => {
                let faults = find.case.disaster.faults.len();
                let class = &find.complaint.class;
                println!("{mistake:?}: case {}, {faults} faults: {class}", find.number);
            }
        }
    }
    assert!(Mistake::ALL.len() - missed.len() >= FOUND_LEAST, "not found: {missed:?}");
}
