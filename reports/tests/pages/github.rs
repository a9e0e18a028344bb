//! GitHub's limits are kept, and what does not fit is said to be missing.

use firedrill_reports::{Bad, Criterion, Verdict, github};

use crate::dossiers::{criteria, dossier_of, nothing};
use crate::support::{campaign_of, never_recovered};

#[test]
fn ten_errors_are_all_that_a_step_shows_and_the_tenth_says_that_there_are_more() {
    let asked: Vec<Criterion> =
        (1..=25).map(|limit| Criterion::never(Bad::LostWritesAbove(limit - 1))).collect();
    let dossier = dossier_of("shop/region-loss", &campaign_of(300), &asked);
    let failed =
        dossier.report.scenarios[0].criteria.iter().filter(|one| one.verdict == Verdict::Fail).count();
    let told = github::annotations(&dossier.report, &[vec![9; 25]]);
    let errors: Vec<&str> = told.lines().filter(|line| line.starts_with("::error ")).collect();
    assert!(failed > 10 && errors.len() == 10, "{failed} {told}");
    assert_eq!(
        errors[9],
        format!("::error title=firedrill::and {} more: see the summary of this step", failed - 9)
    );
}

#[test]
fn an_annotation_points_to_the_line_that_asks() {
    let runs: Vec<_> = (0..300).map(never_recovered).collect();
    let dossier = dossier_of("shop/region-loss", &runs, &criteria());
    let told = github::annotations(&dossier.report, &[vec![17, 18, 19]]);
    let expected = "::error file=shop/region-loss,line=17,title=shop/region-loss%3A recovery time p99 <= 1m::300 of 300 runs \
                    exceed 1m; at 95 %25 confidence at least 99.006 %25 do, 1 %25 may%0Afiredrill replay shop/region-loss --seed 0\n";
    assert!(told.starts_with(expected), "{told}");
    // What is lost by a run that never comes back is not known either: the recovery point is missed, too.
    assert!(told[expected.len()..].starts_with("::error file=shop/region-loss,line=18,title="), "{told}");
}

#[test]
fn a_pass_is_a_notice_and_what_is_open_a_warning() {
    let passed = dossier_of("shop/region-loss", &campaign_of(300), &criteria());
    let expected =
        "::notice title=firedrill::Pass. 1 scenario: 1 pass, 0 fail, 0 inconclusive. 3 criteria, 300 runs.\n";
    assert_eq!(github::annotations(&passed.report, &[]), expected);
    let open = dossier_of("shop/region-loss", &campaign_of(30), &criteria());
    assert!(github::annotations(&open.report, &[]).starts_with("::warning file="));
}

#[test]
fn a_summary_that_has_no_room_is_left_out_as_a_whole() {
    let report = nothing().report;
    let text = github::step_summary(&report, 0).unwrap();
    let room = github::SUMMARY_MAX - text.len() as u64;
    assert_eq!(github::step_summary(&report, room).as_deref(), Some(text.as_str()));
    assert_eq!(github::step_summary(&report, room + 1), None);
    assert_eq!(github::step_summary(&report, u64::MAX), None);
}
