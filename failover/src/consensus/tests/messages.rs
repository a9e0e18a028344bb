//! The wire form loses nothing, and nothing on the wire can bring a node down.

use proptest::prelude::*;

use super::group::{Group, Input, feed, settings};
use crate::NodeId;
use crate::consensus::*;

/// Mostly numbers near those in use, where they do harm; sometimes any.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..8u64, 1 => any::<u64>(), 1 => Just(u64::MAX), 1 => (1u64 << 48) - 1..(1 << 48) + 2]
}

fn position() -> impl Strategy<Value = Position> {
    (number(), number()).prop_map(|(index, term)| Position { index, term })
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let any_entry = (number(), number(), prop::collection::vec(any::<u8>(), 0..3))
        .prop_map(|(term, index, data)| Entry { term, index, data: data.into() });
    let consecutive = (0..8u64, 1..8u64, 1..5u64).prop_map(|(after, term, count)| {
        (1..=count).map(|i| Entry { term, index: after + i, data: vec![i as u8].into() }).collect()
    });
    prop_oneof![Just(Vec::new()), prop::collection::vec(any_entry, 1..4), consecutive]
}

fn body() -> impl Strategy<Value = Body> {
    let request = || (position(), position()).prop_map(|(last, commit)| VoteRequest { last, commit });
    let answer = || (any::<bool>(), position()).prop_map(|(granted, commit)| VoteAnswer { granted, commit });
    let append = (position(), number(), entries()).prop_map(|(previous, commit, entries)| Body::Append {
        previous,
        commit,
        entries,
    });
    let response = (number(), number(), prop::option::of(position()))
        .prop_map(|(index, commit, refusal)| Body::AppendResponse { index, commit, refusal });
    prop_oneof![
        1 => request().prop_map(Body::RequestPreVote),
        1 => request().prop_map(Body::RequestVote),
        1 => answer().prop_map(Body::PreVote),
        1 => answer().prop_map(Body::Vote),
        4 => append,
        2 => response,
        1 => (number(), number()).prop_map(|(commit, agreed)| Body::Heartbeat { commit, agreed }),
        1 => number().prop_map(|commit| Body::HeartbeatResponse { commit }),
    ]
}

fn message() -> impl Strategy<Value = ConsensusMessage> {
    (number(), body()).prop_map(|(term, body)| ConsensusMessage { term, body })
}

/// What a hostile network and a dutiful owner do to a node.
fn hostile_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        12 => (0..4u16, message()).prop_map(|(from, message)| Input::Step(NodeId(from), message)),
        2 => Just(Input::Tick),
        3 => (0..12u64).prop_map(Input::Persisted),
        1 => Just(Input::Propose(vec![1])),
        1 => Just(Input::Campaign),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_message_brings_a_node_down(start in 0..8u16, inputs in prop::collection::vec(hostile_input(), 1..80)) {
        let (mut out, mut disk) = (Outputs::default(), Durable::default());
        let mut node = Raft::new(settings(start % 3, 3, 1), &disk).expect("sound settings");
        let mut writing = None;
        for input in inputs {
            let input = if let Input::Persisted(_) = input { Input::Persisted(writing.take().unwrap_or(0)) } else { input };
            let _ = feed(&mut node, input, &mut out);
            if let Some(persist) = out.persist.take() {
                writing = Some(persist.number);
                disk.apply(persist);
            }
        }
        prop_assert_eq!(disk.validate(), Ok(()), "and leaves a disk from which it can start");
        prop_assert!(Raft::new(settings(start % 3, 3, 1), &disk).is_ok());
    }

    #[test]
    fn messages_survive_the_wire(message in message()) {
        let json = serde_json::to_string(&message).expect("plain data");
        prop_assert_eq!(serde_json::from_str::<ConsensusMessage>(&json).expect("its own output"), message);
    }
}

#[test]
fn every_message_of_a_real_history_survives_the_crates_form() {
    let (mut group, leader) = Group::calm(11);
    group.propose(leader, "command");
    group.run(20);
    let said = group.lives.iter().flat_map(|life| life.history.iter().flat_map(|(_, out)| &out.messages));
    let mut count = 0;
    for (to, message) in said {
        let raw = message.clone().into_raft(NodeId(0), *to);
        // What a leader knows to be agreed is added on the way out.
        let agreed = if let Body::Heartbeat { agreed, .. } = message.body { agreed } else { 0 };
        assert_eq!(ConsensusMessage::from_raft(&raw, agreed), Some((*to, message.clone())));
        count += 1;
    }
    assert!(count > 20, "{count} messages");
}

#[test]
fn unknown_kinds_are_refused_by_the_decoder() {
    let snapshot = r#"{"term":1,"body":{"Snapshot":{"index":3}}}"#;
    assert!(serde_json::from_str::<ConsensusMessage>(snapshot).is_err());
}

fn refusal_of(from: u16, term: u64, body: Body) -> Option<MessageError> {
    let (mut out, disk) = (Outputs::default(), Durable::default());
    let mut node = Raft::new(settings(0, 3, 1), &disk).expect("sound settings");
    node.step(NodeId(from), ConsensusMessage { term, body }, &mut out).err()
}

