//! The journal write by write: the yardstick for the fluid one, and no part of it.

mod answers;
mod copy;
mod timelines;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use sim::{Key, SimTime, Streams};
use units::Span;

use self::copy::{Copy, Pipe, Role, Write, WriteId, Writing};
use self::timelines::{Mark, Timelines};
use super::durability::{Rule, Standing};
use super::{Diverged, Durability, Journal, Loss, Position, Store};

/// Logs that are lists of writes. Each write is an event at its primary, at the end of each link, at each delivery
/// and with each confirmation. Slow, obvious, and free of any average.
#[derive(Clone, Debug)]
pub struct Eager {
    copies: Vec<Copy>,
    timelines: Timelines,
    writes: Vec<Write>,
    events: BinaryHeap<Reverse<(SimTime, u64, Event)>>,
    scheduled: u64,
    durability: Durability,
    key: Key,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A client writes to the store.
    Write { store: Store, arrivals: u32 },
    /// The next write on its way to the replica is there.
    Arrive { replica: Store, connection: u32 },
    /// The first write in the replica's queue is taken over.
    Deliver { replica: Store, connection: u32, pace: u32 },
    /// The source hears that the replica has this much.
    Confirm { replica: Store, connection: u32, length: usize },
}

impl Eager {
    /// The logs of a database with `stores` copies; `key_entity` names it among all things that draw random numbers.
    pub fn new(stores: usize, durability: Durability, key_entity: &str) -> Eager {
        let mut eager = Eager {
            copies: Vec::new(),
            timelines: Timelines::new(),
            writes: Vec::new(),
            events: BinaryHeap::new(),
            scheduled: 0,
            durability,
            key: Key::new(key_entity, "every write"),
        };
        eager.populate(stores, Streams::new(0));
        eager
    }

    fn populate(&mut self, stores: usize, streams: Streams) {
        let origin = Mark { timeline: 0, at: SimTime::ZERO };
        let copy = |store: Store| Copy {
            log: Vec::new(),
            roles: vec![(SimTime::ZERO, Role::Rest(origin))],
            writing: None,
            pipe: None,
            per_second: 0,
            gaps: streams.stream(self.key.occurrence(store as u64)),
            arrivals: 0,
            connection: 0,
            lost: None,
            alone: false,
        };
        self.copies = (0..stores).map(copy).collect();
    }

    fn schedule(&mut self, at: SimTime, event: Event) {
        self.scheduled += 1;
        self.events.push(Reverse((at, self.scheduled, event)));
    }

    /// Lets everything happen that happens until `now`.
    fn advance(&mut self, now: SimTime) {
        while let Some(Reverse((at, _, event))) = self.events.peek().copied() {
            if at > now {
                return;
            }
            self.events.pop();
            match event {
                Event::Write { store, arrivals } => self.on_write(at, store, arrivals),
                Event::Arrive { replica, connection } => self.on_arrive(at, replica, connection),
                Event::Deliver { replica, connection, pace } => {
                    self.on_deliver(at, replica, connection, pace)
                }
                Event::Confirm { replica, connection, length } => {
                    self.on_confirm(replica, connection, length)
                }
            }
        }
    }

    fn on_write(&mut self, now: SimTime, store: Store, arrivals: u32) {
        if self.copies[store].arrivals != arrivals {
            return;
        }
        let writing = self.copies[store].writing.expect("writes stop when the store closes");
        let id = WriteId::try_from(self.writes.len()).expect("a run has fewer than four billion writes");
        self.writes.push(Write { timeline: writing.timeline, at: now, acknowledged: false });
        self.take_over(now, store, id);
        self.acknowledge(store);
        self.next_write(now, store);
    }

    /// Adds a write to the log of `store` and sends it on.
    fn take_over(&mut self, now: SimTime, store: Store, id: WriteId) {
        self.copies[store].log.push(id);
        for replica in 0..self.copies.len() {
            if self.pipe_from(replica, store).is_some() {
                self.send(now, replica, id);
            }
        }
    }

    fn send(&mut self, now: SimTime, replica: Store, id: WriteId) {
        let connection = self.copies[replica].connection;
        let pipe = self.copies[replica].pipe.as_mut().expect("only the connected are sent to");
        let arrival = now + pipe.delay;
        pipe.sent.push_back((arrival, id));
        self.schedule(arrival, Event::Arrive { replica, connection });
    }

    fn on_arrive(&mut self, now: SimTime, replica: Store, connection: u32) {
        let Some(pipe) = self.pipe_of(replica, connection) else { return };
        pipe.queued += 1;
        if pipe.queued == 1 {
            self.plan_delivery(now, replica);
        }
    }

