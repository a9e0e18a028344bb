use std::cell::Cell;

use sim::SimTime;
use units::Span;

use super::branch::{Branch, Point, Volume, volume_of};
use crate::journal::{Position, Store, UNLIMITED};

/// What every store held at every moment, and the branches it held it of. Pure geometry: no randomness, no
/// clients, and everything but [`Point::at`] exact.
#[derive(Clone, Debug)]
pub(super) struct Logs {
    /// The first `live` are in use; the rest wait to be.
    branches: Vec<Branch>,
    live: usize,
    /// By store, in order of time; never empty.
    courses: Vec<Vec<Leg>>,
    /// Points worked out so far: what all this costs.
    pub(super) steps: Cell<u64>,
}

/// What a store does from `from` on, until its next leg.
#[derive(Clone, Copy, Debug)]
struct Leg {
    from: SimTime,
    course: Course,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Course {
    /// It stands here.
    Rest(Point),
    /// It writes this branch.
    Write(usize),
    /// It follows another store.
    Follow(Feed),
}

/// A stream at one speed. Fluid: what arrives is the source's log one delay ago, unless the queue at the
/// receiving end is not empty; that drains at the full speed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feed {
    pub(super) source: Store,
    pub(super) delay: Span,
    pub(super) writes_per_second: u64,
    pub(super) connected: SimTime,
    /// Before this nothing arrives.
    begins: SimTime,
    /// What the replica holds then.
    start: Point,
    /// Its queue is empty then.
    level: bool,
    /// The source counts it among its standbys.
    pub(super) counted: bool,
}

impl Feed {
    /// A stream that begins at `now` with `start`, a point of the history of its source, which stands at `tip`.
    pub(super) fn new(
        now: SimTime,
        (source, tip): (Store, Point),
        (delay, writes_per_second): (Span, u64),
        start: Point,
        counted: bool,
    ) -> Feed {
        let (begins, level) = (now + delay, start.volume == tip.volume);
        Feed { source, delay, writes_per_second, connected: now, begins, start, level, counted }
    }
}

impl Logs {
    pub(super) fn new(stores: usize) -> Logs {
        let courses = vec![Vec::new(); stores];
        let mut logs = Logs { branches: Vec::new(), live: 0, courses, steps: Cell::new(0) };
        logs.reset();
        logs
    }

    pub(super) fn reset(&mut self) {
        self.live = 0;
        self.grow(SimTime::ZERO, 0, 0, Point::ORIGIN);
        self.branches[0].closed = SimTime::ZERO;
        self.branches[0].stopped = Some(SimTime::ZERO);
        for course in &mut self.courses {
            course.clear();
            course.push(Leg { from: SimTime::ZERO, course: Course::Rest(Point::ORIGIN) });
        }
        self.steps.set(0);
    }

    pub(super) fn stores(&self) -> usize {
        self.courses.len()
    }

    /// Number of branches, the empty root included.
    pub(super) fn live(&self) -> usize {
        self.live
    }

    pub(super) fn branch(&self, index: usize) -> &Branch {
        &self.branches[index]
    }

    pub(super) fn branch_mut(&mut self, index: usize) -> &mut Branch {
        &mut self.branches[index]
    }

    /// Adds a branch; its number.
    pub(super) fn grow(&mut self, now: SimTime, writer: Store, epoch: u64, fork: Point) -> usize {
        let index = self.live;
        if index == self.branches.len() {
            self.branches.push(Branch::new());
        }
        self.branches[index].reopen(index, now, writer, epoch, fork);
        self.live += 1;
        index
    }

    /// What `store` does now.
    fn course(&self, store: Store) -> &Course {
        &self.courses[store].last().expect("a course has a leg from the start on").course
    }

    /// The branch that `store` writes now.
    #[inline]
    pub(super) fn writes(&self, store: Store) -> Option<usize> {
        match self.course(store) {
            Course::Write(branch) => Some(*branch),
            Course::Rest(_) | Course::Follow(_) => None,
        }
    }

    /// The stream into `store`.
    pub(super) fn feed(&self, store: Store) -> Option<&Feed> {
        match self.course(store) {
            Course::Follow(feed) => Some(feed),
            Course::Rest(_) | Course::Write(_) => None,
        }
    }

    /// The stream into `replica` if it comes straight from `source`.
    pub(super) fn feed_from(&self, replica: Store, source: Store) -> Option<&Feed> {
        self.feed(replica).filter(|feed| feed.source == source)
    }

    pub(super) fn turn(&mut self, now: SimTime, store: Store, course: Course) {
        let legs = &mut self.courses[store];
        if legs.len() > 1 && legs.last().is_some_and(|leg| leg.from == now) {
            legs.pop();
        }
        legs.push(Leg { from: now, course });
    }

