use super::*;

const OUTAGE: &str = r#"(at: "60s", strike: Silence("a1"), heal_after: "10m")"#;

fn story(database: &'static str) -> Story<'static> {
    Story { database, policy: "", faults: OUTAGE }
}

#[test]
fn a_copy_older_than_the_kept_log_is_made_anew_and_takes_as_long_as_its_size_says() {
    let short =
        story(r#"durability: Async, keeps_log_for: "5m", size_gb: 120, copy_mb_per_second: (100, 200)"#);
    for record in short.runs(20) {
        sound(&record);
        assert_eq!(record.operations.full_copies, 1);
    }
    let replay = short.replay(3);
    let begins = first(&replay, 0, |what| matches!(what, What::CopyBegins { .. })).expect("it begins");
    let ends = first(&replay, 0, |what| *what == What::CopyEnds).expect("it ends");
    let took = ends.since(begins);
    assert!(took > minutes(10) && took < minutes(20), "120 GB at 100 to 200 MB per second took {took}");
}

#[test]
fn a_copy_within_the_kept_log_is_rewound() {
    for record in story(r#"durability: Async, keeps_log_for: "1h""#).runs(20) {
        sound(&record);
        assert_eq!(record.operations.full_copies, 0);
    }
}

#[test]
fn the_share_of_rewinds_that_fail_is_copied_anew() {
    let half = story("durability: Async, rewind_fails: 0.5").runs(200);
    let copied: u32 = half.iter().map(|record| record.operations.full_copies).sum();
    assert!((70..=130).contains(&copied), "{copied} of 200 rewinds failed, 100 should");
    half.iter().for_each(sound);
}

/// What asynchronous replication lost is found on the old primary when it comes back, whichever way it does.
#[test]
fn diverged_writes_are_found_by_rewinds_and_by_copies_alike() {
    let cut = |database| Story {
        database,
        policy: "",
        faults: r#"(at: "60s", strike: Partition(["a1"], ["a2", "b", "c"]), heal_after: "10m")"#,
    };
    let by_rewind = cut("durability: Async").runs(40);
    let by_copy = cut(r#"durability: Async, keeps_log_for: "5m""#).runs(40);
    for (one, other) in by_rewind.iter().zip(&by_copy) {
        assert_eq!(one.operations.diverged_writes, one.lost_writes);
        assert_eq!(other.operations.diverged_writes, other.lost_writes);
    }
    assert!(by_rewind.iter().all(|record| record.operations.diverged_writes > 100), "seconds of writes");
}

/// The new primary is lost while the old one is being copied: what is half copied is nobody's successor.
#[test]
fn a_node_that_is_being_copied_is_no_candidate() {
    let twice = Story {
        database: r#"durability: Async, keeps_log_for: "5m", size_gb: 300, copy_mb_per_second: (100, 100)"#,
        policy: "",
        faults: r#"(at: "60s", strike: Silence("a1"), heal_after: "10m"),
            (at: "18m", strike: Silence("$primary"), heal_after: "5m")"#,
    };
    for seed in 0..20 {
        let replay = twice.replay(seed);
        sound(&replay.record);
        assert!(first(&replay, 0, |what| *what == What::CopyBreaksOff).is_some(), "seed {seed}");
        assert!(!replay.record.promoted.contains(&0), "seed {seed}: {:?}", replay.record.promoted);
        assert!(replay.record.operations.full_copies >= 2, "it begins anew");
    }
}

/// A replica that was only cut off has not diverged, but what it lacks is gone.
#[test]
fn a_replica_that_was_away_too_long_is_copied_anew() {
    let cut = Story {
        database: r#"durability: Async, keeps_log_for: "5m""#,
        policy: "",
        faults: r#"(at: "60s", strike: Partition(["c"], ["a", "b"]), heal_after: "10m")"#,
    };
    let record = &cut.runs(1)[0];
    sound(record);
    assert_eq!(
        (record.operations.full_copies, record.operations.diverged_writes, record.failovers),
        (1, 0, 0)
    );
}
