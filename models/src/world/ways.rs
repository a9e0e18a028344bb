//! The way to the primary: where a client's next attempt leads, and what becomes of connections that have grown too old.

use sim::SimTime;
use units::Span;

use super::World;
use super::clients::{Client, Look};
use super::connections::GivenUp;
use crate::journal::Journal;
use crate::logic::Logic;

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

impl<L: Logic, J: Journal> World<L, J> {
    /// The node that serves a client's next attempt; if none does, when that may change by itself.
    pub(super) fn way(
        &mut self,
        now: SimTime,
        client: &mut Client,
        look: &mut Look,
    ) -> Result<usize, SimTime> {
        self.look_up(now, client, look).map_err(|blocked| {
            client.tried = blocked.met.unwrap_or(client.tried);
            if blocked.by_names {
                self.blame_name_servers(client);
            }
            blocked.until
        })
    }

    fn look_up(&self, now: SimTime, client: &Client, look: &mut Look) -> Result<usize, Blocked> {
        let (region, index) = (client.region, client.index);
        let Some(answer) = self.dns.answer(now, region, index) else {
            return Err(Blocked { until: SimTime::MAX, by_names: true, met: None });
        };
        let to = self.address(region, answer);
        if self.service(look, region, to).is_ok() {
            return Ok(to);
        }
        let current = self.address(region, self.dns.current());
        let by_names = !self.dns.answers() && self.service(look, region, current).is_ok();
        let until = self.dns.refresh(now, region, index).unwrap_or(SimTime::MAX);
        Err(Blocked { until, by_names, met: Some(to) })
    }

    /// Connections of a client that is served grow too old, and the way for new ones may lead elsewhere, or nowhere.
    pub(super) fn may_part(&self, now: SimTime, client: &Client) -> bool {
        let leads_here = |record| self.address(client.region, record) == client.address;
        self.model.clients.pool.is_some() && !self.dns.certain(now).is_some_and(leads_here)
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
        if way == Ok(client.address) {
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
            Ok(to) => {
                (client.address, client.backend) = (to, self.machines[to].database.kills);
                client.expires = SimTime::MAX;
                changes
            }
            Err(blocked) => {
                self.run_out(now, client, blocked);
                blocked.until
            }
        }
    }

    /// The last of its connections has grown too old, and no new one can be made.
    fn run_out(&mut self, now: SimTime, client: &mut Client, blocked: Blocked) {
        if blocked.by_names {
            self.blame_name_servers(client);
        }
        self.lose_service(now, client);
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
