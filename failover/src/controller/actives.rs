//! Active/active: several members accept writes at the same time, and nobody holds a lease.
//!
//! ```text
//!                    majority suspects it, or its database is out of order
//!   (clients sent to it) ---------------------------------------------> (withdrawn)
//!             ^                         Withdraw                            |
//!             |              in service, everybody trusts it, cooldown over |
//!             '-------------------------------------------------------------'
//!                                       Restore
//! ```
//!
//! Nothing has to be promoted when an active is lost: the others accept writes already. What has to follow is the
//! address that clients are given, and about that the majority decides, so that two halves of a partition do not send
//! clients to and fro. An active itself never stops for want of a majority: to go on in a partition is what it is
//! for, at the price of conflicts.

use crate::cluster::Command;
use crate::decision::Decision;
use crate::id::{ActiveSet, NodeId};
use crate::message::Effect;
use crate::report::Role;
use crate::task::{Outcome, Task};
use crate::time::Instant;

use super::Controller;

impl Controller {
    /// Whether this cluster has several members that accept writes.
    pub(super) fn is_multi_active(&self) -> bool {
        !self.config.actives.is_empty()
    }

    /// Keeps the local database open, and as coordinator the clients' addresses right.
    #[inline(never)]
    pub(super) fn tend_actives(&mut self, out: &mut Vec<Effect>) {
        self.expire_task(out);
        if self.attention || self.now >= self.recheck {
            self.attention = false;
            self.recheck = Instant::NEVER;
            if self.coordinates() && self.now >= self.proposed_until {
                self.judge_actives(out);
            } else if self.coordinates() {
                self.recheck = self.proposed_until;
            }
        }
        if self.task.is_none() && self.now >= self.backoff_until {
            self.tend_database(out);
        }
    }

    /// One change at a time: the next is looked at when this one is agreed.
    fn judge_actives(&mut self, out: &mut Vec<Effect>) {
        let actives = self.config.actives.clone();
        let lost = |node: &NodeId| self.out_of_service(*node).is_some() || self.is_closed(*node);
        if let Some(node) = actives.iter().copied().find(|node| self.is_sent_to(*node) && lost(node)) {
            let others =
                actives.iter().any(|other| *other != node && self.is_sent_to(*other) && !lost(other));
            if others {
                return self.propose_once(Command::Withdraw { node }, out);
            }
        }
        let back =
            |node: &NodeId| !self.is_sent_to(*node) && self.is_open(*node) && self.everyone_trusts(*node);
        if let Some(node) = actives.iter().copied().find(back) {
            match self.now >= self.cooldown_until {
                true => self.propose_once(Command::Restore { node }, out),
                false => self.recheck = self.cooldown_until,
            }
        }
    }

    /// By its own word; of whom nothing was heard yet, nothing is known.
    fn is_closed(&self, node: NodeId) -> bool {
        !matches!(self.report_of(node).role, Role::Primary | Role::Absent)
    }

    fn is_open(&self, node: NodeId) -> bool {
        self.report_of(node).role == Role::Primary
    }

    fn is_sent_to(&self, node: NodeId) -> bool {
        !self.cluster.withdrawn.contains(node)
    }

    /// The actives that clients are to be sent to.
    fn sent_to(&self) -> ActiveSet {
        ActiveSet::of(&self.config.actives, |node| self.is_sent_to(node))
    }

    /// Opens a database that is not open, stops one that hangs, and publishes what was agreed.
    fn tend_database(&mut self, out: &mut Vec<Effect>) {
        let steps = &self.config.policy.steps;
        let (promote, redirect) = (self.now + steps.promote, self.now + steps.redirect);
        let active = self.config.actives.contains(&self.id);
        match self.database.role {
            Role::Stopped | Role::Replica if active => {
                self.start_task(Task::Promote { epoch: self.cluster.epoch }, promote, out);
            }
            Role::Unresponsive if active => self.start_task(Task::Stop, promote, out),
            _ if self.coordinates() && self.published != Some(self.sent_to()) => {
                let to = self.sent_to();
                self.start_task(Task::Route { to }, redirect, out);
            }
            _ => {}
        }
    }

    pub(super) fn on_active_done(&mut self, task: Task, outcome: Outcome, out: &mut Vec<Effect>) {
        match (task, outcome) {
            (Task::Route { to }, Outcome::Succeeded) => self.published = Some(to),
            (_, Outcome::Succeeded) => self.broadcast(true, out),
            (_, Outcome::Failed) => self.backoff_until = self.now + self.config.policy.heartbeat,
        }
    }

    /// A new coordinator does not know what the last one published.
    pub(super) fn on_coordination(&mut self) {
        self.published = None;
    }

    /// What was agreed has not reached the name servers yet.
    pub(super) fn is_publishing(&self) -> bool {
        self.is_multi_active() && self.coordinates() && self.published != Some(self.sent_to())
    }

    /// The actives' share of what the majority agreed on.
    pub(super) fn on_routing_agreed(&mut self, command: &Command, out: &mut Vec<Effect>) {
        match *command {
            Command::Withdraw { node } => {
                self.begin_cooldown();
                out.push(Effect::Decided(Decision::Withdraws(node)));
            }
            Command::Restore { node } => out.push(Effect::Decided(Decision::Restores(node))),
            _ => {}
        }
    }

    /// Whether an active is back whose clients have not been sent to it again.
    pub(super) fn expects_restore(&self) -> bool {
        let back = |node: NodeId| self.is_open(node) && self.everyone_trusts(node);
        self.coordinates() && self.cluster.withdrawn.iter().any(back)
    }
}
