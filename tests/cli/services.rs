//! Plans that list services: a row for each, replays by name, and each its own part of reports and comparisons.

use crate::support::{command, ended, firedrill};
use insta::assert_snapshot;

#[test]
fn a_drill_of_three_teams_as_a_table() {
    assert_snapshot!(firedrill("run teams --seeds 100").shown());
}

#[test]
fn a_replay_has_to_say_whose() {
    assert_snapshot!(firedrill("replay teams/drill.ron --seed 3").shown());
    assert_snapshot!(firedrill("replay teams/drill.ron --seed 3 --service payy").shown());
    assert_snapshot!(firedrill("replay shop/region-loss.ron --seed 3 --service pay").shown());
}

#[test]
fn the_linter_says_whose_policy_cannot_meet_whose_targets() {
    assert_snapshot!(firedrill("lint teams --set services.pay.policy.lease=1s").shown());
}

/// What is told of the run is what was judged: the command that is printed leads to the service's own run.
#[test]
fn the_command_that_is_printed_replays_the_service() {
    let out = tempfile::tempdir().unwrap();
    let ran = ended(command("run teams --seeds 60 --out").arg(out.path()));
    let printed = ran.out.lines().find(|line| line.contains("firedrill replay")).unwrap().trim();
    assert!(printed.ends_with("--service search"), "{printed}");
    let seed = printed.split("--seed ").nth(1).unwrap().split(' ').next().unwrap();
    let told = firedrill(printed.strip_prefix("firedrill ").unwrap());
    assert!(told.out.contains("teams/drill/search"), "{}", told.out);
    let digest = told.out.lines().last().unwrap().strip_prefix("digest ").unwrap();
    let runs = std::fs::read_to_string(out.path().join("runs.jsonl")).unwrap();
    let of_search =
        runs.split("{\"scenario\":").find(|part| part.starts_with("\"teams/drill/search\"")).unwrap();
    let run = of_search.lines().find(|line| line.contains(&format!("\"seed\":{seed},"))).unwrap();
    assert!(run.contains(digest), "{run} has not the digest {digest}");
}

#[test]
fn reports_have_an_entry_for_every_service() {
    let out = tempfile::tempdir().unwrap();
    ended(command("run teams --seeds 60 --out").arg(out.path()));
    let text = std::fs::read_to_string(out.path().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let entry = |scenario: &serde_json::Value| {
        let rto = scenario["objectives"]["recovery_time_s"].as_f64().unwrap();
        (scenario["name"].as_str().unwrap().to_owned(), scenario["service"].as_str().unwrap().to_owned(), rto)
    };
    let entries: Vec<_> = report["scenarios"].as_array().unwrap().iter().map(entry).collect();
    let of = |name: &str, rto| (format!("teams/drill/{name}"), name.to_owned(), rto);
    assert_eq!(entries, [of("cart", 60.0), of("pay", 40.0), of("search", 20.0)]);
}

#[test]
fn sides_are_compared_service_by_service() {
    let arguments =
        "compare teams/drill.ron --a services.pay.policy.heartbeat=2s --b services.pay.policy.heartbeat=1s";
    let ended = firedrill(&format!("{arguments} --seeds 60 --format json"));
    let json: serde_json::Value =
        serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}", ended.err));
    let scenarios = json["scenarios"].as_array().unwrap();
    let same: Vec<_> = scenarios
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["identical"].as_u64().unwrap()))
        .collect();
    assert_eq!(same, [("teams/drill/cart", 60), ("teams/drill/pay", 0), ("teams/drill/search", 60)]);
    let replay = scenarios[1]["improved"][0]["replay_b"].as_str().unwrap();
    assert!(replay.contains(" --service pay --set services.pay.policy.heartbeat=1s"), "{replay}");
}

/// Two plans of the same teams: each team meets itself, not whoever comes first.
#[test]
fn teams_of_two_plans_meet_their_own_kind() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = folder.path().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    let ours = crate::support::folder().join("teams");
    std::fs::copy(ours.join("drill.ron"), theirs.join("drill.ron")).unwrap();
    let plan = std::fs::read_to_string(ours.join("plan.ron")).unwrap();
    std::fs::write(theirs.join("plan.ron"), plan.replace("name: \"cart\"", "name: \"basket\"")).unwrap();
    let ended =
        ended(command("compare teams/drill.ron --seeds 20 --format json").arg(theirs.join("drill.ron")));
    let json: serde_json::Value =
        serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}", ended.err));
    let names: Vec<_> =
        json["scenarios"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["teams/drill/pay and theirs/drill/pay", "teams/drill/search and theirs/drill/search"]);
    assert_eq!(json["only_a"][0], "teams/drill/cart");
    assert_eq!(json["only_b"][0], "theirs/drill/basket");
}
