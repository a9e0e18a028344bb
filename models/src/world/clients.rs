//! Clients: who is served by whom, and who is not.
//!
//! A client keeps its connections as long as they work, whoever is primary by then, and those of a pool until they are
//! too old. When one fails, it has to find that out first (`connections.rs`). Then it asks its way to the primary at
//! every attempt (`ways.rs`); attempts back off, so what becomes possible is noticed somewhere within the current
//! pause. Only moments at which something changes for a client are computed: nothing happens per write.

mod service;
mod tally;

use std::ops::Range;

use sim::{Agenda, SimTime, Stream, Streams};
use units::Span;

use super::connections::{Broken, GivenUp, Link};
use super::proxies::DIRECT;
use super::ways::Way;
use super::{World, waits_for_standbys};
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{Model, RedirectModel, SlowPart};

pub(super) use tally::{Served, Tally};
use tally::{Stage, Standing};

/// All clients.
#[derive(Debug, Default)]
pub(super) struct Clients {
    pub(super) all: Vec<Client>,
    /// When something changes by itself for each of them.
    next: Vec<SimTime>,
    /// Per region: the first of these moments.
    soonest: Vec<SimTime>,
    /// Per region: attempts to connect, each client's at places of its own.
    attempts: Vec<Stream>,
    /// Per region: when clients' connections are used, each client's at places of its own.
    pub(super) uses: Vec<Stream>,
    /// Per region: cut off from wherever a primary could be.
    pub(super) dark: Vec<bool>,
    /// Per region: what all its clients met when they were looked at last, if that was at one address.
    met: Vec<Option<Trouble>>,
    /// Per region: cut off when all its clients were looked at last.
    found_dark: Vec<bool>,
    /// Per region: lost, clients and all; counted, since losses can overlap.
    pub(super) lost: Vec<u16>,
    /// Writes per second that each node answers in time.
    pub(super) rates: Vec<u64>,
    /// Who is served, counted.
    pub(super) tally: Tally,
    /// Nothing changed but the time: only clients whose moment has come have to be looked at.
    only_due: bool,
    /// The next moment at which something changes for a client is already on the agenda.
    pub(super) due: SimTime,
}

/// A client process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client {
    pub(super) region: usize,
    /// Place within its region.
    pub(super) index: usize,
    /// To whom it is, or was last, connected.
    pub(super) address: usize,
    /// Through which proxy.
    pub(super) via: u16,
    /// How often sessions there had ended by then.
    pub(super) backend: u32,
    /// How often the address may have been led elsewhere by then.
    pub(super) turns: u32,
    pub(super) state: State,
    pub(super) since: SimTime,
    /// The connections that it lost last.
    pub(super) broken: Broken,
    /// When it gives those up, once that has been worked out.
    pub(super) given_up: Option<GivenUp>,
    /// When it gives up the last of them, while others serve already; zero if there are none left.
    pub(super) fresh_at: SimTime,
    /// Where its attempts have failed last.
    pub(super) tried: usize,
    /// The last of its connections is too old then, and it finds no way to make new ones where they lead; never if it
    /// does.
    pub(super) expires: SimTime,
    /// How often it lost its connections, tried to make new ones, and found none to replace old ones.
    pub(super) losses: u32,
    attempts: u32,
    pub(super) renewals: u32,
    /// It got no answer from its resolver, which a fault was blamed for.
    unresolved: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Served,
    /// Its attempts fail.
    Failing,
    /// An attempt that will get through is made at `attempt`, and its first write acknowledged at `served`.
    Connecting {
        to: usize,
        via: u16,
        attempt: SimTime,
        served: SimTime,
    },
}

/// How much is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum News {
    None,
    /// Some attempt will get through, or will not after all: nobody is served otherwise than before.
    Attempts,
    /// Some are served by another node, or in another way.
    Service,
}

impl News {
    /// What became of one client that stands otherwise than before.
    #[inline]
    fn between(before: &Standing, after: &Standing) -> News {
        let served = before.stage == Stage::Served || after.stage == Stage::Served;
        match served || before.fresh_at != after.fresh_at {
            true => News::Service,
            false => News::Attempts,
        }
    }
}

/// How a node that does not serve fails its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nobody listens: an answer, at once.
    Refused,
    /// The server answers at once that it accepts no writes.
    ReadOnly,
    /// No answer to a connection attempt.
    Silent,
    /// Its kernel connects and its database never answers: the attempt runs into its time-out all the same.
    Hung,
    /// It connects, and no write is acknowledged in time.
    Late,
}

