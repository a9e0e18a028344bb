//! Links that fail now and then, and links that are bad.

use sim::{Agenda, SimTime, Stream};
use units::Span;

use super::World;
use super::proxies::DIRECT;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{Degradation, StrikeModel};
use crate::note::{Place, What};

/// A link under a fault.
#[derive(Debug, Default)]
pub(super) struct LinkState {
    /// How often it has failed or come back since the strike; odd: it is down.
    toggles: u32,
    /// Extra delay of replication streams.
    detour: Span,
    /// Per path between nodes: what becomes of messages.
    dice: Vec<Stream>,
}

impl<L: Logic, J: Journal> World<L, J> {
    /// The link fails or comes back; not if the fault is over, or has struck anew, since this was planned.
    #[cold]
    pub(super) fn toggle(&mut self, now: SimTime, fault: u16, number: u32, agenda: &mut Agenda<Event>) {
        let state = &self.faults[fault as usize];
        if state.active && state.link.toggles + 1 == number {
            self.flap(now, fault, agenda);
        }
    }

    /// Turns the link over and plans the next time.
    pub(super) fn flap(&mut self, now: SimTime, fault: u16, agenda: &mut Agenda<Event>) {
        let model = self.model.clone();
        let StrikeModel::Flapping { between: [a, b], down, up } = &model.faults[fault as usize].strike else {
            return;
        };
        let link = &mut self.faults[fault as usize].link;
        link.toggles += 1;
        let (fails, number) = (link.toggles % 2 == 1, link.toggles + 1);
        if fails {
            self.network.cut(a, b, fault);
            self.network.cut(b, a, fault);
        } else {
            self.network.heal(a, b, fault);
            self.network.heal(b, a, fault);
        }
        let phase = if fails { down } else { up };
        // Time must move, whatever is drawn.
        let lasts = phase.draw(self.dice(fault)).max(Span::from_millis(1));
        agenda.schedule(now + lasts, Event::Toggle { fault, number });
        self.note(now, Place::World, || {
            if fails { What::LinkFails(fault.into()) } else { What::LinkWorks(fault.into()) }
        });
        self.measures.active(now);
        self.rewired = true;
    }

    /// It works for good. What was planned for it comes to nothing.
    pub(super) fn steady_link(&mut self, fault: u16) {
        let model = self.model.clone();
        if let StrikeModel::Flapping { between: [a, b], .. } = &model.faults[fault as usize].strike {
            self.network.heal(a, b, fault);
            self.network.heal(b, a, fault);
        }
        // Even, so that the next strike begins with a failure; never back to an old number.
        let link = &mut self.faults[fault as usize].link;
        link.toggles += 2 + link.toggles % 2;
    }

    pub(super) fn degrade(&mut self, now: SimTime, fault: u16) {
        let model = self.model.clone();
        let StrikeModel::Degraded { from, to, both_ways, by } = &model.faults[fault as usize].strike else {
            return;
        };
        self.impaired.cut(from, to, fault);
        if *both_ways {
            self.impaired.cut(to, from, fault);
        }
        let detour = by.slower.as_ref().map_or(Span::ZERO, |slower| slower.draw(self.dice(fault)));
        let links = model.links.len();
        if self.faults[fault as usize].link.dice.len() != links {
            self.faults[fault as usize].link.dice =
                (0..links).map(|link| self.link_dice(fault, link)).collect();
        }
        self.faults[fault as usize].link.detour = detour;
        self.note_lags(now, fault);
        self.reship(now);
    }

    pub(super) fn repair(&mut self, now: SimTime, fault: u16) {
        let model = self.model.clone();
        self.count_lags(now, fault);
        if let StrikeModel::Degraded { from, to, .. } = &model.faults[fault as usize].strike {
            self.impaired.heal(from, to, fault);
            self.impaired.heal(to, from, fault);
        }
        self.reship(now);
    }

    fn degradation(&self, fault: usize) -> Option<&Degradation> {
        match &self.model.faults[fault].strike {
            StrikeModel::Degraded { by, .. } => Some(by),
            _ => None,
        }
    }

    /// What bad links do to a message from node to node: how much later it comes; `None` if it is lost.
    pub(super) fn suffer(&mut self, from: usize, to: usize) -> Option<Span> {
        let Err(bad) = self.impaired.passes(from, to) else { return Some(Span::ZERO) };
        let Self { model, faults, .. } = self;
        let link = from * model.nodes.len() + to;
        let mut later = Span::ZERO;
        for fault in bad.faults() {
            let StrikeModel::Degraded { by, .. } = &model.faults[fault].strike else { continue };
            let state = &mut faults[fault];
            let dice = &mut state.link.dice[link];
            state.effects += 1;
            if by.loss > 0.0 && dice.chance(by.loss) {
                return None;
            }
            later += by.slower.as_ref().map_or(Span::ZERO, |slower| slower.draw(dice));
        }
        Some(later)
    }

    /// What a replication stream between two nodes gets on bad links: extra delay, and what bandwidth they leave.
    pub(super) fn stream_suffers(&self, from: usize, to: usize) -> (Span, u64) {
        let Err(bad) = self.impaired.passes(from, to) else { return (Span::ZERO, u64::MAX) };
        let (mut detour, mut rate) = (Span::ZERO, u64::MAX);
        for fault in bad.faults() {
            detour += self.faults[fault].link.detour;
            rate = rate.min(self.degradation(fault).and_then(|by| by.writes_per_second).unwrap_or(u64::MAX));
        }
        (detour, rate)
    }

    /// How much longer a region's clients and `node` take for a round trip over bad links; `None` if nothing ever
    /// arrives. TCP repeats what is lost, so a loss below one costs clients time only, which is left out: a lost
    /// segment is sent again after 200 ms, far below any sensible time-out of a statement.
    pub(super) fn clients_suffer(&self, region: usize, via: u16, node: usize) -> Option<Span> {
        if self.impaired.is_untouched() {
            return Some(Span::ZERO);
        }
        let mut detour = Span::ZERO;
        for (from, to) in self.ways_between(region, via, node) {
            let Err(bad) = self.impaired.passes(from, to) else { continue };
            for fault in bad.faults() {
                if self.degradation(fault).is_some_and(|by| by.loss >= 1.0) {
                    return None;
                }
                detour += self.faults[fault].link.detour;
            }
        }
        Some(detour)
    }

    /// There and back between a region's clients and a node; through a proxy, the four ways of two legs.
    fn ways_between(
        &self,
        region: usize,
        via: u16,
        node: usize,
    ) -> impl Iterator<Item = (usize, usize)> + use<L, J> {
        let clients = self.model.clients_endpoint(region);
        let proxy = (via != DIRECT).then(|| self.model.proxy_endpoint(via.into()));
        let (first, second) = (proxy.unwrap_or(node), proxy.unwrap_or(clients));
        let ways = [(clients, first), (first, clients), (second, node), (node, second)];
        ways.into_iter().take(if proxy.is_some() { 4 } else { 2 })
    }

    /// Books a client that is not served to the bad links between it and the node.
    pub(super) fn blame_bad_links(&mut self, region: usize, via: u16, node: usize) {
        for (from, to) in self.ways_between(region, via, node) {
            if let Err(bad) = self.impaired.passes(from, to) {
                self.blame_cut(bad);
            }
        }
    }
}
