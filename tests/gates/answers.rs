//! What a gate's answer depends on, and what it does not.

use std::sync::atomic::Ordering;

use firedrill::Campaign;
use firedrill::reports::{Report, Verdict};

use crate::support::{decided, loaded, options};

#[test]
fn the_answer_is_the_same_for_any_number_of_threads() {
    let gate = loaded(&[]);
    let told = |threads| {
        let outcome = gate.run(&options(threads), &mut |_| ()).expect("there are threads");
        let report = outcome.report.gate.expect("it is a gate");
        let runs: Vec<_> = report.provenance.scenarios.iter().map(|one| one.runs_digest.clone()).collect();
        let but_computing: Vec<_> = [0, 1, 2, 3, 5].map(|check| report.checks[check].clone()).into();
        (outcome.report.digest, runs, but_computing)
    };
    assert_eq!(told(1), told(3));
}

/// More than are told one by one, and different ones in each run.
#[test]
fn what_is_wrong_with_trails_is_told_in_the_same_order_on_any_number_of_threads() {
    let gate = loaded(&[]).with_tampering(|audited| {
        audited.trails.iter_mut().for_each(|trail| {
            trail.records.pop();
        })
    });
    let told = |threads| {
        let outcome = gate.run(&options(threads), &mut |_| ()).expect("there are threads");
        outcome.report.gate.expect("it is a gate").checks.swap_remove(3)
    };
    let (alone, together) = (told(1), told(3));
    assert!(alone.findings.len() == 9 && alone.findings[8].ends_with("more like these"), "{alone:#?}");
    assert_eq!(alone, together);
}

/// Whoever wants to stop does not wait for trails to be looked at, and nothing is passed that was not looked at.
#[test]
fn a_gate_that_is_stopped_looks_at_no_trails_and_passes_none() {
    let options = options(2);
    options.fleet.stop.store(true, Ordering::Relaxed);
    let outcome = loaded(&[]).run(&options, &mut |_| ()).expect("there are threads");
    let trails = &outcome.report.gate.expect("it is a gate").checks[3];
    assert_eq!(trails.verdict, Verdict::Inconclusive);
    assert_eq!(trails.findings, ["interrupted before it was looked at"]);
}

#[test]
fn another_base_gives_other_seeds_and_the_same_base_the_same() {
    let gate = loaded(&[]);
    assert_eq!(gate.first_seed("1.0"), gate.first_seed("1.0"));
    assert_ne!(gate.first_seed("1.0"), gate.first_seed("1.1"));
}

#[test]
fn no_more_runs_are_made_than_the_answer_takes() {
    let outcome = decided(&loaded(&[]));
    let made: Vec<u64> = outcome.report.scenarios.iter().map(|scenario| scenario.seeds).collect();
    assert_eq!(made, [70, 70], "95 % takes 70 clean runs, and then is the first look");
}

/// Half of all runs recover within the median, so a gate at that limit cannot decide.
#[test]
fn what_is_not_decided_by_the_last_run_is_inconclusive_and_says_how_many_it_takes() {
    let gate = loaded(&[("Quantile(0.95), limit: \"10m\"", "Quantile(0.5), limit: \"52s\"")]);
    let outcome = decided(&gate);
    let check = &outcome.report.gate.as_ref().expect("it is a gate").checks[5];
    assert_eq!(check.verdict, Verdict::Inconclusive, "{check:#?}");
    assert!(check.criteria.iter().any(|row| row.runs == 500), "{check:#?}");
}

#[test]
fn every_criterion_names_a_command_whose_run_is_the_one_that_was_judged() {
    let outcome = decided(&loaded(&[("limit: \"10m\"", "limit: \"30s\"")]));
    let gate = outcome.report.gate.as_ref().expect("it is a gate");
    let row = gate.first_to_look_at().expect("30 s is too little");
    let at = outcome.report.scenarios.iter().position(|one| one.name == row.scenario).expect("it was run");
    let seed = row.seed.expect("a run was bad");
    let judged = outcome.runs[at].iter().find(|run| run.seed == seed).expect("it is one of the runs");
    let file = &outcome.report.scenarios[at].file;
    let again = Campaign::load(file.as_ref(), &[]).expect("it was loaded before").run_one(seed);
    assert_eq!(again.digest, judged.digest);
}

#[test]
fn a_report_of_a_gate_is_read_back() {
    let outcome = decided(&loaded(&[]));
    assert_eq!(Report::from_json(&outcome.report.to_json()).expect("it was just written"), outcome.report);
}

/// Nothing is begun once somebody has stopped it, and nothing of that is a pass.
#[test]
fn a_gate_that_is_stopped_at_once_has_looked_at_nothing() {
    let options = options(2);
    options.fleet.stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let outcome = loaded(&[]).run(&options, &mut |_| ()).expect("there are threads");
    let gate = outcome.report.gate.as_ref().expect("it is a gate");
    assert!(gate.checks.iter().all(|check| check.verdict == Verdict::Inconclusive), "{gate:#?}");
    assert_eq!(
        (outcome.report.verdict, outcome.report.interrupted, gate.runs),
        (Verdict::Inconclusive, true, 0)
    );
    assert!(
        gate.checks[0].facts.is_empty()
            && gate.reasons.iter().any(|reason| reason.contains("interrupted before"))
    );
}
