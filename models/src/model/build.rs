//! Names become indexes, distributions become samplers.

use std::sync::Arc;

use failover::{Configuration, Member, NodeId};
use scenarios::{Plan, Strike};
use sim::{Key, Sampler};
use units::Span;

use super::rejoin::RejoinModel;
use super::{
    CALM, Disaster, FaultModel, Model, ModelError, NodeKeys, NodeModel, Part, Path, RegionModel, StrikeModel,
    Target,
};
use crate::engine::Engine;
use crate::journal;
use crate::logic::Policy;
use crate::network::Network;

impl<P: Policy> Model<P> {
    /// # Errors
    /// A name that means nothing, a distribution that cannot be sampled, a configuration the logic refuses.
    pub fn new(plan: &Plan<P>, disaster: &Disaster) -> Result<Model<P>, ModelError> {
        let names = Names::of(plan);
        let config = configuration(plan, &names)?;
        config.validate_cluster().map_err(|error| ModelError(error.to_string()))?;
        config.policy.validate().map_err(ModelError)?;
        let terms = config.policy.terms();
        if disaster.faults.len() > Network::FAULTS_MAX {
            let why = format!(
                "{} faults; at most {} can be told apart",
                disaster.faults.len(),
                Network::FAULTS_MAX
            );
            return Err(ModelError(why));
        }
        let mut engine = Engine::postgresql15().map_err(|error| ModelError(error.to_string()))?;
        if let Some(able) = plan.database.refuses_without_lease {
            engine.refuses_without_lease = able;
        }
        let uniform = |from, to| sim::Distribution::Uniform(Span::from_millis(from), Span::from_millis(to));
        let quiet = disaster.steady + terms.suspicion + terms.lease.map_or(Span::ZERO, |lease| lease.length);
        let links = node_paths(plan, &names)?;
        let hiccup = Span::from_nanos(terms.beat().as_nanos() / 4);
        let punctual = links.iter().all(|path: &Path| path.latency.quantile(CALM) < hiccup);
        let lossless = links.iter().all(|path| path.loss == 0.0);
        let faults =
            disaster.faults.iter().enumerate().map(|(index, fault)| fault_model(&names, index, fault));
        Ok(Model {
            nodes: node_models(plan, &names),
            regions: region_models(plan),
            paths: region_paths(plan, &names)?,
            punctual,
            calm: punctual && lossless,
            links,
            durability: durability(&config),
            replication_rate: plan.database.replication_writes_per_second,
            rejoin: RejoinModel::of(&plan.database),
            watchdog: plan.database.watchdog,
            clients: plan.clients.clone(),
            dns_ttl: plan.dns.ttl.max(plan.dns.ttl_least),
            resolvers: plan.dns.resolvers_per_region.max(1),
            dns_update: compile(&plan.dns.update)?,
            faults: faults.collect::<Result<_, _>>()?,
            horizon: disaster.horizon,
            steady: disaster.steady,
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

fn compile(distribution: &sim::Distribution) -> Result<Sampler, ModelError> {
    distribution.compile().map_err(|error| ModelError(error.to_string()))
}

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

/// Where names lead.
struct Names {
    regions: Vec<String>,
    /// Name of each site and its region.
    sites: Vec<(String, usize)>,
    /// Name of each node and its site.
    nodes: Vec<(String, usize)>,
}

impl Names {
    fn of<P>(plan: &Plan<P>) -> Names {
        let mut names = Names { regions: Vec::new(), sites: Vec::new(), nodes: Vec::new() };
        for region in &plan.regions {
            for site in &region.sites {
                names.nodes.extend(site.nodes.iter().map(|node| (node.name.clone(), names.sites.len())));
                names.sites.push((site.name.clone(), names.regions.len()));
            }
            names.regions.push(region.name.clone());
        }
        names
    }

    fn region_of(&self, node: usize) -> usize {
        self.sites[self.nodes[node].1].1
    }

    fn node(&self, name: &str) -> Result<Target, ModelError> {
        if name == "$primary" {
            return Ok(Target::Primary);
        }
        let found = self.nodes.iter().position(|(node, _)| node == name);
        found.map(Target::Index).ok_or_else(|| ModelError(format!("no node is called '{name}'")))
    }

    fn region(&self, name: &str) -> Result<Target, ModelError> {
        if name == "$primary" {
            return Ok(Target::Primary);
        }
        let found = self.regions.iter().position(|region| region == name);
        found.map(Target::Index).ok_or_else(|| ModelError(format!("no region is called '{name}'")))
    }

    /// Endpoints of regions, sites and nodes; a region's clients are where their region is.
    fn endpoints(&self, places: &[String]) -> Result<Vec<usize>, ModelError> {
        let mut found = Vec::new();
        for place in places {
            let before = found.len();
            let nodes = self.nodes.iter().enumerate();
            found.extend(
                nodes.filter(|(_, (name, site))| self.is_at(place, name, *site)).map(|(node, _)| node),
            );
            let region = self.regions.iter().position(|region| region == place);
            found.extend(region.map(|region| self.nodes.len() + region));
            if found.len() == before {
                return Err(ModelError(format!("no region, site or node is called '{place}'")));
            }
        }
        Ok(found)
    }

    fn is_at(&self, place: &str, node: &str, site: usize) -> bool {
        let (site_name, region) = &self.sites[site];
        place == node || place == site_name || place == self.regions[*region]
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
            }));
        }
    }
    let member = |name: &str| match names.node(name)? {
        Target::Index(node) => Ok(NodeId(node as u8)),
        Target::Primary => Err(ModelError(format!("'{name}' is no node"))),
    };
    let durability = match &plan.database.durability {
        scenarios::Durability::Async => failover::Durability::Async,
        scenarios::Durability::Sync(list) => {
            failover::Durability::Sync(list.iter().map(|name| member(name)).collect::<Result<_, _>>()?)
        }
        scenarios::Durability::Quorum(count) => failover::Durability::Quorum(*count),
    };
    let first_primary = member(&plan.database.primary)?;
    Ok(Configuration { members, durability, first_primary, policy: plan.policy.clone() })
}

