//! All scenarios at a glance: what does not pass, then a row each, with its recovery times on one common scale.

use maud::{Markup, html};
use units::Measured;

use super::axis::{TimeAxis, num};
use super::{chip, criteria};
use crate::criterion::Promise;
use crate::dossier::{Dossier, checks};
use crate::human;
use crate::report::Report;
use crate::scenario::{Objectives, ScenarioReport};
use crate::seconds::Seconds;
use crate::spread::Spread;
use crate::verdict::Verdict;

const WIDTH: f64 = 210.0;

/// So many reasons are listed; the rest is with the scenarios.
const REASONS: usize = 20;

pub(super) fn section(dossier: &Dossier) -> Markup {
    let report = &dossier.report;
    let axis = axis(report);
    html! {
        (failures(report))
        section id="overview" aria-labelledby="h-overview" {
            h2 id="h-overview" { "Overview" }
            @if report.scenarios.is_empty() { p.instead { "No scenario was run." } }
            @else { div.wide.cards tabindex="0" role="region" aria-label="Overview of all scenarios" {
                table.overview {
                    thead {
                        tr {
                            th scope="col" { "scenario" } th scope="col" { "verdict" } th.n scope="col" { "runs" }
                            th.n scope="col" { "p50" } th.n scope="col" { "p99" } th.n scope="col" { "RTO" }
                            th scope="col" { "recovery time, p50 to p99 to max" }
                            th.n scope="col" { "point p99" } th.n scope="col" { "RPO" }
                            th.n scope="col" { "lost, max" } th.n scope="col" { "client time lost" }
                        }
                        tr.scale aria-hidden="true" { td colspan="6" {} td { (scale(&axis)) } td colspan="4" {} }
                    }
                    tbody { @for (index, scenario) in report.scenarios.iter().enumerate() { (row(scenario, index, &axis)) } }
                }
            } }
        }
    }
}

/// What does not pass, each with the command that shows why.
fn failures(report: &Report) -> Markup {
    let of = |(index, scenario): (usize, _)| {
        let open = checks(scenario).into_iter().filter(|check| check.verdict != Verdict::Pass);
        open.map(move |check| (index, scenario, check))
    };
    let mut open: Vec<(usize, &ScenarioReport, _)> =
        report.scenarios.iter().enumerate().flat_map(of).collect();
    open.sort_by_key(|(index, _, check)| (check.verdict != Verdict::Fail, *index));
    html! {
        @if !open.is_empty() {
            section.failures id="failures" aria-labelledby="h-failures" {
                h2 id="h-failures" { "What does not pass" }
                ul { @for (index, scenario, check) in open.iter().take(REASONS) { li {
                    (chip(check.verdict)) " " a href=(format!("#s{index}")) { (scenario.name) } ": "
                    strong { (check.name) } ". " (check.explanation)
                    (criteria::replay(check.replay.as_deref()))
                } } }
                @if open.len() > REASONS { p.note { "And " (open.len() - REASONS) " more, with their scenarios." } }
            }
        }
    }
}

/// One scale for all, so that rows can be compared.
fn axis(report: &Report) -> TimeAxis {
    let ends = |spread: &Spread<Seconds>| [spread.min, spread.p50, spread.p99, spread.max];
    let spreads = report.scenarios.iter().filter_map(|scenario| scenario.recovery_time_s.as_ref());
    let promised = report.scenarios.iter().filter_map(|scenario| scenario.objectives);
    let times = spreads.flat_map(ends).chain(promised.map(|promised| promised.recovery_time_s));
    // Below half a second nobody tells one recovery from another.
    let nanos = times.map(|time| time.0.at_least().as_nanos()).filter(|nanos| *nanos >= 500_000_000);
    TimeAxis::over(nanos.collect::<Vec<_>>(), (4.0, WIDTH - 4.0), true)
}

fn scale(axis: &TimeAxis) -> Markup {
    html! { svg.strip viewBox=(format!("0 0 {WIDTH} 14")) {
        @for tick in axis.ticks() { text.x x=(num(tick.at)) y="11" { (tick.label) } }
    } }
}

fn row(scenario: &ScenarioReport, index: usize, axis: &TimeAxis) -> Markup {
    let (time, point) = (&scenario.recovery_time_s, &scenario.recovery_point_s);
    let promised = |objective, of: fn(Objectives) -> Seconds| {
        let promised = scenario.objectives.map(of);
        (promised.filter(|_| !scenario.is_exempt(objective)), promised)
    };
    let (rto, not_rto) = promised(Promise::RecoveryTime, |promised| promised.recovery_time_s);
    let (rpo, not_rpo) = promised(Promise::RecoveryPoint, |promised| promised.recovery_point_s);
    let lost = scenario.lost_writes.map_or("–".to_owned(), |lost| human::count(lost.max));
    html! { tr {
        th scope="row" { a href=(format!("#s{index}")) { (scenario.name) } }
        td { (chip(scenario.verdict)) }
        td.n data-l="runs" { (human::count(scenario.seeds)) }
        (held("p50", time.map(|time| time.p50), rto)) (held("p99", time.map(|time| time.p99), rto))
        (objective("RTO", rto, not_rto))
        td.bar { @if let Some(time) = time { (strip(time, rto, axis)) } }
        (held("point p99", point.map(|point| point.p99), rpo)) (objective("RPO", rpo, not_rpo))
        td.n data-l="lost, max" { (lost) }
        (held("client time p99", scenario.clients.map(|clients| clients.lost_s.p99), None))
    } }
}

/// In brackets where the scenario is not held to it; its section says why.
fn objective(label: &str, held_to: Option<Seconds>, promised: Option<Seconds>) -> Markup {
    match (held_to, promised) {
        (None, Some(not_held)) => {
            html! { td.n data-l=(label) title="not held to it" { "(" (human::measured(not_held.0)) ")" } }
        }
        _ => held(label, held_to, None),
    }
}

/// A duration, marked where it exceeds what it is held to. The label is its column's, for screens too narrow for columns.
fn held(label: &str, value: Option<Seconds>, limit: Option<Seconds>) -> Markup {
    let bad = value.zip(limit).is_some_and(|(value, limit)| value > limit);
    html! { td.n.bad[bad] data-l=(label) { @if let Some(value) = value { (human::measured(value.0)) } @else { "–" } } }
}

/// p50 to p99 as a bar, to the longest as a line, with an arrow if it never ended; the objective as a stroke.
fn strip(time: &Spread<Seconds>, rto: Option<Seconds>, axis: &TimeAxis) -> Markup {
    let at = |time: Seconds| match time.0 {
        Measured::Exactly(span) => axis.at(span.as_nanos()),
        Measured::LongerThan(_) => axis.right(),
    };
    let (p50, p99, max) = (at(time.p50), at(time.p99), at(time.max));
    html! {
        svg.strip viewBox=(format!("0 0 {WIDTH} 14")) aria-hidden="true" {
            @if let Some(rto) = rto { path.promise d=(format!("M{} 0V14", num(at(rto)))) {} }
            path.reach d=(format!("M{} 7H{}", num(p99), num(max))) {}
            rect.phase x=(num(p50)) y="3" width=(num((p99 - p50).max(2.0))) height="8" rx="2" {}
            @if time.censored > 0 { path.arrow d=(format!("M{} 2l5 5l-5 5z", num(axis.right() - 3.0))) {} }
        }
    }
}
