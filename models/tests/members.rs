//! Large clusters, of which few vote.

mod common;

use std::fmt::Write;

use failover::Concern;
use firedrill_models::{Probed, RunRecord, What};
use sim::Agenda;
use units::Span;

/// `count` nodes in three regions, of which the first three vote. `c` has the preferred ones: promoted is the last.
fn plan(count: usize) -> String {
    plan_with(count, 3)
}

/// The same with so many voters.
fn plan_with(count: usize, voters: usize) -> String {
    let nodes = |region: usize| {
        (region..count).step_by(3).fold(String::new(), |mut nodes, n| {
            let (votes, capacity) = (n < voters, 1_000 + n);
            write!(nodes, r#"(name: "n{n}", votes: {votes}, capacity: {capacity}), "#)
                .expect("a string grows");
            nodes
        })
    };
    let region = |(place, name): (usize, &str)| {
        let nodes = nodes(place);
        format!(
            r#"(name: "{name}", clients: 2, writes_per_second: 20, sites: [(name: "{name}s", nodes: [{nodes}])]),"#
        )
    };
    let regions: String = ["a", "b", "c"].into_iter().enumerate().map(region).collect();
    format!(
        r#"(name: "large", regions: [{regions}],
            database: (engine: PostgreSql15, durability: Async, primary: "n0", watchdog: "12s"),
            policy: (prefer_regions: ["c"]), objectives: (recovery_time: "10m", recovery_point: "15m"))"#
    )
}

fn runs(count: usize, faults: &str, seeds: std::ops::Range<u64>) -> Vec<RunRecord> {
    let (plan, mut agenda) = (plan(count), Agenda::new());
    let mut world = common::world(&[("plan.ron", &plan)], faults, "30m");
    seeds.map(|seed| world.run(seed, &mut agenda)).collect()
}

const LOST: &str = r#"(at: "60s", strike: RegionLoss("a"))"#;

/// They hear of decisions from the primary and from whoever leads consensus. Where those two are one, both are silent until another
/// leads, which takes many heartbeats here.
#[test]
fn to_members_without_a_vote_an_ordinary_failover_is_no_lost_majority() {
    let people =
        r#"alerts: (channels: [(name: "pager", delay: Constant("1s"))]), policy: (heartbeat: "1s", "#;
    let plan = plan(6).replace("policy: (", people);
    let mut world = common::world(&[("plan.ron", &plan)], LOST, "30m");
    for seed in 0..40 {
        let notes = world.replay(seed).notes;
        let told = |concern| {
            notes.iter().any(|(_, note)| matches!(note.what, What::Alerts(alert) if alert.what == concern))
        };
        assert!(told(Concern::FailoverCompletes { epoch: 2 }), "seed {seed}");
        assert!(!told(Concern::QuorumLost), "seed {seed}");
    }
}

/// Node numbers do not fit a byte here.
#[test]
fn of_three_hundred_members_the_last_takes_over_and_all_others_follow() {
    let faults = r#"(at: "60s", strike: RegionLoss("a"), heal_after: "3m")"#;
    for run in runs(300, faults, 0..2) {
        assert_eq!((run.promoted.as_slice(), run.violations.len()), (&[299][..], 0));
        assert!(run.converged, "{run:?}");
        assert!(run.recovery_time.at_least() < Span::from_secs(120), "{}", run.recovery_time.at_least());
    }
}

#[test]
fn a_large_cluster_has_one_history_for_each_seed() {
    let digests = |seeds| runs(280, LOST, seeds).iter().map(|run| run.digest).collect::<Vec<u64>>();
    let (alone, after_another) = (digests(7..8), digests(6..8));
    assert_eq!(alone[0], after_another[1]);
    assert_ne!(after_another[0], after_another[1]);
}

/// Every message of every run.
fn stepped(count: usize, faults: &str, seeds: std::ops::Range<u64>) -> Vec<RunRecord> {
    let (plan, mut agenda) = (plan(count), Agenda::new());
    let mut world = common::world(&[("plan.ron", &plan)], faults, "30m").without_leaps();
    seeds.map(|seed| world.run(seed, &mut agenda)).collect()
}

/// Messages grow with voters times members, not with the square of the members. Each is sent: what leaps spare is another
/// matter.
#[test]
fn twice_the_members_take_twice_the_events() {
    let events = |count| stepped(count, LOST, 0..3).iter().map(|run| run.events).sum::<u64>();
    let (some, many) = (events(60), events(120));
    assert!(many < some * 9 / 4, "{some} events with 60 members, {many} with 120");
}

/// Of the five that are left of seven one votes: whoever counts the others finds a majority.
#[test]
fn a_majority_of_members_is_none_of_voters() {
    let faults = r#"(at: "60s", strike: Silence("n1")), (at: "60s", strike: Silence("n2"))"#;
    for run in runs(7, faults, 0..10) {
        assert!(run.failovers == 0 && run.violations.is_empty(), "{:?}", run.violations);
        assert!(run.recovery_time.at_least() > Span::from_secs(600), "nobody serves for the rest of the run");
        assert!(run.quorum_present < Span::from_secs(61), "{}", run.quorum_present);
    }
}

/// Most members hear nobody but the primary, and that is as it should be.
#[test]
fn every_member_of_a_large_cluster_is_there_whether_it_votes_or_not() {
    let plan = plan_with(60, 9);
    let later = r#"(at: "20m", strike: RegionLoss("a"))"#;
    let mut world = common::world(&[("plan.ron", &plan)], later, "30m").without_leaps();
    let presence = world.probe(0, Span::from_secs(120));
    let missing: Vec<_> = presence.missing().collect();
    assert!(missing.is_empty() && presence.count(Probed::Agent) == 60, "{missing:#?}");
}

#[test]
fn a_trail_that_is_tampered_with_is_told_from_that_of_a_node_with_a_smaller_number() {
    let faults = r#"(at: "60s", strike: RegionLoss("a"), heal_after: "10m"),
                    (at: "3m", strike: TamperedTrail(node: "n133", how: Flip)),
                    (at: "200s", strike: CrashAgent("n133"), heal_after: "5s")"#;
    let plan = plan(135);
    let audited = common::world(&[("plan.ron", &plan)], faults, "15m").audited(1);
    let tampered = audited.trails.iter().filter(|trail| trail.tampered).map(|trail| trail.name.as_str());
    assert_eq!(tampered.collect::<Vec<_>>(), ["n133"]);
    let shown = audited.record.assurance.auditing;
    assert_eq!((shown.tampered, shown.unnoticed, audited.record.violations.len()), (1, 0, 0));
}