fn durability<P>(config: &Configuration<P>) -> journal::Durability {
    match &config.durability {
        failover::Durability::Async => journal::Durability::Async,
        failover::Durability::Sync(list) => {
            journal::Durability::Sync(list.iter().map(|node| node.index()).collect())
        }
        failover::Durability::Quorum(count) => journal::Durability::Quorum(*count),
    }
}

fn node_models<P>(plan: &Plan<P>, names: &Names) -> Vec<NodeModel> {
    let nodes = plan.regions.iter().flat_map(|region| &region.sites).flat_map(|site| &site.nodes);
    nodes
        .enumerate()
        .map(|(index, node)| NodeModel {
            name: node.name.clone(),
            region: names.region_of(index),
            witness: node.witness,
            keys: NodeKeys {
                tasks: Key::new(&node.name, "tasks"),
                disk: Key::new(&node.name, "disk"),
                life: Key::new(&node.name, "life"),
                replication: Key::new(&node.name, "replication"),
                rejoin: Key::new(&node.name, "rejoin"),
            },
        })
        .collect()
}

fn region_models<P>(plan: &Plan<P>) -> Vec<RegionModel> {
    let model = |region: &scenarios::Region| RegionModel {
        name: region.name.clone(),
        clients: region.clients,
        writes_per_second: region.writes_per_second,
        reconnect_key: Key::new(&region.name, "reconnect"),
        resolver_key: Key::new(&region.name, "resolvers"),
    };
    plan.regions.iter().map(model).collect()
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

fn fault_model(names: &Names, index: usize, fault: &scenarios::Fault) -> Result<FaultModel, ModelError> {
    let (name, strike) = strike_model(names, &fault.strike)?;
    Ok(FaultModel {
        name,
        at: fault.at,
        heal_after: fault.heal_after,
        strike,
        key: Key::new(&format!("fault {index}"), "time"),
    })
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
        Strike::ClockDrift { node, ppm } => {
            (format!("clock drift on {node}"), M::ClockDrift(at(node)?, *ppm))
        }
        Strike::ClockStepAhead { node, by } => {
            (format!("clock step on {node}"), M::ClockStep(at(node)?, *by))
        }
        Strike::ClockStall { node, by } => (format!("clock stall on {node}"), M::ClockStall(at(node)?, *by)),
    })
}
