//! People who ask the failover logic for something, and what somebody asks who must not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::Distribution;
use units::Span;

use crate::when::When;

/// Somebody who can ask the logic for something, and approve what others ask. What they may do is the logic's policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// As the logic's policy calls them.
    pub name: String,
    /// Where they sit: requests travel from there as those of clients do, and are cut off with them.
    pub region: String,
    /// From the alert, or the colleague's call, until they have looked at it and signed.
    #[serde(default = "default_reaction")]
    pub reaction: Distribution,
}

/// Somebody asks for something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asking {
    /// When they sign it. If absent: after their reaction time, once the logic says that it waits for an operator.
    #[serde(default)]
    pub at: Option<When>,
    /// Who.
    pub from: String,
    /// What.
    pub ask: AskFor,
    /// Who is called to approve it once it is noted; each does after their reaction time.
    #[serde(default)]
    pub approve: Vec<String>,
}

/// What somebody asks for. Names are of nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum AskFor {
    /// How things stand.
    Status,
    /// A failover, whatever the state of the primary.
    Failover {
        /// To this node, if possible.
        #[serde(default)]
        to: Option<String>,
    },
    /// A change of the primary that loses nothing.
    Switchover {
        /// To this node.
        to: String,
        /// Only within this time, counted from the beginning of the run.
        #[serde(default)]
        window: Option<(Span, Span)>,
    },
}

/// Who makes a request that must be refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Forger {
    /// Somebody whom the logic does not know, with a key of their own.
    Stranger,
    /// Somebody who says that they are this person, with a key of their own.
    Impostor(String),
    /// This person, with the right key, and nobody wanted it: the role must not allow it.
    Insider(String),
}

fn default_reaction() -> Distribution {
    Distribution::Lognormal { median: Span::from_secs(60), p99: Span::from_secs(300) }
}
