//! Why an input was refused.

use std::error::Error;
use std::fmt;

use super::durable::DurableError;
use crate::NodeId;

/// Settings, or a stored state, with which no node can start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// There are no voters.
    NoVoters,
    /// A node is listed twice, as voter or learner.
    Repeated(NodeId),
    /// This node is neither voter nor learner.
    NotAMember(NodeId),
    /// `heartbeat_ticks` is zero.
    NoHeartbeat,
    /// `election_ticks` does not exceed `heartbeat_ticks`, so every follower would depose every leader.
    Impatient {
        /// Ticks between heartbeats.
        heartbeat: u32,
        /// Ticks without one until an election.
        election: u32,
    },
    /// The stored vote is for a node that is not a voter.
    VotedForStranger(NodeId),
    /// The stored state contradicts itself.
    Durable(DurableError),
    /// The algorithm refused the settings for a reason of its own.
    Refused(String),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingsError::NoVoters => write!(f, "no voters"),
            SettingsError::Repeated(id) => write!(f, "{id} is listed twice"),
            SettingsError::NotAMember(id) => write!(f, "{id} is neither voter nor learner"),
            SettingsError::NoHeartbeat => write!(f, "heartbeats need at least one tick"),
            SettingsError::Impatient { heartbeat, election } => {
                write!(
                    f,
                    "election time-out of {election} ticks must exceed the {heartbeat} between heartbeats"
                )
            }
            SettingsError::VotedForStranger(id) => write!(f, "stored vote is for {id}, which is not a voter"),
            SettingsError::Durable(_) => write!(f, "stored state contradicts itself"),
            SettingsError::Refused(reason) => write!(f, "settings refused: {reason}"),
        }
    }
}

impl Error for SettingsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            SettingsError::Durable(error) => Some(error),
            _ => None,
        }
    }
}

/// A proposal that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposeError {
    /// This node does not lead.
    NotLeader {
        /// Whom to ask instead, if known.
        leader: Option<NodeId>,
    },
    /// Commands must have data: an empty entry is what a new leader opens its term with.
    Empty,
    /// Too much is proposed and not committed; try again later.
    Full,
}

impl fmt::Display for ProposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProposeError::NotLeader { leader: Some(leader) } => write!(f, "not the leader; {leader} is"),
            ProposeError::NotLeader { leader: None } => write!(f, "not the leader, and none is known"),
            ProposeError::Empty => write!(f, "a command needs data"),
            ProposeError::Full => write!(f, "too many uncommitted commands"),
        }
    }
}

impl Error for ProposeError {}

/// A message no correct node could have sent in the present state: forged, corrupted, or from a node (or to one)
/// that lost what it had made durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// The sender is not a voter, or is this node itself.
    NotAPeer(NodeId),
    /// The term is zero, which marks local messages.
    NoTerm,
    /// A term, index or length beyond what any history reaches; it would overflow sooner or later.
    OutOfRange,
    /// A log position with a later term than the message itself.
    TermFromTheFuture,
    /// A log position with an index and no term, or a term and no index.
    HalfPosition,
    /// The entries are not consecutive, or their terms go back.
    BrokenEntries,
    /// It speaks of an entry of our log, and the log ends before it.
    BeyondLog {
        /// The entry spoken of.
        index: u64,
        /// Our last.
        last: u64,
    },
    /// A vote that was not asked for: our own log is not durable yet, so no request can have been sent.
    UnaskedVote,
    /// The algorithm refused it for a reason of its own.
    Refused(String),
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MessageError::NotAPeer(id) => write!(f, "{id} is not a peer"),
            MessageError::NoTerm => write!(f, "message without a term"),
            MessageError::OutOfRange => write!(f, "term or index out of range"),
            MessageError::TermFromTheFuture => write!(f, "log position of a later term than the message"),
            MessageError::HalfPosition => write!(f, "log position with an index or a term only"),
            MessageError::BrokenEntries => write!(f, "entries are not consecutive"),
            MessageError::BeyondLog { index, last } => {
                write!(f, "entry {index} is beyond our log, which ends at {last}")
            }
            MessageError::UnaskedVote => write!(f, "a vote that was not asked for"),
            MessageError::Refused(reason) => write!(f, "message refused: {reason}"),
        }
    }
}

impl Error for MessageError {}
