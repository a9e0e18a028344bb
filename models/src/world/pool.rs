//! Connection pools: what a client process had connected to a primary that is gone is found out one by one.
//!
//! ```text
//!   primary gone     new primary found                   last stale connection found
//!        |------------------|-------------------------------------|
//!        | x    x        x  |    x             x                  x
//!        | not served       | a part of the statements fails      | fully served
//! ```

use sim::SimTime;
use units::Span;

use super::World;
use super::clients::Client;
use crate::journal::Journal;
use crate::logic::Logic;

/// What is left of connections to a former primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stale {
    /// They work.
    Intact,
    /// Their process is gone: the next use gets an error at once.
    Dead,
    /// Nothing answers: the next use waits for its time-out.
    Silent,
    /// The server answers, and refuses writes.
    ReadOnly,
}

impl<L: Logic, J: Journal> World<L, J> {
    /// When the last stale connection of the client's pool is found that it had before it lost service. Statements
    /// take connections at random, so each is found out at its next use, in the test of an idle connection, or when
    /// its lifetime ends.
    pub(super) fn pool_is_fresh_at(&mut self, client: &Client) -> SimTime {
        let model = self.model.clone();
        let Some(pool) = &model.clients.pool else { return SimTime::ZERO };
        let stale = self.stale(client);
        let (connect, statement) = (model.clients.connect_timeout, model.clients.statement_timeout);
        let (by_use, by_test) = match stale {
            Stale::Intact => return SimTime::ZERO,
            Stale::Dead => (Some(Span::ZERO), Some(Span::ZERO)),
            Stale::Silent => (Some(statement), Some(connect)),
            Stale::ReadOnly => (pool.drops_read_only.then_some(Span::ZERO), None),
        };
        let dice = &mut self.clients.pools[client.region];
        let mut last = Span::ZERO;
        for _ in 0..pool.size {
            // Drawn whether needed or not: what a pool is set to changes no other draw.
            let lifetime = dice.between(Span::ZERO, pool.max_lifetime);
            let test = pool.keepalive.map(|every| dice.between(Span::ZERO, every));
            let used = model.regions[client.region].pool_use.as_ref().map(|law| law.draw(dice));
            let found =
                [used.zip(by_use), test.zip(by_test)].into_iter().flatten().map(|(at, wait)| at + wait);
            last = last.max(found.fold(lifetime, Span::min));
        }
        client.since + last
    }

    fn stale(&self, client: &Client) -> Stale {
        let machine = &self.machines[client.address];
        let database = &machine.database;
        let reached = self.network.connected(self.model.clients_endpoint(client.region), client.address);
        match () {
            () if !machine.alive() || !reached => Stale::Silent,
            () if database.hung_since.is_some() => Stale::Silent,
            () if database.kills != client.backend => Stale::Dead,
            () if database.accepts() => Stale::Intact,
            () => Stale::ReadOnly,
        }
    }
}
