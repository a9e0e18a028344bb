//! One seed, one history: in every process, on any number of threads, in a replay.

use std::process::Command;

use crate::support::{command, ended, folder};
use firedrill::Campaign;
use reports::Report;

fn report(arguments: &str) -> String {
    let out = tempfile::tempdir().unwrap();
    let made = ended(command(arguments).arg("--out").arg(out.path()));
    assert!(made.code.is_some_and(|code| code < 3), "{}", made.err);
    std::fs::read_to_string(out.path().join("report.json")).unwrap()
}

#[test]
fn the_report_is_the_same_on_one_thread_and_on_two_and_in_another_process() {
    let one = report("run shop --seeds 100 --threads 1");
    assert_eq!(one, report("run shop --seeds 100 --threads 2"));
    assert_eq!(one, report("run shop --seeds 100 --threads 2 --double-run 0"));
}

#[test]
fn other_seeds_are_other_runs() {
    let digest = |arguments: &str| Report::from_json(&report(arguments)).unwrap().digest;
    assert_ne!(digest("run shop --seeds 100"), digest("run shop --seeds 100 --seed-base 1"));
}

/// The digest that `command`, as printed, ends with.
fn executed(printed: &str, within: &std::path::Path) -> String {
    let here = std::path::Path::new(env!("CARGO_BIN_EXE_firedrill")).parent().unwrap();
    let path = format!("{}:{}", here.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    let ended = ended(shell.args(["-c", printed]).current_dir(within).env("PATH", path));
    assert_eq!(ended.code, Some(0), "{printed}: {}", ended.err);
    ended.out.lines().last().unwrap().strip_prefix("digest ").expect("the last line is the digest").to_owned()
}

#[cfg(unix)]
#[test]
fn the_replay_command_that_is_printed_shows_the_run_that_was_judged() {
    // A path that a shell would take apart, and settings.
    let folder_with_space = tempfile::tempdir().unwrap();
    let shop = folder_with_space.path().join("the shop's");
    std::fs::create_dir(&shop).unwrap();
    for file in ["plan.ron", "agent-hang.ron"] {
        std::fs::copy(folder().join("shop").join(file), shop.join(file)).unwrap();
    }
    let mut run = command("run --seeds 100 --set policy.heartbeat=1s --set horizon=5m");
    let ended = ended(run.arg("the shop's").current_dir(folder_with_space.path()));
    let printed = ended.out.lines().find(|line| line.trim().starts_with("firedrill replay")).unwrap().trim();
    assert!(printed.contains("--set policy.heartbeat=1s"), "{printed}");
    let seed: u64 = printed.split("--seed ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();

    let settings = ["policy.heartbeat=1s", "horizon=5m"].map(|setting| setting.parse().unwrap());
    let campaign = Campaign::load(&shop.join("agent-hang.ron"), &settings).unwrap();
    let judged = &campaign.run(seed..seed + 1, 1, |_| ()).unwrap()[0];
    assert_eq!(executed(printed, folder_with_space.path()), format!("{:016x}", judged.digest));
}
