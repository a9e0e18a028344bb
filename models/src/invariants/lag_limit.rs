//! A replica beyond the policy's lag limit is never promoted.
//!
//! Why it must hold: with asynchronous replication the lag of the promoted replica *is* what is lost. The limit
//! is the operator's word on how much may be lost without a human's decision; staying down is better than
//! losing more.

use units::Span;

use super::Promotion;

pub(super) fn check(promotion: &Promotion) -> Result<(), String> {
    match promotion.lag_limit {
        Some(limit) if !promotion.again && promotion.lag > limit => {
            // Where both would read the same when they are rounded, in full.
            let lag = match promotion.lag.saturating_sub(limit) < Span::from_millis(100) {
                true => promotion.lag.to_string(),
                false => promotion.lag.rounded().to_string(),
            };
            Err(format!("promoted {lag} behind; the limit is {}", limit.rounded()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::tests::sound;

    #[test]
    fn a_replica_too_far_behind_must_stay_a_replica() {
        assert!(check(&sound()).is_ok());
        let late = Promotion { lag: Span::from_secs(36), ..sound() };
        assert!(check(&late).is_err());
        let hardly = Promotion { lag: Span::from_nanos(35_000_000_001), ..sound() };
        assert_eq!(check(&hardly).unwrap_err(), "promoted 35s 1ns behind; the limit is 35s");
        assert!(check(&Promotion { again: true, ..late }).is_ok(), "the old primary lags behind nobody");
        assert!(check(&Promotion { lag_limit: None, ..late }).is_ok(), "no limit, nothing to exceed");
    }
}
