//! How clients find the primary, made ready to run.

use scenarios::{Network as Reach, Plan, Redirect};
use sim::{Distribution, Key, Sampler};
use units::Span;

use super::build::{Names, compile};
use super::{ModelError, Path};

/// How clients find the primary.
#[derive(Debug)]
pub enum RedirectModel {
    /// By name.
    Dns,
    /// They try these nodes, in this order.
    Hosts(Vec<usize>),
    /// An address that moves.
    Address(AddressModel),
    /// Proxies.
    Proxies(ProxiesModel),
}

/// An address that moves to the primary.
#[derive(Debug)]
pub struct AddressModel {
    /// Per node: whether it can take it over.
    pub inside: Vec<bool>,
}

/// Proxies between clients and database.
#[derive(Debug)]
pub struct ProxiesModel {
    /// Each of them.
    pub proxies: Vec<ProxyModel>,
    /// Per region: all of them, the nearest first.
    pub nearest: Vec<Vec<usize>>,
    /// Per region: how many are equally near, of which each client begins with another.
    pub near: Vec<usize>,
    /// Pause between checks.
    pub check: Span,
    /// A check waits so long for an answer.
    pub timeout: Span,
    /// Failed checks that mark a server down.
    pub fall: u32,
    /// Successful ones that mark it up.
    pub rise: u32,
    /// Sessions with a server that is marked down are closed.
    pub closes_sessions: bool,
}

/// A proxy.
#[derive(Debug)]
pub struct ProxyModel {
    /// As people call it.
    pub name: String,
    /// Index of its site.
    pub site: usize,
    /// Index of its region.
    pub region: usize,
    /// When it checks each server.
    pub key: Key,
}

impl RedirectModel {
    pub(super) fn of<P>(plan: &Plan<P>, names: &Names, paths: &[Path]) -> Result<RedirectModel, ModelError> {
        Ok(match plan.redirect {
            Redirect::Dns => RedirectModel::Dns,
            Redirect::Hosts => RedirectModel::Hosts(hosts(plan, names)?),
            Redirect::VirtualAddress => RedirectModel::Address(address(plan, names)?),
            Redirect::Proxy => RedirectModel::Proxies(proxies(plan, names, paths)?),
        })
    }

    /// From the request to redirect clients until that is done; where they find the primary by themselves, at once.
    pub(super) fn update<P>(plan: &Plan<P>) -> Result<Sampler, ModelError> {
        match plan.redirect {
            Redirect::Dns => compile(&plan.dns.update),
            Redirect::VirtualAddress => compile(&plan.virtual_address.takeover),
            Redirect::Hosts | Redirect::Proxy => compile(&Distribution::Constant(Span::ZERO)),
        }
    }

    /// The proxies of a plan that uses them.
    pub(super) fn proxies<P>(plan: &Plan<P>) -> &[scenarios::ProxyAt] {
        if plan.redirect == Redirect::Proxy { &plan.proxy.at } else { &[] }
    }
}

impl ProxiesModel {
    /// In the order in which a client tries them.
    pub fn order(&self, region: usize, client: usize) -> impl Iterator<Item = usize> {
        let (nearest, near) = (&self.nearest[region], self.near[region]);
        let all = nearest.len();
        (0..all).map(move |turn| match turn < near {
            true => nearest[(client + turn) % near],
            false => nearest[turn],
        })
    }
}

fn hosts<P>(plan: &Plan<P>, names: &Names) -> Result<Vec<usize>, ModelError> {
    if !plan.hosts.list.is_empty() {
        return plan.hosts.list.iter().map(|name| names.node_index(name)).collect();
    }
    let nodes = plan.regions.iter().flat_map(|region| &region.sites).flat_map(|site| &site.nodes);
    Ok(nodes.enumerate().filter(|(_, node)| !node.witness).map(|(node, _)| node).collect())
}

fn address<P>(plan: &Plan<P>, names: &Names) -> Result<AddressModel, ModelError> {
    let home = names.node_index(&plan.database.primary)?;
    let inside = |node: usize| match plan.virtual_address.within {
        Reach::Site => names.site_of(node) == names.site_of(home),
        Reach::Region => names.region_of(node) == names.region_of(home),
    };
    Ok(AddressModel { inside: (0..names.nodes()).map(inside).collect() })
}

fn proxies<P>(plan: &Plan<P>, names: &Names, paths: &[Path]) -> Result<ProxiesModel, ModelError> {
    let settings = &plan.proxy;
    let model = |proxy: &scenarios::ProxyAt| {
        let (site, region) = names.place_of_site(&proxy.site)?;
        Ok(ProxyModel { name: proxy.name.clone(), site, region, key: Key::new(&proxy.name, "checks") })
    };
    let proxies = settings.at.iter().map(model).collect::<Result<Vec<_>, ModelError>>()?;
    let regions = names.regions.len();
    let far = |from: usize, proxy: &usize| {
        let there = proxies[*proxy].region;
        (there != from, paths[from * regions + there].latency.mean())
    };
    let sorted = |region: usize| {
        let mut order: Vec<usize> = (0..proxies.len()).collect();
        order.sort_by_key(|proxy| far(region, proxy));
        order
    };
    let nearest: Vec<Vec<usize>> = (0..regions).map(sorted).collect();
    let equally = |region: usize| {
        let first = nearest[region].first().map(|proxy| proxies[*proxy].region);
        nearest[region].iter().filter(|proxy| Some(proxies[**proxy].region) == first).count()
    };
    Ok(ProxiesModel {
        near: (0..regions).map(equally).collect(),
        nearest,
        proxies,
        check: settings.check,
        timeout: settings.check_timeout,
        fall: settings.fall,
        rise: settings.rise,
        closes_sessions: settings.closes_sessions,
    })
}
