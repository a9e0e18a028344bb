//! The system that a scenario strikes, as it is drawn.

use models::{Logic, Model};
use reports::dossier::{Line, Node, Place, Site, Topology};
use reports::human;

use crate::campaign::Campaign;

pub(super) fn of<L: Logic>(campaign: &Campaign<L>) -> Topology {
    let (plan, model) = (&campaign.scenario().plan, campaign.model());
    let about = format!("{:?}, durability {:?}", plan.database.engine, plan.database.durability);
    let mut next = 0..model.nodes.len();
    let mut node = |written: &scenarios::Node| {
        let index = next.next().expect("the model has every node of its plan, in the same order");
        Node { name: written.name.clone(), role: role(model, index), capacity: written.capacity }
    };
    let mut site = |written: &scenarios::Site| Site {
        name: written.name.clone(),
        nodes: written.nodes.iter().map(&mut node).collect(),
    };
    let place = |region: &scenarios::Region| Place {
        name: region.name.clone(),
        provider: region.provider.clone(),
        clients: region.clients,
        writes_per_second: region.writes_per_second,
        sites: region.sites.iter().map(&mut site).collect(),
    };
    let places = plan.regions.iter().map(place).collect();
    Topology { name: plan.name.clone(), about, places, lines: lines(model) }
}

/// At the start of a run.
fn role<P>(model: &Model<P>, node: usize) -> &'static str {
    let is_active = model.actives.as_ref().is_some_and(|actives| actives.nodes.contains(&node));
    match () {
        () if model.nodes[node].witness => "witness",
        () if is_active => "active",
        () if model.config.first_primary.index() == node => "primary",
        () => "replica",
    }
}

/// Between every two regions; both directions are alike.
fn lines<P>(model: &Model<P>) -> Vec<Line> {
    let regions = model.regions.len();
    let pairs = (0..regions).flat_map(|one| (one + 1..regions).map(move |other| (one, other)));
    let line = |(one, other)| {
        let path = model.path(one, other);
        let [p50, p99] = [0.5, 0.99].map(|p| human::span(path.latency.quantile(p)));
        let latency = if p50 == p99 { p50 } else { format!("p50 {p50}, p99 {p99}") };
        let loss = if path.loss > 0.0 { human::share(path.loss) } else { String::new() };
        Line { between: (one, other), latency, loss }
    };
    pairs.map(line).collect()
}
