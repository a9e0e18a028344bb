//! Configurations that somebody altered, and what they are used for.

use std::sync::Arc;

use failover::{Configuration, Decision};
use scenarios::Invariant;
use sim::{Agenda, SimTime};

use super::World;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;

impl<L: Logic, J: Journal> World<L, J> {
    /// What the node's agent is started with.
    pub(super) fn configuration(&self, node: usize) -> Arc<Configuration<L::Policy>> {
        let sound = &self.model.config;
        let altered = (self.machines[node].altered > 0).then(|| self.logic.tampered(sound)).flatten();
        altered.map_or_else(|| Arc::clone(sound), Arc::new)
    }

    /// Puts another configuration on the node's disk, and restarts its agent.
    pub(super) fn alter_plan(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        self.machines[node].altered += 1;
        self.read_plan_again(now, node, agenda);
    }

    /// Undoes one alteration, and restarts the agent; the configuration is right again when all are undone.
    pub(super) fn right_plan(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        self.machines[node].altered -= 1;
        self.read_plan_again(now, node, agenda);
    }

    fn read_plan_again(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        if self.machines[node].agent.is_some() {
            self.kill_agent(node);
            self.schedule_agent(now, node, agenda);
        }
    }

    /// The agent that acts runs on a configuration that somebody altered.
    fn acts_altered(&self, node: usize) -> bool {
        self.machines[node].altered > 0 && self.logic.tampered(&self.model.config).is_some()
    }

    pub(super) fn judge_configuration(&mut self, now: SimTime, node: usize) {
        if self.acts_altered(node) {
            let name = &self.model.nodes[node].name;
            let what = format!("{name} is promoted, and its configuration was tampered with");
            self.violates(now, Invariant::TamperedPlanUsed, what);
        }
    }

    pub(super) fn judge_chooser(&mut self, now: SimTime, node: usize, decision: &Decision) {
        if let (Decision::StepBegins { .. }, true) = (decision, self.acts_altered(node)) {
            let name = &self.model.nodes[node].name;
            let what = format!("{name} carries out a plan, and its configuration was tampered with");
            self.violates(now, Invariant::TamperedPlanUsed, what);
        }
    }

    /// The fault took effect: the node refused, or the others gave it no vote.
    pub(super) fn count_refusal(&mut self, node: usize) {
        let model = self.model.clone();
        for (index, fault) in model.faults.iter().enumerate() {
            let this = matches!(fault.strike, crate::model::StrikeModel::TamperedPlan(_));
            if this && self.faults[index].target == node && self.faults[index].active {
                self.faults[index].effects += 1;
            }
        }
    }
}
