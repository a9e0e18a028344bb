//! Proxies: which servers they call up, by checks at intervals; what a check finds is computed when something changed, and
//! what follows from it once enough checks in a row have found it.
//!
//! ```text
//!   primary lost    check       check       check                    new primary open   check       check
//!        |--- U ------|-----------|-----------|- time-out -> down          |--- U ---------|-----------| -> up
//!                     1           2       fall = 3                                         1       rise = 2
//! ```

use sim::{SimTime, Streams};
use units::Span;

use super::World;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{Model, ProxiesModel, RedirectModel};
use crate::note::{Place, What};

/// A client connects to no proxy.
pub(super) const DIRECT: u16 = u16::MAX;

/// All proxies.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    all: Vec<ProxyState>,
    /// When the next server is marked.
    due: SimTime,
    /// Sessions with a server that is marked down are closed.
    close: bool,
}

#[derive(Debug, Default)]
struct ProxyState {
    /// Faults that took its site.
    lost: u16,
    /// Faults that keep its process down.
    crashed: u16,
    /// How often that has died, and every session with it.
    deaths: u32,
    /// The fault that it is down by.
    by: Option<u16>,
    /// By node.
    servers: Vec<Server>,
}

/// A server as a proxy sees it.
#[derive(Clone, Copy, Debug)]
struct Server {
    up: bool,
    /// What a check finds now, and since when it does.
    sound: bool,
    since: SimTime,
    /// A check that fails waits for its time-out first.
    silent: bool,
    /// When it is checked first.
    phase: Span,
    /// How often its sessions were closed.
    closures: u32,
}

impl Proxies {
    pub(super) fn reset<P>(&mut self, model: &Model<P>, streams: Streams, primary: usize) {
        self.due = SimTime::MAX;
        self.all.clear();
        let RedirectModel::Proxies(settings) = &model.redirect else { return };
        self.close = settings.closes_sessions;
        for proxy in &settings.proxies {
            let server = |node: usize| {
                let mut dice = streams.stream(proxy.key.occurrence(node as u64));
                let phase = dice.between(Span::ZERO, settings.check);
                let (up, since) = (node == primary, SimTime::ZERO);
                Server { up, sound: up, since, silent: false, phase, closures: 0 }
            };
            let servers = (0..model.nodes.len()).map(server).collect();
            self.all.push(ProxyState { servers, ..ProxyState::default() });
        }
    }

    /// When the next server is marked.
    pub(super) fn due(&self) -> SimTime {
        self.due
    }

    /// Its machine does not answer.
    pub(super) fn is_lost(&self, proxy: usize) -> bool {
        self.all[proxy].lost > 0
    }

    /// It calls the server down, and has closed all sessions with it.
    pub(super) fn has_closed(&self, proxy: usize, node: usize) -> bool {
        self.close && !self.all[proxy].servers[node].up
    }

    pub(super) fn is_down(&self, proxy: usize) -> bool {
        let proxy = &self.all[proxy];
        proxy.lost > 0 || proxy.crashed > 0
    }

    /// How often sessions through it with a server have ended.
    pub(super) fn ended(&self, proxy: usize, node: usize) -> u32 {
        let proxy = &self.all[proxy];
        proxy.deaths.wrapping_add(proxy.servers[node].closures)
    }

    /// The server to which it passes a client's connection: of several in turn.
    pub(super) fn passes_to(&self, proxy: usize, client: usize) -> Option<usize> {
        let up = || self.all[proxy].servers.iter().enumerate().filter(|(_, server)| server.up);
        let count = up().count();
        (count > 0).then(|| up().nth(client % count).map(|(node, _)| node)).flatten()
    }

    /// Its site is lost, or its process.
    pub(super) fn lose(&mut self, proxy: usize, fault: u16, crash: bool) {
        let proxy = &mut self.all[proxy];
        if proxy.lost == 0 && proxy.crashed == 0 {
            proxy.deaths = proxy.deaths.wrapping_add(1);
            proxy.by = Some(fault);
        }
        *(if crash { &mut proxy.crashed } else { &mut proxy.lost }) += 1;
    }
}

impl Server {
    /// When so many checks in a row have found what is so since then.
    fn marked(&self, settings: &ProxiesModel) -> SimTime {
        let (every, phase) = (settings.check.as_nanos(), self.phase.as_nanos());
        let passed = self.since.as_nanos().saturating_sub(phase);
        let first = SimTime::from_nanos(phase + passed.div_ceil(every) * every);
        let (checks, waits) = match (self.up, self.silent) {
            (true, true) => (settings.fall, settings.timeout),
            (true, false) => (settings.fall, Span::ZERO),
            (false, _) => (settings.rise, Span::ZERO),
        };
        first + settings.check.saturating_mul(u64::from(checks) - 1) + waits
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// Brings what proxies think of servers up to `now`.
    pub(super) fn check_servers(&mut self, now: SimTime) {
        self.proxies.due = SimTime::MAX;
        if self.proxies.all.is_empty() {
            return;
        }
        let model = self.model.clone();
        let RedirectModel::Proxies(settings) = &model.redirect else { return };
        for proxy in
            (0..settings.proxies.len()).filter(|proxy| !self.proxies.is_down(*proxy)).collect::<Vec<_>>()
        {
            for node in 0..model.nodes.len() {
                self.check_server(now, proxy, node, settings);
            }
        }
    }

    fn check_server(&mut self, now: SimTime, proxy: usize, node: usize, settings: &ProxiesModel) {
        let (sound, silent) = self.server(proxy, node);
        let server = &mut self.proxies.all[proxy].servers[node];
        if sound != server.sound {
            (server.sound, server.since) = (sound, now);
        }
        server.silent = silent;
        if server.sound == server.up {
            return;
        }
        let marked = server.marked(settings);
        if marked > now {
            self.proxies.due = self.proxies.due.min(marked);
            return;
        }
        server.up = server.sound;
        let up = server.up;
        if !up && settings.closes_sessions {
            server.closures = server.closures.wrapping_add(1);
        }
        self.measures.active(now);
        self.note(now, Place::World, || What::Marks { proxy, node, up });
    }

    /// Whether a check finds a database that accepts writes, and else whether it waits in vain for an answer.
    fn server(&self, proxy: usize, node: usize) -> (bool, bool) {
        let machine = &self.machines[node];
        let reached = self.network.connected(self.model.proxy_endpoint(proxy), node);
        let answers = machine.alive() && reached && machine.database.hung_since.is_none();
        (answers && machine.database.accepts(), !answers)
    }

    /// One fault less keeps it down. It takes all servers as its first checks find them.
    pub(super) fn restore_proxy(&mut self, now: SimTime, proxy: usize, crash: bool) {
        let state = &mut self.proxies.all[proxy];
        *(if crash { &mut state.crashed } else { &mut state.lost }) -= 1;
        if self.proxies.is_down(proxy) {
            return;
        }
        self.proxies.all[proxy].by = None;
        for node in 0..self.machines.len() {
            let (sound, silent) = self.server(proxy, node);
            let server = &mut self.proxies.all[proxy].servers[node];
            (server.up, server.sound, server.silent, server.since) = (sound, sound, silent, now);
        }
    }

    /// Books a client that is not served to the fault that took its proxy.
    pub(super) fn blame_proxy(&mut self, proxy: u16) -> bool {
        let fault = self.proxies.all.get(usize::from(proxy)).and_then(|proxy| proxy.by);
        if let Some(fault) = fault {
            self.faults[usize::from(fault)].effects += 1;
        }
        fault.is_some()
    }
}
