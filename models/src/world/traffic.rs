//! How much clients write. Rates change at edges, never with a write: at the steps of a pattern or a recording, where
//! a burst begins or ends, and when the users of a lost region come in elsewhere.

use scenarios::scaled;
use sim::{Agenda, Key, SimTime, Stream, Streams};
use units::Span;

use super::World;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{BurstModel, Model, WEEK};
use crate::note::{Place, What};

/// Where in the week a run begins, if the plan leaves that open.
const START: Key = Key::new("traffic", "start");

/// The load of all regions.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    /// When in the week the run began.
    start: Span,
    regions: Vec<Load>,
    /// Rates changed, and nobody has taken account of it yet.
    pub(super) changed: bool,
}

/// The load of a region.
#[derive(Debug)]
struct Load {
    /// Writes per second of its own users.
    own: u64,
    /// And of those that came from elsewhere.
    rate: u64,
    /// Next change by itself.
    edge: SimTime,
    bursting: bool,
    /// When the burst, or the time without one, is over.
    turn: SimTime,
    dice: Stream,
    /// Since when it is lost, while its users have nowhere to go.
    stranded: Option<SimTime>,
    /// Its users come in elsewhere.
    away: bool,
}

impl Traffic {
    pub(super) fn reset<P>(&mut self, model: &Model<P>, streams: Streams) {
        self.start = model.starts.unwrap_or_else(|| streams.stream(START).between(Span::ZERO, WEEK));
        self.changed = false;
        self.regions.clear();
        for region in &model.regions {
            let (own, _) = region.load.steps.at(Span::ZERO, self.start);
            let key = region.load.bursts.as_ref().map_or(START, |bursts| bursts.key);
            let mut dice = streams.stream(key);
            let turn = |bursts: &BurstModel| SimTime::ZERO + bursts.every.draw(&mut dice);
            let turn = region.load.bursts.as_ref().map_or(SimTime::MAX, turn);
            let (bursting, stranded, away) = (false, None, false);
            self.regions.push(Load {
                own,
                rate: own,
                edge: SimTime::MAX,
                bursting,
                turn,
                dice,
                stranded,
                away,
            });
        }
    }

    /// Writes per second that a region's clients want.
    pub(super) fn rate(&self, region: usize) -> u64 {
        self.regions[region].rate
    }

    /// Writes per second that all clients want.
    pub(super) fn total(&self) -> u64 {
        self.regions.iter().map(|load| load.rate).fold(0, u64::saturating_add)
    }

    /// Users of a lost region are about to come in elsewhere.
    pub(super) fn unsettled(&self) -> bool {
        self.regions.iter().any(|load| load.stranded.is_some())
    }

    /// Users of a region that is `away` come in through the others, in proportion to what those usually write.
    fn spread<P>(&mut self, model: &Model<P>) {
        let away = self.regions.iter().filter(|load| load.away).map(|load| load.own);
        let away = away.fold(0, u64::saturating_add);
        let usual = |region: usize| u128::from(model.regions[region].writes_per_second);
        let open = || (0..self.regions.len()).filter(|region| !self.regions[*region].away);
        let all: u128 = open().map(usual).sum();
        let more = |region: usize| (u128::from(away) * usual(region)).checked_div(all).unwrap_or(0) as u64;
        for region in 0..self.regions.len() {
            let load = &self.regions[region];
            let rate = if load.away { load.own } else { load.own.saturating_add(more(region)) };
            self.changed |= rate != load.rate;
            self.regions[region].rate = rate;
        }
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// Puts the first edge of every region on the agenda.
    pub(super) fn script_traffic(&mut self, agenda: &mut Agenda<Event>) {
        for region in 0..self.model.regions.len() {
            if !self.model.regions[region].load.is_constant() {
                self.schedule_edge(SimTime::ZERO, region, agenda);
            }
        }
    }

    #[cold]
    pub(super) fn traffic_edge(&mut self, now: SimTime, region: usize, agenda: &mut Agenda<Event>) {
        let model = self.model.clone();
        let pattern = &model.regions[region].load;
        let load = &mut self.traffic.regions[region];
        if let Some(bursts) = pattern.bursts.as_ref().filter(|_| load.turn <= now) {
            load.bursting = !load.bursting;
            let length = if load.bursting { &bursts.lasts } else { &bursts.every };
            load.turn = now + length.draw(&mut load.dice);
        }
        let steady = pattern.steps.at(now.since(SimTime::ZERO), self.traffic.start).0;
        let times = pattern.bursts.as_ref().filter(|_| load.bursting).map(|bursts| bursts.times);
        load.own = times.map_or(steady, |times| scaled(steady, times));
        self.spread_load(now);
        self.schedule_edge(now, region, agenda);
    }

    fn schedule_edge(&mut self, now: SimTime, region: usize, agenda: &mut Agenda<Event>) {
        let since_start = now.since(SimTime::ZERO);
        let step = self.model.regions[region].load.steps.at(since_start, self.traffic.start).1;
        let load = &mut self.traffic.regions[region];
        load.edge = step.map_or(SimTime::MAX, |after| now + after).min(load.turn);
        if load.edge < SimTime::ZERO + self.model.horizon {
            agenda.schedule(load.edge, Event::Traffic { region: region as u16 });
        }
    }

    /// The region is lost, or back, with its clients.
    pub(super) fn strand(&mut self, now: SimTime, region: usize, lost: bool, agenda: &mut Agenda<Event>) {
        let Some(after) = self.model.reroute_after else { return };
        let load = &mut self.traffic.regions[region];
        if lost {
            load.stranded = Some(now);
            agenda.schedule(now + after, Event::Reroute { region: region as u16 });
        } else {
            (load.stranded, load.away) = (None, false);
            self.spread_load(now);
        }
    }

    /// Unless the region came back meanwhile, its users come in elsewhere from now on.
    #[cold]
    pub(super) fn reroute(&mut self, now: SimTime, region: usize) {
        let Some(after) = self.model.reroute_after else { return };
        let load = &mut self.traffic.regions[region];
        if load.stranded.is_some_and(|since| now >= since + after) {
            (load.stranded, load.away) = (None, true);
            self.measures.active(now);
            self.spread_load(now);
        }
    }

    fn spread_load(&mut self, now: SimTime) {
        let before: Vec<u64> = self.traffic.regions.iter().map(|load| load.rate).collect();
        let model = self.model.clone();
        self.traffic.spread(&model);
        for (region, before) in before.into_iter().enumerate() {
            let rate = self.traffic.rate(region);
            if rate != before {
                self.note(now, Place::Clients(region), || What::Writes { per_second: rate });
            }
        }
        self.changed |= self.traffic.changed;
    }

    /// When the load changes next, if it may yet rise above what the primary carries.
    pub(super) fn load_may_rise(&self) -> Option<SimTime> {
        let model = &self.model;
        let next = self.traffic.regions.iter().map(|load| load.edge).min()?;
        let peaks = model.regions.iter().map(|region| region.load.peak());
        let peak = peaks.fold(0, u64::saturating_add);
        let risky = peak > model.nodes[self.measures.primary].capacity;
        (risky && next < SimTime::ZERO + model.horizon).then_some(next)
    }
}