    /// Changes the speed of a stream, or only notes how far it has come, so that nobody has to look back further.
    pub(super) fn pace(&mut self, now: SimTime, replica: Store, writes_per_second: u64) {
        if let Some(mut feed) = self.feed(replica).copied() {
            feed.start = self.held(replica, now);
            if now >= feed.begins {
                let input = self.held(feed.source, now.saturating_sub(feed.delay));
                (feed.begins, feed.level) = (now, feed.start.volume == input.volume);
            }
            feed.writes_per_second = writes_per_second;
            self.turn(now, replica, Course::Follow(feed));
        }
    }

    /// Notes how far those have come that `source` feeds, where that takes looking back.
    pub(super) fn note_feeds(&mut self, now: SimTime, source: Store) {
        for replica in 0..self.stores() {
            let feed = self.feed_from(replica, source).filter(|feed| !self.keeps_up(feed));
            if let Some(speed) = feed.map(|feed| feed.writes_per_second) {
                self.pace(now, replica, speed);
            }
        }
    }

    /// A queue that was empty at first stays empty while its source writes one branch, and never faster than the stream:
    /// then what arrives is what the source held one delay ago, whatever else happened meanwhile.
    fn keeps_up(&self, feed: &Feed) -> bool {
        let writes = |leg: &Leg| match leg.course {
            Course::Write(branch) => {
                leg.from + feed.delay <= feed.begins && self.branches[branch].peak <= feed.writes_per_second
            }
            Course::Rest(_) | Course::Follow(_) => false,
        };
        feed.level && self.courses[feed.source].last().is_some_and(writes)
    }

    /// What `store` held at a moment that is not in the future.
    pub(super) fn held(&self, store: Store, at: SimTime) -> Point {
        self.steps.set(self.steps.get() + 1);
        let legs = &self.courses[store];
        let leg = legs.iter().rev().find(|leg| leg.from <= at).unwrap_or(&legs[0]);
        match leg.course {
            Course::Rest(point) => point,
            Course::Write(branch) => self.head(branch, at),
            Course::Follow(feed) => self.arrived(&feed, at),
        }
    }

    /// How far `branch` had been written at a moment after its opening.
    pub(super) fn head(&self, branch: usize, at: SimTime) -> Point {
        let written = &self.branches[branch];
        let at = at.min(written.closed);
        Point { branch, at, volume: written.volume(at) }
    }

    /// What a stream had brought. A fluid queue with input A and speed c holds back nothing more than it must:
    /// its output at time t is the least of A(s) + c (t - s) over all s up to t. Between two corners of A that
    /// is linear in s, so the corners are enough.
    fn arrived(&self, feed: &Feed, at: SimTime) -> Point {
        if at < feed.begins {
            return feed.start;
        }
        let input = self.held(feed.source, at.saturating_sub(feed.delay));
        let speed = feed.writes_per_second;
        if speed == UNLIMITED || self.keeps_up(feed) {
            return input;
        }
        let mut volume = input.volume.min(feed.start.volume + volume_of(speed, feed.begins, at));
        self.corners_of_input(feed, at, &mut |corner, input| {
            volume = volume.min(input + volume_of(speed, corner, at));
        });
        if volume == input.volume { input } else { self.locate(input, volume) }
    }

    /// How long until a write of now arrives at the other end of `feed`: the inverse of what a fluid queue does.
    /// `None`: for ever.
    pub(super) fn way(&self, now: SimTime, replica: Store, feed: &Feed) -> Option<Span> {
        let speed = feed.writes_per_second;
        if speed == UNLIMITED || self.keeps_up(feed) {
            return Some(feed.delay);
        }
        let head = self.held(feed.source, now).volume;
        let (since, start) = self.queue_state(now, replica, feed);
        let mut arrival = (now + feed.delay).max(since + drained(head - start, speed)?);
        let mut stuck = false;
        self.corners_of_input(
            feed,
            now + feed.delay,
            &mut |corner, input| match drained(head - input, speed) {
                Some(wait) => arrival = arrival.max(corner + wait),
                None => stuck = true,
            },
        );
        (!stuck).then(|| arrival.since(now))
    }

    /// From when on the queue of `feed` empties, and what the replica holds until then.
    fn queue_state(&self, now: SimTime, replica: Store, feed: &Feed) -> (SimTime, Volume) {
        if now < feed.begins {
            (feed.begins, feed.start.volume)
        } else {
            (now, self.held(replica, now).volume)
        }
    }

