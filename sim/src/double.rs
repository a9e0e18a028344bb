use std::fmt;

use crate::run::next;
use crate::{Agenda, Due, Event, Limits, Stop, World};

/// The first event at which two runs that should be one and the same were not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference<E: Event> {
    /// How many events the two had in common.
    pub index: u64,
    /// What the first run had.
    pub left: Side<E>,
    /// What the second run had.
    pub right: Side<E>,
}

/// What one of two runs came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side<E: Event> {
    /// It had this event.
    Event(Due<E>),
    /// It ended.
    Ended(Stop),
}

/// The double run: steps two worlds that were built alike, event by event, and names the first that differs; `None` when
/// both ended after the same events for the same reason.
///
/// Each side is a world and its agenda. Costs twice a run and no memory.
pub fn first_difference<W: World>(
    left: (&mut W, &mut Agenda<W::Event>),
    right: (&mut W, &mut Agenda<W::Event>),
    limits: Limits,
) -> Option<Difference<W::Event>> {
    let mut index = 0;
    loop {
        let sides = (come(left.0, left.1, limits, index), come(right.0, right.1, limits, index));
        if sides.0 != sides.1 {
            return Some(Difference { index, left: sides.0, right: sides.1 });
        }
        let Side::Event(due) = sides.0 else { return None };
        left.0.handle(due.at, due.event, left.1);
        right.0.handle(due.at, due.event, right.1);
        index += 1;
    }
}

fn come<W: World>(world: &W, agenda: &mut Agenda<W::Event>, limits: Limits, index: u64) -> Side<W::Event> {
    match next(world.finished(), agenda, limits, index) {
        Ok(due) => Side::Event(due),
        Err(stop) => Side::Ended(stop),
    }
}

impl<E: Event> fmt::Display for Difference<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the runs agree on {} events, then the first {} while the second {}",
            self.index, self.left, self.right
        )
    }
}

impl<E: Event> fmt::Display for Side<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Side::Event(Due { at, sequence, event }) => write!(f, "has #{sequence} {event:?} at {at:?}"),
            Side::Ended(Stop::Finished) => f.write_str("is finished"),
            Side::Ended(Stop::Horizon) => f.write_str("has nothing before its horizon"),
            Side::Ended(Stop::Idle) => f.write_str("has nothing left to do"),
            Side::Ended(Stop::EventLimit) => f.write_str("has used up its events"),
        }
    }
}
