//! Several services on the same machines: each is run under its own policy and held to its own targets, all meet the
//! same disasters, and a loader that would ignore or mix up what a team wrote is found out by the catalogue.

#[path = "services/deaf.rs"]
mod deaf;

use std::path::{Path, PathBuf};

use deaf::Loader;
use firedrill::Campaign;
use firedrill::campaign::check_all;
use firedrill::models::{Logic, What};
use firedrill::reports::{Report, Run};
use firedrill::sim::SimTime;
use proptest::prelude::*;

const DRILL: &str = "scenarios/qnwis/services-own-policies.ron";
const PATIENCE: &str = "scenarios/qnwis/services-patient-archive.ron";
const SEEDS: u64 = 300;

fn services(path: &Path, settings: &[String]) -> Vec<Campaign> {
    let settings: Vec<_> = settings.iter().map(|text| text.parse().expect("path=value")).collect();
    Campaign::load_services(path, &settings).unwrap_or_else(|error| panic!("{error}"))
}

fn service(name: &str) -> Campaign {
    Campaign::load_service(Path::new(DRILL), name, &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// The drill beside a plan whose text was changed.
fn with_plan(change: impl Fn(String) -> String) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("there is room for small files");
    let plan = std::fs::read_to_string("scenarios/qnwis/services.plan.ron").expect("it is in the catalogue");
    std::fs::write(folder.path().join("services.plan.ron"), change(plan)).expect("there is room");
    let file = folder.path().join("drill.ron");
    std::fs::copy(DRILL, &file).expect("it is in the catalogue");
    (folder, file)
}

/// The plan's text with another list of services.
fn listing(plan: &str, services: &str) -> String {
    let default = &plan[..plan.find("    services: [").expect("it lists some")];
    format!("{default}services: [{services}])")
}

fn runs(campaign: &Campaign, seeds: u64) -> Vec<Run> {
    campaign.run(0..seeds, 2, |_| ()).expect("two threads can be had")
}

#[test]
fn every_service_passes_by_its_own_targets_and_would_fail_by_anothers() {
    let _evidence = firedrill::evidence::of(&["Q-40"]);
    let passed = firedrill::campaign::check(Path::new(DRILL), SEEDS);
    let report = passed.unwrap_or_else(|reason| panic!("{reason}"));
    let names: Vec<&str> = report.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    let all = ["portal", "billing", "archive"].map(|name| format!("qnwis/services-own-policies/{name}"));
    assert_eq!(names, all);
    // The targets of billing, which the other two were never meant to meet.
    let settings = ["objectives.recovery_time=35s", "objectives.recovery_point=0s"].map(str::to_owned);
    for campaign in services(Path::new(DRILL), &settings) {
        let met = campaign.check(SEEDS).is_ok();
        assert_eq!(met, campaign.scenario().service.as_deref() == Some("billing"), "{}", campaign.name());
    }
}

fn checked(logic: impl Logic, scenario: &str) -> Result<Report, String> {
    let campaigns = Campaign::services_with_logic(logic, Path::new(scenario), &[]);
    check_all(&campaigns.unwrap_or_else(|error| panic!("{error}")), SEEDS)
}

/// A canary: the loader hears the plan's default and nothing that a team, a scenario or a setting puts over it.
#[test]
fn a_loader_that_ignores_what_teams_wrote_is_caught() {
    let _evidence = firedrill::evidence::of(&["Q-40"]);
    for (scenario, unheard) in [(DRILL, "billing"), (PATIENCE, "archive")] {
        assert!(checked(Loader::<false>, scenario).is_ok(), "{scenario}: the wrapper alone changes nothing");
        let reason = checked(Loader::<true>, scenario).expect_err(scenario);
        assert!(reason.lines().any(|line| line.starts_with("FAIL") && line.ends_with(unheard)), "{reason}");
    }
}

/// Another: each of two teams gets the other's policy.
#[test]
fn policies_that_are_mixed_up_are_caught() {
    let (_folder, mixed) = with_plan(|plan| {
        let swapped = plan
            .replace("(name: \"billing\"", "(name: \"\u{1}\"")
            .replace("(name: \"archive\"", "(name: \"billing\"");
        let objectives =
            |time: &str, point: &str| format!("(recovery_time: \"{time}\", recovery_point: \"{point}\")");
        let (tight, loose) = (objectives("35s", "0s"), objectives("30m", "15m"));
        let swapped = swapped.replace('\u{1}', "archive").replace(&tight, "\u{1}").replace(&loose, &tight);
        swapped.replace('\u{1}', &loose)
    });
    let reason = firedrill::campaign::check(&mixed, SEEDS).expect_err("billing runs the archive's policy");
    assert!(reason.contains("recovery time p99 <= 35s"), "{reason}");
    assert!(reason.contains("recovery point p99 <= 0"), "{reason}");
    assert!(reason.contains("--service billing"), "{reason}");
}

/// When each fault struck.
fn strikes(campaign: &Campaign, seed: u64) -> Vec<(SimTime, usize)> {
    let notes = campaign.replay(seed).expect("no panic").notes;
    let struck = notes.iter().filter_map(|(at, note)| match note.what {
        What::Strikes(fault) => Some((*at, fault)),
        _ => None,
    });
    struck.collect()
}

#[test]
fn of_one_seed_all_services_meet_the_same_disaster_and_go_their_own_ways() {
    let all = services(Path::new(DRILL), &[]);
    for seed in 0..20 {
        let struck: Vec<_> = all.iter().map(|campaign| strikes(campaign, seed)).collect();
        assert!(
            !struck[0].is_empty() && struck.iter().all(|times| *times == struck[0]),
            "{seed}: {struck:?}"
        );
        let mut digests: Vec<u64> = all.iter().map(|campaign| campaign.run_one(seed).digest).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 3, "seed {seed}");
    }
}

#[test]
fn who_takes_part_changes_nothing_for_the_others() {
    let alone = with_plan(|plan| listing(&plan, ""));
    let default = services(&alone.1, &[]);
    let both = [runs(&default[0], 40), runs(&service("portal"), 40)];
    assert_eq!(both[0], both[1], "what says nothing is the default, run by run");
    let one = with_plan(|plan| plan.replace("(name: \"portal\"),", ""));
    let billing = Campaign::load_service(&one.1, "billing", &[]).expect("it is still there");
    assert_eq!(runs(&billing, 40), runs(&service("billing"), 40));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever the default is, a service that says nothing runs as the plan without services does.
    #[test]
    fn a_service_without_a_patch_runs_as_the_default(
        heartbeat in 1_u64..6, ttl in 1_u64..60, quorum in 0_u32..3, seed in any::<u64>(),
    ) {
        let durability = if quorum == 0 { "Async".to_owned() } else { format!("Quorum({quorum})") };
        let settings = [
            format!("policy.heartbeat={heartbeat}s"), format!("dns.ttl={ttl}s"), format!("database.durability={durability}"),
        ];
        let alone = with_plan(|plan| listing(&plan, ""));
        let with = with_plan(|plan| listing(&plan, "(name: \"portal\", with: ())"));
        let (default, silent) = (services(&alone.1, &settings), services(&with.1, &settings));
        prop_assert_eq!(default[0].run_one(seed), silent[0].run_one(seed));
    }
}
