//! How plans are carried out, as the world sees it, and whether somebody could decide.

use failover::{Decision, Outcome, Task};
use sim::SimTime;
use units::{Measured, Span};

use super::World;
use crate::journal::Journal;
use crate::logic::{Agent, Logic};
use crate::operations::Operations;

/// What is kept of it while a run goes on.
#[derive(Debug, Default)]
pub(super) struct OperationsState {
    pub(super) shown: Operations,
    /// When a target was first chosen, by epoch, of every plan that is neither complete nor abandoned. A plan that
    /// failed is followed by another, which is complete only when both are.
    planned: Vec<(u64, SimTime)>,
    /// The newest epoch whose plan was called complete.
    complete: u64,
    /// The newest epoch that was abandoned.
    abandoned: u64,
    /// Since when there has been a coordinator, after a time without.
    led_since: Option<SimTime>,
    /// The epochs under which a new primary was found complete and open for writes.
    verified: Vec<u64>,
    /// By epoch of the copy that had diverged: how many acknowledged writes it lost; several copies of one branch
    /// lose the same ones.
    diverged: Vec<(u64, u64)>,
    /// The newest epoch that belongs to a switchover.
    handed: Option<u64>,
    /// The last promotion: where, and under which epoch.
    promotion: Option<(usize, u64)>,
    /// Since when a majority has had no coordinator.
    leaderless_since: Option<SimTime>,
}

impl OperationsState {
    /// What agents decide that has to do with plans.
    pub(super) fn on_decision(&mut self, now: SimTime, decision: &Decision) {
        match *decision {
            Decision::Chooses { epoch, .. } => self.on_plan(now, epoch),
            Decision::HandsOver { epoch, .. } => {
                self.on_plan(now, epoch);
                self.handed = Some(epoch);
            }
            // The proposal was overtaken by a failover of the same number.
            Decision::Begins { epoch } if self.handed == Some(epoch) => {
                self.handed = None;
                self.planned.retain(|(of, _)| *of != epoch);
            }
            // What is abandoned ends itself and what led to it, and no later plan: some hear of it late.
            Decision::Abandons { epoch } => {
                self.abandoned = self.abandoned.max(epoch);
                self.planned.retain(|(of, _)| *of > epoch);
            }
            Decision::Completes { epoch } if epoch > self.complete => self.on_complete(now, epoch),
            _ => {}
        }
    }

    /// A database is told to open; whether under an epoch that is new to it. Told again under the same epoch, it is restarted in place, or the order is repeated.
    pub(super) fn on_promotion(&mut self, node: usize, epoch: u64) -> bool {
        let again = self.promotion.replace((node, epoch)) == Some((node, epoch));
        let new = !again && epoch > 1;
        self.shown.promotions += u32::from(new);
        new
    }

    /// A copy whose newest write was of `epoch` dropped so many acknowledged writes.
    pub(super) fn on_diverged(&mut self, epoch: u64, writes: u64) {
        let known = match self.diverged.iter_mut().find(|(known, _)| *known == epoch) {
            Some((_, known)) => known,
            None => {
                self.diverged.push((epoch, 0));
                &mut self.diverged.last_mut().expect("it was just pushed").1
            }
        };
        self.shown.diverged_writes += writes.saturating_sub(*known);
        *known = writes.max(*known);
    }

    /// A database opens under `epoch`; whether that is what a switchover planned.
    pub(super) fn on_switchover(&mut self, epoch: u64) -> bool {
        let planned = self.handed == Some(epoch);
        self.shown.switchovers += u32::from(planned);
        planned
    }

    fn on_plan(&mut self, now: SimTime, epoch: u64) {
        let over = epoch <= self.complete.max(self.abandoned);
        if !over && self.planned.iter().all(|(of, _)| *of != epoch) {
            self.planned.push((epoch, now));
        }
    }

    /// Since when there has been a coordinator, after a time without.
    pub(super) fn led_since(&self) -> Option<SimTime> {
        self.led_since
    }

