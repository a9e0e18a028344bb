//! `firedrill coverage`, in a small repository of its own: two requirements lists, scenarios, a source with tests.

use std::fs;
use std::path::Path;

use crate::support::{Ended, command, ended, folder};
use insta::assert_snapshot;

const LIST: &str = r#"(requirements: [
    (id: "S-01", what: "The shop survives the loss of a region", how: [Sim, Gate]),
    (id: "S-02", what: "No split brain", how: [Logic]),
    (id: "S-03", what: "A dry run | changes nothing"),
    (id: "S-04", what: "Nobody has looked at this"),
    (id: "S-05", what: "Nor at this"),
    (id: "S-06", what: "Nor at this either"),
])"#;

const SOURCE: &str = r#"
#[test]
fn dry() {
    let _evidence = evidence::of(&["S-03"]);
}
"#;

struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Repository {
        let repository = Repository(tempfile::tempdir().unwrap());
        repository.write("requirements/shop.ron", LIST);
        repository.write("tests/dry.rs", SOURCE);
        repository.write("scenarios/plan.ron", &fs::read_to_string(folder().join("shop/plan.ron")).unwrap());
        for (file, id) in [("region-loss.ron", "S-01"), ("agent-hang.ron", "S-02")] {
            let text = fs::read_to_string(folder().join("shop").join(file)).unwrap();
            let text = text.replace("    covers: [\"S-1\"],\n", "");
            repository.write(
                &format!("scenarios/{file}"),
                &text.replacen("(\n", &format!("(\n    covers: [\"{id}\"],\n"), 1),
            );
        }
        repository
    }

    fn path(&self, file: &str) -> std::path::PathBuf {
        self.0.path().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn change(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{file}: {text}");
        self.write(file, &text.replacen(from, to, 1));
    }

    /// The record that the test of `SOURCE` leaves.
    fn record(&self, how: &str) {
        self.record_of(how, evidence::PROGRAM);
    }

    fn record_of(&self, how: &str, program: &str) {
        let record = format!(
            r#"{{"firedrill_evidence":1,"test":"deep::dry","file":"tests/dry.rs","line":4,"ids":["S-03"],"ended":"{how}","commit":"0123456789abcdef","program":"{program}"}}"#
        );
        self.write("target/evidence/tests-dry-rs-4.json", &record);
    }

    fn firedrill(&self, arguments: &str) -> Ended {
        let mut command = command(arguments);
        command.env_remove("FIREDRILL_EVIDENCE").env_remove("CARGO_TARGET_DIR");
        ended(command.current_dir(self.0.path()))
    }

    fn run(&self) {
        assert_eq!(self.firedrill("run scenarios --seeds 60 --out out").code, Some(1), "agent-hang splits");
    }

    fn standing(&self, id: &str) -> String {
        let ended = self.firedrill("coverage --format json");
        let json: serde_json::Value =
            serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}", ended.err));
        let all = json["requirements"].as_array().unwrap();
        let one = all.iter().find(|covered| covered["id"] == id).unwrap();
        one["standing"].as_str().unwrap().to_owned()
    }
}

#[test]
fn the_matrix_as_a_table_and_as_markdown() {
    let repository = Repository::new();
    repository.run();
    repository.record("pass");
    let table = repository.firedrill("coverage");
    assert!(table.out.lines().all(|line| line.chars().count() <= 100), "{}", table.out);
    assert_snapshot!(table.shown());
    assert_snapshot!(repository.firedrill("coverage --format markdown").shown());
}

#[test]
fn what_was_never_run_is_no_evidence_yet() {
    let repository = Repository::new();
    assert_eq!(["S-01", "S-03", "S-04"].map(|id| repository.standing(id)), ["not_run", "none", "none"]);
    repository.run();
    assert_eq!(["S-01", "S-02"].map(|id| repository.standing(id)), ["pass", "fail"]);
}

