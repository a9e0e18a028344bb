//! What is wrong is refused with its place, in words that help.

mod common;

use common::{PLAN, SCENARIO, load_changed, load_texts};

macro_rules! snapshot {
    ($text:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($text) })
    };
}

/// One line per change: what was changed, and what the loader says.
fn told(changes: &[(&str, &str)]) -> String {
    let tell = |(from, to): &(&str, &str)| match load_changed(from, to) {
        Ok(scenario) => {
            let findings: Vec<String> =
                scenario.findings.iter().map(|f| format!("{}: {f}", f.severity)).collect();
            format!("{from}  =>  {to}\n{}\n", findings.join("\n"))
        }
        Err(error) => format!("{from}  =>  {to}\n{error}\n"),
    };
    changes.iter().map(tell).collect::<Vec<_>>().join("\n")
}

#[test]
fn fields_and_variants() {
    snapshot!(told(&[
        ("at: Between", "att: Between"),
        ("RecoveryTime(p99:", "RecoveryTime(p98:"),
        ("horizon: \"20m\",", ""),
        ("strike: RegionLoss(\"doha\"),", ""),
        ("horizon: \"20m\",", "horizon: \"20m\", horizon: \"21m\","),
        ("RegionLoss", "RegionLos"),
        ("RegionLoss(\"doha\")", "Meteor(\"doha\")"),
        ("NoSplitBrain", "NoSplitBrains"),
        ("PostgreSql15", "\"PostgreSql15\""),
        ("Between(\"60s\", \"120s\")", "After(\"60s\")"),
        ("RecoveryTime(p99: \"10m\", confidence: 0.95)", "RecoveryTime((p99: \"10m\"))"),
        ("policy: (heartbeat: \"5s\")", "policy: (heartbeats: \"5s\")"),
        ("policy: (heartbeat: \"5s\")", "policy: ()"),
        ("plan: \"plan.ron\",", "plan: \"plan.ron\", with: (policy: (misses: 2)),"),
        ("plan: \"plan.ron\",", "plan: \"plan.ron\", with: (policy: (heartbeat: None)),"),
        ("plan: \"plan.ron\",", "plan: \"plan.ron\", with: (dns: (tll: \"5s\")),"),
    ]));
}

#[test]
fn values_and_units() {
    snapshot!(told(&[
        ("horizon: \"20m\"", "horizon: 20"),
        ("horizon: \"20m\"", "horizon: 20m"),
        ("heartbeat: \"5s\"", "heartbeat: 5s"),
        ("heal_after: \"10m\"", "heal_after: Some(10)"),
        ("horizon: \"20m\"", "horizon: \"20\""),
        ("horizon: \"20m\"", "horizon: \"20 parsecs\""),
        ("horizon: \"20m\"", "horizon: \"900years\""),
        ("Between(\"60s\", \"120s\")", "60"),
        ("Between(\"60s\", \"120s\")", "Between(\"60s\", \"2\")"),
        ("Between(\"60s\", \"120s\")", "Between(\"60s\")"),
        ("clients: 40", "clients: -40"),
        ("clients: 40", "clients: 99999999999"),
        ("clients: 40", "clients: 4.5"),
        ("clients: 40", "clients: \"forty\""),
        ("loss: 0.0001", "loss: NaN"),
        ("loss: 0.0001", "loss: inf"),
        ("loss: 0.0001", "loss: -0.1"),
        ("loss: 0.0001", "loss: 1.5"),
        ("loss: 0.0001", "loss: \"none\""),
        ("p99: \"30ms\"", "p99: \"3ms\""),
        (
            "Lognormal(median: \"12ms\", p99: \"30ms\")",
            "Mixture([(0.5, Constant(\"1ms\")), (-1, Constant(\"2ms\"))])"
        ),
        ("Lognormal(median: \"12ms\", p99: \"30ms\")", "Quantiles([\"1ms\", \"3ms\", \"2ms\"])"),
        ("Lognormal(median: \"12ms\", p99: \"30ms\")", "Weibull(scale: \"2ms\", shape: 0)"),
    ]));
}

