//! A database that closes in good order: it refuses writes first, lets everyone who receives from it have the rest,
//! and stops then. PostgreSQL's fast shutdown does this: its WAL senders outlive the sessions until connected
//! standbys have received everything.

use failover::Outcome;
use sim::{Agenda, SimTime};
use units::Span;

use super::World;
use super::machines::Purpose;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::note::{Place, What};

/// How often a database that waits for its standbys looks at them.
const LOOK_AGAIN: Span = Span::from_millis(10);

impl<L: Logic, J: Journal> World<L, J> {
    /// Stops the database as the plan says; `None` while it does so in good order. Asked a second time, or where it
    /// hangs, it is stopped by force.
    pub(super) fn stop(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) -> Option<Outcome> {
        let database = &mut self.machines[node].database;
        let able = database.running && database.hung_since.is_none() && !database.is_stuck();
        if !self.model.stops.in_good_order || !able || database.is_told_again() {
            self.kill_database(now, node);
            return Some(Outcome::Succeeded);
        }
        self.drain(now, node, agenda)
    }

    /// `None` while a connected standby still lacks something; how long that may go on is up to the agent.
    pub(super) fn drain(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) -> Option<Outcome> {
        let database = &mut self.machines[node].database;
        if !database.running {
            return Some(Outcome::Failed);
        }
        if std::mem::replace(&mut database.open, false) {
            database.draining = true;
            let told = database.lapsed;
            self.journal.close(now, node);
            self.begin_checkpoint(now, node);
            if !told {
                self.note(now, Place::Node(node), || What::Closes);
            }
            self.measures.active(now);
            self.changed = true;
        }
        let written = self.machines[node].database.checkpoint_at;
        if now < written || self.someone_lacks_something(now, node) {
            let serial = self.machines[node].database.serial;
            let again = written.max(now + LOOK_AGAIN);
            agenda.schedule(again, Event::TaskDone { node: node as u16, serial });
            return None;
        }
        self.note(now, Place::Node(node), || What::Drained);
        self.kill_database(now, node);
        self.machines[node].database.crashed = false;
        Some(Outcome::Succeeded)
    }

    /// The checkpoint is written once the sessions have ended.
    fn begin_checkpoint(&mut self, now: SimTime, node: usize) {
        let Some(checkpoint) = &self.model.stops.checkpoint else { return };
        let machine = &mut self.machines[node];
        let drawn = checkpoint.draw(&mut machine.dice(Purpose::Checkpoint, self.streams));
        let takes = drawn.saturating_mul(machine.slowness.disk_times());
        machine.database.checkpoint_at = now + takes;
    }

    fn someone_lacks_something(&mut self, now: SimTime, node: usize) -> bool {
        let receives =
            |database: &super::databases::Database| database.streaming && database.source == Some(node);
        (0..self.machines.len()).any(|replica| {
            // A WAL sender ends when its standby has everything, or is missed.
            if self.machines[replica].database.standby.is_lost_by(node) {
                return true;
            }
            receives(&self.machines[replica].database) && self.journal.lag(now, replica, node) > Span::ZERO
        })
    }
}
