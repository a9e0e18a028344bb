//! Which standbys a primary's writes wait for: those that have caught up, and those that fell silent and are not
//! missed yet.
//!
//! ```text
//!  connects      caught up                 silent        missed          connects
//!     |-- catches up --|------ counts -------|-- counts, ---|------ ... -----|
//!                                             says nothing
//! ```
//!
//! PostgreSQL counts a standby in the state `streaming`, not one in `catchup`, and drops a connection on which nothing
//! came for `wal_sender_timeout`. A connection that is closed, or refused by a machine that has rebooted, is dropped
//! at once. (PostgreSQL 15, sections 20.6.1, 27.2.8 and 28.2.4; `SyncRepGetCandidateStandbys` in `syncrep.c`.)

use sim::{Agenda, SimTime};
use units::Span;

use super::{World, waits_for_standbys};
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::note::{Place, What};

/// A standby has caught up when a write waits no longer than this behind what was written before it.
const IN_STEP: Span = Span::from_millis(10);

/// A node as a standby, and as a primary that waits for standbys.
#[derive(Debug, Default)]
pub(super) struct Standby {
    /// Its source counts it.
    pub(super) counted: bool,
    /// Somebody looks whether it has caught up.
    watched: bool,
    /// Who still counts it although it fell silent.
    lost: Option<Lost>,
    /// Counts the times it fell silent.
    losses: u16,
    /// As primary: since when its writes wait in vain.
    waits_since: Option<SimTime>,
    /// Counts those times.
    waits: u16,
    /// As primary: it goes on without standbys.
    alone: bool,
}

#[derive(Clone, Copy, Debug)]
struct Lost {
    by: usize,
    since: SimTime,
    /// Of its machine, which refuses the connections of an earlier one.
    life: u16,
    /// The end of its primary's patience is on the agenda.
    timed: bool,
}

impl Standby {
    /// It connects with `source`, which does not count it yet.
    pub(super) fn connects(&mut self, source: usize, counted: bool) {
        self.counted = counted;
        self.lost = self.lost.filter(|lost| lost.by != source);
    }

    /// It opens: it waits for its standbys.
    pub(super) fn opens(&mut self) {
        (self.waits_since, self.alone) = (None, false);
    }

