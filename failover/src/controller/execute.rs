//! What the target does: carry out its plan step by step, and roll back when a step fails.

use crate::cluster::{Command, Stage};
use crate::decision::Decision;
use crate::id::{NodeId, NodeSet};
use crate::message::Effect;
use crate::plan::{FailoverPlan, Step};
use crate::report::Role;
use crate::task::{Outcome, Task};
use crate::time::Instant;

use super::Controller;

/// A plan under way.
#[derive(Debug)]
pub(super) struct Execution {
    plan: FailoverPlan,
    /// Place in the plan's actions.
    at: usize,
    deadline: Instant,
    /// The database was open under the plan's epoch when the step of promoting it came: somebody carried it out before.
    found_open: bool,
    /// Without whom no write is acknowledged, as was said last.
    missed: Option<NodeSet>,
}

impl Execution {
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    fn step(&self) -> Step {
        self.plan.actions[self.at].step
    }
}

impl Controller {
    /// It has the role, and clients were told so.
    pub(super) fn leads_clients(&self) -> bool {
        let told = |execution: &Execution| execution.step() > Step::Redirect;
        self.claim().is_some() && self.execution.as_ref().is_none_or(told)
    }

    #[inline(never)]
    pub(super) fn start_plan(&mut self, plan: FailoverPlan, out: &mut Vec<Effect>) {
        if plan.actions.is_empty() {
            return;
        }
        if self.must_refuse(&plan) {
            return self.refuse(plan.epoch, out);
        }
        self.execution =
            Some(Execution { plan, at: 0, deadline: Instant::NEVER, found_open: false, missed: None });
        self.task = None;
        self.enter_step(out);
    }

    /// Another life of this agent, under another configuration, may have begun to carry it out: what is open must close, since
    /// somebody else will be chosen.
    #[cold]
    fn refuse(&mut self, epoch: u64, out: &mut Vec<Effect>) {
        out.push(Effect::Decided(Decision::RefusesPlan { epoch }));
        let mut step = Step::Fence;
        if self.database.role == Role::Primary {
            step = Step::Promote;
            self.start_task(Task::Stop, self.now + self.config.policy.steps.promote, out);
        }
        self.want(Command::Fail { epoch, step }, out);
    }

    #[inline(never)]
    fn enter_step(&mut self, out: &mut Vec<Effect>) {
        let open = self.execution.as_ref().is_some_and(|execution| self.is_open_under(execution.plan.epoch));
        let Some(execution) = &mut self.execution else { return };
        let action = execution.plan.actions[execution.at];
        execution.found_open |= open && action.step == Step::Promote;
        execution.deadline = self.now + action.timeout;
        let epoch = execution.plan.epoch;
        let at_least = execution.plan.at_least;
        out.push(Effect::Decided(Decision::StepBegins { epoch, step: action.step }));
        let task = match action.step {
            Step::Fence => return,
            // Looked at first: promoting an open database fails, and there is nothing to do.
            Step::Promote if open => return self.next_step(out),
            Step::Promote => Task::Promote { epoch },
            Step::Verify => Task::Verify { epoch, at_least },
            Step::Redirect => Task::Redirect { epoch },
            Step::Repoint => return self.broadcast(true, out),
            Step::Acknowledge => Task::Acknowledge { epoch },
        };
        let deadline = execution.deadline;
        self.start_task(task, deadline, out);
    }

    /// Moves the plan on where a step waits for a condition, and gives up where it waited too long.
    pub(super) fn carry_out(&mut self, out: &mut Vec<Effect>) {
        let Some(execution) = &self.execution else { return };
        let step = execution.step();
        let late = self.now >= execution.deadline;
        if step != Step::Fence && !self.entitled() {
            return self.fail_step(false, out);
        }
        match step {
            Step::Fence if self.entitled() => self.next_step(out),
            Step::Repoint if late || self.everyone_follows() => self.next_step(out),
            Step::Redirect if late => self.enter_step(out),
            Step::Verify if late && self.is_in_order() => self.enter_step(out),
            Step::Acknowledge if late => self.write_again(out),
            _ if late => self.fail_step(true, out),
            _ => {}
        }
    }

    /// No write was acknowledged in time: another is tried, for as long as it takes.
    #[cold]
    fn write_again(&mut self, out: &mut Vec<Effect>) {
        self.say_whom_writes_miss(out);
        let Some(execution) = &mut self.execution else { return };
        let (epoch, action) = (execution.plan.epoch, execution.plan.actions[execution.at]);
        execution.deadline = self.now + action.timeout;
        let deadline = execution.deadline;
        self.start_task(Task::Acknowledge { epoch }, deadline, out);
    }

