//! How much memory a world will take and how much happens in it by script, estimated before anything of it is built: a
//! plan that no machine can hold is refused at the field that makes it so.

use units::Span;

use super::Checker;
use crate::fault::Fault;
use crate::logic::Logic;
use crate::strike::Strike;
use crate::suggest::counted;
use crate::traffic::Bursts;

/// A world takes no more than this, in bytes; every thread has one.
const MEMORY_MAX: u64 = 1 << 29;
/// So many scripted changes take a second or two of computing time, and a run ends after four times as many events.
const CHANGES_MAX: f64 = 5e6;

/// A run of so many clients takes three seconds of computing time, and ten times as many take a hundred times that.
const CLIENTS_MAX: u64 = 20_000;

/// Of a client, with its place in tables: rounded up.
const CLIENT: u64 = 200;
/// Of a pair of nodes: path, stream, countdown of losses, cuts.
const LINK: u64 = 320;
/// Of a pair of a region and a node or another region.
const ROUTE: u64 = 96;
/// Of a resolver.
const RESOLVER: u64 = 32;
/// Of a point of a recording, in each region that shares it.
const POINT: u64 = 16;

/// What takes memory: where it is written, what it is, how much.
struct Part {
    path: String,
    what: String,
    bytes: u64,
}

pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    memory(checker);
    client_count(checker);
    let traffic = &checker.scenario.plan.traffic;
    if let Some(bursts) = &traffic.bursts {
        burst_count(checker, "traffic", bursts);
    }
    for (index, region) in checker.scenario.plan.regions.iter().enumerate() {
        if let Some(bursts) = region.traffic.as_ref().and_then(|traffic| traffic.bursts.as_ref()) {
            burst_count(checker, &format!("regions[{index}].traffic"), bursts);
        }
    }
    for (index, fault) in checker.scenario.faults.iter().enumerate() {
        fault_count(checker, &format!("faults[{index}].strike"), fault);
    }
}

fn memory<L: Logic>(checker: &mut Checker<'_, L>) {
    let parts = parts(checker);
    let all = parts.iter().map(|part| part.bytes).fold(0, u64::saturating_add);
    let Some(largest) = parts.into_iter().max_by_key(|part| part.bytes).filter(|_| all > MEMORY_MAX) else {
        return;
    };
    let megabytes = |bytes: u64| bytes / 1_000_000;
    let problem = format!(
        "this world takes about {} MB, most of it for {}",
        megabytes(all.max(largest.bytes)),
        largest.what
    );
    let remedy = format!("a world takes {} MB at most: describe fewer", megabytes(MEMORY_MAX));
    checker.plan_error(&largest.path, problem, remedy);
}

/// Whatever changes for one of them, all are looked at.
fn client_count<L: Logic>(checker: &mut Checker<'_, L>) {
    let clients = |region: &crate::Region| u64::from(region.clients);
    let all: u64 = checker.scenario.plan.regions.iter().map(clients).sum();
    if all > CLIENTS_MAX {
        let remedy = format!("describe {CLIENTS_MAX} at most: let one stand for several, with their writes");
        checker.plan_error("regions", format!("{all} clients in all regions together"), remedy);
    }
}

fn parts<L: Logic>(checker: &Checker<'_, L>) -> Vec<Part> {
    let plan = &checker.scenario.plan;
    let regions = plan.regions.len() as u64;
    let nodes = checker.names.nodes().len() as u64;
    let part = |path: String, what: String, bytes: u64| Part { path, what, bytes };
    let clients = |(index, region): (usize, &crate::Region)| {
        let (count, path) = (u64::from(region.clients), format!("regions[{index}].clients"));
        part(path, format!("{} of '{}'", counted(count, "client"), region.name), count * CLIENT)
    };
    let resolvers = u64::from(plan.dns.resolvers_per_region);
    let pairs = (nodes + regions).saturating_mul(nodes + regions);
    let shared = plan.traffic.recorded.as_ref().map_or(0, |recorded| recorded.points.len() as u64);
    let mut parts: Vec<Part> = plan.regions.iter().enumerate().map(clients).collect();
    parts.push(part(
        "regions".to_owned(),
        format!("the links between {}", counted(nodes, "node")),
        nodes.saturating_mul(nodes).saturating_mul(LINK),
    ));
    parts.push(part("regions".to_owned(), counted(regions, "region"), pairs.saturating_mul(ROUTE)));
    parts.push(part(
        "dns.resolvers_per_region".to_owned(),
        format!("{} in each of {}", counted(resolvers, "resolver"), counted(regions, "region")),
        resolvers.saturating_mul(regions).saturating_mul(RESOLVER),
    ));
    parts.push(part(
        "traffic.recorded".to_owned(),
        format!("{} of load in each of {}", counted(shared, "point"), counted(regions, "region")),
        shared.saturating_mul(regions).saturating_mul(POINT),
    ));
    parts
}

fn burst_count<L: Logic>(checker: &mut Checker<'_, L>, path: &str, bursts: &Bursts) {
    let lengths = [&bursts.every, &bursts.lasts].map(mean);
    let [Some(every), Some(lasts)] = lengths else { return };
    let changes = 2.0 * times(checker.scenario.horizon, every.saturating_add(lasts));
    if changes > CHANGES_MAX {
        let problem = format!("load changes {changes:.0} times in a run of {}", checker.scenario.horizon);
        checker.plan_error(
            &format!("{path}.bursts.every"),
            problem,
            "let bursts come seldom, and last longer",
        );
    }
}

fn fault_count<L: Logic>(checker: &mut Checker<'_, L>, path: &str, fault: &Fault) {
    let horizon = checker.scenario.horizon;
    let lasts = fault.heal_after.map_or(horizon, |after| after.min(horizon));
    let (field, changes, what) = match &fault.strike {
        Strike::Flapping { down, up, .. } => {
            let [Some(down), Some(up)] = [down, up].map(mean) else { return };
            ("down", 2.0 * times(lasts, down.saturating_add(up)), "a link changes")
        }
        Strike::RequestFlood { nodes, per_second, .. } => {
            let requests = lasts.as_secs_f64() * f64::from(*per_second) * nodes.len() as f64;
            ("per_second", requests, "requests arrive")
        }
        _ => return,
    };
    if changes > CHANGES_MAX {
        let problem = format!("{what} {changes:.0} times in a run of {horizon}");
        checker.error(&format!("{path}.{field}"), problem, "let it be over sooner, or happen less often");
    }
}

/// `None` for what cannot be drawn: that is found elsewhere.
fn mean(distribution: &sim::Distribution) -> Option<Span> {
    distribution.compile().ok().map(|sampler| sampler.mean())
}

/// How often `part` goes into `whole`.
fn times(whole: Span, part: Span) -> f64 {
    whole.as_nanos() as f64 / part.as_nanos().max(1) as f64
}
