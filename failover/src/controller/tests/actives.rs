//! One of several members that accept writes.

use super::*;
use crate::id::NodeSet;

/// The first of three, of which two accept writes.
fn active() -> Bench {
    let config = Arc::new(Configuration { actives: vec![NodeId(0), NodeId(1)], ..config() });
    let node = Controller::new(NodeId(0), config, &Durable::default(), 1, seconds(0.0)).expect("it is sound");
    let mut bench = Bench::with(node);
    bench.at(0.0, founded());
    bench
}

#[test]
fn it_accepts_writes_without_a_lease_however_long_nobody_is_heard() {
    let mut bench = active();
    for second in 1..100 {
        bench.wakes(f64::from(second), Role::Primary);
        assert!(!bench.does(Task::Stop), "to go on alone is what it is for");
    }
}

#[test]
fn it_opens_a_database_that_is_closed_and_stops_one_that_hangs() {
    let mut bench = active();
    bench.wakes(1.0, Role::Stopped);
    assert!(bench.does(Task::Promote { epoch: 1 }));
    bench.done(2.0, Task::Promote { epoch: 1 }, Outcome::Succeeded, Role::Primary);
    bench.wakes(3.0, Role::Unresponsive);
    assert!(bench.does(Task::Stop));
}

#[test]
fn who_clients_are_sent_to_is_agreed_on() {
    let mut bench = active();
    bench.agreed(Command::Withdraw { node: NodeId(1) });
    assert!(bench.decides(Decision::Withdraws(NodeId(1))));
    assert!(bench.node.cluster().withdrawn.contains(NodeId(1)));
    bench.agreed(Command::Restore { node: NodeId(1) });
    assert_eq!(bench.node.cluster().withdrawn, NodeSet::EMPTY);
}

#[test]
fn several_actives_that_cannot_be_are_refused() {
    let refused = |actives: Vec<NodeId>, durability| {
        Configuration { actives, durability, ..config() }.validate().is_err()
    };
    assert!(refused(vec![NodeId(0)], Durability::Async), "one alone");
    assert!(refused(vec![NodeId(1), NodeId(2)], Durability::Async), "without the first primary");
    assert!(refused(vec![NodeId(0), NodeId(9)], Durability::Async), "who is no member");
    assert!(refused(vec![NodeId(0), NodeId(1)], Durability::Quorum(1)), "that wait for each other");
    assert!(!refused(vec![NodeId(0), NodeId(1)], Durability::Async));
}