impl Trouble {
    /// How long an attempt that meets it lasts.
    pub(super) fn costs(self, clients: &scenarios::Clients) -> Span {
        match self {
            Trouble::Refused | Trouble::ReadOnly => Span::ZERO,
            Trouble::Silent | Trouble::Hung => clients.connect_timeout,
            Trouble::Late => clients.statement_timeout,
        }
    }
}

/// A region's clients, a proxy and a node.
type Place = (usize, u16, usize);

/// What a look at the clients brought.
#[derive(Debug)]
pub(super) struct Look {
    news: News,
    /// When something changes next for any of them, by itself.
    next: SimTime,
    /// Within these are all nodes that may serve others than before.
    touched: Range<usize>,
    /// Whether a region's clients are served by a node, as it was found last, and the last time before for another: nothing else
    /// changes meanwhile, and who is looked at asks for the node that served it and for the one to which it is led.
    asked: [Option<(Place, Result<(), Trouble>)>; 2],
    /// What becomes of statements on a connection of that region's, as it was found last.
    pub(super) linked: Option<((Place, u32), Link)>,
}

impl Look {
    #[inline]
    fn touch(&mut self, node: usize) {
        self.touched = match self.touched.is_empty() {
            true => node..node + 1,
            false => self.touched.start.min(node)..self.touched.end.max(node + 1),
        };
    }
}

impl Default for Look {
    fn default() -> Look {
        Look { news: News::None, next: SimTime::MAX, touched: 0..0, asked: [None; 2], linked: None }
    }
}

impl Client {
    fn connected((region, index): (usize, usize), (via, address): (u16, usize)) -> Client {
        let (zero, works) = (SimTime::ZERO, Link::Works);
        Client {
            region,
            index,
            address,
            via,
            backend: 0,
            turns: 0,
            state: State::Served,
            since: zero,
            broken: Broken {
                via: DIRECT,
                address,
                backend: 0,
                lost: zero,
                before: works,
                now: works,
                since: zero,
            },
            given_up: None,
            fresh_at: zero,
            tried: address,
            expires: SimTime::MAX,
            losses: 0,
            attempts: 0,
            renewals: 0,
            unresolved: false,
        }
    }

    #[inline]
    pub(super) fn standing(&self) -> Standing {
        let stage = match self.state {
            State::Served => Stage::Served,
            State::Failing => Stage::Failing,
            State::Connecting { .. } => Stage::Connecting,
        };
        Standing { stage, attempts: self.attempts, fresh_at: self.fresh_at, address: self.address }
    }

    /// All its statements are answered, not only those that happen on a good connection of its pool.
    #[inline]
    pub(super) fn fully_served(&self) -> bool {
        self.state == State::Served && self.fresh_at == SimTime::ZERO
    }
}

impl Clients {
    pub(super) fn reset<P>(&mut self, model: &Model<P>, streams: Streams, primary: usize) {
        self.all.clear();
        self.attempts.clear();
        self.uses.clear();
        for (region, place) in model.regions.iter().enumerate() {
            self.attempts.push(streams.stream(place.attempt_key));
            self.uses.push(streams.stream(place.use_key));
            let address = model.actives.as_ref().map_or(primary, |actives| actives.nearest[region][0]);
            let client =
                |index| Client::connected((region, index), (first_proxy(model, region, index), address));
            self.all.extend((0..place.clients as usize).map(client));
        }
        self.dark.clear();
        self.dark.resize(model.regions.len(), false);
        self.met.clear();
        self.met.resize(model.regions.len(), None);
        self.found_dark.clear();
        self.found_dark.resize(model.regions.len(), false);
        self.lost.clear();
        self.lost.resize(model.regions.len(), 0);
        self.rates.clear();
        self.rates.resize(model.nodes.len(), 0);
        self.next.clear();
        self.next.resize(self.all.len(), SimTime::MAX);
        self.soonest.clear();
        self.soonest.resize(model.regions.len(), SimTime::MAX);
        self.tally.reset(model.regions.len(), model.nodes.len());
        self.all.iter().for_each(|client| self.tally.add(client));
        self.only_due = false;
        self.due = SimTime::MAX;
    }

