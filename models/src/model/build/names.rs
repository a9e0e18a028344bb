//! Names of a plan, and what they name.

use scenarios::Plan;

use crate::model::*;

/// Where names lead.
pub(in crate::model) struct Names {
    /// In the order in which the plan first names them.
    pub(super) providers: Vec<String>,
    /// Index of each region's provider.
    pub(super) provider_of: Vec<usize>,
    pub(in crate::model) regions: Vec<String>,
    /// Name of each site and its region.
    pub(super) sites: Vec<(String, usize)>,
    /// Name of each node and its site.
    pub(super) nodes: Vec<(String, usize)>,
    /// Names of channels for alerts.
    pub(super) channels: Vec<String>,
    /// Name of each proxy and its site.
    pub(super) proxies: Vec<(String, usize)>,
}

impl Names {
    pub(super) fn of<P>(plan: &Plan<P>) -> Names {
        let mut names = Names {
            providers: Vec::new(),
            provider_of: Vec::new(),
            regions: Vec::new(),
            sites: Vec::new(),
            nodes: Vec::new(),
            channels: Vec::new(),
            proxies: Vec::new(),
        };
        let channels = plan.alerts.iter().flat_map(|alerts| &alerts.channels);
        names.channels = channels.map(|channel| channel.name.clone()).collect();
        for region in &plan.regions {
            names.add_provider(&region.provider);
            for site in &region.sites {
                names.nodes.extend(site.nodes.iter().map(|node| (node.name.clone(), names.sites.len())));
                names.sites.push((site.name.clone(), names.regions.len()));
            }
            names.regions.push(region.name.clone());
        }
        for proxy in RedirectModel::proxies(plan) {
            let site = names.sites.iter().position(|(site, _)| *site == proxy.site);
            names.proxies.extend(site.map(|site| (proxy.name.clone(), site)));
        }
        names
    }

    /// How many nodes there are.
    pub(in crate::model) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    pub(in crate::model) fn site_of(&self, node: usize) -> usize {
        self.nodes[node].1
    }

    /// A site and its region.
    pub(in crate::model) fn place_of_site(&self, name: &str) -> Result<(usize, usize), ModelError> {
        let site = self.sites.iter().position(|(site, _)| site == name);
        let site = site.ok_or_else(|| ModelError(format!("no site is called '{name}'")))?;
        Ok((site, self.sites[site].1))
    }

    pub(in crate::model) fn region_of(&self, node: usize) -> usize {
        self.sites[self.nodes[node].1].1
    }

    fn add_provider(&mut self, provider: &str) {
        let known = self.providers.iter().position(|known| known == provider);
        self.provider_of.push(known.unwrap_or(self.providers.len()));
        if known.is_none() {
            self.providers.push(provider.to_owned());
        }
    }

    pub(in crate::model) fn node(&self, name: &str) -> Result<Target, ModelError> {
        target("node", name, self.nodes.iter().map(|(node, _)| node))
    }

    pub(in crate::model) fn node_index(&self, name: &str) -> Result<usize, ModelError> {
        match self.node(name)? {
            Target::Index(node) => Ok(node),
            Target::Primary | Target::Any | Target::That => Err(ModelError(format!("'{name}' is no node"))),
        }
    }

    pub(super) fn site(&self, name: &str) -> Result<Target, ModelError> {
        target("site", name, self.sites.iter().map(|(site, _)| site))
    }

    pub(super) fn region(&self, name: &str) -> Result<Target, ModelError> {
        target("region", name, &self.regions)
    }

    pub(super) fn provider(&self, name: &str) -> Result<Target, ModelError> {
        target("provider", name, &self.providers)
    }

    /// Endpoints of providers, regions, sites and nodes; a region's clients are where their region is. Of a region
    /// and a provider of one name the region is meant.
    pub(super) fn endpoints(&self, places: &[String]) -> Result<Vec<usize>, ModelError> {
        let mut found = Vec::new();
        for place in places {
            let before = found.len();
            let nodes = self.nodes.iter().enumerate();
            found.extend(
                nodes.filter(|(_, (name, site))| self.is_at(place, name, *site)).map(|(node, _)| node),
            );
            let regions = (0..self.regions.len()).filter(|region| self.is_in(place, *region));
            found.extend(regions.map(|region| self.nodes.len() + region));
            let others = self.nodes.len() + self.regions.len();
            let proxies = self.proxies.iter().enumerate();
            found.extend(
                proxies
                    .filter(|(_, (name, site))| self.is_at(place, name, *site))
                    .map(|(proxy, _)| others + proxy),
            );
            if found.len() == before {
                return Err(ModelError(format!("no provider, region, site or node is called '{place}'")));
            }
        }
        Ok(found)
    }

    fn is_at(&self, place: &str, node: &str, site: usize) -> bool {
        let (site_name, region) = &self.sites[site];
        place == node || place == site_name || self.is_in(place, *region)
    }

    fn is_in(&self, place: &str, region: usize) -> bool {
        let elsewhere = || self.regions.iter().any(|name| name == place);
        let provider = || self.providers[self.provider_of[region]] == place;
        place == self.regions[region] || (!elsewhere() && provider())
    }
}

fn target<'a>(
    kind: &str,
    name: &str,
    all: impl IntoIterator<Item = &'a String>,
) -> Result<Target, ModelError> {
    match name {
        "$primary" => return Ok(Target::Primary),
        "$any" => return Ok(Target::Any),
        "$that" => return Ok(Target::That),
        _ => {}
    }
    let found = all.into_iter().position(|known| known == name);
    found.map(Target::Index).ok_or_else(|| ModelError(format!("no {kind} is called '{name}'")))
}
