use crate::support::{A1, A2, PLAN, at, notes, recoveries, runs, runs_of, sound, when};
use firedrill_models::What;
use units::Span;

#[test]
fn a_full_disk_stops_the_primary_and_another_takes_over() {
    let runs = runs(r#"(at: Between("60s", "90s"), strike: FullDisk("a1"), heal_after: "10m")"#);
    sound(&runs);
    assert!(runs.iter().all(|run| run.failovers == 1 && run.promoted == [A2]));
    assert!(recoveries(&runs).all(|seconds| seconds < 180.0), "also where the primary was coordinator");
}

#[test]
fn a_database_does_not_start_before_the_last_of_two_faults_leaves_room() {
    let faults = r#"(at: "60s", strike: FullDisk("b1"), heal_after: "2m"), (at: "70s", strike: FullDisk("b1"), heal_after: "5m")"#;
    let notes = notes(faults);
    assert_eq!(when(&notes, 2, &What::NoRoom), [at(60)]);
    let follows = when(&notes, 2, &What::Streams(A1));
    assert!(follows.iter().all(|moment| *moment > at(370)) && !follows.is_empty(), "{follows:?}");
    assert!(runs(faults).iter().all(|run| run.converged && run.fault_effects[0] > 0));
}

#[test]
fn a_full_disk_and_a_broken_database_are_both_to_be_over() {
    let faults = r#"(at: "60s", strike: CrashDatabase("b1"), heal_after: "6m"), (at: "70s", strike: FullDisk("b1"), heal_after: "1m")"#;
    let follows = when(&notes(faults), 2, &What::Streams(A1));
    assert!(follows.iter().all(|moment| *moment > at(420)) && !follows.is_empty(), "{follows:?}");
}

#[test]
fn a_full_disk_keeps_its_agent_from_remembering() {
    // With three of five disks full nothing can be agreed on: the primary's loss leaves nobody to decide.
    let full = |node: &str| format!(r#"(at: "50s", strike: FullDisk("{node}"), heal_after: "10m")"#);
    let faults = [
        full("b1"),
        full("b2"),
        full("c1"),
        r#"(at: "60s", strike: Silence("a1"), heal_after: "15m")"#.to_owned(),
    ];
    for run in runs(&faults.join(", ")) {
        assert!(run.recovery_time.at_least() >= Span::from_secs(590), "{}", run.recovery_time);
        assert!(run.recovered() && run.violations.is_empty());
    }
}

const LOST: &str = r#"(at: "60s", strike: Silence("a1"), heal_after: "10m")"#;

#[test]
fn a_failed_promotion_is_rolled_back_and_another_replica_chosen() {
    let faults = format!(r#"(at: "30s", strike: FailedPromotion(node: "a2", times: 1)), {LOST}"#);
    let runs = runs(&faults);
    sound(&runs);
    for run in &runs {
        assert_eq!((run.fault_effects[0], run.promoted.contains(&A2)), (1, false));
    }
    assert!(recoveries(&runs).all(|seconds| seconds < 240.0));
}

#[test]
fn as_many_promotions_fail_as_the_faults_say_together() {
    let failing = |node: &str, times: u32| {
        format!(r#"(at: "30s", strike: FailedPromotion(node: "{node}", times: {times}), heal_after: "20m")"#)
    };
    // Only a2 can take over; it fails three times and then succeeds.
    let plan = PLAN
        .replace(
            r#"(name: "b1", capacity: 1000), (name: "b2", capacity: 1000)"#,
            r#"(name: "b1", witness: true), (name: "b2", witness: true)"#,
        )
        .replace(r#"(name: "c1")"#, r#"(name: "c1", witness: true)"#);
    let faults = format!("{}, {}, {LOST}", failing("a2", 1), failing("a2", 2));
    for run in runs_of(&plan, &faults) {
        assert_eq!((run.fault_effects[0], run.fault_effects[1], run.promoted.as_slice()), (1, 2, &[A2][..]));
        assert!(run.converged);
    }
}

#[test]
fn a_failure_that_was_mended_in_time_does_nothing() {
    let faults =
        format!(r#"(at: "30s", strike: FailedPromotion(node: "a2", times: 1), heal_after: "10s"), {LOST}"#);
    assert!(runs(&faults).iter().all(|run| run.fault_effects[0] == 0 && run.promoted == [A2]));
}
