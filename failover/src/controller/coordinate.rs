//! What the coordinator does: find that the primary is out of service, let the majority agree, choose.

use units::Span;

use crate::access::Mode;
use crate::alert::Concern;
use crate::cluster::{Command, Stage};
use crate::decision::Decision;
use crate::id::NodeId;
use crate::message::Effect;
use crate::plan::FailoverPlan;
use crate::reason::Reason;
use crate::report::Role;
use crate::selection::{Choice, NoTarget, NodeView, View, choose};
use crate::time::Instant;

use super::Controller;
use super::alerts::alert;

/// How often the pause between plans that fail doubles at most.
const PAUSE_DOUBLINGS_MAX: u32 = 10;

impl Controller {
    /// Looks at the cluster when something changed or the time to look again has come.
    pub(super) fn coordinate(&mut self, out: &mut Vec<Effect>) {
        if !self.attention && self.now < self.recheck {
            return;
        }
        self.attention = false;
        self.recheck = Instant::NEVER;
        if !self.coordinates() {
            return;
        }
        if self.now < self.proposed_until {
            self.recheck = self.proposed_until;
            return;
        }
        match self.cluster.stage.clone() {
            Stage::Steady => self.watch_primary(out),
            Stage::HandingOver { to, reason } => self.watch_hand_over(to, reason, out),
            Stage::Sealing { revocable, reason } => self.choose_target(revocable, reason, out),
            Stage::Promoting(plan) => self.watch_target(&plan, out),
            Stage::Broken => self.begin_again(self.cluster.attempts, Reason::PlanFailed, out),
        }
    }

    fn watch_primary(&mut self, out: &mut Vec<Effect>) {
        if self.carry_out_request(out) {
            return;
        }
        // Who hears no majority has no majority's word, whatever the primary beside it says of itself.
        if self.electorate.cannot_do_without(&self.suspects) {
            return;
        }
        let Some(reason) = self.out_of_service(self.cluster.primary) else {
            self.awaits_operator = false;
            return self.watch_returning(out);
        };
        if self.config.policy.mode == Mode::Manual {
            return self.await_operator(reason, out);
        }
        if self.now < self.cooldown_until {
            self.recheck = self.recheck.min(self.cooldown_until);
            return;
        }
        let (epoch, from) = (self.cluster.epoch + 1, self.cluster.primary);
        out.push(Effect::Decided(Decision::Finds { epoch, from, reason }));
        self.begin(reason, out);
    }

    /// Why `node` cannot serve as primary, in the eyes of a majority or by its own word.
    pub(super) fn out_of_service(&self, node: NodeId) -> Option<Reason> {
        if self.majority_suspects(node) {
            return Some(Reason::PrimarySilent);
        }
        if self.is_deaf(node) {
            return Some(Reason::PrimaryAlone);
        }
        if self.has_no_vote(node) && self.is_shut(node) {
            return Some(Reason::PrimaryAltered);
        }
        let given_up = !self.suspects.contains(node) && self.report_of(node).role == Role::Failed;
        given_up.then_some(Reason::DatabaseFailed)
    }

    /// Only a majority of all voters decides.
    pub(super) fn majority_suspects(&self, node: NodeId) -> bool {
        self.suspecting(node) >= self.electorate.majority
    }

    /// By its own word it hears no majority, has closed its database and does not hold the lease. While the database is open,
    /// or the lease is good, it may yet hear them again in time, as after a jump of its clock; but one of several actives
    /// never closes.
    fn is_deaf(&self, node: NodeId) -> bool {
        node != self.id
            && !self.suspects.contains(node)
            && self.electorate.cannot_do_without(&self.peers[node.index()].suspects)
            && (self.is_multi_active() || self.is_shut(node))
    }

    /// By the word of another node, its database is closed and it does not hold the lease.
    fn is_shut(&self, node: NodeId) -> bool {
        self.report_of(node).role != Role::Primary && !self.peers[node.index()].holds
    }

    pub(super) fn begin(&mut self, reason: Reason, out: &mut Vec<Effect>) {
        self.propose_once(Command::Begin { epoch: self.cluster.epoch + 1, reason }, out);
    }

    /// Begins anew after `attempts` plans in a row came to nothing: the first time at once, then after a pause that
    /// doubles from one heartbeat up to the cool-down. What makes plans fail may need time to pass, and each try costs
    /// every replica its stream.
    #[cold]
    fn begin_again(&mut self, attempts: u32, reason: Reason, out: &mut Vec<Effect>) {
        let policy = &self.config.policy;
        let doublings = attempts.saturating_sub(2).min(PAUSE_DOUBLINGS_MAX);
        let pause =
            policy.heartbeat.saturating_mul(1 << doublings).min(policy.cooldown.max(policy.heartbeat));
        let due = self.stage_since + if attempts < 2 { Span::ZERO } else { pause };
        match self.now >= due {
            true => self.begin(reason, out),
            false => self.recheck = self.recheck.min(due),
        }
    }

