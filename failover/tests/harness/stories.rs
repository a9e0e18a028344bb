//! Disasters one at a time.

use failover::Durability;

use crate::faults::Fault;
use crate::group::Group;

#[test]
fn an_undisturbed_cluster_stays_as_it_is() {
    let mut group = Group::new(3, Durability::Async, 1);
    group.run_for(300);
    assert_eq!(group.checks.violations, Vec::<String>::new());
    assert!(group.is_whole());
    assert_eq!(group.primary(), Some(0));
}

#[test]
fn the_primarys_machine_dies_and_another_takes_over() {
    let mut group = Group::new(3, Durability::Quorum(1), 1);
    group.script(60, Fault::PowerOff(0), 300);
    group.run_for(150);
    assert_eq!(group.checks.violations, Vec::<String>::new());
    assert!(matches!(group.primary(), Some(1 | 2)));
    group.run_for(300);
    assert!(group.is_whole(), "the old primary follows the new one");
}

/// A node that was alone suspects everybody; back among the others it must go on watching them.
#[test]
fn a_node_that_was_once_isolated_still_notices_that_the_primary_dies() {
    let mut group = Group::new(3, Durability::Async, 1);
    group.script(20, Fault::Isolate(2), 60);
    group.script(120, Fault::PowerOff(0), 600);
    group.run_for(240);
    assert_eq!(group.checks.violations, Vec::<String>::new());
    assert!(matches!(group.primary(), Some(1 | 2)), "two of three are alive, but nobody took over");
}

/// Others hear it, so nobody suspects it; but no answer reaches it, so it has no lease.
#[test]
fn a_primary_that_hears_nobody_is_replaced() {
    let mut group = Group::new(3, Durability::Async, 1);
    group.script(60, Fault::Deafen(0), 600);
    group.run_for(300);
    assert_eq!(group.checks.violations, Vec::<String>::new());
    assert!(matches!(group.primary(), Some(1 | 2)), "the primary has no lease, but nobody took over");
}

/// What was agreed before a restart is learned at once; an agent that waited for it by asking for the past would
/// keep a processor busy (the check `rest` notices).
#[test]
fn an_agent_that_restarts_rests_until_its_next_duty() {
    let mut group = Group::new(3, Durability::Async, 1);
    group.script(60, Fault::PowerOff(0), 20);
    group.script(150, Fault::CrashAgent(2), 5);
    group.run_for(200);
    assert_eq!(group.checks.violations, Vec::<String>::new());
    assert!(group.is_whole());
}

#[test]
fn a_replica_whose_database_crashed_is_started_again() {
    let mut group = Group::new(3, Durability::Async, 1);
    group.script(20, Fault::CrashDatabase(1), 1);
    group.run_for(60);
    assert!(group.is_whole());
    assert_eq!(group.primary(), Some(0));
}
