//! What runs prove, what they disprove, and what they do not show.

mod support;

use firedrill_reports::{
    Bad, Beyond, Campaign, Claim, Claimed, Criterion, FaultSpec, Judged, Report, Run, ScenarioReport,
    StopReason, Undecidable, Verdict, Violation, Why, evaluate, inert, refuse_if_undecidable, waiting,
};
use support::{Draws, campaign, campaign_of, never_recovered, p99_within, panicked, recovered, region_loss};
use units::{Measured, Span, Value, rows};

fn verdict_of(runs: &[Run], criterion: &Criterion) -> (Verdict, Option<Why>) {
    let Judged { verdict, why, .. } = evaluate(criterion, runs);
    (verdict, why)
}

#[test]
fn enough_good_runs_pass_and_one_fewer_does_not() {
    assert_eq!(verdict_of(&campaign_of(299), &p99_within(60)), (Verdict::Pass, None));
    let why = Why::TooFewRuns { have: 298, need: Some(299) };
    assert_eq!(verdict_of(&campaign_of(298), &p99_within(60)), (Verdict::Inconclusive, Some(why)));
}

#[test]
fn a_bad_run_is_named_and_needs_more_good_ones_to_outweigh_it() {
    let mut runs = campaign_of(299);
    runs[17].sheet.put(rows::RECOVERY_TIME, Measured::Exactly(Span::from_secs(61)));
    let judged = evaluate(&p99_within(60), &runs);
    assert_eq!((judged.bad, judged.first_bad_seed, judged.worst_seed), (1, Some(17), Some(17)));
    assert_eq!((judged.verdict, judged.rate_at_least < 0.01), (Verdict::Inconclusive, true));
    assert!(judged.needed > Some(473), "at one bad run in 299 the rate is too near to 1 % for 473");
    assert!(judged.explanation.starts_with("1 of 299 runs exceed 1m; "), "{}", judged.explanation);
}

#[test]
fn the_limit_itself_is_within_the_limit() {
    let mut runs = campaign_of(299);
    runs[0].sheet.put(rows::RECOVERY_TIME, Measured::Exactly(Span::from_secs(60)));
    assert_eq!(evaluate(&p99_within(60), &runs).bad, 0);
    runs[0].sheet.put(rows::RECOVERY_TIME, Measured::Exactly(Span::from_secs(60) + Span::from_nanos(1)));
    assert_eq!(evaluate(&p99_within(60), &runs).bad, 1, "one nanosecond is above it");
}

#[test]
fn runs_that_never_came_back_exceed_every_limit() {
    let runs: Vec<Run> = (0..100).map(never_recovered).collect();
    let years = Criterion::quantile(0.99, Bad::RecoveryTimeAbove(Span::MAX), 0.95);
    assert_eq!(verdict_of(&runs, &years), (Verdict::Fail, None));
}

#[test]
fn a_panicked_run_is_bad_whatever_is_asked() {
    let everything = [
        Bad::RecoveryTimeAbove(Span::MAX),
        Bad::RecoveryPointAbove(Span::MAX),
        Bad::LostWritesAbove(u64::MAX),
        Bad::NotRecovered,
        Bad::SplitBrain,
        Bad::Violation("StaleEpoch".to_owned()),
        Bad::NotConverged,
        Bad::FailoversAbove(u32::MAX),
        Bad::FalseFailoversAbove(u32::MAX),
        Bad::Promoted("nobody".to_owned()),
    ];
    for stop in [StopReason::Panicked(String::new()), StopReason::EventLimit, StopReason::HungUp] {
        let run = Run { stop, ..recovered(1, 20_000) };
        assert!(everything.iter().all(|bad| bad.is(&run)), "{:?}", run.stop);
    }
    assert!(!everything.iter().any(|bad| bad.is(&recovered(1, 20_000))));
}

