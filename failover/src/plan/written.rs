//! Plans as YAML, for people to read, approve and keep. What is read is the plan that was written, or nothing: the
//! document carries the plan's digest and estimate, and neither is believed.
//!
//! ```yaml
//! digest: 5d0c...
//! estimate: 40s
//! plan:
//!   epoch: 2
//!   ...
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};
use units::Span;

use super::FailoverPlan;

/// Plans are short; a text longer than this is something else.
const BYTES_MAX: usize = 64 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// SHA-256 of the plan: 64 hexadecimal digits.
    digest: String,
    estimate: Span,
    plan: FailoverPlan,
}

/// Why a text is not a plan that can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is too long to be a plan: so many bytes.
    TooLong(usize),
    /// It is no YAML, or not that of a plan; with line and column where they are known.
    NotAPlan(String),
    /// The plan is not the one whose digest it carries.
    Digest {
        /// As the text says.
        written: String,
        /// Of the plan that stands there.
        is: String,
    },
    /// The plan does not take what it claims.
    Estimate {
        /// As the text says.
        written: Span,
        /// Of the plan that stands there.
        is: Span,
    },
}

impl FailoverPlan {
    /// As YAML, with its digest and its estimate.
    pub fn to_yaml(&self) -> String {
        let document = Document { digest: self.digest_hex(), estimate: self.estimate(), plan: self.clone() };
        serde_saphyr::to_string(&document).expect("plans hold nothing that YAML cannot express")
    }

    /// From what [`to_yaml`](FailoverPlan::to_yaml) wrote.
    ///
    /// # Errors
    /// If it is no plan, or not the one it says it is.
    pub fn from_yaml(text: &str) -> Result<FailoverPlan, Unreadable> {
        if text.len() > BYTES_MAX {
            return Err(Unreadable::TooLong(text.len()));
        }
        let read: Result<Document, _> = serde_saphyr::from_str(text);
        let Document { digest, estimate, plan } =
            read.map_err(|error| Unreadable::NotAPlan(error.to_string()))?;
        if digest != plan.digest_hex() {
            return Err(Unreadable::Digest { written: digest, is: plan.digest_hex() });
        }
        if estimate != plan.estimate() {
            return Err(Unreadable::Estimate { written: estimate, is: plan.estimate() });
        }
        Ok(plan)
    }

    /// The digest as people write it: 64 hexadecimal digits.
    pub fn digest_hex(&self) -> String {
        self.digest().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::TooLong(bytes) => write!(f, "{bytes} bytes are no plan; at most {BYTES_MAX} are"),
            Unreadable::NotAPlan(error) => write!(f, "not a plan: {error}"),
            Unreadable::Digest { written, is } => {
                write!(f, "the plan was changed: it says its digest is {written}, and it is {is}")
            }
            Unreadable::Estimate { written, is } => {
                write!(f, "the plan says it takes {written}, and its actions add up to {is}")
            }
        }
    }
}

impl std::error::Error for Unreadable {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::NodeId;
    use crate::plan::Action;
    use crate::{LogPosition, Reason, Step};
    use proptest::prelude::*;

    fn sample() -> FailoverPlan {
        FailoverPlan::sample(2, NodeId(0), NodeId(1))
    }

    fn any_plan() -> impl Strategy<Value = FailoverPlan> {
        let reasons = [
            Reason::PrimarySilent,
            Reason::DatabaseFailed,
            Reason::TargetLost,
            Reason::PlanFailed,
            Reason::Failback,
            Reason::PrimaryAlone,
            Reason::PrimaryAltered,
        ];
        let position = (any::<u64>(), any::<u64>(), any::<u64>())
            .prop_map(|(epoch, offset, committed)| LogPosition { epoch, offset, committed });
        let action = (prop::sample::select(Step::ALL.to_vec()), 0..=Span::LONGEST_READ.as_nanos() / 8)
            .prop_map(|(step, nanos)| Action { step, timeout: Span::from_nanos(nanos) });
        let nodes = (0u16..1000, 0u16..1000);
        let manifest = prop::option::of(any::<[u8; 32]>().prop_map(|bytes| crate::audit::sha256(&bytes)));
        (
            any::<u64>(),
            nodes,
            prop::sample::select(reasons.to_vec()),
            position,
            prop::collection::vec(action, 0..8),
            manifest,
        )
            .prop_map(|(epoch, (from, to), reason, at_least, actions, manifest)| FailoverPlan {
                epoch,
                from: NodeId(from),
                to: NodeId(to),
                reason,
                at_least,
                actions,
                manifest,
            })
    }

    proptest! {
        #[test]
        fn any_plan_is_the_same_after_being_written_and_read(plan in any_plan()) {
            let _evidence = evidence::of(&["Q-12"]);
            prop_assert_eq!(FailoverPlan::from_yaml(&plan.to_yaml()), Ok(plan));
        }

        #[test]
        fn a_changed_text_is_refused_or_says_the_same(at in 0usize..400, byte in 32u8..127) {
            let mut text = sample().to_yaml().into_bytes();
            let at = at % text.len();
            text[at] = byte;
            let text = String::from_utf8(text).expect("it is ASCII");
            if let Ok(plan) = FailoverPlan::from_yaml(&text) {
                prop_assert_eq!(plan, sample());
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            let _ = FailoverPlan::from_yaml(&text);
        }
    }

    #[test]
    fn the_sample_plan_reads_like_a_plan() {
        let yaml = sample().to_yaml();
        for line in ["estimate: 40s", "  epoch: 2", "  reason: PrimarySilent", "  - step: Fence"] {
            assert!(yaml.contains(line), "no '{line}' in\n{yaml}");
        }
    }

    #[test]
    fn what_is_not_a_plan_is_refused_with_the_reason() {
        let yaml = sample().to_yaml();
        let refused = |text: &str| FailoverPlan::from_yaml(text).expect_err("it is no plan").to_string();
        assert!(refused(&yaml.replace("to: 1", "to: 2")).contains("was changed"));
        assert!(refused(&yaml.replace("estimate: 40s", "estimate: 4s")).contains("add up to 40s"));
        assert!(refused(&yaml.replace("  epoch: 2\n", "")).contains("epoch"));
        assert!(
            refused(&yaml.replace("  epoch: 2\n", "  epoch: 2\n  approved: true\n")).contains("approved")
        );
        assert!(refused("").contains("not a plan"));
        assert!(refused(&"a".repeat(100_000)).contains("100000 bytes"));
    }
}
