//! The choice by examples, and what holds of every choice.

use proptest::prelude::*;

use super::*;
use crate::config::Member;
use crate::policy::Policy;

const WITNESS: u16 = 4;

/// Two members in the east, two in the west, and a witness.
pub(crate) fn config(durability: Durability) -> Configuration {
    let member = |name: &str, region: &str, capacity: u64| Member {
        name: name.to_owned(),
        region: region.to_owned(),
        site: format!("{name}-site"),
        capacity,
        witness: name == "w",
        votes: true,
    };
    let members = vec![
        member("a", "east", 10),
        member("b", "east", 20),
        member("c", "west", 20),
        member("d", "west", 10),
        member("w", "west", 99),
    ];
    Configuration {
        members,
        durability,
        first_primary: NodeId(0),
        actives: Vec::new(),
        policy: Policy::default(),
    }
}

/// A commit every second.
pub(crate) fn position(offset: u64) -> LogPosition {
    LogPosition { epoch: 1, offset, committed: Span::from_secs(offset).as_nanos() }
}

fn node(role: Role, sealed: bool, offset: u64) -> NodeView {
    let database = DatabaseReport { role, position: position(offset), source: None, sealed: 0 };
    NodeView { heard: true, database, sealed, disappointed: false }
}

/// The primary is gone; everyone else is sealed at 100.
pub(crate) fn after_the_disaster() -> View {
    let mut nodes = vec![node(Role::Replica, true, 100); 5];
    nodes[0] = NodeView { heard: false, ..node(Role::Primary, false, 110) };
    nodes[4] = node(Role::Absent, false, 0);
    View {
        epoch: 2,
        nodes,
        at_least: LogPosition::default(),
        forked: false,
        written_at_most: Some(0),
        reopened_at_most: None,
        impatient: true,
        wanted: None,
        avoid: None,
    }
}

fn chosen(config: &Configuration, view: &View) -> Result<u16, NoTarget> {
    choose(config, view, NodeId(0)).map(|choice| choice.to.0)
}

#[test]
fn region_comes_before_site_before_capacity() {
    let _evidence = evidence::of(&["Q-09"]);
    let mut config = config(Durability::Async);
    let view = after_the_disaster();
    assert_eq!(chosen(&config, &view), Ok(1), "the first of the largest");
    config.policy.prefer_sites = vec!["d-site".to_owned()];
    assert_eq!(chosen(&config, &view), Ok(3), "a preferred site is worth more than capacity");
    config.policy.prefer_regions = vec!["east".to_owned()];
    assert_eq!(chosen(&config, &view), Ok(1), "a preferred region is worth more than a site");
}

#[test]
fn who_disappointed_is_asked_last() {
    let mut view = after_the_disaster();
    view.nodes[1].disappointed = true;
    assert_eq!(chosen(&config(Durability::Async), &view), Ok(2));
    [2, 3].into_iter().for_each(|node| view.nodes[node].disappointed = true);
    assert_eq!(chosen(&config(Durability::Async), &view), Ok(1));
}

#[test]
fn beyond_the_lag_limit_nobody_is_good_enough() {
    let _evidence = evidence::of(&["Q-09"]);
    let mut view = after_the_disaster();
    view.nodes[0].database.position = position(131);
    let least = Span::from_secs(31);
    assert_eq!(chosen(&config(Durability::Async), &view), Err(NoTarget::BeyondLagLimit { least }));
    view.nodes[0].database.position = position(130);
    assert_eq!(chosen(&config(Durability::Async), &view), Ok(1), "the limit itself is within the limit");
}

#[test]
fn a_quorum_of_one_needs_every_replica_to_be_heard() {
    let _evidence = evidence::of(&["Q-09"]);
    let mut view = after_the_disaster();
    view.nodes[3] = NodeView { heard: false, ..node(Role::Replica, false, 100) };
    assert_eq!(chosen(&config(Durability::Quorum(2)), &view), Ok(1));
    assert_eq!(chosen(&config(Durability::Quorum(1)), &view), Err(NoTarget::Unproven { have: 2, need: 3 }));
}

/// Of the lost primary, and of whoever is being copied, nobody knows what they hold.
#[test]
fn where_standbys_prove_nothing_a_closed_primary_proves_itself() {
    let (quorum, mut view) = (config(Durability::Quorum(1)), after_the_disaster());
    (1..4).for_each(|standby| view.nodes[standby].sealed = false);
    let unproven = Err(NoTarget::Unproven { have: 0, need: 3 });
    assert_eq!(chosen(&quorum, &view), unproven);
    view.nodes[0] = node(Role::Replica, true, 110);
    assert_eq!(chosen(&quorum, &view), Ok(0));
    assert_eq!(chosen(&quorum, &View { impatient: false, ..view.clone() }), Err(NoTarget::Waiting));
    let more = View { at_least: position(111), ..view.clone() };
    assert_eq!(chosen(&quorum, &more), unproven, "it lost what it held when it was chosen");
    view.nodes[0].sealed = false;
    assert_eq!(chosen(&quorum, &view), unproven, "it may be open, or a copy in the making");
}

