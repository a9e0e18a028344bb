//! Evidence for invariants that no single moment shows: who was elected when, since when the cluster calls its
//! last failover complete, and who goes on accepting writes on his own.

use std::collections::VecDeque;

use failover::{Decision, NodeId, NodeSet};
use scenarios::{Invariant, Trigger};
use sim::SimTime;
use units::Span;

use super::World;
use crate::invariants::{epoch_storm, minority_service, two_coordinators};
use crate::journal::Journal;
use crate::logic::Logic;
use crate::note::{Place, What};
use crate::record::Violation;

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// Node and term of every election.
    elected: Vec<(usize, u64)>,
    /// The last plan that is known to be carried out: its epoch, and when it was agreed that it is. Without that moment where
    /// whoever coordinated never told: others may hear of it much later.
    completed: Option<(u64, Option<SimTime>)>,
    /// A fault bent some node's clock: what was measured by clocks is not held against anyone.
    clocks_bent: bool,
    /// Whose database accepted writes when that last changed.
    accepting: NodeSet,
    /// The highest epoch that anybody began, and when the last few did.
    epoch: u64,
    begun: VecDeque<SimTime>,
}

impl Evidence {
    /// `node` says that the plan of `epoch` is carried out. Whoever coordinates knows when that is agreed.
    fn on_completed(&mut self, now: SimTime, node: usize, epoch: u64) {
        if self.completed.is_some_and(|(known, _)| known >= epoch) {
            return;
        }
        let coordinates = self.elected.last().is_none_or(|(coordinator, _)| *coordinator == node);
        self.completed = Some((epoch, coordinates.then_some(now)));
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// Remembers what a decision proves, or shows to be wrong.
    pub(super) fn weigh(&mut self, now: SimTime, node: usize, decision: &Decision) {
        match decision {
            Decision::StepBegins { .. } => self.judge_chooser(now, node, decision),
            Decision::RefusesPlan { .. } => self.count_refusal(node),
            Decision::DistrustsConfiguration { of } => self.count_refusal(of.index()),
            Decision::DistrustsTrail { .. } => self.on_distrust(now, node, decision),
            Decision::Begins { epoch } => self.on_epoch(now, *epoch),
            Decision::Coordinates { term } => self.weigh_election(now, node, *term),
            Decision::Completes { epoch } => self.measures.evidence.on_completed(now, node, *epoch),
            _ => {}
        }
    }

    fn weigh_election(&mut self, now: SimTime, node: usize, term: u64) {
        if let Err(other) = two_coordinators::check(node, term, &self.measures.evidence.elected) {
            let nodes = &self.model.nodes;
            let what =
                format!("{} and {} both coordinate in term {term}", nodes[other].name, nodes[node].name);
            self.violates(now, Invariant::TwoCoordinators, what);
        }
        self.measures.evidence.elected.push((node, term));
    }

    /// The database of `node` is told to open under `epoch`: by a failover, a switchover, or a restart in place.
    pub(super) fn on_promotion_begun(&mut self, now: SimTime, node: usize, epoch: u64) {
        if self.measures.operations.on_promotion(node, epoch) {
            self.reach(|trigger| matches!(trigger, Trigger::Promotes(_)).then_some(node));
        }
        if self.model.actives.is_none() {
            self.on_epoch(now, epoch);
        }
    }

    /// Somebody acts under `epoch`, which may have begun just now.
    fn on_epoch(&mut self, now: SimTime, epoch: u64) {
        let evidence = &mut self.measures.evidence;
        if epoch <= evidence.epoch.max(1) {
            return;
        }
        evidence.epoch = epoch;
        self.measures.operations.shown.epochs += 1;
        let Some(pace) = self.model.terms.pace else { return };
        let begun = &mut self.measures.evidence.begun;
        begun.push_back(now);
        if begun.len() > pace.epochs as usize + 1 {
            begun.pop_front();
        }
        if let Err(what) = epoch_storm::check(begun.iter().map(|at| now.since(*at)), &pace) {
            self.violates(now, Invariant::EpochStorm, what);
        }
    }

    /// A fault bends a clock.
    pub(super) fn distrust_clocks(&mut self) {
        self.measures.evidence.clocks_bent = true;
    }

    /// How long ago the failover was complete that made the present primary; `None` where that cannot be said.
    pub(super) fn since_completed(&self, now: SimTime) -> Option<Span> {
        let evidence = &self.measures.evidence;
        let completed = evidence.completed.filter(|(epoch, _)| *epoch == self.measures.epoch);
        let (_, at) = completed.filter(|_| !evidence.clocks_bent)?;
        at.map(|at| now.since(at))
    }

    /// Looks at whoever accepted writes until now, before that is forgotten.
    pub(super) fn weigh_service(&mut self, now: SimTime) {
        let before = std::mem::take(&mut self.measures.evidence.accepting);
        for node in 0..self.machines.len() {
            if before.contains(NodeId::at(node)) {
                self.weigh_minority(now, node);
            }
            let machine = &self.machines[node];
            if machine.alive() && machine.database.accepts() {
                self.measures.evidence.accepting.insert(NodeId::at(node));
            }
        }
    }

    fn weigh_minority(&mut self, now: SimTime, node: usize) {
        let Some(since) = self.measures.alone_since[node] else { return };
        let Some(lease) = self.model.terms.serves_alone() else { return };
        if let Err(what) = minority_service::check(now.since(since), lease) {
            let what = format!("{} {what}", self.model.nodes[node].name);
            self.violates_since(now, since + lease, Invariant::MinorityService, what);
        }
    }

    /// What must never happen happens now.
    pub(super) fn violates(&mut self, now: SimTime, invariant: Invariant, what: String) {
        self.violates_since(now, now, invariant, what);
    }

    /// The first violation of each kind is kept: the rest of the run follows from it. It began at `at`, and is seen now.
    fn violates_since(&mut self, now: SimTime, at: SimTime, invariant: Invariant, what: String) {
        if self.measures.violations.iter().any(|known| known.invariant == invariant) {
            return;
        }
        self.note(now, Place::World, || What::Violates(what.clone()));
        self.measures.violations.push(Violation { invariant, at, what });
    }
}
