//! Names become indexes, distributions become samplers.

mod names;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use failover::{Configuration, Member, NodeId};
use scenarios::{Plan, Scenario, Strike, Topology};
use sim::{Key, Sampler};
use units::Span;

use super::actives::ActivesModel;
use super::guards::{AlertsModel, BudgetModel, KmsModel};
use super::people::{PeopleModel, forger, signing_key, wish};
use super::redirect::RedirectModel;
use super::rejoin::RejoinModel;
use super::standbys::StandbysModel;
use super::stops::StopModel;
use super::{
    CALM, Degradation, FaultModel, LoadModel, Model, ModelError, NodeKeys, NodeModel, Part, Path, ReadModel,
    RegionModel, RepeatModel, SlowPart, StrikeModel, Timing, traffic,
};
use crate::engine::Engine;
use crate::journal;
use crate::logic::Policy;
use crate::network::Network;

pub(super) use names::Names;

impl<P: Policy> Model<P> {
    /// # Errors
    /// A name that means nothing, a distribution that cannot be sampled, a configuration the logic refuses.
    pub fn new<L: scenarios::Logic<Policy = P>>(scenario: &Scenario<L>) -> Result<Model<P>, ModelError> {
        let plan = &scenario.plan;
        let names = Names::of(plan);
        let mut config = configuration(plan, &names)?;
        config.policy.take_keys(&|name| signing_key(name).public());
        config.validate_cluster().map_err(|error| ModelError(error.to_string()))?;
        config.policy.validate().map_err(ModelError)?;
        let terms = config.policy.terms();
        let faults = fault_models(&names, &scenario.faults)?;
        if faults.len() > Network::FAULTS_MAX {
            let why = format!("{} strikes; at most {} can be told apart", faults.len(), Network::FAULTS_MAX);
            return Err(ModelError(why));
        }
        let mut engine = Engine::of(plan.database.engine).map_err(|error| ModelError(error.to_string()))?;
        if let Some(able) = plan.database.refuses_without_lease {
            engine.refuses_without_lease = able;
        }
        own_times(&mut engine, &plan.database)?;
        let uniform = |from, to| sim::Distribution::Uniform(Span::from_millis(from), Span::from_millis(to));
        let quiet = scenario.steady + terms.suspicion + terms.lease.map_or(Span::ZERO, |lease| lease.length);
        let links = node_paths(plan, &names)?;
        let hiccup = Span::from_nanos(terms.beat().as_nanos() / 4);
        let delay_most =
            links.iter().map(|path: &Path| path.latency.quantile(CALM)).max().unwrap_or(Span::ZERO);
        let punctual = delay_most < hiccup;
        let lossless = links.iter().all(|path| path.loss == 0.0);
        let paths = region_paths(plan, &names)?;
        let redirect = RedirectModel::of(plan, &names, &paths)?;
        Ok(Model {
            reads: read_model(plan, &names, &paths),
            starts: traffic::starts(&plan.traffic),
            reroute_after: plan.traffic.reroute_after,
            actives: actives(plan, &config, &paths, &names),
            nodes: node_models(plan, &names),
            voters: config.voters().map(|voter| voter.index()).collect(),
            majority: config.majority(),
            regions: region_models(plan, &names)?,
            paths,
            punctual,
            delay_most,
            calm: punctual && lossless,
            links,
            durability: durability(&config.durability),
            standbys: StandbysModel::of(&plan.database),
            stops: StopModel::of(&plan.database).map_err(|error| ModelError(error.to_string()))?,
            replication_rate: plan.database.replication_writes_per_second,
            queue_max: plan.database.queue_max,
            rejoin: RejoinModel::of(&plan.database),
            alerts: AlertsModel::of(plan)?,
            kms: KmsModel::of(plan)?,
            budget: BudgetModel::of(plan),
            watchdog: plan.database.watchdog,
            clients: plan.clients.clone(),
            draws_per_attempt: draws_per_attempt(plan),
            redirect,
            dns_negative_ttl: plan.dns.negative_ttl,
            dns_ttl: plan.dns.ttl.max(plan.dns.ttl_least),
            resolvers: plan.dns.resolvers_per_region.max(1),
            dns_update: RedirectModel::update(plan)?,
            serve_stale: plan.dns.serve_stale,
            fault_names: names_of(scenario.faults.len(), &faults),
            people: PeopleModel::of(scenario, &names)?,
            faults,
            horizon: scenario.horizon,
            steady: scenario.steady,
            quiet,
            // Assumed: an fsync of a few kilobytes on an SSD.
            disk_write: compile(&sim::Distribution::Lognormal {
                median: Span::from_millis(1),
                p99: Span::from_millis(10),
            })?,
            // Assumed: a virtual machine boots in 20 to 60 s, an agent starts in 0.5 to 2 s, and a process that
            // was held up is scheduled again within 50 ms.
            boot: compile(&uniform(20_000, 60_000))?,
            agent_start: compile(&uniform(500, 2_000))?,
            resume: compile(&uniform(1, 50))?,
            engine,
            config: Arc::new(config),
            terms,
        })
    }
}

