//! What a gate found: a card for each check.

use maud::{Markup, html};

use super::{chip, criteria, link, provenance};
use crate::compare::{Answer, Comparison, ScenarioComparison};
use crate::gate::{
    BaselineReport, CheckReport, ComputingTime, CriterionReport, GateReport, LeftOut, Provenance,
};
use crate::human;
use crate::report::Report;
use crate::verdict::Verdict;

pub(super) fn section(gate: &GateReport, report: &Report) -> Markup {
    html! {
        section id="gate" aria-labelledby="h-gate" {
            h2 id="h-gate" { "Gate " (gate.name) }
            p.story { (gate.story) }
            @if !gate.reasons.is_empty() { ul.reasons { @for reason in &gate.reasons { li { (reason) } } } }
            @if gate.criteria > 0 { p.note {
                (human::count(gate.criteria)) @if gate.criteria == 1 { " criterion" } @else { " criteria" }
                " over " (human::counted(gate.runs, "run")) ", each at a confidence of " (human::share(gate.confidence))
                " or more. All must pass: that bounds false passes; false failures add up."
            } }
            @for check in &gate.checks { (card(check, report)) }
            @if let Some(baseline) = &gate.baseline { (beside(baseline)) }
            (rests_on(&gate.provenance))
        }
    }
}

fn card(check: &CheckReport, report: &Report) -> Markup {
    let open = check.verdict != Verdict::Pass;
    html! {
        details.scenario open=[open.then_some("open")] {
            summary { (chip(check.verdict)) " " h3 { (check.id) } " " span.brief { (check.title) } }
            div {
                @if !check.covers.is_empty() { p.facts { "covers " (check.covers.join(", ")) } }
                @if !check.findings.is_empty() { ul.reasons { @for finding in &check.findings { li { (finding) } } } }
                @if !check.facts.is_empty() { dl.grid { @for fact in &check.facts { dt { (fact.name) } dd { (fact.value) } } } }
                @if !check.criteria.is_empty() { (asked(&check.criteria, report)) }
                @if !check.computing.is_empty() { (computing(&check.computing)) }
            }
        }
    }
}

fn asked(asked: &[CriterionReport], report: &Report) -> Markup {
    html! { div.wide tabindex="0" role="region" aria-label="Criteria of the gate" { table {
        thead { tr {
            th scope="col" { "scenario" } th scope="col" { "criterion" } th scope="col" { "verdict" } th.n scope="col" { "bad runs" }
            th.n scope="col" { "true share" } th.n scope="col" { "may be" } th.n scope="col" { "measured" } th scope="col" { "why" }
        } }
        tbody { @for row in asked { tr {
            th scope="row" { (link(report, &row.scenario)) } td { (row.name) } td { (chip(row.verdict)) }
            td.n { (human::count(row.bad)) " of " (human::count(row.runs)) }
            td.n { (human::share(row.bad_at_least)) " to " (human::share(row.bad_at_most)) }
            td.n { (human::share(row.tolerated)) }
            td.n { @if let Some(measured) = row.measured_s { (human::measured(measured.0)) } @else { "–" } }
            td.why { (row.explanation) @if row.verdict != Verdict::Pass { (criteria::replay(row.replay.as_deref())) } }
        } } }
    } } }
}

fn computing(times: &[ComputingTime]) -> Markup {
    html! { div.wide tabindex="0" role="region" aria-label="Computing time" { table {
        caption { "Computing time, by the clock of the machine named below" }
        thead { tr {
            th scope="col" { "what" } th scope="col" { "verdict" } th.n scope="col" { "nodes" } th.n scope="col" { "iterations" }
            th.n scope="col" { "p50" } th.n scope="col" { "p95" } th.n scope="col" { "p99" } th.n scope="col" { "max" }
            th.n scope="col" { "must be below" } th scope="col" { "why" }
        } }
        tbody { @for time in times { tr {
            th scope="row" { (time.name) } td { (chip(time.verdict)) } td.n { (human::count(time.nodes)) } td.n { (human::count(time.iterations)) }
            @for value in [time.spread.p50, time.spread.p95, time.spread.p99, time.spread.max, time.limit_s] {
                td.n { (human::measured(value.0)) }
            }
            td.why { (time.explanation) }
        } } }
    } } }
}

fn beside(baseline: &BaselineReport) -> Markup {
    html! {
        h3 { "Beside " code { (baseline.file) } ", made by version " (baseline.tool_version) }
        @if !baseline.notes.is_empty() { ul { @for note in &baseline.notes { li { (note) } } } }
        @if let Some(paired) = &baseline.paired { (differences(paired)) }
        @if !baseline.asked_no_more.is_empty() {
            p { "Asked for less than the baseline:" }
            ul.reasons { @for name in &baseline.asked_no_more { li { (name) } } }
        }
        @if baseline.changed.is_empty() { p.instead { "No criterion has another verdict." } }
        @else { div.wide tabindex="0" role="region" aria-label="What moved" { table {
            thead { tr { th scope="col" { "what moved" } th scope="col" { "was" } th scope="col" { "is" } } }
            tbody { @for change in &baseline.changed { tr { th scope="row" { (change.name) } td { (change.was) } td { (change.is) } } } }
        } } }
    }
}

/// Runs paired by seed: what differs, and whether that can be chance.
fn differences(paired: &Comparison) -> Markup {
    let differs = |scenario: &&ScenarioComparison| scenario.answer != Answer::NoDifference;
    let pairs = paired.scenarios.iter().map(|scenario| scenario.pairs).fold(0, u64::saturating_add);
    html! {
        p { "Paired by seed, over " (human::counted(pairs, "pair")) ": " strong { (paired.answer.word()) } "." }
        @if paired.scenarios.iter().any(|scenario| differs(&scenario)) { ul {
            @for scenario in paired.scenarios.iter().filter(differs) { li {
                (scenario.name) ": " (scenario.answer.word()) ". " (scenario.reasons.join("; "))
            } }
        } }
    }
}

fn rests_on(from: &Provenance) -> Markup {
    html! { dl.grid {
        dt { "Seeds" } dd { "derive from " code { (from.seed_base) } "; the first is " (from.first_seed) }
        dt { "Logic" } dd { (from.logic) ", version " (from.version) }
        dt { "Gate file" } dd { "SHA-256 " code { (from.gate_digest) } }
        dt { "Machine" } dd { (provenance::machine(&from.machine)) }
    } (left_out(&from.left_out)) }
}

/// What no criterion of the gate looks at, and why: whoever reads the verdict should know.
fn left_out(all: &[LeftOut]) -> Markup {
    let same = |one: &LeftOut, next: &LeftOut| {
        (&one.check, &one.criterion, &one.why) == (&next.check, &next.criterion, &next.why)
    };
    html! { @if !all.is_empty() { details {
        summary { (human::counted(all.len() as u64, "exception")) ": scenarios that a criterion leaves out" }
        ul { @for group in all.chunk_by(same) { li {
            (group[0].check) ", " (group[0].criterion) ": " (group[0].why) ". "
            (group.iter().map(|left| left.scenario.as_str()).collect::<Vec<_>>().join(", "))
        } } }
    } } }
}
