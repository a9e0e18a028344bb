//! What a replay tells: one line per thing that mattered.

use failover::Decision;

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// Where: a node, a region's clients, or the world.
    pub place: Place,
    /// What.
    pub what: What,
}

/// Where something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Everywhere or nowhere.
    World,
    /// A node.
    Node(usize),
    /// The clients of a region.
    Clients(usize),
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A fault struck.
    Strikes(usize),
    /// A fault was over.
    Heals(usize),
    /// A flapping link failed.
    LinkFails(usize),
    /// A flapping link works again.
    LinkWorks(usize),
    /// A slow database answers its clients too late.
    TooSlow,
    /// It answers them in time again.
    FastEnough,
    /// The database stopped because it cannot write its log.
    NoRoom,
    /// A promotion took its time and failed.
    PromotionFails,
    /// An agent decided.
    Decides(Decision),
    /// A database began to accept writes.
    Opens {
        /// Under this epoch.
        epoch: u64,
    },
    /// A database stopped accepting writes.
    Closes,
    /// A replica stopped receiving for good.
    Seals {
        /// For this epoch.
        epoch: u64,
    },
    /// A replica receives from this node.
    Streams(usize),
    /// A diverged copy was taken back; so many acknowledged writes were dropped.
    Rewinds {
        /// Acknowledged writes dropped.
        writes: u64,
    },
    /// A watchdog reset its machine.
    WatchdogResets,
    /// An agent started.
    AgentStarts,
    /// The record of the primary changed to this node.
    DnsAnswers(usize),
    /// So many of the region's clients are not served.
    Unserved {
        /// Not served.
        clients: usize,
        /// Of so many.
        of: usize,
    },
    /// All clients are served.
    AllServed,
    /// Something happened that must never happen.
    Violates(String),
    /// Two databases accept writes.
    SplitBrainBegins,
    /// No longer.
    SplitBrainEnds,
}