#[test]
fn each_condition_finds_its_own_run_and_no_other() {
    let violation = Violation { invariant: "StaleEpoch".to_owned(), at: Span::ZERO, what: String::new() };
    let ill = [
        (
            Bad::RecoveryPointAbove(Span::from_secs(5)),
            recovered(0, 1).with(rows::RECOVERY_POINT, Span::from_secs(6)),
        ),
        (Bad::LostWritesAbove(0), recovered(0, 1).with(rows::LOST_WRITES, 1_u64)),
        (Bad::NotRecovered, never_recovered(0)),
        (Bad::SplitBrain, recovered(0, 1).with(rows::SPLIT_BRAIN, Span::from_nanos(1))),
        (Bad::Violation("StaleEpoch".to_owned()), Run { violations: vec![violation], ..recovered(0, 1) }),
        (Bad::NotConverged, recovered(0, 1).with(rows::CONVERGED, false)),
        (Bad::FailoversAbove(1), recovered(0, 1).with(rows::FAILOVERS, 2_u64)),
        (Bad::FalseFailoversAbove(0), recovered(0, 1).with(rows::FALSE_FAILOVERS, 1_u64)),
        (Bad::Promoted("far".to_owned()), Run { promoted: vec!["far".to_owned()], ..recovered(0, 1) }),
        (Bad::QuorumLost, recovered(0, 1).with(rows::QUORUM_AVAILABLE, Span::from_secs(899))),
        (Bad::OverloadAbove(Span::ZERO), recovered(0, 1).with(rows::OVERLOAD, Span::from_nanos(1))),
    ];
    for (index, (bad, _)) in ill.iter().enumerate() {
        // A run that never came back has no recovery point either.
        let censored =
            |at: &usize| matches!((bad, &ill[*at].0), (Bad::RecoveryPointAbove(_), Bad::NotRecovered));
        let found: Vec<usize> = (0..ill.len()).filter(|at| bad.is(&ill[*at].1) && !censored(at)).collect();
        assert_eq!(found, [index], "{bad:?}");
    }
}

#[test]
fn staying_down_and_being_overloaded_may_be_what_is_asked() {
    assert!(Bad::Recovered.is(&recovered(0, 1)) && !Bad::Recovered.is(&never_recovered(0)));
    let overloaded = recovered(0, 1).with(rows::OVERLOAD, Span::from_secs(1));
    assert!(Bad::NotOverloaded.is(&recovered(0, 1)) && !Bad::NotOverloaded.is(&overloaded));
}

#[test]
fn reads_that_nobody_looked_at_prove_nothing() {
    let reads = |unserved: u64| recovered(0, 1).with(rows::READS_UNAVAILABLE, Span::from_secs(unserved));
    // Of 900 s.
    assert!(!Bad::ReadsBelow(990_000).is(&reads(9)) && Bad::ReadsBelow(990_000).is(&reads(10)));
    let criterion = Criterion::never(Bad::ReadsBelow(990_000));
    assert_eq!(verdict_of(&campaign_of(300), &criterion), (Verdict::Inconclusive, Some(Why::NoData)));
}

/// 3 of 1,000 runs carried out a plan: that the others took no time for theirs is no evidence.
#[test]
fn runs_in_which_nobody_looked_count_neither_as_good_nor_as_bad() {
    let planned = |run: Run| {
        let took = Span::from_millis(500 + run.seed);
        run.with(rows::EXECUTION_TIME, took)
    };
    let few = |run: Run| if run.seed < 3 { planned(run) } else { run };
    let runs: Vec<Run> = campaign_of(1_000).into_iter().map(few).collect();
    let criterion = Criterion::quantile(0.99, Bad::ExecutionAbove(Span::from_secs(60)), 0.95);
    let why = Why::TooFewRuns { have: 3, need: Some(299) };
    assert_eq!(verdict_of(&runs, &criterion), (Verdict::Inconclusive, Some(why)));
    let runs: Vec<Run> = runs.into_iter().map(planned).collect();
    assert_eq!(verdict_of(&runs, &criterion), (Verdict::Pass, None));
}