    fn on_complete(&mut self, now: SimTime, epoch: u64) {
        self.complete = epoch;
        self.shown.completed += 1;
        self.shown.unverified += u32::from(!self.verified.contains(&epoch));
        let planned = self.planned.iter().filter(|(of, _)| *of <= epoch).map(|(_, at)| *at).min();
        self.planned.retain(|(of, _)| *of > epoch);
        if let Some(planned) = planned {
            let took = Measured::Exactly(now.since(planned));
            self.shown.execution = self.shown.execution.max(Some(took));
        }
    }

    /// The world's own answer to the check that an agent asked for. Where writes wait for replicas (`waits`), a primary
    /// is found in order when one was acknowledged.
    pub(super) fn on_task(&mut self, task: Task, outcome: Outcome, waits: bool) {
        match (task, outcome) {
            (Task::Verify { epoch, .. }, Outcome::Succeeded) if !waits => self.verified.push(epoch),
            (Task::Acknowledge { epoch }, Outcome::Succeeded) => self.verified.push(epoch),
            _ => {}
        }
    }

    fn on_leaderless(&mut self, now: SimTime, leaderless: bool) {
        match (self.leaderless_since, leaderless) {
            (None, true) => self.leaderless_since = Some(now),
            (Some(_), false) => {
                self.shown.leaderless = Some(self.leaderless(now));
                (self.leaderless_since, self.led_since) = (None, Some(now));
            }
            _ => {}
        }
    }

    /// The longest stretch so far.
    fn leaderless(&self, now: SimTime) -> Span {
        let this = self.leaderless_since.map_or(Span::ZERO, |since| now.since(since));
        self.shown.leaderless.unwrap_or_default().max(this)
    }

    /// A plan that is not complete at the end took longer than was seen.
    pub(super) fn conclude(&self, now: SimTime, tells: bool) -> Operations {
        let open = self.planned.iter().map(|(_, at)| Measured::LongerThan(now.since(*at))).max();
        Operations {
            execution: self.shown.execution.max(open),
            leaderless: tells.then(|| self.leaderless(now)),
            ..self.shown
        }
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// Whether the majority, if there is one, has a coordinator among it that can act. To be asked again when an
    /// agent becomes coordinator or ceases to be, and when somebody reaches somebody else or no longer does.
    pub(super) fn observe_coordinator(&mut self, now: SimTime) {
        let nodes = self.model.voters.iter().copied();
        let leads = |node: &usize| self.machines[*node].coordinates;
        let led = nodes.clone().filter(leads).any(|node| self.stands_with_majority(node));
        let present = || nodes.clone().any(|node| self.stands_with_majority(node));
        let leaderless = !led && present();
        self.measures.operations.on_leaderless(now, leaderless);
    }

    /// The agent of `node` runs and gets the processor.
    pub(super) fn able(&self, node: usize) -> bool {
        self.machines[node].able()
    }

    /// How many voters with able agents `node` is connected with, itself included.
    pub(super) fn group(&self, node: usize) -> usize {
        let reached = |other: &usize| *other == node || self.network.connected(node, *other);
        self.model.voters.iter().filter(|other| self.able(**other)).filter(|other| reached(other)).count()
    }

    /// Notes whether the agent of `node` coordinates, after it took an input.
    pub(super) fn watch_coordination(&mut self, now: SimTime, node: usize) {
        let machine = &mut self.machines[node];
        let coordinates = machine.agent.as_deref().and_then(Agent::coordinates) == Some(true);
        if std::mem::replace(&mut machine.coordinates, coordinates) != coordinates {
            self.observe_coordinator(now);
        }
    }

    /// What the run showed of plans and copies.
    pub(super) fn operations(&self, now: SimTime) -> Operations {
        let mut agents = self.machines.iter().filter_map(|machine| machine.agent.as_deref());
        let tells = agents.any(|agent| agent.coordinates().is_some());
        self.measures.operations.conclude(now, tells)
    }
}
