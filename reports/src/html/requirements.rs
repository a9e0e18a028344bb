//! Which requirement has which scenarios as evidence, and what they say.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{chip, sign};
use crate::dossier::Dossier;
use crate::scenario::ScenarioReport;
use crate::verdict::Verdict;

pub(super) fn section(dossier: &Dossier) -> Markup {
    let covered = covered(dossier);
    let what = |id: &str| {
        dossier.requirements.iter().find(|known| known.id == id).map_or("", |known| known.what.as_str())
    };
    html! {
        section id="requirements" aria-labelledby="h-requirements" {
            h2 id="h-requirements" { "Requirements" }
            @if covered.is_empty() { p.instead { "No scenario says what it covers." } }
            @else { div.wide tabindex="0" role="region" aria-label="Requirements" { table.matrix {
                thead { tr { th scope="col" { "id" } th scope="col" { "verdict" } th scope="col" { "what" } th scope="col" { "scenarios" } } }
                tbody { @for (id, scenarios) in &covered { tr {
                    th scope="row" { (id) }
                    td { (chip(Verdict::all(scenarios.iter().map(|(_, scenario)| scenario.verdict)))) }
                    td { (what(id)) }
                    td { @for (index, (place, scenario)) in scenarios.iter().enumerate() {
                        @if index > 0 { ", " } a href=(format!("#s{place}")) { (short(&scenario.name)) } " " (sign(scenario.verdict))
                    } }
                } } }
            } } }
            p.note { "Evidence of these runs only; " code { "firedrill coverage" } " adds what tests show." }
        }
    }
}

/// By id, the scenarios that cover it.
fn covered(dossier: &Dossier) -> BTreeMap<&str, Vec<(usize, &ScenarioReport)>> {
    let mut covered: BTreeMap<&str, Vec<(usize, &ScenarioReport)>> = BTreeMap::new();
    for (place, scenario) in dossier.report.scenarios.iter().enumerate() {
        for id in &scenario.covers {
            covered.entry(id).or_default().push((place, scenario));
        }
    }
    covered
}

/// Without the system.
fn short(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, short)| short)
}