#[test]
fn syntax() {
    snapshot!(told(&[
        ("NoSplitBrain,", "NoSplitBrain"),
        ("covers: [\"Q-06\", \"Q-13\", \"Q-14\"]", "covers: \"Q-06\""),
        ("covers: [\"Q-06\", \"Q-13\", \"Q-14\"],", "covers: [\"Q-06\", \"Q-13\", \"Q-14\","),
        ("Converges,\n    ],\n)", "Converges,\n    ],\n"),
        ("Converges,\n    ],\n)", "Converges,\n    ],\n) )"),
        ("Converges,\n    ],\n)", "Converges,\n    ],\n /* "),
        ("plan: \"plan.ron\",", "plan: \"plan.ron,"),
        ("plan: \"plan.ron\",", "plan = \"plan.ron\","),
        ("story: ", "\"story\": "),
        ("story: ", "story: {"),
    ]));
}

#[test]
fn names() {
    snapshot!(told(&[
        ("RegionLoss(\"doha\")", "RegionLoss(\"dohaa\")"),
        ("RegionLoss(\"doha\")", "RegionLoss(\"doha-1\")"),
        ("RegionLoss(\"doha\")", "RegionLoss(\"$leader\")"),
        ("RegionLoss(\"doha\")", "Crash(\"doha\")"),
        ("RegionLoss(\"doha\")", "Crash(\"atlantis\")"),
        ("RegionLoss(\"doha\")", "Partition([\"doha\", \"doha-3\"], [\"dukhan\"])"),
        ("RegionLoss(\"doha\")", "Partition([\"doha\", \"dukhan\"], [\"doha-b\"])"),
        ("RegionLoss(\"doha\")", "OneWayPartition(from: [], to: [\"$primary\"])"),
        ("RegionLoss(\"doha\")", "SlowReplication(node: \"doha-1\", writes_per_second: 10)"),
        ("RegionLoss(\"doha\")", "SlowReplication(node: \"doha-2\", writes_per_second: 350)"),
        ("RegionLoss(\"doha\")", "ClockDrift(node: \"$primary\", ppm: -1000000)"),
        ("NoMinorityAction,", "NeverPromotes(\"ruwais\"),"),
        ("primary: \"doha-1\"", "primary: \"doha\""),
        ("primary: \"doha-1\"", "primary: \"doha1\""),
        ("durability: Async", "durability: Sync([\"dukhan-1\", \"dukhan-7\"])"),
        ("durability: Async", "durability: Sync([])"),
        ("durability: Async", "durability: Quorum(5)"),
        ("(name: \"doha-2\", capacity: 4000)", "(name: \"doha-1\")"),
        ("(name: \"doha-1\", capacity: 4000)", "(name: \"doha-1\", witness: true)"),
        ("name: \"ruwais-1\"", "name: \"$primary\""),
        (
            "within_region: (",
            "routes: [(between: (\"doha\", \"oslo\"), link: (latency: Constant(\"1s\")))], within_region: ("
        ),
    ]));
}

#[test]
fn times_and_expectations() {
    snapshot!(told(&[
        ("Between(\"60s\", \"120s\")", "Between(\"120s\", \"60s\")"),
        ("Between(\"60s\", \"120s\")", "\"20m\""),
        ("heal_after: \"10m\"", "heal_after: \"30m\""),
        (", heal_after: \"10m\"", ""),
        ("heal_after: \"10m\"", "heal_after: \"0s\""),
        (
            "faults: [(at: Between(\"60s\", \"120s\"), strike: RegionLoss(\"doha\"), heal_after: \"10m\")]",
            "faults: []"
        ),
        ("horizon: \"20m\",", "horizon: \"20m\", steady: \"1h\","),
        ("horizon: \"20m\",", "horizon: \"20m\", takes_effect_in: 0,"),
        ("horizon: \"20m\",", "horizon: \"20m\", allows: [SplitBrain],"),
        ("RecoveryTime(p99: \"10m\", confidence: 0.95)", "RecoveryTime(confidence: 1)"),
        ("RecoveryTime(p99: \"10m\", confidence: 0.95)", "RecoveryTime(p50: \"11m\", p99: \"9m\")"),
        ("NoMinorityAction,", "Recovers(share: 1.01, confidence: 0),"),
        ("NoMinorityAction,", "NoLoss, NoLoss,"),
        ("NoMinorityAction,", "StaysDown, FailoversAtMost(1.5),"),
        ("NoMinorityAction,\n        Converges,\n    ],", "StaysDown],\n    allows: [MinorityService],"),
    ]));
}

