//! The journal as a fluid: cost follows calls, not writes.

pub(crate) mod binomial;
mod branch;
pub(in crate::journal) mod ledger;
mod logs;
mod standbys;

use sim::{Key, SimTime, Stream, Streams};
use units::Span;

use self::branch::{Point, Volume};
use self::logs::{Course, Feed, Logs};
use self::standbys::Standbys;
use super::{Diverged, Durability, Journal, Loss, Position, Store};

/// Logs that flow: writes come at their average rate, and only where somebody asks how many were lost are they
/// counted out, with the distribution that real ones would have (Poisson).
///
/// Exact where streams keep up: then what arrives depends on time alone. Where a stream is throttled below the
/// write rate its queue is an average one; the randomness of its length is left out, which is of the order of
/// the square root of the writes that went through it.
#[derive(Clone, Debug)]
pub struct Lazy {
    logs: Logs,
    standbys: Standbys,
    key: Key,
    streams: Streams,
    /// By store: writes per second that clients send to it.
    rates: Vec<u64>,
    /// By branch: where its writes are drawn from.
    dice: Vec<Stream>,
}

impl Lazy {
    /// The logs of a database with `stores` copies; `key_entity` names it among all things that draw random numbers.
    pub fn new(stores: usize, durability: Durability, key_entity: &str) -> Lazy {
        Lazy {
            logs: Logs::new(stores),
            standbys: Standbys::new(stores, durability),
            key: Key::new(key_entity, "writes"),
            streams: Streams::new(0),
            rates: vec![0; stores],
            dice: Vec::new(),
        }
    }

    /// Elementary steps taken since the last reset: what this journal has cost, whatever the machine.
    pub fn steps(&self) -> u64 {
        let drawn = (0..self.logs.live()).map(|branch| self.logs.branch(branch).ledger.steps);
        self.logs.steps.get() + drawn.sum::<u64>()
    }

    /// Works out what `primary` has told its clients by now. To be called before anything that its standbys
    /// confirm changes its course.
    fn settle(&mut self, now: SimTime, primary: Store) {
        let Some(branch) = self.logs.writes(primary) else { return };
        let Some(confirmed) = self.standbys.confirmed(&self.logs, now, primary) else { return };
        let branch_told = &mut self.logs.branch_mut(branch).told;
        if confirmed.branch == branch && confirmed.volume >= branch_told.volume {
            *branch_told = Point { at: confirmed.at.max(branch_told.at), ..confirmed };
        }
    }

    /// Notes since when `primary` cannot tell anybody anything, or has nobody to tell. To be called after such a
    /// change.
    fn review(&mut self, now: SimTime, primary: Store) {
        let Some(branch) = self.logs.writes(primary) else { return };
        let heard = self.rates[primary] > 0 || !self.standbys.tells_at_once(primary);
        let tells = heard && self.standbys.can_tell(&self.logs, primary);
        let stopped = &mut self.logs.branch_mut(branch).stopped;
        *stopped = if tells { None } else { stopped.or(Some(now)) };
    }

    /// Settles every open branch.
    fn settle_all(&mut self, now: SimTime) {
        for store in 0..self.logs.stores() {
            self.settle(now, store);
        }
    }

    /// Stops the stream into `replica`, if any; the replica keeps what has arrived.
    fn disconnect(&mut self, now: SimTime, replica: Store) {
        if let Some(source) = self.logs.feed(replica).map(|feed| feed.source) {
            self.settle(now, source);
            let held = self.logs.held(replica, now);
            self.logs.turn(now, replica, Course::Rest(held));
            self.review(now, source);
        }
    }

    /// Lets `replica` follow `source`, which counts it among its standbys or does not do so yet.
    fn attach(
        &mut self,
        now: SimTime,
        replica: Store,
        source: Store,
        (delay, writes_per_second): (Span, u64),
        counted: bool,
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
        self.standbys.found(replica, source);
        let feed = Feed::new(now, (source, tip), (delay, writes_per_second), common, counted);
        self.logs.turn(now, replica, Course::Follow(feed));
        self.review(now, source);
        Ok(())
    }

    /// Nobody is fed by `store` and it is fed by nobody; a branch it had open is closed, and all is settled.
    fn detach(&mut self, now: SimTime, store: Store) {
        self.close(now, store);
        self.miss(now, store);
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
}

impl Journal for Lazy {
    fn reset(&mut self, streams: Streams) {
        self.streams = streams;
        self.logs.reset();
        self.standbys.reset();
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
        self.standbys.begin(store);
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
        // From here on looking back would lead past every change of rate.
        self.logs.note_feeds(now, store);
        self.standbys.end(store);
    }

    fn pause(&mut self, now: SimTime, store: Store) {
        if let Some(branch) = self.logs.writes(store) {
            self.logs.branch_mut(branch).pauses.begin(now);
        }
    }

    fn resume(&mut self, now: SimTime, store: Store) {
        if let Some(branch) = self.logs.writes(store) {
            self.logs.branch_mut(branch).pauses.end(now);
        }
    }

    fn write_rate(&mut self, now: SimTime, store: Store, per_second: u64) {
        self.rates[store] = per_second;
        let Some(branch) = self.logs.writes(store) else { return };
        self.logs.branch_mut(branch).write_rate(now, per_second);
        self.review(now, store);
        self.logs.note_feeds(now, store);
    }

    fn stream(
        &mut self,
        now: SimTime,
        replica: Store,
        source: Store,
        delay: Span,
        writes_per_second: u64,
    ) -> Result<(), Diverged> {
        self.attach(now, replica, source, (delay, writes_per_second), true)
    }

    fn catch_up(
        &mut self,
        now: SimTime,
        replica: Store,
        source: Store,
        delay: Span,
        writes_per_second: u64,
    ) -> Result<(), Diverged> {
        self.attach(now, replica, source, (delay, writes_per_second), false)
    }

    fn backlog(&mut self, now: SimTime, replica: Store) -> Option<Span> {
        let feed = self.logs.feed(replica)?;
        self.logs.way(now, replica, feed).map(|way| way.saturating_sub(feed.delay))
    }

    fn count(&mut self, now: SimTime, replica: Store) {
        let Some(mut feed) = self.logs.feed(replica).filter(|feed| !feed.counted).copied() else { return };
        self.settle(now, feed.source);
        feed.counted = true;
        self.logs.turn(now, replica, Course::Follow(feed));
        self.review(now, feed.source);
    }

    fn lose(&mut self, now: SimTime, replica: Store) {
        if let Some(feed) = self.logs.feed(replica) {
            self.standbys.lose(&self.logs, now, replica, feed);
            self.disconnect(now, replica);
        }
    }

    fn miss(&mut self, now: SimTime, replica: Store) {
        if let Some(source) = self.standbys.lost_by(replica) {
            self.settle(now, source);
            self.standbys.found(replica, source);
            self.review(now, source);
        }
    }

    fn wait_for_standbys(&mut self, now: SimTime, store: Store, waits: bool) {
        self.settle(now, store);
        self.standbys.wait(store, waits);
        self.review(now, store);
    }

    fn has_standbys(&mut self, _now: SimTime, store: Store) -> bool {
        self.standbys.suffice(&self.logs, store)
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
        self.standbys.wait_of(&self.logs, now, store)
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
