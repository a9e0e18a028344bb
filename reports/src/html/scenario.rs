//! Everything about one scenario, folded away until somebody wants it. What does not pass is open from the start.

use maud::{Markup, html};

use super::ccdf::{self, Subject};
use super::{chip, claims, criteria, lanes, measured, waterfall};
use crate::criterion::Promise;
use crate::dossier::{Dossier, Page};
use crate::human;
use crate::scenario::ScenarioReport;
use crate::seconds::Seconds;
use crate::spread::{Interval, Spread};
use crate::verdict::Verdict;

/// As few as these are all open.
const FEW: usize = 2;
/// Of more failures than this only the first are open: the page would have no end.
const OPEN: usize = 5;

pub(super) fn section(dossier: &Dossier) -> Markup {
    let few = dossier.pages.len() <= FEW;
    let mut opened = 0;
    let mut is_open = |scenario: &ScenarioReport| {
        let open = few || (scenario.verdict != Verdict::Pass && opened < OPEN);
        opened += usize::from(open);
        open
    };
    html! {
        section id="scenarios" aria-labelledby="h-scenarios" {
            h2 id="h-scenarios" { "Scenarios" }
            @for (index, (scenario, page)) in dossier.scenarios().enumerate() {
                (article(dossier, scenario, page, index, is_open(scenario)))
            }
        }
    }
}

fn article(dossier: &Dossier, scenario: &ScenarioReport, page: &Page, index: usize, open: bool) -> Markup {
    html! {
        details.scenario open=[open.then_some("open")] {
            summary { (chip(scenario.verdict)) " " h3 { (scenario.name) } " " span.brief { (brief(scenario)) } }
            article id=(format!("s{index}")) aria-label=(scenario.name) {
                p.story { (scenario.story) }
                (facts(dossier, scenario, page))
                (reasons(scenario))
                (charts(page, index))
                (figures(scenario))
                (measured::table(scenario))
                (criteria::table(scenario))
                (waterfall::table(page))
                (lanes::figure(&page.told, &format!("l{index}")))
                (claims::of(scenario))
                (known(scenario))
                p { "Worst run: " @if scenario.replay.is_none() { "there is none." } }
                (criteria::replay(scenario.replay.as_deref()))
            }
        }
    }
}

/// `p99 59.1s, RTO 10m; at most 9 writes lost`.
fn brief(scenario: &ScenarioReport) -> String {
    let time = scenario
        .recovery_time_s
        .map_or("no runs".to_owned(), |time| format!("p99 {}", human::measured(time.p99.0)));
    let rto = scenario.objectives.filter(|_| !scenario.is_exempt(Promise::RecoveryTime));
    let rto = rto.map(|promised| format!(" of {}", human::measured(promised.recovery_time_s.0)));
    let lost = match scenario.lost_writes.map(|lost| lost.max) {
        Some(0) => "; nothing lost".to_owned(),
        Some(max) => format!("; at most {} lost", human::counted(max, "write")),
        None => String::new(),
    };
    time + &rto.unwrap_or_default() + &lost
}

fn facts(dossier: &Dossier, scenario: &ScenarioReport, page: &Page) -> Markup {
    let system = page.system.and_then(|index| dossier.systems.get(index).map(|system| (index, system)));
    html! {
        p.facts {
            code { (scenario.file) } " · " (human::counted(scenario.seeds, "run"))
            @if scenario.cut_short() { " of " (human::count(scenario.seeds_planned)) " planned" }
            " · digest " code { (scenario.digest) }
            @if !scenario.covers.is_empty() { " · covers " (scenario.covers.join(", ")) }
            @if let Some((index, system)) = system { " · system " a href=(format!("#system-{index}")) { (system.name) } }
            @if !scenario.overrides.is_empty() { " · with " code { (scenario.overrides.join(" ")) } }
        }
    }
}

fn reasons(scenario: &ScenarioReport) -> Markup {
    html! { @if !scenario.reasons.is_empty() {
        ul.reasons { @for reason in &scenario.reasons { li { (reason) } } }
    } }
}

