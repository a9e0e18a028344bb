//! Every objection can be provoked, and a fatal one keeps the agent from starting.

use std::sync::Arc;

use super::*;
use crate::config::Durability;
use crate::consensus::Durable;
use crate::selection::tests::config;
use crate::{Controller, Instant, NodeId};

fn seconds(seconds: u64) -> Span {
    Span::from_secs(seconds)
}

fn phi(threshold: f64, window: u32) -> Detector {
    Detector::PhiAccrual { threshold, window, deviation_least: default_deviation_least() }
}

fn steps(change: impl FnOnce(&mut StepTimeouts)) -> Policy {
    let mut policy = Policy::default();
    change(&mut policy.steps);
    policy
}

fn consensus(heartbeat: Span, election: Span) -> Policy {
    Policy { consensus: ConsensusTiming { heartbeat, election }, ..Policy::default() }
}

fn without_lease(failsafe: bool) -> Policy {
    let safeguards = Safeguards { lease: false, failsafe, ..Safeguards::default() };
    Policy { safeguards, ..Policy::default() }
}

fn without_fencing() -> Policy {
    let safeguards = Safeguards { fencing: false, ..Safeguards::default() };
    Policy { safeguards, ..Policy::default() }
}

fn manual_failsafe() -> Policy {
    let safeguards = Safeguards { failsafe: true, ..Safeguards::default() };
    Policy { safeguards, mode: Mode::Manual, ..Policy::default() }
}

/// A policy for every way to be refused, and the field that is blamed.
fn fatal() -> Vec<(&'static str, Policy)> {
    let sound = Policy::default;
    let none = Span::ZERO;
    vec![
        ("heartbeat", Policy { heartbeat: Span::from_millis(99), ..sound() }),
        ("heartbeat", Policy { heartbeat: seconds(3601), lease: seconds(9000), ..sound() }),
        ("detector", Policy { detector: Detector::Missed(0), ..sound() }),
        ("detector", Policy { detector: Detector::Missed(1001), ..sound() }),
        ("detector", Policy { detector: phi(0.9, 100), ..sound() }),
        ("detector", Policy { detector: phi(f64::NAN, 100), ..sound() }),
        ("detector", Policy { detector: phi(8.0, 1), ..sound() }),
        ("lease_margin", Policy { lease_margin: seconds(15), ..sound() }),
        ("lease", Policy { lease: seconds(7), ..sound() }),
        ("consensus.heartbeat", consensus(Span::from_millis(9), seconds(6))),
        ("consensus.election", consensus(seconds(2), Span::from_millis(3999))),
        ("steps.fence", steps(|steps| steps.fence = none)),
        ("steps.promote", steps(|steps| steps.promote = none)),
        ("steps.verify", steps(|steps| steps.verify = none)),
        ("steps.redirect", steps(|steps| steps.redirect = none)),
        ("safeguards.failsafe", without_lease(true)),
        ("failback", Policy { failback: Failback::After(seconds(60)), mode: Mode::Manual, ..sound() }),
    ]
}

#[test]
fn the_default_policy_is_sound() {
    assert_eq!(Policy::default().objections(), []);
}

#[test]
fn every_fatal_objection_names_its_field_and_keeps_the_agent_from_starting() {
    for (field, policy) in fatal() {
        let objections = policy.objections();
        assert!(
            objections.iter().any(|objection| objection.fatal && objection.field == field),
            "{field}: {objections:?}"
        );
        let mut config = config(Durability::Async);
        config.policy = policy;
        let refused = Controller::new(NodeId(1), Arc::new(config), &Durable::default(), 1, Instant::ZERO);
        let why = refused.expect_err("a fatal objection is fatal").to_string();
        assert!(why.contains("policy."), "{why}");
    }
}

#[test]
fn who_goes_by_a_failsafe_hears_that_requests_take_a_lease_longer() {
    let objections = manual_failsafe().objections();
    assert!(objections.iter().any(|one| !one.fatal && one.field == "safeguards.failsafe"), "{objections:?}");
}

#[test]
fn of_a_store_apart_nobody_else_votes() {
    let mut apart = config(Durability::Async);
    apart.policy.safeguards.votes = Votes::Witnesses;
    let refused = apart.validate().expect_err("copies vote").to_string();
    assert!(refused.contains("only witnesses do"), "{refused}");
    apart.members.iter_mut().for_each(|member| member.votes = member.witness);
    assert_eq!(apart.validate(), Ok(()));
}

#[test]
fn what_is_merely_unwise_is_said_and_runs() {
    let unwise = [
        ("lease", Policy { lease: seconds(12), ..Policy::default() }),
        ("steps.fence", steps(|steps| steps.fence = seconds(1))),
        ("safeguards.lease", without_lease(false)),
        ("safeguards.fencing", without_fencing()),
    ];
    for (field, policy) in unwise {
        let objections = policy.objections();
        assert!(
            objections.iter().any(|objection| !objection.fatal && objection.field == field),
            "{field}: {objections:?}"
        );
        let mut config = config(Durability::Async);
        config.policy = policy;
        assert_eq!(config.validate(), Ok(()));
    }
}
