//! `report.html`: one file that needs nothing else. No network, no script, no font of its own; light and dark, phone
//! and print. What a picture shows a table beside it says too.
//!
//! The markup is well-formed XML as well, so that a strict parser can check it: elements are closed, attributes
//! have values, and everything that comes from files is escaped by maud.

mod axis;
mod ccdf;
mod claims;
mod criteria;
mod findings;
mod gate;
mod lanes;
mod measured;
mod overview;
mod palette;
mod provenance;
mod requirements;
mod scenario;
mod topology;
mod waterfall;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::dossier::Dossier;
use crate::human;
use crate::report::Report;
use crate::verdict::Verdict;

const STYLE: &str = include_str!("style.css");

/// What a browser may do with the page: apply its own style, and nothing else. A reference to anything outside would
/// be refused, and seen in its log.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The whole page.
pub fn render(dossier: &Dossier) -> String {
    let report = &dossier.report;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(report))
            body {
                a.skip href="#main" { "Skip to the verdict" }
                (navigation(dossier))
                main id="main" {
                    (verdict(report))
                    @if let Some(gate) = &report.gate { (gate::section(gate, report)) }
                    (overview::section(dossier))
                    (scenario::section(dossier))
                    (requirements::section(dossier))
                    (claims::section(report))
                    (findings::section(report))
                    (systems(dossier))
                    (provenance::section(dossier))
                    (how_to_read())
                }
            }
        }
    };
    human::printable(&page.into_string()) + "\n"
}

fn head(report: &Report) -> Markup {
    html! {
        head {
            (PreEscaped("<meta charset=\"utf-8\"/>"))
            (PreEscaped(format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\"/>")))
            (PreEscaped("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"))
            title { (word(report.verdict)) " · firedrill" @if let Some(gate) = &report.gate { " · " (gate.name) } }
            style { (PreEscaped(palette::css())) (PreEscaped(STYLE)) }
        }
    }
}

fn navigation(dossier: &Dossier) -> Markup {
    let report = &dossier.report;
    html! {
        header { nav aria-label="Sections" {
            strong { "firedrill" }
            @if report.gate.is_some() { a href="#gate" { "Gate" } }
            a href="#overview" { "Overview" }
            a href="#scenarios" { "Scenarios" }
            a href="#requirements" { "Requirements" }
            a href="#claims" { "Claims" }
            a href="#findings" { "Findings" }
            @if !dossier.systems.is_empty() { a href="#systems" { "Systems" } }
            a href="#provenance" { "Provenance" }
        } }
    }
}

/// The answer before anything else.
fn verdict(report: &Report) -> Markup {
    let title = report.gate.as_ref().map_or("Verdict".to_owned(), |gate| format!("Gate {}", gate.name));
    html! {
        div class=(format!("verdict {}", class(report.verdict))) {
            p.what { (title) }
            h1 { span aria-hidden="true" { (sign(report.verdict)) } " " (word(report.verdict)) }
            p { (counted(report)) }
            @if report.interrupted { p { strong { "Cut short: what is not shown was not run." } } }
        }
        @if report.scenarios.iter().any(|scenario| !scenario.overrides.is_empty()) {
            p.warn { strong { "Made with " code { "--set" } ":" } " these are not the scenarios as their files say." }
        }
    }
}

/// `53 scenarios: 52 pass, 1 fail, 0 inconclusive. 312 criteria, 53,000 runs.`
pub(crate) fn counted(report: &Report) -> String {
    let count = |verdict| report.scenarios.iter().filter(|scenario| scenario.verdict == verdict).count();
    let (pass, fail, open) = (count(Verdict::Pass), count(Verdict::Fail), count(Verdict::Inconclusive));
    let total = human::counted(report.scenarios.len() as u64, "scenario");
    let criteria = if report.criteria == 1 { "criterion" } else { "criteria" };
    let runs = report.scenarios.iter().map(|scenario| scenario.seeds).fold(0, u64::saturating_add);
    let (asked, runs) = (human::count(report.criteria), human::counted(runs, "run"));
    format!("{total}: {pass} pass, {fail} fail, {open} inconclusive. {asked} {criteria}, {runs}.")
}

fn systems(dossier: &Dossier) -> Markup {
    html! {
        @if !dossier.systems.is_empty() {
            section id="systems" aria-labelledby="h-systems" {
                h2 id="h-systems" { "Systems" }
                @for (index, system) in dossier.systems.iter().enumerate() { (topology::figure(system, index)) }
            }
        }
    }
}

fn how_to_read() -> Markup {
    html! {
        section id="reading" aria-labelledby="h-reading" {
            h2 id="h-reading" { "How to read this" }
            dl {
                dt { "Recovery time" }
                dd { "From the first client that somebody could serve and nobody serves until all are served again, lastingly. A run that never gets there is longer than what was seen (\">\"), sorts after all others, and is bad." }
                dt { "Recovery point" }
                dd { "Age of the oldest acknowledged write that is lost. RTO and RPO are what the plan promises; they are never measured." }
                dt { "p50, p95, p99" }
                dd { "So many percent of the runs took no longer. Each is a real run with a seed. Ranges are 95 % intervals by binomial ranks; where so few runs give no end there is a \"?\"." }
                dt { "Curves" }
                dd { "The share of runs that exceed a value. The band is the one-sided Clopper-Pearson bound at 95 % confidence on either side, for each value by itself; it supposes nothing about the shape of the distribution. With a fixed number of runs, a criterion \"p99 <= T\" passes where the band's upper edge at T is at most 1 %, that is, where it stays clear of the shaded corner, unless all runs show the same time; a gate that may stop early decides by bounds that are a little wider. A dashed plateau is the share of runs that never came back." }
                dt { "Verdicts" }
                dd { "Pass and fail are decided by counting bad runs against the exact binomial distribution. Inconclusive: the runs are compatible with both answers." }
            }
        }
    }
}

/// Of a verdict: for style.
fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "open",
    }
}

/// Of a verdict: so that colour is not needed to tell them apart.
fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Fail => "✗",
        Verdict::Inconclusive => "?",
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "Pass",
        Verdict::Fail => "Fail",
        Verdict::Inconclusive => "Inconclusive",
    }
}

/// A verdict in a table.
fn chip(verdict: Verdict) -> Markup {
    html! { span class=(format!("chip {}", class(verdict))) { span aria-hidden="true" { (sign(verdict)) } " " (verdict.word()) } }
}

/// The name of a scenario as a link to its part of the page.
fn link(report: &Report, name: &str) -> Markup {
    match report.scenarios.iter().position(|scenario| scenario.name == name) {
        Some(index) => html! { a href=(format!("#s{index}")) { (name) } },
        None => html! { (name) },
    }
}
