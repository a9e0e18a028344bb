//! Clients: who is served by whom, and who is not.
//!
//! A client keeps its connection as long as it works, whoever is primary by then. When it fails, the client
//! looks the name up again at every attempt; attempts back off, so what becomes possible is noticed somewhere
//! within the current pause. Only moments at which something changes for a client are computed: nothing
//! happens per write.

use sim::{Agenda, SimTime, Stream, Streams};
use units::Span;

use super::{World, waits_for_standbys};
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{Model, SlowPart};
use crate::note::{Place, What};

/// All clients.
#[derive(Debug, Default)]
pub(super) struct Clients {
    pub(super) all: Vec<Client>,
    /// Per region: reconnection delays.
    streams: Vec<Stream>,
    /// Per region: cut off from wherever a primary could be.
    pub(super) dark: Vec<bool>,
    /// Per region: lost, clients and all; counted, since losses can overlap.
    pub(super) lost: Vec<u16>,
    /// Writes per second that reach each node.
    rates: Vec<u64>,
    /// The next moment at which something changes for a client is already on the agenda.
    due: SimTime,
}

/// A client process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client {
    region: usize,
    /// Place within its region.
    index: usize,
    /// To whom it is, or was last, connected.
    address: usize,
    pub(super) state: State,
    since: SimTime,
    /// Served again for the first time since its region was cut off.
    returning: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Served,
    /// Its attempts fail.
    Failing,
    /// An attempt that will get through is made at `attempt`, and its first write acknowledged at `served`.
    Connecting {
        to: usize,
        attempt: SimTime,
        served: SimTime,
    },
}

/// How a node that does not serve fails its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// An answer, at once: no.
    Refused,
    /// No answer to a connection attempt.
    Silent,
    /// It connects and then never answers.
    Stuck,
}

