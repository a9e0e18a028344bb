//! Which standbys writes wait for: after silence, while they catch up, and where nobody is left.

use super::*;

/// A standby of the primary's region falls silent and comes back; nothing else happens.
const SILENT: &str = r#"(at: "60s", strike: Silence("a2"), heal_after: "5m")"#;

fn story(database: &str) -> Story<'_> {
    Story { database, policy: "", faults: SILENT }
}

/// How long clients were not served, in every run.
fn outages(records: &[RunRecord]) -> Vec<Span> {
    records.iter().map(|record| record.recovery_time.at_least()).collect()
}

#[test]
fn a_silent_standby_is_missed_after_its_time_and_the_next_one_confirms() {
    for (setting, least, most) in [("", 59, 67), (r#", wal_sender_timeout: "20s""#, 19, 27)] {
        let database = format!(r#"durability: First(1, ["a2", "b1"]){setting}"#);
        let records = story(&database).runs(20);
        records.iter().for_each(sound);
        for outage in outages(&records) {
            let (least, most) = (Span::from_secs(least), Span::from_secs(most));
            assert!(least <= outage && outage <= most, "{database}: {outage}");
        }
    }
}

/// Kind: a standby that comes back is waited for before it has caught up, and nobody looks again when it has.
#[test]
fn a_standby_that_comes_back_is_waited_for_only_once_it_has_caught_up() {
    for durability in [r#"Sync(["a2", "b1"])"#, r#"First(2, ["a2", "b1", "b2"])"#] {
        // 120 writes a second for four minutes at 200 a second: it catches up for minutes.
        let database = format!("durability: {durability}, replication_writes_per_second: 200");
        let replay = story(&database).replay(1);
        sound(&replay.record);
        let follows = first(&replay, 1, |what| matches!(what, What::Streams(0))).expect("it is back");
        let caught_up = first(&replay, 1, |what| *what == What::CaughtUp).expect("it catches up");
        assert!(caught_up.since(follows) > minutes(3), "{durability}: {}", caught_up.since(follows));
        let served = replay.notes.iter().rev().find(|(_, note)| note.what == What::AllServed);
        let served = served.expect("all are served in the end").0;
        assert!(served < follows, "{durability}: the others confirm, and all are served at {served:?}");
    }
}

/// Where both of two have to confirm, nothing is written while one is away: it has caught up when it is back.
#[test]
fn writes_that_waited_for_the_one_that_was_away_are_served_when_it_is_back() {
    let replay = story(r#"durability: Any(2, ["a2", "b1"])"#).replay(1);
    sound(&replay.record);
    let follows = first(&replay, 1, |what| matches!(what, What::Streams(0))).expect("it is back");
    let served = replay.notes.iter().rev().find(|(_, note)| note.what == What::AllServed);
    let served = served.expect("all are served in the end").0;
    assert!(served >= follows && served.since(follows) < Span::from_secs(10), "{}", served.since(follows));
}

#[test]
fn any_of_several_do_not_wait_for_the_silent_one() {
    for durability in [r#"Any(1, ["a2", "b1"])"#, r#"Any(2, ["a2", "b1", "b2"])"#, "Quorum(1)"] {
        let records = story(&format!("durability: {durability}")).runs(20);
        records.iter().for_each(sound);
        assert!(outages(&records).iter().all(|outage| outage.is_zero()), "{durability}");
    }
}

#[test]
fn a_standby_that_is_closed_or_refused_is_missed_at_once() {
    let crash = Story {
        database: r#"durability: First(1, ["a2", "b1"]), wal_sender_timeout: "10m""#,
        policy: "",
        faults: r#"(at: "60s", strike: CrashDatabase("a2"), heal_after: "5m")"#,
    };
    assert!(
        outages(&crash.runs(20)).iter().all(|outage| outage.is_zero()),
        "its kernel closes the connection"
    );
    let reboot = Story { faults: SILENT, ..crash };
    for outage in outages(&reboot.runs(20)) {
        // Five minutes of silence and a boot of 20 to 60 s.
        assert!(outage > minutes(5) && outage < Span::from_secs(5 * 60 + 75), "{outage}");
    }
}

/// Where a primary goes on without standbys, clients are served after that time, and what it then acknowledges dies
/// with it; waiting for ever, it serves nobody and loses nothing.
#[test]
fn a_primary_that_goes_on_alone_serves_and_pays_with_what_it_loses() {
    let both = |database| Story {
        database,
        policy: "",
        faults: r#"(at: "60s", strike: Partition(["b1"], ["a1"]), heal_after: "30m"),
            (at: "5m", strike: RegionLoss("a"), heal_after: "30m")"#,
    };
    let waits = both(r#"durability: First(1, ["b1"])"#).runs(20);
    assert!(waits.iter().all(|record| record.lost_writes == 0), "what nobody was told is not lost");
    let alone = both(r#"durability: First(1, ["b1"]), degrades_after: "10s""#);
    let records = alone.runs(20);
    for record in &records {
        assert_eq!(record.violations, [], "nothing was promised");
    }
    let lossy = records.iter().filter(|record| record.lost_writes > 0).count();
    assert!(lossy > 0, "what it acknowledged alone died with it in {lossy} of 20");
    let replay = alone.replay(3);
    let lonely = first(&replay, 0, |what| *what == What::GoesOnAlone).expect("it goes on alone");
    let after = lonely.since(common::at(60));
    assert!(after >= Span::from_secs(10) && after < Span::from_secs(16), "{after}");
}

#[test]
fn a_primary_that_went_on_alone_waits_again_when_its_standby_has_caught_up() {
    let database =
        r#"durability: First(1, ["a2"]), degrades_after: "10s", replication_writes_per_second: 400"#;
    let replay = story(database).replay(2);
    sound(&replay.record);
    let alone = first(&replay, 0, |what| *what == What::GoesOnAlone).expect("it goes on alone");
    let waits = first(&replay, 0, |what| *what == What::WaitsForStandbys).expect("it waits again");
    let caught_up = first(&replay, 1, |what| *what == What::CaughtUp).expect("it catches up");
    assert!(alone < caught_up && caught_up <= waits && waits.since(caught_up) < Span::from_secs(1));
    let outage = replay.record.recovery_time.at_least();
    assert!(outage >= Span::from_secs(9) && outage < Span::from_secs(16), "{outage}");
}

#[test]
fn lists_keep_what_they_confirmed_when_the_primary_is_lost() {
    for durability in [r#"First(2, ["a2", "b1", "c1"])"#, r#"Any(2, ["a2", "b1", "b2", "c1"])"#] {
        let lost = Story {
            database: &format!("durability: {durability}"),
            policy: "",
            faults: r#"(at: "60s", strike: RegionLoss("a"), heal_after: "30m")"#,
        };
        for record in lost.runs(20) {
            assert_eq!(
                (record.violations.len(), record.lost_writes),
                (0, 0),
                "{durability}, {}",
                record.seed
            );
        }
    }
}
