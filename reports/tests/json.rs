//! `report.json`: what it holds, that it can be read again, that its schema is the one checked in.

mod support;

use firedrill_reports::{
    Campaign, Claim, Claimed, Criterion, MeasureReport, Report, Run, ScenarioReport, Verdict, fold_digests,
    replay_command,
};
use serde_json::Value;
use support::{campaign, campaign_of, never_recovered, p99_within, panicked, region_loss};
use units::{Measured, RowId, Span, rows};

fn report_of(runs: &[Run], criteria: &[Criterion]) -> Report {
    let claims = [Claim { from: "Q-14".to_owned(), says: Claimed::RecoveryTime(Span::from_secs(3)) }];
    let faults = [region_loss()];
    let overrides = ["policy.heartbeat=2s".to_owned()];
    let campaign = Campaign {
        claims: &claims,
        faults: &faults,
        service: None,
        overrides: &overrides,
        ..campaign("primary-region-loss", runs, criteria)
    };
    Report::new("0.1.0", false, vec![ScenarioReport::of(&campaign)])
}

#[test]
fn the_report_holds_what_was_asked_for() {
    let json: Value =
        serde_json::from_str(&report_of(&campaign_of(300), &[p99_within(60)]).to_json()).unwrap();
    assert_eq!(json["schema_version"], 3);
    let scenario = &json["scenarios"][0];
    let keys = "name file covers seeds verdict digest violations false_failovers split_brain_s inert_faults worst_seed replay";
    for key in keys.split(' ') {
        assert!(!scenario[key].is_null(), "{key}");
    }
    let spreads = ["recovery_time_s", "recovery_point_s", "lost_writes"].map(|key| &scenario[key]);
    let phases = ["detect", "elect", "decide", "fence", "promote", "acknowledge", "redirect", "warm_up"]
        .map(|key| &scenario["phases"][key]);
    for spread in spreads.into_iter().chain(phases) {
        for key in ["min", "p50", "p95", "p99", "max", "censored"] {
            assert!(spread[key].is_number(), "{key} of {spread}");
        }
    }
    assert_eq!((&scenario["seeds"], &scenario["verdict"]), (&Value::from(300), &Value::from("pass")));
}

#[test]
fn what_was_written_is_read_back() {
    let mut runs = campaign_of(40);
    runs[3] = never_recovered(3);
    runs[4] = panicked(4);
    for runs in [&runs[..], &runs[..1], &[]] {
        let report = report_of(runs, &[p99_within(60)]);
        assert_eq!(Report::from_json(&report.to_json()).unwrap(), report);
    }
}

#[test]
fn a_quantile_that_was_cut_off_is_a_text() {
    let mut runs = campaign_of(100);
    for run in &mut runs[90..] {
        *run = never_recovered(run.seed);
    }
    let json = serde_json::to_value(report_of(&runs, &[])).unwrap();
    let spread = &json["scenarios"][0]["recovery_time_s"];
    assert!(spread["p50"].is_number());
    assert_eq!((&spread["p95"], &spread["censored"]), (&Value::from("> 540.000"), &Value::from(10)));
    let phases = &json["scenarios"][0]["phases"]["detect"];
    assert_eq!(
        (&phases["runs"], &phases["censored"]),
        (&Value::from(90), &Value::from(0)),
        "over those that recovered"
    );
}

#[test]
fn without_runs_nothing_is_made_up() {
    let json = serde_json::to_value(report_of(&[], &[p99_within(60)])).unwrap();
    let scenario = &json["scenarios"][0];
    for key in [
        "recovery_time_s",
        "recovery_point_s",
        "lost_writes",
        "phases",
        "availability",
        "worst_seed",
        "replay",
    ] {
        assert!(scenario[key].is_null(), "{key}");
    }
    assert_eq!(scenario["verdict"], "inconclusive");
}

#[test]
fn the_replay_command_carries_the_overrides_and_survives_a_shell() {
    let report = report_of(&campaign_of(300), &[]);
    let worst = report.scenarios[0].worst_seed.unwrap();
    let expected = format!(
        "firedrill replay scenarios/qnwis/primary-region-loss.ron --seed {worst} --set policy.heartbeat=2s"
    );
    assert_eq!(report.scenarios[0].replay.as_deref(), Some(expected.as_str()));
    let odd = replay_command("it's here.ron", Some("billing"), 7, &["with=(a: \"b\")".to_owned()]);
    assert_eq!(
        odd,
        r#"firedrill replay 'it'\''s here.ron' --seed 7 --service billing --set 'with=(a: "b")'"#
    );
}

