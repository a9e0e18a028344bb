//! No two failovers within the cooldown: once a plan is complete, the next one waits.
//!
//! Why it must hold: every failover is an outage and, under asynchronous replication, a loss. Logic that goes on
//! failing over while the trouble moves about does more harm than the trouble; the cooldown is the operator's word
//! on how often is too often. A plan that failed does not count, its successor is the same failover. The
//! cooldown is measured by the coordinator's clock, so where a fault bent any clock nothing is held against it.

use units::Span;

use super::Promotion;

/// Two nodes' clocks, and the moments at which they learn of an agreement, differ by less.
const TOLERANCE: Span = Span::from_millis(100);

pub(super) fn check(promotion: &Promotion) -> Result<(), String> {
    match (promotion.since_completed, promotion.cooldown) {
        (Some(since), Some(cooldown)) if !promotion.again && since + TOLERANCE < cooldown => Err(format!(
            "takes over {} after the last failover was complete; the cooldown is {}",
            since.rounded(),
            cooldown.rounded()
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::tests::sound;

    #[test]
    fn the_next_failover_waits_until_the_cooldown_is_over() {
        let after = |seconds| Promotion { since_completed: Some(Span::from_secs(seconds)), ..sound() };
        assert!(check(&sound()).is_ok());
        assert!(check(&after(60)).is_ok());
        assert!(check(&after(59)).unwrap_err().contains("59s after"));
        assert!(check(&Promotion { again: true, ..after(5) }).is_ok(), "a restart in place is no failover");
    }
}
