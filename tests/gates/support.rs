//! A small gate, changed line by line.

use std::path::PathBuf;

use firedrill::campaign::Fleet;
use firedrill::gate::{Error, Gate, Options, Outcome};
use firedrill::logic::Logic;
use firedrill::models::Failover;
use firedrill::reports::Verdict;

/// The gate file's text with these pieces replaced, each of which must be there, in a file of its own.
fn written(changes: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    // The copy lies elsewhere than the scenarios it names.
    firedrill::scenarios::allow_outside();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut text = std::fs::read_to_string(root.join("tests/gates/gate.ron")).expect("it is checked in");
    for (from, to) in changes {
        assert!(text.contains(from), "the gate does not say {from}");
        text = text.replace(from, to);
    }
    let text = text.replace("../../scenarios", &root.join("scenarios").display().to_string());
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("gate.ron");
    std::fs::write(&file, text).expect("there is room");
    (folder, file)
}

pub fn loaded(changes: &[(&str, &str)]) -> Gate {
    with_logic(Failover, changes)
}

pub fn with_logic<L: Logic>(logic: L, changes: &[(&str, &str)]) -> Gate<L> {
    let (_folder, file) = written(changes);
    Gate::with_logic(logic, &file, None).unwrap_or_else(|error| panic!("{error}"))
}

/// Why such a gate is refused.
pub fn refused(changes: &[(&str, &str)], runs_max: Option<u64>) -> String {
    let (_folder, file) = written(changes);
    match Gate::load(&file, runs_max) {
        Err(Error::Load(error)) => error.render(false),
        Err(other) => other.to_string(),
        Ok(_) => panic!("the gate was not refused"),
    }
}

pub fn options(threads: usize) -> Options<'static> {
    Options {
        seed_base: "tests".to_owned(),
        fleet: Fleet { threads, ..Fleet::default() },
        command: "a test".to_owned(),
        baseline: None,
        fail_on_regression: false,
    }
}

pub fn decided<L: Logic>(gate: &Gate<L>) -> Outcome {
    gate.run(&options(2), &mut |_| ()).unwrap_or_else(|error| panic!("{error}"))
}

/// The checks that do not pass.
pub fn failing(outcome: &Outcome) -> Vec<&str> {
    let checks = &outcome.report.gate.as_ref().expect("it is a gate").checks;
    checks.iter().filter(|check| check.verdict != Verdict::Pass).map(|check| check.id.as_str()).collect()
}