fn charts(page: &Page, index: usize) -> Markup {
    let (time, point) = (format!("a{index}"), format!("b{index}"));
    html! {
        div.charts {
            figure {
                figcaption { "Recovery time: share of runs that took longer" }
                (ccdf::chart(&page.recovery_time, &Subject { id: &time, measure: "recovery time", promise: "RTO" }))
            }
            figure {
                figcaption { "Recovery point: share of runs that lost older writes" }
                (ccdf::chart(&page.recovery_point, &Subject { id: &point, measure: "recovery point", promise: "RPO" }))
            }
        }
    }
}

/// The same in figures.
fn figures(scenario: &ScenarioReport) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Figures" {
            table {
                caption { "Figures, with 95 % intervals of the true quantile" }
                thead { tr {
                    th scope="col" {} th.n scope="col" { "min" } th.n scope="col" { "p50" } th.n scope="col" { "p95" }
                    th.n scope="col" { "p99" } th.n scope="col" { "max" } th.n scope="col" { "promised" } th.n scope="col" { "not back" }
                } }
                tbody {
                    @if let Some(time) = &scenario.recovery_time_s {
                        (spread("recovery time (longest outage)", time, &seconds, scenario.objectives.map(|promised| promised.recovery_time_s)))
                    }
                    @if let Some(point) = &scenario.recovery_point_s {
                        (spread("recovery point", point, &seconds, scenario.objectives.map(|promised| promised.recovery_point_s)))
                    }
                    @if let Some(outages) = &scenario.outages {
                        (spread("outages in a run", &outages.count, &|count| human::count(count), None))
                        (spread("all outages of a run", &outages.total_s, &seconds, None))
                    }
                    @if let Some(clients) = &scenario.clients {
                        (spread("client time lost", &clients.lost_s, &seconds, None))
                        (spread("of that, out of reach", &clients.cut_off_s, &seconds, None))
                    }
                    @if let Some(lost) = &scenario.lost_writes { (spread("lost writes", lost, &|count| human::count(count), None)) }
                }
            }
        }
        @if let Some(served) = scenario.clients.and_then(|clients| clients.availability) {
            p.note {
                "Clients served for " (human::share_at_least(served.p50)) " of all clients' time up to the horizon in half the runs, "
                (human::share_at_least(served.p99)) " in 99 % of them, " (human::share_at_least(served.min)) " in the worst."
            }
        }
    }
}

fn seconds(value: Seconds) -> String {
    human::measured(value.0)
}

fn spread<T: Copy>(
    name: &str,
    of: &Spread<T>,
    text: &dyn Fn(T) -> String,
    promised: Option<Seconds>,
) -> Markup {
    let end = |end: Option<T>| end.map_or("?".to_owned(), text);
    let quantile = |value: T, interval: &Interval<T>| {
        html! {
            td.n { (text(value)) " " small { "(" (end(interval.low)) " to " (end(interval.high)) ")" } }
        }
    };
    html! { tr {
        th scope="row" { (name) }
        td.n { (text(of.min)) }
        (quantile(of.p50, &of.p50_interval)) (quantile(of.p95, &of.p95_interval)) (quantile(of.p99, &of.p99_interval))
        td.n { (text(of.max)) }
        td.n { (promised.map_or("–".to_owned(), seconds)) }
        td.n { (human::count(of.censored)) }
    } }
}

/// Violations that are allowed, outages, load, what nobody looked at.
fn known(scenario: &ScenarioReport) -> Markup {
    let allowed = scenario.violations.iter().filter(|violation| violation.allowed);
    let allowed = allowed.map(|known| {
        let seen = format!("{} of {} runs", human::count(known.runs), human::count(scenario.seeds));
        format!("Known and allowed here: {} in {seen}; seed {}: {}", known.invariant, known.seed, known.what)
    });
    let lines: Vec<String> = allowed.chain(scenario.remarks()).collect();
    html! { @if !lines.is_empty() { ul.known { @for line in &lines { li { (line) } } } } }
}
