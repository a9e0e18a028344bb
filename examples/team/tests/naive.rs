//! What the suite does with a controller that splits the brain: it says so, and ends in a command that shows it.

mod controllers;

use std::path::Path;
use std::process::{Command, Output};

use controllers::ping_and_promote::PingAndPromote;
use firedrill::Campaign;

fn suite(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(["test", "--locked", "--test", "naive_suite", "--"]).args(arguments);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).envs(environment.iter().copied());
    command.output().expect("cargo runs this test, so there is one")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The command that a failure ends in.
fn replay_command(output: &str) -> &str {
    let line = output.lines().map(str::trim).find(|line| line.starts_with("FIREDRILL_REPLAY="));
    line.unwrap_or_else(|| panic!("no command in\n{output}"))
}

#[test]
fn there_is_a_test_for_every_scenario() {
    let listed = suite(&["--list"], &[]);
    assert_eq!(text(&listed), "agent-hang: test\npartition: test\nprimary-crash: test\n");
}

#[test]
fn the_naive_controller_survives_a_crash() {
    let crash = suite(&["--exact", "primary-crash"], &[]);
    assert!(crash.status.success(), "{}", text(&crash));
}

#[test]
fn its_split_brain_is_found_and_the_command_that_is_printed_shows_it() {
    let failed = suite(&["--exact", "partition"], &[]);
    let told = text(&failed);
    assert!(!failed.status.success(), "{told}");
    assert!(told.contains("SplitBrain violated in 300 of 300 runs"), "{told}");

    let command = replay_command(&told);
    let replay = Command::new("sh").args(["-c", command]).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let replay = replay.expect("there is a shell");
    let told = text(&replay);
    assert!(replay.status.success(), "{told}");
    assert!(told.contains("split brain: two databases accept writes"), "{told}");

    let seed = command.split(['=', ' ']).nth(1).and_then(|seed| seed.parse().ok()).expect("it names a seed");
    let campaign = Campaign::with_logic(PingAndPromote, Path::new("tests/scenarios/partition.ron"), &[]);
    let digest = campaign.expect("the suite loaded it").run_one(seed).digest;
    assert!(told.contains(&format!("digest {digest:016x}")), "{told}");
}

#[test]
fn seeds_are_as_many_as_the_environment_says() {
    let more = suite(&["--exact", "partition"], &[("FIREDRILL_SEEDS", "400")]);
    assert!(text(&more).contains("400 of 400 runs"), "{}", text(&more));
    let too_few = suite(&["--exact", "partition"], &[("FIREDRILL_SEEDS", "10")]);
    assert!(text(&too_few).contains("at least 299 are needed"), "{}", text(&too_few));
    let nonsense = suite(&[], &[("FIREDRILL_SEEDS", "many")]);
    assert!(!nonsense.status.success());
}
