//! Faults that strike at a step of the run, told as stories.

use crate::support::{A1, A2, PLAN, notes, runs, when, world};
use failover::{Decision, NodeId, Step};
use firedrill_models::{Note, Place, RunRecord, What};
use sim::{Agenda, SimTime};
use units::Span;

const PRIMARY_GONE: &str = r#"(at: Between("60s", "70s"), strike: Silence("a1"), heal_after: "10m")"#;

fn story(second: &str) -> String {
    format!("{PRIMARY_GONE}, {second}")
}

/// When a fault struck.
fn strikes(notes: &[(SimTime, Note)], fault: usize) -> Vec<SimTime> {
    notes.iter().filter(|(_, note)| note.what == What::Strikes(fault)).map(|(at, _)| *at).collect()
}

fn sound(run: &RunRecord) -> bool {
    run.violations.is_empty() && run.split_brain.is_zero() && run.recovered()
}

/// Without the second fault a2 takes over in every run; it is lost before its database opens, so b1 or b2 does.
#[test]
fn whoever_promotes_is_lost_while_it_does() {
    assert!(runs(PRIMARY_GONE).iter().all(|run| run.promoted == [A2]));
    for run in runs(&story(r#"(when: Promotes("$any"), strike: Silence("$that"), heal_after: "15m")"#)) {
        assert!(sound(&run) && run.struck == [true, true], "seed {}: {:?}", run.seed, run.violations);
        assert!(
            !run.promoted.contains(&A2) && run.promoted.len() == 1,
            "seed {}: {:?}",
            run.seed,
            run.promoted
        );
    }
}

/// At the second promotion, which is not a2's.
#[test]
fn the_second_time_is_another() {
    let second = r#"(when: Promotes("$any"), strike: CrashDatabase("$that"), heal_after: "15m"),
        (when: Promotes("$any"), nth: 2, strike: Crash("$that"), heal_after: "15m")"#;
    let told = notes(&story(second));
    let (first, again) = (strikes(&told, 1), strikes(&told, 2));
    assert!(first.len() == 1 && again.len() == 1 && first < again, "{first:?} {again:?}");
    assert!(runs(&story(second)).iter().all(|run| run.struck == [true; 3] && run.violations.is_empty()));
}

/// It strikes so long after the step, which the timeline tells.
#[test]
fn a_while_after_the_step() {
    let told =
        notes(&story(r#"(when: Opens("$any"), after: "1500ms", strike: DnsFailure, heal_after: "1m")"#));
    let opens =
        told.iter().find(|(_, note)| matches!(note.what, What::Opens { .. })).expect("somebody takes over");
    let after = Span::from_millis(1_500);
    let reaches = What::Reaches { fault: 1, node: A2, after };
    assert!(told.contains(&(opens.0, Note { place: Place::World, what: reaches })), "{told:#?}");
    assert_eq!(strikes(&told, 1), [opens.0 + after]);
}

#[test]
fn a_moment_after_the_step_is_drawn_from_the_faults_own_stream() {
    let aimed = r#"(when: Opens("$any"), after: Between("1s", "9s"), strike: DnsFailure, lasts: Exponential(mean: "1m"))"#;
    let own = |faults: String| {
        let told = world(PLAN, &faults, "30m").replay(3).notes;
        let opens =
            told.iter().find(|(_, note)| matches!(note.what, What::Opens { .. })).expect("somebody does").0;
        strikes(&told, 1)[0].since(opens)
    };
    let more = r#"(at: "61s", strike: SlowDisk(node: "c1", times: 2), lasts: Exponential(mean: "1s"))"#;
    assert_eq!(own(story(aimed)), own(format!("{}, {more}", story(aimed))));
}

/// A burst goes on from the step, and every strike of it is at the node that reached it.
#[test]
fn a_burst_from_a_step_on() {
    let told = notes(&story(
        r#"(when: Opens("$any"), strike: CrashAgent("$that"), heal_after: "1s", again: (every: Constant("30s"), times: 2))"#,
    ));
    let first = strikes(&told, 1)[0];
    assert_eq!(
        (strikes(&told, 2), strikes(&told, 3)),
        (vec![first + Span::from_secs(30)], vec![first + Span::from_secs(60)])
    );
    let restarts = when(&told, A2, &What::AgentStarts);
    assert_eq!(restarts.len(), 3, "a2's, each time: {restarts:?}");
}

/// What an agent was writing when it died is not on its disk: a voter that is killed while it writes its vote has not voted.
#[test]
fn an_agent_dies_while_it_writes_its_vote() {
    let lost = r#"(at: "60s", strike: RegionLoss("a"), heal_after: "10m")"#;
    let faults = format!(r#"{lost}, (when: Votes("$any"), strike: CrashAgent("$that"), heal_after: "3s")"#);
    let mut struck = 0;
    for run in runs(&faults) {
        assert!(
            run.violations.is_empty() && run.split_brain.is_zero(),
            "seed {}: {:?}",
            run.seed,
            run.violations
        );
        struck += usize::from(run.struck[1]);
    }
    assert!(struck > 5, "the coordinator is lost in some runs, and others vote: {struck}");
}

/// Its lease runs down while nobody hears the primary, and before it loses it.
#[test]
fn a_lease_that_is_nearly_over() {
    let cut = r#"(at: "60s", strike: Partition(["a1"], ["a2", "b", "c"]), heal_after: "5m"),
        (when: LeaseNearlyOver("a1"), strike: HangAgent("$that"), heal_after: "1s")"#;
    let told = notes(cut);
    let loses = Place::Node(A1);
    let loses = told.iter().find(|(_, note)| {
        note.place == loses
            && matches!(note.what, What::Decides(Decision::LosesLease { .. }) | What::WatchdogResets)
    });
    let (low, loses) = (strikes(&told, 1)[0], loses.expect("nobody renews it").0);
    assert!(low > crate::common::at(60) && low < loses, "{low} {loses}");
    assert!(runs(cut).iter().all(|run| run.struck == [true, true] && run.split_brain.is_zero()));
}

/// Whoever is suspected, by whom: the word for each.
#[test]
fn who_suspects_and_who_is_suspected() {
    let struck = |step: &str| {
        let told = notes(&story(&format!(
            r#"(when: {step}, strike: SlowDisk(node: "$that", times: 2), heal_after: "1m")"#
        )));
        told.into_iter().find_map(|(_, note)| match note.what {
            What::Reaches { node, .. } => Some(node),
            _ => None,
        })
    };
    assert_eq!(struck(r#"Suspected("$any")"#), Some(A1));
    assert!(struck(r#"Suspects("$any")"#).is_some_and(|node| node != A1));
    assert_eq!(struck(r#"Suspected("$primary")"#), Some(A1));
    assert_eq!(struck(r#"Suspects("a1")"#), None, "it is off");
}

/// A step that never comes: the fault strikes never, the run says so, and is watched to its end.
#[test]
fn a_step_that_never_comes() {
    for run in runs(&story(r#"(when: Promotes("c1"), strike: Silence("$that"), heal_after: "1m")"#)) {
        assert_eq!((run.struck.as_slice(), run.fault_effects[1]), (&[true, false][..], 0));
        assert_eq!(run.ended, crate::common::at(30 * 60));
    }
}

/// A world that was used before awaits the steps of the next run anew, and none that happen while it comes into being.
#[test]
fn a_used_world_waits_anew() {
    let faults = story(r#"(when: Persists("$any"), nth: 3, strike: CrashAgent("$that"), heal_after: "2s")"#);
    let (mut world, mut agenda) = (world(PLAN, &faults, "30m"), Agenda::new());
    let first: Vec<RunRecord> = (0..5).map(|seed| world.run(seed, &mut agenda)).collect();
    let again: Vec<RunRecord> = (0..5).map(|seed| world.run(seed, &mut agenda)).collect();
    assert_eq!(first, again);
}

/// The words of plans are those of their steps.
#[test]
fn steps_of_a_plan_are_found_where_it_takes_them() {
    let plan = [
        ("Fences", Step::Fence),
        ("Verifies", Step::Verify),
        ("Redirects", Step::Redirect),
        ("Repoints", Step::Repoint),
    ];
    for (word, step) in plan {
        let told = notes(&story(&format!(
            r#"(when: {word}("$any"), strike: SlowDisk(node: "$that", times: 2), heal_after: "1m")"#
        )));
        let begins = |note: &Note| matches!(note.what, What::Decides(Decision::StepBegins { step: begun, .. }) if begun == step);
        let begun = told.iter().find(|(_, note)| begins(note)).expect("a failover takes it").0;
        assert_eq!(strikes(&told, 1), [begun], "{word}");
    }
}

/// Names of nodes in decisions are indexes of the world.
#[test]
fn the_region_of_whoever_coordinates_is_lost() {
    let told = notes(&story(r#"(when: Chooses("$any"), strike: RegionLoss("$that"), heal_after: "5m")"#));
    let chooses = told.iter().find(|(_, note)| matches!(note.what, What::Decides(Decision::Chooses { .. })));
    let Some((_, Note { place: Place::Node(node), .. })) = chooses else { panic!("somebody chooses") };
    let suspected = |at: usize| {
        let what = What::Decides(Decision::Suspects(NodeId::at(at)));
        told.iter().any(|(_, note)| note.what == what)
    };
    assert!(suspected(*node), "it is off, and missed");
}