/// Samplers are tables of 32 KB, and ten thousand scenarios of a plan have the same few dozen of them.
pub(super) fn compile(distribution: &sim::Distribution) -> Result<Sampler, ModelError> {
    static KNOWN: Mutex<BTreeMap<String, Sampler>> = Mutex::new(BTreeMap::new());
    let name = format!("{distribution:?}");
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(sampler) = known.get(&name) {
        return Ok(sampler.clone());
    }
    let sampler = distribution.compile().map_err(|error| ModelError(error.to_string()))?;
    if known.len() >= SAMPLERS_MAX {
        known.clear();
    }
    known.insert(name, sampler.clone());
    Ok(sampler)
}

/// 32 MB of tables.
const SAMPLERS_MAX: usize = 1_000;

/// Samplers of links: a hundred nodes have ten thousand links of very few kinds, and samplers are shared.
#[derive(Default)]
struct LinkSamplers(Vec<(sim::Distribution, Sampler)>);

impl LinkSamplers {
    fn path(&mut self, link: &scenarios::Link, key: Key) -> Result<Path, ModelError> {
        let known = self.0.iter().find(|(latency, _)| *latency == link.latency);
        let latency = match known {
            Some((_, sampler)) => sampler.clone(),
            None => {
                let sampler = compile(&link.latency)?;
                self.0.push((link.latency.clone(), sampler.clone()));
                sampler
            }
        };
        Ok(Path { latency, loss: link.loss, key })
    }
}

fn configuration<P: Clone>(plan: &Plan<P>, names: &Names) -> Result<Configuration<P>, ModelError> {
    let mut members = Vec::new();
    for region in &plan.regions {
        for site in &region.sites {
            members.extend(site.nodes.iter().map(|node| Member {
                name: node.name.clone(),
                region: region.name.clone(),
                site: site.name.clone(),
                capacity: node.capacity,
                witness: node.witness,
                votes: node.votes,
            }));
        }
    }
    let member = |name: &str| names.node_index(name).map(NodeId::at);
    let members_of = |list: &[String]| list.iter().map(|name| member(name)).collect::<Result<Vec<_>, _>>();
    let waits = match &plan.database.durability {
        scenarios::Durability::Async => failover::Durability::Async,
        scenarios::Durability::Sync(list) => failover::Durability::Sync(members_of(list)?),
        scenarios::Durability::Quorum(count) => failover::Durability::Quorum(*count),
        scenarios::Durability::First(count, list) => failover::Durability::First(*count, members_of(list)?),
        scenarios::Durability::Any(count, list) => failover::Durability::Any(*count, members_of(list)?),
    };
    let durability = match plan.database.degrades_after {
        Some(_) => failover::Durability::Degrading(Box::new(waits)),
        None => waits,
    };
    let first_primary = member(&plan.database.primary)?;
    let actives = match &plan.database.topology {
        Topology::ActivePassive => Vec::new(),
        Topology::ActiveActive(actives) => {
            actives.nodes.iter().map(|name| member(name)).collect::<Result<_, _>>()?
        }
    };
    Ok(Configuration { members, durability, first_primary, actives, policy: plan.policy.clone() })
}