    /// The corners of what enters the queue, from its beginning until `upto`, with the volume that had come in by
    /// then.
    fn corners_of_input(&self, feed: &Feed, upto: SimTime, visit: &mut dyn FnMut(SimTime, Volume)) {
        let (after, before) = (feed.begins.saturating_sub(feed.delay), upto.saturating_sub(feed.delay));
        self.corners(feed.source, after, before, &mut |corner| {
            visit(corner + feed.delay, self.held(feed.source, corner).volume);
        });
    }

    /// Calls `visit` with every moment strictly between two others at which what `store` holds may have begun to
    /// grow faster. (Where growth slows down no minimum can lie.)
    fn corners(&self, store: Store, after: SimTime, before: SimTime, visit: &mut dyn FnMut(SimTime)) {
        let mut end = before;
        for leg in self.courses[store].iter().rev() {
            if leg.from < end {
                let begin = leg.from.max(after);
                if leg.from > after {
                    visit(leg.from);
                }
                self.corners_of_leg(&leg.course, begin, end, visit);
                end = begin;
            }
            if leg.from <= after {
                break;
            }
        }
    }

    fn corners_of_leg(
        &self,
        course: &Course,
        after: SimTime,
        before: SimTime,
        visit: &mut dyn FnMut(SimTime),
    ) {
        match course {
            Course::Rest(_) => {}
            Course::Write(branch) => self.branches[*branch].rate_changes(after, before).for_each(visit),
            Course::Follow(feed) => {
                if after < feed.begins && feed.begins < before {
                    visit(feed.begins);
                }
                let after = after.max(feed.begins).saturating_sub(feed.delay);
                let before = before.saturating_sub(feed.delay);
                self.corners(feed.source, after, before, &mut |corner| visit(corner + feed.delay));
            }
        }
    }

    /// The last place on the history of `tip` at which no more than `volume` had been written.
    fn locate(&self, tip: Point, volume: Volume) -> Point {
        let mut until = tip;
        while self.branches[until.branch].base() > volume {
            self.steps.set(self.steps.get() + 1);
            until = self.branches[until.branch].fork;
        }
        let at = self.branches[until.branch].moment(volume, until.at);
        Point { branch: until.branch, at, volume }
    }

    /// Where two histories part: the last point that is on both.
    pub(super) fn common(&self, a: Point, b: Point) -> Point {
        let (mut a, mut b) = (a, b);
        while a.branch != b.branch {
            self.steps.set(self.steps.get() + 1);
            // A branch grows out of an older one, so the younger cannot be an ancestor of the other.
            let younger = if a.branch > b.branch { &mut a } else { &mut b };
            *younger = self.branches[younger.branch].fork;
        }
        Point { branch: a.branch, at: a.at.min(b.at), volume: a.volume.min(b.volume) }
    }

    /// How much of `branch` belongs to the history that ends at `tip`, which goes back along it to no branch younger than
    /// `branch`.
    pub(super) fn covered(&self, branch: usize, tip: &mut Point) -> Volume {
        while tip.branch > branch {
            self.steps.set(self.steps.get() + 1);
            *tip = self.branches[tip.branch].fork;
        }
        if tip.branch == branch { tip.volume } else { self.branches[branch].base() }
    }

    /// Log time from `from` to `tip`, of which it is an earlier point.
    pub(super) fn distance(&self, from: Point, tip: Point) -> Span {
        let (mut total, mut tip) = (Span::ZERO, tip);
        let written =
            |branch: &Branch, from: SimTime, to: SimTime| to.since(from) - branch.pauses.between(from, to);
        while tip.branch != from.branch {
            let branch = &self.branches[tip.branch];
            total += written(branch, branch.opened, tip.at);
            tip = branch.fork;
        }
        total + written(&self.branches[tip.branch], from.at, tip.at)
    }

    /// Whether `store` is fed, over any number of steps, by `other`.
    pub(super) fn follows(&self, store: Store, other: Store) -> bool {
        let mut at = Some(store);
        while let Some(store) = at {
            if store == other {
                return true;
            }
            at = self.feed(store).map(|feed| feed.source);
        }
        false
    }

    #[inline]
    pub(super) fn name(&self, point: Point) -> Position {
        let branch = &self.branches[point.branch];
        Position { epoch: branch.epoch, at: branch.pauses.last_active(point.at) }
    }
}

/// How long a queue of `volume` takes at `speed` writes per second; `None`: for ever.
fn drained(volume: Volume, speed: u64) -> Option<Span> {
    let nanos =
        volume.checked_next_multiple_of(Volume::from(speed).max(1))?.checked_div(Volume::from(speed))?;
    Some(Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
}
