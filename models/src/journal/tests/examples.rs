//! Small stories with known endings, told to both journals.

use super::story::{FAST, at_ms, eager, lazy, ms};
use crate::journal::{Diverged, Durability, Journal, Loss, Position};

/// Store 0 primary at 1,000 writes/s from the start, the others behind links of 20, 30, ... ms.
fn start(journal: &mut dyn Journal, stores: usize) {
    journal.write_rate(at_ms(0), 0, 1_000);
    journal.open(at_ms(0), 0, 1);
    for replica in 1..stores {
        journal.stream(at_ms(0), replica, 0, ms(10 + 10 * replica as u64), FAST).unwrap();
    }
}

fn crash(journal: &mut dyn Journal, at: u64, replicas: &[usize]) {
    journal.close(at_ms(at), 0);
    replicas.iter().for_each(|replica| journal.cut(at_ms(at), *replica));
}

fn told_to_both(stores: usize, durability: Durability, story: impl Fn(&mut dyn Journal)) {
    story(&mut lazy(stores, durability.clone(), 7));
    story(&mut eager(stores, durability, 7));
}

#[test]
fn an_asynchronous_link_loses_what_was_under_way() {
    told_to_both(2, Durability::Async, |journal| {
        start(journal, 2);
        crash(journal, 10_000, &[1]);
        assert_eq!(journal.position(at_ms(10_000), 1), Position { epoch: 1, at: at_ms(9_980) });
        let loss = journal.losses(at_ms(20_000), 1);
        assert!((5..45).contains(&loss.writes), "about 20 writes of 1,000/s in 20 ms, not {loss:?}");
        assert!(ms(10) < loss.span && loss.span <= ms(20), "{loss:?}");
        assert_eq!(loss, journal.losses(at_ms(30_000), 1), "nothing happened since");
    });
}

#[test]
fn what_a_hung_primary_loses_is_as_old_as_when_its_clients_were_last_answered() {
    told_to_both(2, Durability::Async, |journal| {
        start(journal, 2);
        journal.write_rate(at_ms(10_000), 0, 0);
        journal.cut(at_ms(10_000), 1);
        crash(journal, 18_000, &[]);
        let loss = journal.losses(at_ms(20_000), 1);
        assert!(loss.writes > 0 && ms(10) < loss.span && loss.span <= ms(20), "{loss:?}");
    });
}

#[test]
fn the_closed_primary_itself_has_lost_nothing() {
    told_to_both(2, Durability::Async, |journal| {
        start(journal, 2);
        crash(journal, 10_000, &[1]);
        assert_eq!(journal.losses(at_ms(10_000), 0), Loss::default());
    });
}

#[test]
fn synchronous_writes_wait_for_the_first_standby_that_is_connected() {
    told_to_both(3, Durability::Sync(vec![1, 2]), |journal| {
        start(journal, 3);
        assert_eq!(journal.acknowledgement_wait(at_ms(5_500), 0), Some(ms(40)));
        journal.cut(at_ms(6_000), 1);
        assert_eq!(journal.acknowledgement_wait(at_ms(6_500), 0), Some(ms(60)));
        journal.cut(at_ms(7_000), 2);
        assert_eq!(journal.acknowledgement_wait(at_ms(7_500), 0), None);
        crash(journal, 9_000, &[]);
        assert_eq!(journal.losses(at_ms(9_000), 2), Loss::default(), "what nobody was told is not lost");
    });
}

#[test]
fn a_write_that_missed_its_standby_is_acknowledged_when_one_is_back() {
    told_to_both(2, Durability::Sync(vec![1]), |journal| {
        start(journal, 2);
        journal.cut(at_ms(1_000), 1);
        let before = journal.acknowledged(at_ms(2_000));
        assert_eq!(journal.acknowledged(at_ms(3_000)), before, "nobody is told anything");
        journal.stream(at_ms(3_000), 1, 0, ms(20), FAST).unwrap();
        let after = journal.acknowledged(at_ms(3_100));
        assert!((1_800..2_300).contains(&(after - before)), "two seconds of writes, not {}", after - before);
    });
}

#[test]
fn the_first_two_of_a_list_must_both_confirm() {
    told_to_both(4, Durability::First(2, vec![3, 1, 2]), |journal| {
        start(journal, 4);
        assert_eq!(journal.acknowledgement_wait(at_ms(1_000), 0), Some(ms(80)), "the slower of 3 and 1");
        journal.cut(at_ms(2_000), 3);
        assert_eq!(journal.acknowledgement_wait(at_ms(2_500), 0), Some(ms(60)), "the slower of 1 and 2");
        journal.cut(at_ms(3_000), 1);
        assert_eq!(journal.acknowledgement_wait(at_ms(3_500), 0), None);
    });
}

