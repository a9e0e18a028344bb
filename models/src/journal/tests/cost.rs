use super::story::{at_ms, lazy, ms};
use crate::journal::{Durability, Journal, Lazy};

/// A minute with two failovers, throttling and every kind of question, at a scale of writes.
fn steps_of_a_busy_minute(durability: Durability, per_second: u64) -> u64 {
    let mut journal: Lazy = lazy(3, durability, 1);
    journal.open(at_ms(0), 0, 1);
    for replica in [1, 2] {
        journal.stream(at_ms(0), replica, 0, ms(20 * replica as u64), 10 * per_second).unwrap();
    }
    for second in 0..20 {
        journal.write_rate(at_ms(second * 1_000), 0, per_second * (1 + second % 3));
        journal.throttle(at_ms(second * 1_000 + 500), 1, per_second);
        journal.lag(at_ms(second * 1_000 + 900), 1, 0);
        journal.acknowledgement_wait(at_ms(second * 1_000 + 900), 0);
    }
    for (failover, store) in [(1, 1), (2, 2)] {
        let now = at_ms(failover * 20_000);
        journal.write_rate(now, store, per_second);
        journal.open(now, store, failover + 1);
        journal.rewind(now, 0, store);
    }
    journal.losses(at_ms(60_000), 2);
    journal.acknowledged(at_ms(60_000));
    journal.steps()
}

#[test]
fn cost_does_not_depend_on_how_much_is_written() {
    for durability in [Durability::Async, Durability::Sync(vec![1, 2]), Durability::Quorum(2)] {
        let few = steps_of_a_busy_minute(durability.clone(), 100);
        assert!((100..2_000).contains(&few), "{few} steps");
        assert_eq!(few, steps_of_a_busy_minute(durability.clone(), 10_000));
        assert_eq!(few, steps_of_a_busy_minute(durability, 1_000_000));
    }
}

/// Looking back must not get longer with every change of the rate.
#[test]
fn a_question_costs_the_same_after_ten_thousand_changes_of_rate() {
    let mut journal = lazy(2, Durability::Async, 1);
    journal.open(at_ms(0), 0, 1);
    journal.stream(at_ms(0), 1, 0, ms(20), 500).unwrap();
    for change in 0..10_000 {
        journal.write_rate(at_ms(change * 100), 0, 100 + 900 * (change % 2));
    }
    let before = journal.steps();
    journal.lag(at_ms(1_000_000), 1, 0);
    assert!(journal.steps() - before < 10, "{} steps", journal.steps() - before);
}

/// Logic that fails over again and again leaves a branch each time; what is lost is counted along one history.
#[test]
fn losses_over_twice_as_many_failovers_cost_twice_as_much() {
    let steps = |failovers: u64| {
        let mut journal = lazy(2, Durability::Async, 1);
        for failover in 0..failovers {
            let (now, store) = (at_ms(failover * 1_000), (failover % 2) as usize);
            journal.open(now, store, failover + 1);
            journal.write_rate(now, store, 100);
        }
        let before = journal.steps();
        journal.losses(at_ms(failovers * 1_000), 0);
        journal.steps() - before
    };
    let (few, many) = (steps(300), steps(600));
    assert!(few > 300 && many < 3 * few, "{few} steps for 300 failovers, {many} for 600");
}
