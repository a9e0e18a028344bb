//! Everything else that runs are measured by, folded away.

use maud::{Markup, html};
use units::{RowId, rows};

use crate::human;
use crate::measured::{Figures, MeasureReport};
use crate::scenario::ScenarioReport;

/// They stand among the figures above, or say how much was watched.
const TOLD: [RowId; 10] = [
    rows::RECOVERY_TIME,
    rows::RECOVERY_POINT,
    rows::LOST_WRITES,
    rows::OUTAGES,
    rows::OUTAGE_TIME,
    rows::CLIENT_TIME_LOST,
    rows::CLIENT_TIME_CUT_OFF,
    rows::CLIENTS,
    rows::WATCHED,
    rows::OBSERVED,
];

pub(super) fn table(scenario: &ScenarioReport) -> Markup {
    let is_told = |one: &MeasureReport| rows::named(&one.name).is_some_and(|row| TOLD.contains(&row));
    let others = || scenario.measures.iter().filter(|one| !is_told(one));
    let (nothing, some): (Vec<_>, Vec<_>) =
        others().filter(|one| one.looked_at > 0).partition(|one| one.is_nothing());
    let unseen = others().filter(|one| one.looked_at == 0);
    html! { @if !scenario.measures.is_empty() {
        details.measured {
            summary { "Everything else that was measured" }
            div.wide tabindex="0" role="region" aria-label="Everything else that was measured" {
                table {
                    caption { "All other measures that any run shows" }
                    thead { tr {
                        th scope="col" {} th scope="col" { "runs" } th scope="col" { "p50" } th scope="col" { "p99" }
                        th scope="col" { "max" }
                    } }
                    tbody { @for one in some { (row(one)) } }
                }
            }
            (named("None of it in any run: ", nothing.into_iter()))
            (named("Not looked at: ", unseen))
        }
    } }
}

fn named<'a>(what: &str, measures: impl Iterator<Item = &'a MeasureReport>) -> Markup {
    let names: Vec<&str> = measures.map(|one| one.name.as_str()).collect();
    html! { @if !names.is_empty() { p.note { (what) (names.join(", ")) "." } } }
}

fn row(one: &MeasureReport) -> Markup {
    let figures = match (&one.time_s, &one.count, one.so_in) {
        (Some(times), ..) => spread(times, |time| human::measured(time.0)),
        (_, Some(counts), _) => spread(counts, human::count),
        (.., Some(so)) => html! { td colspan="3" { "so in " (human::count(so)) } },
        _ => html! { td colspan="3" { "–" } },
    };
    html! { tr { th scope="row" { (one.name) } td { (human::count(one.looked_at)) } (figures) } }
}

fn spread<T: Copy>(of: &Figures<T>, text: impl Fn(T) -> String) -> Markup {
    html! { @for value in [of.p50, of.p99, of.max] { td { (text(value)) } } }
}