#[test]
fn any_two_of_a_list_may_confirm_and_nobody_else() {
    told_to_both(4, Durability::Any(2, vec![1, 2]), |journal| {
        start(journal, 4);
        assert_eq!(journal.acknowledgement_wait(at_ms(1_000), 0), Some(ms(60)));
        journal.cut(at_ms(2_000), 1);
        assert_eq!(journal.acknowledgement_wait(at_ms(2_500), 0), None, "3 is connected and not named");
    });
}

#[test]
fn a_silent_standby_holds_writes_up_until_it_is_missed() {
    told_to_both(3, Durability::Sync(vec![1, 2]), |journal| {
        start(journal, 3);
        journal.lose(at_ms(2_000), 1);
        assert_eq!(journal.acknowledgement_wait(at_ms(2_500), 0), None);
        assert!(!journal.has_standbys(at_ms(2_500), 0));
        let before = journal.acknowledged(at_ms(3_000));
        assert_eq!(journal.acknowledged(at_ms(4_000)), before, "2 has confirmed them, and is not asked");
        journal.miss(at_ms(5_000), 1);
        assert_eq!(journal.acknowledgement_wait(at_ms(5_000), 0), Some(ms(60)));
        let after = journal.acknowledged(at_ms(5_100));
        assert!(
            (2_700..3_500).contains(&(after - before)),
            "three seconds of writes, not {}",
            after - before
        );
    });
}

#[test]
fn a_standby_that_catches_up_is_not_waited_for() {
    told_to_both(3, Durability::Sync(vec![1, 2]), |journal| {
        start(journal, 3);
        journal.cut(at_ms(2_000), 1);
        journal.catch_up(at_ms(12_000), 1, 0, ms(20), 2_000).unwrap();
        assert_eq!(journal.acknowledgement_wait(at_ms(13_000), 0), Some(ms(60)), "the other one confirms");
        let left = journal.backlog(at_ms(13_000), 1).expect("it catches up");
        assert!(ms(4_000) < left && left < ms(5_000), "9,000 of 2,000 a second take 4.5 s, not {left}");
        let left = journal.backlog(at_ms(23_000), 1).expect("it has caught up");
        assert!(left <= ms(10), "{left}");
        journal.count(at_ms(23_000), 1);
        let wait = journal.acknowledgement_wait(at_ms(23_000), 0).expect("it confirms");
        assert!(ms(40) <= wait && wait <= ms(50), "{wait}");
    });
}

#[test]
fn a_primary_that_goes_on_alone_tells_its_clients_and_loses_it_all() {
    told_to_both(2, Durability::Any(1, vec![1]), |journal| {
        start(journal, 2);
        journal.lose(at_ms(2_000), 1);
        let before = journal.acknowledged(at_ms(4_000));
        journal.wait_for_standbys(at_ms(4_000), 0, false);
        assert_eq!(journal.acknowledgement_wait(at_ms(4_000), 0), Some(ms(0)));
        let after = journal.acknowledged(at_ms(7_000));
        assert!((4_500..5_500).contains(&(after - before)), "all since it was lost, not {}", after - before);
        crash(journal, 7_000, &[]);
        let loss = journal.losses(at_ms(7_000), 1);
        assert!((4_500..5_500).contains(&loss.writes) && ms(5_000) <= loss.span, "{loss:?}");
    });
}

#[test]
fn a_quorum_waits_for_its_slowest_needed_member() {
    told_to_both(3, Durability::Quorum(2), |journal| {
        start(journal, 3);
        assert_eq!(journal.acknowledgement_wait(at_ms(1_000), 0), Some(ms(60)));
        journal.cut(at_ms(2_000), 2);
        assert_eq!(journal.acknowledgement_wait(at_ms(2_500), 0), None);
    });
}

#[test]
fn both_sides_of_a_split_brain_lose_to_each_other() {
    told_to_both(2, Durability::Async, |journal| {
        start(journal, 2);
        journal.cut(at_ms(5_000), 1);
        journal.write_rate(at_ms(6_000), 1, 500);
        journal.open(at_ms(6_000), 1, 2);
        journal.close(at_ms(8_000), 0);
        let (old, new) = (journal.losses(at_ms(10_000), 1), journal.losses(at_ms(10_000), 0));
        assert!((2_700..3_400).contains(&old.writes), "3 s of 1,000/s: {old:?}");
        assert!((1_800..2_200).contains(&new.writes), "4 s of 500/s: {new:?}");
        assert_eq!((old.conflicting_branches, new.conflicting_branches), (1, 1));
        assert!(ms(3_000) < old.span && old.span <= ms(3_020), "{old:?}");
        assert_eq!(journal.rewind(at_ms(10_000), 0, 1), old);
    });
}

