//! Audited runs: every action has its record, every record its action, and all damage is found.

#[path = "common/mod.rs"]
mod common;

use evidence::of;
use failover::audit::{injections, tamper, verify};
use firedrill_models::audit::{Audited, coverage};

const PLAN: &str = r#"(
    name: "p",
    regions: [
        (name: "east", clients: 4, writes_per_second: 40, sites: [
            (name: "e", nodes: [(name: "e1"), (name: "e2")]),
        ]),
        (name: "west", sites: [(name: "w", nodes: [(name: "w1"), (name: "w2")])]),
        (name: "north", sites: [(name: "n", nodes: [(name: "n1", witness: true)])]),
    ],
    database: (engine: PostgreSql15, durability: Async, primary: "e1", watchdog: "12s"),
    policy: (prefer_regions: ["east", "west"], failback: After("30s")),
    objectives: (recovery_time: "10m", recovery_point: "10m"),
)"#;

const DISASTERS: [&str; 7] = [
    r#"(at: Between("30s", "60s"), strike: RegionLoss("east"), heal_after: "2m")"#,
    r#"(at: Between("30s", "60s"), strike: Crash("e1"), heal_after: "1m"),
       (at: Between("30s", "90s"), strike: CrashAgent("w1"), heal_after: "5s")"#,
    r#"(at: Between("30s", "60s"), strike: Partition(["e1"], ["e2", "west", "north"]), heal_after: "2m")"#,
    r#"(at: Between("30s", "60s"), strike: FullDisk("e1"), heal_after: "3m"),
       (at: "4m", strike: SlowDisk(node: "e2", times: 300), heal_after: "2m")"#,
    r#"(at: Between("30s", "60s"), strike: CrashDatabase("e1"), heal_after: "1m"),
       (at: Between("40s", "80s"), strike: FailedPromotion(node: "e2", times: 1), heal_after: "2m")"#,
    // Records take seconds to get to the disk, and the agent dies in between.
    r#"(at: "20s", strike: SlowDisk(node: "w1", times: 2000), heal_after: "5m"),
       (at: Between("60s", "65s"), strike: Crash("e1"), heal_after: "2m"),
       (at: Between("76s", "84s"), strike: CrashAgent("w1"), heal_after: "20s")"#,
    r#"(at: "30s", strike: CrashAgent("$any"), lasts: Uniform("1s", "20s"), again: (every: Uniform("3s", "20s"), times: 20)),
       (at: Between("40s", "60s"), strike: HangAgent("$primary"), heal_after: "40s")"#,
];

fn audited(disaster: &str, seed: u64) -> Audited {
    common::world(&[("plan.ron", PLAN)], disaster, "20m").audited(seed)
}

/// Each as a sentence of its own, so that a failure names disaster and seed.
fn each(mut look: impl FnMut(&Audited, &str)) {
    for (index, disaster) in DISASTERS.iter().enumerate() {
        for seed in 0..20 {
            look(&audited(disaster, seed), &format!("disaster {index}, seed {seed}"));
        }
    }
}

#[test]
fn every_action_has_its_record_and_every_record_its_action() {
    let _evidence = of(&["Q-20"]);
    let mut lost = 0;
    each(|audited, place| {
        assert!(audited.is_kept());
        assert_eq!(coverage(&audited.trails, &audited.actions), [], "{place}");
        assert_eq!(audited.record.assurance.auditing.unrecorded, Some(0), "{place}");
        lost += audited.lost();
    });
    assert!(lost > 0, "no crash ever came between a decision and its record");
}

#[test]
fn every_trail_verifies_against_what_the_others_remember() {
    each(|audited, place| {
        for trail in &audited.trails {
            assert!(trail.verify().is_ok(), "{place}: {}: {:?}", trail.name, trail.verify());
            assert!(!trail.anchors.is_empty() && !trail.records.is_empty(), "{place}: {}", trail.name);
        }
        assert_eq!(audited.record.violations, [], "{place}");
    });
}

#[test]
fn all_damage_to_a_trail_of_a_real_failover_is_found() {
    let _evidence = of(&["Q-20"]);
    let audited = audited(DISASTERS[0], 1);
    for trail in &audited.trails {
        let anchored = trail.anchors.iter().max().expect("there are others").number;
        for injection in injections(anchored as usize) {
            let damaged = tamper(&trail.records, injection);
            assert!(verify(&damaged, &trail.anchors).is_err(), "{}: {injection:?}", trail.name);
        }
    }
}

/// A record that is missing is missed, whichever it is.
#[test]
fn a_record_that_is_left_out_leaves_an_action_without_one() {
    let mut audited = audited(DISASTERS[0], 2);
    let decides = |audited: &Audited, node: usize| {
        let records = &audited.trails[node].records;
        records.iter().position(|record| matches!(record.entry, failover::audit::Entry::Decides(_)))
    };
    for node in 0..audited.trails.len() {
        let place = decides(&audited, node).expect("every node decides something");
        let record = audited.trails[node].records.remove(place);
        assert_eq!(coverage(&audited.trails, &audited.actions).len(), 1, "{record:?}");
        audited.trails[node].records.insert(place, record);
    }
}
