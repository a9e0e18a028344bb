//! Members without a vote: they hold data, follow, and may be promoted, but nothing waits for them and nothing is
//! decided by them.

use failover::{Configuration, Content, Decision, Durability, Failback, NodeId, Policy};
use proptest::prelude::*;
use units::Span;

use crate::faults::Fault;
use crate::group::{Group, configuration};
use crate::random::{Struck, disasters, survives_in};

/// The first `voters` of so many members vote; the others are in a region of their own, which `prefer`ence may name.
fn cluster(voters: usize, others: usize, durability: Durability, prefer: &str) -> Configuration {
    let policy = Policy {
        cooldown: Span::from_secs(10),
        prefer_regions: vec![prefer.to_owned()],
        ..Policy::default()
    };
    let mut config = configuration(voters + others, durability, policy);
    for member in &mut config.members[voters..] {
        (member.votes, member.region) = (false, "far".to_owned());
    }
    config
}

fn group(voters: usize, others: usize, prefer: &str) -> Group {
    Group::with(cluster(voters, others, Durability::Async, prefer), 1, false)
}

fn decided(group: &Group, is: impl Fn(usize, &Decision) -> bool) -> bool {
    group.checks.decisions.iter().any(|(_, node, decision)| is(*node, decision))
}

fn begun(group: &Group) -> bool {
    decided(group, |_, decision| matches!(decision, Decision::Begins { .. }))
}

fn sound(group: &Group) {
    assert_eq!(group.checks.violations, Vec::<String>::new());
}

#[test]
fn the_loss_of_all_who_do_not_vote_changes_nothing() {
    let mut group = group(3, 6, "region-0");
    (3..9).for_each(|node| group.script(60, Fault::PowerOff(node), 100));
    group.run_for(150);
    sound(&group);
    assert!(group.primary() == Some(0) && !begun(&group));
    let lost_lease = |_, decision: &Decision| matches!(decision, Decision::LosesLease { .. });
    assert!(!decided(&group, lost_lease), "six of nine are gone, but no voter");
    group.run_for(100);
    assert!(group.is_whole());
}

#[test]
fn without_a_majority_of_the_voters_nobody_acts_although_ninety_others_live() {
    for lost in [[0, 1], [1, 2]] {
        let mut group = group(3, 90, "far");
        lost.into_iter().for_each(|node| group.script(60, Fault::PowerOff(node), 120));
        group.run_for(160);
        sound(&group);
        assert!(group.primary().is_none() && !begun(&group), "{lost:?}: a minority acts");
        group.run_for(140);
        sound(&group);
        assert!(group.is_whole(), "{lost:?}");
    }
}

/// The same disaster, if all 93 had a vote: the story above is able to fail.
#[test]
fn if_all_had_a_vote_they_would_act() {
    let mut config = cluster(3, 90, Durability::Async, "far");
    config.members.iter_mut().for_each(|member| member.votes = true);
    let mut group = Group::with(config, 1, false);
    [0, 1].into_iter().for_each(|node| group.script(60, Fault::PowerOff(node), 120));
    group.run_for(160);
    assert!(group.primary().is_some() && begun(&group));
}

#[test]
fn a_promoted_replica_holds_its_lease_from_the_voters() {
    let mut group = group(3, 2, "far");
    group.script(60, Fault::PowerOff(0), 60);
    group.run_for(150);
    sound(&group);
    assert!(group.is_whole() && group.primary() == Some(3));
    assert!(decided(&group, |node, decision| node == 3 && *decision == Decision::HoldsLease { epoch: 2 }));
    // The other replica still hears it: that is worth nothing.
    (0..3).for_each(|voter| group.script(0, Fault::Cut(3, voter), 150));
    group.run_for(140);
    sound(&group);
    assert!(decided(&group, |node, decision| node == 3 && *decision == Decision::LosesLease { epoch: 2 }));
    assert_eq!(group.primary(), Some(4), "no voter hears the primary any more");
    group.run_for(200);
    sound(&group);
    assert!(group.is_whole());
}

