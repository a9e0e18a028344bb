use serde::{Deserialize, Serialize};
use units::Span;

use crate::access::{Denial, Dropped, Progress, RequestId};
use crate::audit::Damage;
use crate::id::{NodeId, NodeSet};
use crate::plan::Step;
use crate::reason::Reason;
use crate::selection::NoTarget;

/// A decision and its grounds: what the audit trail records and a timeline tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Decision {
    /// The peer has been silent for too long.
    Suspects(NodeId),
    /// The peer is heard again.
    Trusts(NodeId),
    /// Elected: this node speaks for the majority.
    Coordinates {
        /// Consensus term.
        term: u64,
    },
    /// No longer the coordinator.
    YieldsCoordination,
    /// A majority finds that the primary is out of service; a failover is proposed.
    Finds {
        /// The epoch to come.
        epoch: u64,
        /// The primary.
        from: NodeId,
        /// What is wrong with it.
        reason: Reason,
    },
    /// The role is to go to another node although nothing is wrong: the primary closes in good order.
    HandsOver {
        /// The epoch to come.
        epoch: u64,
        /// The primary.
        from: NodeId,
        /// Who shall have the role.
        to: NodeId,
        /// Why.
        reason: Reason,
    },
    /// Of several members that accept writes, clients are no longer sent to this one.
    Withdraws(NodeId),
    /// Clients are sent to it again.
    Restores(NodeId),
    /// The cluster agreed to fail over; replicas are sealed.
    Begins {
        /// The epoch to come.
        epoch: u64,
    },
    /// The primary came back before a new one was chosen; it goes on under this epoch.
    Abandons {
        /// The epoch.
        epoch: u64,
    },
    /// The replica that is to take over.
    Chooses {
        /// The epoch to come.
        epoch: u64,
        /// The replica.
        to: NodeId,
        /// How far it is behind the newest position known.
        lag: Span,
    },
    /// Nobody may take over: the cluster stays down until that changes.
    FindsNoTarget(NoTarget),
    /// A step of the plan begins.
    StepBegins {
        /// Epoch of the plan.
        epoch: u64,
        /// The step.
        step: Step,
    },
    /// A step failed or timed out; the plan is rolled back.
    StepFails {
        /// Epoch of the plan.
        epoch: u64,
        /// The step.
        step: Step,
        /// It timed out.
        timed_out: bool,
    },
    /// The new primary is open and clients are sent to it, but a write was not acknowledged: too few of the replicas
    /// that writes wait for follow it. It goes on trying; until then the plan is not complete.
    AwaitsAcknowledgement {
        /// Epoch of the plan.
        epoch: u64,
        /// Of the replicas that writes may wait for, those that do not follow.
        missing: NodeSet,
    },
    /// The plan is carried out and verified; where writes wait for replicas, one was acknowledged.
    Completes {
        /// Epoch of the plan.
        epoch: u64,
    },
    /// A majority promised: writes may be accepted.
    HoldsLease {
        /// The epoch.
        epoch: u64,
    },
    /// The lease could not be renewed: the database must stop.
    LosesLease {
        /// The epoch.
        epoch: u64,
    },
    /// The local database failed and could not be restarted in time.
    GivesUpDatabase,
    /// The audit trail of this member, or its own, is not what was written.
    DistrustsTrail {
        /// Whose.
        of: NodeId,
        /// What is wrong with it.
        damage: Damage,
    },
    /// This member's configuration is not the majority's: it has no vote.
    DistrustsConfiguration {
        /// Whose.
        of: NodeId,
    },
    /// As target: the plan was not made under this node's configuration, so one of the two was tampered with.
    RefusesPlan {
        /// Epoch of the plan.
        epoch: u64,
    },
    /// The role could go back, and stays where it is: too little of the error budget is left.
    HoldsFailback {
        /// Parts per million.
        budget_left: u32,
    },
    /// A person's request is not granted, and has no other effect.
    Denies {
        /// The request.
        request: RequestId,
        /// Who it says it is from, shortened to 64 bytes.
        claims: String,
        /// Why.
        why: Denial,
    },
    /// So many requests more than the rate limit allows were dropped unread since this was last said.
    Sheds {
        /// How many.
        requests: u32,
    },
    /// As coordinator this node found a request in order, and asks the majority.
    Admits {
        /// The request.
        request: RequestId,
    },
    /// A request that this node found in order goes to the coordinator.
    Forwards {
        /// The request.
        request: RequestId,
        /// The coordinator.
        to: NodeId,
    },
    /// The majority agreed on a request.
    Notes {
        /// The request.
        request: RequestId,
        /// What came of it.
        progress: Progress,
    },
    /// An approved request is carried out.
    Obeys {
        /// The epoch to come.
        epoch: u64,
        /// The primary.
        from: NodeId,
        /// The request that was approved.
        request: RequestId,
        /// As what.
        reason: Reason,
    },
    /// What was asked for is dropped.
    Drops {
        /// The request.
        request: RequestId,
        /// Why.
        why: Dropped,
    },
    /// A majority finds that the primary is out of service, and waits for an operator's request.
    AwaitsOperator {
        /// The primary.
        from: NodeId,
        /// What is wrong with it.
        reason: Reason,
    },
    /// After a restart this node knows again what was agreed, and acts on it from now on.
    Rejoins {
        /// The highest epoch that has begun.
        epoch: u64,
    },
    /// Messages that were heard before were heard again, and count no more; told once for a generation of their sender.
    Replayed {
        /// Who sent them first.
        from: NodeId,
    },
    /// A message that makes no sense was refused.
    Refuses {
        /// Who sent it.
        from: NodeId,
    },
}
