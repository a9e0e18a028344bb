//! What is left of the error budget, as monitoring sees it and tells the agents.

use failover::Input;
use sim::{Agenda, SimTime};
use units::Span;

use super::World;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;

/// Assumed: monitoring evaluates its rules this often, as Prometheus commonly does.
const EVALUATES_EVERY: Span = Span::from_secs(30);

/// What monitoring knows.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// An evaluation is coming.
    due: bool,
    told: Option<u32>,
}

impl<L: Logic, J: Journal> World<L, J> {
    /// Something about service may have changed: monitoring will see.
    pub(super) fn watch_budget(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        if self.model.budget.is_some() && !self.budget.due && self.budget_left(now) != self.budget.told {
            self.budget.due = true;
            agenda.schedule(now + EVALUATES_EVERY, Event::Budget);
        }
    }

    #[cold]
    pub(super) fn evaluate_budget(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        let left = self.budget_left(now);
        self.budget = Budget { due: self.measures.is_down(), told: left };
        if self.budget.due {
            agenda.schedule(now + EVALUATES_EVERY, Event::Budget);
        }
        for node in 0..self.machines.len() {
            self.tell_budget(now, node, agenda);
        }
    }

    /// What monitoring found last, where there is a budget; an agent that just started, or goes on, asks for it.
    pub(super) fn tell_budget(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        if self.budget.told.is_none() {
            self.budget.told = self.budget_left(now);
        }
        let Some(left) = self.budget.told else { return };
        if self.able(node) {
            self.feed(now, node, Input::Budget { left }, agenda);
        }
    }

    /// Parts per million.
    fn budget_left(&self, now: SimTime) -> Option<u32> {
        let budget = self.model.budget?;
        let time = self.measures.client_time(now);
        let (unserved, total) = (u128::from(time.unserved.as_nanos()), u128::from(time.total.as_nanos()));
        let observed = u128::from(now.since(SimTime::ZERO).as_nanos());
        let down = (unserved * observed).checked_div(total).unwrap_or(0);
        let allowed = u128::from(budget.allowed.as_nanos()).max(1);
        let spent = u128::from(budget.spent) + down * 1_000_000 / allowed;
        Some(1_000_000u128.saturating_sub(spent) as u32)
    }
}
