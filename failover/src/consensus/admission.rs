//! Which messages may reach the algorithm. The `raft` crate trusts its peers and panics on some messages no correct
//! node sends (a commit beyond the log, entries with gaps, a term of the largest number). A forged or
//! corrupted message, or the ordinary one of a leader to a follower whose disk forgot, must be refused instead.

use ::raft::{Raft, StateRole, Storage};

use super::durable::Entry;
use super::error::MessageError;
use super::message::{Body, ConsensusMessage, Position};

/// No history reaches this term or index: at a million per second it takes nine years. Keeps sums far from overflow.
pub(super) const COUNT_MAX: u64 = 1 << 48;

/// Refuses what does not make sense in itself, or not in the present state of `raft`.
pub(super) fn admit<S: Storage>(raft: &Raft<S>, message: &ConsensusMessage) -> Result<(), MessageError> {
    if message.term == 0 {
        return Err(MessageError::NoTerm);
    }
    within(message.term)?;
    check_alone(message)?;
    check_against_log(raft, message)
}

fn within(count: u64) -> Result<(), MessageError> {
    if count > COUNT_MAX { Err(MessageError::OutOfRange) } else { Ok(()) }
}

fn check_alone(message: &ConsensusMessage) -> Result<(), MessageError> {
    let position = |place: Position| check_position(place, message.term);
    match &message.body {
        Body::RequestPreVote(request) | Body::RequestVote(request) => {
            position(request.last)?;
            position(request.commit)
        }
        Body::PreVote(answer) | Body::Vote(answer) => position(answer.commit),
        Body::Append { previous, commit, entries } => {
            position(*previous)?;
            within(*commit)?;
            check_entries(*previous, entries, message.term)
        }
        Body::AppendResponse { index, commit, refusal } => {
            within(*index)?;
            within(*commit)?;
            refusal.map_or(Ok(()), position)
        }
        Body::Heartbeat { commit, agreed } => {
            within(*commit)?;
            within(*agreed)
        }
        Body::HeartbeatResponse { commit } => within(*commit),
    }
}

/// Whole (the crate reports term 0 beyond the end of its log, and would take a half position there for a match),
/// in range, and not of a later term than the message.
fn check_position(place: Position, term: u64) -> Result<(), MessageError> {
    within(place.index)?;
    if (place.index == 0) != (place.term == 0) {
        return Err(MessageError::HalfPosition);
    }
    if place.term > term { Err(MessageError::TermFromTheFuture) } else { Ok(()) }
}

fn check_entries(previous: Position, entries: &[Entry], term: u64) -> Result<(), MessageError> {
    within(previous.index.saturating_add(entries.len() as u64))?;
    let mut before = Position { index: previous.index, term: previous.term.max(1) };
    for entry in entries {
        if entry.index != before.index + 1 || entry.term < before.term {
            return Err(MessageError::BrokenEntries);
        }
        before = Position { index: entry.index, term: entry.term };
    }
    if !entries.is_empty() && before.term > term { Err(MessageError::TermFromTheFuture) } else { Ok(()) }
}

fn check_against_log<S: Storage>(raft: &Raft<S>, message: &ConsensusMessage) -> Result<(), MessageError> {
    let last = raft.raft_log.last_index();
    let beyond = |index| if index > last { Err(MessageError::BeyondLog { index, last }) } else { Ok(()) };
    let leads_this_term = raft.state == StateRole::Leader && message.term == raft.term;
    match &message.body {
        // A leader tells a follower of commits only as far as it was told that the follower holds them.
        Body::Heartbeat { commit, .. } if message.term >= raft.term && !leads_this_term => beyond(*commit),
        // A leader's log only grows during its term, so nobody can hold more of it.
        Body::AppendResponse { index, .. } if leads_this_term => beyond(*index),
        // Requests are held until the log is durable, so no answer to one can come before.
        Body::Vote(answer)
            if answer.granted && raft.state == StateRole::Candidate && raft.raft_log.persisted < last =>
        {
            Err(MessageError::UnaskedVote)
        }
        _ => Ok(()),
    }
}