#[test]
fn a_test_counts_as_it_ended_and_as_long_as_it_names_the_id() {
    let repository = Repository::new();
    for (how, standing) in [("began", "not_run"), ("fail", "fail"), ("pass", "pass")] {
        repository.record(how);
        assert_eq!(repository.standing("S-03"), standing);
    }
    repository.change("tests/dry.rs", "let _evidence", "// let _evidence");
    assert_eq!(repository.standing("S-03"), "none");
    assert!(repository.firedrill("coverage").out.contains("not counted: 1 record of tests that no longer"));
    fs::remove_file(repository.path("tests/dry.rs")).unwrap();
    assert_eq!(repository.standing("S-03"), "none");
}

#[test]
fn evidence_that_changed_since_it_was_run_is_stale() {
    let repository = Repository::new();
    repository.run();
    repository.record("pass");
    later(&repository.path("tests/dry.rs"));
    assert_eq!(repository.standing("S-03"), "stale");
    repository.change("scenarios/region-loss.ron", "story: \"", "story: \"Now: ");
    assert_eq!(["S-01", "S-02"].map(|id| repository.standing(id)), ["stale", "fail"]);
    repository.change("scenarios/plan.ron", "(\n", "// Looked at again.\n(\n");
    assert_eq!(repository.standing("S-02"), "stale");
    repository.run();
    assert_eq!(repository.standing("S-02"), "fail");
    later(&repository.path("scenarios/plan.ron"));
    assert_eq!(repository.standing("S-02"), "fail", "a file that was only touched says the same");
}

/// Wherever the plan lies, whatever it reads, and whatever program it was.
#[test]
fn evidence_is_stale_whichever_of_its_inputs_has_changed() {
    let repository = Repository::new();
    let plan = fs::read_to_string(repository.path("scenarios/plan.ron")).unwrap();
    let recorded = plan.replacen("    database:", "    traffic: (recorded: \"day.csv\"),\n    database:", 1);
    assert_ne!(plan, recorded);
    repository.write("elsewhere/system.ron", &recorded);
    repository.write("elsewhere/day.csv", "0,10\n60,20\n");
    repository.change("scenarios/region-loss.ron", "\"plan.ron\"", "\"../elsewhere/system.ron\"");
    repository.run();
    assert_eq!(repository.standing("S-01"), "pass");
    repository.write("elsewhere/day.csv", "0,10\n60,21\n");
    let told = repository.firedrill("coverage").out;
    assert!(told.contains("recording day.csv has changed since"), "{told}");
    assert_eq!(["S-01", "S-02"].map(|id| repository.standing(id)), ["stale", "fail"]);
    repository.write("elsewhere/day.csv", "0,10\n60,20\n");
    repository.change("elsewhere/system.ron", "(\n", "// Looked at again.\n(\n");
    assert!(repository.firedrill("coverage").out.contains("plan system.ron has changed since"));
    repository.run();
    assert_eq!(repository.standing("S-01"), "pass");
    let report = fs::read_to_string(repository.path("out/report.json")).unwrap();
    repository.write("out/report.json", &report.replace(evidence::PROGRAM, &"0".repeat(32)));
    assert!(repository.firedrill("coverage").out.contains("the program has changed since"));
    assert_eq!(["S-01", "S-02"].map(|id| repository.standing(id)), ["stale", "stale"]);
    repository.record_of("pass", &"0".repeat(32));
    assert_eq!(repository.standing("S-03"), "stale");
}

/// What a gate says rests on the scenarios that it ran, not on its own file alone.
#[test]
fn a_check_of_a_gate_is_evidence_until_a_scenario_it_ran_has_changed() {
    let repository = Repository::new();
    let gate = fs::read_to_string(folder().join("gates/shop.ron")).unwrap();
    let gate =
        gate.replace("../shop/region-loss.ron", "../region-loss.ron").replace("[\"S-1\"]", "[\"S-04\"]");
    repository.write("scenarios/gates/shop.ron", &gate);
    assert_eq!(repository.standing("S-04"), "not_run");
    let decided = repository.firedrill("gate scenarios/gates/shop.ron --out out/gate");
    assert_eq!(decided.code, Some(0), "{}", decided.shown());
    assert_eq!(["S-04", "S-01"].map(|id| repository.standing(id)), ["pass", "not_run"]);
    repository.change("scenarios/agent-hang.ron", "story: \"", "story: \"Now: ");
    assert_eq!(repository.standing("S-04"), "pass", "the gate does not run this one");
    repository.change("scenarios/region-loss.ron", "story: \"", "story: \"Now: ");
    assert_eq!(repository.standing("S-04"), "stale");
}

