use crate::support::{PLAN, at, notes, recoveries, runs, runs_of, sound, world};
use firedrill_models::What;
use sim::{Agenda, SimTime};
use units::Span;

const FLAPPING: &str = r#"(at: "60s", strike: Flapping(between: (["a"], ["b", "c"]), down: Constant("7s"), up: Constant("3s")), heal_after: "45s")"#;

#[test]
fn a_flapping_link_fails_and_works_in_turn_until_it_is_healed() {
    let notes = notes(FLAPPING);
    let moments = |wanted: What| {
        notes.iter().filter(|(_, note)| note.what == wanted).map(|(at, _)| *at).collect::<Vec<SimTime>>()
    };
    assert_eq!(moments(What::LinkFails(0)), [60, 70, 80, 90, 100].map(at));
    assert_eq!(moments(What::LinkWorks(0)), [67, 77, 87, 97].map(at), "healed at 105 s, while it was down");
    sound(&runs(FLAPPING));
}

#[test]
fn a_link_that_flaps_under_a_partition_stays_cut() {
    let faults =
        format!(r#"{FLAPPING}, (at: "62s", strike: Partition(["a"], ["b", "c"]), heal_after: "5m")"#);
    for run in runs(&faults) {
        assert!(run.failovers == 1 && run.violations.is_empty() && run.converged);
    }
}

#[test]
fn a_flapping_link_is_drawn_anew_in_every_run_and_again_in_the_same() {
    let faults = r#"(at: "60s", strike: Flapping(between: (["a"], ["b"]), down: Uniform("1s", "9s"), up: Uniform("1s", "9s")), heal_after: "2m")"#;
    let toggles = |seed: u64| {
        let notes = world(PLAN, faults, "30m").replay(seed).notes;
        notes
            .into_iter()
            .filter(|(_, note)| note.what == What::LinkWorks(0))
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
    };
    assert!(toggles(1) == toggles(1) && toggles(1) != toggles(2));
}

#[test]
fn a_run_is_not_over_while_a_link_flaps_or_is_bad() {
    let flapping = r#"(at: "60s", strike: Flapping(between: (["a"], ["b"]), down: Constant("1s"), up: Constant("100s")))"#;
    let bad = r#"(at: "60s", strike: Degraded(from: ["a"], to: ["b"], slower: Constant("5ms")))"#;
    for faults in [flapping, bad] {
        assert_eq!(world(PLAN, faults, "10m").run(1, &mut Agenda::new()).ended, at(600));
    }
}

#[test]
fn a_narrow_link_lets_the_replicas_behind_it_lag_and_only_those() {
    let narrow = |rate: u64| {
        format!(
            r#"(at: "60s", strike: Degraded(from: ["a"], to: ["c"], writes_per_second: {rate}), heal_after: "5m")"#
        )
    };
    for run in runs(&narrow(60)) {
        let lag = run.fault_effects[0] as f64 / 1000.0;
        assert!(lag > 149.0, "half of the writes pass for five minutes: {lag} s");
        assert!(run.recovery_time.at_least().is_zero() && run.converged);
    }
    let lost = format!(r#"{}, (at: "200s", strike: RegionLoss("a"), heal_after: "5m")"#, narrow(60));
    assert!(
        runs(&lost).iter().all(|run| run.recovery_point < Span::from_secs(1)),
        "region b was not behind it"
    );
}

#[test]
fn of_two_narrow_links_the_narrower_counts_until_it_is_over() {
    let faults = r#"(at: "60s", strike: Degraded(from: ["a"], to: ["c"], writes_per_second: 90), heal_after: "8m"),
        (at: "60s", strike: Degraded(from: ["a1"], to: ["c1"], writes_per_second: 60), heal_after: "2m"),
        (at: "60s", strike: SlowReplication(node: "c1", writes_per_second: 100), heal_after: "8m")"#;
    for run in runs(faults) {
        // 60 s behind after two minutes at half the rate, and then 1/4 of six minutes more.
        let [first, second, third] = run.fault_effects[..] else { panic!("three faults") };
        assert!(
            first >= 149_000 && (59_000..75_000).contains(&second) && third >= 149_000,
            "{first} {second} {third}"
        );
        assert!(run.converged);
    }
}

#[test]
fn delays_of_two_bad_links_add_up_in_what_a_disaster_costs() {
    let late = |from: &str| {
        format!(
            r#"(at: "30s", strike: Degraded(from: ["{from}"], to: ["b", "c"], slower: Constant("500ms")), heal_after: "10m")"#
        )
    };
    let gone = r#"(at: "120s", strike: RegionLoss("a"), heal_after: "5m")"#;
    let loss = |faults: String| {
        runs(&faults).into_iter().map(|run| run.recovery_point.as_secs_f64()).collect::<Vec<_>>()
    };
    let (one, two) =
        (loss(format!("{}, {gone}", late("a"))), loss(format!("{}, {}, {gone}", late("a"), late("a1"))));
    assert!(one.iter().all(|seconds| (0.45..0.75).contains(seconds)), "{one:?}");
    assert!(two.iter().all(|seconds| (0.95..1.25).contains(seconds)), "{two:?}");
}

#[test]
fn one_message_in_five_lost_is_noticed_and_does_not_split_the_cluster() {
    let lossy = r#"(at: "60s", strike: Degraded(from: ["a"], to: ["b", "c"], loss: 0.2), heal_after: "5m")"#;
    let runs = runs(lossy);
    sound(&runs);
    assert!(runs.iter().all(|run| run.fault_effects[0] > 200 && run.split_brain.is_zero()));
}

#[test]
fn a_link_that_loses_everything_is_a_partition() {
    let lossy = r#"(at: "60s", strike: Degraded(from: ["a"], to: ["b", "c"], loss: 1.0), heal_after: "5m")"#;
    let runs = runs(lossy);
    assert!(runs.iter().all(|run| run.failovers == 1 && run.split_brain.is_zero() && run.converged));
    assert!(recoveries(&runs).all(|seconds| seconds > 12.0));
}

#[test]
fn only_what_goes_the_bad_way_suffers() {
    let one_way = |from: &str, to: &str| {
        format!(
            r#"(at: "30s", strike: Degraded(from: ["{from}"], to: ["{to}"], one_way: true, slower: Constant("3s")), heal_after: "10m"), (at: "120s", strike: Silence("a1"), heal_after: "5m")"#
        )
    };
    let plan = PLAN
        .replace(r#"(name: "a2", capacity: 1000)"#, r#"(name: "a2", witness: true)"#)
        .replace(r#"(name: "c1")"#, r#"(name: "c1", witness: true)"#);
    let lost = |faults: String| {
        runs_of(&plan, &faults).into_iter().map(|run| run.recovery_point).collect::<Vec<_>>()
    };
    assert!(lost(one_way("a", "b")).iter().all(|loss| *loss > Span::from_secs(2)));
    assert!(lost(one_way("b", "a")).iter().all(|loss| *loss < Span::from_secs(1)));
}

#[test]
fn clients_far_behind_a_bad_link_wait_longer_than_they_are_willing_to() {
    let far =
        r#"(at: "60s", strike: Degraded(from: ["a"], to: ["c"], slower: Constant("6s")), heal_after: "5m")"#;
    for run in runs(far) {
        let least = Span::from_secs(300) * 2;
        assert!(
            run.client_time.unserved >= least && run.client_time.unserved < least * 2,
            "the two clients of c"
        );
    }
}
