//! The journal as a fluid: cost follows calls, not writes.

pub(crate) mod binomial;
mod branch;
pub(in crate::journal) mod ledger;
mod logs;

use sim::{Key, SimTime, Stream, Streams};
use units::Span;

use self::branch::{Point, Volume};
use self::logs::{Course, Feed, Logs};
use super::{Diverged, Durability, Journal, Loss, Position, Store, UNLIMITED};

/// Logs that flow: writes come at their average rate, and only where somebody asks how many were lost are they
/// counted out, with the distribution that real ones would have (Poisson).
///
/// Exact where streams keep up: then what arrives depends on time alone. Where a stream is throttled below the
/// write rate its queue is an average one; the randomness of its length is left out, which is of the order of
/// the square root of the writes that went through it.
#[derive(Clone, Debug)]
pub struct Lazy {
    logs: Logs,
    durability: Durability,
    key: Key,
    streams: Streams,
    /// By store: writes per second that clients send to it.
    rates: Vec<u64>,
    /// By branch: where its writes are drawn from.
    dice: Vec<Stream>,
    /// Reused to find the k-th of several standbys.
    confirmed: Vec<Point>,
    waits: Vec<Span>,
}

impl Lazy {
    /// The logs of a database with `stores` copies; `key_entity` names it among all things that draw random numbers.
    pub fn new(stores: usize, durability: Durability, key_entity: &str) -> Lazy {
        Lazy {
            logs: Logs::new(stores),
            durability,
            key: Key::new(key_entity, "writes"),
            streams: Streams::new(0),
            rates: vec![0; stores],
            dice: Vec::new(),
            confirmed: Vec::with_capacity(stores),
            waits: Vec::with_capacity(stores),
        }
    }

    /// Elementary steps taken since the last reset: what this journal has cost, whatever the machine.
    pub fn steps(&self) -> u64 {
        let drawn = (0..self.logs.live()).map(|branch| self.logs.branch(branch).ledger.steps);
        self.logs.steps.get() + drawn.sum::<u64>()
    }

    /// Whether enough standbys are connected for `primary` to tell anybody anything.
    fn can_tell(&self, primary: Store) -> bool {
        let connected = |store: Store| self.logs.feed_from(store, primary).is_some();
        match &self.durability {
            Durability::Async => true,
            Durability::Sync(list) => list.iter().any(|store| connected(*store)),
            Durability::Quorum(k) => {
                (0..self.logs.stores()).filter(|store| connected(*store)).count() >= *k as usize
            }
        }
    }

    /// What the standbys that count have confirmed to `primary`; `None` if too few are connected.
    fn confirmed(&mut self, now: SimTime, primary: Store) -> Option<Point> {
        let logs = &self.logs;
        let by =
            |store: Store| logs.feed_from(store, primary).map(|feed| confirmed_by(logs, now, store, &feed));
        match &self.durability {
            Durability::Async | Durability::Quorum(0) => Some(logs.held(primary, now)),
            Durability::Sync(list) => list.iter().find_map(|store| by(*store)),
            Durability::Quorum(k) => {
                self.confirmed.clear();
                self.confirmed.extend((0..logs.stores()).filter_map(by));
                self.confirmed
                    .sort_unstable_by_key(|point| std::cmp::Reverse((point.branch, point.at, point.volume)));
                self.confirmed.get(*k as usize - 1).copied()
            }
        }
    }

    /// Works out what `primary` has told its clients by now. To be called before anything that its standbys
    /// confirm changes its course.
    fn settle(&mut self, now: SimTime, primary: Store) {
        let Some(branch) = self.logs.writes(primary) else { return };
        let Some(confirmed) = self.confirmed(now, primary) else { return };
        let branch_told = &mut self.logs.branch_mut(branch).told;
        if confirmed.branch == branch && confirmed.volume >= branch_told.volume {
            *branch_told = Point { at: confirmed.at.max(branch_told.at), ..confirmed };
        }
    }

    /// Notes since when `primary` cannot tell anybody anything, or has nobody to tell. To be called after such a
    /// change.
    fn review(&mut self, now: SimTime, primary: Store) {
        let Some(branch) = self.logs.writes(primary) else { return };
        let heard = self.rates[primary] > 0 || !self.durability.tells_at_once();
        let since = self.logs.branch(branch).stopped;
        self.logs.branch_mut(branch).stopped =
            if heard && self.can_tell(primary) { None } else { since.or(Some(now)) };
    }

    /// Settles every open branch.
    fn settle_all(&mut self, now: SimTime) {
        for store in 0..self.logs.stores() {
            self.settle(now, store);
        }
    }

