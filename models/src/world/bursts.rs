//! When faults strike: once, in bursts, or again and again until the horizon.
//!
//! All moments are drawn when a run begins, from streams of each fault's own, so the next edge of the script is
//! known at any time, and what the cluster does changes none of them. Of a fault that waits for a step they are drawn when
//! that is reached, from the same streams.
//!
//! ```text
//!   burst:   |-every-|--every--|              each strike is a fault of its own; they may overlap
//!            S-----------------------H
//!                    S-----------------------H
//!   endless: |---every---|      |-every-|     one after the other: a strike waits for the last one's end
//!            S--------H  S--------------HS--...
//! ```

use std::sync::Arc;

use scenarios::When;
use sim::{Agenda, SimTime, Stream};
use units::Span;

use super::World;
use super::faults::FaultState;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{FaultModel, RepeatModel, Timing};

/// What a fault draws besides its moment, each from a stream of its own.
const PAUSES: u64 = 1;
const LENGTHS: u64 = 2;
const DICE: u64 = 3;
const LINKS: u64 = 1 << 40;

/// No run has more strikes of one fault; the loader refuses what would come near.
const STRIKES_MAX: usize = 20_000;

impl<L: Logic, J: Journal> World<L, J> {
    /// Puts the faults on the agenda, and the first look whether the run has settled.
    pub(super) fn script_faults(&mut self, agenda: &mut Agenda<Event>) {
        let model = Arc::clone(&self.model);
        self.faults.clear();
        self.faults.resize_with(model.faults.len(), FaultState::default);
        let firsts = model.faults.iter().enumerate().filter(|(_, fault)| fault.occurrence == 0);
        for (slot, fault) in firsts {
            self.script_fault(slot as u16, fault, agenda);
        }
        self.await_steps(agenda);
        self.look_at_the_end(agenda);
    }

    /// Looks whether the run has settled when its script is over, as far as that is known by now.
    pub(super) fn look_at_the_end(&mut self, agenda: &mut Agenda<Event>) {
        let endless = self.model.faults.iter().any(|fault| is_endless(fault.again.as_ref()));
        let edges = &mut self.measures.edges;
        edges.sort_unstable();
        let last = edges.last().copied().unwrap_or(SimTime::ZERO);
        // Rates per year are counted over the whole horizon, not up to the last strike; and the step that a fault waits for may
        // come at any time.
        let open = endless || self.triggers.are_waiting();
        let last = if open { last.max(SimTime::ZERO + self.model.horizon) } else { last };
        self.measures.last_edge = last;
        agenda.schedule(last + self.patience(), Event::Settle);
    }

    fn script_fault(&mut self, first: u16, fault: &FaultModel, agenda: &mut Agenda<Event>) {
        if let Timing::At(at) = fault.timing {
            let at = SimTime::ZERO + self.draw_moment(fault, at);
            self.script_from(at, first, fault, agenda);
        }
    }

    /// How long after the beginning of the run, or after a step, the fault strikes.
    pub(super) fn draw_moment(&self, fault: &FaultModel, at: When) -> Span {
        match at {
            When::At(span) => span,
            When::Between(from, to) => self.streams.stream(fault.key).between(from, to),
        }
    }

    /// All strikes of a fault of which the first is at `at`.
    pub(super) fn script_from(
        &mut self,
        mut at: SimTime,
        first: u16,
        fault: &FaultModel,
        agenda: &mut Agenda<Event>,
    ) {
        let (mut pauses, mut lengths) = (self.stream(fault.key, PAUSES), self.stream(fault.key, LENGTHS));
        let mut over = self.script_strike(first, at, fault, &mut lengths, agenda);
        let Some(again) = &fault.again else { return };
        let end = SimTime::ZERO + self.model.horizon;
        for time in 1..=again.times.map_or(STRIKES_MAX, |times| times as usize) {
            at += again.every.draw(&mut pauses);
            let slot = match again.times {
                Some(_) => first + time as u16,
                None => {
                    at = at.max(over);
                    first
                }
            };
            if at >= end {
                return;
            }
            over = self.script_strike(slot, at, fault, &mut lengths, agenda);
        }
    }

    /// One strike and its healing; returns when it is over.
    fn script_strike(
        &mut self,
        slot: u16,
        at: SimTime,
        fault: &FaultModel,
        lengths: &mut Stream,
        agenda: &mut Agenda<Event>,
    ) -> SimTime {
        agenda.schedule(at, Event::Strike { fault: slot });
        self.measures.edges.push(at);
        let Some(lasts) = &fault.lasts else { return at };
        let over = at + lasts.draw(lengths);
        agenda.schedule(over, Event::Heal { fault: slot });
        self.measures.edges.push(over);
        over
    }

    /// Where the fault draws whom it strikes and how long its phases last.
    pub(super) fn dice(&mut self, fault: u16) -> &mut Stream {
        let model = &self.model.faults[fault as usize];
        let fresh = self.streams.stream(model.key.occurrence(DICE + u64::from(model.occurrence)));
        self.faults[fault as usize].dice.get_or_insert(fresh)
    }

    /// Where it draws what becomes of a message on that link.
    pub(super) fn link_dice(&self, fault: u16, link: usize) -> Stream {
        let model = &self.model.faults[fault as usize];
        self.streams.stream(model.key.occurrence(LINKS | u64::from(model.occurrence) << 24 | link as u64))
    }
}

fn is_endless(again: Option<&RepeatModel>) -> bool {
    again.is_some_and(|again| again.times.is_none())
}
