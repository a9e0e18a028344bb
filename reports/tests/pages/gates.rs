//! What a gate found, on every page: nothing looks better than the gate's verdict, and every reason is told.

use firedrill_reports::compare::{Answer, Comparison, Side};
use firedrill_reports::dossier::Dossier;
use firedrill_reports::gate::{
    BaselineReport, CheckKind, CheckReport, Claimed, ComputingTime, CriterionChange, CriterionReport, Fact,
    GateReport, LeftOut, Provenance, render,
};
use firedrill_reports::{
    Asked, Bad, Criterion, Recorded, Run, Seconds, Verdict, github, html, junit, summary,
};
use insta::assert_snapshot;
use roxmltree::Node;
use units::{Measured, Span, rows};

use crate::dossiers::{criteria, dossier_of, machine};
use crate::support::{campaign, campaign_of, never_recovered};
use crate::well_formed::parsed;

const SCENARIO: &str = "shop/region-loss";
const WORSE: &str = "something is significantly worse than in the baseline";

/// What a gate says of these runs, by the criterion that it asks them for.
fn answered(name: &str, runs: &[Run]) -> CriterionReport {
    let asked = Asked::share(Criterion::quantile(0.99, Bad::RecoveryTimeAbove(Span::from_secs(60)), 0.95));
    let judged = asked.judge(runs);
    CriterionReport {
        name: judged.name,
        scenario: name.to_owned(),
        verdict: judged.verdict,
        explanation: judged.explanation,
        runs: judged.runs,
        looked_at: 300,
        runs_max: 1_000,
        bad: judged.bad,
        tolerated: judged.tolerated,
        confidence: judged.confidence,
        bad_at_most: judged.rate_at_most,
        bad_at_least: judged.rate_at_least,
        runs_least: 358,
        runs_needed: judged.needed,
        measured_s: asked.measured(runs),
        limit_s: Some(Seconds::exactly(Span::from_secs(60))),
        seed: judged.worst_seed,
        replay: judged.worst_seed.map(|seed| format!("firedrill replay {name} --seed {seed}")),
    }
}

fn check(id: &str, kind: CheckKind, findings: Vec<String>, verdict: Verdict) -> CheckReport {
    CheckReport {
        id: id.to_owned(),
        title: format!("What {id} asks"),
        kind,
        covers: vec!["Q-06".to_owned()],
        verdict,
        findings,
        criteria: Vec::new(),
        facts: vec![Fact::new("worlds probed", 2)],
        computing: Vec::new(),
    }
}

fn of_runs(name: &str, runs: &[Run]) -> CheckReport {
    let row = answered(name, runs);
    let told = (row.verdict != Verdict::Pass).then(|| format!("{}: {}", row.verdict.word(), row.explanation));
    let base = check("RTO", CheckKind::Runs, told.into_iter().collect(), row.verdict);
    CheckReport { criteria: vec![row], ..base }
}

fn of_time() -> CheckReport {
    let limit = Span::from_millis(50);
    let asked =
        Claimed { name: "planning", nodes: 1_000, warm_up: 50, quantile: 0.95, limit, confidence: 0.9 };
    let times: Vec<Span> = (1..=100).map(Span::from_micros).collect();
    let computing = ComputingTime::of(&asked, &times).expect("there are times");
    let base = check("RG-8.5", CheckKind::ComputingTime, Vec::new(), computing.verdict);
    CheckReport { computing: vec![computing], ..base }
}

/// Over the shop's region loss. `name` stands wherever text comes from a file.
fn gate_of(name: &str, runs: &[Run]) -> Dossier {
    let present = check("RG-8.1", CheckKind::Presence, Vec::new(), Verdict::Pass);
    let checks = vec![present, of_runs(name, runs), of_time()];
    let told = |check: &CheckReport| {
        let id = check.id.clone();
        check.findings.iter().map(move |finding| format!("{id}: {finding}")).collect::<Vec<_>>()
    };
    let mut dossier = dossier_of(name, runs, &criteria());
    let gate = GateReport {
        name: name.to_owned(),
        file: name.to_owned(),
        story: name.to_owned(),
        verdict: Verdict::all(checks.iter().map(|check| check.verdict)),
        reasons: checks.iter().flat_map(told).collect(),
        criteria: 2,
        runs: runs.len() as u64,
        confidence: 0.9,
        checks,
        baseline: None,
        provenance: provenance(name),
    };
    (dossier.report.verdict, dossier.report.criteria) = (gate.verdict, gate.criteria);
    dossier.report.gate = Some(gate);
    dossier
}