/// As if it were written in an hour.
#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the times of files; no run sees them"
)]
fn later(file: &Path) {
    let hour = std::time::Duration::from_secs(3_600);
    let file = fs::File::options().append(true).open(file).unwrap();
    file.set_modified(std::time::SystemTime::now() + hour).unwrap();
}

#[test]
fn a_report_of_another_scenario_than_the_file_says_is_no_evidence() {
    let repository = Repository::new();
    repository.firedrill("run scenarios --seeds 60 --set database.watchdog=6s --out out");
    assert_eq!(repository.standing("S-01"), "not_run", "made with --set");
    repository.firedrill("run scenarios --seeds 60 --out out/nightly");
    assert_eq!(repository.standing("S-01"), "pass");
}

#[test]
fn a_scenario_that_covers_more_since_then_has_not_shown_it() {
    let repository = Repository::new();
    repository.run();
    repository.change("scenarios/region-loss.ron", "[\"S-01\"]", "[\"S-01\", \"S-05\"]");
    assert_eq!(["S-01", "S-05"].map(|id| repository.standing(id)), ["stale", "stale"]);
    assert!(repository.firedrill("coverage").out.contains("it did not cover this when it was last run"));
}

#[test]
fn unknown_ids_fail() {
    let repository = Repository::new();
    repository.change("scenarios/region-loss.ron", "[\"S-01\"]", "[\"S-01\", \"S-91\"]");
    let ended = repository.firedrill("coverage");
    let told = "unknown: 'S-91' is in no list of requirements: scenarios/region-loss.ron";
    assert!(ended.code == Some(1) && ended.out.contains(told), "{}", ended.out);
}

#[test]
fn what_is_required_must_have_passed() {
    let repository = Repository::new();
    repository.run();
    repository.record("pass");
    let code = |ids: &str| repository.firedrill(&format!("coverage --require {ids}")).code;
    assert_eq!(
        (code("S-01"), code("S-01,S-03"), code("S-02"), code("S-04")),
        (Some(0), Some(0), Some(1), Some(1))
    );
    let ended = repository.firedrill("coverage --require S-01..S-06");
    let told = "required: 2 of 6 have passing evidence; not S-02, S-04 to S-06";
    assert!(ended.code == Some(1) && ended.out.contains(told), "{}", ended.out);
    for odd in ["S-07", "S-03..S-01", "S-01..S-99", "S-01,,S-02"] {
        assert_eq!(code(odd), Some(3), "{odd}");
    }
}

#[test]
fn lists_and_reports_that_cannot_be_read_are_refused_with_their_place() {
    let repository = Repository::new();
    let refused = |told: &str| {
        let ended = repository.firedrill("coverage");
        assert!(ended.code == Some(3) && ended.err.contains(told), "{told}: {}", ended.err);
    };
    repository.write("requirements/more.ron", "(requirements: [\n    (id: \"S-07\", wat: \"typo\"),\n])");
    refused("requirements/more.ron:2:18: Unexpected field named `wat`");
    repository.write("requirements/more.ron", LIST);
    refused("'S-01' is in requirements/more.ron already");
    repository.write("requirements/more.ron", "(requirements: [(id: \"seven\", what: \"\")])");
    refused("requirements/more.ron:1:22: 'seven' is no id");
    fs::remove_file(repository.path("requirements/more.ron")).unwrap();
    repository.write("target/evidence/odd.json", "{}");
    refused("target/evidence/odd.json:1:2: no record of a test: missing field");
    fs::remove_file(repository.path("target/evidence/odd.json")).unwrap();
    repository.write("out/report.json", "{}");
    refused("out/report.json:1:2: not a report");
    let elsewhere = repository.firedrill("coverage --reports nowhere");
    assert_eq!(elsewhere.code, Some(3));
}
