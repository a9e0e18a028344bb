//! What can be said of a scenario without running it.

mod common;

use common::{Heartbeats, PLAN, SCENARIO, load_texts};
use firedrill_scenarios::{Budget, Finding, Severity, lint};

fn linted(changes: &[(&str, &str)]) -> Vec<Finding> {
    let change = |text: &str| changes.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    let scenario = load_texts(change(SCENARIO).as_bytes(), change(PLAN).as_bytes(), &[]);
    lint(&scenario.unwrap_or_else(|error| panic!("{error}")))
}

fn about<'a>(findings: &'a [Finding], claim: &str) -> &'a Finding {
    let found = findings.iter().find(|finding| finding.covers.as_deref() == Some(claim));
    found.unwrap_or_else(|| panic!("nothing about {claim}: {findings:#?}"))
}

#[test]
fn the_claims_of_the_plan_are_set_beside_what_is_possible() {
    let told: Vec<String> = linted(&[])
        .iter()
        .map(|finding| format!("{} {:?} {finding}\n    {}", finding.severity, finding.covers, finding.remedy))
        .collect();
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(told.join("\n")) });
}

#[test]
fn a_claim_below_the_least_sum_is_told_at_its_line() {
    let findings = linted(&[]);
    let finding = about(&findings, "Q-14");
    assert!(
        finding.problem.starts_with("claimed 3s, but no failover under this policy takes less than 10.4s")
    );
    let line = PLAN.lines().position(|line| line.contains("RecoveryTime(\"3s\")")).unwrap() + 1;
    assert_eq!((finding.file.as_str(), finding.line), ("qnwis/plan.ron", line));
}

#[test]
fn an_objective_below_the_least_sum_cannot_be_met() {
    let findings = linted(&[("recovery_time: \"10m\"", "recovery_time: \"9s\"")]);
    let worst = &findings[0];
    assert_eq!(worst.severity, Severity::Error);
    assert!(worst.problem.starts_with("an RTO of 9s cannot be met: detect 10s to 15s + decide "), "{worst}");
    let remedy = "the longest stage is detect: 3 heartbeats of 5s are missed";
    assert_eq!(worst.remedy, remedy);
}

#[test]
fn an_objective_below_the_most_may_be_missed() {
    let findings = linted(&[("recovery_time: \"10m\"", "recovery_time: \"30s\"")]);
    assert!(
        findings
            .iter()
            .any(|f| f.severity == Severity::Warning && f.problem.starts_with("an RTO of 30s may be missed"))
    );
    assert!(findings.iter().all(|finding| finding.severity < Severity::Error), "{findings:#?}");
}

#[test]
fn a_run_that_ends_before_a_slow_failover_is_found() {
    let findings =
        linted(&[("horizon: \"20m\"", "horizon: \"3m\""), (", heal_after: \"10m\"", ""), ("Converges,", "")]);
    let found = findings.iter().find(|finding| finding.problem.starts_with("the run ends at 3m")).unwrap();
    assert_eq!((found.line, found.column), (6, 14), "{found}");
}

#[test]
fn synchronous_replication_can_hold_its_claims() {
    let findings = linted(&[("durability: Async", "durability: Quorum(2)")]);
    let claims: Vec<&str> = findings.iter().filter_map(|finding| finding.covers.as_deref()).collect();
    assert_eq!(claims, ["Q-14"], "{findings:#?}");
}

#[test]
fn the_budget_adds_up() {
    let scenario =
        load_texts(SCENARIO.as_bytes(), PLAN.as_bytes(), &["dns.update=Constant(\"2s\")"]).unwrap();
    let budget = Budget::of::<Heartbeats>(&scenario.plan);
    assert_eq!(budget.stages.iter().map(|stage| stage.most).sum::<units::Span>(), budget.most);
    assert_eq!(
        budget.addition(),
        "detect 10s to 15s + decide 213us to 60ms + redirect 2s to 42s = 12s to 57.1s"
    );
}

/// Where all faults wait for a step, on links that lose nothing, with nobody who asks for anything.
#[test]
fn a_step_that_nothing_leads_to_is_refused() {
    let fault = |when: &str| {
        let aimed = format!("when: {when}(\"$any\"), strike: Silence(\"$that\"), heal_after: \"10m\"");
        let at = "at: Between(\"60s\", \"120s\"), strike: RegionLoss(\"doha\"), heal_after: \"10m\"";
        let scenario = SCENARIO.replace(at, &aimed);
        load_texts(scenario.as_bytes(), PLAN.replace("loss: 0.0001", "loss: 0.0").as_bytes(), &[])
    };
    let refused = fault("Promotes").expect_err("nothing leads to it").to_string();
    assert!(refused.contains("every fault waits for a step, and nothing leads to any of them"), "{refused}");
    assert!(fault("Persists").is_ok(), "agents write where all is well");
}

/// Nobody knows when it strikes, so nobody says that the run ends too soon for it.
#[test]
fn the_horizon_of_a_fault_that_waits_is_not_guessed_at() {
    let also =
        "heal_after: \"10m\"), (when: Promotes(\"$any\"), strike: Silence(\"$that\"), heal_after: \"9m\")]";
    let change = |horizon: &str| {
        let horizon = format!("horizon: \"{horizon}\"");
        linted(&[("heal_after: \"10m\")]", also), ("horizon: \"20m\"", &horizon)])
    };
    let ends = |finding: &Finding| finding.problem.contains("the run ends at");
    assert!(!change("20m").iter().any(ends), "{:#?}", change("20m"));
}
