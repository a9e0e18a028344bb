//! What nodes say to each other, in a form of our own: the `raft` crate's is protobuf 2.x, whose decoder has an
//! advisory (RUSTSEC-2024-0437, uncontrolled recursion), and allows far more than can occur here.

use ::raft::eraftpb::{self, MessageType};
use serde::{Deserialize, Serialize};

use super::durable::Entry;
use crate::NodeId;

/// A place in a log: an index and the term of the entry there. Both zero: before the first entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// From 1; zero is the empty log's end.
    pub index: u64,
    /// The term of the entry at `index`.
    pub term: u64,
}

/// One message. The receiver learns the sender from the channel, which must have authenticated it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsensusMessage {
    /// The sender's term; in pre-votes, the term that would follow.
    pub term: u64,
    /// The rest, by kind.
    pub body: Body,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Would you vote for me?
    RequestPreVote(VoteRequest),
    /// The answer; promises nothing.
    PreVote(VoteAnswer),
    /// Vote for me.
    RequestVote(VoteRequest),
    /// The answer; durable before it is sent.
    Vote(VoteAnswer),
    /// A leader's entries.
    Append {
        /// The entry that must come before them.
        previous: Position,
        /// What the leader has committed.
        commit: u64,
        /// None: only the word of what is committed, or a probe.
        entries: Vec<Entry>,
    },
    /// A follower's answer.
    AppendResponse {
        /// Durable up to here; with a refusal, the index that did not fit.
        index: u64,
        /// What the follower knows to be committed.
        commit: u64,
        /// Did not fit; the logs may agree up to this place.
        refusal: Option<Position>,
    },
    /// A leader lives.
    Heartbeat {
        /// What is committed, as far as the follower is known to hold it.
        commit: u64,
        /// What the leader knows to be committed, held by the follower or not.
        agreed: u64,
    },
    /// A follower heard it.
    HeartbeatResponse {
        /// What the follower knows to be committed.
        commit: u64,
    },
}

/// A candidate's case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteRequest {
    /// The end of its log, which must not be behind the voter's.
    pub last: Position,
    /// What it knows to be committed.
    pub commit: Position,
}

/// A voter's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteAnswer {
    /// Yes or no.
    pub granted: bool,
    /// With a no: what the voter knows to be committed.
    pub commit: Position,
}

/// The crate's node numbers start at 1: zero stands for "none".
pub(super) fn raft_id(node: NodeId) -> u64 {
    u64::from(node.0) + 1
}

/// The inverse of [`raft_id`]; none for "none".
pub(super) fn node_id(raft_id: u64) -> Option<NodeId> {
    raft_id.checked_sub(1).and_then(|id| u16::try_from(id).ok()).map(NodeId)
}

impl Entry {
    /// Our form.
    pub(super) fn from_raft(entry: &eraftpb::Entry) -> Entry {
        Entry { term: entry.term, index: entry.index, data: entry.data.clone() }
    }

    pub(super) fn into_raft(self) -> eraftpb::Entry {
        let Entry { term, index, data } = self;
        eraftpb::Entry { term, index, data, ..Default::default() }
    }
}

impl ConsensusMessage {
    /// Its sender stands for election, or would.
    pub(crate) fn asks_for_a_vote(&self) -> bool {
        matches!(self.body, Body::RequestPreVote(_) | Body::RequestVote(_))
    }

    /// The crate's form of a message that was admitted.
    pub(super) fn into_raft(self, from: NodeId, to: NodeId) -> eraftpb::Message {
        let (from, to, term) = (raft_id(from), raft_id(to), self.term);
        let mut message = eraftpb::Message { from, to, term, ..Default::default() };
        message.set_msg_type(self.body.kind());
        self.body.fill(&mut message);
        message
    }

    /// Our form, and whom it is for. None for kinds that need snapshots, leadership transfer or read requests:
    /// they do not occur here. `agreed` is what the sender knows to be committed.
    pub(super) fn from_raft(message: &eraftpb::Message, agreed: u64) -> Option<(NodeId, ConsensusMessage)> {
        let (to, term) = (node_id(message.to)?, message.term);
        Some((to, ConsensusMessage { term, body: Body::from_raft(message, agreed)? }))
    }
}

impl Body {
    fn kind(&self) -> MessageType {
        match self {
            Body::RequestPreVote(_) => MessageType::MsgRequestPreVote,
            Body::PreVote(_) => MessageType::MsgRequestPreVoteResponse,
            Body::RequestVote(_) => MessageType::MsgRequestVote,
            Body::Vote(_) => MessageType::MsgRequestVoteResponse,
            Body::Append { .. } => MessageType::MsgAppend,
            Body::AppendResponse { .. } => MessageType::MsgAppendResponse,
            Body::Heartbeat { .. } => MessageType::MsgHeartbeat,
            Body::HeartbeatResponse { .. } => MessageType::MsgHeartbeatResponse,
        }
    }

    fn fill(self, message: &mut eraftpb::Message) {
        match self {
            Body::RequestPreVote(request) | Body::RequestVote(request) => {
                (message.index, message.log_term) = (request.last.index, request.last.term);
                (message.commit, message.commit_term) = (request.commit.index, request.commit.term);
            }
            Body::PreVote(answer) | Body::Vote(answer) => {
                message.reject = !answer.granted;
                (message.commit, message.commit_term) = (answer.commit.index, answer.commit.term);
            }
            Body::Append { previous, commit, entries } => {
                (message.index, message.log_term, message.commit) = (previous.index, previous.term, commit);
                message.entries = entries.into_iter().map(Entry::into_raft).collect();
            }
            Body::AppendResponse { index, commit, refusal } => {
                (message.index, message.commit, message.reject) = (index, commit, refusal.is_some());
                let hint = refusal.unwrap_or_default();
                (message.reject_hint, message.log_term) = (hint.index, hint.term);
            }
            Body::Heartbeat { commit, .. } | Body::HeartbeatResponse { commit } => message.commit = commit,
        }
    }

    fn from_raft(message: &eraftpb::Message, agreed: u64) -> Option<Body> {
        let log = Position { index: message.index, term: message.log_term };
        let commit = Position { index: message.commit, term: message.commit_term };
        let request = VoteRequest { last: log, commit };
        let answer = VoteAnswer { granted: !message.reject, commit };
        let hint = Position { index: message.reject_hint, term: message.log_term };
        Some(match message.get_msg_type() {
            MessageType::MsgRequestPreVote => Body::RequestPreVote(request),
            MessageType::MsgRequestPreVoteResponse => Body::PreVote(answer),
            MessageType::MsgRequestVote => Body::RequestVote(request),
            MessageType::MsgRequestVoteResponse => Body::Vote(answer),
            MessageType::MsgAppend => Body::Append {
                previous: log,
                commit: commit.index,
                entries: message.entries.iter().map(Entry::from_raft).collect(),
            },
            MessageType::MsgAppendResponse => Body::AppendResponse {
                index: log.index,
                commit: commit.index,
                refusal: message.reject.then_some(hint),
            },
            MessageType::MsgHeartbeat => Body::Heartbeat { commit: commit.index, agreed },
            MessageType::MsgHeartbeatResponse => Body::HeartbeatResponse { commit: commit.index },
            _ => return None,
        })
    }
}