/// The first target fails while the old primary, a standby of it, is lost.
#[test]
fn after_a_target_that_failed_whoever_holds_what_it_was_to_hold_takes_over() {
    let (quorum, mut view) = (config(Durability::Quorum(1)), after_the_disaster());
    let after = |view: &View| choose(&quorum, view, NodeId(1)).map(|choice| choice.to.0);
    (view.at_least, view.nodes[1].disappointed) = (position(100), true);
    assert_eq!(after(&view), Ok(2), "it holds all that the first target was to hold, which never opened");
    view.nodes[1].database.position = LogPosition { epoch: 2, ..position(105) };
    assert_eq!(after(&view), Ok(1), "it opened, and what it acknowledged nobody else may have");
    view.nodes[1].heard = false;
    assert_eq!(after(&view), Err(NoTarget::Unproven { have: 2, need: 3 }), "nobody knows whether it opened");
}

#[test]
fn of_synchronous_standbys_all_must_speak_since_any_may_have_confirmed() {
    let standbys = config(Durability::Sync(vec![NodeId(2), NodeId(3)]));
    let mut view = after_the_disaster();
    view.nodes[3].database.position = position(101);
    assert_eq!(chosen(&standbys, &view), Ok(3), "it alone holds what it confirmed");
    view.nodes[3].sealed = false;
    assert_eq!(chosen(&standbys, &view), Err(NoTarget::Unproven { have: 1, need: 2 }));
}

#[test]
fn what_only_the_old_primary_holds_was_not_acknowledged() {
    let mut view = after_the_disaster();
    view.nodes[0] = NodeView { heard: true, ..node(Role::Failed, true, 110) };
    assert_eq!(
        chosen(&config(Durability::Quorum(1)), &view),
        Ok(1),
        "its database is broken, its copy sealed"
    );
}

#[test]
fn who_holds_less_than_the_last_target_did_may_not_take_over() {
    let standbys = config(Durability::Sync(vec![NodeId(0)]));
    let view = View { at_least: position(105), ..after_the_disaster() };
    assert_eq!(chosen(&standbys, &view), Err(NoTarget::NoReplica));
    assert_eq!(
        chosen(&config(Durability::Async), &view),
        Ok(1),
        "where nothing is promised, nothing is broken"
    );
}

#[test]
fn the_patient_wait_for_a_living_replica_that_is_not_sealed_yet() {
    let mut view = View { impatient: false, ..after_the_disaster() };
    assert_eq!(chosen(&config(Durability::Async), &view), Ok(1));
    view.nodes[3].sealed = false;
    assert_eq!(chosen(&config(Durability::Async), &view), Err(NoTarget::Waiting));
}

/// Of a hundred members in each of ten regions nine vote. Member n is n % 5 writes ahead of the least, and n % 7 large.
fn a_thousand() -> (Configuration, View) {
    let mut config = config(Durability::Quorum(3));
    let sample = config.members[0].clone();
    let member = |n: u64| Member {
        name: format!("m{n}"),
        region: format!("r{}", n % 10),
        capacity: n % 7,
        votes: n < 9,
        ..sample.clone()
    };
    config.members = (0..1_000).map(member).collect();
    config.policy.prefer_regions = vec!["r9".to_owned()];
    let mut nodes: Vec<NodeView> = (0..1_000).map(|n| node(Role::Replica, true, 100 + n % 5)).collect();
    nodes[0] = NodeView { heard: false, ..node(Role::Primary, false, 110) };
    (
        config,
        View {
            epoch: 2,
            nodes,
            at_least: LogPosition::default(),
            forked: false,
            written_at_most: Some(0),
            reopened_at_most: None,
            impatient: false,
            wanted: None,
            avoid: None,
        },
    )
}

