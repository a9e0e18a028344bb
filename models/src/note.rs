//! What a replay tells: one line per thing that mattered.

use failover::Decision;
use units::Span;

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
    /// A database that closed in good order has sent everything to those who receive from it, and stops.
    Drained,
    /// A copy is made anew.
    CopyBegins {
        /// From this node.
        from: usize,
        /// It takes this long if nothing happens.
        takes: Span,
        /// Acknowledged writes that only the dropped copy held.
        writes: u64,
    },
    /// A copy that was made anew is complete.
    CopyEnds,
    /// A copy that was being made lost its primary.
    CopyBreaksOff,
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
