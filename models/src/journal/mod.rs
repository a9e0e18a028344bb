//! The write-ahead logs of one replicated database, and the ledger of what its clients were told.
//!
//! The world decides *when* things happen (who is promoted, which link is cut); the journal only answers what
//! follows. Two implementations stand behind one trait: [`Lazy`] is a fluid model whose cost does not depend
//! on how much is written; [`Eager`] carries every write by itself and is there to hold the first against.
//!
//! A log is read as a function of time: a [`Position`] names the commit time of the newest write its holder
//! could have, so lag is a difference of times and a write needs no event of its own.
//!
//! ```text
//!                       fork                  acknowledged    stopped
//! primary, epoch 1  ─────┼──────── lost ───────────┼───────────┤ close
//!                        │    ▲ oldest lost write              ┊
//!                        │    └───────── span ─────────────────┘
//!                        └ ─ ─ ─ ─ ─ ─ ─ ─ ┬──────────────────────────────▶ survivor, epoch 2
//!                                        open
//! ```
//!
//! Each promotion opens a new branch of the log; it forks where the promoted store then stood. What the old
//! branch acknowledged beyond the fork is lost, and only that: what clients were never told counts for nothing.
//! `acknowledged` is the branch's close under [`Durability::Async`], and what the standbys had confirmed by then
//! otherwise. The *recovery point* ([`Loss::span`]) is the age the oldest lost write had when its branch stopped
//! acknowledging: at its close, or earlier when it lost the standbys its durability asks for, or under
//! [`Durability::Async`] when its clients stopped writing (their database hung, or they no longer reached it).
//!
//! Rules both implementations keep:
//!
//! - A stream carries nothing for its first `delay`: the connection itself takes a way. What the standby holds on
//!   connecting is confirmed at once; everything later is confirmed one delay after it arrived.
//! - A queue forms at the receiving end. Writes that wait there, or are still on the way, are gone when the
//!   stream is cut. A confirmation on its way back is gone too; what it would have acknowledged is not.
//! - A write that misses its standbys stays committed on the primary, unacknowledged, and is acknowledged when
//!   enough of them catch up again. Its branch's close ends that: then it is never acknowledged.
//! - A standby that catches up is not counted before the world says so ([`Journal::count`]), and one that fell silent
//!   is counted, with what it had confirmed, until the world says that it is missed ([`Journal::miss`]): PostgreSQL
//!   counts a standby in the state `streaming`, and drops a silent one after `wal_sender_timeout`.
//! - A primary that goes on alone tells its clients at once, also of what has waited until then.
//! - Streams may cascade (a standby feeds a standby), but only a direct standby of a primary confirms to it.
//! - Epochs are labels. Two stores that open the same epoch still write two branches, as two PostgreSQL servers
//!   promoted to the same timeline do.
use sim::{SimTime, Streams};
use units::Span;

mod durability;
mod eager;
mod lazy;
mod pauses;
#[cfg(test)]
mod tests;

pub use durability::Durability;
pub use eager::Eager;
pub use lazy::Lazy;
pub(crate) use lazy::binomial;

/// A node with a copy of the data: its index, from zero.
pub type Store = usize;

/// The speed of a stream that never holds anything back.
pub const UNLIMITED: u64 = u64::MAX;

/// Everything a store has: the whole history before `epoch`'s branch, and that branch up to `at`.
///
/// Ordered by epoch, then time: of several standbys of one primary the greatest is the most advanced. Positions
/// on branches that conflict are ordered too, but the greater need not contain the lesser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The promotion that opened the branch; zero before the first.
    pub epoch: u64,
    /// Commit time of the newest write the holder could have.
    pub at: SimTime,
}

/// Writes that clients were told were safe, and that are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// How many.
    pub writes: u64,
    /// The recovery point: how old the oldest of them was when its branch stopped acknowledging; the longest
    /// over the branches, zero without loss.
    pub span: Span,
    /// Branches that lost any. More than one: several failovers, or a split brain.
    pub conflicting_branches: u32,
}

impl Loss {
    /// Adds what one branch lost.
    fn include(&mut self, writes: u64, age: Span) {
        self.writes += writes;
        self.span = self.span.max(age);
        self.conflicting_branches += 1;
    }
}

/// The replica holds what its source does not (or the source itself follows the replica): it has to be rewound
/// before it can stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diverged;

impl std::fmt::Display for Diverged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the replica's log is not a part of its source's: rewind it first")
    }
}

impl std::error::Error for Diverged {}

/// The logs of one database with several copies.
///
/// `now` never runs backwards from call to call. Stores are indexes below the number given at construction;
/// another index is an error of the program and panics.
pub trait Journal {
    /// Forgets everything, keeps the memory: all stores hold nothing, no streams, no writes.
    fn reset(&mut self, streams: Streams);

    /// `store` begins to accept writes as primary of `epoch`, on top of what it holds. It stops following anyone;
    /// a branch it still had open is closed first.
    fn open(&mut self, now: SimTime, store: Store, epoch: u64);

