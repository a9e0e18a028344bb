//! Idle time is free: while all agents rest, they are frozen, and only what goes on without them happens.
//!
//! ```text
//!  fault      failover is over, all at rest                          next fault
//!    |-------------------|- - - - - frozen - - - - - - - - - -|----------|----> simulated time
//!    |-------------------|                                    |----------|----> every node's clock
//!                          clients find the new primary
//! ```
//!
//! To the agents the time in which they are frozen does not exist: their clocks stand still, and what they send,
//! receive and wait for is as far away afterwards as it was before. Everything else goes on: clients, resolvers,
//! name servers, writes, measures. It is allowed only where nothing could have happened to the agents:
//!
//! - every agent says that it is at rest, and if anything is still to come, that it has learnt what there is to
//!   learn; cool-downs and the like run on ([`Agent::skip`]);
//! - no database has anything to do, no machine boots or stands still, no clock is bent;
//! - whoever fell silent at the last event outside the agents has been missed since;
//! - messages arrive in time, and no link would have lost one ([`Losses`](super::losses::Losses)).
//!
//! It lasts whole heartbeats, or whole periods of all their traffic where links lose messages, so that agents go on in
//! the phase in which they would have been. Before the first fault any phase is as likely as any other, and it may last
//! any time. It ends a good heartbeat before the next event that could concern agents, so that what they know of each
//! other is as fresh as it always is. Any such event that comes unannounced ends it at once.

use sim::{Agenda, SimTime};
use units::Span;

use super::World;
use super::machines::Machine;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::{Agent, Logic, Terms};

/// Where heartbeats and consensus fall into step only after more than this many heartbeats, their phases wander
/// anyway, and a leap lasts whole heartbeats.
const PERIOD_HEARTBEATS: u64 = 20;

/// Whether agents are frozen, and when to look whether they can be.
#[derive(Debug)]
pub(super) struct Idle {
    /// Switched off to see whether it makes a difference.
    pub(super) forbidden: bool,
    /// Since when they are.
    frozen: Option<SimTime>,
    /// The look that counts; those at other moments were overtaken.
    look_at: SimTime,
    /// The last event that agents may have yet to notice; the start of the run is none.
    pub(super) stirred: Option<SimTime>,
    /// Since when usual traffic is watched, where links lose messages.
    watched: Option<SimTime>,
}

impl Default for Idle {
    fn default() -> Idle {
        let never = SimTime::MAX;
        Idle { forbidden: false, frozen: None, look_at: never, stirred: None, watched: None }
    }
}

impl Terms {
    /// After how long agents at rest do the same again.
    fn period(&self) -> Span {
        let (beat, chatter) = (self.heartbeat.as_nanos(), self.chatter.unwrap_or(self.heartbeat).as_nanos());
        let mut beats = (1..=PERIOD_HEARTBEATS).filter(|beats| (beat * beats).is_multiple_of(chatter));
        Span::from_nanos(beat * beats.next().unwrap_or(1))
    }

