//! What the product must show of the plan it was made for, before anyone believes what it shows of theirs.

use std::path::Path;

use firedrill::Campaign;
use firedrill::reports::{Phase, Report, Run, ScenarioReport, Verdict, table};
use firedrill::scenarios::{Setting, Severity};
use firedrill::units::{Measured, Span, rows};

fn campaign(scenario: &str, settings: &[&str]) -> Campaign {
    let path = Path::new("scenarios/qnwis").join(scenario);
    let settings: Vec<Setting> = settings.iter().map(|text| text.parse().expect("path=value")).collect();
    Campaign::load(&path, &settings).unwrap_or_else(|error| panic!("{error}"))
}

fn runs(campaign: &Campaign, seeds: u64) -> Vec<Run> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    campaign.run(0..seeds, threads, |_| ()).expect("threads can be had")
}

/// What was measured beside the claim that the requirement `from` makes: the words for both, and in how many runs
/// it was kept.
fn claim<'a>(report: &'a ScenarioReport, from: &str) -> &'a firedrill::reports::ClaimReport {
    report.claims.iter().find(|claim| claim.from == from).expect("the plan makes this claim")
}

#[test]
fn with_quorum_durability_the_loss_of_a_region_loses_no_acknowledged_write_in_ten_thousand_runs() {
    let _evidence = evidence::of(&["Q-15"]);
    let campaign = campaign("region-loss-quorum.ron", &[]);
    let runs = runs(&campaign, 10_000);
    assert_eq!(runs.len(), 10_000);
    let bad = runs.iter().find(|run| {
        run.count(rows::LOST_WRITES) > 0 || !run.violations.is_empty() || run.count(rows::FAILOVERS) == 0
    });
    assert!(bad.is_none(), "{}: {:?}", campaign.replay_command(bad.unwrap().seed), bad.unwrap());
    let report = campaign.report(&runs, 10_000);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.reasons);
    assert_eq!(claim(&report, "Q-15").kept_in, 10_000);
}

/// As the plan is written.
#[test]
fn with_asynchronous_replication_the_loss_is_measured_and_the_claim_is_seen_to_fail() {
    let _evidence = evidence::of(&["Q-15"]);
    let campaign = campaign("primary-region-loss.ron", &[]);
    let runs = runs(&campaign, 500);
    let lossy = runs.iter().filter(|run| run.count(rows::LOST_WRITES) > 0).count() as u64;
    assert!(lossy > 250, "200 writes a second over 8 ms at best, and {lossy} of 500 runs lost any");
    let report = campaign.report(&runs, 500);
    assert_eq!(claim(&report, "Q-15").kept_in, 500 - lossy);
    assert!(report.lint.iter().any(|finding| finding.contains("claimed that no acknowledged write is lost")));
    let told = table::render(&Report::new("test", false, vec![report]), 100, false);
    let line =
        told.lines().find(|line| line.contains("Q-15")).expect("the table sets claims beside measures");
    assert!(line.contains("loses no write") && line.contains(&format!("{} of 500", 500 - lossy)), "{line}");
}

/// PostgreSQL knows of no lease.
#[test]
fn an_agent_that_hangs_splits_the_brain_unless_a_watchdog_resets_its_machine() {
    let _evidence = evidence::of(&["Q-04", "Q-24"]);
    let split = |settings: &[&str]| {
        let runs = runs(&campaign("agent-hang.ron", settings), 1_000);
        assert!(
            runs.iter().all(|run| (run.span(rows::SPLIT_BRAIN) > Span::ZERO) != run.violations.is_empty())
        );
        runs.iter().filter(|run| run.span(rows::SPLIT_BRAIN) > Span::ZERO).count()
    };
    let unguarded = split(&["database.watchdog=None"]);
    assert!(unguarded >= 990, "only {unguarded} of 1,000 runs show what the hang does");
    assert_eq!(split(&[]), 0);
}

/// Nor is a watchdog needed where the engine itself refuses to write without a lease.
#[test]
fn an_engine_that_knows_of_the_lease_needs_no_watchdog() {
    let _evidence = evidence::of(&["Q-04", "Q-24"]);
    let settings = ["database.watchdog=None", "database.refuses_without_lease=true"];
    let campaign = campaign("agent-hang.ron", &settings);
    let split = runs(&campaign, 300).into_iter().find(|run| run.span(rows::SPLIT_BRAIN) > Span::ZERO);
    assert!(split.is_none(), "{}", campaign.replay_command(split.unwrap().seed));
}

