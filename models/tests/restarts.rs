//! The old primary: its agent or its database restarts, and nothing else is wrong.

mod common;

use firedrill_models::{RunRecord, What, World};
use sim::Agenda;

const PLAN: &str = r#"(
    name: "small",
    regions: [
        (name: "a", clients: 6, writes_per_second: 60, sites: [(name: "as", nodes: [(name: "a1"), (name: "a2")])]),
        (name: "b", clients: 4, writes_per_second: 40, sites: [(name: "bs", nodes: [(name: "b1"), (name: "b2")])]),
        (name: "c", clients: 2, writes_per_second: 20, sites: [(name: "cs", nodes: [(name: "c1")])]),
    ],
    database: (engine: PostgreSql15, durability: Async, primary: "a1"WATCHDOG),
    policy: (POLICY),
    objectives: (recovery_time: "10m", recovery_point: "15m"),
)"#;

fn world(watchdog: &str, policy: &str, faults: &str) -> World {
    let plan = PLAN.replace("WATCHDOG", watchdog).replace("POLICY", policy);
    common::world(&[("plan.ron", plan.as_str())], faults, "30m")
}

fn runs(watchdog: &str, policy: &str, faults: &str) -> Vec<RunRecord> {
    let (mut world, mut agenda) = (world(watchdog, policy, faults), Agenda::new());
    (0..40).map(|seed| world.run(seed, &mut agenda)).collect()
}

/// Watchdogs that are shorter than the lease, as long, and longer; and none.
const WATCHDOGS: [&str; 4] = [r#", watchdog: "7s""#, r#", watchdog: "12s""#, r#", watchdog: "40s""#, ""];

/// A closed database is no danger, and its agent is well: there is nothing to reset, however long a restart may take.
#[test]
fn a_database_that_is_restarted_in_place_is_not_reset_by_the_watchdog_of_its_living_agent() {
    for watchdog in WATCHDOGS {
        for (restart, down) in [("12s", "9s"), ("40s", "33s"), ("60s", "50s")] {
            let faults =
                format!(r#"(at: Between("60s", "120s"), strike: CrashDatabase("a1"), heal_after: "{down}")"#);
            for run in runs(watchdog, &format!(r#"restart: "{restart}""#), &faults) {
                let told = format!("{watchdog}, {restart}, seed {}", run.seed);
                assert!(run.failovers == 0 && run.violations.is_empty() && run.converged, "{told}");
            }
        }
    }
}

/// The lease, and every watchdog that allows for a missed beat, outlive an agent that starts again within seconds: there
/// is time to renew it before anything is closed.
#[test]
fn an_agent_that_restarts_beside_an_open_database_within_its_lease_leaves_it_open() {
    let faults = r#"(at: Between("60s", "120s"), strike: CrashAgent("a1"), heal_after: "2s")"#;
    for watchdog in &WATCHDOGS[1..] {
        for run in runs(watchdog, "", faults) {
            let recovery = run.recovery_time.at_least();
            assert!(recovery.is_zero() && run.failovers == 0, "{watchdog}, seed {}: {recovery}", run.seed);
            assert!(run.violations.is_empty() && run.converged, "{watchdog}, seed {}", run.seed);
        }
    }
}

/// The agent is away for about as long as its lease, or longer. Whatever comes of it, two never accept writes at once.
#[test]
fn an_agent_that_restarts_at_the_end_of_its_lease_opens_no_second_primary() {
    for heal in ["9s", "11s", "12s", "13s", "14s", "20s"] {
        let faults =
            format!(r#"(at: Between("60s", "70s"), strike: CrashAgent("a1"), heal_after: "{heal}")"#);
        for run in runs(r#", watchdog: "40s""#, "", &faults) {
            assert!(
                run.violations.is_empty() && run.converged,
                "{heal}, seed {}: {:?}",
                run.seed,
                run.violations
            );
        }
    }
}

/// What a watchdog is for.
#[test]
fn an_agent_that_hangs_beside_an_open_or_opening_database_is_reset_before_its_lease_ends() {
    let open = r#"(at: Between("60s", "70s"), strike: HangAgent("a1"), heal_after: "5m")"#;
    let opening = r#"(at: "60s", strike: CrashDatabase("a1"), heal_after: "4s"), (at: Between("60s", "65s"), strike: HangAgent("a1"), heal_after: "5m")"#;
    for watchdog in [r#", watchdog: "12s""#, r#", watchdog: "40s""#] {
        for faults in [open, opening] {
            for run in runs(watchdog, r#"restart: "10s""#, faults) {
                assert!(run.violations.is_empty(), "{watchdog}, seed {}: {:?}", run.seed, run.violations);
            }
        }
        let resets = world(watchdog, "", open).replay(1).notes;
        assert!(resets.iter().any(|(_, note)| note.what == What::WatchdogResets), "{watchdog}");
    }
}
