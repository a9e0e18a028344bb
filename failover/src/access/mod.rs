//! Who may ask the cluster for what, and how it is sure of it.
//!
//! ```text
//!  person: sign(request) --> any node: gate --> coordinator: gate --> log --> every node: Cluster::order
//!                             rate, signature, window, role            |       nonce, own request, approvals
//!                                                                      '--> Begin or HandOver, once approved
//! ```
//!
//! The [`Gate`] refuses what one node can judge alone. What needs a common view, such as whether a request was seen
//! before, on whichever node, is decided where the request is applied from the log ([`Ledger`]), so a change of the
//! coordinator opens no gap. Every denial is a [`Decision`](crate::Decision) and has no other effect.
//!
//! Signatures are Ed25519 (RFC 8032) by the `ed25519-dalek` crate, checked strictly. No cryptography is ours.

mod bucket;
mod gate;
mod key;
mod ledger;
mod people;
mod request;
#[cfg(test)]
mod tests;
mod wall;

pub use gate::Gate;
pub use key::{KeyError, PublicKey, Signature, SigningKey};
pub use ledger::{Ledger, Operation, Order, Progress};
pub use people::{Access, AccessPatch, Mode, Principal, RateLimit, Role as PersonRole};
pub use request::{Ask, Request, RequestId, Unsigned, Window};
pub use wall::WallTime;

use serde::{Deserialize, Serialize};

use crate::id::NodeId;

/// Why a request is not granted. It had no other effect than that this is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Denial {
    /// Nobody of that name is configured.
    UnknownPrincipal,
    /// The signature is not that person's, or something was changed after signing.
    BadSignature,
    /// It was signed too long ago, or in what this node takes for the future.
    OutsideWindow,
    /// It was taken before, or may have been: its time is before what is remembered.
    Replayed,
    /// The person's role does not allow it.
    RoleForbids,
    /// Nobody approves what he asked for himself.
    OwnRequest,
    /// The person has approved it already.
    AlreadyApproved,
    /// Too many requests, from this person or from strangers.
    RateLimited,
    /// Nothing of that id waits.
    NothingWaits,
    /// Something else waits already: cancel it, or approve it.
    AnotherWaits,
    /// The node is none that could be primary, or it is primary already.
    NoSuchTarget,
    /// The maintenance window ends before it begins.
    EmptyWindow,
    /// Several members accept writes: no role can be moved.
    NoRole,
    /// This node does not know what time it is.
    NoClock,
    /// Nobody coordinates, or nobody that this node hears: try again, perhaps elsewhere.
    NoCoordinator,
}

/// What a person hears.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// How things stand.
    Status(Status),
    /// Agreed on by the majority.
    Noted(Progress),
    /// Not granted.
    Denied(Denial),
}

/// How things stand, as far as one node knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The node that owns the role of primary, or owned it last.
    pub primary: NodeId,
    /// The highest epoch begun.
    pub epoch: u64,
    /// No failover is under way.
    pub steady: bool,
    /// What waits for approvals, or for its window.
    pub waits: Option<RequestId>,
}

/// Why an operation that waited is dropped without having been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dropped {
    /// It was not approved, or could not begin, while it was valid.
    Expired,
    /// What is left of its window is less than the switchover may take.
    WindowTooShort,
    /// The role went elsewhere meanwhile: what was asked for was asked of another state of things.
    Overtaken,
}
