//! What the crate is told at the start, and the form of what it says.

use std::sync::LazyLock;

use ::raft::eraftpb::Message;
use ::raft::{Config, INVALID_ID, INVALID_INDEX, RaftLog, Storage};
use slog::{Discard, Logger, o};

use crate::consensus::ConsensusSettings;
use crate::consensus::durable::Durable;
use crate::consensus::error::SettingsError;
use crate::consensus::limits::{APPEND_BYTES_MAX, APPENDS_UNDER_WAY_MAX, UNCOMMITTED_BYTES_MAX};
use crate::consensus::membership::membership;
use crate::consensus::message::{ConsensusMessage, raft_id};
use crate::consensus::storage::MemoryLog;
use crate::{NodeId, NodeSet};

use super::Node;

/// The crate wants a logger for every node, and nobody reads it.
static NOWHERE: LazyLock<Logger> = LazyLock::new(|| Logger::root(Discard, o!()));

pub(super) fn validate(settings: &ConsensusSettings, durable: &Durable) -> Result<(), SettingsError> {
    let ConsensusSettings { id, ref voters, ref learners, heartbeat_ticks, election_ticks, .. } = *settings;
    if voters.is_empty() {
        return Err(SettingsError::NoVoters);
    }
    let mut members = NodeSet::EMPTY;
    if let Some(twice) = voters.iter().chain(learners).find(|node| !members.insert(**node)) {
        return Err(SettingsError::Repeated(*twice));
    }
    if !members.contains(id) {
        return Err(SettingsError::NotAMember(id));
    }
    if heartbeat_ticks == 0 {
        return Err(SettingsError::NoHeartbeat);
    }
    if election_ticks <= heartbeat_ticks {
        return Err(SettingsError::Impatient { heartbeat: heartbeat_ticks, election: election_ticks });
    }
    match durable.hard_state.vote {
        Some(vote) if !voters.contains(&vote) => Err(SettingsError::VotedForStranger(vote)),
        _ => durable.validate().map_err(SettingsError::Durable),
    }
}

/// A node that wakes with what it had made durable.
pub(super) fn built(settings: &ConsensusSettings, durable: &Durable) -> ::raft::Result<Node> {
    let mut node = Node::new(&config(settings), MemoryLog::new(durable), &NOWHERE)?;
    // What is known of each member means nothing before this node leads, and whoever begins to lead sets all of it.
    *node.mut_prs() = membership(settings)?;
    node.post_conf_change();
    Ok(node)
}

/// Makes of a node what [`built`] would make anew with these settings, but for the seed. It took part among the same members with
/// the same time-outs, so that what the crate keeps of its configuration is right as it is; all else is what it was when the
/// crate had just built it, but for the size of what is not agreed on, which only a leader asks for and sets when it becomes one.
pub(super) fn renew(node: &mut Node, settings: &ConsensusSettings, durable: &Durable) -> ::raft::Result<()> {
    let log = MemoryLog::new(durable);
    let promised = log.initial_state()?.hard_state;
    node.raft_log = RaftLog::new(log, NOWHERE.clone());
    node.msgs.clear();
    node.read_states.clear();
    node.pending_request_snapshot = INVALID_INDEX;
    node.load_state(&promised);
    node.become_follower(promised.term, INVALID_ID);
    *node.mut_prs() = membership(settings)?;
    Ok(())
}

fn config(settings: &ConsensusSettings) -> Config {
    let election_tick = settings.election_ticks as usize;
    Config {
        id: raft_id(settings.id),
        heartbeat_tick: settings.heartbeat_ticks as usize,
        election_tick,
        min_election_tick: election_tick,
        max_election_tick: election_tick.saturating_mul(2),
        check_quorum: true,
        pre_vote: true,
        max_size_per_msg: APPEND_BYTES_MAX,
        max_inflight_msgs: APPENDS_UNDER_WAY_MAX,
        max_uncommitted_size: UNCOMMITTED_BYTES_MAX,
        ..Config::default()
    }
}

/// The election time-out of one node in one term, in `election_ticks..2 * election_ticks`: uniform over seeds, nodes
/// and terms. Mixed by the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", 2014), scaled by multiplication.
pub(super) fn election_timeout(settings: &ConsensusSettings, term: u64) -> usize {
    let mixed =
        [raft_id(settings.id), term].into_iter().fold(mix(settings.seed), |hash, part| mix(hash ^ part));
    let spread = u128::from(settings.election_ticks);
    settings.election_ticks as usize + ((u128::from(mixed) * spread) >> 64) as usize
}

fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Moves `messages` in our form to `into`, ordered by addressee: the crate broadcasts in the order of a hash map, which may
/// differ between processors.
#[inline]
pub(super) fn convert_messages(
    messages: &mut Vec<Message>,
    agreed: u64,
    into: &mut Vec<(NodeId, ConsensusMessage)>,
) {
    if messages.is_empty() {
        return;
    }
    if messages.len() > 1 {
        messages.sort_by_key(|message| message.to);
    }
    for message in messages.iter() {
        if let Some(told) = ConsensusMessage::from_raft(message, agreed) {
            into.push(told);
        }
    }
    messages.clear();
}
