//! How much may still go wrong: with little of the error budget left, what is optional waits, and what is not hurries.
//!
//! ```text
//!   left of the budget   1.0 ------------- hold_below ------------- hasten_below ------- 0
//!   failback             as configured   | waits                  | waits
//!   silence that counts  as configured   | as configured          | `beats` heartbeats
//! ```
//!
//! The coordinator cannot count what clients miss; monitoring tells it ([`Input::Budget`](crate::Input::Budget)).
//! From whoever has not been told, everything is as configured.

use crate::message::Effect;
use crate::policy::ErrorBudget;

use super::Controller;

impl Controller {
    #[cold]
    pub(super) fn on_budget(&mut self, left: u32) {
        self.budget_left = Some(left);
        let limit = match self.config.policy.error_budget {
            ErrorBudget::Heeded { hasten_below, beats, .. } if self.has_less_than(hasten_below) => {
                Some(self.config.policy.silence_of(beats))
            }
            _ => None,
        };
        for peer in &mut self.peers {
            peer.detector.lose_patience_after(limit);
        }
        self.suspicion_due = self.now;
        self.attention = true;
    }

    /// A change of the primary that nobody needs would cost budget that is not there.
    pub(super) fn holds_optional_changes(&self) -> bool {
        match self.config.policy.error_budget {
            ErrorBudget::Heeded { hold_below, .. } => self.has_less_than(hold_below),
            ErrorBudget::Ignored => false,
        }
    }

    fn has_less_than(&self, share: f64) -> bool {
        self.budget_left.is_some_and(|left| f64::from(left) < share * 1e6)
    }

    /// Says once that a failback waits for the budget.
    pub(super) fn hold_failback(&mut self, out: &mut Vec<Effect>) {
        let left = self.budget_left.unwrap_or_default();
        if !std::mem::replace(&mut self.held_back, true) {
            out.push(Effect::Decided(crate::Decision::HoldsFailback { budget_left: left }));
        }
    }
}
