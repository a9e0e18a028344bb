//! Faults that wait for a step strike at the same nanosecond with leaps and without.

use firedrill::models::RunRecord;
use firedrill::units::Span;

use super::random::{Draw, drawn_with, setting};
use super::{CALM, Difference, Drill, agree, files_of, first_difference};

/// Plans and disasters drawn by `cargo test`.
const DRAWN: u64 = 40;

/// Nobody hears the primary for a while: a failover, and a return.
const AWAY: &str = r#"(at: Between("60s", "300s"), strike: Partition(["a"], ["b", "c"]), heal_after: "2m")"#;

/// Whoever takes each of these steps is lost for two minutes, once.
#[test]
fn at_the_steps_of_a_failover() {
    for (step, spared) in [
        (r#"Suspects("$any")"#, 50),
        (r#"Promotes("$any")"#, 50),
        (r#"Closes("$primary")"#, 50),
        (r#"Redirects("$any"), after: Between("0s", "3m")"#, 40),
        (r#"Streams("a1")"#, 40),
    ] {
        let faults = format!(r#"{AWAY}, (when: {step}, strike: Silence("$that"), heal_after: "2m")"#);
        let drill = Drill { faults: faults.leak(), ..CALM };
        agree(drill, spared);
        assert!(drill.with_leaps().iter().all(struck), "{step}");
    }
}

/// The alarm for it was set just before the end of time, and a leap put it off beyond.
#[test]
fn a_lease_for_ever_never_runs_low() {
    let faults = r#"(at: "1h", strike: Crash("c1"), heal_after: "1m"),
        (when: LeaseNearlyOver("a1"), strike: CrashAgent("c1"), heal_after: "5s")"#;
    agree(Drill { faults, detector: "safeguards: (lease: false),", horizon: "2h", ..CALM }, 50);
}

fn struck(run: &RunRecord) -> bool {
    run.struck.iter().all(|struck| *struck)
}

/// Steps that are taken where nothing is wrong, too: no leap passes over one.
#[test]
fn at_steps_of_a_cluster_that_does_nothing_but_routine() {
    for (step, detector) in [
        (r#"Persists("$any"), nth: 2"#, "cooldown: \"5m\","),
        (r#"LeaseNearlyOver("$primary"), nth: 2"#, ""),
        (
            r#"LeaseNearlyOver("$primary"), nth: 40"#,
            "heartbeat: \"5s\", lease: \"8s\", lease_margin: \"1s\",",
        ),
    ] {
        let faults = format!(r#"{AWAY}, (when: {step}, strike: Silence("$that"), heal_after: "2m")"#);
        agree(Drill { faults: faults.leak(), detector, ..CALM }, -5);
    }
}

/// A run in which a fault still waits goes on to its horizon, and that costs little.
#[test]
fn until_the_horizon_for_a_step_that_never_comes() {
    let faults = format!(r#"{AWAY}, (when: Promotes("$any"), nth: 9, strike: Silence("$that"))"#);
    let drill = Drill { faults: faults.leak(), horizon: "4h", ..CALM };
    agree(drill, 80);
    for run in drill.with_leaps() {
        assert_eq!(
            (run.struck, run.ended.since(firedrill::sim::SimTime::ZERO)),
            (vec![true, false], Span::from_secs(14_400))
        );
    }
}

#[test]
fn of_random_plans_policies_and_disasters() {
    let (base, count) = (setting("FIREDRILL_LEAPS_BASE", 0), setting("FIREDRILL_LEAPS", DRAWN));
    let (mut compared, mut wrong) = (0, Vec::new());
    for number in base..base + count {
        let (plan, scenario) = drawn_with(number, faults);
        let told = |what: String| format!("number {number}: {what}\n{plan}\n{scenario}");
        match first_difference(&files_of(&plan, &scenario), number) {
            Ok(Difference { measure, .. }) => {
                compared += 1;
                wrong.extend(measure.map(told));
            }
            Err(refusal) => assert!(refusal.contains("policy."), "{}", told(refusal)),
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} differ, the first of them {}", wrong.len(), wrong[0]);
    assert!(compared * 10 >= count * 8, "{compared} of {count} can be run");
}

/// One to three faults that wait for steps, besides those that strike at a time.
fn faults(draw: &mut Draw, heartbeat: u64) -> String {
    let steps = [
        "Suspects",
        "Suspected",
        "Votes",
        "Coordinates",
        "Finds",
        "Begins",
        "Seals",
        "Chooses",
        "Fences",
        "Promotes",
        "Opens",
        "Closes",
        "Verifies",
        "Redirects",
        "Repoints",
        "Completes",
        "LosesLease",
        "LeaseNearlyOver",
        "Persists",
        "AgentStarts",
        "DatabaseStarts",
        "Streams",
    ];
    let fault = |draw: &mut Draw| {
        let (step, who) = (draw.one(&steps), draw.one(&["$any", "$any", "$primary", "a1", "b1"]));
        let strike = draw.one(&["Silence", "Crash", "CrashAgent", "HangAgent", "CrashDatabase", "Hang"]);
        let whom = draw.one(&["$that", "$that", "$that", "$primary", "b1"]);
        let (nth, after) =
            (draw.one(&[1, 1, 1, 2, 3, 7]), draw.one(&[0, 0, 1, heartbeat / 3, heartbeat * 20]));
        let (after, lasts) =
            (Span::from_millis(after), Span::from_millis(heartbeat * draw.one(&[1, 4, 10, 60])));
        format!(
            r#", (when: {step}("{who}"), nth: {nth}, after: "{after}", strike: {strike}("{whom}"), heal_after: "{lasts}")"#
        )
    };
    (0..draw.one(&[1, 2, 3])).map(|_| fault(draw)).collect()
}
