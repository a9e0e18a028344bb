//! Reads: each region's clients read from the nearest copy that was healthy at the last health check, or from where
//! they write. A reader keeps its connection as long as it works. Nothing happens per read.

use sim::{SimTime, Streams};
use units::Span;

use super::World;
use super::clients::Client;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::Model;
use crate::note::{Place, What};

/// Where reads go.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// By region: since when routing answers with which copy; ascending.
    routes: Vec<Vec<(SimTime, Option<usize>)>>,
    /// By region: when its first health check is.
    phases: Vec<Span>,
    /// By region and resolver: the copy its clients are connected to.
    readers: Vec<Option<usize>>,
    /// By region: clients whose reads nobody serves.
    unserved: Vec<usize>,
    /// Something about reads changes then.
    due: SimTime,
}

impl Reads {
    pub(super) fn reset<P>(&mut self, model: &Model<P>, streams: Streams, primary: usize) {
        let (regions, resolvers) = (model.regions.len(), model.resolvers as usize);
        self.unserved.clear();
        self.unserved.resize(regions, 0);
        (self.due, self.routes, self.phases) = (SimTime::MAX, Vec::new(), Vec::new());
        self.readers.clear();
        let Some(reads) = &model.reads else { return };
        for (region, key) in reads.check_keys.iter().enumerate() {
            let first = reads.nearest.as_ref().map_or(primary, |nearest| nearest[region][0]);
            self.routes.push(vec![(SimTime::ZERO, Some(first))]);
            self.phases.push(streams.stream(*key).between(Span::ZERO, reads.health_check));
            self.readers.extend((0..resolvers).map(|_| Some(first)));
        }
    }

    /// Nobody waits for a health check or a resolver.
    pub(super) fn settled(&self) -> bool {
        self.due == SimTime::MAX
    }

    /// The first health check of a region from `now` on.
    fn check_after(&self, now: SimTime, region: usize, every: Span) -> SimTime {
        let (phase, every) = (self.phases[region].as_nanos(), every.as_nanos());
        let passed = now.as_nanos().saturating_sub(phase);
        SimTime::from_nanos(phase + passed.div_ceil(every) * every)
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// Brings reads up to `now`; returns when something changes for them next, by itself.
    pub(super) fn refresh_reads(&mut self, now: SimTime) -> SimTime {
        // Asked before the count of the model's owners is touched, which all threads share.
        if self.model.reads.is_none() {
            return SimTime::MAX;
        }
        let model = self.model.clone();
        let Some(reads) = &model.reads else { return SimTime::MAX };
        let (mut next, mut served, mut of) = (SimTime::MAX, 0, 0);
        for region in (0..model.regions.len()).filter(|region| model.regions[*region].reads) {
            let clients = model.regions[region].clients as usize;
            let unserved = match &reads.nearest {
                Some(nearest) => {
                    next = next.min(self.check_health(now, region, &nearest[region], reads.health_check));
                    self.route_readers(now, region, &mut next)
                }
                None => self.readers_elsewhere(region),
            };
            (served, of) = (served + clients - unserved, of + clients);
            if std::mem::replace(&mut self.reads.unserved[region], unserved) != unserved {
                self.note(now, Place::Clients(region), || What::Reads { unserved, of: clients });
            }
        }
        self.reads.due = next;
        let writers = self.measures.writers();
        self.measures.on_reads(now, served, of, writers);
        next
    }

    /// Routing learns at its next check that another copy is the nearest healthy one. Returns when that is.
    fn check_health(&mut self, now: SimTime, region: usize, nearest: &[usize], every: Span) -> SimTime {
        let best = nearest.iter().copied().find(|node| self.readable(region, *node));
        let known = self.reads.routes[region].last().and_then(|(_, node)| *node);
        if best == known {
            return SimTime::MAX;
        }
        let check = self.reads.check_after(now, region, every);
        if check > now {
            return check;
        }
        self.reads.routes[region].push((now, best));
        SimTime::MAX
    }

    /// Readers whose copy is gone ask their resolver. Returns how many clients read nothing.
    fn route_readers(&mut self, now: SimTime, region: usize, next: &mut SimTime) -> usize {
        let (resolvers, clients) =
            (self.model.resolvers as usize, self.model.regions[region].clients as usize);
        let mut unserved = 0;
        for resolver in 0..resolvers {
            let place = region * resolvers + resolver;
            let connected = self.reads.readers[place];
            if connected.is_some_and(|node| self.readable(region, node)) {
                continue;
            }
            if let Some(node) = connected {
                self.blame(node, 1);
            }
            let (answer, refresh) = self.read_route(now, region, resolver);
            let found = answer.filter(|node| self.readable(region, *node));
            self.reads.readers[place] = found;
            if found.is_none() {
                *next = (*next).min(refresh);
                unserved += (resolver..clients).step_by(resolvers).count();
            }
        }
        unserved
    }

    /// What a resolver answers, and when it learns of something else.
    fn read_route(&self, now: SimTime, region: usize, resolver: usize) -> (Option<usize>, SimTime) {
        let routes = &self.reads.routes[region];
        let asked = self.dns.asked(now, region, resolver);
        let known = asked.and_then(|asked| routes.iter().rev().find(|(since, _)| *since <= asked));
        let changed = routes.last().map_or(SimTime::ZERO, |(since, _)| *since);
        let refresh = self.dns.refreshes(now, region, resolver, changed).unwrap_or(SimTime::MAX);
        (known.and_then(|(_, node)| *node), refresh)
    }

    /// Clients of a region that cannot read where they write, or where they came to write and are not served: a primary
    /// that waits for its standbys answers reads, whoever has connected and when.
    fn readers_elsewhere(&self, region: usize) -> usize {
        let reads =
            |client: &Client| self.reads_at(client, client.address) || self.reads_at(client, client.tried);
        let here = |client: &&Client| client.region == region && !reads(client);
        self.clients.all.iter().filter(here).count()
    }

    /// Whether a node answers a client's reads, on the way by which its writes go.
    fn reads_at(&self, client: &Client, node: usize) -> bool {
        let held = !self.has_address() || self.address_leads_to(node);
        let from = self.passage(client.region, client.via);
        held && from.is_ok_and(|from| self.readable_from(client.region, from, node))
    }

    /// Whether a copy answers reads of that region; it need not be the primary, nor follow one.
    fn readable(&self, region: usize, node: usize) -> bool {
        self.readable_from(region, self.model.clients_endpoint(region), node)
    }

    /// The same, by way of an endpoint of the network.
    fn readable_from(&self, region: usize, from: usize, node: usize) -> bool {
        let machine = &self.machines[node];
        let reached = self.network.connected(from, node);
        let answers = machine.database.running && machine.database.hung_since.is_none();
        self.clients.lost[region] == 0 && machine.alive() && reached && answers
    }
}
