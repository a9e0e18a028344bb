//! Who writes how much where, what primaries carry of it, and who is served.

use std::ops::Range;

use sim::{Agenda, SimTime};

use super::World;
use super::clients::{Client, State};
use super::load::{Queue, Rules, State as Load};
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{Model, SlowPart};
use crate::note::{Place, What};

/// What waits at each database.
#[derive(Debug, Default)]
pub(super) struct Loads {
    queues: Vec<Queue>,
    rules: Rules,
    /// Per node: writes that clients bring along when they are back, because their users still wait.
    pub(super) brought: Vec<u64>,
    /// When the state of a database changes next.
    due: SimTime,
    /// Some carry more or less than before.
    pub(super) changed: bool,
}

impl Loads {
    pub(super) fn reset<P>(&mut self, model: &Model<P>) {
        let clients = &model.clients;
        let (patience, retries) = (clients.statement_timeout, clients.retries);
        self.rules = Rules { patience, retries, queue_max: model.queue_max };
        self.queues.clear();
        self.queues.extend(model.nodes.iter().map(|node| Queue::new(node.capacity)));
        self.brought.clear();
        self.brought.resize(model.nodes.len(), 0);
        (self.due, self.changed) = (SimTime::MAX, false);
    }

    /// When the state of a database changes next.
    pub(super) fn due(&self) -> SimTime {
        self.due
    }

    /// Every database carries what it is offered.
    #[inline]
    pub(super) fn all_fine(&self) -> bool {
        self.queues.iter().all(|queue| queue.state() == Load::Fine)
    }

    /// When the state of a database changes next, if clients go on as they do.
    fn next(&self) -> SimTime {
        self.queues.iter().map(|queue| queue.next(&self.rules)).min().unwrap_or(SimTime::MAX)
    }

