//! The library that the commands are made of, as other tests use it.

use crate::support::folder;
use firedrill::Campaign;
use firedrill::campaign::{self, Difference};

fn shop(scenario: &str) -> Campaign {
    Campaign::load(&folder().join("shop").join(scenario), &[]).unwrap()
}

#[test]
fn a_scenario_is_a_test() {
    let path = folder().join("shop/region-loss.ron");
    let report = campaign::check(&path, 100).unwrap();
    assert_eq!(report.scenarios[0].name, "shop/region-loss");
    let refused = campaign::check(&path, 10).unwrap_err();
    assert!(refused.contains("at least 59 are needed"), "{refused}");
}

#[test]
fn a_scenario_that_fails_as_a_test_says_how_to_see_it() {
    let reason = campaign::check(&folder().join("shop/agent-hang.ron"), 100).unwrap_err();
    assert!(reason.contains("SplitBrain violated in") && reason.contains("firedrill replay "), "{reason}");
}

#[test]
fn two_runs_of_one_seed_in_lock_step_do_not_differ() {
    let campaign = shop("agent-hang.ron");
    assert!((0..10).all(|seed| campaign.double_run(seed).is_none()));
}

#[test]
fn a_run_that_was_another_one_is_found() {
    let campaign = shop("region-loss.ron");
    let run = campaign.run_one(5);
    assert_eq!(campaign.recheck(&run), None);
    let tampered = reports::Run { digest: run.digest ^ 1, ..run.clone() };
    let found = Difference::Digest { campaign: run.digest ^ 1, again: run.digest };
    assert_eq!(campaign.recheck(&tampered), Some(found));
}

#[test]
fn a_replay_is_the_run_of_its_seed() {
    let campaign = shop("close-call.ron");
    let replay = campaign.replay(11).unwrap();
    assert_eq!(campaign.run_of(&replay), campaign.run_one(11));
    assert!(!replay.notes.is_empty());
}

#[test]
fn where_a_fault_stays_for_ever_nobody_asks_whether_the_cluster_came_together() {
    let lasting = Campaign::load(&folder().join("infeasible/hasty.ron"), &[]).unwrap();
    assert_eq!(lasting.run_one(0).converged(), None);
    assert_eq!(shop("region-loss.ron").run_one(0).converged(), Some(true));
}
