//! Copies that come back: at once where their log is a part of the primary's, after a rewind where it is not, and
//! by a full copy where neither helps.
//!
//! ```text
//!            primary's log    |<------- kept ------->|
//!  ===========================|======================|> now
//!           ^ full copy            ^ rewind or stream
//! ```
//!
//! Where people make full copies, a copy that needs one is stuck until somebody begins it.
//!
//! A copy that is being made anew holds nothing until it is finished: it cannot be sealed, promoted or read. The
//! tool that makes it gives up when it loses the primary, and whoever follows begins anew.

use failover::{Outcome, Task};
use scenarios::Invariant;
use sim::{Agenda, SimTime};
use units::Span;

use super::World;
use super::machines::Purpose;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::note::{Place, What};

/// What a database that is to follow somebody is doing about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejoining {
    /// Nothing that takes long.
    No,
    /// Taking its copy back to the fork.
    Rewinding,
    /// Making its copy anew.
    Copying,
}

impl<L: Logic, J: Journal> World<L, J> {
    /// The copy becomes a replica of `primary`; `None` while that goes on.
    pub(super) fn follow(
        &mut self,
        now: SimTime,
        node: usize,
        primary: usize,
        agenda: &mut Agenda<Event>,
    ) -> Option<Outcome> {
        if node == primary || !self.can_stream(node, primary) {
            return Some(Outcome::Failed);
        }
        if self.machines[node].database.open {
            // A database that accepts writes is stopped before it is started as a replica.
            self.kill_database(now, node);
        }
        let rejoining = self.machines[node].database.rejoining;
        match rejoining {
            Rejoining::Copying => self.end_copy(now, node, primary),
            _ if self.needs_full_copy(now, node, primary) => {
                return self.copy_anew(now, node, primary, agenda);
            }
            Rejoining::Rewinding if self.rewind_breaks(node) => {
                return self.copy_anew(now, node, primary, agenda);
            }
            Rejoining::Rewinding => self.rewind(now, node, primary),
            Rejoining::No => {}
        }
        self.cut_stream(now, node);
        let database = &mut self.machines[node].database;
        (database.running, database.open, database.draining) = (true, false, false);
        if self.connect_stream(now, node, primary) {
            let epoch = self.machines[primary].database.epoch;
            let database = &mut self.machines[node].database;
            database.source = Some(primary);
            database.belongs_to(epoch);
            self.measures.active(now);
            self.note(now, Place::Node(node), || What::Streams(primary));
            self.changed = true;
            return Some(Outcome::Succeeded);
        }
        let machine = &mut self.machines[node];
        machine.database.rejoining = Rejoining::Rewinding;
        let duration = self.model.engine.rewind.draw(&mut machine.dice(Purpose::Rewind, self.streams));
        let serial = machine.database.serial;
        agenda.schedule(now + duration, Event::TaskDone { node: node as u16, serial });
        None
    }

    fn rewind(&mut self, now: SimTime, node: usize, primary: usize) {
        let writes = self.drop_divergence(now, node, primary);
        self.note(now, Place::Node(node), || What::Rewinds { writes });
    }

    /// Takes the copy back to where its history left the primary's; how many acknowledged writes that drops.
    fn drop_divergence(&mut self, now: SimTime, node: usize, primary: usize) -> u64 {
        let epoch = self.journal.position(now, node).epoch;
        let loss = self.journal.rewind(now, node, primary);
        self.measures.operations.on_diverged(epoch, loss.writes);
        if loss.writes > 0 && self.model.standbys.promised {
            let name = &self.model.nodes[node].name;
            let what = format!("{name} drops {} acknowledged writes to follow the primary", loss.writes);
            self.violates(now, Invariant::BrokenDurability, what);
        }
        loss.writes
    }

    /// The log that would bring the copy up to the primary's, from where they are one, is no longer kept.
    pub(super) fn needs_full_copy(&mut self, now: SimTime, node: usize, primary: usize) -> bool {
        let database = &self.machines[node].database;
        let hollow = database.hollow || database.person_at.is_some();
        let kept = self.model.rejoin.keeps_log_for;
        hollow || kept.is_some_and(|kept| self.journal.lag(now, node, primary) > kept)
    }

