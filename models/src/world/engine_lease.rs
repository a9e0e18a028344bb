//! Engines that check the lease themselves, and refuse writes when it is over.

use failover::Instant;
use sim::{Agenda, SimTime};

use super::World;
use super::machines::Machine;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::note::{Place, What};

impl<L: Logic, J: Journal> World<L, J> {
    pub(super) fn renew_engine_lease(
        &mut self,
        now: SimTime,
        node: usize,
        until: Instant,
        agenda: &mut Agenda<Event>,
    ) {
        let machine = &mut self.machines[node];
        machine.database.lease_until = machine.clock.when(until, now);
        if machine.database.lease_until < machine.lease_check {
            machine.lease_check = machine.database.lease_until;
            Event::LeaseEnds { node: node as u16 }.put_off(machine.lease_check, agenda);
        }
        if machine.database.lapsed && machine.database.lease_until > now {
            machine.database.lapsed = false;
            let epoch = machine.database.epoch;
            self.note_acceptance(now, node);
            self.changed = true;
            if self.machines[node].database.open {
                self.note(now, Place::Node(node), || What::Opens { epoch });
            }
        }
    }

    /// The lease that its engine was told of ran out while it was being opened, as where its agent stands still.
    pub(super) fn engine_lease_is_over(&self, now: SimTime, node: usize) -> bool {
        self.model.engine.refuses_without_lease && self.machines[node].database.lease_until <= now
    }

    /// Whoever stands still, or refuses for want of a lease, is open and writes nothing that others could lack.
    pub(super) fn note_acceptance(&mut self, now: SimTime, node: usize) {
        match self.machines[node].database.accepts() {
            true => self.journal.resume(now, node),
            false => self.journal.pause(now, node),
        }
    }

    #[cold]
    pub(super) fn lease_ends(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let Machine { lease_check, database, .. } = &mut self.machines[node];
        // An earlier end was looked at meanwhile.
        if now != *lease_check {
            return;
        }
        *lease_check = SimTime::MAX;
        if now < database.lease_until && database.lease_until < SimTime::MAX {
            *lease_check = database.lease_until;
            return Event::LeaseEnds { node: node as u16 }.put_off(*lease_check, agenda);
        }
        if database.open && !database.lapsed && database.lease_until <= now {
            database.lapsed = true;
            self.note_acceptance(now, node);
            self.note(now, Place::Node(node), || What::Closes);
            self.changed = true;
        }
    }
}