#[test]
fn faults_of_nodes_links_and_domains() {
    let strike = |to| ("RegionLoss(\"doha\")", to);
    snapshot!(told(&[
        strike("SiteLoss(\"doha\")"),
        strike("ProviderLoss(\"oen\")"),
        strike("ProviderLoss(\"doha\")"),
        strike("Slow(node: \"doha\", times: 20)"),
        strike("Slow(node: \"doha-1\", times: 1)"),
        strike("SlowDisk(node: \"$leader\", times: 0)"),
        strike("FailedPromotion(node: \"ruwais\", times: 1)"),
        strike("FailedPromotion(node: \"doha-2\", times: 0)"),
        strike("SlowReplication(node: \"$any\", writes_per_second: 10)"),
        strike("Partition([\"$any\"], [\"dukhan\"])"),
        strike("Flapping(between: ([\"doha\"], [\"doha-1\"]), down: Constant(\"1s\"), up: Constant(\"1s\"))"),
        strike(
            "Flapping(between: ([\"doha\"], [\"dukhan\"]), down: Constant(\"0s\"), up: Uniform(\"2s\", \"1s\"))"
        ),
        strike("Degraded(from: [\"doha\"], to: [\"dukhan\"])"),
        strike("Degraded(from: [\"doha\"], to: [\"dukhan\"], loss: 1.5)"),
        strike(
            "Degraded(from: [\"doha\"], to: [\"dukhan\"], slower: Lognormal(median: \"2s\", p99: \"1s\"))"
        ),
        strike("Degraded(from: [\"doha\"], to: [\"dukhan\"], writes_per_second: 100000)"),
    ]));
}

#[test]
fn faults_that_strike_again() {
    let heals = |to| ("heal_after: \"10m\"", to);
    snapshot!(told(&[
        heals("heal_after: \"1m\", lasts: Constant(\"1m\")"),
        heals("lasts: Exponential(mean: \"0s\")"),
        heals("lasts: Constant(\"0s\")"),
        heals("lasts: Constant(\"1h\")"),
        heals("heal_after: \"1m\", again: (every: Constant(\"1m\"), times: 0)"),
        heals("heal_after: \"1m\", again: (every: Uniform(\"2m\", \"1m\"), times: 2)"),
        heals("heal_after: \"1m\", again: (every: Constant(\"1m\"), times: 128)"),
        heals("heal_after: \"1m\", again: (times: 3)"),
        heals("heal_after: \"1m\", again: (every: Exponential(mean: \"5m\"))"),
        heals("again: (every: Exponential(mean: \"5m\"))"),
        heals("heal_after: \"1ms\", again: (every: Constant(\"10ms\"))"),
        ("NoMinorityAction,", "FalseFailovers(per_year: 0),"),
        ("NoMinorityAction,", "Measure(of: \"full copy\", always: 0),"),
        ("NoMinorityAction,", "Measure(of: \"full copies\", always: \"3s\"),"),
        ("NoMinorityAction,", "Measure(of: \"recovery time\", p99: 3),"),
        ("NoMinorityAction,", "Measure(of: \"recovery time\", p99: \"3\"),"),
        ("NoMinorityAction,", "Measure(of: \"converged\", always: 1.5),"),
        ("NoMinorityAction,", "Measure(of: \"lost writes\"),"),
        ("NoMinorityAction,", "Measure(of: \"lost writes\", p50: 9, p99: 3),"),
        ("NoMinorityAction,", "FalseFailovers(per_year: NaN, confidence: 1.5),"),
        ("NoMinorityAction,", "FalseFailovers,"),
    ]));
}

