//! The lists of requirements and what names them, in this repository.

use std::process::Command;

fn coverage(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    let output = command.arg("coverage").args(arguments).output().expect("it was built with this test");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A typing error in a scenario's `covers` or in a test must not look like evidence.
#[test]
fn every_id_that_is_named_is_in_a_list() {
    let nowhere = tempfile::tempdir().expect("there is room for an empty folder");
    let nowhere = nowhere.path().to_str().expect("it has a plain name");
    let (code, out, err) = coverage(&["--format", "json", "--evidence", nowhere]);
    assert_eq!(code, Some(0), "{out}{err}");
    let json: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
    let requirements = json["requirements"].as_array().expect("it has requirements");
    let of = |prefix: &str| {
        let ids = requirements.iter().filter_map(|covered| covered["id"].as_str());
        ids.filter(|id| id.starts_with(prefix)).count()
    };
    assert_eq!(["Q-", "F-", "I-", "S-"].map(of), [42, 34, 29, 16]);
    let named = requirements.iter().filter(|covered| covered["standing"] != "none").count();
    assert!(named >= 10, "{named}");
}

/// Leaves a record where the test below looks for it. By itself it stands for nothing.
#[test]
fn leaves_a_record() {
    if std::env::var_os(CHILD).is_some() {
        let _evidence = evidence::of(&["Q-35"]);
    }
}

const CHILD: &str = "FIREDRILL_TEST_LEAVES_A_RECORD";

/// What `evidence::of` writes is what `coverage` reads.
#[test]
fn a_record_is_read_back_as_evidence() {
    let folder = tempfile::tempdir().expect("there is room for a record");
    let mut child = Command::new(std::env::current_exe().expect("this test runs"));
    child.args(["--exact", "leaves_a_record"]).env(CHILD, "1").env(evidence::FOLDER_VARIABLE, folder.path());
    assert!(child.status().expect("it is this program").success());
    let records = folder.path().to_str().expect("it has a plain name");
    let (code, out, err) = coverage(&["--format", "json", "--evidence", records, "--require", "Q-35"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let json: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
    let covered = json["requirements"].as_array().expect("a list").iter().find(|one| one["id"] == "Q-35");
    let evidence = &covered.expect("it is in a list")["evidence"][0];
    assert!(evidence["place"].as_str().is_some_and(|place| place.starts_with("tests/coverage.rs:")));
}
