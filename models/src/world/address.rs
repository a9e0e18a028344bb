//! A virtual address: who has it, and who answers for it as well.
//!
//! A node takes it over by telling its network (gratuitous ARP), so that whoever is in it, and the router for all others,
//! sends there from then on. What arrives for a connection that the new holder does not know is answered "no such
//! connection". So clients of a silent machine do not wait for their time-outs, but for TCP's next attempt to send.

use sim::SimTime;

use super::World;
use super::clients::Client;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::RedirectModel;
use crate::note::{Place, What};

/// Who has the address.
#[derive(Debug, Default)]
pub(super) struct Address {
    holder: usize,
    /// Nodes that answer for it as well, and the faults that let them.
    others: Vec<(u16, usize)>,
    /// How often another one began to.
    turns: u32,
    /// It could not be moved, and that has been told.
    stuck: bool,
}

impl Address {
    pub(super) fn reset(&mut self, primary: usize) {
        (self.holder, self.turns, self.stuck) = (primary, 0, false);
        self.others.clear();
    }

    pub(super) fn holder(&self) -> usize {
        self.holder
    }

    /// How often connections to it may have been led elsewhere.
    pub(super) fn turns(&self) -> u32 {
        self.turns
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// Clients find the primary by an address.
    pub(super) fn has_address(&self) -> bool {
        matches!(self.model.redirect, RedirectModel::Address(_))
    }

    /// Moves it there, if that is inside its network.
    pub(super) fn move_address(&mut self, now: SimTime, node: usize) -> bool {
        let model = self.model.clone();
        let RedirectModel::Address(settings) = &model.redirect else { return true };
        if !settings.inside[node] {
            if !std::mem::replace(&mut self.address.stuck, true) {
                self.note(now, Place::World, || What::AddressStays(node));
            }
            return false;
        }
        (self.address.holder, self.address.stuck) = (node, false);
        self.measures.active(now);
        self.note(now, Place::World, || What::AddressMoves(node));
        self.changed = true;
        true
    }

    /// Another node answers for it from now on.
    pub(super) fn duplicate_address(&mut self, node: usize, fault: u16) {
        self.address.others.push((fault, node));
        self.address.turns = self.address.turns.wrapping_add(1);
    }

    /// It no longer does.
    pub(super) fn withdraw_address(&mut self, fault: u16) {
        self.address.others.retain(|(by, _)| *by != fault);
    }

    /// Another node that answers for it now, and the fault behind that.
    pub(super) fn pretender(&self) -> Option<(u16, usize)> {
        let answers = |node: usize| node != self.address.holder && self.machines[node].alive();
        self.address.others.iter().copied().find(|(_, node)| answers(*node))
    }

    /// What is sent to the address gets to this node, or may get there.
    pub(super) fn address_leads_to(&self, node: usize) -> bool {
        node == self.address.holder || self.pretender().is_some_and(|(_, other)| other == node)
    }

    /// Another node began to answer for the address: whether the client's connection is led there, which knows nothing of
    /// it.
    pub(super) fn is_led_astray(&mut self, client: &mut Client) -> bool {
        if std::mem::replace(&mut client.turns, self.address.turns) == self.address.turns {
            return false;
        }
        let Some((fault, _)) = self.pretender() else { return false };
        let key = self.model.regions[client.region].address_key.occurrence(client.index as u64);
        let astray = self.stream(key, self.address.turns.into()).chance(0.5);
        self.faults[usize::from(fault)].effects += u64::from(astray);
        astray
    }
}
