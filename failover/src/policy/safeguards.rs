//! Lease, fencing, whose votes count, and a failsafe.
//!
//! Many systems have less than all of it. A plan that says what such a system lacks shows what it does before anybody changes
//! it: the same logic, the same disasters, the same measures.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use struct_patch::Patch;
use units::Span;

use super::{Objection, Policy};
use crate::access::Mode;
use crate::config::Member;

/// Lease, fencing, whose votes count, and a failsafe. Default: lease and fencing, everybody votes who may, no failsafe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[patch(attribute(doc = "What differs in the safeguards."))]
#[patch(attribute(allow(missing_docs)))]
#[serde(deny_unknown_fields, default)]
pub struct Safeguards {
    /// A primary accepts writes only under the lease of a majority, and whoever takes over waits for its end. Without it a
    /// primary goes on until it hears that another has the role, one that starts again opens before it has heard anybody,
    /// nobody waits, and a silent primary is taken to have written no more than the newest that anybody has reported.
    /// Default: true.
    pub lease: bool,
    /// Before anybody is chosen the copies stop listening to the old primary, for good. Without it they go on until they
    /// follow another. Without lease and fencing a primary that hears that another has the role stays open all the same,
    /// until its database stops for another reason. Default: true.
    pub fencing: bool,
    /// Whose votes count. Default: Members.
    pub votes: Votes,
    /// A primary that no majority of the voters grants the lease keeps it, or gets it back, while every other node with a
    /// copy grants it; much as with Patroni's `failsafe_mode`. Who has granted it takes no role before that is over. Default:
    /// false.
    pub failsafe: bool,
}

/// Whose votes count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Votes {
    /// Those of all members that vote.
    #[default]
    Members,
    /// Those of witnesses alone: a store apart, as etcd, Consul or ZooKeeper beside the databases.
    Witnesses,
}

impl Default for Safeguards {
    fn default() -> Safeguards {
        Safeguards { lease: true, fencing: true, votes: Votes::Members, failsafe: false }
    }
}

impl Safeguards {
    /// Whether a primary that is told that another has the role closes.
    pub fn closes_when_told(&self) -> bool {
        self.lease || self.fencing
    }
}

impl Votes {
    /// Whether this member's vote counts.
    pub fn count(self, member: &Member) -> bool {
        member.votes && (member.witness || self == Votes::Members)
    }
}

impl Policy {
    /// For how long a primary may go on that nobody hears any more; zero without a lease, where nothing bounds it.
    pub fn lease_length(&self) -> Span {
        if self.safeguards.lease { self.lease } else { Span::ZERO }
    }

    /// For how long its holder counts on a lease, from when it asked.
    pub fn lease_good_for(&self) -> Span {
        self.lease.saturating_sub(self.lease_margin)
    }

    pub(super) fn check_safeguards(&self, found: &mut Vec<Objection>) {
        let Safeguards { lease, fencing, failsafe, .. } = self.safeguards;
        let mut object = |field: &'static str, problem: &str, remedy: &str, fatal| {
            found.push(Objection {
                field: field.into(),
                problem: problem.to_owned(),
                remedy: remedy.to_owned(),
                fatal,
            });
        };
        if !lease && !failsafe {
            object(
                "safeguards.lease",
                "a primary that is cut off accepts writes while another takes over: a split brain",
                "set it to true, unless this pictures a system as it is",
                false,
            );
        }
        if !fencing {
            object(
                "safeguards.fencing",
                "copies listen to the old primary until they follow another: what they acknowledge may be lost",
                "set it to true, unless this pictures a system as it is",
                false,
            );
        }
        if failsafe && !lease {
            object(
                "safeguards.failsafe",
                "there is no lease to keep",
                "drop it, or set safeguards.lease to true",
                true,
            );
        }
        if failsafe && self.mode == Mode::Manual {
            object(
                "safeguards.failsafe",
                "copies that granted the lease take no role before it is over, whoever asks",
                "expect a failover that you ask for to take up to a lease longer",
                false,
            );
        }
    }
}