#[test]
fn refusals_say_why() {
    let commit = |commit| Body::Heartbeat { commit, agreed: commit };
    let append =
        |index, term, entries| Body::Append { previous: Position { index, term }, commit: 0, entries };
    let entry = |index, term| vec![Entry { term, index, data: "".into() }];
    assert_eq!(refusal_of(1, 1, commit(0)), None);
    assert_eq!(refusal_of(0, 1, commit(0)), Some(MessageError::NotAPeer(NodeId(0))));
    assert_eq!(refusal_of(3, 1, commit(0)), Some(MessageError::NotAPeer(NodeId(3))));
    assert_eq!(refusal_of(1, 0, commit(0)), Some(MessageError::NoTerm));
    assert_eq!(refusal_of(1, u64::MAX, commit(0)), Some(MessageError::OutOfRange));
    assert_eq!(refusal_of(1, 1, commit(1)), Some(MessageError::BeyondLog { index: 1, last: 0 }));
    assert_eq!(refusal_of(1, 1, append(1, 0, vec![])), Some(MessageError::HalfPosition));
    assert_eq!(refusal_of(1, 1, append(1, 2, vec![])), Some(MessageError::TermFromTheFuture));
    assert_eq!(refusal_of(1, 1, append(0, 0, entry(2, 1))), Some(MessageError::BrokenEntries));
    assert_eq!(refusal_of(1, 1, append(0, 0, entry(1, 0))), Some(MessageError::BrokenEntries));
    assert_eq!(refusal_of(1, 1, append(0, 0, entry(1, 2))), Some(MessageError::TermFromTheFuture));
}

#[test]
fn a_leader_refuses_word_of_entries_it_never_wrote() {
    let (mut group, leader) = Group::calm(12);
    let last = group.disk(leader).log.len() as u64;
    let body = Body::AppendResponse { index: last + 1, commit: 0, refusal: None };
    let message = ConsensusMessage { term: group.node(leader).term(), body };
    group.input(leader, Input::Step(NodeId((leader + 1) % 3), message));
    assert_eq!(group.refused, [MessageError::BeyondLog { index: last + 1, last }]);
}

#[test]
fn a_candidate_refuses_votes_it_cannot_have_asked_for() {
    let mut node = Raft::new(settings(0, 3, 1), &Durable::default()).expect("sound settings");
    let mut out = Outputs::default();
    let entries = vec![Entry { term: 1, index: 1, data: vec![1].into() }];
    let append = Body::Append { previous: Position::default(), commit: 0, entries };
    node.step(NodeId(1), ConsensusMessage { term: 1, body: append }, &mut out).expect("a correct append");
    node.campaign(&mut out);
    assert!(out.messages.is_empty(), "the entry is not durable, so nobody is asked");
    let granted = VoteAnswer { granted: true, commit: Position::default() };
    let early = ConsensusMessage { term: 2, body: Body::PreVote(granted) };
    node.step(NodeId(1), early, &mut out).expect("a late answer from an earlier round would look like this");
    let forged = ConsensusMessage { term: 2, body: Body::Vote(granted) };
    assert_eq!(node.step(NodeId(1), forged, &mut out), Err(MessageError::UnaskedVote));
}

/// Refusals that were overtaken set back what a leader sends next, even behind what the follower is known to have.
#[test]
fn a_refusal_that_comes_late_does_not_keep_a_follower_behind_for_good() {
    let (mut leader, mut out) = (founded_leader(), Outputs::default());
    for command in ["one", "two"] {
        leader.propose(command.into(), &mut out).expect("it leads");
        let persist = out.persist.clone().expect("the command is written");
        leader.persisted(persist.number, &mut out);
    }
    let mut hear = |body| {
        leader.step(NodeId(1), ConsensusMessage { term: 1, body }, &mut out).expect("a correct answer");
        let appends = out.messages.iter().filter_map(|(to, message)| match &message.body {
            Body::Append { previous, .. } if *to == NodeId(1) => Some(previous.index),
            _ => None,
        });
        appends.collect::<Vec<u64>>()
    };
    let refuses = |index, last| Body::AppendResponse {
        index,
        commit: 1,
        refusal: Some(Position { index: last, term: 1 }),
    };
    let has = |index| Body::AppendResponse { index, commit: 1, refusal: None };
    hear(has(2));
    assert_eq!(hear(refuses(3, 1)), [2], "from what it is known to have on");
    hear(Body::HeartbeatResponse { commit: 1 });
    assert_eq!(hear(refuses(2, 1)), [1], "it takes the late refusal at its word");
    hear(has(2));
    assert_eq!(hear(Body::HeartbeatResponse { commit: 1 }), [2], "and goes on when it hears otherwise");
}

/// n0 of three, which the group has just elected.
fn founded_leader() -> Raft {
    let mut node = Raft::new(settings(0, 3, 1), &Durable::founded(NodeId(0), true)).expect("sound settings");
    node.found(NodeId(0), &mut Outputs::default());
    node
}
