use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;
use scenarios::Logic;

#[test]
fn a_lease_that_outlasts_the_lag_limit_is_warned_of_where_writes_are_acknowledged_alone() {
    let warned = |lease: &str, limit: &str, durability: &str| {
        let plan = format!(
            r#"(name: "p", regions: [(name: "a", clients: 1, writes_per_second: 10,
                    sites: [(name: "as", nodes: [(name: "a1"), (name: "a2"), (name: "a3")])])],
                database: (engine: PostgreSql15, durability: {durability}, primary: "a1", watchdog: "8s"),
                policy: (lease: "{lease}", promote_lag_max: "{limit}"),
                objectives: (recovery_time: "10m", recovery_point: "15m"))"#
        );
        let scenario = r#"(story: "s", plan: "plan.ron", faults: [(at: "1m", strike: Crash("a1"))], horizon: "30m", expect: [NoSplitBrain])"#;
        let files = BTreeMap::from([
            (PathBuf::from("plan.ron"), plan.into_bytes()),
            ("s.ron".into(), scenario.as_bytes().to_vec()),
        ]);
        let loaded = scenarios::load_from::<Failover>(&files, Path::new("s.ron"), &[]);
        let mut found = Vec::new();
        lag_limit_outlasts_lease(&loaded.unwrap_or_else(|error| panic!("{error}")).plan, &mut found);
        found.first().map(|objection| objection.problem.contains("so nobody is"))
    };
    assert_eq!(warned("60s", "30s", "Async"), Some(true));
    assert_eq!(warned("32s", "30s", "Async"), Some(false), "now and then somebody is");
    assert_eq!(warned("30s", "30s", "Async"), None);
    assert_eq!(warned("60s", "30s", "Quorum(1)"), None);
}

