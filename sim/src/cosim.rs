//! Co-simulation: the agenda and another simulation share one clock.
//!
//! The peer, for example a `turmoil::Sim` full of async hosts, advances in steps of its own. It never runs ahead of the
//! next event of the agenda; when that event happens the peer lags behind by less than one of its steps:
//!
//! ```text
//! agenda  ----x-----------------------x---->      x: event, may act on the peer (crash a host)
//! peer    |---|---|---|---|---|---|---|---|>      |: end of a step; what the peer did in it is collected
//! ```
//!
//! So an event acts on the peer early by less than a step, what the peer does is seen late by at most a step, and
//! neither ever hears from its future.

#[cfg(any(test, feature = "turmoil"))]
mod of_turmoil;
#[cfg(test)]
mod tests;

#[cfg(any(test, feature = "turmoil"))]
pub use of_turmoil::TurmoilPeer;

use crate::run::next;
use crate::{Agenda, Digest, Event, Limits, Outcome, SimTime};

/// A simulation that can be driven in steps.
pub trait Peer {
    /// Why it cannot go on.
    type Error;

    /// How far it has come.
    fn now(&self) -> SimTime;

    /// Advances by one step if that ends at or before `until`, and says whether it did. A peer that knows its next event
    /// may jump to it; one with a fixed tick advances by that.
    ///
    /// # Errors
    ///
    /// Whatever goes wrong inside the peer.
    fn step(&mut self, until: SimTime) -> Result<bool, Self::Error>;
}

/// A world part of which lives in a peer.
pub trait JointWorld {
    /// What can happen in the world's own part.
    type Event: Event;
    /// The other part.
    type Peer: Peer;

    /// Lets `event` happen at `now`, to the world or to the peer.
    fn handle(
        &mut self,
        now: SimTime,
        event: Self::Event,
        agenda: &mut Agenda<Self::Event>,
        peer: &mut Self::Peer,
    );

    /// Called after every step of the peer, which ended at `now`: turns what it did into events.
    fn collect(&mut self, now: SimTime, peer: &mut Self::Peer, agenda: &mut Agenda<Self::Event>);

    /// Whether nothing that may still happen is of interest. Asked before every event and every step.
    fn finished(&self) -> bool {
        false
    }
}

/// Runs a world and its peer: steps the peer up to the next event, lets that happen, and so on. Like
/// [`run`](crate::run()), with two differences: only events of the agenda are counted and folded into the digest, and an
/// empty agenda ends the run only when the peer has reached the horizon.
///
/// # Errors
///
/// The first error of the peer.
///
/// # Panics
///
/// If the peer says that it took a step while its clock stood still or passed the next event.
pub fn run_together<W: JointWorld>(
    world: &mut W,
    agenda: &mut Agenda<W::Event>,
    peer: &mut W::Peer,
    limits: Limits,
) -> Result<Outcome, <W::Peer as Peer>::Error> {
    let mut digest = Digest::new();
    let mut events = 0;
    let stop = loop {
        if !world.finished() && advance(agenda, peer, limits.horizon)? {
            world.collect(peer.now(), peer, agenda);
            continue;
        }
        match next(world.finished(), agenda, limits, events) {
            Ok(due) => {
                due.fold(&mut digest);
                events += 1;
                world.handle(due.at, due.event, agenda, peer);
            }
            Err(stop) => break stop,
        }
    };
    let last = agenda.now().max(peer.now());
    Ok(Outcome { stop, at: stop.moment(last, limits), events, digest })
}

/// One step of the peer, if one fits before the next event.
fn advance<E: Event, P: Peer>(agenda: &Agenda<E>, peer: &mut P, horizon: SimTime) -> Result<bool, P::Error> {
    let until = agenda.peek().map_or(horizon, |next| next.min(horizon));
    let before = peer.now();
    let stepped = peer.step(until)?;
    assert!(
        !stepped || (before < peer.now() && peer.now() <= until),
        "a step from {before:?} up to {until:?} at most cannot end at {:?}",
        peer.now()
    );
    Ok(stepped)
}
