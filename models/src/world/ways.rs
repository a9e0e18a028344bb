//! The way to the primary: where a client's next attempt leads, and what becomes of connections that have grown too old.

use sim::SimTime;
use units::Span;

use super::World;
use super::clients::{Client, Look, Trouble};
use super::connections::GivenUp;
use super::proxies::DIRECT;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{ProxiesModel, RedirectModel};

/// Where an attempt gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) to: usize,
    /// Through which proxy.
    pub(super) via: u16,
    /// What attempts at all others that the client tries take, where it tries several each time.
    pub(super) held: Option<Span>,
    /// What those take that it tries before this one.
    pub(super) ahead: Span,
}

/// Why an attempt finds nobody who serves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Blocked {
    /// When that may change by itself.
    until: SimTime,
    /// What the name servers say, or do not say, is to blame.
    by_names: bool,
    /// Where it leads.
    met: Option<usize>,
}

const NOBODY: Blocked = Blocked { until: SimTime::MAX, by_names: false, met: None };

/// A walk along several addresses.
#[derive(Clone, Copy, Debug, Default)]
struct Walk {
    found: Option<(u16, usize)>,
    held: Span,
    ahead: Span,
}

impl Walk {
    fn meets(&mut self, at: (u16, usize), answer: Result<(), Span>) {
        match answer {
            Ok(()) if self.found.is_none() => self.found = Some(at),
            Ok(()) => {}
            Err(costs) => {
                self.held = self.held.saturating_add(costs);
                self.ahead = if self.found.is_none() { self.held } else { self.ahead };
            }
        }
    }