fn actives<P>(
    plan: &Plan<P>,
    config: &Configuration<P>,
    paths: &[Path],
    names: &Names,
) -> Option<ActivesModel> {
    let Topology::ActiveActive(actives) = &plan.database.topology else { return None };
    let nodes = config.actives.iter().map(|node| node.index()).collect();
    Some(ActivesModel::new(actives, nodes, paths, names.regions.len(), |node| names.region_of(node)))
}

/// What the plan knows better than the engine's profile.
fn own_times(engine: &mut Engine, database: &scenarios::Database) -> Result<(), ModelError> {
    let own = [
        (&mut engine.promote, &database.promotion),
        (&mut engine.start, &database.start),
        (&mut engine.stop, &database.session_end),
    ];
    for (time, given) in own {
        if let Some(given) = given {
            *time = compile(given)?;
        }
    }
    Ok(())
}

fn durability(promised: &failover::Durability) -> journal::Durability {
    let stores = |list: &[NodeId]| list.iter().map(|node| node.index()).collect();
    match promised {
        failover::Durability::Async => journal::Durability::Async,
        failover::Durability::Sync(list) => journal::Durability::Sync(stores(list)),
        failover::Durability::Quorum(count) => journal::Durability::Quorum(*count),
        failover::Durability::First(count, list) => journal::Durability::First(*count, stores(list)),
        failover::Durability::Any(count, list) => journal::Durability::Any(*count, stores(list)),
        // What it falls back to is the world's to tell.
        failover::Durability::Degrading(waits) => durability(waits),
    }
}

fn node_models<P>(plan: &Plan<P>, names: &Names) -> Vec<NodeModel> {
    let nodes = plan.regions.iter().flat_map(|region| &region.sites).flat_map(|site| &site.nodes);
    nodes
        .enumerate()
        .map(|(index, node)| NodeModel {
            name: node.name.clone(),
            region: names.region_of(index),
            site: names.nodes[index].1,
            witness: node.witness,
            capacity: node.capacity,
            keys: NodeKeys {
                disk: Key::new(&node.name, "disk"),
                life: Key::new(&node.name, "life"),
                trail: Key::new(&node.name, "audit trail"),
                replication: Key::new(&node.name, "replication"),
                rejoin: Key::new(&node.name, "rejoin"),
                desk: Key::new(&node.name, "desk"),
            },
        })
        .collect()
}

fn region_models<P>(plan: &Plan<P>, names: &Names) -> Result<Vec<RegionModel>, ModelError> {
    let model = |(index, region): (usize, &scenarios::Region)| {
        let uses = uses(plan, region)?;
        Ok(RegionModel {
            name: region.name.clone(),
            provider: names.provider_of[index],
            clients: region.clients,
            writes_per_second: region.writes_per_second,
            load: LoadModel::of(plan, region)?,
            reads: region.reads_per_second > 0,
            uses_most: uses.as_ref().map_or(Span::ZERO, |law| law.quantile(1.0)),
            uses,
            use_key: Key::new(&region.name, "use"),
            pool_key: Key::new(&region.name, "pool"),
            address_key: Key::new(&region.name, "address"),
            renewal_key: Key::new(&region.name, "renewal"),
            attempt_key: Key::new(&region.name, "attempt"),
            resolver_key: Key::new(&region.name, "resolvers"),
        })
    };
    plan.regions.iter().enumerate().map(model).collect()
}