#[test]
fn what_the_old_primary_may_have_written_unheard_counts_as_lag_where_it_was_acknowledged() {
    let sample = config(Durability::Async);
    let held = after_the_disaster().nodes.iter().map(|node| node.database.position.committed).max().unwrap();
    let limit = sample.policy.promote_lag_max;
    let within = |written: Option<u64>, durability: Durability| {
        let config = Configuration { durability, ..sample.clone() };
        choose(&config, &View { written_at_most: written, ..after_the_disaster() }, NodeId(0))
            .map(|choice| choice.lag)
    };
    let beyond = Some(held + limit.as_nanos() + Span::from_secs(1).as_nanos());
    assert!(within(Some(held), Durability::Async).is_ok());
    assert!(
        matches!(within(beyond, Durability::Async), Err(NoTarget::BeyondLagLimit { least }) if least > limit)
    );
    assert_eq!(within(None, Durability::Async), Err(NoTarget::LagUnknown));
    assert!(within(beyond, Durability::Quorum(2)).is_ok(), "what it wrote alone was acknowledged to nobody");
}

#[test]
fn whoever_was_relieved_takes_over_again_where_nobody_else_can_and_not_before() {
    let config = config(Durability::Async);
    let mut view = View { avoid: Some(NodeId(0)), impatient: false, ..after_the_disaster() };
    view.nodes[0] = node(Role::Replica, true, 110);
    assert_eq!(chosen(&config, &view), Ok(1), "others can");
    (1..4).for_each(|other| view.nodes[other].database.role = Role::Stopped);
    assert_eq!(chosen(&config, &view), Err(NoTarget::NoReplica), "they may be back soon");
    view.impatient = true;
    assert_eq!(chosen(&config, &view), Ok(0));
}

#[test]
fn what_a_target_holds_beyond_what_was_confirmed_is_asked_of_nobody_else() {
    let mut view = after_the_disaster();
    view.nodes[0] = node(Role::Replica, true, 110);
    (1..4).for_each(|other| view.nodes[other].heard = false);
    let asked = |durability| {
        choose(&config(durability), &view, NodeId(0)).map(|choice| (choice.to.0, choice.position))
    };
    let all = Durability::Sync((0..4).map(NodeId).collect());
    assert_eq!(asked(all), Ok((0, position(100))), "its standbys hold no more");
    assert_eq!(asked(Durability::Async), Ok((0, position(110))), "nothing is proven");
}

#[test]
fn of_a_thousand_members_the_freshest_of_the_preferred_region_is_chosen_though_it_does_not_vote() {
    let (config, mut view) = a_thousand();
    config.validate().expect("a thousand members are possible");
    assert_eq!(chosen(&config, &view), Ok(69), "the first that is 6 large and 4 ahead in region 9");
    (0..999).for_each(|n| view.nodes[n].sealed &= n % 10 != 9);
    assert_eq!(chosen(&config, &view), Err(NoTarget::Waiting), "the others of region 9 may hold more");
    view.impatient = true;
    let (have, need) = (900, 997);
    assert_eq!(chosen(&config, &view), Err(NoTarget::Unproven { have, need }));
}

#[test]
fn a_plan_for_a_thousand_members_is_feasible_while_most_voters_are_heard() {
    let (config, mut view) = a_thousand();
    let feasible = |view: &View| crate::plan::dry_run(&config, view, NodeId(0)).map(|run| run.feasible());
    assert_eq!(feasible(&view), Ok(true));
    (1..5).for_each(|voter| view.nodes[voter].heard = false);
    assert_eq!(feasible(&view), Ok(false), "four of nine voters are heard, and 991 others");
}

fn any_node() -> impl Strategy<Value = NodeView> {
    let role = prop_oneof![4 => Just(Role::Replica), 1 => Just(Role::Stopped), 1 => Just(Role::Failed)];
    (any::<bool>(), role, prop::bool::weighted(0.7), any::<bool>(), 60u64..110).prop_map(
        |(heard, role, sealed, disappointed, offset)| NodeView {
            heard,
            disappointed,
            ..node(role, sealed, offset)
        },
    )
}

/// Without a proof nobody is kept waiting; but of those within reach the one that holds most takes over, whomever the
/// policy would prefer.
#[test]
fn where_a_primary_goes_on_without_standbys_the_newest_within_reach_takes_over() {
    let mut view = after_the_disaster();
    view.nodes[1] = NodeView { heard: false, sealed: false, ..view.nodes[1] };
    view.nodes[3] = node(Role::Replica, true, 120);
    let waits = || Durability::First(1, vec![NodeId(1), NodeId(2), NodeId(3)]);
    assert_eq!(chosen(&config(waits()), &view), Err(NoTarget::Unproven { have: 2, need: 3 }));
    assert_eq!(chosen(&config(Durability::Degrading(Box::new(waits()))), &view), Ok(3));
}

fn any_view() -> impl Strategy<Value = View> {
    (prop::collection::vec(any_node(), 5), any::<bool>(), 0u64..110).prop_map(
        |(mut nodes, impatient, least)| {
            nodes[WITNESS as usize] = node(Role::Absent, false, 0);
            View {
                epoch: 2,
                nodes,
                at_least: position(least),
                forked: false,
                written_at_most: Some(0),
                reopened_at_most: None,
                impatient,
                wanted: None,
                avoid: None,
            }
        },
    )
}

