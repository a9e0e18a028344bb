//! Streams: who may receive the log from whom, when a stream is cut and when it is tried again.

use sim::{Agenda, Dice, SimTime};
use units::Span;

use super::machines::Purpose;
use super::{World, waits_for_standbys};
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::note::{Place, What};

impl<L: Logic, J: Journal> World<L, J> {
    /// A replica on `node` could receive from `primary` now. A sealed copy refuses whoever led before: its position was
    /// counted on, and what it acknowledged beyond would be lost.
    pub(super) fn can_stream(&self, node: usize, primary: usize) -> bool {
        let (here, there) = (&self.machines[node], &self.machines[primary]);
        here.alive()
            && there.alive()
            && here.database.hung_since.is_none()
            && there.database.serves_log()
            && there.database.epoch >= here.database.refuses_below
            && self.network.connected(node, primary)
    }

    /// Starts the stream, unless the copy has diverged.
    pub(super) fn connect_stream(&mut self, now: SimTime, node: usize, primary: usize) -> bool {
        let index = primary * self.model.nodes.len() + node;
        let link = &self.model.links[index];
        let database = &mut self.machines[node].database;
        database.connects += 1;
        // Apart from the moments by which messages draw on the same link: no run lasts so long.
        let key = link.key.occurrence(u64::MAX - 1).occurrence(database.connects);
        let delay = link.latency.draw(&mut self.streams.brief(key));
        let (rate, detour) = self.carriage(node, primary);
        // A primary that waits for standbys counts this one when it has caught up.
        let counted = !waits_for_standbys(&self.model.durability);
        let streams = match counted {
            true => self.journal.stream(now, node, primary, delay + detour, rate).is_ok(),
            false => self.journal.catch_up(now, node, primary, delay + detour, rate).is_ok(),
        };
        let throttled = (rate < self.model.replication_rate).then_some(rate);
        self.held_back |= throttled.is_some();
        let database = &mut self.machines[node].database;
        (database.streaming, database.throttled) = (streams, throttled);
        (database.delay, database.detour) = (delay, detour);
        if streams {
            database.standby.connects(primary, counted);
        }
        streams
    }

    pub(super) fn cut_stream(&mut self, now: SimTime, node: usize) {
        if std::mem::replace(&mut self.machines[node].database.streaming, false) {
            self.end_stream(now, node);
            self.changed = true;
        }
    }

    pub(super) fn cut_streams_from(&mut self, now: SimTime, primary: usize) {
        for node in 0..self.machines.len() {
            let database = &self.machines[node].database;
            if database.streaming && database.source == Some(primary) {
                self.cut_stream(now, node);
            }
        }
    }

    /// Cuts the streams that no longer get through.
    pub(super) fn check_streams(&mut self, now: SimTime) {
        for node in 0..self.machines.len() {
            let database = &self.machines[node].database;
            if let (true, Some(primary)) = (database.streaming, database.source)
                && !self.can_stream(node, primary)
            {
                self.cut_stream(now, node);
            }
        }
    }

    /// Replicas that lost their stream try again at intervals; when the primary answers again, the next try is
    /// somewhere within one.
    pub(super) fn offer_reconnects(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        for node in 0..self.machines.len() {
            let database = &self.machines[node].database;
            let Some(primary) = database.source else { continue };
            let idle =
                database.running && !database.streaming && !database.reconnecting && database.task.is_none();
            if idle && self.can_stream(node, primary) {
                let machine = &mut self.machines[node];
                machine.database.reconnecting = true;
                let wait = machine
                    .dice(Purpose::Reconnect, self.streams)
                    .between(Span::ZERO, self.model.engine.reconnect);
                agenda.schedule(now + wait, Event::Reconnect { node: node as u16 });
            }
        }
    }

    #[inline(never)]
    pub(super) fn reconnect(&mut self, now: SimTime, node: usize) {
        let database = &mut self.machines[node].database;
        database.reconnecting = false;
        let Some(primary) = database.source.filter(|_| database.running && !database.streaming) else {
            return;
        };
        if !self.can_stream(node, primary) {
            return;
        }
        if !self.needs_full_copy(now, node, primary) && self.connect_stream(now, node, primary) {
            self.measures.active(now);
            self.note(now, Place::Node(node), || What::Streams(primary));
        } else {
            // Diverged, or what it lacks is no longer kept: nobody is followed until the agent sees to it.
            self.machines[node].database.source = None;
        }
        self.changed = true;
    }
}
