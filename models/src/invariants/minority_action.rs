//! No minority ever acts: a node is promoted only while it reaches a majority, or did so within one lease, all of it at
//! once or one after the other.
//!
//! Why it must hold: two groups that cannot see each other cannot both be a majority, so if only majorities
//! act, at most one of them does. The lease's length is allowed because what a majority agreed on may be
//! carried out a moment after the connection to it broke, and the lease bounds how long.

use super::Promotion;

pub(super) fn check(promotion: &Promotion) -> Result<(), String> {
    match (promotion.alone_for, promotion.lease) {
        (Some(alone), Some(lease)) if alone > lease => Err(format!(
            "accepts writes although it has reached no majority for {}, longer than a lease of {}",
            alone.rounded(),
            lease.rounded()
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::tests::sound;
    use units::Span;

    #[test]
    fn a_node_that_has_long_lost_the_majority_must_not_act() {
        let alone = |seconds| check(&Promotion { alone_for: Some(Span::from_secs(seconds)), ..sound() });
        assert!(check(&sound()).is_ok());
        assert!(alone(19).is_ok());
        assert!(alone(21).unwrap_err().contains("no majority for 21s"));
    }
}
