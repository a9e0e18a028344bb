//! What plans claim beside what was measured.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::link;
use crate::claim::ClaimReport;
use crate::human;
use crate::report::Report;
use crate::scenario::ScenarioReport;

/// A claim over all scenarios.
#[derive(Default)]
struct Over<'a> {
    /// Scenarios in which every run kept it, and there were any.
    kept: u64,
    scenarios: u64,
    /// Where it was kept in the smallest share of the runs.
    worst: Option<(&'a str, &'a ClaimReport)>,
}

pub(super) fn section(report: &Report) -> Markup {
    let claims = over_all(report);
    html! {
        section id="claims" aria-labelledby="h-claims" {
            h2 id="h-claims" { "Claimed beside measured" }
            @if claims.is_empty() { p.instead { "The plans claim nothing that runs could show." } }
            @else { div.wide tabindex="0" role="region" aria-label="Claims" { table {
                thead { tr {
                    th scope="col" { "from" } th scope="col" { "claimed" } th.n scope="col" { "kept in all runs of" }
                    th scope="col" { "least kept by" } th scope="col" { "measured there" } th.n scope="col" { "kept in" }
                } }
                tbody { @for ((from, claimed), over) in &claims { (row(report, from, claimed, over)) } }
            } } }
            p.note { "Claims are somebody's word and do not enter the verdict; objectives do." }
        }
    }
}

fn over_all(report: &Report) -> BTreeMap<(&str, &str), Over<'_>> {
    let mut claims: BTreeMap<(&str, &str), Over<'_>> = BTreeMap::new();
    for scenario in &report.scenarios {
        for claim in &scenario.claims {
            let over = claims.entry((&claim.from, &claim.claimed)).or_default();
            over.scenarios += 1;
            over.kept += u64::from(claim.runs > 0 && claim.kept_in == claim.runs);
            // Shares compared by cross-multiplying: no rounding.
            let less = |known: &ClaimReport| {
                u128::from(claim.kept_in) * u128::from(known.runs)
                    < u128::from(known.kept_in) * u128::from(claim.runs)
            };
            if over.worst.is_none_or(|(_, known)| less(known)) {
                over.worst = Some((&scenario.name, claim));
            }
        }
    }
    claims
}

fn row(report: &Report, from: &str, claimed: &str, over: &Over<'_>) -> Markup {
    let all = over.kept == over.scenarios;
    html! { tr {
        td { (from) } td { (claimed) }
        td.n.bad[!all] { (over.kept) " of " (human::counted(over.scenarios, "scenario")) }
        @if let Some((scenario, claim)) = over.worst {
            td { (link(report, scenario)) } td { (claim.measured) }
            td.n { (human::count(claim.kept_in)) " of " (human::count(claim.runs)) }
        }
    } }
}

/// Of one scenario.
pub(super) fn of(scenario: &ScenarioReport) -> Markup {
    html! { @if !scenario.claims.is_empty() {
        div.wide tabindex="0" role="region" aria-label="Claims" { table {
            caption { "Claimed beside measured" }
            thead { tr { th scope="col" { "from" } th scope="col" { "claimed" } th scope="col" { "measured" } th.n scope="col" { "kept in" } } }
            tbody { @for claim in &scenario.claims { tr {
                td { (claim.from) } td { (claim.claimed) } td { (claim.measured) }
                td.n.bad[claim.kept_in < claim.runs] { (human::count(claim.kept_in)) " of " (human::count(claim.runs)) }
            } } }
        } }
    } }
}