    fn ends(self) -> Result<Way, Blocked> {
        let (via, to) = self.found.ok_or(NOBODY)?;
        Ok(Way { to, via, held: Some(self.held), ahead: self.ahead })
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// Where a client's next attempt gets through; if nowhere, when that may change by itself.
    pub(super) fn way(&mut self, now: SimTime, client: &mut Client, look: &mut Look) -> Result<Way, SimTime> {
        self.look_up(now, client, look).map_err(|blocked| {
            client.tried = blocked.met.unwrap_or(client.tried);
            if blocked.by_names {
                self.blame_name_servers(now, client);
            }
            blocked.until
        })
    }

    fn look_up(&self, now: SimTime, client: &Client, look: &mut Look) -> Result<Way, Blocked> {
        match &self.model.redirect {
            RedirectModel::Dns => self.ask_for_name(now, client, look),
            RedirectModel::Hosts(hosts) => self.try_hosts(client, hosts, look),
            RedirectModel::Address(_) => self.try_address(client, look),
            RedirectModel::Proxies(proxies) => self.try_proxies(client, proxies, look),
        }
    }

    fn ask_for_name(&self, now: SimTime, client: &Client, look: &mut Look) -> Result<Way, Blocked> {
        let (region, index) = (client.region, client.index);
        let until = || self.dns.refresh(now, region, index).unwrap_or(SimTime::MAX);
        let Some(answer) = self.dns.answer(now, region, index) else {
            return Err(Blocked { until: until(), by_names: true, met: None });
        };
        let to = self.address(region, answer);
        if self.service(look, region, DIRECT, to).is_ok() {
            return Ok(Way { to, via: DIRECT, held: None, ahead: Span::ZERO });
        }
        let right = self.address(region, self.dns.current());
        let wrong = right != to && (!self.dns.answers() || self.dns.liar(now, region, index).is_some());
        let by_names = wrong && self.service(look, region, DIRECT, right).is_ok();
        Err(Blocked { until: until(), by_names, met: Some(to) })
    }

    /// Whoever accepts writes is found at the next walk, without anybody's help.
    fn try_hosts(&self, client: &Client, hosts: &[usize], look: &mut Look) -> Result<Way, Blocked> {
        let mut walk = Walk::default();
        for node in hosts {
            let answer = self.service(look, client.region, DIRECT, *node);
            walk.meets((DIRECT, *node), answer.map_err(|trouble| self.passes_by_after(trouble)));
        }
        walk.ends()
    }

    /// How long a client that has others to try stays with one that does not serve it.
    fn passes_by_after(&self, trouble: Trouble) -> Span {
        trouble.costs(&self.model.clients)
    }

    fn try_address(&self, client: &Client, look: &mut Look) -> Result<Way, Blocked> {
        let holder = self.address.holder();
        let found = |to: usize| Way { to, via: DIRECT, held: None, ahead: Span::ZERO };
        if self.service(look, client.region, DIRECT, holder).is_ok() {
            return Ok(found(holder));
        }
        let other = self.pretender().map(|(_, other)| other);
        let other = other.filter(|other| self.service(look, client.region, DIRECT, *other).is_ok());
        other.map(found).ok_or(Blocked { met: Some(holder), ..NOBODY })
    }

    fn try_proxies(&self, client: &Client, proxies: &ProxiesModel, look: &mut Look) -> Result<Way, Blocked> {
        let mut walk = Walk::default();
        for proxy in proxies.order(client.region, client.index) {
            let via = proxy as u16;
            let answer = match (self.passage(client.region, via), self.proxies.passes_to(proxy, client.index))
            {
                (Err(trouble), _) => Err((via, trouble)),
                // It accepts the connection and closes it.
                (Ok(_), None) => Err((via, Trouble::Refused)),
                (Ok(_), Some(node)) => {
                    let answer = self.service(look, client.region, via, node);
                    answer.map(|()| (via, node)).map_err(|trouble| (via, trouble))
                }
            };
            match answer {
                Ok(at) => walk.meets(at, Ok(())),
                Err((via, trouble)) => walk.meets((via, 0), Err(self.passes_by_after(trouble))),
            }
        }
        walk.ends()
    }

    /// The endpoint from which a region's clients reach databases; or why its proxy takes no connection.
    pub(super) fn passage(&self, region: usize, via: u16) -> Result<usize, Trouble> {
        let clients = self.model.clients_endpoint(region);
        if via == DIRECT {
            return Ok(clients);
        }
        let proxy = usize::from(via);
        let endpoint = self.model.proxy_endpoint(proxy);
        match () {
            () if self.proxies.is_lost(proxy) || !self.network.connected(clients, endpoint) => {
                Err(Trouble::Silent)
            }
            () if self.proxies.is_down(proxy) => Err(Trouble::Refused),
            () => Ok(endpoint),
        }
    }

    /// No proxy is about to think otherwise of a server, and no client that is served to run out of connections.
    pub(super) fn ways_are_settled(&self) -> bool {
        let stays = |client: &Client| client.expires == SimTime::MAX;
        self.proxies.due() == SimTime::MAX && self.clients.all.iter().all(stays)
    }

    /// Connections of a client that is served grow too old, and the way for new ones may lead elsewhere, or nowhere.
    pub(super) fn may_part(&self, now: SimTime, client: &Client) -> bool {
        let leads_here = || match &self.model.redirect {
            RedirectModel::Dns => {
                let leads = |record| self.address(client.region, record) == client.address;
                self.dns.certain(now).is_some_and(leads)
            }
            RedirectModel::Address(_) => self.address.holder() == client.address,
            RedirectModel::Hosts(_) | RedirectModel::Proxies(_) => false,
        };
        self.model.clients.pool.is_some() && !leads_here()
    }

    /// Where new connections lead elsewhere or nowhere, what the client has connected serves it until the last is too
    /// old. Returns when that is, or may begin.
    pub(super) fn part(&mut self, now: SimTime, client: &mut Client, look: &mut Look) -> SimTime {
        if !self.may_part(now, client) {
            client.expires = SimTime::MAX;
            return SimTime::MAX;
        }
        let way = self.look_up(now, client, look);
        let changes = self.dns.changes(now, client.region, client.index);
        if way.is_ok_and(|way| (way.via, way.to) == (client.via, client.address)) {
            client.expires = SimTime::MAX;
            return changes;
        }
        if client.expires == SimTime::MAX {
            client.renewals += 1;
            client.expires = now + self.youngest_lasts(client);
        }
        if now < client.expires {
            return client.expires.min(changes);
        }
        match way {
            Ok(Way { via, to, .. }) => {
                (client.via, client.address, client.backend) = (via, to, self.ended(via, to));
                client.expires = SimTime::MAX;
                changes
            }
            Err(blocked) => {
                self.run_out(now, client, blocked, look);
                blocked.until
            }
        }
    }

    /// The last of its connections has grown too old, and no new one can be made.
    fn run_out(&mut self, now: SimTime, client: &mut Client, blocked: Blocked, look: &mut Look) {
        if blocked.by_names {
            self.blame_name_servers(now, client);
        }
        self.lose_service(now, client, look);
        // It closed them itself: none of them works again.
        client.broken.backend = client.broken.backend.wrapping_sub(1);
        client.given_up = Some(GivenUp { first: now, last: now, resumes: None });
        client.tried = blocked.met.unwrap_or(client.tried);
    }

    /// How long the youngest of a pool's connections lasts: each is of any age as likely as of any other.
    fn youngest_lasts(&self, client: &Client) -> Span {
        let Some(pool) = &self.model.clients.pool else { return Span::ZERO };
        let key = self.model.regions[client.region].renewal_key.occurrence(client.index as u64);
        let mut dice = self.streams.stream(key.occurrence(client.renewals.into()));
        (0..pool.size).map(|_| dice.between(Span::ZERO, pool.max_lifetime)).max().unwrap_or(Span::ZERO)
    }
}
