use sim::{Digest, Event as SimEvent};

/// Everything that can happen in the world. `node` is an index; `incarnation` tells one life of an agent or
/// machine from the next, so that what was meant for the last one comes to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A scripted fault strikes.
    Strike { fault: u16 },
    /// A scripted fault is over.
    Heal { fault: u16 },
    /// An agent asked to be woken.
    Wake { node: u8, incarnation: u16 },
    /// A message arrives.
    Deliver { from: u8, to: u8, slot: u32, print: u32 },
    /// What an agent wanted on disk is there.
    Persisted { node: u8, incarnation: u16, number: u64 },
    /// A task of an agent is finished.
    TaskDone { node: u8, serial: u32 },
    /// A watchdog's countdown may have run out.
    Watchdog { node: u8 },
    /// A lease that an engine checks itself may have run out.
    LeaseEnds { node: u8 },
    /// A machine has booted.
    Booted { node: u8, life: u16 },
    /// An agent starts.
    AgentStarts { node: u8, incarnation: u16 },
    /// What came to a standstill goes on.
    Resumed { node: u8, incarnation: u16 },
    /// A replica tries to reach its primary again.
    Reconnect { node: u8 },
    /// Two actives that had lost each other have exchanged what they wrote.
    StreamsMeet { pair: u16, serial: u16 },
    /// Clients try again, or look the primary up again.
    Clients,
    /// A flapping link fails, or works again; counted from its strike.
    Toggle { fault: u16, number: u32 },
    /// A slow agent is done with what it was handling.
    Handles { node: u8, incarnation: u16 },
    /// The load of a region changes by itself.
    Traffic { region: u8 },
    /// The users of a lost region come in elsewhere.
    Reroute { region: u8 },
    /// A person acts on an errand, unless somebody answered meanwhile.
    Errand { errand: u16, attempt: u16 },
    /// A request arrives at a node.
    HandIn { node: u8, letter: u32 },
    /// A person hears what became of a request.
    Answered { errand: u16, answer: u32 },
    /// A fault does what it does again and again.
    Acts { fault: u16 },
    /// All may be as usual, or frozen agents go on.
    Idle,
    /// Enough quiet time may have passed to call the run settled.
    Settle,
}

impl Event {
    /// Of the agents' own doing: it does not happen while they are frozen.
    pub(crate) fn is_agents(&self) -> bool {
        matches!(
            self,
            Event::Wake { .. }
                | Event::Deliver { .. }
                | Event::Persisted { .. }
                | Event::Watchdog { .. }
                | Event::LeaseEnds { .. }
        )
    }

    /// It happens beside frozen agents: nothing they could notice. Any other event thaws them, and a leap
    /// ends well before it.
    pub(crate) fn leaves_agents_alone(&self) -> bool {
        matches!(
            self,
            Event::Clients | Event::Traffic { .. } | Event::Reroute { .. } | Event::Settle | Event::Idle
        )
    }

    /// It may leave something that agents have yet to notice.
    pub(crate) fn stirs(&self) -> bool {
        let usual = matches!(self, Event::TaskDone { .. } | Event::Reconnect { .. });
        !usual && !self.is_agents() && !self.leaves_agents_alone()
    }
}

impl SimEvent for Event {
    fn fold(&self, digest: &mut Digest) {
        let two = |kind: u64, node: u8, rest: u64| kind | u64::from(node) << 8 | rest << 16;
        if let Event::Persisted { number, .. } = *self {
            digest.word(number);
        }
        digest.word(match *self {
            Event::Strike { fault } => two(1, 0, fault.into()),
            Event::Heal { fault } => two(2, 0, fault.into()),
            Event::Wake { node, incarnation } => two(3, node, incarnation.into()),
            Event::Deliver { from, to, print, .. } => two(4, from, u64::from(to) | u64::from(print) << 8),
            Event::Persisted { node, incarnation, .. } => two(5, node, incarnation.into()),
            Event::TaskDone { node, serial } => two(6, node, serial.into()),
            Event::Watchdog { node } => two(7, node, 0),
            Event::LeaseEnds { node } => two(8, node, 0),
            Event::Booted { node, life } => two(9, node, life.into()),
            Event::AgentStarts { node, incarnation } => two(10, node, incarnation.into()),
            Event::Resumed { node, incarnation } => two(11, node, incarnation.into()),
            Event::Reconnect { node } => two(12, node, 0),
            Event::StreamsMeet { pair, serial } => two(16, 0, u64::from(pair) << 16 | u64::from(serial)),
            Event::Clients => two(13, 0, 0),
            Event::Settle => two(14, 0, 0),
            Event::Idle => two(15, 0, 0),
            Event::Traffic { region } => two(40, region, 0),
            Event::Reroute { region } => two(41, region, 0),
            Event::Toggle { fault, number } => two(42, 0, u64::from(fault) | u64::from(number) << 16),
            Event::Errand { errand, attempt } => two(44, 0, u64::from(errand) << 16 | u64::from(attempt)),
            Event::HandIn { node, letter } => two(45, node, letter.into()),
            Event::Answered { errand, answer } => two(46, 0, u64::from(errand) << 32 | u64::from(answer)),
            Event::Acts { fault } => two(47, 0, fault.into()),
            Event::Handles { node, incarnation } => two(43, node, incarnation.into()),
        });
    }
}