    /// `store` accepts no more (crash, demotion, fence); what is not acknowledged by now never will be. What is
    /// on its way to standbys still arrives, unless the world cuts their streams as well.
    fn close(&mut self, now: SimTime, store: Store);

    /// `store` is open and accepts nothing from now on, as while it hangs. What reached it before is acknowledged as ever.
    fn pause(&mut self, now: SimTime, store: Store);

    /// `store` accepts writes again.
    fn resume(&mut self, now: SimTime, store: Store);

    /// Clients send `per_second` writes to `store` from now on, at random (Poisson); zero: none. They are
    /// turned away while it is not open. More than one store may be written at once: that is a split brain.
    fn write_rate(&mut self, now: SimTime, store: Store, per_second: u64);

    /// `replica` streams from `source` from now on, instead of from anywhere else: a write arrives `delay` after
    /// `source` had it, in order, and never faster than `writes_per_second` in all ([`UNLIMITED`]: as fast as they
    /// come). A branch the replica had open is closed first.
    ///
    /// # Errors
    /// [`Diverged`] when the replica holds what is not on its source's history; nothing changes then.
    fn stream(
        &mut self,
        now: SimTime,
        replica: Store,
        source: Store,
        delay: Span,
        writes_per_second: u64,
    ) -> Result<(), Diverged>;

    /// As [`stream`](Journal::stream), but `source` does not [`count`](Journal::count) the replica among its standbys
    /// yet: what the replica lacks is sent first.
    ///
    /// # Errors
    /// As of [`stream`](Journal::stream).
    fn catch_up(
        &mut self,
        now: SimTime,
        replica: Store,
        source: Store,
        delay: Span,
        writes_per_second: u64,
    ) -> Result<(), Diverged>;

    /// How long a write of now would wait at the end of the stream into `replica`, because of what was written before:
    /// zero where it has caught up. `None`: for ever, or there is no stream.
    fn backlog(&mut self, now: SimTime, replica: Store) -> Option<Span>;

    /// The source of `replica` counts it among its standbys from now on.
    fn count(&mut self, now: SimTime, replica: Store);

    /// As [`cut`](Journal::cut), but the source does not notice: it goes on counting the replica, with what that had
    /// confirmed, until it [misses](Journal::miss) it, is connected with it again, or closes.
    fn lose(&mut self, now: SimTime, replica: Store);

    /// The source of a stream that was [lost](Journal::lose) finds out.
    fn miss(&mut self, now: SimTime, replica: Store);

    /// Whether `store` waits for its standbys as its durability says, or goes on alone: then its clients are told at
    /// once. Each opening waits at first.
    fn wait_for_standbys(&mut self, now: SimTime, store: Store, waits: bool);

    /// Whether as many standbys as the durability asks for would confirm a write that reached `store` now. Whoever
    /// waits for nobody has them.
    fn has_standbys(&mut self, now: SimTime, store: Store) -> bool;

    /// Changes the speed of the stream into `replica`; without one, nothing.
    fn throttle(&mut self, now: SimTime, replica: Store, writes_per_second: u64);

    /// Cuts the stream into `replica`: what was committed within the last `delay`, and what was queued, does not
    /// arrive. (Measured on PostgreSQL 15: the loss over a link of 20 ms is about one one-way delay.)
    fn cut(&mut self, now: SimTime, replica: Store);

    /// What `store` holds now. Time in which nothing was [accepted](Journal::pause) moves nobody on.
    fn position(&mut self, now: SimTime, store: Store) -> Position;

    /// How much of `source`'s log `replica` lacks, in log time: the gap between the close of one branch and the
    /// opening of the next does not count, nor does a [pause](Journal::pause), because nothing was written in it.
    fn lag(&mut self, now: SimTime, replica: Store, source: Store) -> Span;

    /// How long a write that reaches `store` now waits for its acknowledgement, if links stay as they are; `None`:
    /// for ever (closed, or too few standbys connected). Waiting in the queue of a slow standby counts.
    fn acknowledgement_wait(&mut self, now: SimTime, store: Store) -> Option<Span>;

    /// `store` drops what is not on `survivor`'s history and stands at the fork; streams into and out of it are cut,
    /// and a branch it had open is closed. Returns what it dropped that clients had been told was safe.
    fn rewind(&mut self, now: SimTime, store: Store, survivor: Store) -> Loss;

    /// `store` drops everything it holds; streams into and out of it are cut, and a branch it had open is closed.
    fn wipe(&mut self, now: SimTime, store: Store);

    /// `store`, wiped before, holds from now on what `source` holds now: a full copy is complete.
    fn adopt(&mut self, now: SimTime, store: Store, source: Store);

    /// All acknowledged writes, on any branch, that `survivor` does not hold now.
    fn losses(&mut self, now: SimTime, survivor: Store) -> Loss;

    /// Writes acknowledged so far on all branches, lost or not.
    fn acknowledged(&mut self, now: SimTime) -> u64;
}
