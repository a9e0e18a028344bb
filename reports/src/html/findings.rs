//! What the linter found, each finding once, with the scenarios it was found in.

use maud::{Markup, html};

use super::link;
use crate::human;
use crate::report::Report;

/// So many scenarios are named.
const NAMED: usize = 6;

pub(super) fn section(report: &Report) -> Markup {
    let findings = once(report);
    html! {
        section id="findings" aria-labelledby="h-findings" {
            h2 id="h-findings" { "What the linter finds" }
            @if findings.is_empty() { p.instead { "Nothing." } }
            @else { ul { @for (finding, scenarios) in &findings { li {
                (finding) " " span.note { "In " (named(report, scenarios)) "." }
            } } } }
        }
    }
}

/// In the order in which they come up.
fn once(report: &Report) -> Vec<(&str, Vec<&str>)> {
    let mut findings: Vec<(&str, Vec<&str>)> = Vec::new();
    for scenario in &report.scenarios {
        for finding in &scenario.lint {
            match findings.iter_mut().find(|(known, _)| *known == finding.as_str()) {
                Some((_, scenarios)) => scenarios.push(&scenario.name),
                None => findings.push((finding.as_str(), vec![scenario.name.as_str()])),
            }
        }
    }
    findings
}

fn named(report: &Report, scenarios: &[&str]) -> Markup {
    let more = scenarios.len().saturating_sub(NAMED);
    html! {
        @for (index, name) in scenarios.iter().take(NAMED).enumerate() {
            @if index > 0 { ", " } (link(report, name))
        }
        @if more > 0 { " and " (human::counted(more as u64, "scenario")) " more" }
    }
}