fn provenance(name: &str) -> Provenance {
    Provenance {
        version: "0.1.0".to_owned(),
        logic: "Failover".to_owned(),
        command: name.to_owned(),
        seed_base: name.to_owned(),
        first_seed: 7,
        gate_digest: "5eed".repeat(16),
        program: "0".repeat(32),
        scenarios: Vec::new(),
        left_out: vec![LeftOut {
            check: "RTO".to_owned(),
            criterion: "recovery time p99 <= 1m".to_owned(),
            scenario: "shop/overload".to_owned(),
            why: name.to_owned(),
        }],
        started_unix_s: 0,
        took_ms: 1,
        machine: machine(name),
    }
}

pub fn passed() -> Dossier {
    gate_of(SCENARIO, &campaign_of(400))
}

pub fn failed(name: &str) -> Dossier {
    gate_of(name, &(0..400).map(never_recovered).collect::<Vec<_>>())
}

pub fn open() -> Dossier {
    gate_of(SCENARIO, &campaign_of(100))
}

fn changed(mut dossier: Dossier, change: impl FnOnce(&mut GateReport)) -> Dossier {
    let gate = dossier.report.gate.as_mut().expect("it is a gate's");
    change(gate);
    dossier.report.verdict = gate.verdict;
    dossier
}

pub fn cut_short() -> Dossier {
    let mut dossier = changed(passed(), |gate| {
        gate.verdict = Verdict::Inconclusive;
        gate.reasons.insert(0, "interrupted: what is not shown was not run".to_owned());
    });
    dossier.report.interrupted = true;
    dossier
}

fn beside(paired: Option<Comparison>) -> BaselineReport {
    BaselineReport {
        file: "last/report.json".to_owned(),
        tool_version: "0.0.9".to_owned(),
        seed_base: Some("0.0.9".to_owned()),
        answer: paired.as_ref().map_or(Answer::CannotTell, |paired| paired.answer),
        notes: vec!["shop/overload is not in the baseline".to_owned()],
        changed: Vec::new(),
        asked_no_more: vec!["RG-8.3 qnwis/x no split brain".to_owned()],
        paired,
    }
}

/// Every check passes, and every run takes a second longer than it did.
pub fn worse_than_before() -> Dossier {
    let slower = |run: Run| {
        let later = Measured::Exactly(run.recovery().at_least() + Span::from_secs(1));
        Run { digest: run.digest + 1, ..run.with(rows::RECOVERY_TIME, later) }
    };
    let recorded = |runs: &[Run]| Recorded::of(&campaign(SCENARIO, runs, &[]));
    let (was, is) = (campaign_of(400), campaign_of(400).into_iter().map(slower).collect::<Vec<_>>());
    let side = |what: &str, runs: &[Run]| Side { what: what.to_owned(), scenarios: vec![recorded(runs)] };
    let comparison =
        Comparison::of("0.1.0", &side("before", &was), &side("now", &is), Span::from_millis(100));
    assert_eq!(comparison.answer, Answer::Worse);
    changed(gate_of(SCENARIO, &is), |gate| {
        gate.verdict = Verdict::Fail;
        gate.reasons.push(WORSE.to_owned());
        gate.baseline = Some(beside(Some(comparison)));
    })
}

pub fn unpaired() -> Dossier {
    changed(passed(), |gate| {
        let (was, is) = ("pass: it was".to_owned(), "FAIL: it is".to_owned());
        let change = CriterionChange { name: "RTO shop/overload".to_owned(), was, is, answer: Answer::Worse };
        gate.baseline = Some(BaselineReport { changed: vec![change], ..beside(None) });
    })
}

/// The gate's part of the page, a line for each element.
fn part(dossier: &Dossier) -> String {
    let page = html::render(dossier);
    let from = page.split_once("<section id=\"gate\"").expect("a gate has a part of the page").1;
    let part = from.split_once("</section>").expect("it ends").0;
    format!("<section id=\"gate\"{part}").replace("><", ">\n<")
}

#[test]
fn a_gate_that_fails_on_the_page() {
    assert_snapshot!(part(&failed(SCENARIO)));
}

