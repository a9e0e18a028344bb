//! Every failure ends in a command that replays it.

use std::collections::BTreeMap;
use std::path::Path;

use firedrill::Campaign;
use firedrill::models::{Place, What};

/// The catalogue's hang of an agent, with the watchdog taken out.
fn unguarded(folder: &Path) {
    let read =
        |file: &str| std::fs::read_to_string(Path::new("scenarios/qnwis").join(file)).expect("it is there");
    let scenario = read("agent-hang.ron");
    let without = "plan: \"plan.ron\",\n    with: (database: (watchdog: None)),";
    let scenario = scenario.replacen("plan: \"plan.ron\",", without, 1);
    assert!(scenario.contains("watchdog: None)),"), "{scenario}");
    std::fs::write(folder.join("agent-hang.ron"), scenario).expect("a new folder can be written to");
    std::fs::write(folder.join("plan.ron"), read("plan.ron")).expect("a new folder can be written to");
}

/// Executes a command line as printed, with the program of this build.
#[cfg(unix)]
fn executed(line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_firedrill")).parent().expect("it lies in a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let ended = std::process::Command::new("sh")
        .args(["-c", line])
        .env("PATH", path)
        .output()
        .expect("there is a shell");
    assert!(ended.status.success(), "{line}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

#[cfg(unix)]
#[test]
fn a_scenario_that_fails_as_a_test_names_its_first_bad_seed_and_the_command_that_shows_it() {
    let folder = tempfile::tempdir().expect("there is room for a few files");
    unguarded(folder.path());
    let reason = firedrill::campaign::check(&folder.path().join("agent-hang.ron"), 300).unwrap_err();
    assert!(reason.contains("SplitBrain violated in "), "{reason}");
    let first =
        reason.split("; seed ").nth(1).and_then(|rest| rest.split(':').next()).expect("a seed is named");
    let first: u64 = first.parse().expect("seeds are numbers");

    let command = reason.lines().map(str::trim).find(|line| line.starts_with("firedrill replay "));
    let command = command.unwrap_or_else(|| panic!("no command in:\n{reason}"));
    let (before, after) = command.split_once("--seed ").expect("a run is a seed");
    let worst = after.split(' ').next().expect("a seed follows");
    assert!(executed(command).contains("split brain: two databases accept writes"), "{command}");
    assert!(
        executed(&format!("{before}--seed {first}{}", &after[worst.len()..]))
            .contains("split brain: two databases accept writes")
    );
}

#[test]
fn a_scenario_that_cannot_be_loaded_fails_as_a_test_with_its_place() {
    let folder = tempfile::tempdir().expect("there is room for a few files");
    unguarded(folder.path());
    let path = folder.path().join("agent-hang.ron");
    let text = std::fs::read_to_string(&path).expect("it was written").replace("doha-1", "doha-9");
    std::fs::write(&path, text).expect("it was written before");
    let reason = firedrill::campaign::check(&path, 300).unwrap_err();
    assert!(reason.contains("agent-hang.ron:") && reason.contains("doha-9"), "{reason}");
}

/// Where a database that has no lease any more is stopped later on, it closed when the lease ended.
#[test]
fn of_each_node_it_is_told_in_turn_that_its_database_accepts_writes_and_does_not() {
    let mut told = 0;
    for folder in ["scenarios/qnwis", "scenarios/regressions"] {
        let files = std::fs::read_dir(folder).expect("it is there").map(|file| file.expect("it is").path());
        let mut files: Vec<_> = files.filter(|file| !file.to_string_lossy().contains("plan.ron")).collect();
        files.sort();
        for file in files {
            for campaign in Campaign::load_services(&file, &[]).unwrap_or_default() {
                told += in_turn(&file, &campaign);
            }
        }
    }
    assert!(told > 300, "{told}");
}

fn in_turn(file: &Path, campaign: &Campaign) -> usize {
    let mut open: BTreeMap<usize, bool> = BTreeMap::new();
    let notes = campaign.replay(1).expect("no panic").notes;
    let told = notes.iter().filter_map(|(at, note)| match (&note.place, &note.what) {
        (Place::Node(node), What::Opens { .. }) => Some((at, *node, true)),
        (Place::Node(node), What::Closes) => Some((at, *node, false)),
        _ => None,
    });
    told.map(|(at, node, opens)| {
        // What is there from the start is open or not.
        let before = open.insert(node, opens);
        assert_ne!(before, Some(opens), "{}: node {node} at {at:?}", file.display());
    })
    .count()
}
