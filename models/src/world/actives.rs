//! Active/active: databases that accept writes at the same time and send each other what they wrote.
//!
//! ```text
//!   one    =====w1===========x======        w1, w2: the same key, neither had seen the other: a conflict
//!               \           cut  \ healed   while connected only within the delay both ways,
//!   other  ==w2==\===========x====*======   while apart within all of that time: found where the streams meet (*)
//! ```
//!
//! Nothing happens per write. While two databases are connected, pairs of writes to one key within the delays come as
//! a Poisson process with the rate a * b * (chance of the same key) * (delay there and back); it is exact as long as
//! such pairs are rare, and the loader warns where they are not. Where two meet again after having been apart, keys
//! that both wrote are drawn from the exact distribution: each key of a class is written a Poisson number of times on
//! either side, at even moments. Of a key in conflict one side's writes stay, and every write of the other side was
//! acknowledged and is lost. What a database that never came back had not sent is lost as well.

use failover::ActiveSet;
use scenarios::Resolution;
use sim::{Agenda, Key, SimTime, Stream};
use units::Span;

use super::World;
use crate::event::Event;
use crate::journal::{Journal, Loss, binomial};
use crate::logic::Logic;
use crate::model::ActivesModel;
use crate::note::{Place, What};

/// What actives wrote and what they know of each other.
#[derive(Debug, Default)]
pub(super) struct ActivesState {
    /// By active.
    written: Vec<Written>,
    pairs: Vec<Pair>,
    /// By number: to which node each region's clients are sent. The record of the name servers is such a number.
    routes: Vec<Vec<usize>>,
    loss: Loss,
    conflicts: u64,
}

/// How much an active has written so far: writes on average, which is all that is known before they are drawn.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    writes: f64,
    per_second: u64,
    since: SimTime,
    /// When it last wrote.
    last: SimTime,
}

/// Two actives.
#[derive(Clone, Debug)]
struct Pair {
    ends: [usize; 2],
    /// Delay of the stream out of either end.
    delays: [Span; 2],
    apart: Option<Apart>,
    /// Voids a meeting that was planned before the two lost each other again.
    serial: u16,
    meeting: bool,
    /// Conflicts to be expected from the time in which they were connected.
    expected: f64,
    accounted: SimTime,
    meetings: u64,
}

/// Since when either end has not seen what the other wrote: moment and volume.
#[derive(Clone, Copy, Debug)]
struct Apart {
    from: [SimTime; 2],
    seen: [f64; 2],
}

impl Written {
    fn at(&self, now: SimTime) -> f64 {
        self.writes + self.per_second as f64 * now.since(self.since).as_secs_f64()
    }

    fn change(&mut self, now: SimTime, per_second: u64) {
        self.writes = self.at(now);
        if self.per_second > 0 {
            self.last = now;
        }
        (self.per_second, self.since) = (per_second, now);
    }

    fn last(&self, now: SimTime) -> SimTime {
        if self.per_second > 0 { now } else { self.last }
    }
}

/// What one end wrote while the other did not see it.
struct Unseen {
    writes: f64,
    from: SimTime,
    length: Span,
}

/// What a meeting brought to light.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    keys: u64,
    overwritten: u64,
}

impl<L: Logic, J: Journal> World<L, J> {
    pub(super) fn reset_actives(&mut self) {
        let mut fresh = ActivesState::default();
        if let Some(model) = &self.model.actives {
            fresh.written = vec![Written::default(); model.nodes.len()];
            fresh.routes.push(model.nearest.iter().map(|order| order[0]).collect());
            for (other, there) in model.nodes.iter().enumerate() {
                for (one, here) in model.nodes[..other].iter().enumerate() {
                    fresh.pairs.push(self.pair([one, other], [*here, *there]));
                }
            }
        }
        self.actives = fresh;
    }