#[test]
fn a_replica_that_was_cut_off_meanwhile_follows_the_new_primary() {
    let mut group = group(3, 3, "region-0");
    group.script(30, Fault::Isolate(4), 170);
    group.script(60, Fault::PowerOff(0), 60);
    group.run_for(150);
    sound(&group);
    let primary = group.primary().expect("two of three voters are alive");
    assert_eq!(group.nodes[4].database.source, Some(0), "it has heard of nothing");
    group.run_for(120);
    sound(&group);
    assert!(group.is_whole() && group.primary() == Some(primary));
}

#[test]
fn two_voters_and_a_replica_are_told_of_a_primary_that_hears_too_few() {
    let mut group = group(3, 4, "region-1");
    group.script(60, Fault::Deafen(0), 600);
    group.run_for(300);
    sound(&group);
    assert!(matches!(group.primary(), Some(1 | 2)), "it hears nobody, four of whom would not matter");
}

/// The role goes back although a replica is gone for good: what would be a partition is judged by voters.
#[test]
fn a_dead_replica_keeps_nobody_from_handing_over() {
    let mut config = cluster(3, 3, Durability::Async, "region-0");
    config.policy.failback = Failback::After(Span::from_secs(60));
    let mut group = Group::with(config, 1, false);
    group.script(30, Fault::PowerOff(5), 6_000);
    group.script(60, Fault::PowerOff(0), 60);
    group.run_for(115);
    assert!(matches!(group.primary(), Some(1 | 2)));
    group.run_for(285);
    sound(&group);
    assert!(group.checks.switched >= 1 && group.primary() == Some(0));
}

#[test]
fn nobody_asks_who_does_not_vote() {
    let mut group = group(3, 5, "region-0");
    group.filter = |from, to, message| {
        let asks = matches!(&message.content, Content::Heartbeat(beat) if beat.lease().is_some());
        assert!(!asks || to < 3, "n{from} asks n{to} for its lease");
        let chat = matches!(&message.content, Content::Heartbeat(_)) && from >= 3 && to >= 3;
        assert!(!chat, "n{from} beats to n{to}, and neither votes nor is primary");
        true
    };
    group.script(60, Fault::PowerOff(1), 60);
    group.run_for(200);
    sound(&group);
    assert!(group.is_whole() && group.primary() == Some(0));
}

fn survives(
    voters: usize,
    others: usize,
    durability: Durability,
    seed: u64,
    script: &[Struck],
) -> Result<(), String> {
    let prefer = if seed.is_multiple_of(2) { "far" } else { "region-0" };
    survives_in(Group::with(cluster(voters, others, durability, prefer), seed, false), script)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn three_voters_and_two_others_survive_any_disaster(seed in any::<u64>(), script in disasters(5)) {
        prop_assert_eq!(survives(3, 2, Durability::Async, seed, &script), Ok(()));
    }

    #[test]
    fn what_a_quorum_of_all_replicas_acknowledged_survives(seed in any::<u64>(), script in disasters(6)) {
        prop_assert_eq!(survives(3, 3, Durability::Quorum(2), seed, &script), Ok(()));
    }

    #[test]
    fn what_a_standby_without_a_vote_confirmed_survives(seed in any::<u64>(), script in disasters(5)) {
        let standbys = vec![NodeId(3), NodeId(1)];
        prop_assert_eq!(survives(3, 2, Durability::Sync(standbys), seed, &script), Ok(()));
    }

    #[test]
    fn what_a_list_of_standbys_confirmed_survives(seed in any::<u64>(), script in disasters(5), kind in 0..4) {
        let list = || vec![NodeId(3), NodeId(1), NodeId(0), NodeId(2)];
        let durability = match kind {
            0 => Durability::First(1, list()),
            1 => Durability::First(2, list()),
            2 => Durability::Any(1, list()),
            _ => Durability::Any(2, list()),
        };
        prop_assert_eq!(survives(3, 2, durability, seed, &script), Ok(()));
    }

    #[test]
    fn two_voters_and_two_others_survive_any_disaster(seed in any::<u64>(), script in disasters(4)) {
        prop_assert_eq!(survives(2, 2, Durability::Async, seed, &script), Ok(()));
    }
}
