use super::*;

use failover::Decision;

const OUTAGE: &str = r#"(at: "60s", strike: RegionLoss("a"), heal_after: "5m")"#;

fn story(durability: &'static str) -> Story<'static> {
    Story { database: durability, policy: r#"failback: After("5m")"#, faults: OUTAGE }
}

/// When the coordinator began the first switchover.
fn begins(replay: &Replay) -> Option<SimTime> {
    let begins = |what: &What| matches!(what, What::Decides(Decision::HandsOver { .. }));
    replay.notes.iter().find(|(_, note)| begins(&note.what)).map(|(at, _)| *at)
}

#[test]
fn the_region_that_came_back_gets_the_role_back_and_no_write_is_lost_by_that() {
    for durability in
        ["durability: Async", "durability: Quorum(2)", r#"durability: Sync(["b1", "c1", "a1"])"#]
    {
        let stay = Story { policy: "", ..story(durability) }.runs(20);
        for (record, stayed) in story(durability).runs(20).iter().zip(&stay) {
            sound(record);
            assert_eq!((record.failovers, record.operations.switchovers, record.false_failovers), (1, 1, 0));
            assert_eq!(record.lost_writes, stayed.lost_writes, "the failover's loss is all there is");
        }
    }
}

#[test]
fn it_has_to_follow_for_as_long_as_the_policy_says() {
    let replay = story("durability: Async").replay(2);
    let follows = at(&replay, 0).into_iter().find(|(_, what)| matches!(what, What::Streams(_)));
    let (follows, _) = follows.expect("it comes back");
    let begins = begins(&replay).expect("it gets the role back");
    let waited = begins.since(follows);
    assert!(waited >= minutes(5) && waited < minutes(6), "{waited}");
}

#[test]
fn the_old_primary_closes_in_good_order_before_the_new_one_opens() {
    let replay = story("durability: Async").replay(2);
    let begins = begins(&replay).expect("it gets the role back");
    let when = |wanted: fn(&What) -> bool| {
        let after = replay.notes.iter().filter(|(at, _)| *at >= begins);
        after.clone().find(|(_, note)| wanted(&note.what)).map(|(at, _)| *at).expect("it happens")
    };
    let closes = when(|what| *what == What::Closes);
    let drained = when(|what| *what == What::Drained);
    let opens = when(|what| matches!(what, What::Opens { .. }));
    assert!(begins < closes && closes <= drained && drained < opens);
    assert!(opens.since(closes) < Span::from_secs(2), "nobody has to wait for a lease to run out");
    assert_eq!(replay.record.operations.diverged_writes, replay.record.lost_writes, "all are found");
}

/// The preferred region is there again, but a third one is cut off.
#[test]
fn never_during_a_partition() {
    let faults = r#"(at: "60s", strike: RegionLoss("a"), heal_after: "5m"),
        (at: "9m", strike: Partition(["c"], ["a", "b"]), heal_after: "20m")"#;
    for seed in 0..10 {
        let replay = Story { faults, ..story("durability: Async") }.replay(seed);
        sound(&replay.record);
        let begins = begins(&replay).expect("it gets the role back in the end");
        assert!(begins > SimTime::ZERO + minutes(29), "seed {seed}: {begins}");
    }
}

/// The target dies while it is being handed the role: whoever was primary goes on, or somebody takes over.
#[test]
fn a_target_lost_in_the_middle_of_it_costs_no_write() {
    let quiet = story("durability: Async");
    for seed in 0..20 {
        let begins = begins(&quiet.replay(seed)).expect("it gets the role back").since(SimTime::ZERO);
        let struck = begins + Span::from_millis(40 * seed);
        let faults = format!(
            r#"{OUTAGE}, (at: "{}ms", strike: Silence("a1"), heal_after: "3m")"#,
            struck.as_nanos() / 1_000_000
        );
        let record = &Story { faults: &faults, ..story("durability: Async") }.replay(seed).record;
        assert_eq!(record.violations, [], "seed {seed}");
        assert!(record.recovered() && record.converged, "seed {seed}");
    }
}