    fn pair(&self, ends: [usize; 2], nodes: [usize; 2]) -> Pair {
        let way = |from: usize, to: usize| {
            let name = |node: usize| &self.model.nodes[node].name;
            let key = Key::new(&format!("{}>{}", name(from), name(to)), "active stream");
            self.model.link(from, to).latency.draw(&mut self.stream(key, 0))
        };
        Pair {
            ends,
            delays: [way(nodes[0], nodes[1]), way(nodes[1], nodes[0])],
            apart: None,
            serial: 0,
            meeting: false,
            expected: 0.0,
            accounted: SimTime::ZERO,
            meetings: 0,
        }
    }

    /// The databases before the disaster.
    pub(super) fn found_actives(&mut self, nodes: &[usize]) {
        for node in nodes {
            let database = &mut self.machines[*node].database;
            (database.open, database.epoch) = (true, 1);
            self.journal.open(SimTime::ZERO, *node, 1);
        }
    }

    /// Who may accept writes at the same time.
    pub(super) fn actives_max(&self) -> usize {
        self.model.actives.as_ref().map_or(1, |actives| actives.nodes.len())
    }

    /// The node that a resolver's answer means to a client of `region`.
    pub(super) fn address(&self, region: usize, answer: usize) -> usize {
        self.actives.routes.get(answer).map_or(answer, |route| route[region])
    }

    /// Clients are sent to the nearest of these.
    pub(super) fn route(&mut self, now: SimTime, to: ActiveSet) {
        let Some(model) = &self.model.actives else { return };
        let places = model.nodes.iter().enumerate();
        let allowed: Vec<usize> =
            places.filter(|(place, _)| to.contains(*place)).map(|(_, node)| *node).collect();
        let nearest =
            |order: &Vec<usize>| *order.iter().find(|node| allowed.contains(node)).unwrap_or(&order[0]);
        let route: Vec<usize> = model.nearest.iter().map(nearest).collect();
        if self.actives.routes.last() != Some(&route) || self.actives.routes.len() > 1 {
            self.note(now, Place::World, || What::RoutesTo(allowed));
        }
        self.actives.routes.push(route);
        self.dns.update(now, self.actives.routes.len() - 1);
        self.measures.active(now);
        self.changed = true;
    }

    /// Clients write so much to `node` from now on.
    pub(super) fn on_active_rate(&mut self, now: SimTime, node: usize, per_second: u64) {
        let Some(model) = &self.model.actives else { return };
        let Some(active) = model.nodes.iter().position(|known| *known == node) else { return };
        let same_key = model.same_key();
        let ActivesState { written, pairs, .. } = &mut self.actives;
        pairs.iter_mut().for_each(|pair| pair.expect(now, written, same_key));
        written[active].change(now, per_second);
    }

    /// Who lost whom, and who found whom again.
    pub(super) fn watch_actives(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        if self.actives.pairs.is_empty() {
            return;
        }
        let model = std::sync::Arc::clone(&self.model);
        let Some(actives) = &model.actives else { return };
        for index in 0..self.actives.pairs.len() {
            let [one, other] = self.actives.pairs[index].ends.map(|end| actives.nodes[end]);
            let up = |node: usize| self.machines[node].alive() && self.machines[node].database.accepts();
            let connected = up(one) && up(other) && self.network.connected(one, other);
            let ActivesState { written, pairs, .. } = &mut self.actives;
            let pair = &mut pairs[index];
            match (pair.apart.is_some(), connected) {
                (false, false) => pair.part(now, written, actives.same_key()),
                (true, true) if !pair.meeting => {
                    let after = pair.catch_up(now, written, model.replication_rate);
                    (pair.meeting, pair.serial) = (true, pair.serial.wrapping_add(1));
                    agenda.schedule(
                        now + after,
                        Event::StreamsMeet { pair: index as u16, serial: pair.serial },
                    );
                }
                (true, false) => pair.meeting = false,
                _ => {}
            }
        }
    }

