//! Full disks, and promotions that fail.

use scenarios::Trigger;
use sim::{Agenda, SimTime};

use super::World;
use super::agents::{DiskOf, WriteOf};
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::{Disk, Logic};
use crate::model::SlowPart;
use crate::note::{Place, What};

impl<L: Logic, J: Journal> World<L, J> {
    /// What an agent wants on disk gets there after a while, or waits until there is room.
    pub(super) fn write(&mut self, now: SimTime, node: usize, write: WriteOf<L>, agenda: &mut Agenda<Event>) {
        let votes = self.triggers.are_waiting() && self.holds_a_vote(node, &write);
        self.machines[node].pending.push_back(write);
        if self.write_waits_for_kms(node) {
            return;
        }
        if self.machines[node].full_by.is_empty() {
            self.begin_to_write(node, votes);
            return self.write_pending(now, node, agenda);
        }
        for index in 0..self.machines[node].full_by.len() {
            let fault = self.machines[node].full_by[index];
            self.faults[fault as usize].effects += 1;
        }
    }

    /// Writes all that had to wait.
    pub(super) fn write_what_waited(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &self.machines[node];
        if !machine.pending.is_empty() {
            let votes = machine.pending.iter().any(|write| machine.durable.votes(write));
            self.begin_to_write(node, votes);
        }
        self.write_pending(now, node, agenda);
    }

    /// Whether this write brings a vote to the disk, and none before it does that is under way.
    fn holds_a_vote(&self, node: usize, write: &WriteOf<L>) -> bool {
        let machine = &self.machines[node];
        let votes = |write: &WriteOf<L>| machine.durable.votes(write);
        votes(write) && !machine.pending.iter().any(votes)
    }

    fn begin_to_write(&mut self, node: usize, votes: bool) {
        self.reach(|trigger| match trigger {
            Trigger::Persists(_) => Some(node),
            Trigger::Votes(_) if votes => Some(node),
            _ => None,
        });
    }

    /// Writes the last of what waits, and with it all before.
    fn write_pending(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        let Some(number) = machine.pending.back().map(<DiskOf<L>>::number) else { return };
        let times = machine.slowness.disk_times();
        let delay = self.model.disk_write.draw(&mut machine.disk).saturating_mul(times);
        let incarnation = machine.incarnation;
        agenda.schedule(now + delay, Event::Persisted { node: node as u16, incarnation, number });
        self.blame_slow(node, SlowPart::Disk);
    }

    /// PostgreSQL stops when it cannot write its log ("PANIC: could not write to file", ENOSPC), a standby like a
    /// primary, and cannot start: recovery has to write as well. Tasks for it fail until there is room.
    pub(super) fn fill_disk(&mut self, now: SimTime, node: usize, fault: u16) {
        let machine = &mut self.machines[node];
        machine.full_by.push(fault);
        machine.database.broken += 1;
        if machine.database.running {
            machine.down_by = Some(fault);
            self.faults[fault as usize].effects += 1;
            self.note(now, Place::Node(node), || What::NoRoom);
            self.kill_database(now, node);
        }
    }

    pub(super) fn clear_disk(&mut self, now: SimTime, node: usize, fault: u16, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        machine.full_by.retain(|full| *full != fault);
        machine.database.broken -= 1;
        machine.acquit(fault);
        if machine.full_by.is_empty() {
            self.write_what_waited(now, node, agenda);
            self.write_trail(now, node, agenda);
        }
    }

    /// Whether a promotion that has taken its time fails now; of several faults the one that struck first has it.
    pub(super) fn promotion_fails(&mut self, now: SimTime, node: usize) -> bool {
        let faults = self.faults.iter_mut();
        let Some(fault) = faults.into_iter().find(|fault| fault.failing > 0 && fault.target == node) else {
            return false;
        };
        fault.failing -= 1;
        fault.effects += 1;
        self.measures.active(now);
        self.note(now, Place::Node(node), || What::PromotionFails);
        true
    }
}