/// Statements take connections at random, so each is used again after an exponential time.
fn uses<P>(plan: &Plan<P>, region: &scenarios::Region) -> Result<Option<Sampler>, ModelError> {
    let (statements, clients) =
        (region.writes_per_second.saturating_add(region.reads_per_second), u64::from(region.clients));
    if statements == 0 || clients == 0 {
        return Ok(None);
    }
    let between = Span::from_secs(1).saturating_mul(clients).as_nanos() / statements;
    let connections = plan.clients.pool.as_ref().map_or(1, |pool| pool.size);
    let mean = Span::from_nanos(between.max(1)).saturating_mul(connections.into());
    compile(&sim::Distribution::Exponential { mean }).map(Some)
}

/// A moment, a delay and the server's own time for each attempt; a delay that is drawn from a mixture takes more.
fn draws_per_attempt<P>(plan: &Plan<P>) -> u64 {
    let links = &plan.links;
    let routes = links.routes.iter().map(|route| &route.link);
    let mixed = |link: &scenarios::Link| matches!(link.latency, sim::Distribution::Mixture(_));
    let mixes = [&links.within_region, &links.between_regions].into_iter().chain(routes).any(mixed);
    match plan.redirect {
        _ if mixes => 16,
        // Two ways, or who answers first.
        scenarios::Redirect::Proxy | scenarios::Redirect::VirtualAddress => 8,
        scenarios::Redirect::Dns | scenarios::Redirect::Hosts => 4,
    }
}

/// Which copies each region reads from: by latency, then in the plan's order.
fn read_model<P>(plan: &Plan<P>, names: &Names, paths: &[Path]) -> Option<ReadModel> {
    if plan.regions.iter().all(|region| region.reads_per_second == 0) {
        return None;
    }
    let nodes = plan.regions.iter().flat_map(|region| &region.sites).flat_map(|site| &site.nodes);
    let copies: Vec<usize> =
        nodes.enumerate().filter(|(_, node)| !node.witness).map(|(node, _)| node).collect();
    let regions = names.regions.len();
    let sorted = |region: usize| {
        let mut copies = copies.clone();
        copies.sort_by_key(|node| {
            let there = names.region_of(*node);
            (there != region, paths[region * regions + there].latency.mean())
        });
        copies
    };
    let nearest = plan.dns.routing == scenarios::Routing::Nearest;
    Some(ReadModel {
        nearest: nearest.then(|| (0..regions).map(sorted).collect()),
        health_check: plan.dns.health_check,
        check_keys: names.regions.iter().map(|region| Key::new(region, "health checks")).collect(),
    })
}

/// How messages travel between two regions, or within one.
fn region_link<'a, P>(plan: &'a Plan<P>, from: &str, to: &str) -> &'a scenarios::Link {
    if from == to {
        return &plan.links.within_region;
    }
    let route = plan.links.routes.iter().find(|route| {
        let (a, b) = (route.between.0.as_str(), route.between.1.as_str());
        (a, b) == (from, to) || (b, a) == (from, to)
    });
    route.map_or(&plan.links.between_regions, |route| &route.link)
}

fn region_paths<P>(plan: &Plan<P>, names: &Names) -> Result<Vec<Path>, ModelError> {
    let (mut paths, mut samplers) = (Vec::new(), LinkSamplers::default());
    for from in &names.regions {
        for to in &names.regions {
            let link = region_link(plan, from, to);
            let key = Key::new(&format!("{from}>{to}"), "clients");
            paths.push(samplers.path(link, key)?);
        }
    }
    Ok(paths)
}

fn node_paths<P>(plan: &Plan<P>, names: &Names) -> Result<Vec<Path>, ModelError> {
    let (mut paths, mut samplers) = (Vec::new(), LinkSamplers::default());
    for (from, (from_name, from_site)) in names.nodes.iter().enumerate() {
        for (to, (to_name, to_site)) in names.nodes.iter().enumerate() {
            let link = if from_site == to_site {
                &plan.links.within_site
            } else {
                let region = |node| names.regions[names.region_of(node)].as_str();
                region_link(plan, region(from), region(to))
            };
            let key = Key::new(&format!("{from_name}>{to_name}"), "link");
            paths.push(samplers.path(link, key)?);
        }
    }
    Ok(paths)
}

