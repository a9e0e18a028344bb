use crate::{Agenda, Digest, Due, Event, SimTime};

/// What a simulation is about: state that events change.
pub trait World {
    /// What can happen.
    type Event: Event;

    /// Lets `event` happen at `now` and schedules what follows from it.
    fn handle(&mut self, now: SimTime, event: Self::Event, agenda: &mut Agenda<Self::Event>);

    /// Whether nothing that may still happen is of interest. Asked before every event.
    fn finished(&self) -> bool {
        false
    }
}

/// What bounds a run: every run has both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Events after this moment do not happen; those at it do.
    pub horizon: SimTime,
    /// At most this many events happen.
    pub events_max: u64,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stop {
    /// The world said that it was finished.
    Finished,
    /// The next event lies beyond the horizon.
    Horizon,
    /// Nothing is left to happen.
    Idle,
    /// The events allowed are used up: a world that makes events without end, or a limit set too low.
    EventLimit,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Why.
    pub stop: Stop,
    /// When: the horizon if that stopped it, else the last event.
    pub at: SimTime,
    /// How many events happened.
    pub events: u64,
    /// Fingerprint of all of them: time, sequence number and content.
    pub digest: Digest,
}

/// Runs `world`: takes the next event, folds it into the digest, lets it happen; until a reason to stop.
///
/// A run stopped at its horizon goes on where it was when called again with a later one.
pub fn run<W: World>(world: &mut W, agenda: &mut Agenda<W::Event>, limits: Limits) -> Outcome {
    let mut digest = Digest::new();
    let mut events = 0;
    let stop = loop {
        match next(world.finished(), agenda, limits, events) {
            Ok(due) => {
                due.fold(&mut digest);
                events += 1;
                world.handle(due.at, due.event, agenda);
            }
            Err(stop) => break stop,
        }
    };
    Outcome { stop, at: stop.moment(agenda.now(), limits), events, digest }
}

/// The next event that may happen, or why none may.
#[inline]
pub(crate) fn next<E: Event>(
    finished: bool,
    agenda: &mut Agenda<E>,
    limits: Limits,
    events: u64,
) -> Result<Due<E>, Stop> {
    if finished {
        return Err(Stop::Finished);
    }
    if events >= limits.events_max {
        return Err(Stop::EventLimit);
    }
    match agenda.pop_by(limits.horizon) {
        Some(due) => Ok(due),
        None if agenda.is_empty() => Err(Stop::Idle),
        None => Err(Stop::Horizon),
    }
}

impl Stop {
    /// When a run stopped whose last event happened at `last`.
    pub(crate) fn moment(self, last: SimTime, limits: Limits) -> SimTime {
        match self {
            // A run that is called again with an earlier horizon has long been there.
            Stop::Horizon => limits.horizon.max(last),
            Stop::Finished | Stop::Idle | Stop::EventLimit => last,
        }
    }
}

impl<E: Event> Due<E> {
    /// Folds time, sequence number and event. The sequence number is in it so that two runs that scheduled in another
    /// order differ at once, and not only when that order shows.
    #[inline]
    pub(crate) fn fold(&self, digest: &mut Digest) {
        digest.word(self.at.as_nanos());
        digest.word(self.sequence);
        self.event.fold(digest);
    }
}
