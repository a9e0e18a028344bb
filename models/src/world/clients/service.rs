//! Whether a client of some region would be served by a node, and if not, what it meets.

use super::{Client, Look, Place, Trouble};
use crate::journal::Journal;
use crate::logic::Logic;
use crate::world::World;
use crate::world::proxies::DIRECT;

impl<L: Logic, J: Journal> World<L, J> {
    /// Whether a write of that region's clients to `node` would be acknowledged in time. Clients of a region stand side
    /// by side, and most of them ask for the same node.
    #[inline]
    pub(in crate::world) fn service(
        &self,
        look: &mut Look,
        region: usize,
        via: u16,
        node: usize,
    ) -> Result<(), Trouble> {
        let about = (region, via, node);
        let [last, before] = &look.asked;
        let known = |asked: &Option<(Place, Result<(), Trouble>)>| match asked {
            Some((of, answer)) if *of == about => Some(*answer),
            _ => None,
        };
        match known(last).or_else(|| known(before)) {
            Some(answer) => answer,
            None => self.ask_for_service(look, about),
        }
    }

    #[inline(never)]
    fn ask_for_service(&self, look: &mut Look, about: Place) -> Result<(), Trouble> {
        let (region, via, node) = about;
        let answer = self.find_service(region, via, node);
        look.asked = [Some((about, answer)), look.asked[0]];
        answer
    }

    fn find_service(&self, region: usize, via: u16, node: usize) -> Result<(), Trouble> {
        let machine = &self.machines[node];
        if self.clients.lost[region] > 0 {
            return Err(Trouble::Silent);
        }
        let from = self.passage(region, via)?;
        if !machine.alive() || !self.network.connected(from, node) {
            return Err(Trouble::Silent);
        }
        let database = &machine.database;
        match () {
            () if self.has_address() && !self.address_leads_to(node) => Err(Trouble::Refused),
            () if !database.running => Err(Trouble::Refused),
            () if database.hung_since.is_some() => Err(Trouble::Hung),
            () if !database.accepts() => Err(Trouble::ReadOnly),
            () if self.answers_late(region, via, node) => Err(Trouble::Late),
            () => Ok(()),
        }
    }

    /// What a client has connected serves it.
    pub(super) fn is_served(&self, look: &mut Look, client: &Client) -> bool {
        let serves = self.service(look, client.region, client.via, client.address).is_ok();
        // Where sessions end without their database, or an address without its node.
        let lasts = || match client.via {
            DIRECT => client.turns == self.address.turns(),
            via => self.ended(via, client.address) == client.backend,
        };
        serves && lasts()
    }

    /// Its database accepts writes and acknowledges none of that region in time.
    pub(in crate::world) fn answers_late(&self, region: usize, via: u16, node: usize) -> bool {
        self.measures.slow_acknowledgement[node]
            || self.machines[node].slowness.too_slow
            || self.too_far(region, via, node)
    }

    /// Over bad links no statement is answered in time.
    fn too_far(&self, region: usize, via: u16, node: usize) -> bool {
        let patience = self.model.clients.statement_timeout;
        self.clients_suffer(region, via, node).is_none_or(|detour| detour >= patience)
    }
}