    /// Proposes, and does not look again until agreement had time to come.
    pub(super) fn propose_once(&mut self, command: Command, out: &mut Vec<Effect>) {
        self.proposed_until = self.now + self.config.policy.consensus.heartbeat;
        self.recheck = self.recheck.min(self.proposed_until);
        self.propose(command, out);
    }

    #[inline(never)]
    fn choose_target(&mut self, revocable: bool, agreed: Reason, out: &mut Vec<Effect>) {
        let (from, policy) = (self.cluster.primary, &self.config.policy);
        let abandon = Command::Abandon { epoch: self.cluster.epoch };
        // A primary that gave up on its database, and gives it no time to come back, would give it up again as soon as it
        // has the role: it is for those with nobody else.
        let hands_over = agreed == Reason::DatabaseFailed && policy.restart <= policy.heartbeat;
        let back = revocable && self.is_back(from);
        if back && !hands_over {
            return self.propose_once(abandon, out);
        }
        match choose(&self.config, &self.view(), from) {
            Ok(choice) => self.propose_target(from, choice, agreed, out),
            Err(NoTarget::Waiting) => self.report_no_target(NoTarget::Waiting, out),
            Err(_) if back => self.propose_once(abandon, out),
            Err(why) => self.report_no_target(why, out),
        }
    }

    /// The primary is heard again and its agent has not given up on the database.
    fn is_back(&self, node: NodeId) -> bool {
        let heard = node == self.id || !self.suspects.contains(node);
        heard && self.out_of_service(node).is_none()
    }

    fn propose_target(&mut self, from: NodeId, choice: Choice, agreed: Reason, out: &mut Vec<Effect>) {
        let epoch = self.cluster.epoch;
        out.push(Effect::Decided(Decision::Chooses { epoch, to: choice.to, lag: choice.lag }));
        // What this coordinator sees now is newer than what was agreed when it all began.
        let found = self.out_of_service(from).unwrap_or(agreed);
        let reason = if self.cluster.ordered { Reason::Manual } else { found };
        let plan = FailoverPlan::new(epoch, from, reason, &choice, &self.config.policy.steps);
        let plan = FailoverPlan { manifest: self.manifest, ..plan }.acknowledged_under(&self.config);
        self.propose_once(Command::Promote(plan), out);
    }

    fn report_no_target(&mut self, why: NoTarget, out: &mut Vec<Effect>) {
        let patience_ends = self.stage_since + self.config.policy.gather;
        self.recheck =
            if self.now < patience_ends { patience_ends } else { self.now + self.config.policy.heartbeat };
        if why != NoTarget::Waiting && self.no_target != Some(why) {
            self.no_target = Some(why);
            out.push(Effect::Decided(Decision::FindsNoTarget(why)));
            alert(Concern::NoTarget(why), out);
        }
    }

    #[inline(never)]
    fn watch_target(&mut self, plan: &FailoverPlan, out: &mut Vec<Effect>) {
        let deadline = self.stage_since + plan.estimate() + self.config.policy.consensus.election;
        let target = self.report_of(plan.to);
        let open = target.role == Role::Primary && target.position.epoch == plan.epoch;
        if self.majority_suspects(plan.to) || (self.now >= deadline && !open) {
            self.begin_again(self.cluster.attempts.saturating_add(1), Reason::TargetLost, out);
        } else {
            self.recheck =
                if self.now < deadline { deadline } else { self.now + self.config.policy.heartbeat };
        }
    }

    /// What this node knows of all members.
    pub fn view(&self) -> View {
        let node = |node: NodeId| {
            let database = self.report_of(node);
            NodeView {
                // Whom a majority does not hear could not get the lease, and would be replaced at once; who goes by another
                // configuration would refuse the plan.
                heard: (node == self.id || !self.suspects.contains(node))
                    && !self.majority_suspects(node)
                    && !self.has_no_vote(node),
                database,
                sealed: database.sealed == self.cluster.epoch || !self.config.policy.safeguards.fencing,
                disappointed: self.cluster.disappointed.contains(node),
            }
        };
        let patience: Span = self.config.policy.gather;
        View {
            epoch: self.cluster.epoch,
            nodes: self.config.nodes().map(node).collect(),
            at_least: self.cluster.at_least,
            forked: self.a_target_may_have_written(),
            written_at_most: self.written_at_most(),
            reopened_at_most: self.reopened_at_most(),
            impatient: self.now >= self.stage_since + patience,
            wanted: self.cluster.wanted,
            avoid: self.cluster.ordered.then_some(self.cluster.primary),
        }
    }
}
