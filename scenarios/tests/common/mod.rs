//! A logic that exists nowhere but here, with the smallest policy that still has something to add up; and
//! files in memory. That all of this crate works with it shows that it needs no real one.
#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use firedrill_scenarios::{LoadError, Logic, Objection, Plan, Scenario, Setting, Severity, Stage, load_from};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::Span;

pub struct Heartbeats;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub heartbeat: Span,
    #[serde(default = "three")]
    pub missed: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyPatch {
    pub heartbeat: Option<Span>,
    pub missed: Option<u32>,
}

fn three() -> u32 {
    3
}

impl Logic for Heartbeats {
    type Policy = Policy;
    type PolicyPatch = PolicyPatch;

    fn apply(policy: &mut Policy, patch: PolicyPatch) {
        policy.heartbeat = patch.heartbeat.unwrap_or(policy.heartbeat);
        policy.missed = patch.missed.unwrap_or(policy.missed);
    }

    fn check(policy: &Policy) -> Vec<Objection> {
        let object = |field: &str, problem: &str, severity| Objection {
            field: field.to_owned(),
            problem: problem.to_owned(),
            remedy: "take the default".to_owned(),
            severity,
        };
        let mut objections = Vec::new();
        if policy.missed == 0 {
            objections.push(object("missed", "suspects before anything is missed", Severity::Error));
        }
        if policy.heartbeat < Span::from_millis(100) {
            objections.push(object("heartbeat", "floods the network", Severity::Warning));
        }
        objections
    }

    fn stages(plan: &Plan<Policy>, (best, worst): (Span, Span)) -> Vec<Stage> {
        let policy = &plan.policy;
        let missed = u64::from(policy.missed);
        let detect = Stage {
            name: "detect",
            least: policy.heartbeat.saturating_mul(missed.saturating_sub(1)),
            most: policy.heartbeat.saturating_mul(missed),
            why: format!("{missed} heartbeats of {} are missed", policy.heartbeat),
        };
        let decide = Stage {
            name: "decide",
            least: best,
            most: worst.saturating_mul(2),
            why: "a round trip".to_owned(),
        };
        vec![detect, decide]
    }
}

pub const PLAN: &str = include_str!("plan.ron.txt");
pub const SCENARIO: &str = include_str!("primary-region-loss.ron.txt");

pub type Loaded = Result<Scenario<Heartbeats>, LoadError>;

/// Loads `qnwis/loss.ron` and `qnwis/plan.ron` from memory.
pub fn load_texts(scenario: &[u8], plan: &[u8], settings: &[&str]) -> Loaded {
    let file = |name: &str, text: &[u8]| (PathBuf::from("qnwis").join(name), text.to_vec());
    let files = BTreeMap::from([file("loss.ron", scenario), file("plan.ron", plan)]);
    let settings: Vec<Setting> = settings.iter().map(|text| text.parse().expect("a setting")).collect();
    load_from(&files, Path::new("qnwis/loss.ron"), &settings)
}

/// The scenario and plan of the catalogue, with one passage changed in either.
pub fn load_changed(from: &str, to: &str) -> Loaded {
    let (scenario, plan) = changed(from, to);
    load_texts(scenario.as_bytes(), plan.as_bytes(), &[])
}

/// The texts after the change, which must be one.
pub fn changed(from: &str, to: &str) -> (String, String) {
    let (in_scenario, in_plan) = (SCENARIO.matches(from).count(), PLAN.matches(from).count());
    assert_eq!(
        in_scenario + in_plan,
        1,
        "'{from}' must stand in one place, or the test changes something else"
    );
    (SCENARIO.replace(from, to), PLAN.replace(from, to))
}