impl Clients {
    pub(super) fn reset<P>(&mut self, model: &Model<P>, streams: Streams, primary: usize) {
        self.all.clear();
        self.streams.clear();
        for (region, place) in model.regions.iter().enumerate() {
            self.streams.push(streams.stream(place.reconnect_key));
            self.all.extend((0..place.clients as usize).map(|index| Client {
                region,
                index,
                address: primary,
                state: State::Served,
                since: SimTime::ZERO,
                returning: false,
            }));
        }
        self.dark.clear();
        self.dark.resize(model.regions.len(), false);
        self.lost.clear();
        self.lost.resize(model.regions.len(), 0);
        self.rates.clear();
        self.rates.resize(model.nodes.len(), 0);
        self.due = SimTime::MAX;
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    pub(super) fn clients_due(&mut self) {
        self.clients.due = SimTime::MAX;
        self.changed = true;
    }

    /// The world leaps over the next `by` while every client is served.
    pub(super) fn clients_leap(&mut self, by: Span) {
        self.clients.due += by;
    }

    /// Brings every client up to `now`, and says when to look again.
    pub(super) fn refresh_clients(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        let mut clients = std::mem::take(&mut self.clients.all);
        let mut next = self.next_patrol(now).min(self.next_overflow(now));
        let mut news = false;
        for client in &mut clients {
            let before = client.state;
            next = next.min(self.refresh(now, client));
            news |= before != client.state;
        }
        self.clients.all = clients;
        if news || now == SimTime::ZERO {
            self.account(now);
        }
        self.observe_service(now);
        if next < self.clients.due {
            self.clients.due = next;
            agenda.schedule(next, Event::Clients);
        }
    }

    /// Waits for acknowledgements grow by themselves while a standby's stream is slower than the writes: there
    /// service can end without anything else happening.
    pub(super) fn next_patrol(&self, now: SimTime) -> SimTime {
        let model = &self.model;
        let written: u64 = model.regions.iter().map(|region| region.writes_per_second).sum();
        let throttled = self.machines.iter().any(|machine| machine.database.throttled.is_some());
        match (throttled || model.replication_rate < written) && waits_for_standbys(&self.model.durability) {
            true => now + Span::from_secs(1),
            false => SimTime::MAX,
        }
    }

    /// Brings one client up to `now`; returns when something changes for it next, by itself.
    fn refresh(&mut self, now: SimTime, client: &mut Client) -> SimTime {
        if client.state == State::Served && self.service(client.region, client.address).is_err() {
            self.blame_for(client);
            client.state = State::Failing;
            client.since = now;
        }
        if let State::Connecting { to, served, .. } = client.state {
            if self.service(client.region, to).is_err() {
                client.state = State::Failing;
            } else if now >= served {
                self.serve(now, client, to);
            } else {
                return served;
            }
        }
        match client.state {
            State::Failing => self.try_again(now, client),
            State::Served | State::Connecting { .. } => SimTime::MAX,
        }
    }

    fn serve(&mut self, now: SimTime, client: &mut Client, by: usize) {
        if let State::Connecting { attempt, .. } = client.state {
            let last = &mut self.measures.milestones.last_attempt;
            *last = (*last).max(Some(attempt));
        }
        client.address = by;
        client.state = State::Served;
        client.since = now;
        client.returning = false;
    }

    fn try_again(&mut self, now: SimTime, client: &mut Client) -> SimTime {
        if self.clients.dark[client.region] {
            client.returning = true;
            return SimTime::MAX;
        }
        let to = self.dns.answer(now, client.region, client.index);
        if self.service(client.region, to).is_err() {
            let refresh = self.dns.refresh(now, client.region, client.index);
            return refresh.unwrap_or(SimTime::MAX);
        }
        let pause = self.pause(now, client);
        let stream = &mut self.clients.streams[client.region];
        let attempt = now + stream.between(Span::ZERO, pause);
        // TCP handshake, authentication (two turns) and the write: four round trips, and the server's own time.
        let there = self.model.nodes[to].region;
        let one_way = self.model.path(client.region, there).latency.draw(stream);
        let first_write = self.model.engine.first_write.draw(stream);
        let served = attempt
            + one_way.saturating_mul(8)
            + self.clients_suffer(client.region, to).unwrap_or(Span::ZERO).saturating_mul(4)
            + first_write.saturating_mul(self.machines[to].slowness.times());
        client.state = State::Connecting { to, attempt, served };
        served
    }

    /// The pause between two attempts of a client that has been failing for a while: exponential back-off makes
    /// it about as long as the failure has lasted, within bounds; a host that does not answer holds each
    /// attempt up.
    fn pause(&self, now: SimTime, client: &Client) -> Span {
        let settings = &self.model.clients;
        let backoff = now.since(client.since).max(settings.retry_first).min(settings.retry_max);
        backoff
            + match self.service(client.region, client.address) {
                Err(Trouble::Silent) => settings.connect_timeout,
                Err(Trouble::Stuck) => settings.statement_timeout,
                Ok(()) | Err(Trouble::Refused) => Span::ZERO,
            }
    }

    /// Whether a write of that region's clients to `node` would be acknowledged in time.
    fn service(&self, region: usize, node: usize) -> Result<(), Trouble> {
        let machine = &self.machines[node];
        let lost = self.clients.lost[region] > 0;
        if lost || !machine.alive() || !self.network.connected(self.model.clients_endpoint(region), node) {
            return Err(Trouble::Silent);
        }
        let database = &machine.database;
        match () {
            () if !database.running => Err(Trouble::Refused),
            () if database.hung_since.is_some() => Err(Trouble::Stuck),
            () if !database.accepts() => Err(Trouble::Refused),
            () if self.measures.slow_acknowledgement[node] => Err(Trouble::Stuck),
            () if machine.slowness.too_slow || self.too_far(region, node) => Err(Trouble::Stuck),
            () => Ok(()),
        }
    }

    /// Over bad links no statement is answered in time.
    fn too_far(&self, region: usize, node: usize) -> bool {
        let patience = self.model.clients.statement_timeout;
        self.clients_suffer(region, node).is_none_or(|detour| detour >= patience)
    }

    fn blame_for(&mut self, client: &Client) {
        let from = self.model.clients_endpoint(client.region);
        match self.network.passes(from, client.address).and(self.network.passes(client.address, from)) {
            Err(cut) => self.blame_cut(cut),
            Ok(()) => {
                self.blame(client.address, 1);
                self.blame_slow(client.address, SlowPart::Disk);
                self.blame_bad_links(client.region, client.address);
            }
        }
    }

    /// Tells the journal how much is written where, and the measures who is served.
    fn account(&mut self, now: SimTime) {
        let mut rates = std::mem::take(&mut self.clients.rates);
        let model = &self.model;
        for (node, rate) in rates.iter_mut().enumerate() {
            let writes: u64 = (0..model.regions.len()).map(|region| self.writes(region, node)).sum();
            if writes != *rate {
                *rate = writes;
                self.journal.write_rate(now, node, writes);
            }
        }
        self.clients.rates = rates;
        let served = self.clients.all.iter().filter(|client| client.state == State::Served).count();
        self.measures.on_served(now, served, self.clients.all.len());
        for region in 0..self.model.regions.len() {
            let here = || self.clients.all.iter().filter(|client| client.region == region);
            let clients = here().filter(|client| client.state != State::Served).count();
            let of = here().count();
            if self.measures.unserved[region] != clients {
                self.measures.unserved[region] = clients;
                let what = || if clients == 0 { What::AllServed } else { What::Unserved { clients, of } };
                self.note(now, Place::Clients(region), what);
            }
        }
    }

    /// Writes per second from one region's clients to one node.
    fn writes(&self, region: usize, node: usize) -> u64 {
        let place = &self.model.regions[region];
        let attached = |client: &&Client| {
            client.region == region && client.state == State::Served && client.address == node
        };
        let count = self.clients.all.iter().filter(attached).count() as u64;
        if count == 0 { 0 } else { place.writes_per_second * count / u64::from(place.clients) }
    }

    /// Service is up while every client that somebody could serve is served. Clients whose region was cut off
    /// count again once they have been served for the first time.
    fn observe_service(&mut self, now: SimTime) {
        let all = &self.clients.all;
        let missed = all.iter().any(|client| {
            client.state != State::Served && !client.returning && !self.clients.dark[client.region]
        });
        // Where everybody is cut off, nobody is served either.
        let nobody = !all.is_empty() && all.iter().all(|client| client.state != State::Served);
        self.measures.on_service(now, self.model.steady, !missed && !nobody);
    }

    /// Whether every client outside cut-off regions is served, those just back included.
    pub(super) fn everyone_served(&self) -> bool {
        let clients = &self.clients;
        clients.all.iter().all(|client| client.state == State::Served || clients.dark[client.region])
    }
}
