use crate::support::{A1, PLAN, at, notes, recoveries, runs, runs_of, sound, when, world};
use firedrill_models::What;
use sim::{Agenda, SimTime};
use units::Span;

/// 120 writes per second are more than a 1000th of 1000 / 20: clients time out while everybody hears everybody.
const GRAY: &str = r#"(at: "60s", strike: Slow(node: "a1", times: 20), heal_after: "5m")"#;

#[test]
fn a_gray_primary_is_out_of_service_and_nobody_suspects_it() {
    let runs = runs(GRAY);
    sound(&runs);
    assert!(runs.iter().all(|run| run.failovers == 0), "heartbeats still get out");
    assert!(recoveries(&runs).all(|seconds| (280.0..320.0).contains(&seconds)));
}

#[test]
fn statements_time_out_once_their_queue_is_as_long_as_clients_wait() {
    // It carries 50 of 120 writes a second: 10 s of waiting are 500 writes, and 70 a second more than it carries.
    let notes = notes(GRAY);
    let late = at(60) + Span::from_nanos(10_000_000_000 * 50 / 70);
    let found = when(&notes, A1, &What::TimesOut { offered: 120 });
    assert!(found.len() == 1 && found[0].since(late) < Span::from_nanos(2) && found[0] >= late, "{found:?}");
    // Well again it has the backlog to work off, of as many writes as may wait, and answers in time meanwhile.
    let worked_off = at(360) + Span::from_nanos(5_000_000_000_000 / (1000 - 120));
    assert_eq!(when(&notes, A1, &What::Queues { offered: 120 }), [at(60), at(360)]);
    let well = when(&notes, A1, &What::KeepsUp);
    assert!(well.len() == 1 && well[0].since(worked_off) < Span::from_millis(1), "{well:?}");
}

