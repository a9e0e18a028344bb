//! The role goes back to a preferred node: nothing is lost, nobody flaps, trouble leaves the old primary in place.

use failover::{Decision, Durability, Failback, NodeId, Policy};
use proptest::prelude::*;
use units::Span;

use crate::faults::Fault;
use crate::group::{Group, SECOND, configuration};
use crate::random::{Struck, disasters, rolled, survives_in};

/// n0's region is preferred, and gets the role back after so many seconds.
fn returning(members: usize, durability: Durability, wait: u64, seed: u64) -> Group {
    let policy = Policy {
        cooldown: Span::from_secs(10),
        prefer_regions: vec!["region-0".to_owned()],
        failback: Failback::After(Span::from_secs(wait)),
        ..Policy::default()
    };
    Group::with(configuration(members, durability, policy), seed, false)
}

fn handovers(group: &Group) -> Vec<u64> {
    let begun = group.checks.decisions.iter();
    begun
        .filter(|(_, _, decision)| matches!(decision, Decision::HandsOver { .. }))
        .map(|(at, _, _)| *at)
        .collect()
}

#[test]
fn a_preferred_node_that_has_followed_for_long_enough_gets_the_role_back_and_nothing_is_lost() {
    for seed in 0..20 {
        let mut group = returning(3, Durability::Async, 60, seed);
        group.script(60, Fault::PowerOff(0), 60);
        group.run_for(115);
        assert!(matches!(group.primary(), Some(1 | 2)));
        group.run_for(285);
        assert_eq!(group.checks.violations, Vec::<String>::new(), "seed {seed}");
        assert!(group.checks.switched >= 1, "seed {seed}");
        assert!(group.is_whole() && group.primary() == Some(0), "seed {seed}");
        assert!(handovers(&group)[0] > (120 + 60) * SECOND, "it has to prove itself first");
    }
}

#[test]
fn without_the_policy_the_role_stays() {
    let mut group = Group::new(3, Durability::Async, 1);
    group.script(60, Fault::PowerOff(0), 60);
    group.run_for(900);
    assert_eq!((group.checks.switched, handovers(&group).len()), (0, 0));
    assert!(matches!(group.primary(), Some(1 | 2)));
}

#[test]
fn nobody_hands_over_while_anybody_is_missing() {
    let mut group = returning(3, Durability::Async, 30, 1);
    group.script(60, Fault::PowerOff(0), 60);
    group.script(125, Fault::Isolate(2), 300);
    group.run_for(400);
    assert_eq!(handovers(&group).len(), 0, "what looks like a dead node may be a partition");
    group.run_for(200);
    assert_eq!(group.primary(), Some(0));
}

/// The target hears everybody but its stream stands still: it can prove nothing.
#[test]
fn a_target_that_cannot_catch_up_leaves_the_role_where_it_was() {
    let set_out = || {
        let mut group = returning(3, Durability::Async, 30, 3);
        group.script(60, Fault::PowerOff(0), 30);
        group
    };
    let mut group = set_out();
    assert!(group.run_until(400 * SECOND, |group| !handovers(group).is_empty()));
    let begins = group.now;
    let mut group = set_out();
    group.run_until(begins - 3 * SECOND, |_| false);
    let before = group.primary();
    group.strike(Fault::StopReplication(0));
    group.run_for(40);
    assert_eq!(handovers(&group), [begins]);
    assert_eq!(group.checks.violations, Vec::<String>::new());
    assert_eq!(group.primary(), before, "it goes on under the new epoch");
    let agent = group.nodes[0].agent.as_ref().expect("it runs");
    assert_eq!(
        agent.cluster().setbacks,
        1,
        "{:?}",
        group.checks.decisions.iter().rev().take(12).collect::<Vec<_>>()
    );
}

#[test]
fn a_node_that_fails_again_and_again_gets_the_role_back_ever_more_rarely() {
    let mut group = returning(3, Durability::Async, 20, 5);
    for round in 0..8 {
        let back = group
            .run_until(group.now + 6_000 * SECOND, |group| group.primary() == Some(0) && group.is_whole());
        assert!(back, "round {round}");
        group.run_for(30);
        group.strike(Fault::PowerOff(0));
        group.run_for(60);
        group.heal(Fault::PowerOff(0));
    }
    let begun = handovers(&group);
    let gaps: Vec<u64> = begun.windows(2).map(|pair| (pair[1] - pair[0]) / SECOND).collect();
    assert!(gaps.last() > Some(&(8 * gaps[0])), "{gaps:?}");
    assert_eq!(group.checks.violations, Vec::<String>::new());
}

fn wants(members: usize, durability: Durability, seed: u64, script: &[Struck]) -> Result<(), String> {
    survives_in(returning(members, durability, 5, seed), script)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// One owner per epoch, one primary at a time, no write of a switchover lost: the checks look on at every step.
    #[test]
    fn switchovers_survive_any_disaster(seed in any::<u64>(), script in disasters(3)) {
        prop_assert_eq!(wants(3, Durability::Async, seed, &script), Ok(()));
    }

    #[test]
    fn switchovers_keep_what_a_quorum_acknowledged(seed in any::<u64>(), script in disasters(5)) {
        prop_assert_eq!(wants(5, Durability::Quorum(2), seed, &script), Ok(()));
    }

    #[test]
    fn switchovers_keep_what_a_standby_confirmed(seed in any::<u64>(), script in disasters(3)) {
        let standbys = vec![NodeId(0), NodeId(1), NodeId(2)];
        prop_assert_eq!(wants(3, Durability::Sync(standbys), seed, &script), Ok(()));
    }
}

/// A longer search: `cargo test -p firedrill-failover --test harness -- --ignored switchovers`.
#[test]
#[ignore = "a minute"]
fn hunt_for_switchovers_that_lose_something() {
    let kinds = [(3, Durability::Async), (3, Durability::Quorum(1)), (5, Durability::Quorum(2))];
    for (members, durability) in kinds {
        for seed in 0..10_000 {
            let script = rolled(members, seed);
            let survived = wants(members, durability.clone(), seed, &script);
            assert_eq!(survived, Ok(()), "{members} nodes, {durability:?}, seed {seed}, {script:?}");
        }
    }
}