/// A model for each strike that can overlap another of its fault.
fn fault_models(names: &Names, faults: &[scenarios::Fault]) -> Result<Vec<FaultModel>, ModelError> {
    let mut models = Vec::new();
    for (of, fault) in faults.iter().enumerate() {
        let timing = Timing::of(names, fault)?;
        let (name, strike) = strike_model(names, &fault.strike)?;
        let name = name + &timing.told();
        let again = match &fault.again {
            Some(again) => Some(RepeatModel { every: compile(&again.every)?, times: again.times }),
            None => None,
        };
        let fixed = fault.heal_after.map(sim::Distribution::Constant);
        let lasts = fault.lasts.as_ref().or(fixed.as_ref()).map(compile).transpose()?;
        let times = again.as_ref().and_then(|again| again.times).unwrap_or(0);
        models.extend((0..=times).map(|occurrence| FaultModel {
            name: if occurrence == 0 { name.clone() } else { format!("{name}, time {}", occurrence + 1) },
            timing: timing.clone(),
            lasts: lasts.clone(),
            strike: strike.clone(),
            of,
            occurrence,
            again: again.clone(),
            key: Key::new(&format!("fault {of}"), "time"),
        }));
    }
    Ok(models)
}

/// The names of the scenario's faults: those of their first strikes.
fn names_of(count: usize, faults: &[FaultModel]) -> Vec<String> {
    let first = |of| faults.iter().find(|fault| fault.of == of).map(|fault| fault.name.clone());
    (0..count).filter_map(first).collect()
}

