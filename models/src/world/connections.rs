//! Connections that no longer serve: what a client had open to a server is found out connection by connection, at the
//! next use, by the test of an idle one, or because it has grown too old.
//!
//! ```text
//!   server lost         first given up                      last given up
//!        |-- U -- T ----------|------------------------------------|
//!        | x    x        x    | x            x                     x
//!        | not served         | new attempts; a part of the        | fully served
//!        |                    | statements fails                   |
//! ```
//!
//! `U` is the time until the connection is used (exponential: statements take connections at random), `T` what that use
//! costs. It depends on what the other host does with what it is sent:
//!
//! | host | `T` |
//! |---|---|
//! | its kernel answers "no such connection", or has closed it | nothing |
//! | it is silent | the shorter of `statement_timeout` and `tcp_timeout` |
//! | its kernel acknowledges and its database says nothing | `statement_timeout` |
//! | its database says that it accepts no writes | nothing, unless the pool keeps such connections |
//!
//! A host that is heard again while a statement waits is heard at TCP's next attempt to send, and these become rare: after
//! 0.2, 0.6, 1.4 s and so on, and at most every 120 s (Linux's `TCP_RTO_MIN` and `TCP_RTO_MAX`). A connection of which
//! it still knows then goes on; of one it does not know, it says so.

use sim::{SimTime, Stream};
use units::Span;

use super::World;
use super::clients::{Client, Look, Trouble};
use super::proxies::DIRECT;
use crate::journal::Journal;
use crate::logic::Logic;

/// TCP's first pause before it sends again, doubled each time.
const RTO_FIRST: Span = Span::from_millis(200);
/// And its longest.
const RTO_MOST: Span = Span::from_secs(120);

/// What becomes of a statement on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// It is carried out.
    Works,
    /// The other host knows nothing of the connection and says so.
    Dead,
    /// Nothing answers.
    Silent,
    /// The other host's kernel takes it, and its database does not answer in time.
    Hung,
    /// The server answers, and refuses writes.
    ReadOnly,
    /// The client's own machine is gone, and its processes begin anew.
    Gone,
}

/// How a client's connections to a server it lost are, and were before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// Through which proxy and to which node, and how often its database had died, or the proxy had ended its sessions,
    /// by the time they were made.
    pub(super) via: u16,
    pub(super) address: usize,
    pub(super) backend: u32,
    /// They stopped serving then.
    pub(super) lost: SimTime,
    pub(super) before: Link,
    pub(super) now: Link,
    /// Since when.
    pub(super) since: SimTime,
}

/// When connections are given up: the first of them, the last, and when the first of those works again that were not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GivenUp {
    pub(super) first: SimTime,
    pub(super) last: SimTime,
    pub(super) resumes: Option<SimTime>,
}

/// One connection: when it is used and tested next and when it is too old, counted from when it was lost.
#[derive(Clone, Copy, Debug)]
struct Connection {
    used: Span,
    test: Option<Span>,
    lifetime: Option<Span>,
}

/// The client's time-outs.
#[derive(Clone, Copy, Debug)]
struct Patience {
    connect: Span,
    statement: Span,
    tcp: Span,
    keepalive: Span,
    drops_read_only: bool,
}

impl Patience {
    fn of(clients: &scenarios::Clients) -> Patience {
        Patience {
            connect: clients.connect_timeout,
            statement: clients.statement_timeout,
            tcp: clients.tcp_timeout.min(clients.statement_timeout),
            keepalive: clients.tcp_keepalive,
            drops_read_only: clients.pool.as_ref().is_none_or(|pool| pool.drops_read_only),
        }
    }

    /// When the client gives the connection up whose use begins at `used`, if nothing changes.
    fn by_use(&self, link: Link, used: SimTime) -> Option<SimTime> {
        match link {
            Link::Works => None,
            Link::Dead | Link::Gone => Some(used),
            Link::Silent => Some(used + self.tcp),
            Link::Hung => Some(used + self.statement),
            Link::ReadOnly => self.drops_read_only.then_some(used),
        }
    }

