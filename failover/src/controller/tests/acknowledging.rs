//! Where writes wait for replicas, a failover is complete when one was acknowledged.

use super::*;
use crate::plan::{FailoverPlan, Step};
use crate::selection::Choice;

/// The second of three nodes takes over from the first; writes wait for two replicas. It is open and verified, clients
/// are sent to it, and one replica, or neither, follows it.
fn open_and_alone() -> Bench {
    let config = Arc::new(Configuration { durability: Durability::Quorum(2), ..config() });
    let node = Controller::new(NodeId(0), Arc::clone(&config), &Durable::default(), 1, seconds(0.0))
        .expect("it is sound");
    let mut bench = Bench::with(node);
    bench.at(0.0, founded());
    bench.agreed(Command::Begin { epoch: 2, reason: crate::Reason::PrimarySilent });
    let choice = Choice { to: NodeId(0), position: LogPosition::default(), lag: Span::ZERO };
    let plan = FailoverPlan::new(2, NodeId(1), crate::Reason::PlanFailed, &choice, &config.policy.steps);
    bench.agreed(Command::Promote(plan.acknowledged_under(&config)));
    bench.wakes(1.0, Role::Replica);
    bench.granted(1.1, 1, 2, 1.0);
    bench.done(1.2, Task::Promote { epoch: 2 }, Outcome::Succeeded, Role::Primary);
    bench.done(
        1.3,
        Task::Verify { epoch: 2, at_least: LogPosition::default() },
        Outcome::Succeeded,
        Role::Primary,
    );
    bench.done(1.4, Task::Redirect { epoch: 2 }, Outcome::Succeeded, Role::Primary);
    bench.wakes(3.5, Role::Primary);
    bench
}

const WRITE: Task = Task::Acknowledge { epoch: 2 };

#[test]
fn a_failover_is_not_complete_before_a_write_is_acknowledged_and_the_primary_stays_open() {
    let mut bench = open_and_alone();
    assert!(bench.decides(Decision::StepBegins { epoch: 2, step: Step::Acknowledge }) && bench.does(WRITE));
    bench.done(3.6, WRITE, Outcome::Failed, Role::Primary);
    let missing: NodeSet = [NodeId(1), NodeId(2)].into_iter().collect();
    assert!(bench.decides(Decision::AwaitsAcknowledgement { epoch: 2, missing }));
    for second in [6.6, 9.7] {
        bench.granted(second - 0.2, 1, 2, second - 0.3);
        bench.wakes(second, Role::Primary);
        assert!(bench.does(WRITE) && !bench.does(Task::Stop), "it is tried again at {second}");
        bench.done(second + 0.1, WRITE, Outcome::Failed, Role::Primary);
        let says = bench.wants.iter().any(|effect| matches!(effect, Effect::Decided(_)));
        assert!(!says, "nothing new is to be said: {:?}", bench.wants);
    }
    assert_eq!(bench.node.wants, None);
    bench.wakes(12.8, Role::Primary);
    bench.done(12.9, WRITE, Outcome::Succeeded, Role::Primary);
    assert_eq!(bench.node.wants, Some(Command::Complete { epoch: 2 }));
}

#[test]
fn where_writes_wait_for_nobody_no_plan_waits_for_them() {
    let plan = FailoverPlan::sample(2, NodeId(0), NodeId(1));
    assert_eq!(plan.clone().acknowledged_under(&config()), plan);
}
