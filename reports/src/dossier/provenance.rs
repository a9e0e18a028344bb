/// How the runs of a report can be had again, and on what they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The command line, as one would type it; empty if there was none.
    pub command: String,
    /// The first seed.
    pub seed_base: u64,
    /// Where it ran. Runs do not depend on it.
    pub machine: Machine,
}

/// A computer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Operating system and architecture, such as `linux x86_64`.
    pub system: String,
    /// What its processor calls itself; empty if it does not say.
    pub processor: String,
    /// Threads that can run at once; 0 if the system does not say.
    pub cores: usize,
}
