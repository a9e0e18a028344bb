//! Any disaster: first nothing unsafe may happen, then everything must come back.

use failover::{Durability, NodeId};
use proptest::prelude::*;

use crate::faults::Fault;
use crate::group::{Group, SECOND};

/// Faults end by this second.
const TROUBLE: u64 = 200;
/// What it may take until everything is as it should be again: a cooldown, a few failovers that fail, waits.
const PATIENCE: u64 = 300;

/// A fault, its place, when it strikes and how long it lasts, in seconds.
type Struck = (u8, usize, usize, u64, u64);

fn disasters(members: usize) -> impl Strategy<Value = Vec<Struck>> {
    prop::collection::vec((0u8..13, 0..members, 0..members, 5u64..150, 1u64..50), 0..9)
}

/// # Errors
/// What was violated.
pub fn survives(members: usize, durability: Durability, seed: u64, script: &[Struck]) -> Result<(), String> {
    let mut group = Group::new(members, durability, seed);
    group.unruly = true;
    for (kind, node, other, delay, length) in script {
        group.script(*delay, Fault::of(*kind, *node, *other), *length);
    }
    group.run_for(TROUBLE);
    group.unruly = false;
    let whole = group.run_until(group.now + PATIENCE * SECOND, |group| group.is_whole());
    if let Some(violation) = group.checks.violations.first() {
        return Err(violation.clone());
    }
    let last = group.checks.decisions.iter().rev().take(5).collect::<Vec<_>>();
    whole.then_some(()).ok_or_else(|| format!("not whole after {PATIENCE} s of peace; decided last: {last:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn three_nodes_survive_any_disaster(seed in any::<u64>(), script in disasters(3)) {
        prop_assert_eq!(survives(3, Durability::Async, seed, &script), Ok(()));
    }

    #[test]
    fn three_nodes_keep_what_a_quorum_acknowledged(seed in any::<u64>(), script in disasters(3)) {
        prop_assert_eq!(survives(3, Durability::Quorum(1), seed, &script), Ok(()));
    }

    #[test]
    fn five_nodes_keep_what_a_quorum_acknowledged(seed in any::<u64>(), script in disasters(5)) {
        prop_assert_eq!(survives(5, Durability::Quorum(2), seed, &script), Ok(()));
    }

    #[test]
    fn what_a_standby_confirmed_survives(seed in any::<u64>(), script in disasters(3)) {
        let standbys = vec![NodeId(1), NodeId(2)];
        prop_assert_eq!(survives(3, Durability::Sync(standbys), seed, &script), Ok(()));
    }
}