#[test]
fn faults_that_wait_for_a_step() {
    let at = |to| ("at: Between(\"60s\", \"120s\"), strike: RegionLoss(\"doha\"), heal_after: \"10m\"", to);
    snapshot!(told(&[
        at("at: \"60s\", when: Promotes(\"$any\"), strike: Silence(\"$that\")"),
        at("strike: Silence(\"doha-1\")"),
        at("at: \"60s\", strike: Silence(\"$that\")"),
        at("at: \"60s\", nth: 2, after: \"1s\", strike: Silence(\"doha-1\")"),
        at("when: Promotes(\"$any\"), strike: Silence(\"$that\")"),
        at("when: Persists(\"$any\"), strike: Silence(\"$that\"), heal_after: \"5m\""),
        at(
            "at: \"60s\", strike: Silence(\"doha-1\")), (when: Promotes(\"doha-9\"), strike: Silence(\"$that\"), heal_after: \"5m\""
        ),
        at("when: Persists(\"doha\"), strike: Silence(\"$that\"), heal_after: \"5m\""),
        at("when: Persists(\"$that\"), strike: Silence(\"$that\"), heal_after: \"5m\""),
        at("when: Persists(\"$any\"), nth: 0, strike: Silence(\"$that\"), heal_after: \"5m\""),
        at(
            "when: Persists(\"$any\"), after: Between(\"2s\", \"1s\"), strike: Silence(\"$that\"), heal_after: \"5m\""
        ),
        at("when: Persists(\"$any\"), after: \"20m\", strike: Silence(\"$that\"), heal_after: \"5m\""),
        at("when: Persists(\"$any\"), strike: Silence(\"$that\"), heal_after: \"20m\""),
        at("when: Persists(\"$any\"), strike: Partition([\"$that\"], [\"dukhan\"]), heal_after: \"5m\""),
        at("when: Promoted(\"$any\"), strike: Silence(\"$that\"), heal_after: \"5m\""),
        at("when: \"Promotes\", strike: Silence(\"$that\"), heal_after: \"5m\""),
    ]));
}

#[test]
fn files_that_are_no_scenarios() {
    let deep = "(".repeat(100_000);
    let mixtures = format!("(x: {}", "Mixture([(1, ".repeat(1_000));
    let texts: [(&str, &[u8]); 7] = [
        ("empty", b""),
        ("only a comment", b"// nothing yet\n"),
        ("100,000 open parentheses", deep.as_bytes()),
        ("1,000 mixtures", mixtures.as_bytes()),
        ("not UTF-8", b"(\n  story: \"caf\xe9\",\n)"),
        ("a number of 5,000 digits", &[b'9'; 5_000]),
        ("a NUL", b"\0"),
    ];
    let told = texts.map(|(what, text)| {
        let error = load_texts(text, PLAN.as_bytes(), &[]).expect_err(what).to_string();
        format!("{what}\n{}\n", error.chars().take(200).collect::<String>())
    });
    snapshot!(told.join("\n"));
}

#[test]
fn plans_that_cannot_be_read() {
    snapshot!(told(&[
        ("plan: \"plan.ron\"", "plan: \"plans.ron\""),
        ("plan: \"plan.ron\"", "plan: \"./loss.ron\""),
        ("plan: \"plan.ron\"", "plan: \"\""),
    ]));
    let error = load_texts(SCENARIO.as_bytes(), SCENARIO.as_bytes(), &[]).unwrap_err();
    assert!(error.to_string().contains("this is a scenario, not a plan"), "{error}");
}

#[test]
fn a_byte_order_mark_is_forgiven() {
    let marked = format!("\u{feff}{SCENARIO}");
    assert!(load_texts(marked.as_bytes(), PLAN.as_bytes(), &[]).is_ok());
}

