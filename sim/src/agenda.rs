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
    /// How many events had been scheduled before this one.
    pub sequence: u64,
    /// What.
    pub event: E,
}

/// What is still to happen, earliest first; events of the same moment in the order they were scheduled.
///
/// A 4-ary heap of 16-byte keys beside a slab of events that never move. A key holds time, sequence number and slot in
/// one integer, so that a comparison is one subtraction, four siblings share a cache line, and ties cannot happen:
///
/// ```text
///  127            64 63        24 23      0
/// | time in nanos   | sequence   | slot    |
/// ```
///
/// Most handlers schedule one event for the one they handle. So [`Agenda::pop`] leaves a hole at the root, and the
/// next [`Agenda::schedule`] drops its key into it: one walk down the heap instead of one down and one up.
#[derive(Clone, Debug)]
pub struct Agenda<E: Event> {
    /// The heap; where `hole` is set, `keys[0]` is the key popped last and no longer counts.
    keys: Vec<u128>,
    hole: bool,
    /// Events by slot.
    events: Vec<E>,
    /// Slots that may be used again.
    free: Vec<u32>,
    /// Keys of events set aside; their slots stay taken.
    aside: Vec<u128>,
    scheduled: u64,
    now: SimTime,
}

/// Children per node of the heap.
const ARITY: usize = 4;
const SLOT_BITS: u32 = 24;
const SEQUENCE_BITS: u32 = 64 - SLOT_BITS;

impl<E: Event> Agenda<E> {
    /// An empty agenda at the start of time.
    pub const fn new() -> Agenda<E> {
        Agenda {
            keys: Vec::new(),
            hole: false,
            events: Vec::new(),
            free: Vec::new(),
            aside: Vec::new(),
            scheduled: 0,
            now: SimTime::ZERO,
        }
    }

    /// How many events are pending, those set aside among them.
    pub fn len(&self) -> usize {
        self.keys.len() - usize::from(self.hole) + self.aside.len()
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
        self.keys.clear();
        self.hole = false;
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
    /// If `at` is before [`Agenda::now`], after 2^40 events in one run, or with more than 2^24 pending.
    #[inline]
    pub fn schedule(&mut self, at: SimTime, event: E) {
        assert!(at >= self.now, "the past is over: at {:?} nothing can be scheduled for {at:?}", self.now);
        let sequence = self.scheduled;
        assert!(sequence >> SEQUENCE_BITS == 0, "a run is bounded long before its 2^40th event");
        self.scheduled += 1;
        let slot = self.put(event);
        let key = (u128::from(at.as_nanos()) << 64) | u128::from(sequence << SLOT_BITS) | u128::from(slot);
        if self.hole {
            self.hole = false;
            self.sift_down(key);
        } else {
            self.keys.push(key);
            self.sift_up(key);
        }
    }

    /// Takes the earliest event off the agenda and advances [`Agenda::now`] to it.
    #[inline]
    pub fn pop(&mut self) -> Option<Due<E>> {
        self.pop_by(SimTime::MAX)
    }

    /// Takes the earliest event off the agenda unless it lies after `horizon`.
    #[inline]
    pub fn pop_by(&mut self, horizon: SimTime) -> Option<Due<E>> {
        self.close_hole();
        let key = *self.keys.first()?;
        let at = time_of(key);
        if at > horizon {
            return None;
        }
        self.hole = true;
        self.now = at;
        let slot = slot_of(key);
        self.free.push(slot);
        Some(Due { at, sequence: (key as u64) >> SLOT_BITS, event: self.events[slot as usize] })
    }

    /// Takes every pending event that `which` picks off the agenda, to be brought back later: for a stretch of time in
    /// which nothing of theirs happens.
    pub fn set_aside(&mut self, which: impl Fn(&E) -> bool) {
        self.close_hole();
        let (events, aside) = (&self.events, &mut self.aside);
        self.keys.retain(|key| {
            let picked = which(&events[slot_of(*key) as usize]);
            if picked {
                aside.push(*key);
            }
            !picked
        });
        // A sorted list is a heap.
        self.keys.sort_unstable();
    }

    /// Puts what was set aside back on the agenda, everything `by` later than it was.
    ///
    /// # Panics
    ///
    /// If any of it would come to lie before [`Agenda::now`].
    pub fn bring_back(&mut self, by: Span) {
        self.close_hole();
        let later = u128::from(by.as_nanos()) << 64;
        for at in 0..self.aside.len() {
            let key = self.aside[at] + later;
            assert!(time_of(key) >= self.now, "what was set aside cannot come back in the past");
            self.keys.push(key);
            self.sift_up(key);
        }
        self.aside.clear();
    }

    /// When the earliest pending event happens that `which` picks. Looks at all of them.
    pub fn earliest(&self, which: impl Fn(&E) -> bool) -> Option<SimTime> {
        let pending = &self.keys[usize::from(self.hole)..];
        let picked = pending.iter().filter(|key| which(&self.events[slot_of(**key) as usize]));
        picked.min().map(|&key| time_of(key))
    }

    /// When the earliest event happens.
    pub fn peek(&self) -> Option<SimTime> {
        let earliest = if self.hole { self.keys[1..].iter().take(ARITY).min() } else { self.keys.first() };
        earliest.map(|&key| time_of(key))
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

    /// Fills the hole that the last pop left, if nothing was scheduled into it.
    #[inline]
    fn close_hole(&mut self) {
        if !self.hole {
            return;
        }
        self.hole = false;
        let last = self.keys.pop().expect("where there is a hole there is a key");
        if !self.keys.is_empty() {
            self.sift_down(last);
        }
    }

    /// Walks from the root down to where `key` belongs.
    #[inline]
    fn sift_down(&mut self, key: u128) {
        let keys = &mut self.keys[..];
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
        let mut at = self.keys.len() - 1;
        while at > 0 {
            let parent = (at - 1) / ARITY;
            if self.keys[parent] < key {
                break;
            }
            self.keys[at] = self.keys[parent];
            at = parent;
        }
        self.keys[at] = key;
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
