//! A node that woke vouches for nothing before it knows what was agreed while it slept, and what it knew before.

use super::group::settings;
use crate::NodeId;
use crate::consensus::*;

const LEADER: NodeId = NodeId(1);

fn entry(term: u64, index: u64) -> Entry {
    Entry { term, index, data: vec![index as u8].into() }
}

/// Node 0 of three wakes in term 2 with a log of three entries, of which it knows one to be committed.
fn woken() -> (Raft, Outputs) {
    let hard_state = HardState { term: 2, vote: Some(LEADER), commit: 1 };
    let durable = Durable { hard_state, log: vec![entry(1, 1), entry(2, 2), entry(2, 3)] };
    let mut node = Raft::new(settings(0, 3, 1), &durable).expect("sound");
    let mut out = Outputs::default();
    node.advance(0, &mut out);
    assert_eq!(out.committed.len(), 1, "what it knows to be committed is delivered at once");
    assert!(!node.has_caught_up(), "and may be long over");
    (node, out)
}

fn hear(node: &mut Raft, term: u64, body: Body) -> Outputs {
    let mut out = Outputs::default();
    node.step(LEADER, ConsensusMessage { term, body }, &mut out).expect("a leader may say that");
    if let Some(persist) = &out.persist {
        let mut more = Outputs::default();
        node.persisted(persist.number, &mut more);
        out.committed.extend(more.committed);
        out.role_changed |= more.role_changed;
    }
    out
}

#[test]
fn it_has_caught_up_once_it_has_applied_what_its_leader_says_is_agreed() {
    let (mut node, _) = woken();
    let out = hear(&mut node, 2, Body::Heartbeat { commit: 3, agreed: 4 });
    assert_eq!(out.committed.len(), 2);
    assert!(!node.has_caught_up(), "the fourth is agreed, and it does not hold it");
    let previous = Position { index: 3, term: 2 };
    let out = hear(&mut node, 2, Body::Append { previous, commit: 4, entries: vec![entry(2, 4)] });
    assert!(node.has_caught_up() && out.role_changed, "and says so");
}

/// A heartbeat may have been under way since before the node fell asleep: it says less than the node knew.
#[test]
fn it_never_knows_less_than_before_it_fell_asleep() {
    let (mut node, _) = woken();
    hear(&mut node, 2, Body::Heartbeat { commit: 2, agreed: 2 });
    assert!(!node.has_caught_up(), "it may have acted on the third");
    hear(&mut node, 2, Body::Heartbeat { commit: 3, agreed: 3 });
    assert!(node.has_caught_up());
}

#[test]
fn what_a_later_leader_replaced_was_never_agreed_and_is_not_waited_for() {
    let (mut node, _) = woken();
    let previous = Position { index: 1, term: 1 };
    hear(&mut node, 3, Body::Append { previous, commit: 1, entries: vec![entry(3, 2)] });
    assert!(!node.has_caught_up(), "no entry of the present term is agreed yet: earlier ones may be missing");
    hear(&mut node, 3, Body::Heartbeat { commit: 2, agreed: 2 });
    assert!(node.has_caught_up());
}

#[test]
fn a_leader_leads_once_an_entry_of_its_own_term_is_agreed() {
    let mut node = Raft::new(settings(0, 1, 1), &Durable::default()).expect("sound");
    let mut out = Outputs::default();
    node.campaign(&mut out);
    while let Some(persist) = out.persist.take() {
        assert!(!node.leads(), "its disk has not answered yet");
        node.persisted(persist.number, &mut out);
    }
    assert!(node.leads() && node.has_caught_up());
}