#[test]
fn no_switchover_is_none_inside_its_window() {
    let inside = Criterion::never(Bad::OutsideWindow);
    assert_eq!(verdict_of(&campaign_of(300), &inside), (Verdict::Inconclusive, Some(Why::NoData)));
    let asked = |obeyed: u64, outside: u64| {
        let asked = |run: Run| run.with(rows::REQUESTS_OBEYED, obeyed).with(rows::OUTSIDE_WINDOW, outside);
        campaign_of(300).into_iter().map(asked).collect::<Vec<_>>()
    };
    assert_eq!(verdict_of(&asked(1, 0), &inside), (Verdict::Pass, None));
    assert_eq!(verdict_of(&asked(0, 1), &inside), (Verdict::Fail, None));
}

#[test]
fn no_data_and_constants_prove_nothing() {
    assert_eq!(verdict_of(&[], &p99_within(60)), (Verdict::Inconclusive, Some(Why::NoData)));
    let constant: Vec<Run> = (0..1000).map(|seed| recovered(seed, 30_000)).collect();
    assert_eq!(verdict_of(&constant, &p99_within(60)), (Verdict::Inconclusive, Some(Why::Constant)));
    assert_eq!(verdict_of(&constant, &p99_within(29)), (Verdict::Fail, None), "but it can disprove");
    let unseen: Vec<Run> =
        campaign_of(300).into_iter().map(|run| run.with(rows::CONVERGED, Value::NotLookedAt)).collect();
    let converges = Criterion::never(Bad::NotConverged);
    assert_eq!(verdict_of(&unseen, &converges), (Verdict::Inconclusive, Some(Why::NoData)));
}

#[test]
fn losing_nothing_in_every_run_is_a_result() {
    let lossless: Vec<Run> =
        campaign_of(299).into_iter().map(|run| run.with(rows::RECOVERY_POINT, Span::ZERO)).collect();
    let criterion = Criterion::quantile(0.99, Bad::RecoveryPointAbove(Span::from_secs(1)), 0.95);
    assert_eq!(verdict_of(&lossless, &criterion), (Verdict::Pass, None));
}

#[test]
fn never_passes_with_its_bound_and_fails_at_once() {
    let mut runs = campaign_of(1000);
    let never = Criterion::never(Bad::SplitBrain);
    let judged = evaluate(&never, &runs);
    assert_eq!(judged.verdict, Verdict::Pass);
    let bound =
        "0 of 1,000 runs have a split brain; at 95 % confidence at most 0.299 % do; never cannot be proven";
    assert_eq!(judged.explanation, bound);
    runs[999].sheet.put(rows::SPLIT_BRAIN, Span::from_nanos(1));
    let judged = evaluate(&never, &runs);
    assert_eq!((judged.verdict, judged.first_bad_seed), (Verdict::Fail, Some(999)));
}

#[test]
fn what_the_planned_runs_cannot_decide_is_refused() {
    assert_eq!(refuse_if_undecidable(&p99_within(60), 299), Ok(()));
    let error = refuse_if_undecidable(&p99_within(60), 20).unwrap_err();
    assert!(matches!(error, Undecidable::TooFewRuns { have: 20, need: 299, .. }));
    assert!(
        error.to_string().starts_with("'recovery time p99 <= 1m' cannot be decided by 20 runs: at least 299")
    );
    assert_eq!(refuse_if_undecidable(&Criterion::never(Bad::SplitBrain), 1), Ok(()));
    assert!(refuse_if_undecidable(&Criterion::never(Bad::SplitBrain), 0).is_err());
    for (p, confidence) in [(0.99, 1.0), (0.99, f64::NAN), (f64::NAN, 0.95), (1.5, 0.95), (0.99, 0.0)] {
        let criterion = Criterion::share(p, Bad::NotRecovered, confidence);
        assert!(matches!(refuse_if_undecidable(&criterion, 1000), Err(Undecidable::Senseless { .. })));
        assert_ne!(evaluate(&criterion, &campaign_of(10)).verdict, Verdict::Pass);
    }
}