    /// How many of so many clients a database serves.
    fn serves(&self, node: usize, clients: usize) -> usize {
        match self.queues[node].state() {
            Load::Fine | Load::Queues => clients,
            Load::Refuses(accepted) => (clients as u64 * u64::from(accepted) / 1_000_000) as usize,
            Load::TimesOut => 0,
        }
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// Tells the databases and the journal how much is written where, if on no others than `nodes` it may be another
    /// amount than before, and the measures who is served. `news`: clients changed, and not only how much they write.
    pub(super) fn account(&mut self, now: SimTime, nodes: Range<usize>, news: bool) {
        let mut rates = std::mem::take(&mut self.clients.rates);
        for node in nodes {
            let rate = &mut rates[node];
            let mut wanted: u64 = 0;
            for region in 0..self.model.regions.len() {
                wanted = wanted.saturating_add(self.writes(region, node));
            }
            let answered = self.load_database(now, node, wanted);
            if answered != *rate {
                *rate = answered;
                self.journal.write_rate(now, node, answered);
                self.on_active_rate(now, node, answered);
            }
        }
        self.clients.rates = rates;
        (self.traffic.changed, self.loads.changed) = (false, false);
        let fine = self.loads.all_fine();
        self.loads.due = if fine { SimTime::MAX } else { self.loads.next() };
        self.measures.on_overload(now, !fine);
        let served = if fine { self.clients.tally.fully() as usize } else { self.served() };
        if news || !self.measures.serves(served) {
            self.measures.on_served(now, served, self.clients.all.len());
        }
        self.note_unserved(now);
    }

    /// As many clients are served as before, by the same nodes, which carry what they are offered.
    pub(super) fn count_served_again(&mut self, now: SimTime) {
        self.measures.on_served(now, self.measures.writers(), self.clients.all.len());
    }

    /// Returns the writes per second that are answered in time.
    fn load_database(&mut self, now: SimTime, node: usize, wanted: u64) -> u64 {
        let accepts = self.machines[node].alive() && self.machines[node].database.accepts();
        let brought = std::mem::take(&mut self.loads.brought[node]);
        let carries = self.carries(node);
        let loads = &mut self.loads;
        let queue = &mut loads.queues[node];
        if brought == 0 && queue.goes_on(carries, if accepts { wanted } else { 0 }) {
            return queue.answered();
        }
        let before = queue.state();
        queue.carry(now, carries, &loads.rules);
        match accepts {
            true => queue.offer(now, wanted, brought, &loads.rules),
            false => queue.clear(now),
        }
        let (after, answered, offered) = (queue.state(), queue.answered(), queue.offered(&loads.rules));
        if std::mem::discriminant(&before) != std::mem::discriminant(&after) {
            self.note(now, Place::Node(node), || load_note(after, offered));
            if !matches!(after, Load::Fine | Load::Queues) {
                // Its clients go without answers because it is slow, if it is.
                self.blame_slow(node, SlowPart::Disk);
            }
        }
        answered
    }

    /// Clients whose writes are answered.
    fn served(&self) -> usize {
        let fully = |node: usize| self.clients.tally.fully_at(node) as usize;
        (0..self.machines.len()).map(|node| self.loads.serves(node, fully(node))).sum()
    }

    fn note_unserved(&mut self, now: SimTime) {
        for region in 0..self.model.regions.len() {
            let of = self.model.regions[region].clients as usize;
            let clients = of - self.clients.tally.regions()[region].fully as usize;
            if self.measures.unserved[region] != clients {
                self.measures.unserved[region] = clients;
                let what = || if clients == 0 { What::AllServed } else { What::Unserved { clients, of } };
                self.note(now, Place::Clients(region), what);
            }
        }
    }

    /// Writes per second from one region's clients to one node.
    fn writes(&self, region: usize, node: usize) -> u64 {
        match self.clients.tally.connected(region, node) {
            0 => 0,
            count => self.traffic.rate(region) * count / u64::from(self.model.regions[region].clients),
        }
    }

    /// Users wait for an answer while their client is without service, and those whose client sends again wait
    /// longer: all that comes at once when it is back.
    pub(super) fn bring_along(&mut self, now: SimTime, client: &Client, to: usize) {
        let settings = &self.model.clients;
        if settings.retries == 0 {
            return;
        }
        let waits = settings.statement_timeout.saturating_mul(1 + u64::from(settings.retries));
        let waited = u128::from(now.since(client.since).min(waits).as_nanos());
        let clients = u128::from(self.model.regions[client.region].clients);
        let came = u128::from(self.traffic.rate(client.region)) * waited / (clients * 1_000_000_000);
        self.loads.brought[to] += came as u64;
    }

    /// Service is up while every client that somebody could serve is served. Clients cut off from all who may serve
    /// count again from the moment at which they are not.
    pub(super) fn observe_service(&mut self, now: SimTime) {
        let clients = &self.clients;
        let (mut waiting, mut cut_off) = (0, 0);
        for (region, served) in clients.tally.regions().iter().enumerate() {
            let unserved = u64::from(self.model.regions[region].clients) - served.fully;
            match clients.dark[region] {
                true => cut_off += unserved,
                false => waiting += unserved,
            }
        }
        let missed = match self.loads.all_fine() {
            true => waiting > 0,
            false => clients.all.iter().any(|client| {
                let unserved = !client.fully_served() || self.browned_out(client);
                unserved && !clients.dark[client.region]
            }),
        };
        // Where everybody is cut off, nobody is served either.
        let nobody = !clients.all.is_empty() && clients.tally.fully() == 0;
        self.measures.on_cut_off(now, cut_off);
        self.measures.on_service(now, self.model.steady, !missed && !nobody);
    }

    /// It is connected to a database that answers too late, or refuses a part.
    fn browned_out(&self, client: &Client) -> bool {
        client.state == State::Served
            && matches!(self.loads.queues[client.address].state(), Load::Refuses(_) | Load::TimesOut)
    }

    /// Whether every client outside cut-off regions is served, those just back included.
    pub(super) fn everyone_served(&self) -> bool {
        let clients = &self.clients;
        let served = |client: &Client| client.fully_served() && !self.browned_out(client);
        clients.all.iter().all(|client| served(client) || clients.dark[client.region])
    }

    /// The next change that comes by itself: of a queue, or of where reads go.
    pub(super) fn look_again(&mut self, at: SimTime, agenda: &mut Agenda<Event>) {
        if at < self.clients.due {
            self.clients.due = at;
            agenda.schedule(at, Event::Clients);
        }
    }
}

fn load_note(state: Load, offered: u64) -> What {
    match state {
        Load::Fine => What::KeepsUp,
        Load::Queues => What::Queues { offered },
        Load::Refuses(accepted) => What::Refuses { offered, accepted },
        Load::TimesOut => What::TimesOut { offered },
    }
}
