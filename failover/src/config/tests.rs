//! What a configuration is refused for, and who must be heard.

use proptest::prelude::*;

use super::*;
use crate::selection::tests::config;

#[test]
fn there_are_as_many_members_and_voters_as_can_be_told_apart() {
    let grown = |members: usize, voters: usize| {
        let mut config = config(Durability::Async);
        let sample = config.members[0].clone();
        config.members = vec![sample; members];
        config.members.iter_mut().enumerate().for_each(|(n, member)| member.votes = n < voters);
        config.validate().map_err(|error| error.to_string())
    };
    assert_eq!(grown(MEMBERS_MAX, VOTERS_MAX), Ok(()));
    assert_eq!(grown(1_001, 9), Err("1001 members; from 1 to 1000 are possible".to_owned()));
    assert_eq!(grown(200, 128), Err("128 voters; from 1 to 127 are possible".to_owned()));
    assert_eq!(grown(3, 0), Err("0 voters; from 1 to 127 are possible".to_owned()));
    let idle = refused(|config| config.members[4].votes = false);
    assert_eq!(idle, "w neither votes nor holds data");
}

#[test]
fn a_majority_is_one_of_the_voters() {
    let mut config = config(Durability::Async);
    assert_eq!(config.majority(), 3);
    (1..4).for_each(|member| config.members[member].votes = false);
    assert_eq!((config.majority(), config.voters().collect::<Vec<_>>()), (2, vec![NodeId(0), NodeId(4)]));
    let replicas = (1..4).map(NodeId).collect();
    assert_eq!(config.read_quorum(NodeId(0)).0, replicas, "they hold data all the same");
}

fn refused(change: impl FnOnce(&mut Configuration)) -> String {
    let mut config = config(Durability::Async);
    change(&mut config);
    config.validate().expect_err("it cannot work").to_string()
}

#[test]
fn a_cluster_needs_members_and_a_primary_with_data() {
    assert!(refused(|config| config.members.clear()).contains("0 members"));
    assert!(refused(|config| config.first_primary = NodeId(5)).contains("no member"));
    assert!(refused(|config| config.first_primary = NodeId(4)).contains("witness"));
    assert_eq!(config(Durability::Quorum(3)).validate(), Ok(()));
}

#[test]
fn durability_must_be_something_the_members_can_give() {
    assert!(refused(|config| config.durability = Durability::Quorum(0)).contains("0 replicas"));
    assert!(refused(|config| config.durability = Durability::Quorum(4)).contains("4 replicas"));
    assert!(refused(|config| config.durability = Durability::Sync(vec![])).contains("no standby"));
    assert!(refused(|config| config.durability = Durability::Sync(vec![NodeId(200)])).contains("no member"));
    assert!(refused(|config| config.durability = Durability::Sync(vec![NodeId(4)])).contains("witness"));
    let two = || vec![NodeId(0), NodeId(1), NodeId(1)];
    assert!(refused(|config| config.durability = Durability::First(2, two())).contains("from 1 to 1"));
    assert!(refused(|config| config.durability = Durability::Any(0, two())).contains("0 replicas"));
    assert!(
        refused(|config| {
            config.durability = Durability::Degrading(Box::new(Durability::Any(3, two())));
        })
        .contains("3 replicas")
    );
}

proptest! {
    /// However `needed` replicas are drawn that confirmed a write, any read quorum meets one of them.
    #[test]
    fn a_read_quorum_meets_every_set_that_can_acknowledge(needed in 1u32..4, primary in 0u16..4, order in Just([0u16, 1, 2, 3]).prop_shuffle()) {
        let all = (0u16..4).map(NodeId).collect();
        let kinds = [Durability::Quorum(needed), Durability::First(needed, all), Durability::Any(needed, (0u16..4).map(NodeId).collect())];
        for kind in kinds {
        let (standbys, quorum) = config(kind).read_quorum(NodeId(primary));
        let replicas: Vec<NodeId> = order.into_iter().map(NodeId).filter(|node| standbys.contains(*node)).collect();
        let (confirmed, heard) = (&replicas[..needed as usize], &replicas[replicas.len() - quorum..]);
        prop_assert!(heard.iter().any(|node| confirmed.contains(node)));
        prop_assert!(!heard[1..].iter().any(|node| confirmed.contains(node)), "one less would not do");
        }
    }

    #[test]
    fn two_majorities_share_a_member(members in 1usize..128) {
        let mut config = config(Durability::Async);
        config.members = vec![config.members[0].clone(); members];
        prop_assert!(2 * config.majority() > members && config.majority() <= members);
    }
}