#[test]
fn a_fault_that_waits_for_a_step_says_in_how_many_runs_it_struck() {
    let mut runs = campaign_of(300);
    runs[7].struck = vec![false];
    let waits = FaultSpec { waits: true, ..region_loss() };
    let told: Vec<String> = waiting(&runs, &[waits]).iter().map(ToString::to_string).collect();
    assert_eq!(told, ["fault 'RegionLoss(doha)' struck in 299 of 300 runs"]);
    assert!(waiting(&runs, &[region_loss()]).is_empty(), "it strikes at a time");
}

#[test]
fn a_fault_that_changes_nothing_is_inert() {
    let mut runs = campaign_of(10);
    for run in &mut runs[..6] {
        run.fault_effects = vec![0];
    }
    let found = inert(&runs, &[region_loss(), FaultSpec { takes_effect_in: 0.0, ..region_loss() }]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].index, found[0].took_effect_in, found[0].of), (0, 4, 10));
    runs[0].fault_effects = vec![1];
    assert!(inert(&runs, &[region_loss()]).is_empty(), "half the runs are enough");
    assert_eq!(inert(&runs, &[region_loss(), region_loss()]).len(), 1, "a fault without a counter is inert");
    let mut runs = campaign_of(100);
    runs[7..].iter_mut().for_each(|run| run.fault_effects = vec![0]);
    let of_seven = FaultSpec { takes_effect_in: 0.07, ..region_loss() };
    assert!(inert(&runs, &[of_seven]).is_empty(), "7 of 100 are 7 %");
}

/// 299 good runs, each changed.
fn all_but(change: fn(&mut Run)) -> Vec<Run> {
    let changed = |mut run| {
        change(&mut run);
        run
    };
    campaign_of(299).into_iter().map(changed).collect()
}

fn judged(runs: &[Run], allows: &[String]) -> ScenarioReport {
    let (faults, criteria) = ([region_loss()], [p99_within(60)]);
    ScenarioReport::of(&Campaign { faults: &faults, allows, ..campaign("s", runs, &criteria) })
}

#[test]
fn a_scenario_fails_for_any_one_of_four_reasons() {
    assert_eq!(judged(&campaign_of(299), &[]).verdict, Verdict::Pass);
    let slow = all_but(|run| {
        let slow = Measured::Exactly(Span::from_secs(61 + run.seed));
        run.sheet.put(rows::RECOVERY_TIME, slow);
    });
    let inert = all_but(|run| run.fault_effects.clear());
    let broken = all_but(|run| {
        if run.seed == 5 {
            *run = panicked(5)
        }
    });
    let split = all_but(|run| {
        let what = "both accept".to_owned();
        run.violations = vec![Violation { invariant: "SplitBrain".to_owned(), at: Span::ZERO, what }];
    });
    let cases = [
        (slow, "exceed"),
        (inert, "had an effect in 0 of"),
        (broken, "seed 5 panicked"),
        (split.clone(), "SplitBrain"),
    ];
    for (runs, reason) in cases {
        let report = judged(&runs, &[]);
        assert_eq!(report.verdict, Verdict::Fail);
        assert!(report.reasons[0].contains(reason), "{:?}", report.reasons);
    }
    let known = judged(&split, &["SplitBrain".to_owned()]);
    assert_eq!(
        (known.verdict, known.violations[0].allowed, known.violations[0].runs),
        (Verdict::Pass, true, 299)
    );
}

#[test]
fn a_campaign_cut_short_cannot_pass_but_can_fail() {
    let (runs, criteria) = (campaign_of(299), [p99_within(60)]);
    let cut = |criteria: &[Criterion]| {
        let campaign = Campaign { planned: 1000, ..campaign("s", &runs, criteria) };
        Report::new("0", false, vec![ScenarioReport::of(&campaign)])
    };
    let report = cut(&criteria);
    assert_eq!((report.verdict, report.interrupted), (Verdict::Inconclusive, true));
    assert_eq!(cut(&[p99_within(1)]).verdict, Verdict::Fail);
    assert_eq!(cut(&[]).verdict, Verdict::Inconclusive);
}

