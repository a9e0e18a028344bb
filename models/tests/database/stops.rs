//! How a database stops, starts again and is promoted, where the plan knows better than the engine's profile; and copies
//! that are stuck until a person comes.

use super::*;

/// The primary's machine is cut off from everybody but its clients: it loses its lease and stops.
const CUT: &str = r#"(at: "60s", strike: Partition(["a1"], ["a2", "b", "c"]), heal_after: "10m")"#;

/// Without a watchdog, which would be quicker than any order to stop.
fn cut(database: &str) -> World {
    let plan = PLAN.replace(r#"watchdog: "12s", "#, "").replace("DATABASE", database).replace("POLICY", "");
    Story { database, policy: "", faults: CUT }.world_of(plan)
}

/// When the first primary no longer accepts writes.
fn closes(database: &str) -> SimTime {
    first(&cut(database).replay(1), 0, |what| *what == What::Closes).expect("it loses its lease")
}

#[test]
fn sessions_go_on_committing_until_they_are_ended() {
    let usual = closes("durability: Async, stop: Fast");
    let slow = closes(r#"durability: Async, stop: Fast, session_end: Constant("2s")"#);
    assert!(slow > usual + Span::from_millis(1_600), "{usual:?} {slow:?}");
    let later = |database: &str| {
        let (mut world, mut agenda) = (cut(database), Agenda::new());
        (0..10).map(|seed| world.run(seed, &mut agenda).split_brain.as_nanos()).max().unwrap_or(0)
    };
    assert_eq!(later("durability: Async, stop: Fast"), 0);
    let smart = later(r#"durability: Async, stop: Smart(Constant("25s"))"#);
    assert!(smart > 0, "they outlive the lease, and the next primary is open");
}

/// Whoever waits for sessions that do not end is made to stop when asked again.
#[test]
fn asked_again_it_stops_by_force() {
    let patient = closes(r#"durability: Async, stop: Smart(Constant("2h"))"#);
    assert!(patient < common::at(60 + 5 * 60), "{patient:?}");
}

/// The last checkpoint is written while nobody writes: a switchover takes longer by it, and loses nothing.
#[test]
fn a_switchover_waits_for_the_checkpoint() {
    let story = |database| Story {
        database,
        policy: r#"failback: After("5m")"#,
        faults: r#"(at: "60s", strike: RegionLoss("a"), heal_after: "5m")"#,
    };
    let took = |database| {
        let replay = story(database).replay(2);
        sound(&replay.record);
        let closes = |(_, note): &&(SimTime, firedrill_models::Note)| note.what == What::Closes;
        let (closed, note) = replay.notes.iter().rev().find(closes).expect("it hands over");
        let drained = replay
            .notes
            .iter()
            .find(|(at, other)| other.what == What::Drained && other.place == note.place && at >= closed);
        drained.expect("it stops in good order").0.since(*closed)
    };
    let (usual, long) = (took("durability: Async"), took(r#"durability: Async, checkpoint: Constant("3s")"#));
    assert!(usual < Span::from_secs(1) && long >= Span::from_secs(3), "{usual} {long}");
}

/// A crash costs a recovery at the next start; a stop in good order does not.
#[test]
fn crash_recovery_comes_on_top_of_the_start() {
    let back = |database: &str, faults| {
        let replay = Story { database, policy: "", faults }.replay(1);
        first(&replay, 1, |what| matches!(what, What::Streams(_))).expect("it is back, and its copy with it")
    };
    let crash = r#"(at: "60s", strike: Silence("a2"), heal_after: "60s")"#;
    let usual = back(r#"durability: Async, start: Constant("1s")"#, crash);
    let long = back(r#"durability: Async, start: Constant("1s"), crash_recovery: Constant("40s")"#, crash);
    let more = long.since(usual);
    assert!(more >= Span::from_secs(39) && more <= Span::from_secs(46), "{more}");
}

#[test]
fn promotion_takes_as_long_as_the_plan_says() {
    let lost = |database| Story {
        database,
        policy: "",
        faults: r#"(at: "60s", strike: Silence("a1"), heal_after: "10m")"#,
    };
    let opens = |database| {
        let replay = lost(database).replay(1);
        let opens = |(_, note): &&(SimTime, firedrill_models::Note)| matches!(note.what, What::Opens { .. });
        replay.notes.iter().find(opens).expect("somebody takes over").0
    };
    let (usual, long) =
        (opens("durability: Async"), opens(r#"durability: Async, promotion: Constant("7s")"#));
    let more = long.since(usual);
    assert!(more > Span::from_millis(6_900) && more < Span::from_secs(7), "{more}");
}

#[test]
fn a_copy_that_lacks_log_is_stuck_until_a_person_comes() {
    let story = |by_hand: &'static str| Story {
        database: by_hand,
        policy: "",
        faults: r#"(at: "60s", strike: Silence("a1"), heal_after: "10m")"#,
    };
    let by_hand =
        story(r#"durability: Async, keeps_log_for: "5m", full_copy_by_hand: Uniform("20m", "40m")"#);
    for record in by_hand.runs(20) {
        sound(&record);
        assert_eq!((record.operations.stuck_copies, record.operations.full_copies), (1, 1));
    }
    let replay = by_hand.replay(3);
    let stuck = first(&replay, 0, |what| *what == What::CopyStuck).expect("it is stuck");
    let begins = first(&replay, 0, |what| matches!(what, What::CopyBegins { .. })).expect("it is copied");
    let waited = begins.since(stuck);
    assert!(waited >= minutes(20) && waited <= minutes(41), "{waited}");
    let alone = story(r#"durability: Async, keeps_log_for: "5m""#);
    assert!(alone.runs(5).iter().all(|record| record.operations.stuck_copies == 0));
}
