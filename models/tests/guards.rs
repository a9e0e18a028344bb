//! What stands around the failover: alerts and their channels, keys of disks, error budgets, configurations.

#[path = "common/mod.rs"]
mod common;

use evidence::of;
use failover::{Concern, Decision};
use firedrill_models::{Place, Replay, Violation, What};
use units::Span;

/// Five regions of a node each; `sections` and `policy` are those of the plan that the story is about.
fn replay(sections: &str, policy: &str, faults: &str, seed: u64) -> Replay {
    let region = |name: &str, clients: u32| {
        format!(
            r#"(name: "{name}", clients: {clients}, writes_per_second: {writes}, sites: [(name: "{name}s", nodes: [(name: "{name}1")])])"#,
            writes = clients * 10
        )
    };
    let regions = ["west", "north", "south", "centre"].map(|name| region(name, 0)).join(", ");
    let east = region("east", 4);
    let plan = format!(
        r#"(name: "p", regions: [{east}, {regions}], {sections}
            database: (engine: PostgreSql15, durability: Async, primary: "east1", watchdog: "12s"),
            policy: (prefer_regions: ["east", "west"], {policy}), objectives: (recovery_time: "10m", recovery_point: "10m"))"#
    );
    common::world(&[("plan.ron", &plan)], faults, "30m").replay(seed)
}

/// When it was first noted, in seconds.
fn first(replay: &Replay, is: impl Fn(&Place, &What) -> bool) -> Option<f64> {
    let found = replay.notes.iter().find(|(_, note)| is(&note.place, &note.what));
    found.map(|(at, _)| at.since(sim::SimTime::ZERO).as_secs_f64())
}

fn decided(replay: &Replay, is: impl Fn(&Decision) -> bool) -> Option<f64> {
    first(replay, |_, what| matches!(what, What::Decides(decision) if is(decision)))
}

const CHANNELS: &str = r#"alerts: (
    channels: [(name: "pager", delay: Constant("5s")), (name: "phone", delay: Constant("20s"))], give_up: "10s", again: "30s"),"#;
const THREE_OF_FIVE: &str = r#"(at: "60s", strike: RegionLoss("west"), heal_after: "5m"),
    (at: "60s", strike: RegionLoss("north"), heal_after: "5m"), (at: "60s", strike: RegionLoss("south"), heal_after: "5m")"#;

/// Seconds from a quorum lost until somebody knows of it.
fn news_of_lost_quorum_takes(faults: &str) -> Vec<f64> {
    let seen = |seed| {
        let replay = replay(CHANNELS, "", &format!("{THREE_OF_FIVE}{faults}"), seed);
        let lost = |what: &failover::Alert| what.what == Concern::QuorumLost;
        let told = first(&replay, |_, what| matches!(what, What::Alerts(alert) if lost(alert)));
        let known = first(&replay, |_, what| matches!(what, What::Seen { alert, .. } if lost(alert)));
        let takes = known.expect("somebody sees it") - told.expect("somebody tells it");
        (takes * 1e3).round() / 1e3
    };
    (0..3).map(seen).collect()
}

#[test]
fn an_alert_goes_to_the_first_channel_that_takes_it() {
    let _evidence = of(&["Q-32"]);
    assert_eq!(news_of_lost_quorum_takes(""), [5.0; 3]);
    let pager = r#", (at: "30s", strike: ChannelFailure("pager"), heal_after: "20m")"#;
    assert_eq!(news_of_lost_quorum_takes(pager), [10.0 + 20.0; 3]);
    // Neither takes it at first; after 10 s and 30 s more the pager does again, at once for nodes that notice later.
    let both = r#", (at: "30s", strike: ChannelFailure("pager"), heal_after: "70s"),
                  (at: "30s", strike: ChannelFailure("phone"), heal_after: "20m")"#;
    for takes in news_of_lost_quorum_takes(both) {
        assert!(takes > 30.0 && takes <= 10.0 + 30.0 + 5.0, "{takes}");
    }
}

