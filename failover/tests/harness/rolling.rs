//! Agents are restarted one by one, or all at once, long after a failover or soon: the next failover comes as if they
//! had not been.

use failover::{Decision, Durability, Policy};
use units::Span;

use crate::faults::Fault;
use crate::group::{Group, SECOND, configuration};

/// The cool-down, in seconds.
const COOLDOWN: u64 = 300;

fn patient(seed: u64) -> Group {
    let policy = Policy { cooldown: Span::from_secs(COOLDOWN), ..Policy::default() };
    Group::with(configuration(5, Durability::Async, policy), seed, false)
}

/// When the plan of `epoch` was called complete first, and when the next was found necessary.
fn completed(group: &Group, epoch: u64) -> u64 {
    group.checks.completed_at(epoch).expect("the failover is complete")
}

fn found(group: &Group, epoch: u64) -> Option<u64> {
    let is = |decision: &Decision| matches!(decision, Decision::Finds { epoch: of, .. } if *of == epoch);
    group.checks.decisions.iter().find(|(_, _, decision)| is(decision)).map(|(at, _, _)| *at)
}

/// A failover at 20 s. `after` seconds later all agents are restarted, `gap` seconds apart (0: at once), and 60 s after
/// the last the new primary's machine dies. Returns how many seconds later that is found.
fn next_is_found(seed: u64, after: u64, gap: Option<u64>) -> (u64, Group) {
    let mut group = patient(seed);
    group.script(20, Fault::PowerOff(0), 60);
    group.run_for(20 + after);
    for node in 0..5 {
        let Some(gap) = gap else { continue };
        group.strike(Fault::CrashAgent(node));
        if gap > 0 {
            group.run_for(1);
            group.heal(Fault::CrashAgent(node));
            group.run_for(gap - 1);
        }
    }
    if gap == Some(0) {
        group.run_for(1);
        (0..5).for_each(|node| group.heal(Fault::CrashAgent(node)));
    }
    group.run_for(60);
    let primary = group.primary().expect("there is one");
    let epoch = group.nodes[primary].database.epoch;
    group.strike(Fault::PowerOff(primary));
    let dies = group.now;
    group.run_until(dies + 2 * COOLDOWN * SECOND, |group| found(group, epoch + 1).is_some());
    assert_eq!(group.checks.violations, Vec::<String>::new(), "seed {seed}, {after} s, {gap:?}");
    let at = found(&group, epoch + 1).expect("it is found in the end");
    ((at - dies) / SECOND, group)
}

#[test]
fn a_cooldown_that_is_over_does_not_begin_anew_when_agents_restart() {
    for seed in 0..3 {
        for gap in [None, Some(10), Some(1), Some(0)] {
            let (takes, _) = next_is_found(seed, COOLDOWN + 100, gap);
            assert!(takes < 30, "seed {seed}, {gap:?}: only silence is waited for, but it took {takes} s");
        }
    }
}

#[test]
fn a_cooldown_under_way_goes_on_when_agents_restart_one_by_one() {
    for seed in 0..3 {
        for gap in [None, Some(10), Some(1)] {
            let (_, group) = next_is_found(seed, 100, gap);
            let since = (found(&group, 3).expect("found") - completed(&group, 2)) as f64 / SECOND as f64;
            // Clocks run up to 2 % fast or slow.
            let (least, most) = (COOLDOWN as f64 * 0.97, COOLDOWN as f64 * 1.03 + 8.0);
            assert!((least..most).contains(&since), "seed {seed}, {gap:?}: {since} s after the last");
        }
    }
}

/// Nobody remembers how long it has lasted, so it may last longer; but not shorter, and not for ever.
#[test]
fn a_cooldown_that_nobody_remembers_lasts_once_more() {
    let (_, group) = next_is_found(1, 100, Some(0));
    let since = (found(&group, 3).expect("found") - completed(&group, 2)) / SECOND;
    assert!((COOLDOWN..COOLDOWN + 130).contains(&since), "{since} s");
}

/// The plan was carried out long ago. Its target's agent starts again: the database must not notice.
#[test]
fn a_plan_that_is_complete_is_not_carried_out_again() {
    for seed in 0..5 {
        let mut group = patient(seed);
        group.script(20, Fault::PowerOff(0), 60);
        group.run_for(600);
        let primary = group.primary().expect("there is one");
        let before = group.checks.decisions.len();
        group.script(1, Fault::CrashAgent(primary), 1);
        group.run_for(300);
        let again = |(_, _, decision): &&(u64, usize, Decision)| {
            matches!(
                decision,
                Decision::StepBegins { .. } | Decision::Completes { .. } | Decision::Begins { .. }
            )
        };
        let told: Vec<_> = group.checks.decisions[before..].iter().filter(again).collect();
        assert!(told.is_empty(), "seed {seed}: {told:?}");
        assert_eq!((group.primary(), group.checks.violations.len()), (Some(primary), 0), "seed {seed}");
    }
}

/// Everybody starts at once and reads again two failovers: nobody decides or tells anything of the past.
#[test]
fn what_is_read_again_is_told_to_nobody() {
    let mut group = patient(3);
    group.script(20, Fault::PowerOff(0), 60);
    group.script(500, Fault::PowerOff(1), 60);
    group.script(500, Fault::PowerOff(2), 60);
    group.run_for(1_200);
    let before = group.checks.decisions.len();
    (0..5).for_each(|node| group.script(1, Fault::CrashAgent(node), 1));
    group.run_for(200);
    let news = group.checks.decisions[before..].iter().map(|(_, _, decision)| decision);
    let past = |decision: &&Decision| {
        matches!(decision, Decision::Begins { .. } | Decision::Completes { .. } | Decision::Abandons { .. })
    };
    assert_eq!(news.clone().filter(past).count(), 0);
    assert_eq!(news.filter(|decision| matches!(decision, Decision::Rejoins { .. })).count(), 5);
    assert!(group.is_whole(), "{:?}", group.checks.violations);
}
