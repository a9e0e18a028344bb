//! The share of runs that exceed a value, both on logarithmic scales.
//!
//! ```text
//! 100 % |----.                    : RTO
//!       |     '--.                :       shaded: where the upper edge of the band must not be
//!  10 % |         '-.             :
//!       |            '---.   #############
//!   1 % |                 '--#############
//!       +----------------------------------- time
//! ```

use maud::{Markup, html};

use super::axis::{Staircase, TimeAxis, num};
use crate::dossier::{Curve, Step};
use crate::human;

const WIDTH: f64 = 460.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 448.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 216.0;
const HEIGHT: f64 = 250.0;

/// What a chart is of.
pub(super) struct Subject<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// `recovery time`, `recovery point`.
    pub measure: &'a str,
    /// `RTO`, `RPO`.
    pub promise: &'a str,
}

/// The chart; a sentence where there is nothing to draw.
pub(super) fn chart(curve: &Curve, subject: &Subject<'_>) -> Markup {
    if let Some(sentence) = instead(curve, subject) {
        return html! { p.instead { (sentence) } };
    }
    let (axes, title, desc) = (Axes::of(curve), format!("t{}", subject.id), format!("d{}", subject.id));
    html! {
        svg.chart viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-labelledby=(format!("{title} {desc}")) {
            title id=(title) { "Share of runs with a longer " (subject.measure) }
            desc id=(desc) { (told(curve, subject)) }
            (zones(curve, &axes))
            (grid(&axes))
            path.band d=(axes.band(curve)) {}
            (promise(curve, &axes, subject.promise))
            path.curve d=(axes.stairs(&curve.steps, |step| step.above as f64 / curve.runs as f64).open()) {}
            (plateau(curve, &axes))
        }
    }
}

/// What to say where a curve would say nothing.
fn instead(curve: &Curve, subject: &Subject<'_>) -> Option<String> {
    let runs = human::counted(curve.runs, "run");
    if curve.runs == 0 {
        return Some(format!("No runs, so nothing is known of the {}.", subject.measure));
    }
    if curve.zeros == curve.runs {
        let most = human::share(curve.steps.last().map_or(1.0, |step| step.at_most));
        let (measure, bound) = (subject.measure, format!("at 95 % confidence at most {most} of all runs do"));
        return Some(format!("None of {runs} has a {measure} above zero; {bound}."));
    }
    None
}

/// The chart in a sentence.
fn told(curve: &Curve, subject: &Subject<'_>) -> String {
    let time = |nanos| human::span(units::Span::from_nanos(nanos));
    let last = curve
        .steps
        .last()
        .map_or_else(String::new, |step| format!("; the longest seen is {}", time(step.value)));
    let censored = match curve.censored {
        0 => String::new(),
        runs => format!("; {} exceed every time seen", human::counted(runs, "run")),
    };
    let promised =
        curve.objective.map_or_else(String::new, |at| format!("; {} is {}", subject.promise, time(at)));
    let runs = human::counted(curve.runs, "run");
    format!(
        "Both scales are logarithmic. {runs}{last}{censored}{promised}. The figures are in the table below."
    )
}

/// Where values and shares stand.
struct Axes {
    x: TimeAxis,
    /// The share at the bottom is ten to the minus this.
    decades: u32,
}

impl Axes {
    fn of(curve: &Curve) -> Axes {
        let values = curve.steps.iter().map(|step| step.value);
        let limits = curve.targets.iter().map(|target| target.limit).chain(curve.objective);
        let all = values.chain(limits).chain([curve.watched]);
        let with_zero = curve.zeros > 0 || curve.targets.iter().any(|target| target.limit == 0);
        let one_run = libm::ceil(libm::log10(curve.runs.max(1) as f64)) as u32;
        Axes { x: TimeAxis::over(all, (LEFT, RIGHT), with_zero), decades: one_run.clamp(1, 7) + 1 }
    }

