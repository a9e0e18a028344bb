//! Dry runs.

use super::*;
use crate::config::Durability;
use crate::selection::tests::{after_the_disaster, config};

fn holds(run: &DryRun, condition: Precondition) -> bool {
    run.preconditions.iter().find(|(known, _)| *known == condition).expect("every condition is looked at").1
}

#[test]
fn a_dry_run_tells_the_plan_and_changes_nothing() {
    let _evidence = evidence::of(&["Q-10"]);
    let (config, view) = (config(Durability::Async), after_the_disaster());
    let before = format!("{view:?}");
    let run = dry_run(&config, &view, NodeId(0)).expect("b can take over");
    assert_eq!((run.plan.from, run.plan.to, run.plan.epoch), (NodeId(0), NodeId(1), 3));
    assert_eq!(run.lag, Span::from_secs(10));
    assert!(run.feasible());
    assert_eq!(format!("{view:?}"), before);
}

#[test]
fn without_a_majority_the_plan_cannot_be_carried_out() {
    let _evidence = evidence::of(&["Q-10"]);
    let mut view = after_the_disaster();
    [3, 4].into_iter().for_each(|node| view.nodes[node].heard = false);
    let run = dry_run(&config(Durability::Async), &view, NodeId(0)).expect("there is a target");
    assert!(!holds(&run, Precondition::MajorityHeard) && !run.feasible());
    assert!(holds(&run, Precondition::TargetHeard) && holds(&run, Precondition::WithinLagLimit));
}

/// The word of a replica that was sealed and fell silent still counts: it received nothing since.
#[test]
fn what_is_proven_is_proven_by_sealed_positions() {
    let mut view = after_the_disaster();
    view.nodes[3].heard = false;
    let run = dry_run(&config(Durability::Quorum(1)), &view, NodeId(0)).expect("all positions are known");
    assert!(holds(&run, Precondition::ProvenComplete) && run.feasible());
}

/// In steady service nobody is sealed: a dry run asks what would happen if they were now.
#[test]
fn a_dry_run_in_steady_service_finds_the_target_that_a_failover_would() {
    let mut view = after_the_disaster();
    view.nodes[0].heard = true;
    view.nodes.iter_mut().for_each(|node| node.sealed = false);
    view.impatient = false;
    let run = dry_run(&config(Durability::Quorum(1)), &view, NodeId(0)).expect("everyone is well");
    assert_eq!(run.plan.to, NodeId(1));
    view.nodes[2].heard = false;
    let silent = dry_run(&config(Durability::Quorum(1)), &view, NodeId(0)).map(|run| run.plan.to);
    assert_eq!(silent, Err(NoTarget::Unproven { have: 2, need: 3 }));
}
