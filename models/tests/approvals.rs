//! Failovers that wait for people: the linter's sum against what is measured.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use firedrill_models::{Failover, Model, World};
use scenarios::{Budget, Scenario, Stage};
use sim::Agenda;
use units::Span;

/// Olga asks and Omar approves, with what is set besides.
fn scenario(set: &[&str]) -> Scenario<Failover> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/qnwis/manual-failover.ron");
    let set: Vec<_> = set.iter().map(|set| set.parse().expect("it is a setting")).collect();
    scenarios::load::<Failover>(&path, &set).expect("it is sound")
}

fn approve(scenario: &Scenario<Failover>) -> Option<Stage> {
    let stages = Budget::of::<Failover>(&scenario.plan).stages;
    stages.into_iter().find(|stage| stage.name == "approve")
}

#[test]
fn what_people_take_is_part_of_the_sum_and_no_run_takes_less() {
    let scenario = scenario(&[]);
    let budget = Budget::of::<Failover>(&scenario.plan);
    let mut world = World::new(Arc::new(Model::new(&scenario).expect("it was loaded")));
    let mut agenda = Agenda::new();
    let mut times: Vec<Span> =
        (0..300).map(|seed| world.run(seed, &mut agenda).recovery_time.at_least()).collect();
    times.sort_unstable();
    assert!(budget.least <= times[0], "{} and {}", budget.addition(), times[0]);
    assert!(times[297] <= budget.most, "{} and {}", budget.addition(), times[297]);
    // Most of it is people's, and an automatic failover waits for none.
    let waits = approve(&scenario).expect("it is a manual failover");
    assert!(waits.most * 2 > budget.most && waits.least * 2 > budget.least);
    assert!(approve(&self::scenario(&["policy.mode=Automatic"])).is_none());
}

#[test]
fn with_nobody_to_approve_only_whoever_asks_counts() {
    let (two, one) = (scenario(&[]), scenario(&["policy.access.approvals=0"]));
    let (two, one) = (approve(&two).expect("two people"), approve(&one).expect("one"));
    assert!(one.least < two.least && one.most * 2 == two.most, "{one:?} and {two:?}");
}

/// Those whom the policy knows may be nowhere.
#[test]
fn too_few_people_are_a_warning() {
    let warned = |people: &str| {
        let plan = format!(
            r#"(name: "small", people: [{people}],
                regions: [(name: "a", clients: 1, writes_per_second: 9, sites: [(name: "as", nodes: [(name: "a1"), (name: "a2"), (name: "a3")])])],
                database: (engine: PostgreSql15, durability: Async, primary: "a1", watchdog: "12s"),
                policy: (mode: Manual, access: (people: [(name: "olga", role: Operator), (name: "omar", role: Operator)])),
                objectives: (recovery_time: "1h", recovery_point: "1h"))"#
        );
        let scenario = r#"(story: "s", plan: "plan.ron", faults: [(at: "60s", strike: Crash("a1"))], horizon: "3h", expect: [NoSplitBrain])"#;
        let files = [("plan.ron", plan.as_str()), ("s.ron", scenario)];
        let files = BTreeMap::from(files.map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_vec())));
        let loaded = scenarios::load_from::<Failover>(&files, Path::new("s.ron"), &[]).expect("it can run");
        scenarios::lint(&loaded).iter().any(|finding| finding.problem.contains("it never begins"))
    };
    let (olga, omar) = (r#"(name: "olga", region: "a"), "#, r#"(name: "omar", region: "a"), "#);
    assert!(warned("") && warned(olga));
    assert!(!warned(&format!("{olga}{omar}")));
}
