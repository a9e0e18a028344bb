//! What a criterion is about, for whoever compares two sides by it.

use super::Bad;

impl Bad {
    /// Whether a scenario asks for it to see what it is about at all. That is a yes or a no of all runs together: of two
    /// sides that both show it, the one that shows it in fewer runs is not worse.
    pub fn is_premise(&self) -> bool {
        matches!(self, Bad::Unseen(_) | Bad::NotOverloaded | Bad::QuorumKept)
    }

    /// Whether it is about how well clients are served, which two primaries at once do better than one.
    pub fn is_of_service(&self) -> bool {
        matches!(
            self,
            Bad::RecoveryTimeAbove(_)
                | Bad::PhaseAbove(..)
                | Bad::UnavailableAbove(_)
                | Bad::ClientTimeLostAbove(_)
                | Bad::AvailabilityBelow(_)
                | Bad::Disturbed
                | Bad::NotRecovered
                | Bad::ReadsBelow(_)
        )
    }
}
