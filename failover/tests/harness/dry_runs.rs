//! A dry run says what a failover would do, and does nothing.

use failover::{Decision, Durability, NoTarget, NodeId, Policy, dry_run};

use units::Span;

use crate::faults::Fault;
use crate::group::{Group, SECOND, configuration};

/// What every node decided, and what every database holds.
fn history(group: &Group) -> String {
    let held = group.nodes.iter().map(|node| (&node.database.log, node.database.epoch, node.database.source));
    format!("{:?} {:?}", group.checks.decisions, held.collect::<Vec<_>>())
}

fn chosen(group: &Group) -> Option<NodeId> {
    group.checks.decisions.iter().find_map(|(_, _, decision)| match decision {
        Decision::Chooses { to, .. } => Some(*to),
        _ => None,
    })
}

#[test]
fn a_dry_run_leaves_the_world_as_it_was_and_names_the_target_that_a_failover_then_takes() {
    for seed in 0..20 {
        // Asynchronous: by quorum the newest position decides, and heartbeats tell those of different moments.
        // Patient, since databases here are slow at random, and whoever is not sealed in time is passed over.
        let gather = Span::from_secs(20);
        let policy = || Policy { prefer_regions: vec!["region-2".to_owned()], gather, ..Policy::default() };
        let config = || configuration(5, Durability::Async, policy());
        let [mut asked, mut left_alone] = [0, 1].map(|_| Group::with(config(), seed, false));
        for group in [&mut asked, &mut left_alone] {
            group.run_for(50);
        }
        let view = asked.nodes[1].agent.as_ref().expect("it runs").view();
        let run = dry_run(&asked.config, &view, NodeId(0)).expect("everyone is well");
        assert!(run.feasible() && chosen(&asked).is_none(), "nothing has begun");
        assert_eq!(run.plan.epoch, 2);
        for group in [&mut asked, &mut left_alone] {
            group.script(1, Fault::PowerOff(0), 600);
            group.run_for(100);
        }
        assert_eq!(history(&asked), history(&left_alone), "seed {seed}: asking changed something");
        assert_eq!(chosen(&asked), Some(run.plan.to), "seed {seed}");
    }
}

#[test]
fn a_dry_run_says_why_nobody_could_take_over() {
    let mut group = Group::new(3, Durability::Quorum(1), 1);
    group.script(10, Fault::PowerOff(1), 600);
    group.script(10, Fault::PowerOff(2), 600);
    group.run_until(60 * SECOND, |_| false);
    let view = group.nodes[0].agent.as_ref().expect("it runs").view();
    let refused = dry_run(&group.config, &view, NodeId(0)).map(|run| run.plan.to);
    assert_eq!(refused, Err(NoTarget::Unproven { have: 0, need: 2 }));
}