    /// Stops the stream into `replica`, if any; the replica keeps what has arrived.
    fn disconnect(&mut self, now: SimTime, replica: Store) {
        if let Some(feed) = self.logs.feed(replica) {
            self.settle(now, feed.source);
            let held = self.logs.held(replica, now);
            self.logs.turn(now, replica, Course::Rest(held));
            self.review(now, feed.source);
        }
    }

    /// Nobody is fed by `store` and it is fed by nobody; a branch it had open is closed, and all is settled.
    fn detach(&mut self, now: SimTime, store: Store) {
        self.close(now, store);
        self.disconnect(now, store);
        for replica in 0..self.logs.stores() {
            if self.logs.feed_from(replica, store).is_some() {
                self.disconnect(now, replica);
            }
        }
        self.settle_all(now);
    }

    /// Adds to `loss` what was acknowledged on `branch` after `lo`, up to `hi`.
    fn add_loss(&mut self, now: SimTime, branch: usize, lo: Volume, hi: Volume, loss: &mut Loss) {
        let hi = hi.min(self.logs.branch(branch).told.volume);
        self.prepare_dice(branch);
        let dice = &mut self.dice[branch];
        let written = self.logs.branch_mut(branch);
        let (base, told) = (written.base(), written.told);
        let Some(oldest) = written.ledger.oldest(base, lo, hi, dice) else { return };
        let writes = written.ledger.count(base, lo, hi, dice);
        let oldest = written.moment(oldest, told.at);
        loss.include(writes, written.stopped.unwrap_or(now).since(oldest));
    }

    fn prepare_dice(&mut self, branch: usize) {
        for index in self.dice.len()..=branch {
            // By number, not by epoch: policies that count epochs differently still meet the same writes.
            self.dice.push(self.streams.stream(self.key.occurrence(index as u64)));
        }
    }

    /// How long until `replica` has confirmed a write of now to `primary`: `None` if it does not stream from there,
    /// `Some(None)` if that takes for ever.
    fn round_trip(&self, now: SimTime, replica: Store, primary: Store) -> Option<Option<Span>> {
        let feed = self.logs.feed_from(replica, primary)?;
        Some(self.way(now, replica, &feed).map(|way| way + feed.delay))
    }

    /// How long until a write of now arrives at the other end of `feed`: the inverse of what a fluid queue does.
    fn way(&self, now: SimTime, replica: Store, feed: &Feed) -> Option<Span> {
        let head = self.logs.held(feed.source, now).volume;
        let speed = feed.writes_per_second;
        if speed == UNLIMITED {
            return Some(feed.delay);
        }
        let (since, start) = self.logs.queue_state(now, replica, feed);
        let mut arrival = (now + feed.delay).max(since + drained(head - start, speed)?);
        let mut stuck = false;
        self.logs.corners_of_input(feed, now + feed.delay, &mut |corner, input| match drained(
            head - input,
            speed,
        ) {
            Some(wait) => arrival = arrival.max(corner + wait),
            None => stuck = true,
        });
        (!stuck).then(|| arrival.since(now))
    }
}

/// What `primary` knows at `now` that `replica` holds.
fn confirmed_by(logs: &Logs, now: SimTime, replica: Store, feed: &Feed) -> Point {
    logs.held(replica, now.saturating_sub(feed.delay).max(feed.connected))
}

