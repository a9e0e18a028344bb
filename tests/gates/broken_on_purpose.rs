//! Breaking each thing that a gate looks at makes exactly that check fail.

use std::time::Duration;

use firedrill::failover::FailoverPlan;
use firedrill::gate::{Codec, Computation};
use firedrill::reports::Verdict;

use crate::mistake::Mistake;
use crate::mute::Mute;
use crate::support::{decided, failing, loaded, with_logic};

fn is_broken_alone(outcome: &firedrill::gate::Outcome, check: &str) {
    assert_eq!(failing(outcome), [check], "{:#?}", outcome.report.gate.as_ref().map(|gate| &gate.reasons));
    assert_eq!(outcome.report.verdict, Verdict::Fail);
}

#[test]
fn the_sound_logic_passes() {
    let _evidence = firedrill::evidence::of(&["Q-12", "Q-34"]);
    let outcome = decided(&loaded(&[]));
    assert_eq!(failing(&outcome), [""; 0], "{:#?}", outcome.report.gate.as_ref().map(|gate| &gate.reasons));
    assert_eq!(outcome.report.verdict, Verdict::Pass);
}

#[test]
fn a_node_that_nobody_hears_is_missing() {
    let _evidence = firedrill::evidence::of(&["Q-34"]);
    let outcome = decided(&with_logic(Mute(4), &[]));
    is_broken_alone(&outcome, "RG-8.1");
    let gate = outcome.report.gate.expect("it is a gate");
    assert!(
        gate.reasons[0].contains("agent frankfurt-1: it is heard by 0 of 4 others who vote"),
        "{:?}",
        gate.reasons
    );
}

#[test]
fn a_plan_whose_text_loses_a_field_is_not_the_same() {
    let _evidence = firedrill::evidence::of(&["Q-12"]);
    let write = |plan: &FailoverPlan| plan.to_yaml().replacen("timeout: ", "timeouts: ", 1);
    is_broken_alone(&decided(&loaded(&[]).with_codec(Codec { write, ..Codec::default() })), "RG-8.2");
}

#[test]
fn a_reader_that_makes_up_what_is_missing_is_found() {
    let read = |text: &str| {
        FailoverPlan::from_yaml(text).map(|plan| FailoverPlan { epoch: 2, ..plan }).map_err(|e| e.to_string())
    };
    is_broken_alone(&decided(&loaded(&[]).with_codec(Codec { read, ..Codec::default() })), "RG-8.2");
}

#[test]
fn an_estimate_that_is_off_is_found() {
    is_broken_alone(&decided(&loaded(&[("estimate: \"40s\"", "estimate: \"41s\"")])), "RG-8.2");
    is_broken_alone(&decided(&loaded(&[("actions: 5", "actions: 6")])), "RG-8.2");
}

/// And the seed that the report names shows the fault, told by the same logic.
#[test]
fn logic_without_its_watchdog_fails_with_a_seed_that_shows_the_split_brain() {
    let gate = with_logic(crate::broken::Canary(Mistake::NeverArmsTheWatchdog), &[]);
    let outcome = decided(&gate);
    is_broken_alone(&outcome, "RG-8.3");
    let report = outcome.report.gate.expect("it is a gate");
    let first = report.first_to_look_at().expect("a criterion failed");
    assert_eq!((first.scenario.as_str(), first.verdict), ("qnwis/agent-hang", Verdict::Fail));
    let campaign = gate.campaigns().iter().find(|one| one.name() == first.scenario).expect("it was run");
    let told = campaign.tell(first.seed.expect("a run was bad")).expect("the logic does not panic");
    assert!(told.contains("two databases accept writes") || told.contains("split brain"), "{told}");
}

#[test]
fn whatever_is_done_to_a_trail_is_found() {
    let _evidence = firedrill::evidence::of(&["Q-20"]);
    let is_found = |tampering| is_broken_alone(&decided(&loaded(&[]).with_tampering(tampering)), "RG-8.4");
    is_found(|audited| audited.trails[0].records.truncate(3));
    is_found(|audited| audited.trails[1].records.swap(0, 1));
    is_found(|audited| audited.actions.truncate(2));
    is_found(|audited| audited.trails[2].records.clear());
}

/// Whatever the trails of the other hold.
#[test]
fn a_scenario_of_which_nothing_is_recorded_proves_nothing() {
    let gate = loaded(&[("primary-node-crash", "agent-crash")]).with_tampering(|audited| {
        if audited.record.failovers == 0 {
            audited.actions.clear();
            for trail in &mut audited.trails {
                (trail.records, trail.anchors) = (Vec::new(), Vec::new());
            }
        }
    });
    let outcome = decided(&gate);
    is_broken_alone(&outcome, "RG-8.4");
    let told = &outcome.report.gate.expect("it is a gate").reasons;
    assert!(told.len() == 1 && told[0].contains("agent-crash: no trail of it holds a record"), "{told:?}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "slowness on purpose")]
fn a_slow_planner_is_too_slow() {
    let _evidence = firedrill::evidence::of(&["Q-16"]);
    let slow = |topology: &firedrill::gate::Topology| {
        std::thread::sleep(Duration::from_millis(6));
        topology.plan().ok()
    };
    let gate = loaded(&[("planning: \"60s\"", "planning: \"5ms\"")]);
    is_broken_alone(
        &decided(&gate.with_computation(Computation { plan: slow, ..Computation::default() })),
        "RG-8.5",
    );
}

#[test]
fn a_recovery_time_that_is_too_long_fails_its_target_alone() {
    is_broken_alone(&decided(&loaded(&[("limit: \"10m\"", "limit: \"30s\"")])), "RTO");
}
