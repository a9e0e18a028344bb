//! Faults that meet: what two of them do together, and when a run may be called over.

mod common;

use common::at;
use firedrill_models::{Place, RunRecord, What, World};
use sim::{Agenda, SimTime};
use units::Span;

const PLAN: &str = r#"(
    name: "small",
    regions: [
        (name: "a", clients: 6, writes_per_second: 60, sites: [(name: "as", nodes: [(name: "a1"), (name: "a2")])]),
        (name: "b", clients: 4, writes_per_second: 40, sites: [(name: "bs", nodes: [(name: "b1"), (name: "b2")])]),
        (name: "c", clients: 2, writes_per_second: 20, sites: [(name: "cs", nodes: [(name: "c1")])]),
    ],
    database: (engine: PostgreSql15, durability: Async, primary: "a1", watchdog: "12s"),
    policy: (),
    objectives: (recovery_time: "10m", recovery_point: "15m"),
)"#;

fn world(plan: &str, faults: &str) -> World {
    common::world(&[("plan.ron", plan)], faults, "30m")
}

fn runs(faults: &str) -> Vec<RunRecord> {
    let (mut world, mut agenda) = (world(PLAN, faults), Agenda::new());
    (0..60).map(|seed| world.run(seed, &mut agenda)).collect()
}

/// When the agent of the node started again, in one run.
fn starts(faults: &str, node: usize) -> Vec<SimTime> {
    let notes = world(PLAN, faults).replay(1).notes;
    let here = notes.into_iter().filter(|(_, note)| note.place == Place::Node(node));
    here.filter(|(_, note)| note.what == What::AgentStarts).map(|(at, _)| at).collect()
}

#[test]
fn a_machine_that_two_faults_keep_off_is_off_until_both_are_over() {
    let loss = r#"(at: "60s", strike: RegionLoss("a"), heal_after: "10m"), (at: "60s", strike: Silence("a1"), heal_after: "1m")"#;
    let crash = r#"(at: "60s", strike: Silence("a1"), heal_after: "1m"), (at: "65s", strike: Crash("a1"), heal_after: "10m")"#;
    for faults in [loss, crash] {
        let starts = starts(faults, 0);
        assert!(starts.len() == 1 && starts[0] > at(660), "{starts:?}");
    }
}

#[test]
fn a_run_begins_with_a_coordinator_even_if_a_fault_strikes_at_once() {
    let faults = r#"(at: "0s", strike: Silence("b1"), heal_after: "1m")"#;
    let mut world = world(PLAN, faults);
    let elected = |seed| {
        let notes = world.replay(seed).notes;
        let mut elected = notes.into_iter().filter(|(_, note)| {
            matches!(&note.what, What::Decides(failover::Decision::Coordinates { term: 1 }))
        });
        let (at, note) = elected.next().expect("somebody coordinates");
        assert!(elected.next().is_none(), "one leads in a term");
        (at, note.place)
    };
    let elected: Vec<(SimTime, Place)> = (0..40).map(elected).collect();
    assert!(elected.iter().all(|(at, _)| *at == SimTime::ZERO));
    let ever = |node| elected.iter().any(|(_, place)| *place == Place::Node(node));
    assert!((0..5).all(ever), "each of five nodes is the first in some of 40 runs: {elected:?}");
}

