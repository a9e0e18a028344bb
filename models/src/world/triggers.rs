//! Faults that wait for a step of the run.
//!
//! ```text
//!   a note, a write, a lease that runs low         strike
//!      |--- nth time ---|---------- after ----------|---- lasts ----| heal
//!                       everything from here on is scripted as if it had been from the beginning
//! ```
//!
//! Steps are what the timeline tells of nodes, and what only the world sees. None of them is routine, so no leap hides one: what
//! an agent does in a leap beyond routine ends it, and a lease that may run low forbids it as a watchdog does.

use std::sync::Arc;

use failover::{Decision, Instant, Step};
use scenarios::Trigger;
use sim::{Agenda, SimTime};
use units::Span;

use super::World;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::note::{Place, What};

/// A lease is nearly over when less than one part of so many is left of it.
const LOW: u64 = 4;

/// What faults wait for.
#[derive(Debug, Default)]
pub(super) struct Triggers {
    /// In the order of the scenario.
    waiting: Vec<Waiting>,
    /// Faults whose step was just reached, and by whom.
    reached: Vec<(u16, usize)>,
    /// Somebody waits for a lease that runs low.
    leases: bool,
}

#[derive(Debug)]
struct Waiting {
    fault: u16,
    /// So many times more the step has to be reached.
    left: u32,
}

/// When a lease runs low, of which a machine's database was told.
#[derive(Debug)]
pub(super) struct Ebb {
    /// Unless it is renewed before; [`SimTime::MAX`] while there is none.
    low_at: SimTime,
    /// It did, and was not renewed since.
    is_low: bool,
    /// When that is looked at next.
    check: SimTime,
}

impl Ebb {
    pub(super) const NONE: Ebb = Ebb { low_at: SimTime::MAX, is_low: false, check: SimTime::MAX };

    pub(super) fn forget(&mut self) {
        (self.low_at, self.is_low) = (SimTime::MAX, false);
    }

    /// So long passed in which it was renewed.
    pub(super) fn pass(&mut self, by: Span) {
        self.check += by;
        if self.low_at != SimTime::MAX {
            self.low_at += by;
        }
    }
}

impl Triggers {
    pub(super) fn reset(&mut self) {
        self.waiting.clear();
        self.reached.clear();
        self.leases = false;
    }

    pub(super) fn are_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn were_reached(&self) -> bool {
        !self.reached.is_empty()
    }

