use std::collections::{BTreeMap, BTreeSet};

use super::Checker;
use crate::logic::Logic;
use crate::plan::{DEFAULT_PROVIDER, Node, Region};
use crate::suggest::{did_you_mean, nearest, quoted};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whose regions fail together.
    Provider,
    /// A region.
    Region,
    /// A site of a region.
    Site,
    /// A machine.
    Node,
}

/// Everything in a plan that has a name.
pub(super) struct Names<'a> {
    kinds: BTreeMap<&'a str, Kind>,
    /// The nodes that each name stands for: a node for itself, a region for all its nodes.
    members: BTreeMap<&'a str, BTreeSet<&'a str>>,
    nodes: Vec<&'a Node>,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Provider => "provider",
            Kind::Region => "region",
            Kind::Site => "site",
            Kind::Node => "node",
        }
    }
}

impl<'a> Names<'a> {
    pub(super) fn of(regions: &'a [Region]) -> Names<'a> {
        let mut names = Names { kinds: BTreeMap::new(), members: BTreeMap::new(), nodes: Vec::new() };
        for region in regions {
            names.add(&region.name, Kind::Region);
            for site in &region.sites {
                names.add(&site.name, Kind::Site);
                for node in &site.nodes {
                    names.add(&node.name, Kind::Node);
                    names.nodes.push(node);
                    for domain in [&region.name, &site.name, &node.name] {
                        names.members.entry(domain).or_default().insert(&node.name);
                    }
                }
            }
        }
        // Last: a provider may be called as one of its regions, and then the name means the region.
        for region in regions {
            names.add_provider(region);
        }
        names
    }

    fn add_provider(&mut self, region: &'a Region) {
        if self.kinds.get(region.provider.as_str()).is_none_or(|kind| *kind == Kind::Provider) {
            self.add(&region.provider, Kind::Provider);
            let nodes = region.sites.iter().flat_map(|site| &site.nodes).map(|node| node.name.as_str());
            self.members.entry(&region.provider).or_default().extend(nodes);
        }
    }

    /// The first of several things of one name counts; the others are errors anyway.
    fn add(&mut self, name: &'a str, kind: Kind) {
        self.kinds.entry(name).or_insert(kind);
        self.members.entry(name).or_default();
    }

    pub(super) fn kind(&self, name: &str) -> Option<Kind> {
        self.kinds.get(name).copied()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &'a str> {
        self.kinds.keys().copied()
    }

    pub(super) fn of_kind(&self, wanted: Kind) -> impl Iterator<Item = &'a str> {
        self.kinds.iter().filter(move |(_, kind)| **kind == wanted).map(|(name, _)| *name)
    }

    /// The names of the nodes inside a provider, a region or a site, or of the node itself; none for an unknown name.
    pub(super) fn nodes_in(&self, name: &str) -> BTreeSet<&'a str> {
        self.members.get(name).cloned().unwrap_or_default()
    }

    pub(super) fn nodes(&self) -> &[&'a Node] {
        &self.nodes
    }

    pub(super) fn node(&self, name: &str) -> Option<&'a Node> {
        self.nodes.iter().copied().find(|node| node.name == name)
    }

    /// Why `name` is not of the kind that is wanted, with a remedy; `None` if it is.
    pub(super) fn objection(&self, name: &str, wanted: Kind) -> Option<(String, String)> {
        let candidates: Vec<&str> = self.of_kind(wanted).collect();
        match self.kind(name) {
            Some(kind) if kind == wanted => None,
            Some(kind) => {
                let problem = format!("'{name}' is a {}, a {} is expected here", kind.word(), wanted.word());
                Some((problem, format!("name another: {}", all_there_are(wanted, &candidates))))
            }
            None => {
                let elsewhere = nearest(name, self.all()).filter(|near| !candidates.contains(near));
                let otherwise = match elsewhere.and_then(|near| self.kind(near).map(|kind| (near, kind))) {
                    Some((near, kind)) => format!("there is a {} '{near}'", kind.word()),
                    None => all_there_are(wanted, &candidates),
                };
                let problem = format!("there is no {} '{name}'", wanted.word());
                Some((problem, did_you_mean(name, candidates, otherwise)))
            }
        }
    }
}

/// At most eight names, so that the line stays readable in a plan of a thousand nodes.
fn all_there_are(kind: Kind, names: &[&str]) -> String {
    let word = kind.word();
    match names {
        [] => format!("the plan has no {word}"),
        [DEFAULT_PROVIDER] if kind == Kind::Provider => {
            format!("no region says whose it is, so all are of the provider '{DEFAULT_PROVIDER}'")
        }
        [only] => format!("the only {word} is '{only}'"),
        names if names.len() <= 8 => format!("the {word}s are {}", quoted(names.iter().copied())),
        names => {
            let (first, rest) = names.split_at(8);
            format!("the {word}s are {} and {} more", quoted(first.iter().copied()), rest.len())
        }
    }
}

/// Every region, site and node has a name of its own.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let mut seen: BTreeMap<&str, Kind> = BTreeMap::new();
    let regions = &checker.scenario.plan.regions;
    if regions.is_empty() {
        checker.plan_error(
            "regions",
            "there are no regions",
            "describe at least one region with a site and a node",
        );
    }
    for (r, region) in regions.iter().enumerate() {
        let path = format!("regions[{r}]");
        declare(checker, &mut seen, &path, &region.name, Kind::Region);
        if region.provider.is_empty() {
            checker.plan_error(
                &format!("{path}.provider"),
                "a provider needs a name",
                "name it, or leave the field out",
            );
        }
        for (s, site) in region.sites.iter().enumerate() {
            let path = format!("{path}.sites[{s}]");
            declare(checker, &mut seen, &path, &site.name, Kind::Site);
            for (n, node) in site.nodes.iter().enumerate() {
                declare(checker, &mut seen, &format!("{path}.nodes[{n}]"), &node.name, Kind::Node);
            }
        }
    }
}

fn declare<'a, L: Logic>(
    checker: &mut Checker<'_, L>,
    seen: &mut BTreeMap<&'a str, Kind>,
    path: &str,
    name: &'a str,
    kind: Kind,
) {
    let path = format!("{path}.name");
    if name.trim().is_empty() {
        checker.plan_error(&path, format!("this {} has no name", kind.word()), "give it a name of its own");
    } else if name.starts_with('$') {
        let problem = format!("'{name}' begins with '$', which marks names that are found while running");
        checker.plan_error(&path, problem, "drop the '$'");
    } else if let Some(first) = seen.insert(name, kind) {
        let problem = format!("the name '{name}' is already that of a {}", first.word());
        checker.plan_error(
            &path,
            problem,
            "regions, sites and nodes share one list of names: rename one of them",
        );
    }
}