    /// Two actives have sent each other everything again: what both wrote to the same keys is found.
    #[cold]
    pub(super) fn streams_meet(&mut self, now: SimTime, index: usize, serial: u16) {
        let model = std::sync::Arc::clone(&self.model);
        let (Some(actives), Some(pair)) = (&model.actives, self.actives.pairs.get(index)) else { return };
        if !pair.meeting || pair.serial != serial {
            return;
        }
        let mut stream = self.stream(conflicts(pair.ends), pair.meetings + 1);
        let ActivesState { written, pairs, .. } = &mut self.actives;
        let pair = &mut pairs[index];
        let Some(apart) = pair.apart.take() else { return };
        let unseen = [0, 1].map(|end| apart.unseen(end, now, &written[pair.ends[end]]));
        let found = meet(actives, &unseen, &mut stream);
        (pair.meeting, pair.accounted) = (false, now);
        pair.meetings += 1;
        let [one, other] = pair.ends.map(|end| actives.nodes[end]);
        let began = apart.from[0].min(apart.from[1]);
        self.actives.count(found, now.since(began));
        self.measures.active(now);
        let Found { keys, overwritten } = found;
        self.note(now, Place::Node(one), || What::StreamsMeet { other, keys, overwritten });
        self.changed = true;
    }

    /// All actives that no fault keeps down accept writes and have seen what the others wrote.
    pub(super) fn actives_in_place(&self, nodes: &[usize]) -> bool {
        let up = |node: usize| self.machines[node].alive() && self.machines[node].database.accepts();
        let in_place = |machine: &super::machines::Machine<L::Agent>| {
            machine.kept_down() || (machine.powered && machine.agent.is_some())
        };
        let open = nodes.iter().all(|node| self.machines[*node].kept_down() || up(*node));
        let together = |pair: &Pair| pair.apart.is_none() || !pair.ends.iter().all(|end| up(nodes[*end]));
        let met = self.actives.pairs.iter().all(together);
        open && met && self.machines.iter().all(in_place)
    }

    /// Writes overwritten by conflicts, and those that died with a database that never came back; and how many
    /// keys were in conflict.
    pub(super) fn active_losses(&mut self, now: SimTime) -> Option<(Loss, u64)> {
        let model = std::sync::Arc::clone(&self.model);
        let actives = model.actives.as_ref()?;
        for index in 0..self.actives.pairs.len() {
            let mut stream = self.stream(conflicts(self.actives.pairs[index].ends), 0);
            let ActivesState { written, pairs, .. } = &mut self.actives;
            let pair = &mut pairs[index];
            pair.expect(now, written, actives.same_key());
            let keys = stream.poisson(std::mem::take(&mut pair.expected));
            let delays = pair.delays[0] + pair.delays[1];
            self.actives.count(Found { keys, overwritten: keys }, delays);
        }
        for (active, node) in actives.nodes.iter().enumerate() {
            if !self.machines[*node].powered {
                self.count_dead(now, active, *node);
            }
        }
        Some((self.actives.loss, self.actives.conflicts))
    }

    /// What nobody had received from a database that is gone.
    fn count_dead(&mut self, now: SimTime, active: usize, node: usize) {
        let written = self.actives.written[active];
        let unseen = self.actives.pairs.iter().filter_map(|pair| {
            let end = pair.ends.iter().position(|end| *end == active)?;
            Some(pair.apart.as_ref()?.unseen(end, now, &written))
        });
        let Some(least) = unseen.min_by(|a, b| a.writes.total_cmp(&b.writes)) else { return };
        let key = Key::new(&self.model.nodes[node].name, "unsent writes");
        let overwritten = self.stream(key, 0).poisson(least.writes);
        self.actives.count(Found { keys: 0, overwritten }, least.length);
    }
}

fn conflicts(ends: [usize; 2]) -> Key {
    Key::new(&format!("actives {} and {}", ends[0], ends[1]), "conflicts")
}

impl ActivesState {
    /// `age`: how old the oldest of the lost writes can have been.
    fn count(&mut self, found: Found, age: Span) {
        self.conflicts += found.keys;
        self.loss.writes += found.overwritten;
        if found.overwritten > 0 {
            self.loss.span = self.loss.span.max(age);
        }
    }
}

