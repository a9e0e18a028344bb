use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use units::Span;

use crate::check::Kind;
use crate::diagnostic::Severity;
use crate::plan::Plan;

/// What the loader must know about the logic under test: the type of its policy section and what can be said
/// of a policy without running it. Implemented on a marker type by whoever connects a logic to the world, so
/// that this crate knows no logic.
pub trait Logic {
    /// The `policy` section of a plan.
    type Policy: Clone + PartialEq + Debug + Serialize + DeserializeOwned;
    /// The same with every field optional, for overrides and settings. Should a field of the policy itself be
    /// optional, read it with [`named_none`](crate::named_none), so that `None` can be set.
    type PolicyPatch: Clone + Debug + Default + Serialize + DeserializeOwned;

    /// Replaces what the patch names.
    fn apply(policy: &mut Self::Policy, patch: Self::PolicyPatch);

    /// What is wrong with the policy by itself. Unless told, the loader checks types and nothing else.
    fn check(_policy: &Self::Policy) -> Vec<Objection> {
        Vec::new()
    }

    /// The regions, sites and nodes that the policy names. One that the plan does not have is refused: a misspelt
    /// preference would be none, and nobody would notice.
    fn names(_policy: &Self::Policy) -> Vec<Named> {
        Vec::new()
    }

    /// What in the plan follows from its policy, such as who votes: asked once all that is put on top of the plan is.
    fn settle(_plan: &mut Plan<Self::Policy>) {}

    /// Whether a primary that has lost the majority of the voters must stop.
    fn needs_majority(_policy: &Self::Policy) -> bool {
        true
    }

    /// What is wrong with the plan in the light of its policy: fields are paths in the plan, such as
    /// `database.watchdog`.
    fn review(_plan: &Plan<Self::Policy>) -> Vec<Objection> {
        Vec::new()
    }

    /// The steps of a failover in order, each with the least and the most it takes; together they are all of
    /// a failover until the new primary accepts writes. Clients' redirection is added by the loader.
    ///
    /// How long the database itself takes is in the plan, where somebody knows it better than the engine's profile.
    ///
    /// `one_way` is how long a message travels: at its best over the plan's shortest link, at its worst
    /// (99 in 100) over the longest. Unless told, the linter knows of redirection only, which is less than any
    /// failover takes: what it refutes is refuted, and it refutes less.
    fn stages(_plan: &Plan<Self::Policy>, _one_way: (Span, Span)) -> Vec<Stage> {
        Vec::new()
    }
}

/// Something wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The field's path: under `policy` for [`Logic::check`] (empty for the whole section), in the plan for
    /// [`Logic::review`].
    pub field: String,
    /// What is wrong, in one line.
    pub problem: String,
    /// What to do about it, in one line.
    pub remedy: String,
    /// How bad it is.
    pub severity: Severity,
}

/// A name in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The field's path under `policy`, such as `prefer_regions[1]`.
    pub field: String,
    /// What it is to be the name of.
    pub kind: Kind,
    /// The name.
    pub name: String,
}

/// A step of a failover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// `detect`, `decide`, `fence`, `promote` or `redirect`.
    pub name: &'static str,
    /// It never takes less.
    pub least: Span,
    /// It seldom takes more.
    pub most: Span,
    /// Where the figures come from, in one line.
    pub why: String,
}
