//! A failover plan is a value: it can be read, checked, estimated and compared before anything happens.

mod check;
mod written;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use units::Span;

use crate::audit::Hash;
use crate::config::{Configuration, Durability};
use crate::id::NodeId;
use crate::policy::StepTimeouts;
use crate::reason::Reason;
use crate::report::{LogPosition, Role};
use crate::selection::{Choice, NoTarget, View, choose, is_proven};

pub use check::Flaw;
pub use written::Unreadable;

/// Who takes over from whom, and by which steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailoverPlan {
    /// The epoch the new primary acts under.
    pub epoch: u64,
    /// The old primary.
    pub from: NodeId,
    /// The new one.
    pub to: NodeId,
    /// Why.
    pub reason: Reason,
    /// What the new primary must hold to be called complete: its position when it was chosen.
    pub at_least: LogPosition,
    /// The steps, in order.
    pub actions: Vec<Action>,
    /// SHA-256 of the configuration it was made under, where the policy wants that compared.
    pub manifest: Option<Hash>,
}

/// A step and how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What is done.
    pub step: Step,
    /// After this long it has failed.
    pub timeout: Span,
}

/// The steps of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    /// Hold the lease under the new epoch: the old primary's has run out.
    Fence,
    /// The replica becomes primary.
    Promote,
    /// It is open for writes and complete.
    Verify,
    /// Clients are sent to it. From here on the plan only goes forward: this step is repeated until it works.
    Redirect,
    /// The other replicas follow it; not waited for longer than its time-out.
    Repoint,
    /// Where writes wait for replicas: one was acknowledged. Tried again until it works, with the primary open for those
    /// who read; the plan is not complete before.
    Acknowledge,
}

/// What a plan would do if it were carried out now.
#[derive(Clone, Debug, PartialEq)]
pub struct DryRun {
    /// The plan.
    pub plan: FailoverPlan,
    /// Each condition for carrying it out, and whether it holds.
    pub preconditions: Vec<(Precondition, bool)>,
    /// How far the new primary is behind the newest position known: what asynchronous replication would lose.
    pub lag: Span,
}

/// What must hold for a plan to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// A majority of the voters is heard.
    MajorityHeard,
    /// The target is heard.
    TargetHeard,
    /// The target is not behind the limit.
    WithinLagLimit,
    /// The target holds every acknowledged write, as far as the durability mode promises any.
    ProvenComplete,
}

impl Step {
    /// All steps in order.
    pub const ALL: [Step; 6] =
        [Step::Fence, Step::Promote, Step::Verify, Step::Redirect, Step::Repoint, Step::Acknowledge];

    /// The steps where a write is acknowledged as soon as the primary has it: verification has shown that it is.
    const ALONE: &[Step] = Step::ALL.split_at(5).0;
}

impl FailoverPlan {
    /// A plan for `choice` under `epoch`, where writes wait for nobody.
    pub fn new(
        epoch: u64,
        from: NodeId,
        reason: Reason,
        choice: &Choice,
        steps: &StepTimeouts,
    ) -> FailoverPlan {
        let timeouts = [steps.fence, steps.promote, steps.verify, steps.redirect, steps.repoint];
        let actions = Step::ALONE
            .iter()
            .copied()
            .zip(timeouts)
            .map(|(step, timeout)| Action { step, timeout })
            .collect();
        FailoverPlan {
            epoch,
            from,
            to: choice.to,
            reason,
            at_least: choice.position,
            actions,
            manifest: None,
        }
    }

    /// Where writes wait for replicas, one has to be acknowledged before the plan is complete.
    pub(crate) fn acknowledged_under(mut self, config: &Configuration) -> FailoverPlan {
        if config.durability != Durability::Async {
            let timeout = config.policy.steps.acknowledge;
            self.actions.push(Action { step: Step::Acknowledge, timeout });
        }
        self
    }