#[test]
fn a_campaign_digest_depends_on_every_run_and_their_order() {
    let digest = fold_digests([1, 2, 3]);
    assert_eq!(digest, "176dc32148c5948d");
    for other in [vec![], vec![1, 2], vec![1, 3, 2], vec![0, 1, 2, 3], vec![1, 2, 3, 0]] {
        assert_ne!(fold_digests(other), digest);
    }
    assert_eq!(fold_digests([]).len(), 16);
}

#[test]
fn other_versions_and_other_files_are_refused() {
    let json = report_of(&campaign_of(1), &[]).to_json();
    for other in ["0", "4"] {
        let foreign = json.replacen("\"schema_version\": 3", &format!("\"schema_version\": {other}"), 1);
        let error = Report::from_json(&foreign).unwrap_err().to_string();
        let expected = format!("a report of schema version {other}; this program reads versions 1 to 3");
        assert_eq!(error, expected);
    }
    assert!(Report::from_json("{}").unwrap_err().to_string().starts_with("not a report: missing field"));
}

/// As the first version wrote it: without operations, years and commands for criteria.
fn as_version_1(report: &Report) -> String {
    let mut json = serde_json::to_value(report).unwrap();
    json["schema_version"] = 1.into();
    for scenario in json["scenarios"].as_array_mut().unwrap() {
        let scenario = scenario.as_object_mut().unwrap();
        scenario.remove("operations").and(scenario.remove("observed_years")).unwrap();
        for criterion in scenario["criteria"].as_array_mut().unwrap() {
            criterion.as_object_mut().unwrap().remove("replay").unwrap();
        }
    }
    json.to_string()
}

#[test]
fn a_report_of_the_first_version_is_read_and_says_what_it_does_not_tell() {
    let report = report_of(&campaign_of(300), &[p99_within(25)]);
    let read = Report::from_json(&as_version_1(&report)).unwrap();
    let scenario = &read.scenarios[0];
    assert_eq!((read.schema_version, &scenario.operations, scenario.observed_years), (1, &None, None));
    assert!(report.scenarios[0].criteria[0].replay.is_some() && scenario.criteria[0].replay.is_none());
    assert_eq!(
        (scenario.verdict, &scenario.recovery_time_s),
        (Verdict::Fail, &report.scenarios[0].recovery_time_s)
    );
}

#[test]
fn a_report_that_lacks_what_its_version_promises_is_refused() {
    let old = as_version_1(&report_of(&campaign_of(1), &[]));
    let error =
        Report::from_json(&old.replacen("\"schema_version\":1", "\"schema_version\":2", 1)).unwrap_err();
    let expected = "not a report: version 2 tells of 'operations' and 'observed_years' of every scenario";
    assert_eq!(error.to_string(), expected);
}

/// After a change that is meant: `UPDATE_SCHEMA=1 cargo test -p firedrill-reports --test json`.
#[test]
fn the_schema_checked_in_is_the_one_of_this_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/report.schema.json");
    if std::env::var_os("UPDATE_SCHEMA").is_some_and(|value| value == "1") {
        std::fs::write(path, Report::schema())
            .expect("the package's own folder can be written to when asked for");
    }
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    let current = checked_in.replace("\r\n", "\n") == Report::schema();
    assert!(
        current,
        "report.schema.json is out of date; look at the change, then run this test with UPDATE_SCHEMA=1"
    );
}

/// One line for each row of the catalogue, in its unit, over the runs in which somebody looked.
#[test]
fn every_measure_is_told_in_its_unit() {
    let mut runs = campaign_of(9);
    runs.push(panicked(9));
    runs[3].sheet.put(rows::EXECUTION_TIME, Span::from_secs(7));
    let all = MeasureReport::all(&runs);
    assert_eq!(all.len(), rows::ROWS.len());
    let of = |row: RowId| &all[row.place()];
    let execution = of(rows::EXECUTION_TIME);
    assert_eq!((execution.looked_at, execution.count), (1, None));
    let longest = execution.time_s.expect("somebody looked").max.0;
    assert_eq!(longest, Measured::Exactly(Span::from_secs(7)));
    let failovers = of(rows::FAILOVERS);
    assert_eq!(
        (failovers.looked_at, failovers.count.map(|counts| counts.max)),
        (9, Some(1)),
        "no broken run"
    );
    assert_eq!((of(rows::CONVERGED).so_in, of(rows::CONVERGED).looked_at), (Some(9), 9));
    assert_eq!((of(rows::TIME_TO_NOTIFY).looked_at, of(rows::TIME_TO_NOTIFY).time_s), (0, None));
}
