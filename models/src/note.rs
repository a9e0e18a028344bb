//! What a replay tells: one line per thing that mattered.

use failover::access::{Answer, Ask};
use failover::{Alert, Decision};
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
    /// A node reached the step that a fault waited for.
    Reaches {
        /// The fault.
        fault: usize,
        /// The node.
        node: usize,
        /// It strikes so much later.
        after: Span,
    },
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
    /// An agent gave out an alert.
    Alerts(Alert),
    /// Somebody saw one.
    Seen {
        /// Which.
        alert: Alert,
        /// On this channel.
        channel: u8,
    },
    /// An agent cannot read its disk before the KMS answers.
    WaitsForKey,
    /// An agent will never be able to read its disk, and why.
    StaysOut(String),
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
    /// A standby has caught up: writes may wait for it.
    CaughtUp,
    /// A primary finds that this standby has fallen silent, and waits for it no longer.
    MissesStandby(usize),
    /// A primary goes on without standbys.
    GoesOnAlone,
    /// A primary that went on alone waits for standbys again.
    WaitsForStandbys,
    /// A diverged copy was taken back; so many acknowledged writes were dropped.
    Rewinds {
        /// Acknowledged writes dropped.
        writes: u64,
    },
    /// Clients are sent to the nearest of these nodes.
    RoutesTo(Vec<usize>),
    /// Two actives have exchanged what they wrote while apart.
    StreamsMeet {
        /// The other one.
        other: usize,
        /// Keys that both wrote.
        keys: u64,
        /// Acknowledged writes that gave way.
        overwritten: u64,
    },
    /// A database that closed in good order has sent everything to those who receive from it, and stops.
    Drained,
    /// A copy has to be made anew, and waits for a person who does so.
    CopyStuck,
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
    /// The record was changed to this node, and the name servers go on with something else.
    DnsKeepsOn(usize),
    /// The virtual address moved to this node.
    AddressMoves(usize),
    /// It cannot be moved to this node: that is outside its network.
    AddressStays(usize),
    /// A proxy's checks marked a server up or down.
    Marks {
        /// The proxy.
        proxy: usize,
        /// The server.
        node: usize,
        /// Up.
        up: bool,
    },
    /// The record could not be changed to this node: the name servers do not answer.
    DnsRefuses(usize),
    /// The region's clients write so much from now on.
    Writes {
        /// Writes per second.
        per_second: u64,
    },
    /// So many of the region's clients can read nothing.
    Reads {
        /// Clients that read nothing.
        unserved: usize,
        /// Of so many.
        of: usize,
    },
    /// A database is offered more writes than it carries: they wait.
    Queues {
        /// Writes per second.
        offered: u64,
    },
    /// A database's queue is full.
    Refuses {
        /// Writes per second.
        offered: u64,
        /// Accepted, per million.
        accepted: u32,
    },
    /// A database answers, and so late that clients have given up.
    TimesOut {
        /// Writes per second, those sent again included.
        offered: u64,
    },
    /// A database carries what it is offered again, and nothing waits.
    KeepsUp,
    /// Something happened that must never happen.
    Violates(String),
    /// A person signs a request.
    Asks {
        /// Who.
        name: String,
        /// What.
        ask: Ask,
    },
    /// A person hears what became of it.
    Hears {
        /// Who.
        name: String,
        /// What.
        answer: Answer,
    },
    /// Two databases accept writes.
    SplitBrainBegins,
    /// No longer.
    SplitBrainEnds,
}