#[test]
fn a_report_passes_only_if_every_scenario_does() {
    let (runs, criteria) = (campaign_of(299), [p99_within(60)]);
    let pass = ScenarioReport::of(&campaign("s", &runs, &criteria));
    let open = ScenarioReport::of(&campaign("s", &runs[..9], &criteria));
    let exit = |scenarios: Vec<ScenarioReport>| Report::new("0", false, scenarios).verdict.exit_code();
    assert_eq!(exit(vec![pass.clone()]), 0);
    assert_eq!(exit(vec![pass.clone(), open.clone()]), 2);
    let fail = ScenarioReport::of(&campaign("s", &[panicked(0)], &criteria));
    assert_eq!(exit(vec![open, fail, pass]), 1);
    assert_eq!(exit(vec![]), 2, "nothing was shown");
}

#[test]
fn the_verdict_does_not_depend_on_the_order_of_runs() {
    let mut runs = campaign_of(300);
    runs[7] = never_recovered(7);
    let criteria = [p99_within(30), Criterion::never(Bad::NotRecovered)];
    let report = ScenarioReport::of(&campaign("s", &runs, &criteria));
    let mut draws = Draws(1);
    runs.sort_by_cached_key(|_| draws.next());
    assert_eq!(ScenarioReport::of(&campaign("s", &runs, &criteria)), report);
    runs[0].digest ^= 1;
    assert_ne!(ScenarioReport::of(&campaign("s", &runs, &criteria)).digest, report.digest);
}

#[test]
fn the_same_run_twice_is_evidence_once() {
    let criteria = [p99_within(60)];
    let twice = [campaign_of(150), campaign_of(150)].concat();
    let report = ScenarioReport::of(&campaign("s", &twice, &criteria));
    assert_eq!((report.seeds, report.seeds_planned, report.verdict), (150, 300, Verdict::Inconclusive));
}

#[test]
fn the_worst_run_is_broken_then_unsafe_then_slow_then_lossy() {
    let violation = Violation { invariant: "SplitBrain".to_owned(), at: Span::ZERO, what: String::new() };
    let in_order = [
        panicked(1),
        Run { violations: vec![violation], ..recovered(2, 10) },
        never_recovered(3),
        recovered(4, 20_000).with(rows::LOST_WRITES, 9_u64),
        recovered(5, 20_000).with(rows::LOST_WRITES, 2_u64),
        recovered(6, 20_000).with(rows::LOST_WRITES, 2_u64),
    ];
    for start in 0..in_order.len() {
        let worst = firedrill_reports::worst(&in_order[start..]).unwrap();
        assert_eq!(worst.seed, start as u64 + 1);
    }
}

#[test]
fn a_split_brain_keeps_no_claim_however_soon_service_is_back() {
    let claim = Claim { from: "Q-06".to_owned(), says: Claimed::RecoveryTime(Span::from_secs(3)) };
    let split =
        Violation { invariant: "SplitBrain".to_owned(), at: Span::from_secs(90), what: "two".to_owned() };
    let runs = [recovered(0, 600), Run { violations: vec![split], ..recovered(1, 600) }];
    assert_eq!((claim.beside(&runs).kept_in, claim.beside(&runs).runs), (1, 2));
}

/// Runs of half a year each, so many of which failed over without need.
fn half_years(runs: u64, false_failovers: u64) -> Vec<Run> {
    let observed = Span::from_secs(365 * 43_200);
    let run = |seed| {
        let needless = u64::from(seed < false_failovers);
        recovered(seed, 100).with(rows::OBSERVED, observed).with(rows::FALSE_FAILOVERS, needless)
    };
    (0..runs).map(run).collect()
}