fn any_durability() -> impl Strategy<Value = Durability> {
    let list = prop::sample::subsequence((0..4).map(NodeId).collect::<Vec<_>>(), 1..4);
    let some = (1u32..3, list.clone());
    let waits = prop_oneof![
        Just(Durability::Async),
        (1u32..4).prop_map(Durability::Quorum),
        list.prop_map(Durability::Sync),
        some.clone().prop_map(|(count, list)| Durability::First(count, list)),
        some.prop_map(|(count, list)| Durability::Any(count, list)),
    ];
    (waits, prop::bool::weighted(0.2)).prop_map(|(waits, degrades)| match degrades {
        true => Durability::Degrading(Box::new(waits)),
        false => waits,
    })
}

proptest! {
    #[test]
    fn whoever_is_chosen_is_heard_sealed_fresh_and_no_witness(durability in any_durability(), view in any_view(), from in 0u16..4) {
        let config = config(durability);
        let again = choose(&config, &view, NodeId(from));
        prop_assert_eq!(choose(&config, &view, NodeId(from)), again);
        if let Ok(choice) = again {
            let node = &view.nodes[choice.to.index()];
            prop_assert!(choice.to.0 != WITNESS && node.heard && node.sealed && node.database.role == Role::Replica);
            let (_, need) = config.read_quorum(NodeId(from));
            prop_assert!(is_proven(&config, need) || choice.lag <= config.policy.promote_lag_max);
            prop_assert!(choice.position <= node.database.position);
        }
    }

    /// Writes may be where they can be acknowledged by the mode's rules. Whatever is chosen holds every one of them.
    #[test]
    fn whoever_is_chosen_holds_what_may_have_been_acknowledged(durability in any_durability(), view in any_view(), from in 0u16..4) {
        let config = config(durability);
        let Ok(choice) = choose(&config, &view, NodeId(from)) else { return Ok(()) };
        if let (Err(_), Some(complete)) = (
            proven_by_standbys(&config, &view, NodeId(from)).and_then(|complete| choose_holding(&config, &view, NodeId(from), complete)),
            proven_by_itself(&config, &view, NodeId(from)),
        ) {
            // What was acknowledged was the old primary's own, wherever else it is, and what it held before if it never opened.
            let (old, new) = (&view.nodes[usize::from(from)], &view.nodes[choice.to.index()]);
            prop_assert!(old.sealed && old.database.role == Role::Replica && complete >= view.at_least);
            prop_assert!(new.database.position >= complete && choice.position == complete);
            return Ok(());
        }
        let (standbys, _) = config.read_quorum(NodeId(from));
        // The most an unsealed standby may hold is unbounded, so an acknowledged write is certainly held by the
        // chosen one only if too few standbys are unsealed to have acknowledged it among themselves.
        let unsealed = standbys.iter().filter(|node| !view.nodes[node.index()].sealed).count();
        match &config.durability {
            Durability::Async | Durability::Degrading(_) => return Ok(()),
            Durability::Sync(_) => prop_assert_eq!(unsealed, 0),
            // Where fewer are left than have to confirm, nothing was acknowledged.
            Durability::Quorum(needed) | Durability::First(needed, _) | Durability::Any(needed, _) => {
                if standbys.len() < *needed as usize {
                    return Ok(());
                }
                prop_assert!(unsealed < *needed as usize);
            }
        }
        for node in standbys.iter().filter(|node| view.nodes[node.index()].sealed) {
            prop_assert!(choice.position >= view.nodes[node.index()].database.position);
        }
        prop_assert!(choice.position >= view.at_least);
    }

    #[test]
    fn another_candidate_as_fresh_as_the_choice_is_taken_or_changes_nothing(durability in any_durability(), view in any_view(), late in 1u16..4) {
        let config = config(durability);
        let Ok(before) = choose(&config, &view, NodeId(0)) else { return Ok(()) };
        let known = &view.nodes[late as usize];
        prop_assume!(!known.sealed && known.database.position <= before.position);
        let mut view = view.clone();
        view.nodes[late as usize] = NodeView { database: DatabaseReport { position: before.position, ..node(Role::Replica, true, 0).database }, ..node(Role::Replica, true, 0) };
        let after = choose(&config, &view, NodeId(0)).expect("one more candidate is no reason to have none");
        prop_assert!(after.to == before.to || after.to == NodeId(late));
        prop_assert!(preference(&config, &view, after.to) <= preference(&config, &view, before.to));
    }
}
