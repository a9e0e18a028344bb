//! A database that closes in good order: it refuses writes first, lets everyone who receives from it have the rest,
//! and stops then. PostgreSQL's fast shutdown does this: its WAL senders outlive the sessions until connected
//! standbys have received everything.

use failover::Outcome;
use sim::{Agenda, SimTime};
use units::Span;

use super::World;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::note::{Place, What};

/// How often a database that waits for its standbys looks at them.
const LOOK_AGAIN: Span = Span::from_millis(10);

impl<L: Logic, J: Journal> World<L, J> {
    /// `None` while a connected standby still lacks something; how long that may go on is up to the agent.
    pub(super) fn drain(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) -> Option<Outcome> {
        let database = &mut self.machines[node].database;
        if !database.running {
            return Some(Outcome::Failed);
        }
        if std::mem::replace(&mut database.open, false) {
            database.draining = true;
            self.journal.close(now, node);
            self.note(now, Place::Node(node), || What::Closes);
            self.measures.active(now);
            self.changed = true;
        }
        if self.someone_lacks_something(now, node) {
            let serial = self.machines[node].database.serial;
            agenda.schedule(now + LOOK_AGAIN, Event::TaskDone { node: node as u16, serial });
            return None;
        }
        self.note(now, Place::Node(node), || What::Drained);
        self.kill_database(now, node);
        Some(Outcome::Succeeded)
    }

    fn someone_lacks_something(&mut self, now: SimTime, node: usize) -> bool {
        let receives =
            |database: &super::databases::Database| database.streaming && database.source == Some(node);
        (0..self.machines.len()).any(|replica| {
            receives(&self.machines[replica].database) && self.journal.lag(now, replica, node) > Span::ZERO
        })
    }
}
