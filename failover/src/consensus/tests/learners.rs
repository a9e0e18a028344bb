//! Who has the log and no vote.

use super::group::{ELECTION, settings};
use crate::NodeId;
use crate::consensus::*;

/// n2, which learns from n0 and n1.
fn learner(durable: &Durable) -> Raft {
    let settings = ConsensusSettings { learners: vec![NodeId(2), NodeId(3)], ..settings(2, 2, 1) };
    Raft::new(settings, durable).expect("sound settings")
}

fn append(term: u64, commit: u64, data: &str) -> ConsensusMessage {
    let entry = Entry { term, index: 1, data: data.to_owned().into() };
    let previous = Position::default();
    ConsensusMessage { term, body: Body::Append { previous, commit, entries: vec![entry] } }
}

#[test]
fn a_learner_hears_what_was_agreed() {
    let (mut node, mut out) = (learner(&Durable::default()), Outputs::default());
    node.step(NodeId(0), append(1, 1, "go"), &mut out).expect("n0 leads");
    let persist = out.persist.clone().expect("the entry must be made durable");
    node.persisted(persist.number, &mut out);
    let told: Vec<&[u8]> = out.committed.iter().map(|entry| &*entry.data).collect();
    assert_eq!((told, node.leader()), (vec![&b"go"[..]], Some(NodeId(0))));
}

#[test]
fn a_learner_never_stands_and_forgets_a_leader_that_is_silent() {
    let (mut node, mut out) = (learner(&Durable::default()), Outputs::default());
    assert_eq!(node.ticks_until_due(), u64::MAX, "it has nothing to wait for");
    node.campaign(&mut out);
    node.step(
        NodeId(1),
        ConsensusMessage { term: 1, body: Body::Heartbeat { commit: 0, agreed: 0 } },
        &mut out,
    )
    .expect("n1 leads");
    let patience = node.ticks_until_due();
    assert!((u64::from(ELECTION)..2 * u64::from(ELECTION)).contains(&patience), "{patience}");
    node.advance(patience - 1, &mut out);
    assert_eq!(node.leader(), Some(NodeId(1)));
    node.advance(1, &mut out);
    assert_eq!((node.leader(), node.role(), out.role_changed), (None, Role::Follower, true));
    node.advance(1_000_000, &mut out);
    assert_eq!((node.term(), out.messages.len(), node.ticks_until_due()), (1, 0, u64::MAX));
}

#[test]
fn a_learner_listens_to_voters_alone() {
    let (mut node, mut out) = (learner(&Durable::default()), Outputs::default());
    let refused = node.step(NodeId(3), append(1, 1, "no"), &mut out);
    assert_eq!(refused, Err(MessageError::NotAPeer(NodeId(3))), "another learner never leads");
}

/// Two voters and a learner: the learner's copy is no voter's.
#[test]
fn what_only_a_learner_has_is_not_agreed() {
    let settings = ConsensusSettings { learners: vec![NodeId(3)], ..settings(0, 3, 1) };
    let (mut leader, mut out) =
        (Raft::new(settings, &Durable::default()).expect("sound"), Outputs::default());
    let write = |leader: &mut Raft, out: &mut Outputs| {
        while let Some(persist) = out.persist.take() {
            leader.persisted(persist.number, out);
        }
    };
    let answer = |term, body| ConsensusMessage { term, body };
    leader.campaign(&mut out);
    let yes = VoteAnswer { granted: true, commit: Position::default() };
    leader.step(NodeId(1), answer(1, Body::PreVote(yes)), &mut out).expect("a correct answer");
    write(&mut leader, &mut out);
    leader.step(NodeId(1), answer(1, Body::Vote(yes)), &mut out).expect("a correct answer");
    assert_eq!(leader.role(), Role::Leader);
    write(&mut leader, &mut out);
    leader.propose(b"go".to_vec(), &mut out).expect("it leads");
    write(&mut leader, &mut out);
    let has = Body::AppendResponse { index: 2, commit: 0, refusal: None };
    leader.step(NodeId(3), answer(1, has.clone()), &mut out).expect("a correct answer");
    assert_eq!(out.committed, [], "n0 and a learner are no majority of three voters");
    leader.step(NodeId(1), answer(1, has), &mut out).expect("a correct answer");
    assert_eq!(out.committed.len(), 1);
}
