use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Span;

/// A duration that was observed, or that was still going on when the observation ended.
///
/// Ordered: what was cut off took longer than anything that came back, whatever the numbers say, because a
/// run that is still down at its horizon may be down for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Measured {
    /// It ended after this long.
    Exactly(Span),
    /// It had lasted this long when nobody looked any more.
    LongerThan(Span),
}

impl Measured {
    /// Whether the end was not seen.
    pub fn is_censored(self) -> bool {
        matches!(self, Measured::LongerThan(_))
    }

    /// The duration seen, ended or not.
    pub fn at_least(self) -> Span {
        match self {
            Measured::Exactly(span) | Measured::LongerThan(span) => span,
        }
    }

    /// Whether it is known to have taken at most `limit`: what was cut off never is.
    pub fn within(self, limit: Span) -> bool {
        matches!(self, Measured::Exactly(span) if span <= limit)
    }
}

impl PartialOrd for Measured {
    fn partial_cmp(&self, other: &Measured) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Measured {
    fn cmp(&self, other: &Measured) -> Ordering {
        (self.is_censored(), self.at_least()).cmp(&(other.is_censored(), other.at_least()))
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Measured::Exactly(span) => span.fmt(f),
            Measured::LongerThan(span) => f.pad(&format!("> {span}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_never_came_back_sorts_after_every_run_that_did() {
        let (short, long) = (Span::from_secs(1), Span::from_secs(100));
        assert!(Measured::LongerThan(short) > Measured::Exactly(long));
        assert!(Measured::LongerThan(short) < Measured::LongerThan(long));
    }

    #[test]
    fn what_was_cut_off_is_within_no_limit() {
        let span = Span::from_secs(1);
        assert!(Measured::Exactly(span).within(span));
        assert!(!Measured::LongerThan(span).within(Span::MAX));
    }
}