    fn plan_delivery(&mut self, now: SimTime, replica: Store) {
        let connection = self.copies[replica].connection;
        let Some(pipe) = self.copies[replica].pipe.as_ref().filter(|pipe| pipe.queued > 0) else { return };
        let pace = pipe.pace;
        if let Some(at) = pipe.delivery(now, pipe.delivered) {
            self.schedule(at, Event::Deliver { replica, connection, pace });
        }
    }

    fn on_deliver(&mut self, now: SimTime, replica: Store, connection: u32, pace: u32) {
        let Some(pipe) = self.pipe_of(replica, connection).filter(|pipe| pipe.pace == pace) else { return };
        let (_, id) = pipe.sent.pop_front().expect("what is delivered was sent");
        pipe.queued -= 1;
        pipe.delivered = Some(now);
        let confirmed_at = now + pipe.delay;
        self.take_over(now, replica, id);
        let length = self.copies[replica].log.len();
        self.schedule(confirmed_at, Event::Confirm { replica, connection, length });
        self.plan_delivery(now, replica);
    }

    fn on_confirm(&mut self, replica: Store, connection: u32, length: usize) {
        let Some(pipe) = self.pipe_of(replica, connection) else { return };
        pipe.confirmed = length;
        let source = pipe.source;
        self.acknowledge(source);
    }

    /// Plans the next client's write, if clients write there.
    fn next_write(&mut self, now: SimTime, store: Store) {
        let copy = &mut self.copies[store];
        if copy.writing.is_none() || copy.per_second == 0 {
            return;
        }
        let seconds = -libm::log(1.0 - copy.gaps.unit()) / copy.per_second as f64;
        let arrivals = copy.arrivals;
        self.schedule(now + Span::from_secs_f64(seconds), Event::Write { store, arrivals });
    }

    fn pipe_of(&mut self, replica: Store, connection: u32) -> Option<&mut Pipe> {
        let copy = &mut self.copies[replica];
        if copy.connection == connection { copy.pipe.as_mut() } else { None }
    }

    fn pipe_from(&self, replica: Store, source: Store) -> Option<&Pipe> {
        self.copies[replica].pipe.as_ref().filter(|pipe| pipe.source == source)
    }

    /// How `store` stands as a standby of `primary`, with what is asked of its pipe, or of a length it had confirmed.
    fn standing<T>(
        &self,
        store: Store,
        primary: Store,
        counted: impl Fn(&Pipe) -> T,
        silent: impl Fn(usize) -> T,
    ) -> Standing<T> {
        match self.pipe_from(store, primary).filter(|pipe| pipe.counted) {
            Some(pipe) => Standing::Counted(counted(pipe)),
            None => match self.copies[store].lost.filter(|(by, _)| *by == primary) {
                Some((_, length)) => Standing::Lost(silent(length)),
                None => Standing::Away,
            },
        }
    }

    fn tells_at_once(&self, primary: Store) -> bool {
        self.copies[primary].alone || self.durability.tells_at_once()
    }

    /// How much of the log of `primary` its durability calls safe; `None` if too few standbys are connected.
    fn safe(&self, primary: Store) -> Option<usize> {
        if self.tells_at_once(primary) {
            return Some(self.copies[primary].log.len());
        }
        let mut chosen = Vec::new();
        let length = |it: &Standing<usize>| match it {
            Standing::Away => 0,
            Standing::Lost(length) | Standing::Counted(length) => *length,
        };
        let standing = |store| self.standing(store, primary, |pipe| pipe.confirmed, |length| length);
        let enough =
            self.durability.rule().chosen(self.copies.len(), standing, |it| Reverse(length(it)), &mut chosen);
        chosen.iter().map(length).min().filter(|_| enough)
    }

    /// Whether those that a write would wait for are there, all of them.
    fn suffices(&self, primary: Store) -> bool {
        if let Rule::AtOnce = self.durability.rule() {
            return true;
        }
        let mut chosen = Vec::new();
        let standing = |store| self.standing(store, primary, |_| (), |_| ());
        let lost = |it: &Standing<()>| matches!(it, Standing::Lost(()));
        let enough = self.durability.rule().chosen(self.copies.len(), standing, lost, &mut chosen);
        enough && !chosen.iter().any(lost)
    }

    fn attach(
        &mut self,
        now: SimTime,
        replica: Store,
        source: Store,
        (delay, writes_per_second): (Span, u64),
        counted: bool,
    ) -> Result<(), Diverged> {
        self.advance(now);
        let (mark, tip) = (self.mark(now, replica), self.mark(now, source));
        if self.fed_by(source, replica) || self.timelines.shared(mark, tip) != mark {
            return Err(Diverged);
        }
        self.close(now, replica);
        self.disconnect(now, replica);
        self.find(replica, source);
        let have = self.copies[replica].log.len();
        let pause = Pipe::pause_at(writes_per_second);
        let sent = VecDeque::new();
        let pipe = Pipe {
            source,
            delay,
            pause,
            sent,
            queued: 0,
            delivered: None,
            pace: 0,
            confirmed: have,
            counted,
        };
        self.copies[replica].pipe = Some(pipe);
        self.copies[replica].assume(now, Role::Follow { source, delay, connected: now, before: mark });
        for at in have..self.copies[source].log.len() {
            self.send(now, replica, self.copies[source].log[at]);
        }
        self.review(now, source);
        self.advance(now);
        Ok(())
    }