#[test]
fn no_failover_under_five_second_heartbeats_takes_three_seconds() {
    let plan = plan("");
    let stages = Failover::stages(&plan, (Span::from_millis(5), Span::from_millis(80)));
    let least: Span = stages.iter().map(|stage| stage.least).sum();
    assert!(least > Span::from_secs(12), "{least}");
}
/// The sums are of the user's own figures where the plan has them.
#[test]
fn sums_are_of_the_times_that_the_plan_gives() {
    let plan = plan(r#", promotion: Uniform("2s", "12s")"#);
    let stages = Failover::stages(&plan, (Span::from_millis(5), Span::from_millis(80)));
    let promote = stages.iter().find(|stage| stage.name == "promote").expect("there is one");
    assert_eq!(promote.least, Span::from_secs(2));
    assert!(promote.most > Span::from_secs(11), "{}", promote.most);
}

#[test]
fn sessions_that_outlive_the_lease_are_warned_of() {
    let objections = |database| {
        let mut found = Vec::new();
        stop(&plan(database), &mut found);
        found.into_iter().map(|objection| objection.field).collect::<Vec<_>>()
    };
    assert_eq!(objections(""), Vec::<String>::new());
    assert_eq!(objections(r#", stop: Fast"#), Vec::<String>::new());
    assert_eq!(objections(r#", stop: Smart(Uniform("1m", "30m"))"#), ["database.stop"]);
    assert_eq!(objections(r#", session_end: Constant("20s")"#), ["database.session_end"]);
}

#[test]
fn a_coordinator_that_does_not_wait_for_far_copies_is_warned_of() {
    let short = told(r#"gather: "50ms""#, "");
    assert!(short.contains("plan.ron:7:30") && short.contains("waits 50ms for the positions"), "{short}");
    let remedy = short.split("; use ").nth(1).and_then(|rest| rest.split(" or more").next());
    let remedy = remedy.unwrap_or_else(|| panic!("no remedy: {short}"));
    assert_eq!(told(&format!(r#"gather: "{remedy}""#), ""), "", "what is advised is enough");
}

/// A small plan with more fields of its database.
fn plan(database: &str) -> Plan<Policy> {
    let plan = format!(
        r#"(name: "p", regions: [(name: "r", clients: 1, writes_per_second: 1, sites: [
            (name: "s", nodes: [(name: "a"), (name: "b"), (name: "c")])])],
            database: (engine: PostgreSql15, durability: Async, primary: "a"{database}),
            policy: (), objectives: (recovery_time: "10m", recovery_point: "15m"))"#
    );
    let scenario = r#"(story: "s", plan: "plan.ron", faults: [(at: "60s", strike: Crash("a"))],
        horizon: "30m", expect: [NoSplitBrain])"#;
    let files = [("plan.ron", plan.as_str()), ("s.ron", scenario)];
    let files: BTreeMap<PathBuf, Vec<u8>> =
        files.into_iter().map(|(name, text)| (name.into(), text.as_bytes().to_vec())).collect();
    let loaded = scenarios::load_from::<Failover>(&files, Path::new("s.ron"), &[]);
    loaded.unwrap_or_else(|error| panic!("{error}")).plan
}

/// What the loader says of a plan of three regions, with this policy and these people.
fn told(policy: &str, people: &str) -> String {
    let plan = format!(
        r#"(name: "p", regions: [
            (name: "north", clients: 1, writes_per_second: 1, sites: [(name: "n", nodes: [(name: "n1")])]),
            (name: "south", sites: [(name: "s", nodes: [(name: "s1")])]),
            (name: "west", sites: [(name: "w", nodes: [(name: "w1")])])],
            database: (engine: PostgreSql15, durability: Async, primary: "n1", watchdog: "12s"),
            people: [{people}],
            policy: ({policy}),
            objectives: (recovery_time: "10m", recovery_point: "15m"))"#
    );
    let scenario = r#"(story: "s", plan: "plan.ron", faults: [(at: "60s", strike: Crash("n1"), heal_after: "5m")],
        horizon: "30m", expect: [NoSplitBrain])"#;
    let files = BTreeMap::from([
        (PathBuf::from("plan.ron"), plan.into_bytes()),
        ("s.ron".into(), scenario.as_bytes().to_vec()),
    ]);
    let loaded = scenarios::load_from::<Failover>(&files, Path::new("s.ron"), &[]);
    let findings = match &loaded {
        Ok(scenario) => &scenario.findings,
        Err(error) => error.findings(),
    };
    findings.iter().map(|finding| format!("{finding}; {}\n", finding.remedy)).collect()
}

#[test]
fn a_preferred_place_that_is_nowhere_is_refused_with_its_own() {
    assert_eq!(told(r#"prefer_regions: ["south", "north"], prefer_sites: ["w"]"#, ""), "");
    let cases = [
        (
            r#"prefer_regions: ["south", "nort"]"#,
            "plan.ron:7:48",
            "no region 'nort'",
            "did you mean 'north'?",
        ),
        (
            r#"prefer_sites: ["south"]"#,
            "plan.ron:7:37",
            "'south' is a region, a site is expected",
            "'n', 's', 'w'",
        ),
        (
            r#"prefer_regions: ["atlantis"]"#,
            "plan.ron:7:39",
            "no region 'atlantis'",
            "the regions are 'north'",
        ),
    ];
    for (policy, place, problem, remedy) in cases {
        let told = told(policy, "");
        assert!([place, problem, remedy].iter().all(|part| told.contains(part)), "{told}");
    }
}

#[test]
fn people_whose_names_clash_or_do_not_match_are_told_where_they_stand() {
    let access = |people: &str| format!("access: (people: [{people}])");
    let twice = access(r#"(name: "ada", role: Admin), (name: "ada", role: Viewer)"#);
    let refused = told(&twice, "");
    assert!(refused.contains("plan.ron:7:75: two people are called 'ada'"), "{refused}");
    let nameless = told(&access(r#"(name: "", role: Admin)"#), "");
    assert!(nameless.contains("plan.ron:7:47: a name of 0 bytes"), "{nameless}");
    let operators = access(r#"(name: "olga", role: Operator), (name: "omar", role: Operator)"#);
    let misspelt = told(&operators, r#"(name: "olgo", region: "west"), (name: "omar", region: "west")"#);
    assert!(misspelt.contains("plan.ron:6:29") && misspelt.contains("did you mean 'olga'"), "{misspelt}");
    let alone = told(&access(r#"(name: "ada", role: Operator)"#), "");
    assert!(alone.contains("1 approval by others is needed, and there is 1 operator"), "{alone}");
}
