//! One run as lanes side by side: faults, nodes, clients.

use units::Span;

/// What happened in one run, drawn over time. All times count from the start of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// The run's seed.
    pub seed: u64,
    /// Its fingerprint.
    pub digest: u64,
    /// The picture begins here.
    pub from: Span,
    /// The picture ends here.
    pub to: Span,
    /// From top to bottom. Lanes on which nothing happens are left out.
    pub lanes: Vec<Lane>,
    /// Lanes left out.
    pub quiet: usize,
    /// The same in words, in order.
    pub told: Vec<Told>,
    /// Lines left out of `told`, because the picture does not show their time or there are too many.
    pub untold: usize,
}

/// Everything of one fault, node or region, or of what belongs to none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: LaneKind,
    /// What lasts.
    pub bars: Vec<Bar>,
    /// What happens at once.
    pub marks: Vec<Mark>,
}

/// What a lane is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneKind {
    /// A fault.
    Fault,
    /// What must never happen.
    Judge,
    /// People who see alerts, ask and approve.
    People,
    /// What leads clients to the primary: name servers, proxies, a virtual address.
    Guide,
    /// The clients of a region.
    Clients,
    /// A node.
    Node,
}

/// Something that lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Since when.
    pub from: Span,
    /// Until when; to the end of the run if it did not end.
    pub to: Option<Span>,
    /// What.
    pub what: String,
    /// Whether that is good.
    pub tone: Tone,
}

/// Something that happens at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Span,
    /// What.
    pub what: String,
    /// Whether that is good.
    pub tone: Tone,
}

/// Whether something is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It is.
    Good,
    /// It is not.
    Bad,
    /// It makes one wonder.
    Unsure,
    /// It is neither.
    Plain,
}

/// A line of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Span,
    /// Where.
    pub place: String,
    /// What.
    pub what: String,
    /// Whether that is good.
    pub tone: Tone,
}