    /// `source` hears of `replica` again, or knows now that it is gone.
    fn find(&mut self, replica: Store, source: Store) {
        let lost = &mut self.copies[replica].lost;
        *lost = lost.filter(|(by, _)| *by != source);
    }

    /// Tells the clients of `primary` what may be told now.
    fn acknowledge(&mut self, primary: Store) {
        let (Some(safe), Some(writing)) = (self.safe(primary), self.copies[primary].writing) else { return };
        for at in writing.acknowledged..safe {
            let id = self.copies[primary].log[at];
            self.writes[id as usize].acknowledged = true;
        }
        let acknowledged = writing.acknowledged.max(safe);
        self.copies[primary].writing = Some(Writing { acknowledged, ..writing });
    }

    /// After standbys or clients of `primary` came or went: what may be told, and since when nothing is.
    fn review(&mut self, now: SimTime, primary: Store) {
        let Some(writing) = self.copies[primary].writing else { return };
        self.acknowledge(primary);
        let at_once = self.tells_at_once(primary);
        let heard = self.copies[primary].per_second > 0 || !at_once;
        let able = heard && (at_once || self.suffices(primary));
        let stopped = &mut self.timelines.get_mut(writing.timeline).stopped;
        *stopped = if able { None } else { stopped.or(Some(now)) };
    }

    /// Nobody is fed by `store` and it is fed by nobody; a branch it had open is closed.
    fn detach(&mut self, now: SimTime, store: Store) {
        self.close(now, store);
        self.miss(now, store);
        let fed = (0..self.copies.len())
            .filter(|replica| *replica == store || self.pipe_from(*replica, store).is_some());
        for replica in fed.collect::<Vec<_>>() {
            self.disconnect(now, replica);
        }
    }

    fn disconnect(&mut self, now: SimTime, replica: Store) {
        let rest = self.mark(now, replica);
        let copy = &mut self.copies[replica];
        if let Some(pipe) = copy.pipe.take() {
            copy.connection += 1;
            copy.assume(now, Role::Rest(rest));
            self.review(now, pipe.source);
        }
    }
}

impl Journal for Eager {
    fn reset(&mut self, streams: Streams) {
        self.timelines = Timelines::new();
        self.writes.clear();
        self.events.clear();
        self.scheduled = 0;
        self.populate(self.copies.len(), streams);
    }

    fn open(&mut self, now: SimTime, store: Store, epoch: u64) {
        self.close(now, store);
        self.disconnect(now, store);
        let timeline = self.timelines.open(now, epoch, self.mark(now, store));
        let copy = &mut self.copies[store];
        copy.assume(now, Role::Write { timeline });
        copy.writing = Some(Writing { timeline, acknowledged: copy.log.len() });
        copy.alone = false;
        self.next_write(now, store);
        self.review(now, store);
    }

    fn close(&mut self, now: SimTime, store: Store) {
        self.advance(now);
        let copy = &mut self.copies[store];
        if let Some(writing) = copy.writing.take() {
            copy.arrivals += 1;
            copy.assume(now, Role::Rest(Mark { timeline: writing.timeline, at: now }));
            self.timelines.get_mut(writing.timeline).stopped.get_or_insert(now);
            for copy in &mut self.copies {
                copy.lost = copy.lost.filter(|(by, _)| *by != store);
            }
        }
    }

    fn pause(&mut self, now: SimTime, store: Store) {
        self.advance(now);
        if let Some(writing) = &self.copies[store].writing {
            self.timelines.get_mut(writing.timeline).pauses.begin(now);
        }
    }

    fn resume(&mut self, now: SimTime, store: Store) {
        self.advance(now);
        if let Some(writing) = &self.copies[store].writing {
            self.timelines.get_mut(writing.timeline).pauses.end(now);
        }
    }

    fn write_rate(&mut self, now: SimTime, store: Store, per_second: u64) {
        self.advance(now);
        self.copies[store].per_second = per_second;
        // Arrivals have no memory, so the next one may be drawn afresh.
        self.copies[store].arrivals += 1;
        self.next_write(now, store);
        self.review(now, store);
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
        self.advance(now);
        let pipe = self.copies[replica].pipe.as_ref()?;
        Some(pipe.forecast(now)?.since(now + pipe.delay))
    }

