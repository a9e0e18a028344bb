use units::Span;

use crate::{Digest, SimTime};

/// Something that happens at a moment: a plain value, best of 24 to 32 bytes, that can be told apart and fingerprinted.
pub trait Event: Copy + std::fmt::Debug + PartialEq {
    /// Feeds everything that distinguishes this event to the digest.
    fn fold(&self, digest: &mut Digest);
}

/// An event whose time has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Due<E> {
    /// When.
    pub at: SimTime,
    /// How many events had been scheduled before this one; of one that comes last, 2^39 and its rank.
    pub sequence: u64,
    /// What.
    pub event: E,
}

/// What is still to happen, earliest first; events of the same moment in the order they were scheduled, and after all of
/// them those that were to come last, by their rank.
///
/// Keys of 16 bytes beside a slab of events that never move. A key holds time, sequence number and slot in one integer,
/// so that a comparison is one subtraction, and no two keys are the same:
///
/// ```text
///  127            64 63        24 23      0
/// | time in nanos   | sequence   | slot    |
/// ```
///
/// What comes last has the upper half of all sequence numbers, and its rank for one; two of the same rank would be told
/// apart by their slots alone, which say nothing.
///
/// The next few keys lie in a short sorted list, all others in a 4-ary heap, four siblings to a cache line. A small
/// world never has more than fit into the list, where taking the earliest is free, and putting one in moves a few of
/// its neighbours.
#[derive(Clone, Debug)]
pub struct Agenda<E: Event> {
    /// The earliest keys, the earliest of all at the end: each is less than every key of `later`.
    soon: Vec<u128>,
    /// A heap.
    later: Vec<u128>,
    /// Events by slot.
    events: Vec<E>,
    /// Slots that may be used again.
    free: Vec<u32>,
    /// Keys of events set aside; their slots stay taken.
    aside: Vec<u128>,
    scheduled: u64,
    now: SimTime,
}

/// The sorted list holds at most so many keys; half as many move from or to the heap at once.
const SOON_MAX: usize = 32;
/// Children per node of the heap.
const ARITY: usize = 4;
const SLOT_BITS: u32 = 24;
/// The first sequence number of what comes last; all numbers fit in what slots leave of 64 bits.
const LAST: u64 = 1 << (64 - SLOT_BITS - 1);

impl<E: Event> Agenda<E> {
    /// An empty agenda at the start of time.
    pub const fn new() -> Agenda<E> {
        Agenda {
            soon: Vec::new(),
            later: Vec::new(),
            events: Vec::new(),
            free: Vec::new(),
            aside: Vec::new(),
            scheduled: 0,
            now: SimTime::ZERO,
        }
    }

    /// How many events are pending, those set aside among them.
    pub fn len(&self) -> usize {
        self.soon.len() + self.later.len() + self.aside.len()
    }

    /// Whether nothing is left to happen.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The time of the event popped last.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Back to a new agenda, but with the memory kept.
    pub fn clear(&mut self) {
        self.soon.clear();
        self.later.clear();
        self.events.clear();
        self.free.clear();
        self.aside.clear();
        self.scheduled = 0;
        self.now = SimTime::ZERO;
    }

    /// Lets `event` happen at `at`, after all that was scheduled for that moment before.
    ///
    /// # Panics
    ///
    /// If `at` is before [`Agenda::now`], after 2^39 events in one run, or with more than 2^24 pending.
    #[inline]
    pub fn schedule(&mut self, at: SimTime, event: E) {
        let sequence = self.scheduled;
        assert!(sequence < LAST, "a run is bounded long before its 2^39th event");
        self.scheduled += 1;
        self.enter(at, sequence, event);
    }

    /// Lets `event` happen at `at`, after all else for that moment that is on the agenda by then, whenever it was
    /// scheduled; those that come last in the order of their rank, whichever was scheduled first. What is scheduled for the
    /// moment while they happen comes before those that are left. Of the same moment and rank there should be one that
    /// matters at most, the others coming to nothing: their slots decide which is first, and those depend on all that went
    /// before.
    ///
    /// # Panics
    ///
    /// If `at` is before [`Agenda::now`], or with more than 2^24 pending.
    #[inline]
    pub fn schedule_last(&mut self, at: SimTime, rank: u32, event: E) {
        self.enter(at, LAST | u64::from(rank), event);
    }

