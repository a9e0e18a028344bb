//! What must never happen. One file each: why it must hold, and how a promotion is held against it. Split brain
//! is counted in the world (`count_open`), broken durability whenever a timeline is given up (`judge_durability`): at a
//! promotion, when a copy drops what it holds, and when a run is over.

mod cooldown;
pub(crate) mod epoch_storm;
mod lag_limit;
mod minority_action;
pub(crate) mod minority_service;
mod stale_epoch;
pub(crate) mod two_coordinators;
pub(crate) mod unauthorised;

use scenarios::Invariant;
use units::Span;

/// A database is about to accept writes.
#[derive(Clone, Copy, Debug)]
pub struct Promotion {
    /// On the node that did so before: a restart, not a failover.
    pub again: bool,
    /// Under this epoch.
    pub epoch: u64,
    /// The highest epoch that accepted writes so far.
    pub epoch_before: u64,
    /// How long the node has been without a majority; `None` if it has one.
    pub alone_for: Option<Span>,
    /// How long a lease may last, if the logic has leases.
    pub lease: Option<Span>,
    /// How far the node is behind the old primary.
    pub lag: Span,
    /// How far it may be, if the policy limits it.
    pub lag_limit: Option<Span>,
    /// How long ago the failover that made the present primary was complete; `None` if it was not, or if no clock
    /// can be trusted to say.
    pub since_completed: Option<Span>,
    /// How long the next one has to wait, if the policy says so.
    pub cooldown: Option<Span>,
}

/// Every invariant that the promotion violates, with the particulars.
pub fn judge(promotion: &Promotion) -> impl Iterator<Item = (Invariant, String)> + use<> {
    let checks = [
        (Invariant::MinorityAction, minority_action::check(promotion)),
        (Invariant::StaleEpoch, stale_epoch::check(promotion)),
        (Invariant::LagLimitExceeded, lag_limit::check(promotion)),
        (Invariant::CooldownIgnored, cooldown::check(promotion)),
    ];
    checks.into_iter().filter_map(|(invariant, verdict)| Some((invariant, verdict.err()?)))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A promotion nobody can object to.
    pub(crate) fn sound() -> Promotion {
        Promotion {
            again: false,
            epoch: 2,
            epoch_before: 1,
            alone_for: None,
            lease: Some(Span::from_secs(20)),
            lag: Span::ZERO,
            lag_limit: Some(Span::from_secs(35)),
            since_completed: None,
            cooldown: Some(Span::from_secs(60)),
        }
    }
}
