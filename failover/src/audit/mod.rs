//! The audit trail: what a node decided and did, in records that cannot be altered without it showing.
//!
//! ```text
//!   number 1          number 2          number 3                   other nodes
//!  .---------.       .---------.       .---------.    Anchors     .---------------------.
//!  | entry   |<--.   | entry   |<--.   | entry   |--------------->| n0: 3, 9f86d0...    |
//!  | previous|   '---| previous|   '---| previous|                | n1: 7, 60303a...    |
//!  | hash    |       | hash    |       | hash    |                '---------------------'
//!  '---------'       '---------'       '---------'
//! ```
//!
//! Every record holds the SHA-256 of the one before it, so altering, dropping or moving one shows at the next. What the
//! chain alone cannot show is that its end is missing, or that somebody made all of it anew: for that the newest
//! number and hash of every node are remembered by the others.
//!
//! *Written ahead*: a record is on disk before what it tells of is done. A [`Keeper`] gives out
//! [`Effect::Record`](crate::Effect::Record) before each task; the shell carries the task out when the
//! record is there. The one exception is [`Task::Stop`](crate::Task::Stop): a primary that lost its lease stops at
//! once, whatever its disk does, for a late stop is a split brain. What a crash can lose is therefore the record of
//! a stop, and of decisions that nothing was done about yet; the record with which the next life of the agent begins says
//! in what state it found its database.

mod anchor;
mod damage;
mod entry;
mod file;
mod found;
mod hash;
mod injections;
mod keeper;
mod trail;
mod verify;

pub use anchor::Anchor;
pub use damage::{Broken, Damage};
pub use entry::{Entry, Record};
pub use file::{Unreadable, read, write};
pub use found::{Found, Told};
pub use hash::{Hash, sha256};
pub use injections::{Injection, injections, tamper};
pub use keeper::Keeper;
pub use trail::Trail;
pub use verify::verify;

#[cfg(test)]
mod tests;