    #[inline]
    fn enter(&mut self, at: SimTime, sequence: u64, event: E) {
        assert!(at >= self.now, "the past is over: at {:?} nothing can be scheduled for {at:?}", self.now);
        let slot = self.put(event);
        let key = (u128::from(at.as_nanos()) << 64) | u128::from(sequence << SLOT_BITS) | u128::from(slot);
        self.insert(key);
    }

    /// Takes the earliest event off the agenda and advances [`Agenda::now`] to it.
    #[inline]
    pub fn pop(&mut self) -> Option<Due<E>> {
        self.pop_by(SimTime::MAX)
    }

    /// Takes the earliest event off the agenda unless it lies after `horizon`.
    #[inline]
    pub fn pop_by(&mut self, horizon: SimTime) -> Option<Due<E>> {
        if self.soon.is_empty() {
            self.refill();
        }
        let key = *self.soon.last()?;
        let at = time_of(key);
        if at > horizon {
            return None;
        }
        self.soon.pop();
        self.now = at;
        let slot = slot_of(key);
        self.free.push(slot);
        Some(Due { at, sequence: (key as u64) >> SLOT_BITS, event: self.events[slot as usize] })
    }

    /// Takes every pending event that `which` picks off the agenda, to be brought back later: for a stretch of time in
    /// which nothing of theirs happens.
    pub fn set_aside(&mut self, which: impl Fn(&E) -> bool) {
        let (events, aside) = (&self.events, &mut self.aside);
        let mut stays = |key: &u128| {
            let picked = which(&events[slot_of(*key) as usize]);
            if picked {
                aside.push(*key);
            }
            !picked
        };
        self.soon.retain(&mut stays);
        self.later.retain(&mut stays);
        // A sorted list is a heap.
        self.later.sort_unstable();
    }

    /// Drops every pending event that `which` picks: it will not happen.
    pub fn drop_all(&mut self, which: impl Fn(&E) -> bool) {
        let (events, free) = (&self.events, &mut self.free);
        let mut stays = |key: &u128| {
            let picked = which(&events[slot_of(*key) as usize]);
            if picked {
                free.push(slot_of(*key));
            }
            !picked
        };
        self.soon.retain(&mut stays);
        self.later.retain(&mut stays);
        // A sorted list is a heap.
        self.later.sort_unstable();
    }

    /// Moves every pending event to the time that `to` gives for it and its time; it stays where that is `None`. Of what comes to
    /// lie at one moment, what was scheduled first happens first.
    ///
    /// # Panics
    ///
    /// If a time is before [`Agenda::now`].
    pub fn reschedule(&mut self, to: impl Fn(&E, SimTime) -> Option<SimTime>) {
        let (events, now) = (&self.events, self.now);
        let mut moved = Vec::new();
        let mut stays = |key: &u128| {
            let Some(at) = to(&events[slot_of(*key) as usize], time_of(*key)) else { return true };
            assert!(at >= now, "the past is over: at {now:?} nothing can be moved to {at:?}");
            moved.push((u128::from(at.as_nanos()) << 64) | u128::from(*key as u64));
            false
        };
        self.soon.retain(&mut stays);
        self.later.retain(&mut stays);
        // A sorted list is a heap.
        self.later.sort_unstable();
        moved.into_iter().for_each(|key| self.insert(key));
    }

    /// Whether any pending event is one that `which` picks. Looks at all of them.
    pub fn holds(&self, which: impl Fn(&E) -> bool) -> bool {
        self.soon.iter().chain(&self.later).any(|key| which(&self.events[slot_of(*key) as usize]))
    }

    /// Puts what was set aside back on the agenda, everything `by` later than it was.
    ///
    /// # Panics
    ///
    /// If any of it would come to lie before [`Agenda::now`].
    pub fn bring_back(&mut self, by: Span) {
        let later = u128::from(by.as_nanos()) << 64;
        for at in 0..self.aside.len() {
            let key = self.aside[at] + later;
            assert!(time_of(key) >= self.now, "what was set aside cannot come back in the past");
            self.insert(key);
        }
        self.aside.clear();
    }