    fn rewind_breaks(&mut self, node: usize) -> bool {
        let share = self.model.rejoin.rewind_fails;
        share > 0.0 && self.draw_rejoin(node).chance(share)
    }

    /// A stream for each decision and each copy, so that those of one node do not depend on each other.
    fn draw_rejoin(&mut self, node: usize) -> sim::Stream {
        let database = &mut self.machines[node].database;
        database.rejoins += 1;
        let occurrence = u64::from(database.rejoins);
        self.stream(self.model.nodes[node].keys.rejoin, occurrence)
    }

    pub(super) fn copy_duration(&mut self, node: usize) -> Span {
        let (least, most) = (self.model.rejoin.copy_least, self.model.rejoin.copy_most);
        let mut stream = self.draw_rejoin(node);
        // The rate is what is drawn evenly, so that an average copy runs at the average rate.
        let (fastest, slowest) = (1.0 / least.as_secs_f64(), 1.0 / most.as_secs_f64());
        Span::from_secs_f64(1.0 / (slowest + (fastest - slowest) * stream.unit()))
    }

    /// The copy is made anew, at once or when a person sees to it: until then it is stuck, as a standby is that asks
    /// for a segment of log which has been removed.
    fn copy_anew(
        &mut self,
        now: SimTime,
        node: usize,
        primary: usize,
        agenda: &mut Agenda<Event>,
    ) -> Option<Outcome> {
        let at = match (self.machines[node].database.person_at, &self.model.stops.person) {
            (Some(at), _) => at,
            (None, None) => now,
            (None, Some(_)) => self.call_a_person(now, node),
        };
        if at <= now {
            return self.begin_copy(now, node, primary, agenda);
        }
        let serial = self.machines[node].database.serial;
        agenda.schedule(at, Event::TaskDone { node: node as u16, serial });
        None
    }

    fn call_a_person(&mut self, now: SimTime, node: usize) -> SimTime {
        let mut stream = self.draw_rejoin(node);
        let takes = self.model.stops.person.as_ref().map_or(Span::ZERO, |person| person.draw(&mut stream));
        let at = now + takes;
        self.machines[node].database.person_at = Some(at);
        self.measures.operations.shown.stuck_copies += 1;
        self.measures.active(now);
        self.note(now, Place::Node(node), || What::CopyStuck);
        at
    }

    /// What the copy held is dropped; until the new one is complete it holds nothing.
    fn begin_copy(
        &mut self,
        now: SimTime,
        node: usize,
        primary: usize,
        agenda: &mut Agenda<Event>,
    ) -> Option<Outcome> {
        self.kill_database(now, node);
        let writes = self.drop_divergence(now, node, primary);
        self.journal.wipe(now, node);
        self.measures.operations.shown.full_copies += 1;
        let database = &mut self.machines[node].database;
        (database.hollow, database.rejoining, database.source) = (true, Rejoining::Copying, None);
        database.sealed = 0;
        let serial = database.serial;
        let takes = self.copy_duration(node);
        self.measures.active(now);
        self.note(now, Place::Node(node), || What::CopyBegins { from: primary, takes, writes });
        agenda.schedule(now + takes, Event::TaskDone { node: node as u16, serial });
        None
    }

    fn end_copy(&mut self, now: SimTime, node: usize, primary: usize) {
        self.journal.adopt(now, node, primary);
        let database = &mut self.machines[node].database;
        (database.hollow, database.rejoining, database.person_at) = (false, Rejoining::No, None);
        self.measures.active(now);
        self.note(now, Place::Node(node), || What::CopyEnds);
    }

    /// Copies that lost their primary break off.
    pub(super) fn break_off_copies(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        for node in 0..self.machines.len() {
            let database = &self.machines[node].database;
            let (Rejoining::Copying, Some(Task::Follow { primary, .. })) =
                (database.rejoining, database.task)
            else {
                continue;
            };
            if self.can_stream(node, primary.index()) {
                continue;
            }
            let database = &mut self.machines[node].database;
            database.rejoining = Rejoining::No;
            database.serial += 1;
            let serial = database.serial;
            agenda.schedule(now, Event::TaskDone { node: node as u16, serial });
            self.note(now, Place::Node(node), || What::CopyBreaksOff);
        }
    }
}