#[test]
fn a_rate_is_judged_by_events_in_the_time_observed() {
    let once_a_year = Criterion::rate(1.0, Bad::FalseFailoverRate, 0.95);
    // Three years without an event bound the rate at one a year: e^-3 is less than one in twenty.
    assert_eq!(verdict_of(&half_years(6, 0), &once_a_year), (Verdict::Pass, None));
    let why = Why::TooFewRuns { have: 5, need: Some(6) };
    assert_eq!(verdict_of(&half_years(5, 0), &once_a_year), (Verdict::Inconclusive, Some(why)));
    assert_eq!(verdict_of(&half_years(6, 6), &once_a_year).0, Verdict::Inconclusive);
    let judged = evaluate(&once_a_year, &half_years(20, 19));
    assert_eq!((judged.verdict, judged.bad, judged.events), (Verdict::Fail, 19, Some((19, 10.0))));
    assert!(judged.rate_at_least > 1.0 && judged.rate_at_most > 1.9, "{judged:?}");
    assert!(judged.explanation.starts_with("19 in 10.0 observed years; "), "{}", judged.explanation);
}

#[test]
fn many_events_of_one_run_count_as_many() {
    let mut runs = half_years(20, 0);
    runs[7].sheet.put(rows::FALSE_FAILOVERS, 30_u64);
    let judged = evaluate(&Criterion::rate(1.0, Bad::FalseFailoverRate, 0.95), &runs);
    assert_eq!((judged.verdict, judged.bad, judged.first_bad_seed), (Verdict::Fail, 1, Some(7)));
}

#[test]
fn a_rate_of_nothing_observed_is_inconclusive_and_a_senseless_one_refused() {
    let rate = |per_year| Criterion::rate(per_year, Bad::FalseFailoverRate, 0.95);
    assert_eq!(verdict_of(&[], &rate(1.0)), (Verdict::Inconclusive, Some(Why::NoData)));
    assert!(refuse_if_undecidable(&rate(12.0), 1).is_ok(), "a rate may be above one");
    assert!(refuse_if_undecidable(&rate(0.0), 1_000).is_err());
}

/// What the open expectation asks, of every unit and both ways.
#[test]
fn any_measure_may_be_limited_in_its_own_unit() {
    let beyond = |row, limit: Value| Bad::Beyond(Beyond::new(row, limit).expect("its own unit"));
    let run = || recovered(0, 20_000).with(rows::FULL_COPIES, 3_u64);
    let time = |millis| Value::from(Span::from_millis(millis));
    for (good, bad) in [
        (beyond(rows::FULL_COPIES, Value::Count(3)), beyond(rows::FULL_COPIES, Value::Count(2))),
        (beyond(rows::RECOVERY_TIME, time(20_000)), beyond(rows::RECOVERY_TIME, time(19_999))),
        // Less of it is worse.
        (beyond(rows::QUORUM_AVAILABLE, time(900_000)), beyond(rows::QUORUM_AVAILABLE, time(900_001))),
        (beyond(rows::CONVERGED, Value::Flag(true)), beyond(rows::CONVERGED, Value::Flag(false))),
    ] {
        assert!(!good.is(&run()) && good.observed_in(&run()), "{good:?}");
        assert!(bad.is(&run()), "{bad:?}");
    }
    assert!(Beyond::new(rows::FULL_COPIES, time(1)).is_none(), "no time is a count");
    let endless = beyond(rows::RECOVERY_TIME, time(10_000_000));
    assert!(endless.is(&never_recovered(0)), "nobody saw its end");
    let execution = Criterion::never(beyond(rows::EXECUTION_TIME, time(1)));
    assert_eq!(verdict_of(&campaign_of(300), &execution), (Verdict::Inconclusive, Some(Why::NoData)));
    let named = |row, limit| Criterion::quantile(0.99, beyond(row, limit), 0.95).name;
    assert_eq!(named(rows::QUORUM_AVAILABLE, time(1_000)), "quorum available p99 >= 1s");
    assert_eq!(named(rows::FULL_COPIES, Value::Count(1_000)), "full copies p99 <= 1,000");
    assert_eq!(Criterion::never(beyond(rows::CONVERGED, Value::Flag(true))).name, "converged is so");
}
