//! Agents that die at the worst moments: between a write and the message after it, between two messages, before the disk
//! says that it has written. The checks look on: nobody who was sealed follows an earlier primary, nothing that is
//! done is done again, no cool-down is cut short, and few epochs begin at once.

use failover::{Durability, Policy};
use proptest::prelude::*;
use units::Span;

use crate::faults::Fault;
use crate::group::{Group, SECOND, configuration};
use crate::random::{Struck, disasters, survives_in};

/// Beside the other disasters every agent dies now and then.
fn fickle(members: usize, durability: Durability, seed: u64) -> Group {
    let mut group = Group::new(members, durability, seed);
    (0..members).for_each(|node| group.script(5 + 7 * node as u64, Fault::FickleAgent(node), 120));
    group
}

fn survives(members: usize, durability: Durability, seed: u64, script: &[Struck]) -> Result<(), String> {
    survives_in(fickle(members, durability, seed), script)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fickle_agents_survive_any_disaster(seed in any::<u64>(), script in disasters(3)) {
        prop_assert_eq!(survives(3, Durability::Async, seed, &script), Ok(()));
    }

    #[test]
    fn fickle_agents_keep_what_a_quorum_acknowledged(seed in any::<u64>(), script in disasters(5)) {
        prop_assert_eq!(survives(5, Durability::Quorum(1), seed, &script), Ok(()));
        prop_assert_eq!(survives(5, Durability::Quorum(2), seed, &script), Ok(()));
    }
}

/// A long lease, so that the old primary is open while copies are sealed for its successor: the primary keeps in touch
/// with one copy only, whose agent restarts at any moment after it was sealed.
fn half_cut_off(seed: u64, restart: u64) -> Group {
    let policy = Policy {
        heartbeat: Span::from_secs(1),
        detector: failover::Detector::Missed(2),
        lease: Span::from_secs(60),
        steps: failover::StepTimeouts { fence: Span::from_secs(90), ..Policy::default().steps },
        ..Policy::default()
    };
    let mut group = Group::with(configuration(5, Durability::Quorum(1), policy), seed, false);
    for node in [1, 3, 4] {
        group.script(60, Fault::Cut(0, node), 300);
    }
    group.script(60, Fault::Cut(0, 2), 5);
    group.script(50, Fault::HangDatabase(4), 25);
    group.after(restart, crate::group::Event::Strike(Fault::CrashAgent(2)));
    group.after(restart + 20 * SECOND, crate::group::Event::Heal(Fault::CrashAgent(2)));
    group
}

#[test]
fn a_sealed_copy_does_not_follow_the_old_primary_after_a_restart() {
    for seed in 0..40 {
        let mut group = half_cut_off(seed, 62 * SECOND + seed * SECOND / 4);
        group.run_for(600);
        assert_eq!(group.checks.violations, Vec::<String>::new(), "seed {seed}");
    }
}

/// The primary is cut off for less than its lease and learns at once that its role was taken and given back. Copies
/// sealed in between want a primary of the new epoch.
#[test]
fn a_primary_that_has_its_role_back_is_followed_by_copies_that_were_sealed() {
    for seed in 0..40 {
        let policy = Policy {
            heartbeat: Span::from_secs(1),
            detector: failover::Detector::Missed(2),
            lease: Span::from_secs(60),
            ..Policy::default()
        };
        let mut group = Group::with(configuration(5, Durability::Quorum(2), policy), seed, false);
        group.script(50, Fault::HangDatabase(3), 60);
        group.script(50, Fault::HangDatabase(4), 60);
        group.script(50, Fault::PowerOff(2), 60);
        group.script(60, Fault::Isolate(0), 4 + seed / 4);
        group.run_for(600);
        assert_eq!(group.checks.violations, Vec::<String>::new(), "seed {seed}");
        assert!(
            group.is_whole(),
            "seed {seed}: {:?}",
            group.checks.decisions.iter().rev().take(6).collect::<Vec<_>>()
        );
    }
}

/// The primary's agent starts again with seven seconds of its lease left, and a late answer to what it had asked before is good
/// for two. It gave that up for a lease of two seconds, and stayed open beside it.
#[test]
fn a_late_answer_takes_nothing_from_the_lease_of_the_life_before() {
    let script = [(8, 2, 0, 23, 14), (10, 0, 0, 12, 10)];
    assert_eq!(survives(5, Durability::Quorum(1), 12_947_567_665_241_321_020, &script), Ok(()));
}

/// Of two voters that are left one forgot how far it had let the primary write. The other had heard the primary last, and
/// nobody asked it: they waited for the primary.
#[test]
fn one_voter_that_forgets_is_reminded_by_the_other() {
    for seed in 0..20 {
        let mut group = Group::new(3, Durability::Async, seed);
        group.script(60, Fault::PowerOff(0), 1_000);
        group.script(61 + seed % 5, Fault::CrashAgent(1), 1);
        group.run_for(180);
        assert_eq!(group.checks.violations, Vec::<String>::new(), "seed {seed}");
        assert!(matches!(group.primary(), Some(1 | 2)), "seed {seed}");
    }
}

/// A longer search: `cargo test -p firedrill-failover --test harness -- --ignored fickle`.
#[test]
#[ignore = "a minute"]
fn hunt_for_fickle_agents_that_lose_something() {
    for (members, durability) in
        [(3, Durability::Async), (3, Durability::Quorum(1)), (5, Durability::Quorum(2))]
    {
        for seed in 0..3_000 {
            let script = crate::random::rolled(members, seed);
            let survived = survives(members, durability.clone(), seed, &script);
            assert_eq!(survived, Ok(()), "{members} nodes, {durability:?}, seed {seed}, {script:?}");
        }
    }
}
