//! Load that changes, recordings, pools, reads: what is wrong is refused with its place.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{Heartbeats, Loaded, PLAN, SCENARIO, changed, load_changed, load_texts};
use firedrill_scenarios::{Severity, load_from};
use units::Span;

/// One line per change: what was changed, and what the loader says.
fn told(changes: &[(&str, &str)]) -> String {
    let tell = |(from, to): &(&str, &str)| match load_changed(from, to) {
        Ok(scenario) => {
            let findings: Vec<String> =
                scenario.findings.iter().map(|f| format!("{}: {f}", f.severity)).collect();
            format!("{to}\n{}\n", findings.join("\n"))
        }
        Err(error) => format!("{to}\n{error}\n"),
    };
    changes.iter().map(tell).collect::<Vec<_>>().join("\n")
}

/// The plan with this traffic.
fn with_traffic(traffic: &[&str]) -> String {
    let policy = "policy: (heartbeat: \"5s\")";
    let texts: Vec<String> =
        traffic.iter().map(|traffic| format!("traffic: ({traffic}), {policy}")).collect();
    told(&texts.iter().map(|text| (policy, text.as_str())).collect::<Vec<_>>())
}

macro_rules! snapshot {
    ($text:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($text) })
    };
}

#[test]
fn hours_days_and_bursts() {
    snapshot!(with_traffic(&[
        r#"hours: [("00:00", 0.5), ("08:00", 1.5)], days: [(Fri, 0.3)]"#,
        r#"hours: [("08:00", 1.5), ("08:00", 0.5)]"#,
        r#"hours: [("24:00", 1.5)]"#,
        r#"hours: [("8:00", 1.5)]"#,
        r#"hours: [("08:00", -1.0)]"#,
        r#"days: [(Fri, 0.3), (Fri, 0.4)]"#,
        r#"days: [(Friday, 0.3)]"#,
        r#"utc_offset: "3h""#,
        r#"starts: At(Sun, "06:30"), hours: [("08:00", 20.0)]"#,
        r#"bursts: (every: Exponential(mean: "0s"), lasts: Constant("1m"), times: 2.0)"#,
        r#"bursts: (every: Constant("1m"), lasts: Constant("0s"), times: 1.0)"#,
        r#"bursts: (every: Constant("1m"), lasts: Constant("1m"), times: 1e9)"#,
    ]));
}

#[test]
fn pools_reads_and_expectations() {
    let ttl = "dns: (ttl: \"30s\",";
    let policy = "policy: (heartbeat: \"5s\")";
    let region = "clients: 10, writes_per_second: 50,";
    snapshot!(told(&[
        (policy, "clients: (pool: (size: 0, max_lifetime: \"0s\")), policy: (heartbeat: \"5s\")"),
        (policy, "clients: (pool: (size: 10, keepalive: \"1h\")), policy: (heartbeat: \"5s\")"),
        (ttl, "dns: (ttl: \"30s\", routing: Nearest, health_check: \"0s\","),
        (region, "reads_per_second: 50,"),
        (
            region,
            "clients: 10, writes_per_second: 50, traffic: (starts: At(Mon, \"08:00\"), reroute_after: \"1m\"),"
        ),
        ("watchdog: \"45s\"", "queue_max: 0"),
        ("NoMinorityAction,", "StaysDown,"),
        ("NoMinorityAction,", "ReadsServed(0.9),"),
        ("NoMinorityAction,", "ReadsServed(1.5),"),
        ("NoMinorityAction,", "NoOverload, Overloads(share: 0.5),"),
        ("NoMinorityAction,", "Overload(confidence: 0.9),"),
        ("RegionLoss(\"doha\")", "DnsFailure"),
    ]));
}

fn recorded(file: &str, text: &str) -> Loaded {
    let (scenario, plan) = changed(
        "policy: (heartbeat: \"5s\")",
        &format!("traffic: (recorded: \"{file}\"), policy: (heartbeat: \"5s\")"),
    );
    let files = [("loss.ron", scenario), ("plan.ron", plan), (file, text.to_owned())];
    let files: BTreeMap<PathBuf, Vec<u8>> = files
        .into_iter()
        .map(|(name, text)| (PathBuf::from("qnwis").join(name), text.into_bytes()))
        .collect();
    load_from::<Heartbeats>(&files, Path::new("qnwis/loss.ron"), &[])
}

#[test]
fn a_recording_is_lines_or_a_list() {
    let lines = recorded("day.csv", "# yesterday\ntime,writes\r\n0,100\n\n90,150\n2m 30s, 70\n").unwrap();
    let list = recorded("day.ron", r#"[("0s", 100), ("90s", 150), ("150s", 70)]"#).unwrap();
    let points = |loaded: &firedrill_scenarios::Scenario<Heartbeats>| {
        loaded.plan.traffic.recorded.as_ref().map(|recorded| recorded.points.clone())
    };
    let seconds = Span::from_secs;
    assert_eq!(points(&lines), Some(vec![(seconds(0), 100), (seconds(90), 150), (seconds(150), 70)]));
    assert_eq!(points(&lines), points(&list));
}

#[test]
fn a_wrong_recording_is_told_by_its_lines() {
    let texts = [
        "",
        "time,writes\n",
        "0,100\n60\n120,lots\nlater,3\n",
        "0,100\n60,-3\n",
        "10,100\n",
        "0,100\n60,100\n60,90\n",
        "0,100\n60,99999999999999999999\n",
    ];
    let refused = |text: &&str| recorded("day.csv", text).expect_err("it is wrong").to_string();
    let lists = [r#"[]"#, r#"[("0s", 100), ("0s", 90)]"#, r#"[("0s", 1.5)]"#, "[(0, 1)]"];
    let lists = lists.map(|text| recorded("day.ron", text).expect_err("it is wrong").to_string());
    let all: Vec<String> = texts.iter().map(refused).chain(lists).collect();
    snapshot!(all.join("\n"));
}

#[test]
fn a_recording_that_cannot_be_read_is_the_plans_mistake() {
    let text = with_traffic(&[r#"recorded: "day.csv""#, r#"recorded: "day.csv", hours: [("08:00", 1.0)]"#]);
    assert!(text.contains("qnwis/plan.ron:") && text.contains("'qnwis/day.csv' cannot be read"), "{text}");
}

#[test]
fn traffic_is_set_field_by_field_from_outside() {
    let settings = ["traffic.starts=At(Mon, \"08:00\")", "traffic.reroute_after=2m"];
    let scenario = load_texts(SCENARIO.as_bytes(), PLAN.as_bytes(), &settings).unwrap();
    assert_eq!(scenario.plan.traffic.reroute_after, Some(Span::from_secs(120)));
    assert_ne!(scenario.plan.traffic.starts, firedrill_scenarios::Starts::AnyTime);
    let none = ["traffic.reroute_after=2m", "traffic.reroute_after=None"];
    let scenario = load_texts(SCENARIO.as_bytes(), PLAN.as_bytes(), &none).unwrap();
    assert_eq!(scenario.plan.traffic.reroute_after, None);
}

#[test]
fn the_peak_counts_where_capacity_is_too_small() {
    let text = with_traffic(&[r#"hours: [("08:00", 10.0)]"#]);
    // 350 writes per second, ten times: more than the 3,000 and the 2,000, less than the 4,000.
    assert_eq!(text.matches("clients write 3500: as primary it is overloaded").count(), 3, "{text}");
    assert!(text.contains(&Severity::Warning.to_string()));
}
