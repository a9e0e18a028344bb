//! A node that slept, or whose clock jumped.

use super::*;

/// In service, and both others were heard at second 1.
fn in_touch() -> Bench {
    let mut bench = Bench::in_service();
    for peer in [1, 2] {
        bench.at(1.0, beat_of(peer, 1.0));
    }
    bench
}

fn suspects(bench: &Bench) -> usize {
    let suspicions = bench.wants.iter();
    suspicions.filter(|wants| matches!(wants, Effect::Decided(Decision::Suspects(_)))).count()
}

#[test]
fn what_a_node_slept_through_is_no_silence_of_the_others() {
    let mut bench = in_touch();
    bench.wakes(61.0, Role::Primary);
    assert_eq!(suspects(&bench), 0);
    assert!(
        bench.decides(Decision::LosesLease { epoch: 1 }) && bench.does(Task::Stop),
        "its lease is over all the same"
    );
}

#[test]
fn silence_counts_again_once_it_is_awake() {
    let mut bench = in_touch();
    let mut found = 0;
    for second in 61..80 {
        bench.wakes(f64::from(second), Role::Stopped);
        found += suspects(&bench);
        assert!(second < 79 || found == 2, "missed by then: {found}");
        assert!(second > 71 || found == 0, "{second}");
    }
}

/// A message that comes first when it wakes is heard now, not in the future.
#[test]
fn who_is_heard_on_waking_is_missed_no_later_than_ever() {
    let mut bench = in_touch();
    bench.at(61.0, beat_of(1, 61.0));
    let mut second = 61.0;
    while suspects(&bench) == 0 || !bench.decides(Decision::Suspects(NodeId(1))) {
        second += 0.5;
        assert!(second <= 61.0 + 17.5, "three beats and a half after it was heard");
        bench.wakes(second, Role::Stopped);
    }
    assert!(second >= 61.0 + 17.0, "{second}");
}