    fn by_test(&self, link: Link, tested: SimTime) -> Option<SimTime> {
        match link {
            Link::Works | Link::ReadOnly => None,
            Link::Dead | Link::Gone => Some(tested),
            Link::Silent | Link::Hung => Some(tested + self.connect),
        }
    }
}

impl Broken {
    /// When a connection is given up, or works again; and whether it does.
    fn found(&self, connection: &Connection, patience: &Patience) -> (SimTime, bool) {
        let (used, since) = (self.lost + connection.used, self.since);
        let idle = (self.before == Link::Silent).then(|| self.lost + patience.keepalive);
        let before = [
            patience.by_use(self.before, used),
            connection.test.and_then(|test| patience.by_test(self.before, self.lost + test)),
            connection.lifetime.map(|lifetime| self.lost + lifetime),
            idle,
        ];
        let before = before.into_iter().flatten().min().unwrap_or(SimTime::MAX);
        if before <= since || self.before == self.now {
            return (before, false);
        }
        if self.now == Link::Gone {
            return (since, false);
        }
        // The next word between client and server.
        let exchange = match used > since {
            true => used,
            // A proxy has acknowledged what was sent, and is heard at once.
            false if self.before == Link::Silent && self.via == DIRECT => {
                sent_again(used, since, patience.tcp)
            }
            false => since,
        };
        if self.now == Link::Works {
            let resumes = if used > since { since } else { exchange };
            return if before < resumes { (before, false) } else { (resumes, true) };
        }
        // A statement that waits already waits no longer because of the change.
        let asked = if self.before == Link::Hung && used <= since { used } else { exchange };
        let after = match self.now {
            Link::Silent | Link::Hung => patience.by_use(self.now, asked),
            _ => patience.by_use(self.now, exchange),
        };
        let tested = connection.test.map(|test| (self.lost + test).max(since));
        let tested = tested.and_then(|tested| patience.by_test(self.now, tested));
        // What the change put an end to cannot give it up any more: only age and a wait that goes on can.
        let waits = self.before == Link::Silent || self.before == Link::Hung;
        let aged = connection.lifetime.map(|lifetime| self.lost + lifetime);
        let first = [after, tested, aged, waits.then_some(before)].into_iter().flatten().min();
        (first.unwrap_or(SimTime::MAX), false)
    }
}

/// When TCP sends again for the first time from `from` on what it sent first at `sent`; after so long it gives up.
fn sent_again(sent: SimTime, from: SimTime, gives_up: Span) -> SimTime {
    let (mut pause, mut at) = (RTO_FIRST, sent + RTO_FIRST);
    while at < from && at.since(sent) < gives_up {
        pause = pause.saturating_mul(2).min(RTO_MOST);
        at += pause;
    }
    at
}

impl<L: Logic, J: Journal> World<L, J> {
    /// How often sessions with a node, through a proxy or not, have ended.
    pub(super) fn ended(&self, via: u16, node: usize) -> u32 {
        let kills = self.machines[node].database.kills;
        if via == DIRECT { kills } else { kills.wrapping_add(self.proxies.ended(via.into(), node)) }
    }

    /// What becomes of statements on a connection to a node, made when sessions there had ended so often.
    pub(super) fn link(&self, region: usize, (via, node, backend): (u16, usize, u32)) -> Link {
        if self.clients.lost[region] > 0 {
            return Link::Gone;
        }
        let from = match self.passage(region, via) {
            Ok(from) => from,
            Err(Trouble::Silent) => return Link::Silent,
            Err(_) => return Link::Dead,
        };
        let led =
            if self.has_address() && !self.address_leads_to(node) { self.address.holder() } else { node };
        let machine = &self.machines[led];
        let database = &machine.database;
        // A proxy closes a session without asking the server.
        let closed = via != DIRECT && self.proxies.has_closed(via.into(), node);
        match () {
            () if closed => Link::Dead,
            () if !machine.alive() || !self.network.connected(from, led) => Link::Silent,
            () if led != node || self.ended(via, node) != backend => Link::Dead,
            () if database.hung_since.is_some() => Link::Hung,
            () if !database.accepts() => Link::ReadOnly,
            () if self.answers_late(region, via, node) => Link::Hung,
            () => Link::Works,
        }
    }