    fn y(&self, share: f64) -> f64 {
        if share <= 0.0 {
            return BOTTOM;
        }
        let down = -libm::log10(share) / f64::from(self.decades);
        (TOP + down * (BOTTOM - TOP)).clamp(TOP, BOTTOM)
    }

    /// Down the steps from the left edge. It ends with the last run: nobody was seen beyond.
    fn stairs(&self, steps: &[Step], share: impl Fn(&Step) -> f64) -> Staircase {
        let mut stairs = Staircase::from(LEFT, TOP);
        for step in steps {
            stairs.along(self.x.at(step.value));
            stairs.down(self.y(share(step)));
        }
        stairs
    }

    /// The upper edge to the right, the lower edge back.
    fn band(&self, curve: &Curve) -> String {
        let mut edge = self.stairs(&curve.steps, |step| step.at_most);
        edge.along(self.x.right());
        for step in curve.steps.iter().rev() {
            edge.down(self.y(step.at_least));
            edge.along(self.x.at(step.value));
        }
        edge.down(TOP);
        edge.closed()
    }
}

/// What criteria forbid: right of the limit and above the share that they tolerate.
fn zones(curve: &Curve, axes: &Axes) -> Markup {
    html! {
        @for target in &curve.targets {
            @let (x, y) = (axes.x.at(target.limit), axes.y(target.tolerated));
            rect.zone x=(num(x)) y=(num(TOP)) width=(num(axes.x.right() - x)) height=(num(y - TOP)) {
                title { (target.name) ": the band must stay out of here" }
            }
        }
    }
}

fn grid(axes: &Axes) -> Markup {
    let shares: Vec<f64> = (0..=axes.decades).map(|power| libm::pow(10.0, -f64::from(power))).collect();
    let ticks = axes.x.ticks();
    let across = shares.iter().map(|share| format!("M{} {}H{}", num(LEFT), num(axes.y(*share)), num(RIGHT)));
    let down = ticks.iter().map(|tick| format!("M{} {}V{}", num(tick.at), num(TOP), num(BOTTOM + 4.0)));
    html! {
        path.grid d=(across.chain(down).collect::<String>()) {}
        @for share in &shares { text.y x=(num(LEFT - 5.0)) y=(num(axes.y(*share) + 4.0)) { (human::share(*share)) } }
        @for tick in &ticks { text.x x=(num(tick.at)) y=(num(BOTTOM + 18.0)) { (tick.label) } }
    }
}

/// The line of the objective, named beside it where there is room.
fn promise(curve: &Curve, axes: &Axes, name: &str) -> Markup {
    let Some(nanos) = curve.objective else { return html! {} };
    let x = axes.x.at(nanos);
    let (anchor, at) = if x > (LEFT + RIGHT) / 2.0 { ("end", x - 4.0) } else { ("start", x + 4.0) };
    html! {
        path.promise d=(format!("M{} {}V{}", num(x), num(TOP - 10.0), num(BOTTOM))) {}
        text.promise x=(num(at)) y=(num(TOP - 5.0)) text-anchor=(anchor) {
            (name) " " (human::span(units::Span::from_nanos(nanos)))
        }
    }
}

/// Runs whose end nobody saw exceed everything: the line goes on, at their share, as far as the drawing does.
fn plateau(curve: &Curve, axes: &Axes) -> Markup {
    if curve.censored == 0 {
        return html! {};
    }
    let share = curve.censored as f64 / curve.runs as f64;
    let (x, y) = (curve.steps.last().map_or(LEFT, |step| axes.x.at(step.value)), axes.y(share));
    let below = y + 14.0 < BOTTOM;
    html! {
        path.plateau d=(format!("M{} {}H{}", num(x), num(y), num(axes.x.right()))) {}
        text.plateau x=(num(axes.x.right() - 2.0)) y=(num(if below { y + 14.0 } else { y - 5.0 })) text-anchor="end" {
            (human::counted(curve.censored, "run")) " not back"
        }
    }
}
