//! Steps of a run at which a fault may strike, by the words of timelines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A step that a node reaches, as the world sees it or the logic tells it. The name is of a node; `"$primary"` is whichever
/// is primary at that moment, `"$any"` any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Trigger {
    /// It suspects another member: that has been silent for too long.
    Suspects(String),
    /// Another member suspects it; counted once for each that does.
    Suspected(String),
    /// It begins to write a vote in an election to its disk, a candidate's own too.
    Votes(String),
    /// It is elected coordinator.
    Coordinates(String),
    /// As coordinator it finds that the primary is out of service, and proposes a failover.
    Finds(String),
    /// It learns that the cluster agreed to fail over.
    Begins(String),
    /// Its database stops receiving for good: its position is final.
    Seals(String),
    /// As coordinator it chooses who is to take over.
    Chooses(String),
    /// As coordinator it hands the role over although nothing is wrong: a switchover begins.
    HandsOver(String),
    /// As target it waits for the old lease to run out.
    Fences(String),
    /// Its database is told to open under an epoch that is new: the promotion is under way.
    Promotes(String),
    /// Its database begins to accept writes.
    Opens(String),
    /// Its database no longer accepts writes: it was stopped, died, or its engine has no lease.
    Closes(String),
    /// As new primary it checks that its database is complete and accepts writes.
    Verifies(String),
    /// As new primary it has clients sent to itself.
    Redirects(String),
    /// As new primary it tells the other replicas to follow it.
    Repoints(String),
    /// It learns that a failover is complete.
    Completes(String),
    /// It lost the lease and must stop its database.
    LosesLease(String),
    /// Of the lease that its database was last told of, less than a quarter of a whole one is left.
    LeaseNearlyOver(String),
    /// Its agent begins to write to its disk: a strike without `after` finds the write under way.
    Persists(String),
    /// Its agent starts again.
    AgentStarts(String),
    /// Its database, which was not running, begins to start.
    DatabaseStarts(String),
    /// It begins to follow a primary.
    Streams(String),
    /// Its database begins to be copied anew.
    CopyBegins(String),
}

impl Trigger {
    /// Who has to reach it.
    pub fn node(&self) -> &str {
        use Trigger as T;
        match self {
            T::Suspects(node) | T::Suspected(node) | T::Votes(node) | T::Coordinates(node) => node,
            T::Finds(node) | T::Begins(node) | T::Seals(node) | T::Chooses(node) => node,
            T::HandsOver(node) | T::Fences(node) | T::Promotes(node) | T::Opens(node) => node,
            T::Closes(node) | T::Verifies(node) | T::Redirects(node) | T::Repoints(node) => node,
            T::Completes(node) | T::LosesLease(node) | T::LeaseNearlyOver(node) => node,
            T::Persists(node) | T::AgentStarts(node) | T::DatabaseStarts(node) => node,
            T::Streams(node) | T::CopyBegins(node) => node,
        }
    }

    /// The sentence whose subject is that node.
    pub fn told(&self) -> &'static str {
        match self {
            Trigger::Suspects(_) => "suspects another",
            Trigger::Suspected(_) => "is suspected",
            Trigger::Votes(_) => "writes its vote",
            Trigger::Coordinates(_) => "is elected coordinator",
            Trigger::Finds(_) => "finds that the primary is out of service",
            Trigger::Begins(_) => "learns that a failover begins",
            Trigger::Seals(_) => "stops receiving",
            Trigger::Chooses(_) => "chooses who is to take over",
            Trigger::HandsOver(_) => "hands the role over",
            Trigger::Fences(_) => "waits for the old lease",
            Trigger::Promotes(_) => "promotes its database",
            Trigger::Opens(_) => "accepts writes",
            Trigger::Closes(_) => "no longer accepts writes",
            Trigger::Verifies(_) => "checks its database",
            Trigger::Redirects(_) => "redirects clients",
            Trigger::Repoints(_) => "repoints the replicas",
            Trigger::Completes(_) => "learns that a failover is complete",
            Trigger::LosesLease(_) => "loses its lease",
            Trigger::LeaseNearlyOver(_) => "has little left of its lease",
            Trigger::Persists(_) => "writes to its disk",
            Trigger::AgentStarts(_) => "starts its failover agent",
            Trigger::DatabaseStarts(_) => "starts its database",
            Trigger::Streams(_) => "follows a primary",
            Trigger::CopyBegins(_) => "is copied anew",
        }
    }

    /// A node that holds no data never reaches it.
    pub fn is_of_databases(&self) -> bool {
        use Trigger as T;
        matches!(
            self,
            T::Seals(_)
                | T::Fences(_)
                | T::Promotes(_)
                | T::Opens(_)
                | T::Closes(_)
                | T::Verifies(_)
                | T::Redirects(_)
                | T::Repoints(_)
                | T::LosesLease(_)
                | T::LeaseNearlyOver(_)
                | T::DatabaseStarts(_)
                | T::Streams(_)
                | T::CopyBegins(_)
        )
    }

    /// It may be reached where nothing is wrong: agents write down what they agree on, and a lease that is hardly longer
    /// than a heartbeat runs low before each.
    pub fn comes_by_itself(&self) -> bool {
        matches!(self, Trigger::Persists(_) | Trigger::LeaseNearlyOver(_))
    }
}