#[test]
fn people_are_told_how_a_failover_went() {
    let replay = replay(CHANNELS, "", r#"(at: "60s", strike: Silence("east1"), heal_after: "5m")"#, 1);
    let told = |concern: Concern| {
        first(&replay, |_, what| matches!(what, What::Seen { alert, .. } if alert.what == concern))
    };
    let begun = told(Concern::FailoverBegins { epoch: 2 }).expect("somebody is told");
    let complete = told(Concern::FailoverCompletes { epoch: 2 }).expect("somebody is told");
    assert!(begun < complete);
    let shown = replay.record.assurance.alerting.expect("the plan has channels");
    assert!(shown.emitted >= 2 && shown.missed == 0, "{shown:?}");
    assert!(shown.notified.is_some_and(|after| after.within(Span::from_secs(40))), "{shown:?}");
}

#[test]
fn an_agent_that_restarts_waits_for_its_key_and_a_lost_key_keeps_it_out() {
    let _evidence = of(&["Q-30"]);
    let restart = r#"(at: "60s", strike: CrashAgent("west1"), heal_after: "5s")"#;
    let starts = |faults: &str| {
        let replay = replay("kms: (),", "", &format!("{restart}{faults}"), 1);
        let out = first(
            &replay,
            |_, what| matches!(what, What::StaysOut(why) if why.contains("the KMS has no key 'west1 v1'")),
        );
        (first(&replay, |_, what| *what == What::AgentStarts), out)
    };
    let at_once = starts("").0.expect("it starts");
    assert!(at_once < 68.0, "{at_once}");
    let late = starts(r#", (at: "30s", strike: KmsFailure, heal_after: "5m")"#).0.expect("it starts");
    assert!((330.0..365.0).contains(&late), "{late}: at the first try after the KMS is back");
    let slow = starts(r#", (at: "30s", strike: SlowKms(slower: Constant("40s")), heal_after: "5m")"#).0;
    assert!(slow.is_some_and(|slow| (at_once + 40.0 - slow).abs() < 1.0), "{slow:?}");
    let (never, out) = starts(r#", (at: "30s", strike: LostKey("west1"))"#);
    assert!(never.is_none() && out.is_some());
}

#[test]
fn with_little_of_the_budget_left_failures_are_found_sooner_and_the_role_stays() {
    let _evidence = of(&["Q-31"]);
    let policy =
        r#"failback: After("30s"), error_budget: Heeded(hold_below: 0.2, hasten_below: 0.1, beats: 2)"#;
    let run = |slo: &str, seed| {
        replay(slo, policy, r#"(at: "60s", strike: Crash("east1"), heal_after: "2m")"#, seed)
    };
    for seed in 0..5 {
        let (rich, poor) =
            (run("slo: (objective: 0.99),", seed), run("slo: (objective: 0.999, spent: 0.95),", seed));
        let found =
            |replay: &Replay| decided(replay, |d| matches!(d, Decision::Finds { .. })).expect("it fails");
        assert!(found(&poor) + 3.0 < found(&rich), "seed {seed}: {} {}", found(&poor), found(&rich));
        let back = |replay: &Replay| decided(replay, |d| matches!(d, Decision::HandsOver { .. })).is_some();
        assert!(back(&rich) && !back(&poor), "seed {seed}");
    }
}

/// Without monitoring nobody knows of any budget: everything is as configured.
#[test]
fn a_budget_that_nobody_measures_changes_nothing() {
    let policy = r#"failback: After("30s")"#;
    let heeded = format!("{policy}, error_budget: Heeded(hold_below: 1.0, hasten_below: 1.0, beats: 1)");
    let faults = r#"(at: "60s", strike: Crash("east1"), heal_after: "2m")"#;
    assert_eq!(replay("", policy, faults, 3).record, replay("", &heeded, faults, 3).record);
}

#[test]
fn a_node_with_another_configuration_is_shut_out_and_never_promoted() {
    let _evidence = of(&["Q-27"]);
    let faults = r#"(at: "30s", strike: TamperedPlan("west1"), heal_after: "10m"),
                    (at: "90s", strike: Silence("east1"), heal_after: "12m")"#;
    let used = |violation: &Violation| violation.invariant == scenarios::Invariant::TamperedPlanUsed;
    for seed in 0..10 {
        let checked = replay("", "manifest: true", faults, seed);
        let distrusted = decided(&checked, |d| matches!(d, Decision::DistrustsConfiguration { .. }));
        assert!(distrusted.is_some_and(|at| at < 60.0), "seed {seed}: {distrusted:?}");
        assert_eq!((checked.record.violations, checked.record.failovers), (Vec::new(), 1), "seed {seed}");
        let unchecked = replay("", "", faults, seed).record;
        assert!(unchecked.violations.iter().any(used), "seed {seed}: {:?}", unchecked.violations);
    }
}
