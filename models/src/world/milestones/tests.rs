//! What an outage went through, told by hand.

use super::*;
use failover::Reason;

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

/// A failover of this epoch, each stage at its second.
fn fail_over(milestones: &mut Milestones, epoch: u64, [found, fence, promote, open]: [u64; 4]) {
    finds(milestones, epoch, found, true, None);
    for (second, step) in [(fence, Step::Fence), (promote, Step::Promote)] {
        milestones.on_decision(at(second), &Decision::StepBegins { epoch, step }, nobody);
    }
    milestones.on_open(at(open), epoch);
}

fn finds(milestones: &mut Milestones, epoch: u64, second: u64, counts: bool, led: Option<u64>) {
    let (from, reason) = (NodeId(1), Reason::PrimarySilent);
    let finding = || Finding { counts, in_service: false, led_since: led.map(at) };
    milestones.on_decision(at(second), &Decision::Finds { epoch, from, reason }, finding);
}

fn nobody() -> Finding {
    unreachable!("nothing is found here")
}

/// From the 10th to the 60th second, in seconds.
fn phases(milestones: &Milestones) -> [u64; PHASES] {
    let spans = milestones.phases(at(10), at(60), milestones.reached(), true);
    spans.map(|span| span.as_nanos() / 1_000_000_000)
}

/// Nobody took over; the primary was out of service between these two seconds.
fn returned(out: u64, back: u64) -> Milestones {
    let mut milestones = Milestones::default();
    milestones.reset();
    milestones.on_primary(at(out), false);
    milestones.on_primary(at(back), true);
    milestones.on_attempt(at(50));
    milestones
}

#[test]
fn clients_that_do_not_reach_a_primary_in_service_have_to_find_it() {
    assert_eq!(phases(&returned(3, 5)), [0, 0, 0, 0, 0, 0, 40, 10]);
}

#[test]
fn people_who_are_told_decide() {
    let mut milestones = Milestones::default();
    let (from, request) = (NodeId(1), failover::access::RequestId::from(7));
    for second in [5, 16, 20] {
        let told = Decision::AwaitsOperator { from, reason: Reason::PrimarySilent };
        milestones.on_decision(at(second), &told, nobody);
        milestones.on_primary(at(second + 1), second < 10);
    }
    milestones.on_decision(
        at(40),
        &Decision::Obeys { epoch: 2, from, request, reason: Reason::Manual },
        nobody,
    );
    milestones.on_decision(at(41), &Decision::StepBegins { epoch: 2, step: Step::Fence }, nobody);
    milestones.on_decision(at(42), &Decision::StepBegins { epoch: 2, step: Step::Promote }, nobody);
    milestones.on_open(at(44), 2);
    milestones.on_attempt(at(50));
    assert_eq!(phases(&milestones), [6, 0, 25, 1, 2, 0, 6, 10]);
}

#[test]
fn what_is_over_before_anybody_finds_it_was_being_detected() {
    assert_eq!(phases(&returned(10, 30)), [20, 0, 0, 0, 0, 0, 20, 10]);
}

#[test]
fn a_primary_that_opens_again_by_itself_was_not_being_detected() {
    let mut milestones = returned(10, 30);
    milestones.on_open(at(29), 1);
    assert_eq!(phases(&milestones), [0, 0, 0, 0, 20, 0, 20, 10]);
}

#[test]
fn a_majority_that_waits_for_the_primary_has_detected_that_it_is_gone() {
    let mut milestones = returned(10, 30);
    finds(&mut milestones, 2, 16, true, None);
    milestones.on_decision(at(28), &Decision::Abandons { epoch: 2 }, nobody);
    milestones.on_decision(at(31), &Decision::Abandons { epoch: 2 }, nobody);
    milestones.on_open(at(29), 2);
    assert_eq!(phases(&milestones), [6, 0, 12, 0, 2, 0, 20, 10]);
}

#[test]
fn an_outage_that_begins_after_it_was_found_is_no_detection() {
    let mut milestones = Milestones::default();
    fail_over(&mut milestones, 2, [8, 9, 30, 34]);
    milestones.on_attempt(at(50));
    assert_eq!(phases(&milestones), [0, 0, 0, 20, 4, 0, 16, 10]);
}

#[test]
fn a_failover_long_ago_has_no_part_in_an_outage() {
    let mut milestones = returned(3, 5);
    fail_over(&mut milestones, 2, [4, 4, 4, 4]);
    assert_eq!(phases(&milestones), [0, 0, 0, 0, 0, 0, 40, 10]);
}

#[test]
fn what_a_minority_finds_after_the_failover_erases_nothing() {
    let mut milestones = Milestones::default();
    fail_over(&mut milestones, 2, [20, 22, 30, 34]);
    milestones.on_attempt(at(50));
    let told = phases(&milestones);
    assert_eq!(told, [10, 0, 2, 8, 4, 0, 16, 10]);
    finds(&mut milestones, 3, 45, false, None);
    finds(&mut milestones, 2, 12, false, None);
    assert_eq!(phases(&milestones), told);
}

#[test]
fn an_older_plan_that_is_abandoned_late_erases_nothing() {
    let mut milestones = Milestones::default();
    finds(&mut milestones, 2, 12, true, None);
    fail_over(&mut milestones, 3, [20, 22, 30, 34]);
    milestones.on_attempt(at(50));
    milestones.on_decision(at(55), &Decision::Abandons { epoch: 2 }, nobody);
    assert_eq!(phases(&milestones), [10, 0, 2, 8, 4, 0, 16, 10]);
}

#[test]
fn a_plan_that_failed_is_part_of_the_decision() {
    let mut milestones = Milestones::default();
    finds(&mut milestones, 2, 12, true, None);
    milestones.on_decision(at(14), &Decision::StepBegins { epoch: 2, step: Step::Fence }, nobody);
    fail_over(&mut milestones, 3, [20, 22, 30, 34]);
    milestones.on_attempt(at(50));
    assert_eq!(phases(&milestones), [2, 0, 10, 8, 4, 0, 16, 10]);
}

#[test]
fn an_election_is_not_detection() {
    let mut milestones = Milestones::default();
    for voter in 1..4 {
        milestones.on_suspicion(at(11 + voter as u64), voter, 3);
    }
    finds(&mut milestones, 2, 20, true, Some(19));
    milestones.on_open(at(34), 2);
    milestones.on_attempt(at(50));
    assert_eq!(phases(&milestones)[..2], [4, 6]);
}

#[test]
fn a_coordinator_that_was_there_before_leaves_nothing_to_elect() {
    let mut milestones = Milestones::default();
    for voter in 1..4 {
        milestones.on_suspicion(at(11 + voter as u64), voter, 3);
    }
    finds(&mut milestones, 2, 20, true, Some(13));
    milestones.on_open(at(34), 2);
    milestones.on_attempt(at(50));
    assert_eq!(phases(&milestones)[..2], [10, 0]);
}

#[test]
fn writes_that_wait_for_a_copy_wait_for_their_acknowledgement() {
    let mut milestones = Milestones::default();
    fail_over(&mut milestones, 2, [20, 22, 30, 34]);
    milestones.on_answers(at(44));
    milestones.on_attempt(at(50));
    assert_eq!(phases(&milestones), [10, 0, 2, 8, 4, 10, 6, 10]);
}