    /// The same, looked at once for all clients of a region that had connected there.
    #[inline]
    pub(super) fn link_as_found(&self, look: &mut Look, region: usize, to: (u16, usize, u32)) -> Link {
        let (via, node, backend) = to;
        let about = ((region, via, node), backend);
        match look.linked {
            Some((of, link)) if of == about => link,
            _ => {
                let link = self.link(region, to);
                look.linked = Some((about, link));
                link
            }
        }
    }

    /// Notices how the connections are that the client lost.
    pub(super) fn watch_broken(&self, now: SimTime, client: &mut Client, look: &mut Look) {
        let broken = &mut client.broken;
        let link = self.link_as_found(look, client.region, (broken.via, broken.address, broken.backend));
        if link != broken.now {
            (broken.before, broken.now, broken.since) = (broken.now, link, now);
            client.given_up = None;
        }
    }

    /// When the client gives up the connections that it had.
    pub(super) fn gives_up(&mut self, now: SimTime, client: &mut Client) -> GivenUp {
        if let Some(known) = client.given_up {
            return known;
        }
        let found = self.find_given_up(now, client);
        client.given_up = Some(found);
        found
    }

    /// The last of the connections that the client lost may have been given up; returns when it will be.
    pub(super) fn freshen(&mut self, now: SimTime, client: &mut Client, look: &mut Look) -> SimTime {
        if client.fresh_at == SimTime::ZERO {
            return SimTime::MAX;
        }
        self.watch_broken(now, client, look);
        let last = self.gives_up(now, client).last;
        client.fresh_at = if last > now { last } else { SimTime::ZERO };
        if last > now { last } else { SimTime::MAX }
    }

    fn find_given_up(&mut self, now: SimTime, client: &Client) -> GivenUp {
        let settings = &self.model.clients;
        let (region, broken) = (&self.model.regions[client.region], client.broken);
        let size = settings.pool.as_ref().map_or(1, |pool| pool.size);
        // Where whatever is drawn is long past, nothing need be drawn.
        let past = broken.since.max(broken.lost) + region.uses_most + settings.statement_timeout;
        if settings.pool.is_none() && now >= past + settings.retry_max {
            return GivenUp { first: past, last: past, resumes: None };
        }
        let patience = Patience::of(settings);
        let mut others = self
            .streams
            .stream(region.pool_key.occurrence(client.index as u64).occurrence(u64::from(client.losses)));
        let place = u64::from(client.losses) * u64::from(region.clients) + client.index as u64;
        let mut all = GivenUp { first: SimTime::MAX, last: SimTime::ZERO, resumes: None };
        for number in 0..size {
            let dice = if number == 0 { &mut self.clients.uses[client.region] } else { &mut others };
            if number == 0 {
                dice.go_to(place * DRAWS_PER_USE);
            }
            let connection = draw(dice, region, settings.pool.as_ref());
            let (at, works) = broken.found(&connection, &patience);
            (all.first, all.last) = (all.first.min(at), all.last.max(at));
            if works {
                all.resumes = Some(all.resumes.map_or(at, |known| known.min(at)));
            }
        }
        all
    }
}

/// A use, an age and a test.
const DRAWS_PER_USE: u64 = 3;

/// Drawn whether needed or not, where there is anything to draw.
fn draw(dice: &mut Stream, region: &crate::model::RegionModel, pool: Option<&scenarios::Pool>) -> Connection {
    let used = region.uses.as_ref().map_or(Span::ZERO, |law| law.draw(dice));
    let lifetime = pool.map(|pool| dice.between(Span::ZERO, pool.max_lifetime));
    let test = pool.and_then(|pool| pool.keepalive).map(|every| dice.between(Span::ZERO, every));
    Connection { used, test, lifetime }
}