    fn count(&mut self, now: SimTime, replica: Store) {
        self.advance(now);
        if let Some(pipe) = &mut self.copies[replica].pipe {
            pipe.counted = true;
            let source = pipe.source;
            self.review(now, source);
        }
    }

    fn lose(&mut self, now: SimTime, replica: Store) {
        self.advance(now);
        if let Some(pipe) = &self.copies[replica].pipe {
            let known = pipe.counted && !self.durability.tells_at_once();
            if known && self.copies[pipe.source].writing.is_some() {
                self.copies[replica].lost = Some((pipe.source, pipe.confirmed));
            }
        }
        self.disconnect(now, replica);
    }

    fn miss(&mut self, now: SimTime, replica: Store) {
        self.advance(now);
        if let Some((source, _)) = self.copies[replica].lost.take() {
            self.review(now, source);
        }
    }

    fn wait_for_standbys(&mut self, now: SimTime, store: Store, waits: bool) {
        self.advance(now);
        self.copies[store].alone = !waits;
        self.review(now, store);
    }

    fn has_standbys(&mut self, now: SimTime, store: Store) -> bool {
        self.advance(now);
        self.suffices(store)
    }

    fn throttle(&mut self, now: SimTime, replica: Store, writes_per_second: u64) {
        self.advance(now);
        if let Some(pipe) = self.copies[replica].pipe.as_mut() {
            pipe.pause = Pipe::pause_at(writes_per_second);
            pipe.pace += 1;
            self.plan_delivery(now, replica);
            self.advance(now);
        }
    }

    fn cut(&mut self, now: SimTime, replica: Store) {
        self.advance(now);
        self.disconnect(now, replica);
    }

    fn position(&mut self, now: SimTime, store: Store) -> Position {
        self.advance(now);
        let mark = self.mark(now, store);
        let timeline = self.timelines.get(mark.timeline);
        Position { epoch: timeline.epoch, at: timeline.pauses.last_active(mark.at) }
    }

    fn lag(&mut self, now: SimTime, replica: Store, source: Store) -> Span {
        self.advance(now);
        let (mark, tip) = (self.mark(now, replica), self.mark(now, source));
        self.timelines.writable(self.timelines.shared(mark, tip), tip)
    }

    fn acknowledgement_wait(&mut self, now: SimTime, store: Store) -> Option<Span> {
        self.advance(now);
        self.copies[store].writing?;
        if self.tells_at_once(store) {
            return Some(Span::ZERO);
        }
        let round = |pipe: &Pipe| Some((pipe.forecast(now)? + pipe.delay).since(now));
        let wait = |it: &Standing<Option<Span>>| match it {
            Standing::Counted(wait) => *wait,
            Standing::Away | Standing::Lost(_) => None,
        };
        let mut chosen = Vec::new();
        let standing = |replica| self.standing(replica, store, round, |_| None);
        let better = |it: &Standing<Option<Span>>| wait(it).unwrap_or(Span::MAX);
        let enough = self.durability.rule().chosen(self.copies.len(), standing, better, &mut chosen);
        let longest = chosen.iter().map(wait).try_fold(Span::ZERO, |most, wait| Some(most.max(wait?)));
        longest.filter(|_| enough)
    }

    fn rewind(&mut self, now: SimTime, store: Store, survivor: Store) -> Loss {
        self.advance(now);
        if store == survivor {
            return Loss::default();
        }
        self.detach(now, store);
        let fork = self.timelines.shared(self.mark(now, store), self.mark(now, survivor));
        let kept = self.held(survivor);
        let dropped = self.held(store);
        let loss = self.tally(now, |id| dropped[id as usize] && !kept[id as usize]);
        self.copies[store].log.retain(|id| kept[*id as usize]);
        self.copies[store].assume(now, Role::Rest(fork));
        loss
    }

    fn wipe(&mut self, now: SimTime, store: Store) {
        self.detach(now, store);
        let copy = &mut self.copies[store];
        copy.log.clear();
        copy.assume(now, Role::Rest(Mark { timeline: 0, at: SimTime::ZERO }));
    }

    fn adopt(&mut self, now: SimTime, store: Store, source: Store) {
        self.advance(now);
        let held = self.mark(now, source);
        self.copies[store].log = self.copies[source].log.clone();
        self.copies[store].assume(now, Role::Rest(held));
    }

    fn losses(&mut self, now: SimTime, survivor: Store) -> Loss {
        self.advance(now);
        let kept = self.held(survivor);
        self.tally(now, |id| !kept[id as usize])
    }

    fn acknowledged(&mut self, now: SimTime) -> u64 {
        self.advance(now);
        self.writes.iter().filter(|write| write.acknowledged).count() as u64
    }
}