    fn say_whom_writes_miss(&mut self, out: &mut Vec<Effect>) {
        let (counting, _) = self.config.read_quorum(self.id);
        let follows = |node: &NodeId| {
            !self.suspects.contains(*node) && self.peers[node.index()].database.source == Some(self.id)
        };
        let missing: NodeSet = counting.iter().filter(|node| !follows(node)).collect();
        let Some(execution) = &mut self.execution else { return };
        // Who has come back since it was tried needs no word.
        let news = execution.missed.is_none() || !missing.is_empty();
        if news && execution.missed.as_ref() != Some(&missing) {
            execution.missed = Some(missing.clone());
            let epoch = execution.plan.epoch;
            out.push(Effect::Decided(Decision::AwaitsAcknowledgement { epoch, missing }));
        }
    }

    fn everyone_follows(&self) -> bool {
        let mut living =
            self.config.data_nodes().filter(|node| *node != self.id && !self.suspects.contains(*node));
        living.all(|node| self.peers[node.index()].database.source == Some(self.id))
    }

    #[inline(never)]
    fn next_step(&mut self, out: &mut Vec<Effect>) {
        let Some(execution) = &mut self.execution else { return };
        execution.at += 1;
        if execution.at < execution.plan.actions.len() {
            return self.enter_step(out);
        }
        let epoch = execution.plan.epoch;
        self.execution = None;
        self.want(Command::Complete { epoch }, out);
    }

    /// The safe state after a failed step: the database accepts no writes, nobody owns the role, and the
    /// coordinator begins anew.
    #[cold]
    fn fail_step(&mut self, timed_out: bool, out: &mut Vec<Effect>) {
        let Some(execution) = self.execution.take() else { return };
        let (epoch, step) = (execution.plan.epoch, execution.step());
        out.push(Effect::Decided(Decision::StepFails { epoch, step, timed_out }));
        if step != Step::Fence {
            self.start_task(Task::Stop, self.now + self.config.policy.steps.promote, out);
        }
        self.want(Command::Fail { epoch, step }, out);
    }

    pub(super) fn on_step_done(&mut self, task: Task, outcome: Outcome, out: &mut Vec<Effect>) -> bool {
        let Some(execution) = &self.execution else { return false };
        let awaited = match execution.step() {
            Step::Promote => matches!(task, Task::Promote { .. }),
            Step::Verify => matches!(task, Task::Verify { .. }),
            Step::Redirect => matches!(task, Task::Redirect { .. }),
            Step::Acknowledge => matches!(task, Task::Acknowledge { .. }),
            Step::Fence | Step::Repoint => false,
        };
        match (awaited, outcome) {
            (false, _) => return false,
            (true, Outcome::Succeeded) => self.next_step(out),
            // The new primary is verified: taking it down because its address is slow to change would only
            // make the outage longer. The step is tried again until it works.
            (true, Outcome::Failed) if execution.step() == Step::Redirect => {}
            // Nor would closing it help those whose writes wait, and others read.
            (true, Outcome::Failed) if execution.step() == Step::Acknowledge => {
                self.say_whom_writes_miss(out)
            }
            // Another life of this agent promoted it, and it may have been in service for long: looking again must not
            // take it down.
            (true, Outcome::Failed) if execution.step() == Step::Verify && self.is_in_order() => {}
            (true, Outcome::Failed)
                if execution.step() == Step::Promote && self.is_open_under(execution.plan.epoch) =>
            {
                self.next_step(out);
            }
            (true, Outcome::Failed) => self.fail_step(false, out),
        }
        true
    }

    /// A database that was found open is so still, and holds what the plan wants.
    fn is_in_order(&self) -> bool {
        self.execution.as_ref().is_some_and(|execution| {
            let complete = self.database.position >= execution.plan.at_least;
            execution.found_open && complete && self.is_open_under(execution.plan.epoch)
        })
    }

    /// Asks for agreement on `command`, again and again until it is overtaken by what was agreed.
    pub(super) fn want(&mut self, command: Command, out: &mut Vec<Effect>) {
        self.wants = Some(command);
        self.wants_due = self.now;
        self.ask_for_what_it_wants(out);
    }

    pub(super) fn ask_for_what_it_wants(&mut self, out: &mut Vec<Effect>) {
        if self.now < self.wants_due {
            return;
        }
        match self.wants.clone() {
            Some(command) => {
                self.wants_due = self.now + self.config.policy.consensus.heartbeat;
                self.propose(command, out);
            }
            None => self.wants_due = Instant::NEVER,
        }
    }

    /// A target that restarted in the middle of its plan goes on with it: steps that were taken are found to be.
    pub(super) fn resume_plan(&mut self, out: &mut Vec<Effect>) {
        if self.execution.is_some() || self.wants.is_some() || !self.is_member() {
            return;
        }
        if let Stage::Promoting(plan) = &self.cluster.stage
            && plan.to == self.id
            && self.database.role != Role::Absent
        {
            let plan = plan.clone();
            self.start_plan(plan, out);
            // It may hold the lease already: then there is nothing to wait for.
            self.carry_out(out);
        }
    }
}