#[test]
fn an_agent_that_two_faults_hold_up_goes_on_when_both_are_over() {
    let hang = r#"(at: "70s", strike: Hang("a1"), heal_after: "30s")"#;
    let held = r#"(at: "60s", strike: HangAgent("a1"), heal_after: "5m")"#;
    let unwatched = PLAN.replace(r#", watchdog: "12s""#, "");
    let acts = |faults: &str| {
        let notes = world(&unwatched, faults).replay(1).notes;
        notes.into_iter().any(|(when, note)| note.place == Place::Node(0) && when > at(100) && when < at(360))
    };
    assert!(acts(hang), "back on its feet it has something to do");
    assert!(!acts(&format!("{hang}, {held}")), "it acts while it stands still");
}

#[test]
fn a_crash_while_the_machine_boots_does_not_keep_it_down_for_ever() {
    let faults = r#"(at: "60s", strike: Silence("b1"), heal_after: "1m"), (at: "125s", strike: CrashAgent("b1"), heal_after: "1m")"#;
    assert!(runs(faults).iter().all(|run| run.converged));
}

#[test]
fn an_agent_that_starts_twice_is_one_agent() {
    let faults = r#"(at: "60s", strike: Crash("b1"), heal_after: "60s"), (at: "61s", strike: CrashAgent("b1"), heal_after: "59s")"#;
    assert_eq!(starts(faults, 2).len(), 1);
}

#[test]
fn a_run_is_not_over_before_anyone_could_notice() {
    let runs = runs(r#"(at: Between("60s", "70s"), strike: CrashAgent("a1"))"#);
    assert!(runs.iter().all(|run| run.failovers == 1), "the silent agent is missed in every run");
}

#[test]
fn who_should_be_back_and_is_not_has_not_converged() {
    let faults =
        r#"(at: "60s", strike: Silence("a1")), (at: "60s", strike: Silence("b1"), heal_after: "1700s")"#;
    let (mut world, mut agenda) = (world(PLAN, faults), Agenda::new());
    let run = world.run(1, &mut agenda);
    assert!(run.ended > at(1_770), "the run waits for the boot: {}", run.ended);
}

#[test]
fn of_two_outages_far_apart_the_longer_counts_and_not_the_time_between() {
    let faults = r#"(at: "60s", strike: Crash("a1"), heal_after: "2m"), (at: "15m", strike: Crash("$primary"), heal_after: "2m")"#;
    for run in runs(faults) {
        let recovery = run.recovery_time.at_least();
        assert!(run.failovers == 2 && recovery < Span::from_secs(120), "{recovery}");
        assert_eq!(run.phases.into_iter().sum::<Span>(), recovery);
    }
}

#[test]
fn clients_of_a_lost_region_are_not_served_wherever_the_primary_is() {
    let runs = runs(r#"(at: "60s", strike: RegionLoss("b"), heal_after: "10m")"#);
    let least = Span::from_secs(600) * 4;
    assert!(runs.iter().all(|run| run.client_time.unserved >= least));
    // They are missed again from when they could be served until their next attempt.
    let back = Span::from_secs(15);
    assert!(runs.iter().all(|run| run.recovery_time.at_least() < back), "nobody else was interrupted");
}

#[test]
fn where_everybody_is_cut_off_service_is_down() {
    let plan = PLAN
        .replace("clients: 4, writes_per_second: 40, ", "")
        .replace("clients: 2, writes_per_second: 20, ", "");
    let faults = r#"(at: "60s", strike: RegionLoss("a"), heal_after: "10m")"#;
    let run = world(&plan, faults).run(1, &mut Agenda::new());
    assert!(run.recovery_time.at_least() >= Span::from_secs(600), "{}", run.recovery_time);
}

#[test]
fn each_of_two_cuts_and_of_two_skews_has_its_own_effects() {
    let cuts = r#"(at: "60s", strike: Partition(["c"], ["a", "b"]), heal_after: "5m"), (at: "90s", strike: Partition(["c"], ["a", "b"]), heal_after: "2m")"#;
    let skews = r#"(at: "60s", strike: ClockDrift(node: "b1", ppm: 50000), heal_after: "5m"), (at: "90s", strike: ClockStepAhead(node: "b1", by: "1s"), heal_after: "1m")"#;
    for faults in [cuts, skews] {
        assert!(runs(faults).iter().all(|run| run.fault_effects.iter().all(|effects| *effects > 0)));
    }
}

#[test]
fn what_finds_nothing_to_strike_has_no_effect() {
    let faults = r#"(at: "60s", strike: RegionLoss("b"), heal_after: "5m"), (at: "90s", strike: Silence("b1"), heal_after: "1m")"#;
    assert!(runs(faults).iter().all(|run| run.fault_effects[1] == 0));
}

fn exceeds_the_lag_limit(run: &RunRecord) -> bool {
    run.violations.iter().any(|violation| violation.invariant == scenarios::Invariant::LagLimitExceeded)
}

/// Voters that do not remember how far they let the old primary write do not guess.
#[test]
fn the_lag_limit_is_not_forgotten_when_all_agents_restart() {
    let each = |fault: fn(&str) -> String| ["a2", "b1", "b2", "c1"].map(fault).join(", ");
    let slow = each(|node| {
        format!(
            r#"(at: "30s", strike: SlowReplication(node: "{node}", writes_per_second: 10), heal_after: "10m")"#
        )
    });
    let restart = each(|node| format!(r#"(at: "125s", strike: CrashAgent("{node}"), heal_after: "2s")"#));
    let faults = format!(r#"{slow}, (at: "120s", strike: Silence("a1"), heal_after: "5m"), {restart}"#);
    for run in runs(&faults) {
        assert!(!exceeds_the_lag_limit(&run), "seed {}: {:?}", run.seed, run.violations);
        assert!(
            run.converged && run.promoted.is_empty(),
            "seed {}: the old primary has its role back",
            run.seed
        );
    }
}

/// The primary is cut off and goes on for as long as its lease lets it. Whatever lease and limit are, nobody is promoted
/// who lacks more than the limit; and where the limit leaves room for a lease, somebody is.
#[test]
fn a_primary_that_goes_on_under_its_lease_is_reckoned_with_before_anybody_takes_over() {
    let cut =
        r#"(at: Between("60s", "120s"), strike: Partition(["a1"], ["a2", "b", "c"]), heal_after: "5m")"#;
    for (lease, limit, fails_over) in [
        ("60s", "30s", false),
        ("60s", "90s", true),
        ("15s", "10s", false),
        ("15s", "9s", false),
        ("15s", "30s", true),
    ] {
        let policy =
            format!(r#"policy: (lease: "{lease}", promote_lag_max: "{limit}", steps: (fence: "90s"))"#);
        let plan = PLAN.replace(r#", watchdog: "12s""#, "").replace("policy: ()", &policy);
        let (mut world, mut agenda) = (world(&plan, cut), Agenda::new());
        for seed in 0..30 {
            let run = world.run(seed, &mut agenda);
            assert!(!exceeds_the_lag_limit(&run), "{lease}, {limit}, seed {seed}: {:?}", run.violations);
            assert!(!fails_over || run.failovers == 1, "{lease}, {limit}, seed {seed}: {}", run.failovers);
            assert!(run.converged, "{lease}, {limit}, seed {seed}");
        }
    }
}
