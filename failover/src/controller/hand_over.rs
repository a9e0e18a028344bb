//! A planned change of the primary that loses nothing: failback, maintenance, or because somebody asked for it.
//!
//! ```text
//!  (steady) --HandOver{e+1, to}--> (handing over) --Promote{plan}--> (promoting) --Complete--> (steady)
//!     ^                               |   |
//!     |   target not complete in time |   | primary falls silent
//!     |<------------Abandon{e+1}------'   '------Begin{e+2}--> (sealing): a failover like any other
//! ```
//!
//! While the role is handed over nobody owns it. The old primary refuses new writes, lets its connected standbys
//! receive the rest, and closes: its position is final then, under any durability. Only a target that reports that
//! very position may be promoted. Nobody else is sealed meanwhile, so that on any trouble the old primary can go on
//! under the new epoch with everyone still following it.

use units::Span;

use crate::cluster::{Command, Stage};
use crate::decision::Decision;
use crate::id::NodeId;
use crate::message::Effect;
use crate::plan::FailoverPlan;
use crate::policy::Failback;
use crate::reason::Reason;
use crate::report::{LogPosition, Role};
use crate::selection::{Choice, prefers};
use crate::time::Instant;

use super::Controller;

/// How often the wait before a failback doubles at most, after returns that did not last.
const DOUBLINGS_MAX: u32 = 6;

/// How soon a target that lacks something looks again.
const LOOK_AGAIN: Span = Span::from_millis(50);

/// A member that should have the role back, and since when it has followed without lag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Returning {
    to: NodeId,
    since: Instant,
}

impl Controller {
    /// In steady service: whether the role should go back, and has waited long enough.
    pub(super) fn watch_returning(&mut self, out: &mut Vec<Effect>) {
        let Failback::After(wait) = self.config.policy.failback else { return };
        let Some(to) = self.homecomer().filter(|to| self.keeps_up(*to)) else {
            self.returning = None;
            if self.expects_failback() {
                self.recheck = self.recheck.min(self.now + self.config.policy.heartbeat);
            }
            return;
        };
        let returning = self.returning.filter(|known| known.to == to);
        let since = self.returning.insert(returning.unwrap_or(Returning { to, since: self.now })).since;
        let wait = wait.saturating_mul(1 << self.cluster.setbacks.min(DOUBLINGS_MAX));
        let due = (since + wait).max(self.cooldown_until);
        if self.now >= due && self.holds_optional_changes() {
            self.hold_failback(out);
            self.recheck = self.recheck.min(self.now + self.config.policy.heartbeat);
        } else if self.now >= due {
            self.hand_over(to, Reason::Failback, out);
        } else {
            // Lag that grows is no news by itself: it has to be looked at.
            self.recheck = self.recheck.min(due).min(self.now + self.config.policy.heartbeat);
        }
    }

    /// Begins a switchover to `to`.
    pub(super) fn hand_over(&mut self, to: NodeId, reason: Reason, out: &mut Vec<Effect>) {
        let (epoch, from) = (self.cluster.epoch + 1, self.cluster.primary);
        self.returning = None;
        out.push(Effect::Decided(Decision::HandsOver { epoch, from, to, reason }));
        self.propose_once(Command::HandOver { epoch, to, reason }, out);
    }

    /// A switchover back may come if all stays as it is.
    pub(super) fn expects_failback(&self) -> bool {
        self.coordinates()
            && self.cluster.stage == Stage::Steady
            && !(self.holds_optional_changes() && self.held_back)
            && matches!(self.config.policy.failback, Failback::After(_))
            && (self.homecomer().is_some() || self.has_yet_to_hear_of_a_better())
    }

    /// A member that should have the role instead has not yet said how it is: nobody has when a cluster starts.
    fn has_yet_to_hear_of_a_better(&self) -> bool {
        let silent = |node: NodeId| {
            let peer = &self.peers[node.index()];
            node != self.id && peer.said == Instant::ZERO && !self.suspects.contains(node)
        };
        let primary = self.cluster.primary;
        let mut better = self.config.data_nodes().filter(|node| prefers(&self.config, *node, primary));
        better.any(silent)
    }

    /// The member that should have the role instead of the present primary: of a region (or, within one, a site)
    /// that comes earlier in the policy's list. Only while no voter suspects another: what looks like a dead member
    /// may be a partition, and this change can wait.
    fn homecomer(&self) -> Option<NodeId> {
        let primary = self.cluster.primary;
        if !self.voters_are_in_touch() {
            return None;
        }
        let better = |node: &NodeId| prefers(&self.config, *node, primary) && self.everyone_trusts(*node);
        let nodes = self.config.data_nodes().filter(better).filter(|node| self.follows(*node, primary));
        nodes.min_by_key(|node| crate::selection::rank(&self.config, *node))
    }

