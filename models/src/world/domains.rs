//! Failure domains: what is lost together.

use sim::{Agenda, SimTime};

use super::World;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{Model, StrikeModel};

/// A domain, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    Site(usize),
    Region(usize),
    Provider(usize),
}

impl Domain {
    /// What a strike at `target` takes, if it takes a domain.
    pub(super) fn of(strike: &StrikeModel, target: usize) -> Option<Domain> {
        match strike {
            StrikeModel::SiteLoss(_) => Some(Domain::Site(target)),
            StrikeModel::RegionLoss(_) => Some(Domain::Region(target)),
            StrikeModel::ProviderLoss(_) => Some(Domain::Provider(target)),
            _ => None,
        }
    }

    fn holds_node<P>(self, model: &Model<P>, node: usize) -> bool {
        let machine = &model.nodes[node];
        match self {
            Domain::Site(site) => machine.site == site,
            Domain::Region(_) | Domain::Provider(_) => self.holds_region(model, machine.region),
        }
    }

    fn holds_proxy<P>(self, model: &Model<P>, proxy: usize) -> bool {
        let proxy = &model.proxies()[proxy];
        match self {
            Domain::Site(site) => proxy.site == site,
            Domain::Region(_) | Domain::Provider(_) => self.holds_region(model, proxy.region),
        }
    }

    /// Whether a region is in it whole, with its clients.
    fn holds_region<P>(self, model: &Model<P>, region: usize) -> bool {
        match self {
            Domain::Site(_) => false,
            Domain::Region(lost) => region == lost,
            Domain::Provider(lost) => model.regions[region].provider == lost,
        }
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    pub(super) fn lose(&mut self, now: SimTime, domain: Domain, fault: u16, agenda: &mut Agenda<Event>) {
        for region in self.regions_in(domain) {
            self.clients.lost[region] += 1;
            if self.clients.lost[region] == 1 {
                self.strand(now, region, true, agenda);
            }
        }
        for node in 0..self.machines.len() {
            if domain.holds_node(&self.model, node) {
                self.silence(now, node, fault);
            }
        }
        for proxy in (0..self.model.proxies().len()).filter(|proxy| domain.holds_proxy(&self.model, *proxy)) {
            self.proxies.lose(proxy, fault, false);
        }
    }

    pub(super) fn restore(&mut self, now: SimTime, domain: Domain, agenda: &mut Agenda<Event>) {
        for region in self.regions_in(domain) {
            self.clients.lost[region] -= 1;
            if self.clients.lost[region] == 0 {
                self.strand(now, region, false, agenda);
            }
        }
        for node in 0..self.machines.len() {
            if domain.holds_node(&self.model, node) {
                self.power_on(now, node, agenda);
            }
        }
        for proxy in 0..self.model.proxies().len() {
            if domain.holds_proxy(&self.model, proxy) {
                self.restore_proxy(now, proxy, false);
            }
        }
    }

    fn regions_in(&self, domain: Domain) -> impl Iterator<Item = usize> + use<L, J> {
        let model = std::sync::Arc::clone(&self.model);
        (0..model.regions.len()).filter(move |region| domain.holds_region(&model, *region))
    }
}
