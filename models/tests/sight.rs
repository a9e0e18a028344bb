//! Measures do not lose sight: of clients that were cut off, of databases without agents, of failovers overtaken by others.

mod common;

use firedrill_models::{RunRecord, World};
use scenarios::Invariant;
use sim::Agenda;
use units::{Measured, Span};

const PLAN: &str = r#"(
    name: "small",
    regions: [
        (name: "a", clients: 6, writes_per_second: 60, sites: [(name: "as", nodes: [(name: "a1"), (name: "a2")])]),
        (name: "b", clients: 4, writes_per_second: 40, sites: [(name: "bs", nodes: [(name: "b1"), (name: "b2")])]),
        (name: "c", clients: 2, writes_per_second: 20, sites: [(name: "cs", nodes: [(name: "c1")])]),
    ],
    database: (engine: PostgreSql15, durability: Async, primary: "a1"),
    policy: (),
    objectives: (recovery_time: "10m", recovery_point: "15m"),
)"#;

fn runs(faults: &str) -> Vec<RunRecord> {
    let mut world: World = common::world(&[("plan.ron", PLAN)], faults, "30m");
    let mut agenda = Agenda::new();
    (0..30).map(|seed| world.run(seed, &mut agenda)).collect()
}

fn minutes(minutes: u64) -> Span {
    Span::from_secs(60 * minutes)
}

#[test]
fn clients_that_were_cut_off_count_again_once_they_are_not() {
    let faults = r#"(at: "60s", strike: Partition(["c"], ["a", "b"]), heal_after: "4m"),
        (at: "4m", strike: DnsFailure, heal_after: "16m")"#;
    for run in runs(faults) {
        // Back in reach after 5 minutes, found after 20.
        assert!(run.recovery_time >= Measured::Exactly(minutes(14)), "{:?}", run.recovery_time);
        assert_eq!(run.outages.count, 1);
    }
}

#[test]
fn a_database_that_nobody_watches_serves_a_minority() {
    let crash = |node: &str| format!(r#"(at: "60s", strike: CrashAgent("{node}"))"#);
    let mut faults: Vec<String> = ["a2", "b1", "b2", "c1"].map(crash).into();
    faults.push(r#"(at: "61s", strike: HangAgent("a1"))"#.to_owned());
    for run in runs(&faults.join(", ")) {
        let seen = run.violations.iter().any(|violation| violation.invariant == Invariant::MinorityService);
        assert!(seen && run.quorum_present < minutes(2), "{:?}", run.violations);
    }
}

#[test]
fn clients_lost_with_the_old_primary_stand_in_the_time_that_clients_lost() {
    let faults = r#"(at: "60s", strike: Partition(["a"], ["b", "c"]), heal_after: "5m")"#;
    for run in runs(faults) {
        assert!(run.recovery_time < Measured::Exactly(minutes(3)));
        let lost = run.client_loss.lost;
        assert!(lost >= Measured::Exactly(minutes(6 * 4)) && !lost.is_censored(), "{lost:?}");
        assert!(run.client_loss.cut_off >= minutes(6 * 4) && run.client_loss.cut_off < lost.at_least());
    }
}

/// Messages take up to 0.6 s, so an answer comes up to 16.2 s after the one before: later than the lease of 16 s ends. Nothing
/// strikes that anybody would notice, and all looks well at first.
#[test]
fn a_run_is_not_over_while_a_lease_is_too_short_to_be_renewed_for_ever() {
    let plan =
        PLAN.replace("policy: ()", r#"policy: (heartbeat: "15s", lease: "16s", lease_margin: "500ms")"#);
    let plan = plan.replace(
        "    database:",
        "    links: (between_regions: (latency: Uniform(\"150ms\", \"600ms\"))),\n    database:",
    );
    let faults = r#"(at: "1s", strike: SlowDisk(node: "c1", times: 2), heal_after: "1ms")"#;
    let mut world: World = common::world(&[("plan.ron", &plan)], faults, "30m");
    let mut agenda = Agenda::new();
    let interrupted = (0..30).filter(|seed| world.run(*seed, &mut agenda).outages.count > 0).count();
    assert!(interrupted > 20, "{interrupted} of 30");
}

/// What a machine that stands still could have written since then it has not written: found by a hunt.
#[test]
fn nobody_lags_behind_a_database_that_stands_still() {
    let plan = PLAN.replace("policy: ()", r#"policy: (heartbeat: "15s", lease: "33s 750ms")"#);
    let faults = r#"(at: "14m", strike: Hang("a1"), heal_after: "1m")"#;
    let mut world: World = common::world(&[("plan.ron", &plan)], faults, "30m");
    let mut agenda = Agenda::new();
    let runs: Vec<RunRecord> = (0..30).map(|seed| world.run(seed, &mut agenda)).collect();
    assert!(runs.iter().any(|run| run.failovers > 0));
    for violation in runs.iter().flat_map(|run| &run.violations) {
        assert!(violation.invariant != Invariant::LagLimitExceeded, "{violation:?}");
    }
}
