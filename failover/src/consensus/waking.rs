//! The barrier behind which a node that woke begins to act.
//!
//! ```text
//!   on disk:   1 2 3 4 5 6 7          known to be committed when the hard state was last written: 3
//!                    ^     ^          the last command it may have applied, and acted on: 7
//!   leader:    1 2 3 4 5 6 7 8 9      says: agreed up to 9, an entry of this term
//!                              ^      from here on the node knows what the others know
//! ```
//!
//! Between its start and the barrier a node reads again what it once knew, and what it reads may be long over. Three
//! things end that: the leader of the present term says what is agreed; the newest of that is an entry of its own
//! term, so nothing agreed earlier is missing (section 6.4 of Ongaro's thesis); and whatever stood in the log when the
//! node woke has been applied or replaced, so that it knows no less than before it fell asleep, even if the
//! leader's word was long on its way.

use super::durable::Entry;
use super::message::{Body, ConsensusMessage};

/// What a node that woke has yet to learn.
#[derive(Debug)]
pub(super) struct Waking {
    /// The last command in its log when it woke, less what a leader has replaced since.
    known: u64,
    /// Term and index of the newest entry that its leader says is committed.
    told: Option<(u64, u64)>,
}

/// What a node can vouch for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Knows {
    /// All that was agreed before it woke.
    pub(super) agreed: bool,
    /// As leader: all that was agreed before it was elected.
    pub(super) leads: bool,
}

impl Waking {
    /// With this log on its disk.
    pub(super) fn with(log: &[Entry]) -> Waking {
        let command = log.iter().rev().find(|entry| !entry.data.is_empty());
        Waking { known: command.map_or(0, |entry| entry.index), told: None }
    }

    /// Somebody says what is committed: only leaders do so in these.
    pub(super) fn hear(&mut self, message: &ConsensusMessage) {
        if let Body::Append { commit: agreed, .. } | Body::Heartbeat { agreed, .. } = message.body {
            self.told = self.told.max(Some((message.term, agreed)));
        }
    }

    /// Entries from this index on were replaced, or are new.
    pub(super) fn replaced_from(&mut self, index: u64) {
        self.known = self.known.min(index.saturating_sub(1));
    }

    /// Whether a node that has applied everything up to `applied`, an entry of the present `term`, knows enough.
    pub(super) fn is_over(&self, term: u64, applied: u64) -> bool {
        applied >= self.known && self.told.is_some_and(|(of, agreed)| of == term && applied >= agreed)
    }
}