#[test]
fn a_primary_that_still_carries_its_load_serves_slowly_but_serves() {
    let runs = runs(r#"(at: "60s", strike: Slow(node: "a1", times: 8), heal_after: "5m")"#);
    assert!(recoveries(&runs).all(|seconds| seconds == 0.0));
    assert!(runs.iter().all(|run| run.fault_effects[0] > 0));
}

#[test]
fn a_machine_so_slow_that_its_probe_fails_hands_over() {
    // A statement of 6 ms takes 6 s: beyond the probe's 3 s.
    let runs = runs(r#"(at: "60s", strike: Slow(node: "a1", times: 1000), heal_after: "15m")"#);
    assert!(
        runs.iter().all(|run| run.failovers >= 1 && run.false_failovers == 0 && run.split_brain.is_zero())
    );
    assert!(recoveries(&runs).all(|seconds| seconds < 300.0), "it did not wait for the machine to get well");
}

#[test]
fn an_agent_that_lags_behind_its_inputs_is_reset_in_time() {
    // 20 s for each input: no lease can be renewed. With a watchdog that is safe, whatever the database does.
    let runs = runs(r#"(at: "60s", strike: Slow(node: "a1", times: 20000), heal_after: "10m")"#);
    assert!(runs.iter().all(|run| run.failovers >= 1 && run.split_brain.is_zero()));
}

#[test]
fn two_faults_that_slow_a_machine_multiply_and_each_ends_by_itself() {
    // 5 times is borne, 4 times is borne; 20 times is not.
    let faults = r#"(at: "60s", strike: Slow(node: "a1", times: 5), heal_after: "10m"), (at: "120s", strike: Slow(node: "a1", times: 4), heal_after: "3m")"#;
    let notes = notes(faults);
    let slow = when(&notes, A1, &What::TimesOut { offered: 120 });
    let well = when(&notes, A1, &What::Queues { offered: 120 });
    // 5,000 writes wait when the second is over, 2,000 of 200 a second are worth waiting for, 120 more come.
    let in_time = at(300) + Span::from_millis(1000 * 3000 / 80);
    assert!(slow.len() == 1 && slow[0] > at(120) && well == [at(120), in_time], "{slow:?} {well:?}");
    sound(&runs(faults));
}

#[test]
fn a_machine_that_is_well_again_is_as_it_was() {
    // What came before leaves no trace in how long a failover takes afterwards.
    let crash = r#"(at: "10m", strike: Crash("a1"), heal_after: "5m")"#;
    let before = r#"(at: "60s", strike: Slow(node: "a2", times: 300), heal_after: "2m"), "#;
    let (alone, after) = (runs(crash), runs(&format!("{before}{crash}")));
    let longest = |seconds: Vec<f64>| seconds.into_iter().fold(0.0, f64::max);
    let (alone, after) = (longest(recoveries(&alone).collect()), longest(recoveries(&after).collect()));
    assert!((alone - after).abs() < 10.0, "{alone} s, {after} s");
}

#[test]
fn a_run_is_not_over_while_a_machine_is_slow() {
    let run =
        world(PLAN, r#"(at: "60s", strike: Slow(node: "b1", times: 3))"#, "10m").run(1, &mut Agenda::new());
    assert_eq!(run.ended, SimTime::ZERO + Span::from_secs(600));
}

#[test]
fn a_slow_disk_lets_its_replica_lag_until_it_has_caught_up() {
    // 2000 / 40 = 50 of 120 writes per second for five minutes; then 1880 per second to catch up.
    let plan = PLAN.replace(r#"capacity: 1000"#, "capacity: 100000");
    let faults = r#"(at: "60s", strike: SlowDisk(node: "b1", times: 40), heal_after: "5m")"#;
    for run in runs_of(&plan, faults) {
        let lag = run.fault_effects[0] as f64 / 1000.0;
        assert!((174.0..176.0).contains(&lag), "five minutes at 5 of 12 leave 175 s: {lag}");
        assert!(run.ended >= at(360 + 11), "21,000 writes at 1,880 a second: {}", run.ended);
        assert!(run.recovery_time.at_least().is_zero() && run.converged);
    }
}

#[test]
fn a_primary_with_a_slow_disk_commits_too_slowly_though_its_agent_is_quick() {
    let runs = runs(r#"(at: "60s", strike: SlowDisk(node: "a1", times: 20), heal_after: "5m")"#);
    sound(&runs);
    assert!(recoveries(&runs).all(|seconds| (280.0..320.0).contains(&seconds)));
}

#[test]
fn what_a_slow_machine_began_goes_on_quickly_once_it_is_well() {
    // A machine boots within minutes: 300 times that would be hours, of which it is slow for one minute.
    let faults = r#"(at: "60s", strike: Slow(node: "a1", times: 300), heal_after: "70s"),
        (at: "65s", strike: Silence("a1"), heal_after: "5s")"#;
    let runs = runs(faults);
    assert!(runs.iter().all(|run| run.recovered() && run.converged));
    let started = |notes: &[_]| when(notes, A1, &What::AgentStarts).last().copied();
    let notes = notes(faults);
    let back = started(&notes).expect("it boots");
    assert!(back > at(130) && back < at(400), "{back}");
}

#[test]
fn what_is_under_way_when_a_machine_becomes_slow_takes_longer() {
    let boots = |faults: &str| *when(&notes(faults), A1, &What::AgentStarts).last().expect("it boots");
    let quick = boots(r#"(at: "60s", strike: Silence("a1"), heal_after: "5s")"#);
    // Ten times as long from one second before it would be up.
    let slow = boots(&format!(
        r#"(at: "60s", strike: Silence("a1"), heal_after: "5s"), (at: "{}", strike: Slow(node: "a1", times: 10), heal_after: "5m")"#,
        quick.since(SimTime::ZERO).saturating_sub(Span::from_secs(1)),
    ));
    assert_eq!(slow.since(quick), Span::from_secs(9), "{slow} and {quick}");
}
