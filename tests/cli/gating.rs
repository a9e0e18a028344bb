//! `firedrill gate`: exit codes, what is written, what is refused.

use std::fs;

use reports::Report;

use crate::support::{command, ended, firedrill};

#[test]
fn a_gate_that_passes_leaves_a_report_its_runs_and_a_plan() {
    let _evidence = evidence::of(&["Q-35"]);
    let out = tempfile::tempdir().expect("there is room");
    let passed = ended(command("gate gates/shop.ron --seed-base tests --out").arg(out.path()));
    assert_eq!((passed.code, passed.err.as_str()), (Some(0), ""), "{}", passed.shown());
    assert!(passed.out.starts_with("pass: shop: 2 checks, 2 pass"), "{}", passed.out);
    assert!(passed.out.lines().all(|line| line.chars().count() <= 100), "{}", passed.out);
    let report =
        Report::from_json(&fs::read_to_string(out.path().join("report.json")).expect("it is written"));
    let gate = report.expect("it is a report").gate.expect("it is a gate's");
    assert_eq!((gate.checks.len(), gate.provenance.seed_base.as_str()), (2, "tests"));
    assert_eq!(gate.provenance.scenarios[0].digest.len(), 64);
    let plan = fs::read_to_string(out.path().join("plan.yaml")).expect("it is written");
    assert_eq!(failover::FailoverPlan::from_yaml(&plan).expect("it is a plan").actions.len(), 5);
    assert!(out.path().join("runs.jsonl").exists());
}

#[test]
fn a_gate_that_fails_ends_with_one_and_its_command_shows_the_run_that_was_judged() {
    let folder = tempfile::tempdir_in(crate::support::folder()).expect("there is room");
    let text = fs::read_to_string(crate::support::folder().join("gates/shop.ron")).expect("it is checked in");
    let file = folder.path().join("hasty.ron");
    fs::write(&file, text.replace("\"1m\"", "\"12s\"")).expect("there is room");
    let out = tempfile::tempdir().expect("there is room");
    let failed = ended(command("gate --seed-base tests --out").arg(out.path()).arg(&file));
    assert_eq!(failed.code, Some(1), "{}", failed.shown());
    let replay =
        failed.out.lines().find_map(|line| line.trim().strip_prefix("firedrill replay")).expect("a command");
    let replayed = firedrill(&format!("replay{replay}"));
    let seed = replay.rsplit(' ').next().expect("it ends with the seed");
    let runs = fs::read_to_string(out.path().join("runs.jsonl")).expect("it is written");
    let line = runs.lines().find(|line| line.contains(&format!("\"seed\":{seed},"))).expect("it was run");
    let digest = replayed.out.lines().find_map(|line| line.strip_prefix("digest ")).expect("it has a digest");
    assert!(line.contains(digest.trim()), "{digest} is not that of {line}");
}

#[test]
fn what_so_few_runs_cannot_decide_ends_with_three_and_nothing_is_run() {
    let refused = firedrill("gate gates/shop.ron --max-runs 20");
    assert_eq!((refused.code, refused.out.as_str()), (Some(3), ""), "{}", refused.shown());
    assert!(refused.err.contains("cannot be decided by 20 runs"), "{}", refused.err);
}

#[test]
fn a_baseline_that_is_none_is_refused_before_anything_is_run() {
    let folder = tempfile::tempdir().expect("there is room");
    let cases = [
        ("", "not a report"),
        ("{\"schema_version\": 99}", "schema version 99"),
        ("{\"schema_version\": 1, \"tool\": \"fire", "not a report"),
        ("\u{0}\u{1}", "not a report"),
    ];
    for (text, expected) in cases {
        let file = folder.path().join("report.json");
        fs::write(&file, text).expect("there is room");
        let refused = ended(command("gate gates/shop.ron --baseline").arg(&file));
        assert_eq!((refused.code, refused.out.as_str()), (Some(3), ""), "{}", refused.shown());
        assert!(refused.err.contains(expected), "{}", refused.err);
    }
    let missing = firedrill("gate gates/shop.ron --baseline nowhere/report.json");
    assert_eq!(missing.code, Some(3), "{}", missing.shown());
}