/// How long a queue of `volume` takes at `speed` writes per second; `None`: for ever.
fn drained(volume: Volume, speed: u64) -> Option<Span> {
    let nanos =
        volume.checked_next_multiple_of(Volume::from(speed).max(1))?.checked_div(Volume::from(speed))?;
    Some(Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
}

impl Journal for Lazy {
    fn reset(&mut self, streams: Streams) {
        self.streams = streams;
        self.logs.reset();
        self.rates.fill(0);
        self.dice.clear();
    }

    fn open(&mut self, now: SimTime, store: Store, epoch: u64) {
        self.close(now, store);
        self.disconnect(now, store);
        let fork = self.logs.held(store, now);
        let branch = self.logs.grow(now, store, epoch, fork);
        self.logs.branch_mut(branch).write_rate(now, self.rates[store]);
        self.logs.turn(now, store, Course::Write(branch));
        self.review(now, store);
    }

    fn close(&mut self, now: SimTime, store: Store) {
        let Some(branch) = self.logs.writes(store) else { return };
        self.settle(now, store);
        let head = self.logs.head(branch, now);
        let written = self.logs.branch_mut(branch);
        written.closed = now;
        written.stopped.get_or_insert(now);
        self.logs.turn(now, store, Course::Rest(head));
    }

    fn write_rate(&mut self, now: SimTime, store: Store, per_second: u64) {
        self.rates[store] = per_second;
        let Some(branch) = self.logs.writes(store) else { return };
        self.logs.branch_mut(branch).write_rate(now, per_second);
        self.review(now, store);
        for replica in 0..self.logs.stores() {
            if let Some(feed) = self.logs.feed_from(replica, store) {
                self.logs.pace(now, replica, feed.writes_per_second);
            }
        }
    }

    fn stream(
        &mut self,
        now: SimTime,
        replica: Store,
        source: Store,
        delay: Span,
        writes_per_second: u64,
    ) -> Result<(), Diverged> {
        if self.logs.follows(source, replica) {
            return Err(Diverged);
        }
        let (held, tip) = (self.logs.held(replica, now), self.logs.held(source, now));
        let common = self.logs.common(held, tip);
        if (common.branch, common.at) != (held.branch, held.at) {
            return Err(Diverged);
        }
        self.close(now, replica);
        self.disconnect(now, replica);
        self.settle(now, source);
        self.logs.follow(now, replica, source, delay, common, writes_per_second);
        self.review(now, source);
        Ok(())
    }

    fn throttle(&mut self, now: SimTime, replica: Store, writes_per_second: u64) {
        self.logs.pace(now, replica, writes_per_second);
    }

    fn cut(&mut self, now: SimTime, replica: Store) {
        self.disconnect(now, replica);
    }

    fn position(&mut self, now: SimTime, store: Store) -> Position {
        self.logs.name(self.logs.held(store, now))
    }

    fn lag(&mut self, now: SimTime, replica: Store, source: Store) -> Span {
        let (held, tip) = (self.logs.held(replica, now), self.logs.held(source, now));
        self.logs.distance(self.logs.common(held, tip), tip)
    }

    fn acknowledgement_wait(&mut self, now: SimTime, store: Store) -> Option<Span> {
        self.logs.writes(store)?;
        match &self.durability {
            Durability::Async | Durability::Quorum(0) => Some(Span::ZERO),
            Durability::Sync(list) => {
                list.iter().find_map(|replica| self.round_trip(now, *replica, store))?
            }
            Durability::Quorum(k) => {
                let mut waits = std::mem::take(&mut self.waits);
                waits.clear();
                waits.extend(
                    (0..self.rates.len()).filter_map(|replica| self.round_trip(now, replica, store)?),
                );
                waits.sort_unstable();
                let wait = waits.get(*k as usize - 1).copied();
                self.waits = waits;
                wait
            }
        }
    }

    fn rewind(&mut self, now: SimTime, store: Store, survivor: Store) -> Loss {
        let mut loss = Loss::default();
        if store == survivor {
            return loss;
        }
        self.detach(now, store);
        let fork = self.logs.common(self.logs.held(store, now), self.logs.held(survivor, now));
        let mut held = self.logs.held(store, now);
        while held.branch != fork.branch {
            let written = self.logs.branch(held.branch);
            let (base, parent) = (written.base(), written.fork);
            self.add_loss(now, held.branch, base, held.volume, &mut loss);
            held = parent;
        }
        self.add_loss(now, fork.branch, fork.volume, held.volume, &mut loss);
        self.logs.turn(now, store, Course::Rest(fork));
        loss
    }

    fn wipe(&mut self, now: SimTime, store: Store) {
        self.detach(now, store);
        self.logs.turn(now, store, Course::Rest(Point::ORIGIN));
    }

    fn adopt(&mut self, now: SimTime, store: Store, source: Store) {
        let held = self.logs.held(source, now);
        self.logs.turn(now, store, Course::Rest(held));
    }

    fn losses(&mut self, now: SimTime, survivor: Store) -> Loss {
        self.settle_all(now);
        let mut tip = self.logs.held(survivor, now);
        let mut loss = Loss::default();
        // From the youngest branch on: the history of the tip is walked once, however many branches there are.
        for branch in (0..self.logs.live()).rev() {
            let covered = self.logs.covered(branch, &mut tip);
            self.add_loss(now, branch, covered, Volume::MAX, &mut loss);
        }
        loss
    }

    fn acknowledged(&mut self, now: SimTime) -> u64 {
        self.settle_all(now);
        let mut writes = 0;
        for branch in 0..self.logs.live() {
            self.prepare_dice(branch);
            let written = self.logs.branch_mut(branch);
            let (base, told) = (written.base(), written.told.volume);
            writes += written.ledger.count(base, base, told, &mut self.dice[branch]);
        }
        writes
    }
}
