/// What can go wrong; each lasts for a while and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Machine off: agent and database are gone, the log and the agent's disk stay.
    PowerOff(usize),
    /// The agent dies; its database goes on.
    CrashAgent(usize),
    /// The agent stands still, and what arrives waits.
    HangAgent(usize),
    /// The database stops; it can be started again at once.
    CrashDatabase(usize),
    /// The database stands still.
    HangDatabase(usize),
    /// Tasks other than a stop fail.
    BreakDatabase(usize),
    /// Tasks other than a stop take up to ten seconds, or never answer.
    SlowDatabase(usize),
    /// Replication to the node stands still.
    StopReplication(usize),
    /// Nothing passes between the node and anyone.
    Isolate(usize),
    /// Nobody hears the node.
    Mute(usize),
    /// The node hears nobody.
    Deafen(usize),
    /// Nothing passes between two nodes.
    Cut(usize, usize),
    /// A third of all messages is lost.
    Lossy,
    /// The agent dies again and again, between a write and the message after it or wherever it is, and starts anew.
    FickleAgent(usize),
}

impl Fault {
    /// Any fault, for property tests.
    pub fn of(kind: u8, node: usize, other: usize) -> Fault {
        match kind % 14 {
            0 => Fault::PowerOff(node),
            1 => Fault::CrashAgent(node),
            2 => Fault::HangAgent(node),
            3 => Fault::CrashDatabase(node),
            4 => Fault::HangDatabase(node),
            5 => Fault::BreakDatabase(node),
            6 => Fault::SlowDatabase(node),
            7 => Fault::StopReplication(node),
            8 => Fault::Isolate(node),
            9 => Fault::Mute(node),
            10 => Fault::Deafen(node),
            11 => Fault::Cut(node, other),
            12 => Fault::Lossy,
            _ => Fault::FickleAgent(node),
        }
    }

    /// The directed links it cuts among `members` nodes.
    pub fn links(self, members: usize) -> Vec<(usize, usize)> {
        let others = |node: usize| (0..members).filter(move |other| *other != node);
        let out = |node| others(node).map(move |other| (node, other));
        let into = |node| others(node).map(move |other| (other, node));
        match self {
            Fault::Isolate(node) => out(node).chain(into(node)).collect(),
            Fault::Mute(node) => out(node).collect(),
            Fault::Deafen(node) => into(node).collect(),
            Fault::Cut(a, b) if a != b => vec![(a, b), (b, a)],
            _ => Vec::new(),
        }
    }
}
