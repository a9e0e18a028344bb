//! The phases of the median and of the worst run, one after the other: a table whose cells are the bars.

use maud::{Markup, html};
use units::Span;

use super::axis::num;
use crate::dossier::{Page, Recovery};
use crate::human;
use crate::run::Phase;

/// Beyond this ratio the shorter run would be invisible on the longer one's scale.
const SAME_SCALE: u64 = 5;

/// The table; a sentence where no run has phases.
pub(super) fn table(page: &Page) -> Markup {
    let (Some(median), Some(worst)) = (&page.median, &page.worst) else {
        return html! { p.instead { "No runs, so no phases." } };
    };
    let (lower, upper) = (length(median).min(length(worst)), length(median).max(length(worst)));
    let same = upper / SAME_SCALE < lower;
    let scale = |run: &Recovery| if same { upper } else { length(run) };
    html! {
        div.wide tabindex="0" role="region" aria-label="Phases of the recovery" {
            table.phases {
                caption { "Where the time goes" @if !same { "; each run on a scale of its own" } }
                thead { tr {
                    th scope="col" { "phase" }
                    th scope="colgroup" colspan="2" { "median run, seed " (median.seed) }
                    th scope="colgroup" colspan="2" { "worst run, seed " (worst.seed) }
                } }
                tbody {
                    @for phase in Phase::ALL { tr {
                        th scope="row" { (phase.name()) }
                        (cells(median, phase, scale(median)))
                        (cells(worst, phase, scale(worst)))
                    } }
                }
                tfoot { tr {
                    th scope="row" { "recovery time" }
                    td.n { (human::measured(median.recovery_time)) } td { (end(median)) }
                    td.n { (human::measured(worst.recovery_time)) } td { (end(worst)) }
                } }
            }
        }
    }
}

fn length(run: &Recovery) -> u64 {
    run.phases.iter().fold(0, |sum, phase| sum.saturating_add(phase.as_nanos()))
}

fn cells(run: &Recovery, phase: Phase, scale: u64) -> Markup {
    let sum = |phases: &[Span]| phases.iter().fold(0u64, |sum, phase| sum.saturating_add(phase.as_nanos()));
    let (before, took) = (sum(&run.phases[..phase as usize]), run.phases[phase as usize]);
    let percent = |nanos: u64| if scale == 0 { 0.0 } else { nanos as f64 / scale as f64 * 100.0 };
    let bar = format!("margin-left:{}%;width:{}%", num(percent(before)), num(percent(took.as_nanos())));
    html! {
        td.n { (human::span(took)) }
        td.bar { @if !took.is_zero() { i style=(bar) {} } }
    }
}

fn end(run: &Recovery) -> Markup {
    html! {
        @if let Some(broken) = &run.broken { "broken: " (broken) }
        @else if run.recovery_time.is_censored() { "not back for good when the run ended" }
    }
}
