//! What was asked of a scenario: counts, bounds, and the command that shows why.

use maud::{Markup, html};

use super::chip;
use crate::dossier::{Check, checks};
use crate::human;
use crate::scenario::ScenarioReport;
use crate::verdict::Judged;

/// All checks of a scenario as a table.
pub(super) fn table(scenario: &ScenarioReport) -> Markup {
    let checks = checks(scenario);
    html! {
        div.wide tabindex="0" role="region" aria-label="Criteria" {
            table {
                caption { "What must hold" }
                thead { tr {
                    th scope="col" { "criterion" } th scope="col" { "verdict" } th.n scope="col" { "bad runs" }
                    th.n scope="col" { "true share" } th.n scope="col" { "may be" } th scope="col" { "why" }
                } }
                tbody { @for check in &checks { (row(check, scenario)) } }
            }
        }
    }
}

fn row(check: &Check, scenario: &ScenarioReport) -> Markup {
    let judged = check.criterion.and_then(|index| scenario.criteria.get(index));
    html! {
        tr {
            th scope="row" { (check.name) }
            td { (chip(check.verdict)) }
            @match judged {
                Some(judged) => {
                    td.n { (human::count(judged.bad)) " of " (human::count(judged.runs)) }
                    td.n { (range(judged)) }
                    td.n { (tolerated(judged)) }
                }
                None => { td.n { "–" } td.n { "–" } td.n { "–" } }
            }
            td.why { (check.explanation) (replay(check.replay.as_deref())) }
        }
    }
}

/// A command to copy, on a line of its own.
pub(super) fn replay(command: Option<&str>) -> Markup {
    html! { @if let Some(command) = command { code.replay { (command) } } }
}

/// Where the true share lies, or the true rate.
fn range(judged: &Judged) -> String {
    match judged.events {
        Some(_) => format!("{:.3} to {:.3} a year", judged.rate_at_least, judged.rate_at_most),
        None => format!("{} to {}", human::share(judged.rate_at_least), human::share(judged.rate_at_most)),
    }
}

fn tolerated(judged: &Judged) -> String {
    match judged.events {
        Some(_) => format!("{} a year", judged.tolerated),
        None if judged.tolerated == 0.0 => "none".to_owned(),
        None => human::share(judged.tolerated),
    }
}