#[test]
fn a_rendered_error_shows_the_line_and_the_way_out() {
    let render = |from, to| load_changed(from, to).unwrap_err().render(false);
    let rendered = [
        render("at: Between", "att: Between"),
        render("RegionLoss(\"doha\")", "RegionLoss(\"dohaa\")"),
        render("horizon: \"20m\"", "horizon: 20m"),
        render("strike: RegionLoss(\"doha\"),", ""),
        render("Converges,\n    ],\n)", "Converges,\n    ],\n"),
    ];
    snapshot!(rendered.join("\n"));
}

#[test]
fn everything_wrong_is_told_at_once() {
    let scenario = SCENARIO.replace("RegionLoss(\"doha\")", "RegionLoss(\"x\")").replace("0.95", "95");
    let plan = PLAN.replace("primary: \"doha-1\"", "primary: \"y\"");
    let error = load_texts(scenario.as_bytes(), plan.as_bytes(), &[]).unwrap_err();
    assert_eq!(error.findings().len(), 4, "{error}");
}

#[test]
fn copies_that_come_back() {
    let database = |more: &str| format!("database: (engine: PostgreSql15, {more}, ");
    let with = |more: &str| ("database: (engine: PostgreSql15, ".to_owned(), database(more));
    let changes = [
        with("keeps_log_for: \"0s\""),
        with("rewind_fails: 1.5"),
        with("size_gb: 0"),
        with("copy_mb_per_second: (100, 50)"),
        with("copy_mb_per_second: 100"),
        ("NoSplitBrain,".to_owned(), "Shows(what: FullCopy, share: 0.9),".to_owned()),
        ("NoSplitBrain,".to_owned(), "Shows(what: Conflicts, share: 2),".to_owned()),
        ("NoSplitBrain,".to_owned(), "QuorumAvailable(election: \"0s\"),".to_owned()),
        ("NoSplitBrain,".to_owned(), "ExecutionTime(p98: \"60s\"),".to_owned()),
    ];
    let changes: Vec<(&str, &str)> = changes.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    snapshot!(told(&changes));
}

#[test]
fn several_actives() {
    let from = "durability: Async, ";
    let active = |rest: &str| format!("durability: Async, topology: ActiveActive({rest}), ");
    let both = "nodes: [\"doha-1\", \"doha-2\"]";
    let changes = [
        active("nodes: [\"doha-1\"]"),
        active("nodes: [\"doha-1\", \"doha-1\"]"),
        active("nodes: [\"doha-1\", \"dubai\"]"),
        active(&format!("{both}, keys: 0")),
        active(&format!("{both}, keys: 10, hot_keys: 11")),
        active(&format!("{both}, hot_share: 0.5")),
        active(&format!("{both}, keys: 100, hot_keys: 1, hot_share: 0.9")),
        active(both).replace("Async", "Quorum(1)"),
        active(&format!("{both}, resolution: Nobody")),
    ];
    let changes: Vec<(&str, &str)> = changes.iter().map(|to| (from, to.as_str())).collect();
    snapshot!(told(&changes));
}

#[test]
fn claims_that_no_figure_can_be() {
    let claim = "RecoveryTime(\"3s\")";
    snapshot!(told(&[
        (claim, "TimesBetter(times: 0, figure: \"5s\", target: \"15m\")"),
        (claim, "TimesBetter(times: 3, figure: \"0s\", target: \"15m\")"),
        (claim, "Percentile(p: 95, within: \"80ms\", runs: 60)"),
        (claim, "Percentile(p: 0.95, within: \"80ms\")"),
    ]));
}

#[test]
fn clocks_that_no_machine_has_are_refused() {
    let told = told(&[
        ("RegionLoss(\"doha\")", "ClockDrift(node: \"doha-2\", ppm: 9223372036854775807)"),
        ("RegionLoss(\"doha\")", "ClockStepAhead(node: \"doha-2\", by: \"365d\")"),
        ("RegionLoss(\"doha\")", "ClockStall(node: \"doha-2\", by: \"25h\")"),
    ]);
    assert!(told.contains("more than twice the right speed"), "{told}");
    assert_eq!(told.matches("is not what this is about").count(), 2, "{told}");
}
