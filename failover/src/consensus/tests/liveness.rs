//! What must happen in the end, and what must not be disturbed.

use super::group::{Defect, ELECTION, Group, HEARTBEAT, Weather};
use crate::NodeId;
use crate::consensus::{Consensus, Role};

const TIMEOUT: u64 = ELECTION as u64;

fn follower_of(leader: u16) -> u16 {
    (leader + 1) % 3
}

#[test]
fn a_group_elects_a_leader_and_follows_it() {
    let (group, leader) = Group::calm(1);
    for id in 0..3 {
        assert_eq!(group.node(id).leader(), Some(NodeId(leader)));
        assert_eq!(group.node(id).term(), group.node(leader).term());
    }
}

#[test]
fn a_dead_leader_is_replaced() {
    let (mut group, leader) = Group::calm(2);
    group.crash(leader);
    group.run(4 * TIMEOUT);
    let next = group.leader().expect("two of three are a majority");
    assert_ne!(next, leader);
    group.start(leader);
    group.run(2 * u64::from(HEARTBEAT));
    assert_eq!(group.node(leader).leader(), Some(NodeId(next)));
}

#[test]
fn a_leader_that_loses_the_majority_steps_down_within_two_timeouts() {
    let (mut group, leader) = Group::calm(3);
    group.partition(&[leader]);
    group.run(2 * TIMEOUT);
    assert_eq!(group.node(leader).role(), Role::Follower);
    assert_eq!(group.node(leader).leader(), None);
}

#[test]
fn a_minority_elects_nobody_and_its_term_stays() {
    let (mut group, leader) = Group::calm(4);
    let alone = follower_of(leader);
    let term = group.node(alone).term();
    group.partition(&[alone]);
    group.run(50 * TIMEOUT);
    assert_eq!(group.node(alone).role(), Role::Candidate);
    assert_eq!(group.node(alone).term(), term, "a pre-vote raises no term");
}

#[test]
fn a_node_that_returns_from_a_partition_does_not_disturb_the_leader() {
    let (mut group, leader) = Group::calm(5);
    let term = group.node(leader).term();
    group.partition(&[follower_of(leader)]);
    group.run(50 * TIMEOUT);
    group.heal();
    group.run(5 * TIMEOUT);
    assert_eq!((group.leader(), group.node(leader).term()), (Some(leader), term));
    assert_eq!(group.node(follower_of(leader)).leader(), Some(NodeId(leader)));
}

#[test]
fn a_follower_that_campaigns_does_not_depose_a_live_leader() {
    let (mut group, leader) = Group::calm(6);
    let term = group.node(leader).term();
    group.input(follower_of(leader), super::group::Input::Campaign);
    group.run(5 * TIMEOUT);
    assert_eq!((group.leader(), group.node(leader).term()), (Some(leader), term));
}

#[test]
fn a_leader_with_a_slow_disk_keeps_leading() {
    let (mut group, leader) = Group::calm(7);
    let term = group.node(leader).term();
    group.slow_disk = Some((leader, TIMEOUT - 2));
    for number in 0..20 {
        group.propose(leader, &format!("command {number}"));
        group.run(2 * TIMEOUT);
    }
    assert_eq!((group.leader(), group.node(leader).term()), (Some(leader), term));
    assert!(!group.checker.committed.is_empty(), "the other two disks are a majority");
}

#[test]
fn a_leader_whose_disk_hangs_gives_way_and_follows_once_it_answers() {
    let (mut group, leader) = Group::calm(14);
    group.slow_disk = Some((leader, 8 * TIMEOUT));
    group.propose(leader, "written elsewhere");
    group.run(2 * TIMEOUT);
    assert_eq!(
        group.node(leader).role(),
        Role::Follower,
        "it cannot count itself, nor learn what was agreed"
    );
    group.run(3 * TIMEOUT);
    let next = group.leader().expect("the other two are a majority");
    assert_ne!(next, leader);
    group.propose(next, "agreed without it");
    group.slow_disk = None;
    group.run(6 * TIMEOUT);
    assert_eq!((group.leader(), group.node(leader).leader()), (Some(next), Some(NodeId(next))));
    let last = *group.checker.committed.last_key_value().expect("both were committed").0;
    assert_eq!(group.checker.applied(NodeId(leader)), last);
    assert_eq!(group.violation, None);
}

/// How many ticks the leader said that it could still sleep, before the one on which it gave way.
fn due_when_it_gives_way(group: &mut Group, leader: u16) -> u64 {
    let mut due = 0;
    while group.node(leader).role() == Role::Leader {
        due = group.node(leader).ticks_until_due();
        group.run(1);
    }
    due
}

#[test]
fn a_hanging_disk_makes_a_leader_give_way_on_the_very_tick_that_was_due() {
    for lead in 0..TIMEOUT {
        let (mut group, leader) = Group::calm(15);
        group.run(lead);
        group.slow_disk = Some((leader, 100 * TIMEOUT));
        group.propose(leader, "written elsewhere");
        assert_eq!(due_when_it_gives_way(&mut group, leader), 1);
    }
}

#[test]
fn a_leader_delivers_what_is_durable_while_it_writes_more() {
    let (mut group, leader) = Group::calm(10);
    group.propose(leader, "written");
    group.run(1);
    group.slow_disk = Some((leader, 100 * TIMEOUT));
    group.propose(leader, "being written");
    group.run(TIMEOUT);
    let first = *group.checker.committed.first_key_value().expect("a majority wrote both").0;
    assert_eq!(group.checker.applied(NodeId(leader)), first);
    assert_eq!(group.checker.applied(NodeId(follower_of(leader))), first + 1);
}

#[test]
fn a_lonely_leader_steps_down_on_the_very_tick_that_was_due() {
    for lead in 0..3 * TIMEOUT {
        let (mut group, leader) = Group::calm(13);
        group.run(lead);
        group.partition(&[leader]);
        assert_eq!(due_when_it_gives_way(&mut group, leader), 1);
    }
}

#[test]
fn what_a_lost_leader_proposed_to_nobody_gives_way_to_what_the_majority_agreed() {
    let (mut group, leader) = Group::calm(8);
    group.partition(&[leader]);
    group.propose(leader, "into the void");
    group.run(6 * TIMEOUT);
    let next = group.leader().expect("the other two elect a leader");
    group.propose(next, "agreed");
    group.run(TIMEOUT);
    group.heal();
    group.run(6 * TIMEOUT);
    let committed: Vec<_> = group.checker.committed.values().map(|entry| &*entry.data).collect();
    assert_eq!(committed, [b"agreed"], "the other leader's log won, and the void's entry was cut off");
    assert_eq!(group.violation, None);
}

#[test]
fn a_group_that_restarts_as_a_whole_remembers_its_commands() {
    let mut group = Group::new(3, 9, Weather::default(), Defect::None);
    group.run(3 * TIMEOUT);
    let leader = group.leader().expect("elected");
    group.propose(leader, "before");
    group.run(TIMEOUT);
    (0..3).for_each(|id| group.crash(id));
    (0..3).for_each(|id| group.start(id));
    group.run(5 * TIMEOUT);
    let index = *group.checker.committed.last_key_value().expect("it was committed").0;
    assert!((0..3).all(|id| group.checker.applied(NodeId(id)) == index), "each delivers it again");
}
