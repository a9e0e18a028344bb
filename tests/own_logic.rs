//! Logic of others: the naive controller of the examples is found out, its repair is not, and what a foreign policy does
//! not promise is not judged in silence.

use std::path::{Path, PathBuf};

use firedrill::Campaign;
use firedrill::campaign::Error;
use firedrill::logic::Logic;

#[allow(dead_code)]
#[path = "../examples/ping_and_promote.rs"]
mod ping_and_promote;
#[allow(dead_code)]
#[path = "../examples/quorum_and_lease.rs"]
mod quorum_and_lease;

use ping_and_promote::PingAndPromote;
use quorum_and_lease::QuorumAndLease;

const SEEDS: u64 = 300;

fn campaign<L: Logic>(logic: L, scenario: &str) -> Campaign<L> {
    let file = Path::new("examples/scenarios").join(scenario);
    Campaign::with_logic(logic, &file, &[]).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn whoever_promotes_himself_survives_a_crash_and_splits_the_brain_in_a_partition() {
    let crash = campaign(PingAndPromote, "primary-crash.ron").check(SEEDS);
    assert!(crash.is_ok(), "{}", crash.unwrap_err());
    let cut = campaign(PingAndPromote, "partition.ron").replayed_by(|seed| format!("look at {seed}"));
    let reason = cut.check(SEEDS).expect_err("nobody stops the old primary");
    assert!(reason.contains("SplitBrain violated in 300 of 300 runs"), "{reason}");
    assert!(reason.contains("look at "), "{reason}");
}

#[test]
fn with_a_majority_and_a_lease_the_same_partition_splits_nothing() {
    for scenario in ["primary-crash.ron", "partition.ron"] {
        let passed = campaign(QuorumAndLease, scenario).check(SEEDS);
        assert!(passed.is_ok(), "{}", passed.unwrap_err());
    }
}

#[test]
fn a_policy_of_their_own_is_read_checked_and_set_as_ours_is() {
    let load = |setting: &str| {
        let setting = setting.parse().expect("it reads path=value");
        Campaign::with_logic(QuorumAndLease, Path::new("examples/scenarios/partition.ron"), &[setting])
    };
    let recovery = |setting| load(setting).expect("it is sound").run_one(7).recovery().at_least();
    assert!(recovery("policy.ping=4s") > recovery("policy.ping=1s"));
    let refused = load("policy.misses=1").expect_err("the policy's own check refuses it").to_string();
    assert!(refused.contains("--set policy.misses=1: one ping that is late"), "{refused}");
    let unknown = load("policy.heartbeat=1s").expect_err("it has none").to_string();
    assert!(unknown.contains("ping") && unknown.contains("misses"), "{unknown}");
}

/// A scenario beside the examples' plan that exists for one test only.
fn written(expect: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("there is room for a small file");
    std::fs::copy("examples/scenarios/plan.ron", folder.path().join("plan.ron")).expect("it is checked in");
    let file = folder.path().join("cut.ron");
    let faults = r#"[(at: "60s", strike: Partition(["east"], ["central", "west"]), heal_after: "3m")]"#;
    let scenario =
        format!(r#"(story: "s", plan: "plan.ron", faults: {faults}, horizon: "20m", expect: [{expect}])"#);
    std::fs::write(&file, scenario).expect("there is room for a small file");
    (folder, file)
}

#[test]
fn what_nothing_judges_cannot_be_expected() {
    let (_folder, file) = written("NoMinorityAction");
    let refused = Campaign::with_logic(PingAndPromote, &file, &[]).expect_err("it has no lease");
    assert!(matches!(refused, Error::Unjudged { missing: "lease", .. }), "{refused}");
    Campaign::with_logic(QuorumAndLease, &file, &[]).expect("its lease is in its terms");
}

/// A policy section of others has patches as ours has, and so may differ from service to service.
#[test]
fn services_have_policies_of_foreign_logic_too() {
    let (folder, file) = written("NoSplitBrain");
    let plan = std::fs::read_to_string("examples/scenarios/plan.ron").expect("it is checked in");
    let listed = r#"objectives: (recovery_time: "5m", recovery_point: "1m"),
        services: [(name: "calm", with: (policy: (ping: "4s"))), (name: "shop")],"#;
    let plan = plan.replace(r#"objectives: (recovery_time: "5m", recovery_point: "1m"),"#, listed);
    std::fs::write(folder.path().join("plan.ron"), plan).expect("there is room for a small file");
    let both = Campaign::services_with_logic(QuorumAndLease, &file, &[]).expect("it is sound");
    let recovery = both.iter().map(|campaign| campaign.run_one(7).recovery().at_least());
    let recovery: Vec<_> = recovery.collect();
    assert!(both[0].name().ends_with("/cut/calm") && recovery[0] > recovery[1], "{recovery:?}");
    let passed = firedrill::campaign::check_all(&both, SEEDS);
    assert!(passed.is_ok(), "{}", passed.unwrap_err());
}

#[test]
fn two_runs_of_foreign_logic_are_one() {
    let campaign = campaign(QuorumAndLease, "partition.ron");
    for seed in 0..5 {
        assert_eq!(campaign.double_run(seed), None, "seed {seed}");
    }
}
