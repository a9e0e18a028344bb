use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use struct_patch::Patch;
use units::Span;

use super::key::PublicKey;

/// Whether the cluster moves the role by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Mode {
    /// When a majority finds the primary out of service.
    #[default]
    Automatic,
    /// When a majority finds that, an operator is asked, and nothing happens before a request is approved. Nor does the role
    /// go back by itself: a failback is a switchover that somebody asks for.
    Manual,
}

/// Who may ask for what, and how requests are checked. Without people no request is granted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[patch(attribute(doc = "What differs in who may ask for what."))]
#[patch(attribute(allow(missing_docs)))]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// Everybody whose requests are considered, at most 64.
    pub people: Vec<Principal>,
    /// Approvals by others that a failover or switchover needs. Default 1.
    pub approvals: u32,
    /// A request is refused if its time is further than this from the clock of the node that takes it, either way.
    /// Default 30 s, from 1 s to 1 h.
    pub window: Span,
    /// What was asked for and could not begin within this time is dropped; a maintenance window extends it to its
    /// own end. Default 15 min, longer than `window`.
    pub validity: Span,
    /// How many requests a node takes, from each person and, all together, from strangers.
    #[patch(nesting)]
    pub rate: RateLimit,
}

/// A person, or a program that acts for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// As people call them; unique.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whose signatures are theirs. A person without one cannot ask for anything. In a simulation the world makes
    /// the keys.
    #[serde(default)]
    pub key: Option<PublicKey>,
}

/// What somebody may do; each may also do what those before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Role {
    /// Ask how things stand.
    Viewer,
    /// Ask for failovers and switchovers, approve those of others, cancel their own.
    Operator,
    /// Cancel those of others.
    Admin,
}

/// A bucket of requests that fills again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[patch(attribute(doc = "What differs in how many requests a node takes."))]
#[patch(attribute(allow(missing_docs)))]
#[serde(deny_unknown_fields, default)]
pub struct RateLimit {
    /// Requests in a row. Default 10, from 1.
    pub burst: u32,
    /// One more after so long. Default 3 s, at least 1 ms.
    pub refill: Span,
}

impl Default for Access {
    fn default() -> Access {
        Access {
            people: Vec::new(),
            approvals: 1,
            window: Span::from_secs(30),
            validity: Span::from_secs(900),
            rate: RateLimit::default(),
        }
    }
}

impl Default for RateLimit {
    fn default() -> RateLimit {
        RateLimit { burst: 10, refill: Span::from_secs(3) }
    }
}

impl Access {
    /// The most people that can be told apart by a gate that stays small.
    pub const PEOPLE_MAX: usize = 64;

    /// The person of that name.
    pub fn person(&self, name: &str) -> Option<&Principal> {
        self.people.iter().find(|person| person.name == name)
    }

    /// Whether the person of that name has at least this role.
    pub fn is_at_least(&self, name: &str, role: Role) -> bool {
        self.person(name).is_some_and(|person| person.role >= role)
    }
}