fn strike_model(names: &Names, strike: &Strike) -> Result<(String, StrikeModel), ModelError> {
    use StrikeModel as M;
    let at = |name: &String| names.node(name);
    Ok(match strike {
        Strike::Crash(name) => (format!("crash of {name}"), M::Crash(at(name)?, Part::Machine)),
        Strike::CrashAgent(name) => (format!("agent crash on {name}"), M::Crash(at(name)?, Part::Agent)),
        Strike::CrashDatabase(name) => {
            (format!("database crash on {name}"), M::Crash(at(name)?, Part::Database))
        }
        Strike::Silence(name) => (format!("silence of {name}"), M::Silence(at(name)?)),
        Strike::Hang(name) => (format!("hang of {name}"), M::Hang(at(name)?, Part::Machine)),
        Strike::HangAgent(name) => (format!("agent hang on {name}"), M::Hang(at(name)?, Part::Agent)),
        Strike::HangDatabase(name) => {
            (format!("database hang on {name}"), M::Hang(at(name)?, Part::Database))
        }
        Strike::RegionLoss(name) => (format!("loss of region {name}"), M::RegionLoss(names.region(name)?)),
        Strike::SiteLoss(name) => (format!("loss of site {name}"), M::SiteLoss(names.site(name)?)),
        Strike::ProviderLoss(name) => {
            (format!("loss of provider {name}"), M::ProviderLoss(names.provider(name)?))
        }
        Strike::Flapping { between: (one, other), down, up } => {
            let between = [names.endpoints(one)?, names.endpoints(other)?];
            let name = format!("flapping link between {} and {}", one.join(", "), other.join(", "));
            (name, M::Flapping { between, down: compile(down)?, up: compile(up)? })
        }
        Strike::Degraded { from, to, one_way, slower, loss, writes_per_second } => {
            let slower = slower.as_ref().map(compile).transpose()?;
            let by = Degradation { slower, loss: *loss, writes_per_second: *writes_per_second };
            let name = format!("bad link between {} and {}", from.join(", "), to.join(", "));
            let (from, to) = (names.endpoints(from)?, names.endpoints(to)?);
            (name, M::Degraded { from, to, both_ways: !one_way, by })
        }
        Strike::Slow { node, times } => {
            (format!("{node} {times} times slower"), M::Slow(at(node)?, SlowPart::Machine, *times))
        }
        Strike::SlowDisk { node, times } => {
            (format!("disk of {node} {times} times slower"), M::Slow(at(node)?, SlowPart::Disk, *times))
        }
        Strike::FullDisk(node) => (format!("full disk on {node}"), M::FullDisk(at(node)?)),
        Strike::FailedPromotion { node, times } => {
            (format!("failing promotion on {node}"), M::FailedPromotion(at(node)?, *times))
        }
        Strike::Partition(one, other) => {
            let (from, to) = (names.endpoints(one)?, names.endpoints(other)?);
            (
                format!("partition of {} from {}", one.join(", "), other.join(", ")),
                M::Cut { from, to, both_ways: true },
            )
        }
        Strike::OneWayPartition { from, to } => {
            let name = format!("one-way partition from {} to {}", from.join(", "), to.join(", "));
            (name, M::Cut { from: names.endpoints(from)?, to: names.endpoints(to)?, both_ways: false })
        }
        Strike::SlowReplication { node, writes_per_second } => {
            (format!("slow replication to {node}"), M::SlowReplication(at(node)?, *writes_per_second))
        }
        Strike::TamperedPlan(node) => {
            (format!("configuration tampered with on {node}"), M::TamperedPlan(at(node)?))
        }
        Strike::ChannelFailure(name) => {
            let found = names.channels.iter().position(|channel| channel == name);
            let channel = found.ok_or_else(|| ModelError(format!("no channel is called '{name}'")))?;
            (format!("failure of the channel {name}"), M::ChannelFailure(channel))
        }
        Strike::KmsFailure => ("failure of the KMS".to_owned(), M::KmsFailure),
        Strike::SlowKms { slower } => ("slow KMS".to_owned(), M::SlowKms(compile(slower)?)),
        Strike::LostKey(node) => (format!("lost key of {node}"), M::LostKey(at(node)?)),
        Strike::TamperedTrail { node, how } => {
            (format!("audit trail tampered with on {node}"), M::TamperedTrail(at(node)?, *how))
        }
        Strike::DnsFailure => ("failure of the name servers".to_owned(), M::DnsFailure),
        Strike::DnsEmpty => ("empty record of the name servers".to_owned(), M::DnsEmpty),
        Strike::DnsWrong(node) => (format!("record that names {node}"), M::DnsWrong(at(node)?)),
        Strike::CrashProxy(name) => {
            let found = names.proxies.iter().position(|(proxy, _)| proxy == name);
            let proxy = found.ok_or_else(|| ModelError(format!("no proxy is called '{name}'")))?;
            (format!("crash of the proxy {name}"), M::CrashProxy(proxy))
        }
        Strike::DuplicateAddress(node) => {
            (format!("duplicate address on {node}"), M::DuplicateAddress(at(node)?))
        }
        Strike::ClockDrift { node, ppm } => {
            (format!("clock drift on {node}"), M::ClockDrift(at(node)?, *ppm))
        }
        Strike::ClockStepAhead { node, by } => {
            (format!("clock step on {node}"), M::ClockStep(at(node)?, *by))
        }
        Strike::ClockStall { node, by } => (format!("clock stall on {node}"), M::ClockStall(at(node)?, *by)),
        Strike::ForgedRequest { by, ask } => forger(by, wish(names, ask)?),
        Strike::AlteredRequests => ("altered requests".to_owned(), M::AlteredRequests),
        Strike::ReplayedRequests => ("replayed requests".to_owned(), M::ReplayedRequests),
        Strike::RequestFlood { nodes, per_second, in_the_name_of } => {
            let at = nodes.iter().map(|name| names.node_index(name)).collect::<Result<_, _>>()?;
            let name = in_the_name_of.clone().unwrap_or_else(|| "mallory".to_owned());
            let flood = M::RequestFlood { nodes: at, at_once: per_second / 10, name };
            (format!("{per_second} requests per second at {}", nodes.join(", ")), flood)
        }
        Strike::StaleLeader(node) => {
            (format!("replayed messages of {node}"), M::StaleLeader(names.node_index(node)?))
        }
    })
}