    pub(super) fn only_due(&self) -> bool {
        self.only_due
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    pub(super) fn clients_due(&mut self, now: SimTime) {
        self.clients.due = SimTime::MAX;
        let alone = !self.changed && self.proxies.due() > now;
        self.clients.only_due = alone && self.next_patrol(now) == SimTime::MAX;
        self.changed = true;
    }

    /// Brings every client up to `now`, and says when to look again.
    pub(super) fn refresh_clients(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        let patrol = self.next_patrol(now);
        if !self.clients.only_due {
            self.check_servers(now);
        }
        let only_due = std::mem::take(&mut self.clients.only_due);
        let Look { news, next, touched, .. } = self.refresh_each(now, only_due);
        let news = if now == SimTime::ZERO { News::Service } else { news };
        let load = self.traffic.changed || self.loads.changed || self.loads.due() <= now;
        match news {
            News::None if !load => {}
            News::Attempts if !load && self.loads.all_fine() => self.count_served_again(now),
            News::Service if only_due && !load && self.loads.all_fine() => self.account(now, touched, true),
            _ => self.account(now, 0..self.machines.len(), news != News::None),
        }
        if !only_due || load || news == News::Service {
            self.observe_service(now);
        }
        let reads = self.refresh_reads(now);
        self.look_again(next.min(patrol).min(self.proxies.due()).min(self.loads.due()).min(reads), agenda);
    }

    /// Brings each client up to `now`, or only those whose moment has come. Returns what is new.
    fn refresh_each(&mut self, now: SimTime, only_due: bool) -> Look {
        let mut clients = std::mem::take(&mut self.clients.all);
        let mut nexts = std::mem::take(&mut self.clients.next);
        let (mut look, mut from) = (Look::default(), 0);
        for region in 0..self.model.regions.len() {
            let here = from..from + self.model.regions[region].clients as usize;
            from = here.end;
            if only_due && self.clients.soonest[region] > now {
                continue;
            }
            if !only_due && self.nothing_is_new(now, region, clients[here.clone()].first(), &mut look) {
                nexts[here].fill(SimTime::MAX);
                self.clients.soonest[region] = SimTime::MAX;
                continue;
            }
            let mut soonest = SimTime::MAX;
            for index in here {
                let at = &mut nexts[index];
                if !only_due || *at <= now {
                    *at = self.look_at(now, &mut clients[index], &mut look);
                }
                soonest = soonest.min(*at);
            }
            self.clients.soonest[region] = soonest;
            if !only_due {
                self.clients.met[region] = self.meets(&mut look, region);
                self.clients.found_dark[region] = self.clients.dark[region];
            }
        }
        look.next = self.clients.soonest.iter().copied().min().unwrap_or(SimTime::MAX);
        (self.clients.all, self.clients.next) = (clients, nexts);
        debug_assert!(self.clients.tally.is_right(&self.clients.all), "every change of a client is counted");
        look
    }

    /// All clients of a region go on as they do: served by one node, the first one's; cut off; or failing at the only
    /// address that there has ever been.
    fn nothing_is_new(&self, now: SimTime, region: usize, first: Option<&Client>, look: &mut Look) -> bool {
        let Some(first) = first else { return true };
        let (tally, all) = (&self.clients.tally, u64::from(self.model.regions[region].clients));
        let Served { fully, failing } = tally.regions()[region];
        match () {
            () if fully == all => {
                let there = tally.connected(region, first.address);
                there == all
                    && first.via == DIRECT
                    && self.is_served(look, first)
                    && !self.may_part(now, first)
            }
            () if failing < all => false,
            () if self.clients.dark[region] && self.clients.found_dark[region] => true,
            () => self.meets(look, region).is_some_and(|met| self.clients.met[region] == Some(met)),
        }
    }

    /// What all clients of a region meet that look for the only address that there has ever been, if they fail there.
    fn meets(&self, look: &mut Look, region: usize) -> Option<Trouble> {
        let only = match &self.model.redirect {
            RedirectModel::Dns => self.address(region, self.dns.unchanged()?),
            RedirectModel::Address(_) if self.pretender().is_none() => self.address.holder(),
            _ => return None,
        };
        self.service(look, region, DIRECT, only).err()
    }

    /// Brings one client up to `now`; returns when something changes for it next, by itself.
    fn look_at(&mut self, now: SimTime, client: &mut Client, look: &mut Look) -> SimTime {
        let unhurt = client.fully_served() && self.is_served(look, client);
        if unhurt && !self.may_part(now, client) {
            return SimTime::MAX;
        }
        let before = client.standing();
        let next = self.refresh(now, client, look);
        let after = client.standing();
        if before == after {
            return next;
        }
        self.clients.tally.change(client.region, &before, &after);
        look.news = look.news.max(News::between(&before, &after));
        // Who is not connected counts for no node.
        for standing in [before, after] {
            if standing.stage == Stage::Served {
                look.touch(standing.address);
            }
        }
        next
    }

    /// Waits for acknowledgements grow by themselves while a standby's stream is slower than the writes, and shrink while
    /// it works off its queue: there service can end, or be back, without anything else happening.
    pub(super) fn next_patrol(&self, now: SimTime) -> SimTime {
        let model = &self.model;
        if !waits_for_standbys(&model.durability) {
            return SimTime::MAX;
        }
        let written = self.traffic.total();
        let throttled = self.machines.iter().any(|machine| machine.database.throttled.is_some());
        match self.works_off || throttled || model.replication_rate < written {
            true => now + Span::from_secs(1),
            false => SimTime::MAX,
        }
    }

    /// Brings one client up to `now`; returns when something changes for it next, by itself.
    fn refresh(&mut self, now: SimTime, client: &mut Client, look: &mut Look) -> SimTime {
        if client.state == State::Served {
            let astray = self.has_address() && self.is_led_astray(client);
            if astray || !self.is_served(look, client) {
                self.lose_service(now, client, look);
                client.broken.backend = client.broken.backend.wrapping_sub(u32::from(astray));
            }
        }
        if let State::Connecting { to, via, served, .. } = client.state {
            if self.service(look, client.region, via, to).is_err() {
                (client.state, client.tried) = (State::Failing, to);
            } else if now >= served {
                self.serve(now, client, via, to);
            } else {
                return served;
            }
        }
        match client.state {
            State::Failing => self.try_again(now, client, look),
            State::Served => self.stay(now, client, look),
            State::Connecting { .. } => SimTime::MAX,
        }
    }

    /// It is served; returns when that may change by itself: connections that it lost are given up, or all that it has have
    /// grown too old. Asked whenever it is served, however it came to be: else it would be when somebody looks by chance.
    fn stay(&mut self, now: SimTime, client: &mut Client, look: &mut Look) -> SimTime {
        let fresh = self.freshen(now, client, look);
        let parts = self.part(now, client, look);
        fresh.min(parts)
    }

    /// Nothing that it has connected serves it any more.
    pub(super) fn lose_service(&mut self, now: SimTime, client: &mut Client, look: &mut Look) {
        self.blame_for(client);
        let (via, address, backend) = (client.via, client.address, client.backend);
        let link = self.link_as_found(look, client.region, (via, address, backend));
        client.broken = Broken { via, address, backend, lost: now, before: link, now: link, since: now };
        (client.given_up, client.tried) = (None, address);
        client.losses += 1;
        (client.state, client.fresh_at) = (State::Failing, SimTime::ZERO);
        (client.since, client.expires) = (now, SimTime::MAX);
    }

    fn serve(&mut self, now: SimTime, client: &mut Client, via: u16, by: usize) {
        let attempt = if let State::Connecting { attempt, .. } = client.state { attempt } else { now };
        self.measures.milestones.on_attempt(attempt);
        let fresh_at = self.gives_up(now, client).last;
        client.fresh_at = if fresh_at > now { fresh_at } else { SimTime::ZERO };
        self.bring_along(now, client, by);
        (client.via, client.address, client.backend) = (via, by, self.ended(via, by));
        client.turns = self.address.turns();
        client.state = State::Served;
        client.since = now;
    }

    /// Its attempts fail, or it waits for an answer on what it has connected.
    fn try_again(&mut self, now: SimTime, client: &mut Client, look: &mut Look) -> SimTime {
        self.watch_broken(now, client, look);
        if self.clients.dark[client.region] {
            return SimTime::MAX;
        }
        if client.broken.now == Link::Works {
            let Broken { via, address: to, .. } = client.broken;
            let resumes = self.gives_up(now, client).resumes;
            match resumes {
                Some(at) if at > now => return at,
                Some(_) => {
                    self.serve(now, client, via, to);
                    return self.stay(now, client, look);
                }
                None => {}
            }
        }
        match self.way(now, client, look) {
            Err(until) => until,
            Ok(way) => {
                let begins = self.gives_up(now, client).first;
                if begins > now { begins } else { self.connect(now, client, way, look) }
            }
        }
    }

    /// An attempt that will get through, if nothing changes. Returns when its first write is acknowledged.
    fn connect(&mut self, now: SimTime, client: &mut Client, way: Way, look: &mut Look) -> SimTime {
        let Way { via, to, .. } = way;
        let pause = self.pause(now, client, way, look);
        let clients = u64::from(self.model.regions[client.region].clients);
        let place = u64::from(client.attempts) * clients + client.index as u64;
        client.attempts += 1;
        let pretender = if self.has_address() { self.pretender() } else { None };
        let stream = &mut self.clients.attempts[client.region];
        stream.go_to(place * self.model.draws_per_attempt);
        let mut attempt = now + stream.between(Span::ZERO, pause);
        let one_way = one_way(&self.model, client.region, via, to, stream);
        let first_write = self.model.engine.first_write.draw(stream);
        if let Some((fault, _)) = pretender {
            // Every other attempt gets to the other one.
            let astray = stream.next_u64().trailing_zeros();
            attempt += pause.saturating_mul(astray.into());
            self.faults[usize::from(fault)].effects += u64::from(astray);
        }
        // TCP handshake, authentication (two turns) and the write: four round trips, and the server's own time.
        let served = attempt
            + one_way.saturating_mul(8)
            + self.clients_suffer(client.region, via, to).unwrap_or(Span::ZERO).saturating_mul(4)
            + first_write.saturating_mul(self.machines[to].slowness.times());
        client.state = State::Connecting { to, via, attempt, served };
        client.unresolved = false;
        served
    }

    /// It finds nobody because of what the name servers say, or do not say; that is one effect, however often it asks.
    pub(super) fn blame_name_servers(&mut self, now: SimTime, client: &mut Client) {
        if std::mem::replace(&mut client.unresolved, true) {
            return;
        }
        match self.dns.liar(now, client.region, client.index) {
            Some(fault) => self.faults[usize::from(fault)].effects += 1,
            None => self.blame_dns(),
        }
    }

    /// The pause between two attempts of a client that has been failing for a while: exponential back-off makes
    /// it about as long as its attempts have failed, within bounds; and each attempt lasts as long as what it meets takes.
    /// Where what they met has become what they look for, none is held up.
    fn pause(&mut self, now: SimTime, client: &mut Client, way: Way, look: &mut Look) -> Span {
        let began = self.gives_up(now, client).first.max(client.since);
        let settings = &self.model.clients;
        let backoff = now.since(began).max(settings.retry_first).min(settings.retry_max);
        if began >= now {
            return backoff + way.ahead;
        }
        if let Some(held_up) = way.held {
            return backoff + held_up;
        }
        let elsewhere = client.tried != way.to;
        let met =
            if elsewhere { self.service(look, client.region, DIRECT, client.tried).err() } else { None };
        backoff + met.map_or(Span::ZERO, |trouble| trouble.costs(&self.model.clients))
    }

    fn blame_for(&mut self, client: &Client) {
        if client.via != DIRECT && self.blame_proxy(client.via) {
            return;
        }
        let from =
            self.passage(client.region, client.via).unwrap_or(self.model.clients_endpoint(client.region));
        match self.network.passes(from, client.address).and(self.network.passes(client.address, from)) {
            Err(cut) => self.blame_cut(cut),
            Ok(()) => {
                self.blame(client.address, 1);
                self.blame_slow(client.address, SlowPart::Disk);
                self.blame_bad_links(client.region, client.via, client.address);
            }
        }
    }
}

/// The proxy to which a client connects at first.
fn first_proxy<P>(model: &Model<P>, region: usize, index: usize) -> u16 {
    match &model.redirect {
        RedirectModel::Proxies(proxies) => {
            proxies.order(region, index).next().map_or(DIRECT, |proxy| proxy as u16)
        }
        _ => DIRECT,
    }
}

/// One way of a message from a region's clients to a node.
fn one_way<P>(model: &Model<P>, region: usize, via: u16, node: usize, dice: &mut Stream) -> Span {
    let there = model.nodes[node].region;
    if via == DIRECT {
        return model.path(region, there).latency.draw(dice);
    }
    let between = model.proxies()[usize::from(via)].region;
    model.path(region, between).latency.draw(dice) + model.path(between, there).latency.draw(dice)
}
