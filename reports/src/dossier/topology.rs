/// A system: which machines stand where, and what lies between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    /// The system's name.
    pub name: String,
    /// A line on it: engine, durability, who decides.
    pub about: String,
    /// Regions, in the plan's order.
    pub places: Vec<Place>,
    /// What lies between regions, each pair once.
    pub lines: Vec<Line>,
}

/// A region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub provider: String,
    /// Client processes in it.
    pub clients: u32,
    /// Their writes per second.
    pub writes_per_second: u64,
    /// Its sites.
    pub sites: Vec<Site>,
}

/// A site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// Its machines.
    pub nodes: Vec<Node>,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// `primary`, `replica`, `active` or `witness`.
    pub role: &'static str,
    /// Writes per second it carries.
    pub capacity: u64,
}

/// A link between two regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Places of the two regions.
    pub between: (usize, usize),
    /// How long a message takes, in words: `p50 8.0ms, p99 20ms`.
    pub latency: String,
    /// Share of messages lost, in words; empty if none.
    pub loss: String,
}
