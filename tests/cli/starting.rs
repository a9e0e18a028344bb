//! `firedrill new`, and what a newcomer does next.

use crate::support::{command, ended, firedrill_in};
use insta::assert_snapshot;

#[test]
fn what_new_writes_runs_passes_and_can_be_replayed() {
    let home = tempfile::tempdir().unwrap();
    let in_home = |arguments: &str| firedrill_in(home.path(), arguments);
    let made = in_home("new billing");
    assert_snapshot!(made.shown());
    let run = in_home("run billing --seeds 300");
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    assert!(
        run.out.starts_with("pass: 1 scenario") && run.out.contains("billing/region-loss"),
        "{}",
        run.out
    );
    assert!(!run.out.contains("lint:"), "a newcomer's first run is free of warnings: {}", run.out);
    for line in made.out.lines().filter_map(|line| line.trim().strip_prefix("firedrill ")) {
        // The command is followed by what it answers.
        let typed = line.split("   ").next().unwrap().replace('\'', "");
        let typed = if typed.starts_with("compare") { typed + " --seeds 30" } else { typed };
        let next = in_home(&typed);
        assert!(next.code.is_some_and(|code| code < 3), "{typed}: {}", next.err);
    }
}

#[test]
fn every_field_of_the_first_plan_can_be_read_and_every_section_has_its_comment() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(ended(command("new nested/shop").current_dir(home.path())).code, Some(0));
    for file in ["plan.ron", "region-loss.ron"] {
        let text = std::fs::read_to_string(home.path().join("nested/shop").join(file)).unwrap();
        let mut commented = false;
        for line in text.lines() {
            let section = line.starts_with("    ") && line[4..].starts_with(|c: char| c.is_ascii_lowercase());
            assert!(!section || commented || line.contains("name: \"shop\""), "{file}: {line}");
            commented = line.trim_start().starts_with("//");
        }
    }
}

#[test]
fn nothing_is_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let in_home = |arguments: &str| firedrill_in(home.path(), arguments);
    assert_eq!(in_home("new billing").code, Some(0));
    let plan = home.path().join("billing/plan.ron");
    std::fs::write(&plan, "mine").unwrap();
    let again = in_home("new billing");
    assert_eq!(again.code, Some(3));
    assert!(again.err.starts_with("error: 'billing/plan.ron' exists\n  help: "), "{}", again.err);
    std::fs::remove_file(home.path().join("billing/region-loss.ron")).unwrap();
    assert_eq!(in_home("new billing").code, Some(3));
    assert!(!home.path().join("billing/region-loss.ron").exists(), "nor half of it made anew");
    assert_eq!(std::fs::read_to_string(plan).unwrap(), "mine");
}

#[test]
fn names_that_would_need_quotes_are_refused() {
    let home = tempfile::tempdir().unwrap();
    for name in ["..", "a$b", ".hidden", "what?"] {
        let ended = ended(command("new").arg(name).current_dir(home.path()));
        assert_eq!(ended.code, Some(3), "{name}");
        assert!(ended.err.contains("is no name for a system"), "{}", ended.err);
    }
    std::fs::write(home.path().join("file"), "").unwrap();
    let ended = ended(command("new file/billing").current_dir(home.path()));
    assert!(ended.code == Some(3) && ended.err.contains("cannot be written"), "{}", ended.err);
}
