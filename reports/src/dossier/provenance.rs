use crate::gate::Machine;

/// How the runs of a report can be had again, and on what they were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The command line, as one would type it; empty if there was none.
    pub command: String,
    /// The first seed; the others follow it.
    pub first_seed: u64,
    /// Where it ran. Runs do not depend on it.
    pub machine: Machine,
}
