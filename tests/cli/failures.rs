//! What goes wrong, and how it is told.

use std::process::Stdio;

use crate::support::{command, firedrill};
use insta::assert_snapshot;

#[test]
fn a_missing_file_does_not_hide_what_else_is_wrong() {
    assert_snapshot!(firedrill("run nowhere.ron broken").shown());
}

#[test]
fn a_folder_without_scenarios_is_an_error() {
    assert_snapshot!(firedrill("run nothing").shown());
}

#[test]
fn a_setting_that_means_nothing_is_refused() {
    assert_snapshot!(firedrill("run shop/region-loss.ron --set policy.hartbeat=1s").shown());
    assert_snapshot!(firedrill("run shop --set policy.heartbeat").shown());
}

#[test]
fn a_file_of_another_kind_is_called_what_it_is() {
    for (arguments, is, instead) in [
        ("run shop/plan.ron", "this is a plan, not a scenario", "scenarios strike it"),
        ("run gates/shop.ron", "this is a gate, not a scenario", "firedrill gate"),
        ("gate shop/region-loss.ron", "this is a scenario, not a gate", "firedrill run"),
        ("gate shop/plan.ron", "this is a plan, not a gate", "scenarios strike it"),
    ] {
        let ended = firedrill(arguments);
        assert_eq!(ended.code, Some(3), "{arguments}");
        assert!(ended.err.contains(is) && ended.err.contains(instead), "{}", ended.err);
    }
}

#[test]
fn a_folder_where_one_file_is_wanted_is_answered_with_its_files() {
    for (arguments, hint) in [
        (
            "replay shop --seed 7",
            "name one of those in it: shop/agent-hang.ron, shop/close-call.ron, shop/region-loss.ron",
        ),
        ("replay nothing --seed 7", "name a scenario file; there is none in this folder"),
        ("gate gates", "name the gate file in it: gates/shop.ron"),
    ] {
        let ended = firedrill(arguments);
        assert_eq!(ended.code, Some(3), "{arguments}");
        assert!(ended.err.contains(" is a folder, and a ") && ended.err.contains(hint), "{}", ended.err);
    }
}

#[test]
fn a_value_that_lacks_its_name_gets_it_suggested_and_a_name_that_lacks_its_value_as_well() {
    for (setting, suggested) in [
        ("policy.detector=3", "Missed(3)"),
        ("database.durability=Sync", "Sync([\"a\", \"b\"])"),
        ("database.durability=2", "Quorum(2)"),
        ("dns.update=3s", "Constant(\"3s\")"),
        ("policy.detector=Missed", "Missed(3)"),
    ] {
        let ended = firedrill(&format!("run shop/region-loss.ron --set {setting}"));
        assert_eq!(ended.code, Some(3), "{setting}");
        assert!(ended.err.contains(suggested) && !ended.err.contains("r#"), "{setting}: {}", ended.err);
    }
}

#[test]
fn too_few_seeds_are_refused_before_anything_is_run() {
    assert_snapshot!(firedrill("run shop --seeds 20").shown());
}

#[test]
fn a_folder_that_cannot_be_written_is_found_before_the_campaign() {
    // A file stands where the folder should be: refused for root as well.
    let ended = firedrill("run shop --seeds 1000000000 --out shop/plan.ron");
    assert_eq!(ended.code, Some(3));
    assert!(ended.err.starts_with("error: 'shop/plan.ron' cannot be written to: "), "{}", ended.err);
    assert!(ended.err.contains("\n  help: give --out a folder"), "{}", ended.err);
}

#[test]
fn usage_errors_are_invalid_input_and_not_inconclusive() {
    for arguments in
        ["", "run", "run shop --seeds 0", "run shop --threads none", "replay shop/region-loss.ron"]
    {
        assert_eq!(firedrill(arguments).code, Some(3), "{arguments}");
    }
}

#[test]
fn the_exit_code_is_the_verdict() {
    assert_eq!(firedrill("run shop/region-loss.ron --seeds 100").code, Some(0));
    assert_eq!(firedrill("run shop/agent-hang.ron --seeds 100").code, Some(1));
    assert_eq!(firedrill("run shop/close-call.ron --seeds 100").code, Some(2));
    assert_eq!(firedrill("run infeasible/hasty.ron --seeds 60").code, Some(1));
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let mut child = command("replay shop/region-loss.ron --seed 3")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn an_interrupted_campaign_tells_what_is_done() {
    let out = tempfile::tempdir().unwrap();
    let mut run = command("run shop/region-loss.ron --seeds 1000000000 --out");
    let child =
        run.arg(out.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it was built");
    // Ctrl-C is watched for before the report's file is made.
    while !out.path().join(".partial/report.json").exists() {
        wait(50);
    }
    wait(1_000);
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("interrupted: ") && told.contains("\ninconclusive: 1 scenario"), "{told}");
    assert!(told.contains("of 1,000,000,000 runs"), "{told}");
    assert_eq!(output.status.code(), Some(2));
    let json = std::fs::read_to_string(out.path().join("report.json")).unwrap();
    let report = reports::Report::from_json(&json).unwrap();
    assert!(report.interrupted && report.scenarios[0].seeds > 0);
}

#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "a process is waited for, no run")]
pub(crate) fn wait(millis: u64) {
    std::thread::sleep(std::time::Duration::from_millis(millis));
}