impl Pair {
    /// Adds what is to be expected from the time since the last look.
    fn expect(&mut self, now: SimTime, written: &[Written], same_key: f64) {
        let seconds = now.since(std::mem::replace(&mut self.accounted, now)).as_secs_f64();
        if self.apart.is_none() {
            let [a, b] = self.ends.map(|end| written[end].per_second as f64);
            let delays = (self.delays[0] + self.delays[1]).as_secs_f64();
            self.expected += a * b * same_key * delays * seconds;
        }
    }

    fn part(&mut self, now: SimTime, written: &[Written], same_key: f64) {
        self.expect(now, written, same_key);
        let from = self.delays.map(|delay| now.saturating_sub(delay));
        let seen = [0, 1].map(|end| {
            let wrote = &written[self.ends[end]];
            let rate = wrote.per_second as f64 * self.delays[end].as_secs_f64();
            (wrote.at(now) - rate).max(0.0)
        });
        self.apart = Some(Apart { from, seen });
    }

    /// How long the longer backlog takes.
    fn catch_up(&self, now: SimTime, written: &[Written], per_second: u64) -> Span {
        let Some(apart) = &self.apart else { return Span::ZERO };
        let backlog =
            |end: usize| apart.unseen(end, now, &written[self.ends[end]]).writes / per_second as f64;
        let wait = |end: usize| self.delays[end] + Span::from_secs_f64(backlog(end));
        wait(0).max(wait(1))
    }
}

impl Apart {
    fn unseen(&self, end: usize, now: SimTime, written: &Written) -> Unseen {
        let from = self.from[end];
        Unseen {
            writes: (written.at(now) - self.seen[end]).max(0.0),
            from,
            length: written.last(now).since(from),
        }
    }
}

/// Draws the keys that both ends wrote, and whose writes stay.
fn meet(model: &ActivesModel, unseen: &[Unseen; 2], stream: &mut Stream) -> Found {
    let mut found = Found::default();
    for (keys, share) in &model.classes {
        let means = [0, 1].map(|end: usize| unseen[end].writes * share / *keys as f64);
        let [one, other] = means.map(|mean| -libm::expm1(-mean));
        let both = binomial::draw(stream, *keys, one * other);
        found.keys += both;
        for _ in 0..both {
            let writes = means.map(|mean| at_least_one(mean, stream));
            let loser = loser(model.resolution, unseen, writes, stream);
            found.overwritten += writes[loser];
        }
    }
    found
}

/// The end whose writes to a key are given up.
fn loser(resolution: Resolution, unseen: &[Unseen; 2], writes: [u64; 2], stream: &mut Stream) -> usize {
    // The greatest of n even moments is at U^(1/n) of the way, the least as far from the other end.
    let moments = [0, 1].map(|end: usize| {
        let share = libm::pow(1.0 - stream.unit(), 1.0 / writes[end] as f64);
        let length = unseen[end].length.as_secs_f64();
        let way = match resolution {
            Resolution::LastWriterWins => length * share,
            Resolution::FirstWriterWins => length * (1.0 - share),
        };
        unseen[end].from + Span::from_secs_f64(way)
    });
    let first_is_older = moments[0] <= moments[1];
    match resolution {
        Resolution::LastWriterWins => usize::from(!first_is_older),
        Resolution::FirstWriterWins => usize::from(first_is_older),
    }
}

/// A Poisson number that is not zero, by inversion; above a mean of 30 zero does not come up anyway.
fn at_least_one(mean: f64, stream: &mut Stream) -> u64 {
    if mean > 30.0 {
        return stream.poisson(mean).max(1);
    }
    let none = libm::exp(-mean);
    let mut left = stream.unit() * (1.0 - none);
    let (mut count, mut chance) = (1, none * mean);
    while left > chance && count < 1_000 {
        left -= chance;
        count += 1;
        chance *= mean / count as f64;
    }
    count
}

#[cfg(test)]
mod tests;