    /// When the earliest pending event happens that `which` picks, told when each does. Looks at all of them.
    pub fn earliest(&self, which: impl Fn(&E, SimTime) -> bool) -> Option<SimTime> {
        let picks = |key: u128| which(&self.events[slot_of(key) as usize], time_of(key));
        let picked = self.soon.iter().chain(&self.later).filter(|key| picks(**key));
        picked.min().map(|&key| time_of(key))
    }

    /// When the earliest event happens.
    pub fn peek(&self) -> Option<SimTime> {
        self.soon.last().or(self.later.first()).map(|&key| time_of(key))
    }

    /// Keeps `event` in a slot, the one freed last if there is one: it is still in the cache.
    #[inline]
    fn put(&mut self, event: E) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.events[slot as usize] = event;
            return slot;
        }
        let slot = self.events.len();
        assert!(slot >> SLOT_BITS == 0, "a model with 2^24 pending events schedules what nobody observes");
        self.events.push(event);
        slot as u32
    }

    #[inline]
    fn insert(&mut self, key: u128) {
        if self.soon.len() == SOON_MAX {
            self.put_off();
        }
        let comes_soon = self.later.is_empty() || self.soon.first().is_some_and(|latest| key < *latest);
        if !comes_soon {
            self.later.push(key);
            return self.sift_up(key);
        }
        let mut at = self.soon.len();
        self.soon.push(key);
        while at > 0 && self.soon[at - 1] < key {
            self.soon[at] = self.soon[at - 1];
            at -= 1;
        }
        self.soon[at] = key;
    }

    /// Makes room in the sorted list.
    #[cold]
    fn put_off(&mut self) {
        for at in 0..SOON_MAX / 2 {
            let key = self.soon[at];
            self.later.push(key);
            self.sift_up(key);
        }
        self.soon.drain(..SOON_MAX / 2);
    }

    /// Moves the earliest keys of the heap to the sorted list, which is empty.
    #[cold]
    fn refill(&mut self) {
        while self.soon.len() < SOON_MAX / 2
            && let Some(last) = self.later.pop()
        {
            let earliest = match self.later.first().copied() {
                Some(root) => {
                    self.sift_down(last);
                    root
                }
                None => last,
            };
            self.soon.push(earliest);
        }
        self.soon.reverse();
    }

    /// Walks from the root down to where `key` belongs.
    #[inline]
    fn sift_down(&mut self, key: u128) {
        let keys = &mut self.later[..];
        let mut at = 0;
        loop {
            let first = at * ARITY + 1;
            let Some((child, least)) = least_of(keys, first) else { break };
            if least > key {
                break;
            }
            keys[at] = least;
            at = child;
        }
        keys[at] = key;
    }

    /// Walks from the last leaf up to where `key` belongs.
    #[inline]
    fn sift_up(&mut self, key: u128) {
        let mut at = self.later.len() - 1;
        while at > 0 {
            let parent = (at - 1) / ARITY;
            if self.later[parent] < key {
                break;
            }
            self.later[at] = self.later[parent];
            at = parent;
        }
        self.later[at] = key;
    }
}

/// The least of up to four siblings from `first` on, and where it is.
#[inline]
fn least_of(keys: &[u128], first: usize) -> Option<(usize, u128)> {
    if let Some(&[a, b, c, d]) = keys.get(first..first + ARITY) {
        let (left, ab) = if b < a { (first + 1, b) } else { (first, a) };
        let (right, cd) = if d < c { (first + 3, d) } else { (first + 2, c) };
        return Some(if cd < ab { (right, cd) } else { (left, ab) });
    }
    let siblings = keys.get(first..)?;
    siblings.iter().enumerate().min_by_key(|&(_, key)| *key).map(|(at, &key)| (first + at, key))
}

#[inline]
fn time_of(key: u128) -> SimTime {
    SimTime::from_nanos((key >> 64) as u64)
}

#[inline]
fn slot_of(key: u128) -> u32 {
    key as u32 & ((1 << SLOT_BITS) - 1)
}

impl<E: Event> Default for Agenda<E> {
    fn default() -> Agenda<E> {
        Agenda::new()
    }
}