    /// Nothing speaks against handing the role to `node` now.
    pub(super) fn may_have_the_role(&self, node: NodeId) -> bool {
        self.voters_are_in_touch()
            && self.everyone_trusts(node)
            && self.follows(node, self.cluster.primary)
            && self.keeps_up(node)
    }

    fn follows(&self, node: NodeId, primary: NodeId) -> bool {
        let report = self.report_of(node);
        report.role == Role::Replica && report.source == Some(primary)
    }

    /// It is no further behind the primary's word than two heartbeats: reports are up to one old each.
    fn keeps_up(&self, node: NodeId) -> bool {
        let (here, there) = (self.report_of(node), self.report_of(self.cluster.primary));
        let serves = there.role == Role::Primary && there.position.epoch == self.cluster.epoch;
        let lag = here.position.lag_behind(there.position);
        serves
            && here.position.epoch == there.position.epoch
            && lag <= self.config.policy.heartbeat.saturating_mul(2)
    }

    /// As coordinator: the target is promoted once it holds all, and the old primary goes on if that takes too
    /// long.
    #[cold]
    pub(super) fn watch_hand_over(&mut self, to: NodeId, reason: Reason, out: &mut Vec<Effect>) {
        let (epoch, from) = (self.cluster.epoch, self.cluster.primary);
        if self.out_of_service(from).is_some() {
            // Not for what is wrong with the primary: where the switchover is given up, or complete, before this is agreed,
            // that is for whoever looks then, with a cool-down, or an operator, in between.
            return self.begin(Reason::PlanFailed, out);
        }
        let heard = |node: NodeId| node == self.id || !self.suspects.contains(node);
        let complete = self.final_position(from).filter(|last| {
            let target = self.report_of(to);
            heard(to) && target.role == Role::Replica && target.position >= *last
        });
        if let Some(position) = complete {
            let choice = Choice { to, position, lag: Span::ZERO };
            let plan = FailoverPlan::new(epoch, from, reason, &choice, &self.config.policy.steps);
            let plan = FailoverPlan { manifest: self.manifest, ..plan }.acknowledged_under(&self.config);
            return self.propose_once(Command::Promote(plan), out);
        }
        let patience_ends = self.stage_since + self.config.policy.steps.promote;
        if self.now >= patience_ends || !heard(to) || self.majority_suspects(to) {
            return self.propose_once(Command::Abandon { epoch }, out);
        }
        self.recheck = patience_ends;
    }

    /// What `from` holds now that it is closed; `None` while it may still be open. A word from before the role was
    /// taken from it does not count.
    pub(super) fn final_position(&self, from: NodeId) -> Option<LogPosition> {
        let report = self.report_of(from);
        let informed = from == self.id || self.peers[from.index()].epoch == self.cluster.epoch;
        let closed = matches!(report.role, Role::Stopped | Role::Replica);
        (informed && closed).then_some(report.position)
    }

    /// As old primary: until when the database may take its time to close, which is as long as its lease is good.
    pub(super) fn draining_until(&self) -> Option<Instant> {
        let hands_over = matches!(self.cluster.stage, Stage::HandingOver { .. });
        let open = self.database.role == Role::Primary && self.cluster.primary == self.id;
        self.drain_until.filter(|until| hands_over && open && self.now < *until)
    }

    /// As old primary: whatever closed the database, it is to be closed, and nothing is wrong with it.
    pub(super) fn hands_over_its_role(&self) -> bool {
        matches!(self.cluster.stage, Stage::HandingOver { .. }) && self.cluster.primary == self.id
    }

    /// As target: says at once that it holds everything, and looks often until it does. Waiting for the next
    /// heartbeat would make the interruption longer.
    pub(super) fn confirm_hand_over(&mut self, out: &mut Vec<Effect>) {
        self.look_again = Instant::NEVER;
        if !matches!(self.cluster.stage, Stage::HandingOver { to, .. } if to == self.id) {
            return;
        }
        let Some(last) = self.final_position(self.cluster.primary) else { return };
        if self.database.position < last {
            self.look_again = self.now + LOOK_AGAIN;
        } else if self.confirmed != self.cluster.epoch {
            self.confirmed = self.cluster.epoch;
            self.attention = true;
            self.broadcast(true, out);
        }
    }
}