    pub(super) fn watch_leases(&self) -> bool {
        self.leases
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// From now on every fault that is to strike at a step waits for it.
    pub(super) fn await_steps(&mut self, agenda: &mut Agenda<Event>) {
        for (slot, fault) in self.model.faults.iter().enumerate().filter(|(_, fault)| fault.occurrence == 0) {
            if let Some(step) = fault.timing.step() {
                self.triggers.waiting.push(Waiting { fault: slot as u16, left: step.nth });
            }
        }
        self.find_whether_leases_matter();
        if !self.triggers.leases {
            return;
        }
        for node in 0..self.machines.len() {
            if let Some(until) = self.machines[node].told_until() {
                self.watch_lease(SimTime::ZERO, node, until, agenda);
            }
        }
    }

    fn find_whether_leases_matter(&mut self) {
        let of_lease = |waiting: &Waiting| {
            let step = self.model.faults[usize::from(waiting.fault)].timing.step();
            step.is_some_and(|step| matches!(step.trigger, Trigger::LeaseNearlyOver(_)))
        };
        self.triggers.leases = self.model.terms.lease.is_some() && self.triggers.waiting.iter().any(of_lease);
    }

    /// Looks whether somebody waits for what happened at `place`.
    #[inline(never)]
    pub(super) fn see_step(&mut self, place: Place, what: &What) {
        if let Place::Node(node) = place {
            self.reach(|trigger| shown_by(trigger, node, what));
        }
    }

    /// A node reached a step: the one that `by` gives for it.
    pub(super) fn reach(&mut self, by: impl Fn(&Trigger) -> Option<usize>) {
        if !self.triggers.are_waiting() {
            return;
        }
        let (model, primary) = (Arc::clone(&self.model), self.measures.primary);
        let Triggers { waiting, reached, .. } = &mut self.triggers;
        waiting.retain_mut(|waiting| {
            let Some(step) = model.faults[usize::from(waiting.fault)].timing.step() else { return false };
            let Some(node) = by(&step.trigger).filter(|node| step.is_about(*node, primary)) else {
                return true;
            };
            waiting.left -= 1;
            if waiting.left == 0 {
                reached.push((waiting.fault, node));
            }
            waiting.left > 0
        });
    }

    /// Lets those strike whose step was reached, when it is their time.
    #[inline(never)]
    pub(super) fn pull_triggers(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        // Nobody has foreseen what comes now.
        self.thaw(now, agenda);
        let model = Arc::clone(&self.model);
        for (first, node) in std::mem::take(&mut self.triggers.reached) {
            let fault = &model.faults[usize::from(first)];
            let Some(step) = fault.timing.step() else { continue };
            let after = self.draw_moment(fault, step.after);
            self.note(now, Place::World, || What::Reaches { fault: first.into(), node, after });
            let strikes =
                model.faults.iter().zip(&mut self.faults).filter(|(strike, _)| strike.of == fault.of);
            strikes.for_each(|(_, state)| state.that = node);
            self.script_from(now + after, first, fault, agenda);
        }
        self.find_whether_leases_matter();
        self.look_at_the_end(agenda);
    }

    /// The database of `node` was told that its lease is good until then.
    pub(super) fn watch_lease(
        &mut self,
        now: SimTime,
        node: usize,
        until: Instant,
        agenda: &mut Agenda<Event>,
    ) {
        let Some(lease) = self.model.terms.lease else { return };
        let quarter = Span::from_nanos(lease.length.as_nanos() / LOW);
        let machine = &mut self.machines[node];
        let low_at = machine.clock.when(until.saturating_sub(quarter), now);
        (machine.ebb.low_at, machine.ebb.is_low) = (low_at, false);
        if low_at < machine.ebb.check {
            machine.ebb.check = low_at;
            Event::LeaseLow { node: node as u16 }.put_off(low_at, agenda);
        }
    }

    /// A lease may have run low.
    #[cold]
    pub(super) fn lease_low(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let ebb = &mut self.machines[node].ebb;
        // An earlier end was looked at meanwhile.
        if now != ebb.check {
            return;
        }
        ebb.check = SimTime::MAX;
        if ebb.low_at == SimTime::MAX || ebb.is_low || !self.triggers.leases {
            return;
        }
        if now < ebb.low_at {
            ebb.check = ebb.low_at;
            return Event::LeaseLow { node: node as u16 }.put_off(ebb.check, agenda);
        }
        ebb.is_low = true;
        self.reach(|trigger| matches!(trigger, Trigger::LeaseNearlyOver(_)).then_some(node));
    }

    /// When the lease of `node` runs low, or did if it was not renewed since, if somebody waits for that. While it is low nobody
    /// leaps: the renewal would come in the leap, and what is counted from it.
    pub(super) fn runs_low(&self, node: usize) -> Option<SimTime> {
        let low_at = self.machines[node].ebb.low_at;
        (self.triggers.leases && low_at != SimTime::MAX).then_some(low_at)
    }
}

/// Who reached the step, if that is what `node` told.
fn shown_by(trigger: &Trigger, node: usize, what: &What) -> Option<usize> {
    use Decision as D;
    use Trigger as T;
    let shown = match (trigger, what) {
        (T::Suspected(_), What::Decides(D::Suspects(whom))) => return Some(whom.index()),
        (T::Suspects(_), What::Decides(D::Suspects(_)))
        | (T::Coordinates(_), What::Decides(D::Coordinates { .. }))
        | (T::Finds(_), What::Decides(D::Finds { .. }))
        | (T::Begins(_), What::Decides(D::Begins { .. }))
        | (T::Chooses(_), What::Decides(D::Chooses { .. }))
        | (T::HandsOver(_), What::Decides(D::HandsOver { .. }))
        | (T::Completes(_), What::Decides(D::Completes { .. }))
        | (T::LosesLease(_), What::Decides(D::LosesLease { .. }))
        | (T::Seals(_), What::Seals { .. })
        | (T::Opens(_), What::Opens { .. })
        | (T::Closes(_), What::Closes)
        | (T::AgentStarts(_), What::AgentStarts)
        | (T::Streams(_), What::Streams(_))
        | (T::CopyBegins(_), What::CopyBegins { .. }) => true,
        (trigger, What::Decides(D::StepBegins { step, .. })) => is_of_plan(trigger, *step),
        _ => false,
    };
    shown.then_some(node)
}

/// The step of a failover's plan. `Promotes` is not among them: the world sees by itself who is told to open.
fn is_of_plan(trigger: &Trigger, step: Step) -> bool {
    matches!(
        (trigger, step),
        (Trigger::Fences(_), Step::Fence)
            | (Trigger::Verifies(_), Step::Verify)
            | (Trigger::Redirects(_), Step::Redirect)
            | (Trigger::Repoints(_), Step::Repoint)
    )
}