#[test]
fn a_standby_ahead_of_the_new_primary_has_to_be_rewound_first() {
    told_to_both(3, Durability::Async, |journal| {
        start(journal, 3);
        crash(journal, 5_000, &[1, 2]);
        journal.open(at_ms(6_000), 2, 2);
        assert_eq!(journal.stream(at_ms(6_500), 1, 2, ms(20), FAST), Err(Diverged));
        journal.rewind(at_ms(7_000), 1, 2);
        assert_eq!(journal.position(at_ms(7_000), 1), Position { epoch: 1, at: at_ms(4_970) });
        journal.stream(at_ms(7_000), 1, 2, ms(20), FAST).unwrap();
        assert_eq!(journal.position(at_ms(8_000), 1), Position { epoch: 2, at: at_ms(7_980) });
    });
}

#[test]
fn time_between_two_branches_is_no_lag() {
    told_to_both(3, Durability::Async, |journal| {
        start(journal, 3);
        crash(journal, 5_000, &[1, 2]);
        journal.open(at_ms(60_000), 1, 2);
        assert_eq!(journal.lag(at_ms(60_000), 2, 1), ms(10), "the log of 10 ms, not the outage of 55 s");
        assert_eq!(journal.lag(at_ms(60_500), 2, 1), ms(510));
    });
}

#[test]
fn a_standby_of_a_standby_gets_everything_later() {
    told_to_both(3, Durability::Async, |journal| {
        start(journal, 2);
        journal.stream(at_ms(0), 2, 1, ms(100), FAST).unwrap();
        assert_eq!(journal.position(at_ms(5_000), 2), Position { epoch: 1, at: at_ms(4_880) });
        assert_eq!(
            journal.stream(at_ms(5_000), 1, 2, ms(1), FAST),
            Err(Diverged),
            "streams must not run in a ring"
        );
        crash(journal, 6_000, &[1]);
        journal.open(at_ms(7_000), 1, 2);
        assert_eq!(journal.position(at_ms(8_000), 2), Position { epoch: 2, at: at_ms(7_900) });
    });
}

#[test]
fn without_writes_even_a_stopped_stream_keeps_up() {
    told_to_both(2, Durability::Async, |journal| {
        journal.open(at_ms(0), 0, 1);
        journal.stream(at_ms(0), 1, 0, ms(20), 0).unwrap();
        assert_eq!(journal.position(at_ms(5_000), 1), Position { epoch: 1, at: at_ms(4_980) });
    });
}

#[test]
fn a_throttled_stream_falls_behind_by_what_it_cannot_carry() {
    let mut journal = lazy(2, Durability::Async, 7);
    start(&mut journal, 2);
    journal.throttle(at_ms(2_020), 1, 250);
    assert_eq!(journal.position(at_ms(10_020), 1).at, at_ms(4_000), "2 s, and a quarter of 8 s");
    journal.write_rate(at_ms(10_020), 0, 0);
    journal.throttle(at_ms(10_020), 1, 2_000);
    assert_eq!(journal.position(at_ms(11_020), 1).at, at_ms(6_000), "1 s at twice the speed of writing");
    assert_eq!(journal.lag(at_ms(60_020), 1, 0), ms(20));
}

#[test]
fn a_queue_grows_only_once_the_rush_has_arrived() {
    let mut journal = lazy(3, Durability::Sync(vec![1]), 7);
    journal.write_rate(at_ms(0), 0, 100);
    journal.open(at_ms(0), 0, 1);
    journal.stream(at_ms(0), 1, 0, ms(200), 500).unwrap();
    journal.stream(at_ms(0), 2, 1, ms(300), 250).unwrap();
    journal.write_rate(at_ms(5_000), 0, 1_000);
    // Store 1: 500 writes by 5.2 s, then 500/s: 2,900 by 10 s, which are the 500 and 2.4 s of the rush.
    assert_eq!(journal.position(at_ms(10_000), 1).at, at_ms(7_400));
    // Store 2 is fed 500/s from 5.5 s on and carries half of that: 500 and 250/s, 1,625 by 10 s.
    assert_eq!(journal.position(at_ms(10_000), 2).at, at_ms(6_125));
    // 2,600 writes are ahead of one that comes now, at 500/s, and the confirmation takes 200 ms.
    assert_eq!(journal.acknowledgement_wait(at_ms(10_000), 0), Some(ms(5_400)));
}

#[test]
fn a_loss_is_dated_back_from_the_last_moment_anybody_was_told_anything() {
    told_to_both(3, Durability::Sync(vec![1]), |journal| {
        start(journal, 2);
        journal.cut(at_ms(5_000), 1);
        crash(journal, 10_000, &[]);
        // Store 2 never had anything: all acknowledged writes are lost, the oldest of the first milliseconds.
        let loss = journal.losses(at_ms(12_000), 2);
        assert!(
            ms(4_980) < loss.span && loss.span <= ms(5_000),
            "not dated from the crash at 10 s: {loss:?}"
        );
    });
}