    /// `primary` still waits for it although it fell silent.
    pub(super) fn is_lost_by(&self, primary: usize) -> bool {
        self.lost.is_some_and(|lost| lost.by == primary)
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// Ends the stream into `node`; its source knows that at once, or not yet.
    pub(super) fn end_stream(&mut self, now: SimTime, node: usize) {
        let counted = std::mem::replace(&mut self.machines[node].database.standby.counted, false);
        let by = self.machines[node].database.source.filter(|by| counted && self.falls_silent(node, *by));
        let Some(by) = by else { return self.journal.cut(now, node) };
        self.journal.lose(now, node);
        let machine = &mut self.machines[node];
        let life = machine.lives;
        let standby = &mut machine.database.standby;
        standby.losses = standby.losses.wrapping_add(1);
        standby.lost = Some(Lost { by, since: now, life, timed: false });
    }

    /// Nothing tells `by` that its connection with `node` is dead.
    fn falls_silent(&self, node: usize, by: usize) -> bool {
        let (here, there) = (&self.machines[node], &self.machines[by]);
        let silent = !here.alive()
            || here.database.hung_since.is_some()
            || !self.network.connected(node, by)
            || !self.network.connected(by, node);
        silent && waits_for_standbys(&self.model.durability) && there.alive() && there.database.running
    }

    /// After any change: who has caught up, who is missed, who goes on alone.
    pub(super) fn watch_standbys(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        if !waits_for_standbys(&self.model.durability) {
            return;
        }
        for node in 0..self.machines.len() {
            let database = &self.machines[node].database;
            if database.streaming && !database.standby.counted && !database.standby.watched {
                self.look_at_backlog(now, node, agenda);
            }
            self.look_for_lost(now, node, agenda);
        }
        for node in 0..self.machines.len() {
            if self.model.standbys.degrades_after.is_some() && self.machines[node].database.accepts() {
                self.weigh_loneliness(now, node, agenda);
            }
        }
    }

    /// Some standby will count when it has caught up.
    pub(super) fn someone_catches_up(&self) -> bool {
        self.machines.iter().any(|machine| {
            let database = &machine.database;
            database.streaming && database.standby.watched && !database.standby.counted
        })
    }

    /// Counts a standby that has caught up, or looks again when it could have.
    fn look_at_backlog(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let left = self.journal.backlog(now, node);
        let carried = self.machines[node].database.throttled.unwrap_or(self.model.replication_rate);
        let two_writes = Span::from_nanos(2_000_000_000 / carried.max(1));
        let standby = &mut self.machines[node].database.standby;
        match left {
            // It receives nothing; when its stream gets faster, somebody looks again.
            None => {}
            Some(left) if left <= IN_STEP + two_writes => {
                standby.counted = true;
                self.journal.count(now, node);
                self.changed = true;
            }
            Some(left) => {
                standby.watched = true;
                agenda.schedule(now + left, Event::CatchesUp { node: node as u16 });
            }
        }
    }

    #[inline(never)]
    pub(super) fn catches_up(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let database = &mut self.machines[node].database;
        database.standby.watched = false;
        if database.streaming && !database.standby.counted {
            self.look_at_backlog(now, node, agenda);
            if self.machines[node].database.standby.counted {
                self.note(now, Place::Node(node), || What::CaughtUp);
            }
        }
    }

    /// A silent standby is missed when its machine, up again, refuses the old connection; else when time is up.
    fn look_for_lost(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &self.machines[node];
        let Some(lost) = machine.database.standby.lost else { return };
        if !self.machines[lost.by].database.running {
            self.machines[node].database.standby.lost = None;
        } else if machine.alive() && machine.lives != lost.life && self.network.connected(node, lost.by) {
            self.miss(now, node, lost.by);
        } else if let (false, Some(after)) = (lost.timed, self.model.standbys.missed_after) {
            let standby = &mut self.machines[node].database.standby;
            standby.lost = Some(Lost { timed: true, ..lost });
            let number = standby.losses;
            agenda.schedule((lost.since + after).max(now), Event::Missed { node: node as u16, number });
        }
    }

    #[cold]
    pub(super) fn missed(&mut self, now: SimTime, node: usize, number: u16) {
        let standby = &self.machines[node].database.standby;
        if let (Some(lost), true) = (standby.lost, standby.losses == number) {
            self.miss(now, node, lost.by);
        }
    }

    fn miss(&mut self, now: SimTime, node: usize, by: usize) {
        self.machines[node].database.standby.lost = None;
        self.journal.miss(now, node);
        self.note(now, Place::Node(by), || What::MissesStandby(node));
        self.changed = true;
    }

    /// Whether `node`, which accepts writes, waits for its standbys in vain, and what it does about it.
    fn weigh_loneliness(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let enough = self.journal.has_standbys(now, node);
        let standby = &mut self.machines[node].database.standby;
        match (enough, standby.alone) {
            (true, false) => standby.waits_since = None,
            (true, true) => {
                standby.opens();
                self.journal.wait_for_standbys(now, node, true);
                self.note(now, Place::Node(node), || What::WaitsForStandbys);
            }
            (false, false) if standby.waits_since.is_none() => {
                standby.waits_since = Some(now);
                standby.waits = standby.waits.wrapping_add(1);
                let (number, after) = (standby.waits, self.model.standbys.degrades_after);
                let at = now + after.unwrap_or(Span::MAX);
                agenda.schedule(at, Event::Degrades { node: node as u16, number });
            }
            (false, _) => {}
        }
    }

    #[cold]
    pub(super) fn degrades(&mut self, now: SimTime, node: usize, number: u16) {
        let database = &mut self.machines[node].database;
        if database.standby.waits != number || database.standby.waits_since.is_none() || !database.open {
            return;
        }
        database.standby.alone = true;
        self.journal.wait_for_standbys(now, node, false);
        self.note(now, Place::Node(node), || What::GoesOnAlone);
        self.changed = true;
    }
}
