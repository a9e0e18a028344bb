//! What a user sees. Snapshots: after a change that is meant, `cargo insta review`.

mod support;

use firedrill_reports::{
    Bad, Campaign, Claim, Claimed, Criterion, Report, Run, ScenarioReport, Violation, histogram, table,
};
use support::{campaign, campaign_of, never_recovered, p99_within, panicked, recovered, region_loss};
use units::{Measured, Span, rows};

fn widest(text: &str) -> usize {
    text.lines()
        .filter(|line| !line.contains("firedrill replay"))
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0)
}

fn criteria() -> [Criterion; 2] {
    [p99_within(600), Criterion::never(Bad::SplitBrain)]
}

fn split_brain(runs: &mut [Run]) {
    for run in runs.iter_mut().step_by(11) {
        run.sheet.put(rows::SPLIT_BRAIN, Span::from_millis(2_340));
        let what = "doha-1 and west-1 both accept writes".to_owned();
        run.violations =
            vec![Violation { invariant: "SplitBrain".to_owned(), at: Span::from_secs(83), what }];
    }
}

fn censored(runs: &mut [Run]) {
    for run in runs.iter_mut().skip(7).step_by(40) {
        *run = never_recovered(run.seed);
    }
}

/// A scenario of every kind.
fn everything() -> Report {
    let (criteria, claims) = (
        criteria(),
        [
            Claim { from: "Q-14".to_owned(), says: Claimed::RecoveryTime(Span::from_secs(3)) },
            Claim { from: "Q-15".to_owned(), says: Claimed::NoLoss },
        ],
    );
    let full = campaign_of(1000);
    let (mut split, mut down, mut broken) = (full.clone(), full.clone(), campaign_of(400));
    split_brain(&mut split);
    censored(&mut down);
    broken[41] = panicked(41);
    let inert: Vec<Run> = full.iter().cloned().map(|run| Run { fault_effects: vec![0], ..run }).collect();
    let (faults, allows) = ([region_loss()], ["SplitBrain".to_owned()]);
    let overrides = ["policy.heartbeat=2s".to_owned()];
    let lint = ["RTO 10m leaves 4s for routing; the DNS TTL alone is 30s (plan.ron:61:9)".to_owned()];
    let of = |name, runs| campaign(name, runs, &criteria);
    let campaigns = [
        Campaign { claims: &claims, ..of("qnwis/primary-region-loss", &full) },
        of("qnwis/agent-hangs-while-database-lives", &split),
        Campaign { allows: &allows, criteria: &criteria[..1], ..of("qnwis/known-split-brain", &split) },
        Campaign { overrides: &overrides, ..of("factory/database-failover-blocked", &down) },
        of("factory/panics", &broken),
        Campaign { faults: &faults, ..of("factory/inert", &inert) },
        Campaign { lint: &lint, ..of("svg-ai/too-few", &full[..120]) },
        Campaign { planned: 500, ..of("svg-ai/cut-short", &full[..310]) },
        of("leads/one-run", &full[..1]),
        of("leads/empty", &[]),
    ];
    Report::new("0.1.0", false, campaigns.iter().map(ScenarioReport::of).collect())
}

#[test]
fn a_report_of_every_kind() {
    let text = table::render(&everything(), 100, false);
    assert!(widest(&text) <= 100, "{}", widest(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn a_report_in_which_all_is_well_is_short() {
    let (runs, criteria) = (campaign_of(1000), criteria());
    let scenarios = vec![ScenarioReport::of(&campaign("qnwis/primary-region-loss", &runs, &criteria))];
    insta::assert_snapshot!(table::render(&Report::new("0.1.0", false, scenarios), 100, false));
}

#[test]
fn a_narrow_terminal_costs_names_and_client_time_but_no_figure_is_cut() {
    let (narrow, wide) = (table::render(&everything(), 80, false), table::render(&everything(), 100, false));
    assert!(widest(&narrow) <= 80, "{narrow}");
    let blocked = |text: &str| -> Vec<String> {
        let line =
            text.lines().find(|line| line.contains("-blocked") || line.contains("ked ")).unwrap_or_default();
        line.replace("> ", ">").split_whitespace().skip(1).map(str::to_owned).collect()
    };
    let mut figures = blocked(&wide);
    figures.remove(9);
    assert_eq!(blocked(&narrow), figures);
}

#[test]
fn the_widest_figures_there_can_be_still_fit() {
    let mut runs = campaign_of(3);
    for run in &mut runs {
        run.sheet.put(rows::RECOVERY_TIME, Measured::LongerThan(Span::from_secs(59 * 60 + 59)));
        run.sheet.put(rows::RECOVERY_POINT, Span::from_secs(23 * 3600 + 59 * 60));
        run.sheet.put(rows::LOST_WRITES, u64::MAX);
        run.sheet.put(rows::SPLIT_BRAIN, Span::MAX);
    }
    let scenarios =
        vec![ScenarioReport::of(&campaign("a-name-that-goes-on-and-on-and-on", &runs, &criteria()))];
    let text = table::render(&Report::new("0.1.0", false, scenarios), 100, false);
    assert!(widest(&text) <= 100, "{text}");
}

#[test]
fn colours_change_nothing_but_the_colours() {
    let (plain, painted) =
        (table::render(&everything(), 100, false), table::render(&everything(), 100, true));
    assert!(!plain.contains('\u{1b}') && painted.contains("\u{1b}[1;31mFAIL\u{1b}[0m"));
    let mut stripped = String::new();
    let mut rest = painted.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped += before;
        rest = after.split_once('m').expect("every sequence ends with m").1;
    }
    assert_eq!(stripped + rest, plain);
}

#[test]
fn an_empty_report_says_that_nothing_was_shown() {
    let text = table::render(&Report::new("0.1.0", false, Vec::new()), 100, false);
    assert_eq!(text, "inconclusive: 0 scenarios, 0 pass, 0 fail, 0 inconclusive; 0 criteria\n");
}

#[test]
fn a_histogram_shows_the_shape_and_what_never_came_back() {
    let mut runs = campaign_of(1000);
    censored(&mut runs);
    insta::assert_snapshot!(histogram::render(&ScenarioReport::of(&campaign(
        "qnwis/primary-region-loss",
        &runs,
        &[]
    ))));
}

#[test]
fn a_histogram_of_next_to_nothing_does_not_pretend() {
    let show = |runs: &[Run]| histogram::render(&ScenarioReport::of(&campaign("s", runs, &[])));
    let constant: Vec<Run> = (0..3).map(|seed| recovered(seed, 30_000)).collect();
    insta::assert_snapshot!(
        [show(&[]), show(&constant), show(&[never_recovered(0)]), show(&[recovered(0, 0)])].join("\n")
    );
}
