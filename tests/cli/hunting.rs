//! `firedrill hunt`, from a plan to a find that can be replayed.

use std::fs;

use tempfile::TempDir;

use crate::support::firedrill_in;

/// A folder with a plan in `billing/plan.ron` that lacks its watchdog: nobody ends what an agent that hangs leaves open.
fn with_a_mistake() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(firedrill_in(home.path(), "new billing").code, Some(0));
    let plan = home.path().join("billing/plan.ron");
    let text = fs::read_to_string(&plan).unwrap();
    let changed = text.replacen(", watchdog: \"12s\"", "", 1);
    assert_ne!(text, changed);
    fs::write(&plan, changed).unwrap();
    home
}

#[test]
fn a_hunt_around_a_plan_finds_its_mistake_and_writes_a_scenario_that_shows_it() {
    let home = with_a_mistake();
    let in_home = |arguments: &str| firedrill_in(home.path(), arguments);
    let hunted = in_home("hunt billing/plan.ron --runs 256 --out finds");
    assert_eq!(hunted.code, Some(1), "{}{}", hunted.out, hunted.err);
    assert!(hunted.out.starts_with("hunted from seed 1: "), "{}", hunted.out);
    let replay = hunted.out.lines().find_map(|line| line.trim().strip_prefix("firedrill replay "));
    let replayed = in_home(&format!("replay {}", replay.expect("each find can be replayed")));
    assert!(replayed.out.contains("must never happen"), "{}", replayed.out);
    let again = in_home("hunt billing/plan.ron --runs 256 --out finds --threads 1");
    let finds = |out: &str| out.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(finds(&hunted.out), finds(&again.out), "whatever the number of threads");
}

#[test]
fn a_plan_that_cannot_be_loaded_says_why_and_nothing_is_hunted() {
    let home = tempfile::tempdir().unwrap();
    let in_home = |arguments: &str| firedrill_in(home.path(), arguments);
    fs::write(home.path().join("plan.ron"), "(name: \"half\", regions: [").unwrap();
    let refused = in_home("hunt plan.ron --runs 8");
    assert_eq!(refused.code, Some(3), "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("plan.ron"), "{}", refused.err);
    assert_eq!(in_home("hunt absent.ron --runs 8").code, Some(3));
    assert_eq!(in_home("hunt --runs 0").code, Some(3));
}

/// The scenario of a case is in memory: that opens no way out of the plan's repository.
#[test]
fn a_recording_outside_the_repository_is_refused_as_ever() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("inside");
    fs::create_dir_all(folder.join(".git")).unwrap();
    let in_folder = |arguments: &str| firedrill_in(&folder, arguments);
    assert_eq!(in_folder("new billing").code, Some(0));
    fs::write(home.path().join("secret"), "0s 1000000\n").unwrap();
    let plan = folder.join("billing/plan.ron");
    let text = fs::read_to_string(&plan).unwrap();
    let traffic = r#"    traffic: (recorded: "../../secret"),
    // What you promise"#;
    let changed = text.replacen("    // What you promise", traffic, 1);
    assert_ne!(text, changed);
    fs::write(&plan, changed).unwrap();
    let refused = in_folder("hunt billing/plan.ron --runs 8");
    assert_eq!(refused.code, Some(3), "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("outside"), "{}", refused.err);
}

#[test]
fn a_folder_that_cannot_be_had_is_refused_before_anything_is_hunted() {
    let home = with_a_mistake();
    for folder in ["billing/plan.ron", "billing/plan.ron/finds"] {
        let refused = firedrill_in(home.path(), &format!("hunt billing/plan.ron --runs 128 --out {folder}"));
        assert_eq!(refused.code, Some(3), "{}{}", refused.out, refused.err);
        assert!(refused.out.is_empty() && refused.err.contains(folder), "{}{}", refused.out, refused.err);
    }
}

#[test]
fn finds_that_cannot_be_written_are_told_all_the_same() {
    let home = with_a_mistake();
    let in_home = |arguments: &str| firedrill_in(home.path(), arguments);
    in_home("hunt billing/plan.ron --runs 128 --out finds");
    let finds = fs::read_dir(home.path().join("finds")).unwrap().map(|entry| entry.unwrap().file_name());
    let finds: Vec<_> = finds.filter(|name| name.to_string_lossy().ends_with(".ron")).collect();
    assert!(!finds.is_empty());
    // Where the files would go there are folders.
    finds.iter().for_each(|name| fs::create_dir_all(home.path().join("taken").join(name)).unwrap());
    let hunted = in_home("hunt billing/plan.ron --runs 128 --out taken");
    assert_eq!(hunted.code, Some(3), "{}{}", hunted.out, hunted.err);
    let told = hunted.out.contains("SplitBrain") && hunted.out.contains("faults: [");
    assert!(told && hunted.err.contains("taken"), "{}{}", hunted.out, hunted.err);
    assert!(!home.path().join("taken/hunt.json").exists(), "what is not written is to be found again");
}
