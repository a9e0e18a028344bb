//! Any disaster: first nothing unsafe may happen, then everything must come back.

use failover::{Durability, NodeId};
use proptest::prelude::*;

use crate::dice::Dice;
use crate::faults::Fault;
use crate::group::{Group, SECOND};

/// Faults end by this second.
const TROUBLE: u64 = 200;
/// What it may take until everything is as it should be again: a cooldown, a few failovers that fail, waits.
const PATIENCE: u64 = 300;

/// A fault, its place, when it strikes and how long it lasts, in seconds.
pub type Struck = (u8, usize, usize, u64, u64);

pub fn disasters(members: usize) -> impl Strategy<Value = Vec<Struck>> {
    prop::collection::vec((0u8..14, 0..members, 0..members, 5u64..150, 1u64..50), 0..9)
}

/// # Errors
/// What was violated.
pub fn survives(members: usize, durability: Durability, seed: u64, script: &[Struck]) -> Result<(), String> {
    survives_in(Group::new(members, durability, seed), script)
}

/// # Errors
/// What was violated.
pub fn survives_in(mut group: Group, script: &[Struck]) -> Result<(), String> {
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
    whole
        .then_some(())
        .ok_or_else(|| format!("not whole after {PATIENCE} s of peace; decided last: {last:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

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

/// Schedules that once did harm.
#[test]
fn regressions() {
    let standbys = || Durability::Sync(vec![NodeId(1), NodeId(2)]);
    // A standby that had confirmed writes failed as target; the other had not, and was promoted.
    let forgot_the_confirming_standby = [(12, 0, 0, 61, 32), (1, 0, 0, 64, 29)];
    assert_eq!(survives(3, standbys(), 7333766024857733063, &forgot_the_confirming_standby), Ok(()));
    // The only complete copy crashed after it was sealed, and nobody started it again.
    let sealed_and_stopped = [(8, 2, 0, 27, 20), (10, 0, 0, 7, 26), (3, 0, 0, 42, 1)];
    assert_eq!(survives(3, standbys(), 176918425044543897, &sealed_and_stopped), Ok(()));
}

/// The same dice that make a world make its disasters.
pub fn rolled(members: usize, seed: u64) -> Vec<Struck> {
    let mut dice = Dice(seed);
    let last = members as u64 - 1;
    let mut struck = || {
        let (node, other) = (dice.between(0, last) as usize, dice.between(0, last) as usize);
        (dice.between(0, 13) as u8, node, other, dice.between(5, 150), dice.between(1, 50))
    };
    (0..1 + seed % 6).map(|_| struck()).collect()
}

/// A longer search: `cargo test -p firedrill-failover --test harness -- --ignored hunt`.
#[test]
#[ignore = "a minute and a half"]
fn hunt() {
    let standbys = Durability::Sync(vec![NodeId(1), NodeId(2)]);
    let kinds =
        [(3, Durability::Async), (3, Durability::Quorum(1)), (5, Durability::Quorum(2)), (3, standbys)];
    for (members, durability) in kinds {
        for seed in 0..20_000 {
            let script = rolled(members, seed);
            let survived = survives(members, durability.clone(), seed, &script);
            assert_eq!(survived, Ok(()), "{members} nodes, {durability:?}, seed {seed}, {script:?}");
        }
    }
}
