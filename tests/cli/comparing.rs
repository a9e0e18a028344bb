//! `firedrill compare`.

use std::path::Path;

use crate::support::{Ended, command, ended, firedrill};
use insta::assert_snapshot;

/// Makes runs with these arguments and keeps them in a folder.
fn recorded(arguments: &str) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    let made = ended(command(arguments).arg("--out").arg(out.path()));
    assert!(made.code.is_some_and(|code| code < 3), "{}", made.err);
    out
}

fn compare(a: &Path, b: &Path) -> Ended {
    ended(command("compare").arg(a).arg(b))
}

#[test]
fn two_policies_side_by_side() {
    let arguments = "compare shop/region-loss.ron --a policy.heartbeat=2s --b policy.heartbeat=1s --seeds 60";
    let ended = firedrill(arguments);
    assert!(ended.out.lines().all(|line| line.chars().count() <= 100 || line.contains("firedrill replay")));
    assert_snapshot!(ended.shown());
}

#[test]
fn a_watchdog_that_is_taken_away_is_a_regression_with_seeds() {
    let without = "compare shop/agent-hang.ron --a database.watchdog=6s --seeds 40 --format json";
    let ended = firedrill(without);
    let json: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((ended.code, &json["answer"]), (Some(1), &"worse".into()));
    let criterion = &json["scenarios"][0]["criteria"][0];
    assert_eq!((&criterion["name"], &criterion["a_bad"]), (&"no split brain".into(), &0.into()));
    assert_eq!(criterion["turned_bad"].as_array().map(Vec::len), Some(40));
    let replay = json["scenarios"][0]["worsened"][0]["replay_a"].as_str().unwrap().to_owned();
    let shown = firedrill(replay.strip_prefix("firedrill ").unwrap());
    assert_eq!(shown.code, Some(0), "{replay}: {}", shown.err);
}

#[test]
fn recorded_runs_are_compared_as_if_they_were_made_now() {
    let before = recorded("run shop/region-loss.ron --seeds 60 --set policy.heartbeat=2s");
    let after = recorded("run shop/region-loss.ron --seeds 60 --set policy.heartbeat=1s");
    let now =
        firedrill("compare shop/region-loss.ron --a policy.heartbeat=2s --b policy.heartbeat=1s --seeds 60");
    let told = |out: &str| out.lines().skip(3).map(str::to_owned).collect::<Vec<_>>();
    let then = compare(before.path(), &after.path().join("runs.jsonl"));
    assert_eq!((told(&then.out), then.code), (told(&now.out), now.code));
    assert_eq!(compare(before.path(), &before.path().join("report.json")).code, Some(0));
}

#[test]
fn what_one_side_alone_has_is_listed() {
    let all = recorded("run shop --seeds 60");
    let ended = ended(command("compare shop/region-loss.ron --seeds 60").arg(all.path()));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.out.contains("60 pairs, 60 the same to the last event"), "{}", ended.out);
    assert!(ended.out.contains("\nonly in B: shop/agent-hang, shop/close-call\n"), "{}", ended.out);
}

#[test]
fn an_artifact_is_written() {
    let out = tempfile::tempdir().unwrap();
    let mut run = command("compare shop/region-loss.ron --b policy.lease=10s --seeds 10 --out");
    assert!(ended(run.arg(out.path())).code.is_some_and(|code| code < 3));
    let json = std::fs::read_to_string(out.path().join("comparison.json")).unwrap();
    assert!(serde_json::from_str::<reports::compare::Comparison>(&json).is_ok());
}

#[test]
fn files_that_cannot_be_compared_are_refused_with_their_line() {
    let whole = recorded("run shop/region-loss.ron --seeds 60");
    let runs = std::fs::read_to_string(whole.path().join("runs.jsonl")).unwrap();
    let broken = tempfile::tempdir().unwrap();
    let refused = |text: &str| {
        std::fs::write(broken.path().join("runs.jsonl"), text).unwrap();
        let ended = compare(whole.path(), broken.path());
        assert_eq!(ended.code, Some(3), "{}", ended.out);
        ended.err
    };
    let told = refused(&runs.replacen("\"seed\":7,", "\"sead\":7,", 1));
    assert!(told.contains("runs.jsonl:10:7: not a run: unknown field `sead`"), "{told}");
    assert!(told.contains("\n  help: make the runs again with"), "{told}");
    assert!(refused(&runs[..runs.len() / 2]).contains("runs.jsonl:"));
    let told = refused("{}");
    assert!(told.contains("runs.jsonl:1:1: this is no file of runs"), "{told}");
}

#[test]
fn questions_without_an_answer_are_refused() {
    let cases = [
        ("compare shop", "both sides are the same"),
        ("compare shop shop --a dns.ttl=1s --b dns.ttl=1s", "both sides are the same"),
        ("compare shop nowhere", "nowhere"),
        ("compare shop/region-loss.ron --b dns.tll=1s", "tll"),
        ("compare shop/region-loss.ron nothing", "no scenario"),
    ];
    for (arguments, problem) in cases {
        let ended = firedrill(arguments);
        assert_eq!(ended.code, Some(3), "{arguments}");
        assert!(ended.err.contains(problem), "{arguments}: {}", ended.err);
    }
    let out = recorded("run shop/region-loss.ron --seeds 60");
    let ended = ended(command("compare shop --set dns.ttl=5s").arg(out.path()));
    assert!(ended.code == Some(3) && ended.err.contains("changes nothing there"), "{}", ended.err);
}