    /// How often to look.
    fn glance(&self) -> Span {
        Span::from_nanos(self.beat().as_nanos() / 2)
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// This world leaps over nothing: every message of every run is sent. For seeing that leaps change nothing.
    #[must_use]
    pub fn without_leaps(mut self) -> World<L, J> {
        self.idle.forbidden = true;
        self
    }

    pub(super) fn reset_idle(&mut self, agenda: &mut Agenda<Event>) {
        self.idle = Idle { forbidden: self.idle.forbidden, ..Idle::default() };
        // Nobody has fallen silent yet: there is nothing to wait for but what agents have to say to each other at first.
        let at = if self.model.terms.founded { Span::ZERO } else { self.model.terms.glance() };
        self.look(SimTime::ZERO + at, agenda);
    }

    /// Before `event`: thaws agents that it concerns, and sees to it that somebody looks again.
    pub(super) fn disturb(&mut self, now: SimTime, event: Event, agenda: &mut Agenda<Event>) {
        if self.idle.frozen.is_some() && !event.leaves_agents_alone() {
            self.thaw(now, agenda);
        }
        if event.stirs() {
            self.idle.stirred = Some(now);
            self.idle.watched = None;
            // Where no period has to be watched before, there is nothing to see until everybody has noticed.
            let at = if self.model.calm { self.noticed() } else { now + self.model.terms.glance() };
            self.look(at, agenda);
        }
    }

    fn look(&mut self, at: SimTime, agenda: &mut Agenda<Event>) {
        if self.model.punctual && !self.idle.forbidden {
            self.idle.look_at = at;
            agenda.schedule(at, Event::Idle);
        }
    }

    /// By then everybody who fell silent at the last stir has been missed.
    fn noticed(&self) -> SimTime {
        self.idle.stirred.map_or(SimTime::ZERO, |at| at + self.model.terms.heartbeat * 2)
    }

    /// Looks whether agents can be frozen, or lets those that are go on.
    pub(super) fn idle(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        if now != self.idle.look_at {
            return;
        }
        if self.idle.frozen.is_some() {
            self.thaw(now, agenda);
        }
        let again = match self.nothing_under_way(now) && self.next_patrol(now) == SimTime::MAX {
            true => self.look_ahead(now, agenda),
            false => None,
        };
        if again.is_none() {
            self.idle.watched = None;
        }
        self.look(again.unwrap_or(now + self.model.terms.beat()), agenda);
    }

    /// All is as usual now. Returns when to look again, unless agents still learn what is usual.
    fn look_ahead(&mut self, now: SimTime, agenda: &mut Agenda<Event>) -> Option<SimTime> {
        let next = agenda.earliest(|event| !event.is_agents() && !event.leaves_agents_alone());
        let learnt =
            |machine: &Machine<L::Agent>| machine.agent.as_ref().is_none_or(|agent| agent.has_learnt());
        let known = (next.is_none() && self.model.calm) || self.machines.iter().all(learnt);
        known.then(|| self.try_to_leap(now, next, agenda))
    }

    /// Freezes the agents until shortly before `next`, or the next loss. Returns when to look again.
    fn try_to_leap(&mut self, now: SimTime, next: Option<SimTime>, agenda: &mut Agenda<Event>) -> SimTime {
        let (round, period) = (self.model.terms.round(), self.leap_unit());
        // By then everybody has beaten once, and every beat has arrived: a punctual message takes a quarter of a beat at
        // most. Those frozen at their start have yet to hear each other for the first time: landing any later would strike
        // a cluster that nobody has ever run.
        let fresh = round + Span::from_nanos(self.model.terms.beat().as_nanos() / 4);
        let land = next.map(|at| at.saturating_sub(fresh));
        // Before anything has happened, agents are in any phase as likely as in any other: there is none to keep.
        let in_any_phase = self.idle.stirred.is_none() && self.model.calm && self.model.terms.founded;
        if let Some(land) = land.filter(|land| in_any_phase && *land > now) {
            self.freeze(now, agenda);
            return land;
        }
        let mut periods = land.map_or(u64::MAX, |land| land.since(now).as_nanos() / period.as_nanos());
        if periods == 0 {
            return now + round;
        }
        if !self.model.calm {
            // One period shows how much is sent in one.
            let watched = self.idle.watched.replace(now).is_some_and(|since| now == since + period);
            let free = if watched { self.losses.stretches_without().unwrap_or(0) } else { 0 };
            if free == 0 || now < self.noticed() {
                self.losses.watch();
                return now + period;
            }
            periods = periods.min(free);
        }
        if now < self.noticed() {
            return self.noticed();
        }
        self.idle.watched = None;
        self.freeze(now, agenda);
        now + period.saturating_mul(periods)
    }

    /// A leap lasts whole multiples of this. Where no link's traffic has to be known, heartbeats are enough: agents
    /// bring whatever else they do regularly into step by themselves ([`Agent::skip`]).
    fn leap_unit(&self) -> Span {
        let terms = &self.model.terms;
        if self.model.calm { terms.heartbeat } else { terms.period() }
    }

    fn freeze(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        self.idle.frozen = Some(now);
        agenda.set_aside(Event::is_agents);
        for machine in &mut self.machines {
            machine.freeze(now);
        }
    }

    fn thaw(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        let Some(since) = self.idle.frozen.take() else { return };
        let by = now.since(since);
        agenda.bring_back(by);
        for machine in &mut self.machines {
            machine.thaw(now, by);
        }
        if !self.model.calm {
            self.losses.pass(by, self.model.terms.period());
        }
    }

    /// Nothing will happen by itself any more: every agent that runs is at rest, no database has anything to do,
    /// and nobody waits for service.
    pub(super) fn at_rest(&self, now: SimTime) -> bool {
        !self.measures.is_down() && self.everyone_served() && self.nothing_under_way(now)
    }

    /// Nothing but clients can do anything by themselves.
    fn nothing_under_way(&self, now: SimTime) -> bool {
        let still = |machine: &Machine<L::Agent>| {
            let agent = machine.agent.as_ref();
            let rests = agent.is_none_or(|agent| agent.at_rest(machine.clock.read(now)));
            machine.undisturbed() && machine.database.idle() && rests
        };
        self.unrest == 0 && self.people_rest() && self.machines.iter().all(still) && self.replicas_in_place()
    }
}

impl<A: Agent> Machine<A> {
    /// Nothing about it waits to be over: neither a standstill, nor a skewed clock, nor a boot, nor a countdown
    /// that no agent restarts.
    pub(super) fn undisturbed(&self) -> bool {
        let coming_up = self.agent.is_none() && !self.kept_down();
        let counting = self.agent.is_none() && (self.watchdog_armed || self.database.accepts());
        !self.agent_stalled()
            && self.skewed_by == 0
            && self.pending.is_empty()
            && self.trail.is_written()
            && !coming_up
            && !counting
            && self.slowness.is_worked_off()
    }
}
