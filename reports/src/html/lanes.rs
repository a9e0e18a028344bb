//! One run as lanes over time: faults as bars on top, then what must never happen,
//! people, what leads clients to the primary, clients, nodes.

use maud::{Markup, html};
use units::Span;

use super::axis::{moments, num};
use crate::dossier::{Bar, Lane, LaneKind, Lanes, Mark, Tone};
use crate::human;

const WIDTH: f64 = 920.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 908.0;
const TOP: f64 = 24.0;
const LANE: f64 = 20.0;
/// Characters of a lane's name that there is room for.
const NAME: usize = 26;

/// The drawing and, beside it, the same in words.
pub(super) fn figure(told: &Result<Lanes, String>, id: &str) -> Markup {
    let lanes = match told {
        Ok(lanes) => lanes,
        Err(why) => return html! { p.instead { "No timeline: " (why) "." } },
    };
    html! {
        figure {
            figcaption { "The worst run, seed " (lanes.seed) ", over time" }
            div.wide tabindex="0" role="region" aria-label="The worst run over time" { (drawing(lanes, id)) }
            p.note {
                "Red: faults, and what must never happen. Amber: not all clients served. Green: accepts writes. Dots: what nodes and people do, and what leads clients to the primary."
                @if lanes.quiet > 0 { " Left out: " (human::counted(lanes.quiet as u64, "lane")) ", quiet or without room." }
            }
            (words(lanes))
        }
    }
}

fn drawing(lanes: &Lanes, id: &str) -> Markup {
    let bottom = TOP + LANE * lanes.lanes.len() as f64;
    let (title, desc) = (format!("t{id}"), format!("d{id}"));
    let axis = Axis { from: lanes.from, to: lanes.to };
    html! {
        svg.lanes viewBox=(format!("0 0 {WIDTH} {}", num(bottom + 8.0))) role="img" aria-labelledby=(format!("{title} {desc}")) {
            title id=(title) { "Lanes of the run of seed " (lanes.seed) }
            desc id=(desc) { "From " (human::span(lanes.from)) " to " (human::span(lanes.to)) " of the run. The table below tells the same." }
            @let moments = moments(lanes.from, lanes.to, 8);
            path.grid d=(moments.iter().map(|at| format!("M{} {}V{}", num(axis.x(*at)), num(TOP - 4.0), num(bottom))).collect::<String>()) {}
            @for at in &moments { text.x x=(num(axis.x(*at))) y="14" { (human::span(*at)) } }
            @for (index, lane) in lanes.lanes.iter().enumerate() {
                (row(lane, TOP + LANE * index as f64, &axis))
            }
        }
    }
}

struct Axis {
    from: Span,
    to: Span,
}

impl Axis {
    fn x(&self, at: Span) -> f64 {
        let length = self.to.saturating_sub(self.from).as_nanos().max(1);
        let share = at.saturating_sub(self.from).as_nanos() as f64 / length as f64;
        LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }
}

fn row(lane: &Lane, top: f64, axis: &Axis) -> Markup {
    html! {
        @if lane.kind == LaneKind::Fault {
            rect.ground x="0" y=(num(top)) width=(num(WIDTH)) height=(num(LANE)) {}
        }
        text.y x=(num(LEFT - 8.0)) y=(num(top + 14.0)) { (human::shortened(&lane.name, NAME)) }
        path.grid d=(format!("M0 {}H{}", num(top + LANE), num(WIDTH))) {}
        @for bar in &lane.bars { (drawn_bar(bar, lane.kind, top, axis)) }
        @for tone in [Tone::Plain, Tone::Unsure, Tone::Good, Tone::Bad] { (marks(&lane.marks, tone, top, axis)) }
    }
}

fn drawn_bar(bar: &Bar, kind: LaneKind, top: f64, axis: &Axis) -> Markup {
    let (from, to) = (axis.x(bar.from), axis.x(bar.to.unwrap_or(axis.to)));
    let class = if kind == LaneKind::Fault { "fault" } else { class(bar.tone) };
    let until = bar.to.map_or("the end".to_owned(), human::span);
    html! {
        rect class=(class) x=(num(from)) y=(num(top + 4.0)) width=(num((to - from).max(1.5))) height=(num(LANE - 8.0)) {
            title { (bar.what) ", " (human::span(bar.from)) " to " (until) }
        }
    }
}

/// Dots: lines of no length with round ends, which is the shortest way to write many of them.
fn marks(marks: &[Mark], tone: Tone, top: f64, axis: &Axis) -> Markup {
    let y = num(top + LANE / 2.0);
    let mut dots: Vec<String> =
        marks.iter().filter(|mark| mark.tone == tone).map(|mark| num(axis.x(mark.at))).collect();
    dots.dedup();
    let path: String = dots.iter().map(|x| format!("M{x} {y}h0")).collect();
    html! { @if !path.is_empty() { path class=(format!("dots {}", class(tone))) d=(path) {} } }
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Unsure => "unsure",
        Tone::Plain => "plain",
    }
}

/// As a replay writes it: `105.089s`.
fn moment(at: Span) -> String {
    let millis = at.as_nanos() / 1_000_000;
    format!("{}.{:03}s", millis / 1_000, millis % 1_000)
}

/// A picture is not for everybody, and the words say more.
fn words(lanes: &Lanes) -> Markup {
    html! {
        details {
            summary { "The same in words: " (human::counted(lanes.told.len() as u64, "line")) }
            div.wide tabindex="0" role="region" aria-label="The worst run in words" {
                table.told {
                    thead { tr { th.n scope="col" { "time" } th scope="col" { "where" } th scope="col" { "what" } } }
                    tbody {
                        @for line in &lanes.told { tr {
                            td.n { (moment(line.at)) }
                            td { (line.place) }
                            td class=[(line.tone != Tone::Plain).then(|| class(line.tone))] { (line.what) }
                        } }
                    }
                }
            }
            @if lanes.untold > 0 {
                p.note { (human::counted(lanes.untold as u64, "line")) " left out; the replay tells them all." }
            }
        }
    }
}
