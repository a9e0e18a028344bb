//! Idle time is free: while all is as usual, the world leaps to shortly before the next fault.
//!
//! ```text
//!   start      everyone at rest                      fault
//!     |---------------|- - - - - leap - - - - -|--------|-----> simulated time
//!     |---------------|                        |--------|-----> every node's clock
//! ```
//!
//! To the nodes the leap does not exist: their clocks do not move in it, and what was pending stays as far away as
//! it was. What goes on in it are writes, name servers and measures, which are functions of time. It is allowed
//! only where nothing could have happened: every agent says that it is at rest, everyone is served, no task is
//! under way, and the network is calm, so that no heartbeat would have been lost.

use sim::{Agenda, SimTime};
use units::Span;

use super::World;
use super::machines::Machine;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::{Agent, Logic};

impl<L: Logic, J: Journal> World<L, J> {
    /// When to look for the first time whether all is as usual.
    pub(super) fn expect_idle(&self, now: SimTime, agenda: &mut Agenda<Event>) {
        if self.model.calm {
            agenda.schedule(now + self.round() * 2, Event::Idle);
        }
    }

    pub(super) fn idle(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        // Land a few rounds before the fault: what nodes know of each other is as fresh as it always is.
        let land = self.measures.next_edge(now).saturating_sub(self.round() * 3);
        if now >= land || !self.everything_usual(now) {
            return self.look_again_for_idleness(now, agenda);
        }
        let by = land.since(now);
        agenda.postpone(by, |event| !event.is_scripted());
        for machine in &mut self.machines {
            machine.leap(now, by);
        }
        self.clients_leap(by);
        self.look_again_for_idleness(land, agenda);
    }

    /// Until the first fault, and where faults go on until the horizon also between them.
    fn look_again_for_idleness(&self, now: SimTime, agenda: &mut Agenda<Event>) {
        let between = self.measures.last_edge >= SimTime::ZERO + self.model.horizon;
        if between || now < self.measures.first_edge.saturating_sub(self.round() * 3) {
            agenda.schedule(now + self.round(), Event::Idle);
        }
    }

    /// In one round everybody has heard everybody.
    fn round(&self) -> Span {
        self.model.terms.round()
    }

    fn everything_usual(&self, now: SimTime) -> bool {
        let usual = |machine: &Machine<L::Agent>| machine.powered && machine.agent.is_some();
        self.machines.iter().all(usual) && self.next_patrol(now) == SimTime::MAX && self.at_rest(now)
    }

    /// Nothing will happen by itself any more: every agent that runs is at rest, no database has anything to do,
    /// and nobody waits for service.
    pub(super) fn at_rest(&self, now: SimTime) -> bool {
        let still = |machine: &Machine<L::Agent>| {
            let agent = machine.agent.as_ref();
            let rests = agent.is_none_or(|agent| agent.at_rest(machine.clock.read(now)));
            rests && machine.undisturbed() && machine.database.idle()
        };
        self.unrest == 0 && !self.measures.is_down() && self.converged() && self.machines.iter().all(still)
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
            && !coming_up
            && !counting
            && self.slowness.is_worked_off()
    }
}
