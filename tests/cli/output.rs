//! What is printed.

use crate::support::{command, ended, firedrill};
use insta::assert_snapshot;

#[test]
fn a_campaign_as_a_table() {
    assert_snapshot!(firedrill("run shop --seeds 100").shown());
}

#[test]
fn a_verbose_campaign_shows_how_times_are_spread() {
    assert_snapshot!(firedrill("run shop/region-loss.ron --seeds 100 --seed-base 7 --verbose").shown());
}

#[test]
fn a_region_loss_as_a_timeline() {
    assert_snapshot!(firedrill("replay shop/region-loss.ron --seed 3").shown());
}

#[test]
fn a_split_brain_as_a_timeline() {
    assert_snapshot!(firedrill("replay shop/agent-hang.ron --seed 3").shown());
}

#[test]
fn what_leads_clients_is_called_what_it_is_in_the_plan() {
    for (scenario, told) in [
        ("proxy", ["lb-1 ", "redirects nobody: proxies find it by their checks"]),
        ("address-moves", ["virtual address", "asks for the virtual address"]),
        ("several-hosts", ["clients ", "redirects nobody: clients try all hosts of their list"]),
    ] {
        let ended = firedrill(&format!("replay ../../scenarios/regressions/{scenario}.ron --seed 3"));
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        let story = ended.out.split("recovery time").next().expect("the timeline comes first");
        assert!(told.iter().all(|words| story.contains(words)), "{scenario}: {story}");
        assert!(!story.contains("name server") && !story.contains("judge"), "{scenario}: {story}");
    }
}

#[test]
fn findings_are_told_once_for_all_scenarios_of_a_plan() {
    let ended = firedrill("lint shop infeasible broken");
    assert_eq!(ended.out.matches("there is no node 'her-1'").count(), 1);
    assert_snapshot!(ended.shown());
}

#[test]
fn warnings_alone_do_not_fail_a_lint() {
    assert_eq!(firedrill("lint shop").code, Some(0));
}

#[test]
fn help_is_an_answer_and_no_output_is_wider_than_a_page() {
    for arguments in [
        "--help",
        "run --help",
        "replay --help",
        "compare --help",
        "coverage --help",
        "new --help",
        "lint --help",
        "schema --help",
    ] {
        let ended = firedrill(arguments);
        assert_eq!(ended.code, Some(0), "{arguments}");
        assert!(ended.out.contains("Examples:\n  firedrill "), "{arguments}");
    }
    for arguments in ["replay shop/region-loss.ron --seed 3", "run shop --seeds 100 --verbose"] {
        let wide = |line: &&str| line.chars().count() > 100 && !line.contains("firedrill replay");
        assert_eq!(firedrill(arguments).out.lines().find(wide), None);
    }
}

#[test]
fn colours_come_on_request_only_and_change_nothing_else() {
    let replay = "replay shop/region-loss.ron --seed 3";
    let plain = firedrill(replay).out;
    let painted = firedrill(&format!("{replay} --color always")).out;
    assert!(!plain.contains('\u{1b}') && painted.contains("\u{1b}[1;31m"));
    let mut parts = painted.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    let stripped = parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest));
    assert_eq!(stripped, plain);
    let unwanted = ended(command(replay).env("NO_COLOR", "1"));
    assert_eq!(unwanted.out, plain);
}

#[test]
fn schemas_are_json() {
    for kind in ["scenario", "plan", "report"] {
        let ended = firedrill(&format!("schema --kind {kind}"));
        let schema: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        assert!(schema["properties"].is_object(), "{kind}");
    }
}

#[test]
fn a_trace_holds_what_perfetto_needs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.json");
    let mut replay = command("replay shop/agent-hang.ron --seed 3 --trace");
    assert_eq!(ended(replay.arg(&file)).code, Some(0));
    let trace: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let of = |ph: &str, name: &str| events.iter().filter(|e| e["ph"] == ph && e["name"] == name).count();
    // dublin-1 from the start and oslo-1 after it: both open at once is the split brain.
    assert_eq!((of("X", "accepts writes, epoch 1"), of("X", "accepts writes, epoch 2")), (1, 1));
    assert_eq!((of("X", "agent hang on dublin-1"), of("X", "split brain")), (1, 1));
    assert_eq!(of("C", "split brain"), 3);
    assert!(of("i", "suspects dublin-1") > 0 && of("C", "clients not served") > 3);
    let timed = events.iter().filter(|event| event["ph"] != "M");
    assert!(timed.into_iter().all(|event| event["ts"].is_number() && event["pid"] == 1));
}

#[test]
fn all_that_runs_are_measured_by_is_listed_and_can_be_asked_for() {
    let listed = firedrill("measures");
    assert_eq!((listed.code, listed.err.as_str()), (Some(0), ""));
    assert!(listed.out.lines().all(|line| line.chars().count() <= 100), "{}", listed.out);
    for row in units::rows::ROWS {
        assert!(listed.out.contains(&format!("{:<34}{}", row.name, row.unit.name())), "{}", row.name);
    }
    assert_snapshot!(firedrill("measures copies").shown());
    let nothing = firedrill("measures teapots");
    assert_eq!(nothing.code, Some(3));
    assert!(nothing.err.contains("no measure has 'teapots' in its name"), "{}", nothing.err);
}

/// One limit that every run keeps, one that none does, and one of what nobody looked at.
#[test]
fn what_is_asked_of_a_measure_is_judged_as_any_criterion() {
    let folder = tempfile::tempdir().expect("a folder of its own");
    let scenario = r#"(
        story: "The primary is lost, and the machine comes back.",
        plan: "plan.ron",
        faults: [(at: Between("60s", "120s"), strike: Crash("$primary"), heal_after: "10m")],
        horizon: "30m",
        exempt: [RecoveryTime(because: "not asked"), RecoveryPoint(because: "not asked")],
        expect: [
            Measure(of: "failovers", always: 1),
            Measure(of: "failovers", p95: 0),
            Measure(of: "reads unavailable", p95: "1s"),
        ],
    )"#;
    let plan = std::fs::read_to_string("tests/cli/shop/plan.ron").expect("the shop has a plan");
    std::fs::write(folder.path().join("plan.ron"), plan).expect("there is room");
    std::fs::write(folder.path().join("asked.ron"), scenario).expect("there is room");
    let told = ended(command("run asked.ron --seeds 100 --verbose --color never").current_dir(folder.path()));
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(!told.out.contains("failovers <= 1"), "that holds: {}", told.out);
    for line in ["failovers p95 <= 0: 100 of 100 runs exceed 0", "reads unavailable p95 <= 1s: "] {
        assert!(told.out.contains(line), "'{line}' is not in {}", told.out);
    }
}

#[test]
fn a_replay_tells_whatever_else_its_run_shows() {
    let told = firedrill("replay ../../scenarios/qnwis/alerts.ron --seed 3");
    let also = told.out.lines().find(|line| line.starts_with("also ")).expect("somebody was alerted");
    for measure in ["time without coordinator ", "alerts ", "time to notify "] {
        assert!(also.contains(measure), "{also}");
    }
    let quiet = firedrill("replay shop/region-loss.ron --seed 3");
    assert!(!quiet.out.contains("\nalso "), "all it shows has a line of its own: {}", quiet.out);
}
