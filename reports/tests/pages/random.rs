//! Random campaigns: no page panics, grows without bound, or shows a verdict in a better light.

use firedrill_reports::{
    Bad, Criterion, Run, StopReason, Verdict, Violation, badge, github, html, junit, summary,
};
use proptest::prelude::*;
use units::{Measured, Span, rows};

use crate::dossiers::dossier_of;
use crate::support::recovered;
use crate::well_formed::parsed;

/// A pull request takes 65,536 characters.
const SUMMARY_MAX: usize = 60_000;
/// What one scenario may take of the page: a catalogue of 50 then stays below 2 MB.
const PAGE_MAX: usize = 90_000;

prop_compose! {
    fn run()(seed in 0u64..500, time: u64, censored in prop::bool::weighted(0.1), point: u64, lost: u64, stop in 0u8..40, violates in prop::bool::weighted(0.02), scale in 0u32..63) -> Run {
        let (time, point) = (Span::from_nanos(time >> scale), Span::from_nanos(point >> scale));
        let stop = match stop {
            0 => StopReason::HungUp,
            1 => StopReason::Panicked("<b>it broke</b>".to_owned()),
            2 => StopReason::EventLimit,
            _ => StopReason::Settled,
        };
        let violation = Violation { invariant: "SplitBrain".to_owned(), at: point, what: "two at once".to_owned() };
        let violations = if violates { vec![violation] } else { Vec::new() };
        let recovery_time = if censored { Measured::LongerThan(time) } else { Measured::Exactly(time) };
        let run = recovered(seed, 0).with(rows::RECOVERY_TIME, recovery_time);
        let run = run.with(rows::RECOVERY_POINT, point).with(rows::LOST_WRITES, lost >> scale);
        let run = rows::PHASES.into_iter().fold(run, |run, row| run.with(row, time));
        Run { stop, violations, ..run }
    }
}

prop_compose! {
    fn criterion()(p in prop::sample::select(vec![0.5, 0.95, 0.99, 0.999]), limit: u64, scale in 0u32..63, kind in 0u8..4) -> Criterion {
        let limit = Span::from_nanos(limit >> scale);
        match kind {
            0 => Criterion::quantile(p, Bad::RecoveryTimeAbove(limit), 0.95),
            1 => Criterion::quantile(p, Bad::RecoveryPointAbove(limit), 0.95),
            2 => Criterion::never(Bad::RecoveryTimeAbove(limit)),
            _ => Criterion::never(Bad::SplitBrain),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_are_whole_bounded_and_honest(
        runs in prop::collection::vec(run(), 0..400), criteria in prop::collection::vec(criterion(), 0..5), name in "\\PC{0,80}",
    ) {
        let dossier = dossier_of(&name, &runs, &criteria);
        let page = html::render(&dossier);
        parsed(&page);
        prop_assert!(page.len() < PAGE_MAX, "{} bytes", page.len());
        parsed(&badge::render(&dossier.report));
        let junit = junit::render(&dossier.report);
        let cases = parsed(&junit);
        let red = cases.descendants().any(|node| node.has_tag_name("failure") || node.has_tag_name("error"));
        prop_assert_eq!(red, dossier.report.verdict != Verdict::Pass);
        let told = github::annotations(&dossier.report, &[]);
        prop_assert_eq!(told.starts_with("::notice"), dossier.report.verdict == Verdict::Pass);
        prop_assert!(told.lines().count() <= 20);
        prop_assert!(summary::render(&dossier.report).len() < SUMMARY_MAX);
    }

    #[test]
    fn a_summary_fits_a_pull_request_whatever_texts_it_is_given(text in "\\PC{0,3000}", scenarios in 1usize..60) {
        let mut report = dossier_of(&text, &[], &[]).report;
        report.scenarios = vec![report.scenarios[0].clone(); scenarios];
        for scenario in &mut report.scenarios {
            scenario.replay = Some(text.clone());
        }
        prop_assert!(summary::render(&report).len() < SUMMARY_MAX);
    }
}