/// The linter finds it without running anything.
#[test]
fn three_seconds_of_recovery_under_five_second_heartbeats_are_refuted_by_the_linter() {
    let _evidence = evidence::of(&["Q-06", "Q-14"]);
    let campaign = campaign("primary-region-loss.ron", &[]);
    let findings = firedrill::scenarios::lint(campaign.scenario());
    let finding =
        findings.iter().find(|finding| finding.covers.as_deref() == Some("Q-06")).expect("it is found");
    let plan = std::fs::read_to_string("scenarios/qnwis/plan.ron").expect("the plan is there");
    let line =
        plan.lines().position(|line| line.contains("RecoveryTime(\"3s\")")).expect("it is claimed") + 1;
    assert_eq!((finding.severity, finding.line), (Severity::Warning, line));
    let told = finding.to_string();
    assert!(told.contains(&format!("plan.ron:{line}:")), "{told}");
    assert!(told.contains("claimed 3s, but no failover under this policy takes less than "), "{told}");
    assert!(told.contains("detect 12.5s"), "the largest part is named: {told}");
}

/// And the measured distribution agrees with the linter.
#[test]
fn three_seconds_of_recovery_under_five_second_heartbeats_are_never_measured() {
    let _evidence = evidence::of(&["Q-06", "Q-14"]);
    for scenario in ["primary-region-loss.ron", "primary-node-crash.ron", "silent-primary.ron"] {
        let campaign = campaign(scenario, &[]);
        let runs = runs(&campaign, 500);
        let within = |limit| runs.iter().filter(|run| run.recovery() <= Measured::Exactly(limit)).count();
        assert_eq!(within(Span::from_secs(3)), 0, "{scenario}");
        assert_eq!(claim(&campaign.report(&runs, 500), "Q-06").kept_in, 0, "{scenario}");
        let least = Span::from_millis(12_500);
        let soonest = runs.iter().map(|run| run.phase(Phase::Detect)).min();
        assert!(
            soonest >= Some(least),
            "{scenario}: suspected after {soonest:?}, the linter says {least} at best"
        );
    }
}

/// What arithmetic refutes needs no run, and is told with the line that claims it.
#[test]
fn a_wrong_factor_and_a_percentile_of_twenty_runs_are_refuted_by_the_linter() {
    let _evidence = evidence::of(&["Q-13"]);
    let findings = firedrill::scenarios::lint(campaign("primary-region-loss.ron", &[]).scenario());
    let told = |claimed: &str| findings.iter().any(|finding| finding.problem.contains(claimed));
    assert!(told("claimed 3 times better than 15m, but 5s is 180.0 times"), "{findings:#?}");
    assert!(told("read off 20 of them: at 95 % confidence it takes 59 runs"), "{findings:#?}");
}

/// What can never be renewed in time is told before any run, and so is what may not be; the runs agree.
#[test]
fn a_lease_that_ends_before_the_answer_comes_is_told() {
    let told = |lease: &str, latency: &str| {
        let lease = format!("policy.lease={lease}");
        let latency = format!("links.between_regions={latency}");
        let settings = ["policy.heartbeat=2s", "policy.lease_margin=500ms", &lease, &latency];
        let campaign = campaign("../regressions/played-back.ron", &settings);
        let findings = firedrill::scenarios::lint(campaign.scenario());
        let about = findings.into_iter().find(|finding| finding.problem.contains("between renewals"));
        about.map(|finding| finding.problem)
    };
    let slow = r#"(latency: Uniform("300ms", "400ms"))"#;
    let never = told("3s", slow).expect("it is good for 2.5 s, and no answer comes before 2.6 s");
    assert!(never.contains("no answer comes before 2s 600ms"), "{never}");
    assert_eq!(told("3400ms", slow), None);
}

/// Either would be broken: people decide, or the role goes back by itself.
#[test]
fn a_failback_by_itself_is_refused_where_people_decide_at_the_line_that_asks_for_it() {
    let settings = [r#"policy.mode=Manual"#.parse().expect("a setting")];
    let load =
        |settings: &[_]| Campaign::load(Path::new("scenarios/qnwis/failback-loses-nothing.ron"), settings);
    assert!(load(&[]).is_ok());
    let told = load(&settings).expect_err("it is refused").to_string();
    assert!(told.contains("failback-loses-nothing.ron:7:"), "{told}");
    assert!(
        told.contains("in manual mode the role moves only on request, so it does not go back by itself"),
        "{told}"
    );
}