#[test]
fn beside_itself_nothing_is_worse_and_beside_a_faster_one_it_is() {
    let folder = tempfile::tempdir().expect("there is room");
    let first = ended(command("gate gates/shop.ron --seed-base one --out").arg(folder.path()));
    assert_eq!(first.code, Some(0), "{}", first.shown());
    let baseline = folder.path().join("report.json");
    let beside = |arguments: &str| ended(command(arguments).arg(&baseline));
    let same = beside("gate gates/shop.ron --fail-on-regression --seed-base two --baseline");
    assert_eq!(same.code, Some(0), "{}", same.shown());
    let runs = folder.path().join("runs.jsonl");
    let faster = faster_by_a_second(&fs::read_to_string(&runs).expect("it is written"));
    fs::write(&runs, faster).expect("there is room");
    let worse = beside("gate gates/shop.ron --fail-on-regression --seed-base two --baseline");
    assert_eq!(worse.code, Some(1), "{}", worse.shown());
    assert!(worse.out.contains("significantly worse"), "{}", worse.out);
    fs::write(&runs, "{\"firedrill_runs\":1").expect("there is room");
    let torn = beside("gate gates/shop.ron --baseline");
    assert_eq!(torn.code, Some(3), "{}", torn.shown());
}

/// "Nothing got worse" takes runs to pair: without any it is not known.
#[test]
fn without_runs_to_pair_a_gate_that_must_not_get_worse_is_inconclusive() {
    let folder = tempfile::tempdir().expect("there is room");
    ended(command("gate gates/shop.ron --seed-base one --out").arg(folder.path()));
    fs::remove_file(folder.path().join("runs.jsonl")).expect("it was written");
    let baseline = folder.path().join("report.json");
    let beside = |arguments: &str| ended(command(arguments).arg("--baseline").arg(&baseline));
    assert_eq!(beside("gate gates/shop.ron --seed-base one").code, Some(0));
    let open = beside("gate gates/shop.ron --seed-base one --fail-on-regression");
    assert_eq!(open.code, Some(2), "{}", open.shown());
    assert!(open.out.contains("no run could be paired"), "{}", open.out);
}

#[test]
fn the_command_of_a_report_can_be_typed_again() {
    let out = tempfile::tempdir().expect("there is room");
    let base = "build 4711; it's new";
    ended(command("gate gates/shop.ron --out").arg(out.path()).args(["--seed-base", base]));
    let report = fs::read_to_string(out.path().join("report.json")).expect("it is written");
    let gate = Report::from_json(&report).expect("it is a report").gate.expect("it is a gate's");
    let words = shell_words(&gate.provenance.command);
    assert_eq!(words, ["firedrill", "gate", "gates/shop.ron", "--seed-base", base]);
}

/// As a shell takes it apart.
fn shell_words(command: &str) -> Vec<String> {
    let told = std::process::Command::new("sh").arg("-c").arg(format!("printf '%s\\n' {command}")).output();
    let told = String::from_utf8(told.expect("there is a shell").stdout).expect("it is UTF-8");
    told.lines().map(str::to_owned).collect()
}

/// As if the earlier version had taken a second less in every run.
fn faster_by_a_second(runs: &str) -> String {
    let line = |line: &str| {
        let mut value: serde_json::Value = serde_json::from_str(line).expect("every line is JSON");
        // The first measure is the recovery time.
        if let Some(recovery) = value.pointer("/shows/0").and_then(serde_json::Value::as_u64) {
            value["shows"][0] = recovery.saturating_sub(1_000_000_000).into();
            value["digest"] = "0000000000000001".into();
        }
        value.to_string() + "\n"
    };
    runs.lines().map(line).collect()
}