    /// Conservative: every step takes as long as it may.
    pub fn estimate(&self) -> Span {
        self.actions.iter().map(|action| action.timeout).sum()
    }

    /// SHA-256 over the plan's canonical form: two plans with one digest are the same plan.
    pub fn digest(&self) -> [u8; 32] {
        let canonical = serde_json::to_vec(self).expect("plans hold nothing that JSON cannot express");
        Sha256::digest(canonical).into()
    }

    /// The plan that a policy with usual time-outs makes of a primary that fell silent: for reports that show one.
    pub fn sample(epoch: u64, from: NodeId, to: NodeId) -> FailoverPlan {
        let choice = Choice { to, position: LogPosition::default(), lag: Span::ZERO };
        FailoverPlan::new(epoch, from, Reason::PrimarySilent, &choice, &StepTimeouts::default())
    }
}

/// What a failover away from `from` would do now, leaving everything as it is.
///
/// # Errors
/// Nobody may take over, and why.
pub fn dry_run(config: &Configuration, view: &View, from: NodeId) -> Result<DryRun, NoTarget> {
    let view = &as_if_sealed(view, from);
    let choice = choose(config, view, from)?;
    let plan = FailoverPlan::new(view.epoch + 1, from, Reason::PrimarySilent, &choice, &config.policy.steps);
    let plan = plan.acknowledged_under(config);
    let heard = config.voters().filter(|voter| view.nodes[voter.index()].heard).count();
    let (standbys, needed) = config.read_quorum(from);
    let proven = standbys.iter().filter(|node| view.nodes[node.index()].sealed).count() >= needed;
    let preconditions = vec![
        (Precondition::MajorityHeard, heard >= config.majority()),
        (Precondition::TargetHeard, view.nodes[choice.to.index()].heard),
        (
            Precondition::WithinLagLimit,
            is_proven(config, needed) || choice.lag <= config.policy.promote_lag_max,
        ),
        (Precondition::ProvenComplete, proven),
    ];
    Ok(DryRun { plan, preconditions, lag: choice.lag })
}

/// In service nobody is sealed; when a failover begins, every living replica is, where it stands, and a primary that
/// is heard closes and says what it holds.
fn as_if_sealed(view: &View, from: NodeId) -> View {
    let mut view = View { impatient: true, ..view.clone() };
    if let Some(primary) = view.nodes.get(from.index()).filter(|primary| primary.heard) {
        view.written_at_most = Some(primary.database.position.committed);
    }
    for node in &mut view.nodes {
        node.sealed |= node.heard && node.database.role == Role::Replica;
    }
    view
}

impl DryRun {
    /// Whether every precondition holds.
    pub fn feasible(&self) -> bool {
        self.preconditions.iter().all(|(_, holds)| *holds)
    }
}

#[cfg(test)]
mod dry_runs;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_sample_plan_has_five_actions_and_a_conservative_estimate_of_40_seconds() {
        let plan = FailoverPlan::sample(2, NodeId(0), NodeId(1));
        assert_eq!(plan.actions.len(), 5);
        assert_eq!(plan.estimate(), Span::from_secs(40));
    }

    proptest! {
        #[test]
        fn a_plan_survives_serialising_and_any_change_changes_its_digest(epoch in 0u64..1_000_000, from in 0u16..9, to in 0u16..9) {
            let plan = FailoverPlan::sample(epoch, NodeId(from), NodeId(to));
            let read: FailoverPlan = serde_json::from_slice(&serde_json::to_vec(&plan).unwrap()).unwrap();
            prop_assert_eq!(read.digest(), plan.digest());
            prop_assert_eq!(&read, &plan);
            prop_assert_ne!(FailoverPlan { epoch: epoch + 1, ..plan.clone() }.digest(), plan.digest());
            prop_assert_ne!(FailoverPlan { to: NodeId(to + 1), ..plan.clone() }.digest(), plan.digest());
        }
    }
}
