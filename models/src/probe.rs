/// What a probe of a world without faults found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Every configured part.
    pub parts: Vec<Part>,
}

/// A configured part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub what: Probed,
    /// Its name: of the node, or of the region.
    pub name: String,
    /// Why it counts as missing; `None` if it is there.
    pub missing: Option<String>,
}

/// Kinds of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Probed {
    /// An agent that is heard by a majority of the voters, and hears them; one without a vote hears somebody.
    Agent,
    /// A database that accepts writes, or follows the one that does.
    Database,
    /// Name servers that name a database which accepts writes.
    NameServers,
    /// The clients of a region, all served.
    Clients,
}

impl Probed {
    /// As sentences begin with it.
    pub const fn word(self) -> &'static str {
        match self {
            Probed::Agent => "agent",
            Probed::Database => "database",
            Probed::NameServers => "name servers",
            Probed::Clients => "clients",
        }
    }
}

impl Presence {
    /// The parts that are not there.
    pub fn missing(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.missing.is_some())
    }

    /// How many parts of this kind are configured.
    pub fn count(&self, what: Probed) -> usize {
        self.parts.iter().filter(|part| part.what == what).count()
    }
}
