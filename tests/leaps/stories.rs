//! What once slept in a leap while its time ran out.

use super::{CALM, Drill, agree};

/// Nobody hears the primary; its lease, and whatever else counts down, must run out in time.
const OTHERS_LOST: Drill = Drill {
    faults: r#"(at: Between("60s", "62s"), strike: RegionLoss("b"), heal_after: "5m"),
        (at: Between("60s", "62s"), strike: RegionLoss("c"), heal_after: "5m")"#,
    ..CALM
};

fn with(detector: &'static str) -> Drill {
    Drill { detector, ..OTHERS_LOST }
}

#[test]
fn a_lease_that_nobody_renews_is_not_leapt_over() {
    for policy in [
        "heartbeat: \"2s\",",
        "heartbeat: \"1s\", lease: \"20s\",",
        "heartbeat: \"500ms\", lease: \"60s\",",
        "heartbeat: \"2s\", lease: \"2m\", lease_margin: \"1s\",",
    ] {
        agree(with(policy), 0);
        let late = |run: &&firedrill::models::RunRecord| !run.violations.is_empty();
        assert_eq!(with(policy).with_leaps().iter().filter(late).count(), 0, "{policy}");
    }
}

#[test]
fn a_cool_down_that_nobody_shortens_is_not_leapt_over() {
    let faults = r#"(at: "60s", strike: Silence("a1"), heal_after: "30s"),
        (at: Between("100s", "140s"), strike: Silence("$primary"), heal_after: "1h")"#;
    agree(Drill { faults, horizon: "2h", detector: "heartbeat: \"2s\", cooldown: \"20m\",", ..CALM }, 5);
}

#[test]
fn promises_that_a_restarted_voter_waits_out_are_not_leapt_over() {
    let faults = r#"(at: "60s", strike: CrashAgent("b1"), heal_after: "1s"),
        (at: "60s", strike: CrashAgent("c1"), heal_after: "1s"),
        (at: Between("64s", "90s"), strike: Silence("a1"), heal_after: "5m")"#;
    agree(Drill { faults, detector: "heartbeat: \"1s\", lease: \"1m\",", ..CALM }, 0);
}

#[test]
fn heartbeats_and_consensus_out_of_step() {
    let detector = "heartbeat: \"700ms\", consensus: (heartbeat: \"1100ms\", election: \"3500ms\"),";
    agree(Drill { detector, ..CALM }, 10);
}

/// Whoever coordinates says with its next heartbeat that a cool-down is over, and all note it: a coordinator that is lost
/// later is missed from when it was last heard, which is none the later for that.
#[test]
fn the_end_of_a_cool_down_is_not_leapt_over() {
    for node in ["b1", "c1"] {
        let faults = match node {
            "b1" => {
                r#"(at: "60s", strike: Silence("a1"), heal_after: "5m"),
                (at: Between("400s", "500s"), strike: CrashAgent("b1"), heal_after: "1m")"#
            }
            _ => {
                r#"(at: "60s", strike: Silence("a1"), heal_after: "5m"),
                (at: Between("400s", "500s"), strike: CrashAgent("c1"), heal_after: "1m")"#
            }
        };
        agree(Drill { faults, ..CALM }, 20);
    }
}
