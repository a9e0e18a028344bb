//! A store apart: witnesses vote, and nobody else. With a failsafe the copies may keep a primary that has lost the store.

use failover::{Configuration, Decision, Durability, Policy, Safeguards, Votes};
use proptest::prelude::*;
use units::Span;

use crate::faults::Fault;
use crate::group::{Group, configuration};
use crate::random::{disasters, survives_in};

const COPIES: usize = 3;
const STORE: usize = 3;

fn cluster(durability: Durability, failsafe: bool) -> Configuration {
    let safeguards = Safeguards { votes: Votes::Witnesses, failsafe, ..Safeguards::default() };
    let policy = Policy { cooldown: Span::from_secs(10), safeguards, ..Policy::default() };
    let mut config = configuration(COPIES + STORE, durability, policy);
    for (index, member) in config.members.iter_mut().enumerate() {
        (member.votes, member.witness) = (index >= COPIES, index >= COPIES);
    }
    config
}

fn group(failsafe: bool, seed: u64) -> Group {
    Group::with(cluster(Durability::Async, failsafe), seed, false)
}

fn decided(group: &Group, is: impl Fn(&Decision) -> bool) -> bool {
    group.checks.decisions.iter().any(|(_, _, decision)| is(decision))
}

fn lost_its_lease(group: &Group) -> bool {
    decided(group, |decision| matches!(decision, Decision::LosesLease { .. }))
}

/// The store is gone from second 60 on, for 150 s.
fn without_a_store(failsafe: bool) -> Group {
    let mut group = group(failsafe, 1);
    (COPIES..COPIES + STORE).for_each(|node| group.script(60, Fault::PowerOff(node), 150));
    group
}

/// Nobody serves while faults last, and all is well after.
fn closes_and_comes_back(mut group: Group) {
    group.run_for(150);
    assert!(group.primary().is_none() && lost_its_lease(&group));
    comes_back(&mut group);
}

fn comes_back(group: &mut Group) {
    group.run_for(150);
    assert_eq!(group.checks.violations, Vec::<String>::new());
    assert!(group.is_whole());
}

#[test]
fn without_its_store_a_primary_closes_however_well_the_copies_are() {
    closes_and_comes_back(without_a_store(false));
}

#[test]
fn with_a_failsafe_it_goes_on_while_all_copies_want_it_to() {
    let mut group = without_a_store(true);
    group.run_for(150);
    assert!(group.primary() == Some(0));
    comes_back(&mut group);
    assert!(!lost_its_lease(&group));
}

#[test]
fn with_a_failsafe_it_closes_when_the_store_and_one_copy_are_lost() {
    let mut group = without_a_store(true);
    group.script(80, Fault::PowerOff(1), 150);
    closes_and_comes_back(group);
}

/// The store hears the copies and not the primary: whoever takes over waits for what it granted itself.
#[test]
fn who_granted_the_lease_waits_for_its_end() {
    let mut group = group(true, 1);
    (COPIES..COPIES + STORE).for_each(|node| {
        group.script(60, Fault::Cut(0, node), 150);
        group.script(60, Fault::Cut(node, 0), 150);
    });
    group.run_for(150);
    assert_eq!(group.checks.violations, Vec::<String>::new());
    assert!(group.primary().is_some_and(|primary| primary != 0), "{:?}", group.primary());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_store_apart_survives_any_disaster(
        seed in any::<u64>(), failsafe in any::<bool>(), script in disasters(COPIES + STORE),
    ) {
        prop_assert_eq!(survives_in(group(failsafe, seed), &script), Ok(()));
    }

    #[test]
    fn a_store_apart_keeps_what_a_quorum_acknowledged(
        seed in any::<u64>(), failsafe in any::<bool>(), script in disasters(COPIES + STORE),
    ) {
        let config = cluster(Durability::Quorum(1), failsafe);
        prop_assert_eq!(survives_in(Group::with(config, seed, false), &script), Ok(()));
    }
}
