//! Who takes part, as the `raft` crate keeps it.

use std::cell::RefCell;

use ::raft::eraftpb::{ConfChangeSingle, ConfChangeType};
use ::raft::{Changer, ProgressTracker, Result};

use super::ConsensusSettings;
use super::limits::APPENDS_UNDER_WAY_MAX;
use super::message::raft_id;

/// A membership that was built, and for whom.
struct Built {
    voters: Vec<u64>,
    learners: Vec<u64>,
    members: ProgressTracker,
}

/// The members of the group, of which nothing is known yet. To build that costs most of a node's start, and a simulation
/// starts one group thousands of times a second: what a thread built last it keeps, and copies.
pub(super) fn membership(settings: &ConsensusSettings) -> Result<ProgressTracker> {
    thread_local! {
        static LAST: RefCell<Option<Built>> = const { RefCell::new(None) };
    }
    let voters = || settings.voters.iter().copied().map(raft_id);
    let learners = || settings.known_learners().map(raft_id);
    LAST.with_borrow_mut(|last| {
        let same = |built: &&mut Built| {
            built.voters.iter().copied().eq(voters()) && built.learners.iter().copied().eq(learners())
        };
        if let Some(built) = last.as_mut().filter(same) {
            return Ok(built.members.clone());
        }
        let (voters, learners): (Vec<u64>, Vec<u64>) = (voters().collect(), learners().collect());
        let members = build(&voters, &learners)?;
        Ok(last.insert(Built { voters, learners, members }).members.clone())
    })
}

/// The first voter alone, then in one change all others: one by one, the crate would look at everybody after each.
fn build(voters: &[u64], learners: &[u64]) -> Result<ProgressTracker> {
    let voters = voters.iter().map(|id| add(*id, ConfChangeType::AddNode));
    let learners = learners.iter().map(|id| add(*id, ConfChangeType::AddLearnerNode));
    let all: Vec<ConfChangeSingle> = voters.chain(learners).collect();
    let mut members = ProgressTracker::new(APPENDS_UNDER_WAY_MAX);
    let (first, changes) = Changer::new(&members).simple(&all[..1])?;
    members.apply_conf(first, changes, 1);
    let (both, changes) = Changer::new(&members).enter_joint(false, &all)?;
    members.apply_conf(both, changes, 1);
    let (settled, changes) = Changer::new(&members).leave_joint()?;
    members.apply_conf(settled, changes, 1);
    Ok(members)
}

fn add(id: u64, kind: ConfChangeType) -> ConfChangeSingle {
    let mut change = ConfChangeSingle { node_id: id, ..Default::default() };
    change.set_change_type(kind);
    change
}
