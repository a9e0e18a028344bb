use std::collections::VecDeque;

use sim::{SimTime, Stream};
use units::Span;

use super::timelines::Mark;
use crate::journal::Store;

/// Index of a write among all of the run.
pub(super) type WriteId = u32;

/// One client's write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Write {
    pub(super) timeline: usize,
    pub(super) at: SimTime,
    pub(super) acknowledged: bool,
}

/// One store: its log, write by write.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    pub(super) log: Vec<WriteId>,
    /// What it did from when on; never empty.
    pub(super) roles: Vec<(SimTime, Role)>,
    /// As primary: what it writes, and how much of its log is acknowledged or not its own.
    pub(super) writing: Option<Writing>,
    pub(super) pipe: Option<Pipe>,
    pub(super) per_second: u64,
    pub(super) gaps: Stream,
    /// Counts changes of rate and of role; an arrival made under another number is void.
    pub(super) arrivals: u32,
    /// The same for connections into this store.
    pub(super) connection: u32,
    /// Who still counts it although it fell silent, and how much of the log it had confirmed.
    pub(super) lost: Option<(Store, usize)>,
    /// As primary: it waits for nobody at the moment.
    pub(super) alone: bool,
}

/// What a store does for a while, as far as its place in time is concerned.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    Rest(Mark),
    Write { timeline: usize },
    Follow { source: Store, delay: Span, connected: SimTime, before: Mark },
}

impl Copy {
    pub(super) fn role(&self, at: SimTime) -> Role {
        let of = self.roles.iter().rev().find(|(from, _)| *from <= at);
        of.expect("a store has a role from the start on").1
    }

    pub(super) fn assume(&mut self, now: SimTime, role: Role) {
        self.roles.push((now, role));
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Writing {
    pub(super) timeline: usize,
    pub(super) acknowledged: usize,
}

/// A connection from a source to a replica: a way that takes a while, then a queue with one server.
#[derive(Clone, Debug)]
pub(super) struct Pipe {
    pub(super) source: Store,
    pub(super) delay: Span,
    /// Least time between two deliveries; `None`: it delivers nothing.
    pub(super) pause: Option<Span>,
    /// Sent and not delivered, with the time of arrival; the first `queued` have arrived.
    pub(super) sent: VecDeque<(SimTime, WriteId)>,
    pub(super) queued: usize,
    pub(super) delivered: Option<SimTime>,
    /// Counts changes of the pause; a delivery planned under another number is void.
    pub(super) pace: u32,
    /// Length of log that the source knows the replica to have.
    pub(super) confirmed: usize,
    /// The source counts it among its standbys.
    pub(super) counted: bool,
}

impl Pipe {
    /// The least time between deliveries at `writes_per_second`.
    pub(super) fn pause_at(writes_per_second: u64) -> Option<Span> {
        1_000_000_000u64.checked_div(writes_per_second).map(Span::from_nanos)
    }

    /// When a write that has arrived at `arrival` is delivered, if the one before it was at `before`.
    pub(super) fn delivery(&self, arrival: SimTime, before: Option<SimTime>) -> Option<SimTime> {
        let pause = self.pause?;
        Some(before.map_or(arrival, |before| arrival.max(before + pause)))
    }

    /// When a write sent at `now` will be delivered, after all those before it.
    pub(super) fn forecast(&self, now: SimTime) -> Option<SimTime> {
        let mut before = self.delivered;
        for (arrival, _) in &self.sent {
            before = Some(self.delivery((*arrival).max(now), before)?);
        }
        self.delivery(now + self.delay, before)
    }
}