#[test]
fn a_gate_that_fails_in_a_summary_as_cases_and_as_annotations() {
    let report = failed(SCENARIO).report;
    assert_snapshot!("gate_summary", summary::render(&report));
    assert_snapshot!("gate_cases", junit::render(&report));
    assert_snapshot!("gate_annotations", github::annotations(&report, &[]));
}

#[test]
fn what_does_not_pass_is_open_and_what_passes_is_folded_away() {
    for (dossier, expected) in [(passed(), [false; 4]), (failed(SCENARIO), [false, true, false, false])] {
        let page = html::render(&dossier);
        let document = parsed(&page);
        let section = document.descendants().find(|node| node.attribute("id") == Some("gate"));
        let cards = section.expect("it has a part").descendants().filter(|node| node.has_tag_name("details"));
        assert_eq!(cards.map(|card| card.has_attribute("open")).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn the_page_tells_each_reason_what_is_left_out_and_the_command_that_shows_it() {
    let page = part(&failed(SCENARIO));
    for told in [
        "RTO: FAIL: 400 of 400 runs exceed 1m",
        "firedrill replay shop/region-loss --seed 0",
        "1 exception: scenarios that a criterion leaves out",
        "RTO, recovery time p99 &lt;= 1m",
        "2 criteria over 400 runs, each at a confidence of 90 % or more",
    ] {
        assert!(page.contains(told), "no '{told}' in\n{page}");
    }
}

/// All checks pass: what fails is the comparison.
#[test]
fn a_gate_that_only_got_worse_says_so_on_every_page() {
    let dossier = worse_than_before();
    let report = &dossier.report;
    let page = part(&dossier);
    assert!(page.contains(WORSE) && page.contains("<strong>WORSE</strong>"), "{page}");
    assert!(page.contains("recovery time"), "why it is worse: {page}");
    assert!(summary::render(report).contains(WORSE), "{}", summary::render(report));
    assert_eq!(github::annotations(report, &[]), format!("::error title=gate shop/region-loss::{WORSE}\n"));
    let cases = junit::render(report);
    let document = parsed(&cases);
    let failures: Vec<Node<'_, '_>> =
        document.descendants().filter(|node| node.has_tag_name("failure")).collect();
    assert_eq!(failures.iter().map(|node| node.attribute("message")).collect::<Vec<_>>(), [Some(WORSE)]);
    assert!(render(report, 100, false).contains(WORSE));
}

#[test]
fn what_is_not_shown_is_nobodys_pass() {
    let dossier = cut_short();
    let told = github::annotations(&dossier.report, &[]);
    assert_eq!(told, "::warning title=gate shop/region-loss::interrupted: what is not shown was not run\n");
    assert!(summary::render(&dossier.report).contains("what is not shown was not run"));
}

#[test]
fn checks_are_annotated_in_the_order_of_the_gate() {
    let dossier = changed(failed(SCENARIO), |gate| {
        let first = &mut gate.checks[0];
        (first.verdict, first.findings) =
            (Verdict::Fail, vec!["agent oslo-1: no agent runs there".to_owned()]);
    });
    let told = github::annotations(&dossier.report, &[]);
    let titles: Vec<&str> =
        told.lines().filter_map(|line| line.strip_prefix("::error title=")?.split("::").next()).collect();
    assert_eq!(titles[..2], ["RG-8.1", "RTO"], "{told}");
}

#[test]
fn a_gate_without_criteria_claims_no_confidence() {
    let dossier = changed(passed(), |gate| {
        gate.checks.truncate(1);
        (gate.criteria, gate.runs, gate.confidence) = (0, 0, 1.0);
    });
    let text = render(&dossier.report, 100, false);
    assert!(!text.contains("confidence") && !text.contains("Computing times"), "{text}");
    assert!(!part(&dossier).contains("confidence"));
}

#[test]
fn what_comes_from_a_gates_file_is_text_and_nothing_else() {
    let name = "<script>alert(1)</script> @team | `x`\n::error::";
    let dossier = failed(name);
    let page = html::render(&dossier);
    assert!(!parsed(&page).descendants().any(|node| node.has_tag_name("script")));
    let text = summary::render(&dossier.report);
    let mut outside_of_commands = text.lines().filter(|line| !line.starts_with("  firedrill replay "));
    assert!(outside_of_commands.all(|line| !line.contains("<script") && !line.contains("@team")), "{text}");
    let told = github::annotations(&dossier.report, &[]);
    assert!(told.lines().all(|line| line.starts_with("::error title=") || line.starts_with("::error file=")));
}
