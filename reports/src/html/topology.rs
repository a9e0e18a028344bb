//! A system as boxes: regions, in them sites, in them nodes with their roles; arcs for what lies between regions.

use maud::{Markup, html};

use super::axis::num;
use crate::dossier::{Line, Node, Place, Topology};
use crate::human;

const WIDTH: f64 = 720.0;
/// Right edge of the boxes: arcs lie beyond.
const BOX: f64 = 470.0;
const ROW: f64 = 22.0;
const GAP: f64 = 14.0;
/// Nodes drawn of one region, at most.
const NODES: usize = 12;
/// More regions than this have more links than anybody can follow: they are in the table alone.
const ARCS: usize = 6;

/// The drawing and a table of the same.
pub(super) fn figure(system: &Topology, index: usize) -> Markup {
    html! {
        figure.system id=(format!("system-{index}")) {
            figcaption { strong { (system.name) } @if !system.about.is_empty() { ": " (system.about) } }
            div.wide tabindex="0" role="region" aria-label=(format!("Topology of {}", system.name)) { (drawing(system, index)) }
            details { summary { "The same as a table" } (tables(system)) }
        }
    }
}

/// A region with the rows that it takes.
struct Laid<'a> {
    place: &'a Place,
    top: f64,
    height: f64,
}

fn laid(system: &Topology) -> Vec<Laid<'_>> {
    let mut top = 4.0;
    let lay = |place| {
        let rows = nodes(place).count().min(NODES) + usize::from(nodes(place).count() > NODES);
        let laid = Laid { place, top, height: 26.0 + ROW * rows.max(1) as f64 };
        top += laid.height + GAP;
        laid
    };
    system.places.iter().map(lay).collect()
}

fn nodes(place: &Place) -> impl Iterator<Item = (&str, &Node)> {
    place.sites.iter().flat_map(|site| site.nodes.iter().map(|node| (site.name.as_str(), node)))
}

fn drawing(system: &Topology, index: usize) -> Markup {
    let laid = laid(system);
    let bottom = laid.last().map_or(20.0, |last| last.top + last.height + 4.0);
    html! {
        svg.topology viewBox=(format!("0 0 {WIDTH} {}", num(bottom))) role="img" aria-labelledby=(format!("ts{index} ds{index}")) {
            title id=(format!("ts{index}")) { "Topology of " (system.name) }
            desc id=(format!("ds{index}")) { "Regions as boxes with their nodes, arcs between them as links. The table below tells the same." }
            @for place in &laid { (region(place)) }
            @if system.places.len() <= ARCS { @for line in &system.lines { (arc(line, &laid)) } }
        }
    }
}

fn region(laid: &Laid<'_>) -> Markup {
    let Laid { place, top, height } = laid;
    let hidden = nodes(place).count().saturating_sub(NODES);
    html! {
        rect.place x="4" y=(num(*top)) width=(num(BOX - 4.0)) height=(num(*height)) rx="8" {}
        text.place x="16" y=(num(top + 18.0)) { (human::shortened(&place.name, 30)) }
        text.small x=(num(BOX - 12.0)) y=(num(top + 18.0)) text-anchor="end" { (human::shortened(&population(place), 44)) }
        @for (row, (site, node)) in nodes(place).take(NODES).enumerate() {
            @let y = top + 26.0 + ROW * row as f64;
            rect class=(node.role) x="16" y=(num(y)) width="12" height="12" rx=(if node.role == "witness" { "6" } else { "2" }) {}
            text.node x="36" y=(num(y + 11.0)) { (human::shortened(&node.name, 24)) }
            text.small x="220" y=(num(y + 11.0)) { (node.role) }
            text.small x="290" y=(num(y + 11.0)) { (human::shortened(site, 24)) }
        }
        @if hidden > 0 {
            text.small x="36" y=(num(top + 37.0 + ROW * NODES as f64)) { "and " (human::counted(hidden as u64, "node")) " more" }
        }
    }
}

fn population(place: &Place) -> String {
    let clients = human::counted(u64::from(place.clients), "client");
    format!("{}, {clients}, {} writes/s", place.provider, human::count(place.writes_per_second))
}

/// From one region's right side to the other's: the further apart, the further out.
fn arc(line: &Line, laid: &[Laid<'_>]) -> Markup {
    let (Some(one), Some(other)) = (laid.get(line.between.0), laid.get(line.between.1)) else {
        return html! {};
    };
    let apart = line.between.0.abs_diff(line.between.1) as f64;
    let (from, to) = (one.top + one.height / 2.0, other.top + other.height / 2.0);
    let (from, to) = (from + 5.0 * apart, to - 5.0 * apart);
    let out = BOX + 10.0 + 60.0 * apart;
    let curve =
        format!("M{} {}C{out} {} {out} {} {} {}", num(BOX), num(from), num(from), num(to), num(BOX), num(to));
    // A cubic with both handles at `out` bulges by three quarters of the way.
    let bulge = BOX + 0.75 * (out - BOX);
    html! {
        path.link d=(curve) {}
        text.small.over x=(num(bulge + 6.0)) y=(num((from + to) / 2.0 + 4.0)) { (line.latency) }
    }
}

fn tables(system: &Topology) -> Markup {
    let name = |place: usize| system.places.get(place).map_or("?", |place| place.name.as_str());
    html! {
        div.wide tabindex="0" role="region" aria-label="Nodes" { table {
            caption { "Nodes" }
            thead { tr { th scope="col" { "node" } th scope="col" { "role" } th scope="col" { "site" } th scope="col" { "region" } th scope="col" { "provider" } th.n scope="col" { "writes/s" } } }
            tbody { @for place in &system.places { @for (site, node) in nodes(place) { tr {
                td { (node.name) } td { (node.role) } td { (site) } td { (place.name) } td { (place.provider) }
                td.n { (human::count(node.capacity)) }
            } } } }
        } }
        @if !system.lines.is_empty() { div.wide tabindex="0" role="region" aria-label="Links" { table {
            caption { "Links, one way" }
            thead { tr { th scope="col" { "between" } th scope="col" { "latency" } th scope="col" { "loss" } } }
            tbody { @for line in &system.lines { tr {
                td { (name(line.between.0)) " and " (name(line.between.1)) } td { (line.latency) } td { (line.loss) }
            } } }
        } } }
    }
}
