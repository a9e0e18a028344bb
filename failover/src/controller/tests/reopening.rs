//! A database is opened only under a lease, and only under the epoch that is on.

use super::*;
use crate::reason::Reason;

#[test]
fn a_restart_still_under_way_when_the_lease_ends_is_stopped() {
    let mut bench = Bench::in_service();
    bench.wakes(12.0, Role::Stopped);
    assert!(bench.does(Task::Promote { epoch: 1 }));
    bench.wakes(13.0, Role::Stopped);
    assert!(bench.decides(Decision::LosesLease { epoch: 1 }));
    assert!(bench.does(Task::Stop), "it would open without a lease");
}

#[test]
fn a_restart_under_an_epoch_that_is_over_is_stopped() {
    let mut bench = Bench::in_service();
    bench.wakes(1.0, Role::Stopped);
    bench.agreed(Command::Begin { epoch: 2, reason: Reason::PrimarySilent });
    bench.agreed(Command::Abandon { epoch: 2 });
    bench.wakes(2.0, Role::Stopped);
    assert!(bench.does(Task::Stop), "replicas would not follow a primary of epoch 1");
}

/// Both in one look: so a slow agent learns of it.
#[test]
fn a_restart_that_took_too_long_is_stopped_though_the_role_is_gone_by_then() {
    let mut bench = Bench::in_service();
    bench.wakes(1.0, Role::Stopped);
    assert!(bench.does(Task::Promote { epoch: 1 }));
    bench.agreed(Command::Begin { epoch: 2, reason: Reason::PrimarySilent });
    bench.wakes(6.1, Role::Stopped);
    assert!(bench.does(Task::Stop), "it would open under an epoch that is over");
}

#[test]
fn an_agent_that_gave_up_still_stops_a_database_that_comes_up_open() {
    let mut bench = Bench::in_service();
    bench.wakes(1.0, Role::Stopped);
    bench.done(5.9, Task::Promote { epoch: 1 }, Outcome::Failed, Role::Stopped);
    bench.done(6.0, Task::Stop, Outcome::Succeeded, Role::Stopped);
    assert!(bench.decides(Decision::GivesUpDatabase));
    bench.wakes(7.0, Role::Primary);
    assert!(bench.does(Task::Stop), "its lease was given back");
}

#[test]
fn a_restart_that_works_at_the_second_try_ends_the_intention_to_give_up() {
    let mut bench = Bench::in_service();
    bench.wakes(1.0, Role::Stopped);
    bench.done(5.9, Task::Promote { epoch: 1 }, Outcome::Failed, Role::Stopped);
    bench.done(6.0, Task::Stop, Outcome::Failed, Role::Stopped);
    bench.wakes(11.1, Role::Stopped);
    bench.done(11.2, Task::Promote { epoch: 1 }, Outcome::Succeeded, Role::Primary);
    bench.wakes(13.0, Role::Primary);
    assert!(bench.does(Task::Stop), "the lease was not renewed");
    bench.done(13.1, Task::Stop, Outcome::Succeeded, Role::Stopped);
    assert!(!bench.decides(Decision::GivesUpDatabase), "nothing is wrong with the database");
}

#[test]
fn a_restart_that_fails_is_tried_again_as_long_as_the_policy_allows() {
    let mut bench = Bench::in_service();
    bench.wakes(1.0, Role::Stopped);
    assert!(bench.does(Task::Promote { epoch: 1 }));
    bench.done(1.2, Task::Promote { epoch: 1 }, Outcome::Failed, Role::Stopped);
    assert!(!bench.does(Task::Stop), "there is time for another try");
    assert!(bench.node.due() <= seconds(1.7));
    bench.wakes(1.7, Role::Stopped);
    assert!(bench.does(Task::Promote { epoch: 1 }));
    bench.done(5.6, Task::Promote { epoch: 1 }, Outcome::Failed, Role::Stopped);
    assert!(bench.does(Task::Stop), "the five seconds are over");
}

#[test]
fn a_sealed_copy_that_stops_is_started_again_for_it_may_hold_what_nobody_else_has() {
    let mut bench = Bench::in_service();
    bench.agreed(Command::Begin { epoch: 2, reason: Reason::PrimarySilent });
    bench.at(1.0, Input::Wake { database: DatabaseReport { sealed: 2, ..database(Role::Replica) } });
    assert!(!bench.does(Task::Seal { epoch: 2 }));
    bench.at(2.0, Input::Wake { database: DatabaseReport { sealed: 2, ..database(Role::Stopped) } });
    assert!(bench.does(Task::Seal { epoch: 2 }));
}

#[test]
fn a_database_that_was_given_up_and_got_sealed_late_is_trusted_again() {
    let mut bench = Bench::in_service();
    bench.wakes(1.0, Role::Stopped);
    bench.done(5.9, Task::Promote { epoch: 1 }, Outcome::Failed, Role::Stopped);
    bench.done(6.0, Task::Stop, Outcome::Succeeded, Role::Stopped);
    assert!(bench.decides(Decision::GivesUpDatabase));
    bench.agreed(Command::Begin { epoch: 2, reason: Reason::DatabaseFailed });
    bench.at(20.0, Input::Wake { database: DatabaseReport { sealed: 2, ..database(Role::Replica) } });
    assert!(bench.does(Task::Seal { epoch: 2 }));
    bench.done(21.0, Task::Seal { epoch: 2 }, Outcome::Succeeded, Role::Replica);
    assert_eq!(bench.node.report().role, Role::Replica);
}
