//! One node alone: settings, durability, promises across a restart.

use super::group::settings;
use crate::NodeId;
use crate::consensus::*;

fn voter(durable: &Durable) -> Raft {
    Raft::new(settings(1, 3, 1), durable).expect("sound settings")
}

fn ask_for_vote(node: &mut Raft, candidate: u16, out: &mut Outputs) {
    let request = VoteRequest { last: Position { index: 0, term: 0 }, commit: Position::default() };
    let message = ConsensusMessage { term: 1, body: Body::RequestVote(request) };
    node.step(NodeId(candidate), message, out).expect("a correct request");
}

fn grants(out: &Outputs) -> Vec<(NodeId, bool)> {
    let votes = out.messages.iter().filter_map(|(to, message)| match message.body {
        Body::Vote(answer) => Some((*to, answer.granted)),
        _ => None,
    });
    votes.collect()
}

#[test]
fn a_vote_is_told_only_after_it_is_durable() {
    let (mut node, mut out) = (voter(&Durable::default()), Outputs::default());
    ask_for_vote(&mut node, 0, &mut out);
    assert_eq!(grants(&out), []);
    let persist = out.persist.clone().expect("a vote must be made durable");
    assert_eq!(persist.hard_state, Some(HardState { term: 1, vote: Some(NodeId(0)), commit: 0 }));
    node.persisted(persist.number + 1, &mut out);
    assert_eq!(grants(&out), [], "that was another write");
    node.persisted(persist.number, &mut out);
    assert_eq!(grants(&out), [(NodeId(0), true)]);
}

#[test]
fn a_vote_outlives_a_crash() {
    let (mut node, mut out, mut disk) = (voter(&Durable::default()), Outputs::default(), Durable::default());
    ask_for_vote(&mut node, 0, &mut out);
    disk.apply(out.persist.clone().expect("a vote must be made durable"));
    let mut node = voter(&disk);
    ask_for_vote(&mut node, 2, &mut out);
    assert_eq!(grants(&out), [(NodeId(2), false)]);
    ask_for_vote(&mut node, 0, &mut out);
    assert_eq!(grants(&out), [(NodeId(0), true)], "the same answer to the same candidate");
}

/// Each beat of the leader would else leave an answer behind, to be sent all at once when the disk goes on.
#[test]
fn however_long_its_disk_hangs_a_follower_says_each_thing_once() {
    let (mut node, mut out) = (voter(&Durable::default()), Outputs::default());
    let beat = ConsensusMessage { term: 1, body: Body::Heartbeat { commit: 0, agreed: 0 } };
    node.step(NodeId(2), beat.clone(), &mut out).expect("a correct heartbeat");
    let write = out.persist.as_ref().expect("the term is to be written").number;
    let entries = vec![Entry { term: 1, index: 1, data: vec![1].into() }];
    let append = Body::Append { previous: Position { index: 0, term: 0 }, commit: 0, entries };
    for _ in 0..50 {
        for body in [beat.body.clone(), append.clone()] {
            node.step(NodeId(2), ConsensusMessage { term: 1, body }, &mut out).expect("correct");
            assert!(out.messages.is_empty(), "nothing is sent before the term is on disk");
        }
    }
    let mut said = Vec::new();
    let mut written = write;
    loop {
        node.persisted(written, &mut out);
        said.append(&mut out.messages);
        match &out.persist {
            Some(next) => written = next.number,
            None => break,
        }
    }
    let count = |is: fn(&Body) -> bool| said.iter().filter(|(_, message)| is(&message.body)).count();
    let beats = count(|body| matches!(body, Body::HeartbeatResponse { .. }));
    let appends = count(|body| matches!(body, Body::AppendResponse { .. }));
    assert!((1..=2).contains(&beats) && (1..=2).contains(&appends), "{said:?}");
}

#[test]
fn a_node_alone_leads_itself_and_commits_when_durable() {
    let alone = ConsensusSettings { voters: vec![NodeId(0)], ..settings(0, 1, 1) };
    let mut node = Raft::new(alone, &Durable::default()).expect("sound settings");
    let mut out = Outputs::default();
    node.campaign(&mut out);
    assert_eq!((node.role(), node.leader(), out.role_changed), (Role::Leader, Some(NodeId(0)), true));
    let opening = out.persist.as_ref().expect("term, vote and the opening entry").number;
    node.propose(b"command".to_vec(), &mut out).expect("it leads");
    assert!(out.is_empty(), "the write of the opening entry is still under way");
    node.persisted(opening, &mut out);
    let second = out.persist.clone().expect("now the command is written");
    assert_eq!(out.committed, []);
    node.persisted(second.number, &mut out);
    assert_eq!(out.committed, second.entries);
}

#[test]
fn proposals_are_for_leaders_and_have_data() {
    let (mut node, mut out) = (voter(&Durable::default()), Outputs::default());
    let refused = node.propose(b"command".to_vec(), &mut out);
    assert_eq!(refused, Err(ProposeError::NotLeader { leader: None }));
    let heartbeat = ConsensusMessage { term: 1, body: Body::Heartbeat { commit: 0, agreed: 0 } };
    node.step(NodeId(2), heartbeat, &mut out).expect("a correct heartbeat");
    let refused = node.propose(b"command".to_vec(), &mut out);
    assert_eq!(refused, Err(ProposeError::NotLeader { leader: Some(NodeId(2)) }));
    assert!(out.is_empty(), "nothing is forwarded");
}

#[test]
fn what_waits_after_a_restart_is_due_at_once() {
    let entry = Entry { term: 1, index: 1, data: "command".into() };
    let disk = Durable { hard_state: HardState { term: 1, vote: None, commit: 1 }, log: vec![entry.clone()] };
    let (mut node, mut out) = (voter(&disk), Outputs::default());
    assert_eq!(node.ticks_until_due(), 0);
    node.advance(0, &mut out);
    assert_eq!(out.committed, [entry]);
    assert!(node.ticks_until_due() > 0);
}

#[test]
fn a_write_replaces_the_suffix_it_contradicts() {
    let entry = |index, term| Entry { term, index, data: "".into() };
    let mut disk = Durable::default();
    disk.apply(Persist { number: 1, hard_state: None, entries: vec![entry(1, 1), entry(2, 1), entry(3, 1)] });
    disk.apply(Persist { number: 2, hard_state: None, entries: vec![entry(2, 2)] });
    assert_eq!(disk.log, [entry(1, 1), entry(2, 2)]);
}

#[test]
fn unsound_settings_are_refused() {
    let new = |change: &dyn Fn(&mut ConsensusSettings)| {
        let mut settings = settings(1, 3, 1);
        change(&mut settings);
        Raft::new(settings, &Durable::default()).err()
    };
    assert_eq!(new(&|_| ()), None);
    assert_eq!(new(&|s| s.voters.clear()), Some(SettingsError::NoVoters));
    assert_eq!(new(&|s| s.voters.push(NodeId(1))), Some(SettingsError::Repeated(NodeId(1))));
    assert_eq!(new(&|s| s.id = NodeId(9)), Some(SettingsError::NotAMember(NodeId(9))));
    assert_eq!(new(&|s| s.heartbeat_ticks = 0), Some(SettingsError::NoHeartbeat));
    let impatient = SettingsError::Impatient { heartbeat: 10, election: 10 };
    assert_eq!(new(&|s| s.heartbeat_ticks = 10), Some(impatient));
}

#[test]
fn a_disk_that_contradicts_itself_is_refused() {
    let entry = |index, term| Entry { term, index, data: "".into() };
    let refusal = |term, vote, commit, log| {
        let disk = Durable { hard_state: HardState { term, vote, commit }, log };
        Raft::new(settings(1, 3, 1), &disk).err()
    };
    let durable = |error| Some(SettingsError::Durable(error));
    assert_eq!(refusal(2, None, 2, vec![entry(1, 1), entry(2, 2)]), None);
    assert_eq!(refusal(1, None, 1, vec![]), durable(DurableError::Commit { commit: 1, last: 0 }));
    assert_eq!(refusal(1, None, 0, vec![entry(2, 1)]), durable(DurableError::Gap { expected: 1, found: 2 }));
    assert_eq!(refusal(1, None, 0, vec![entry(1, 2)]), durable(DurableError::Term { index: 1 }));
    assert_eq!(refusal(2, None, 0, vec![entry(1, 2), entry(2, 1)]), durable(DurableError::Term { index: 2 }));
    assert_eq!(refusal(1, Some(NodeId(7)), 0, vec![]), Some(SettingsError::VotedForStranger(NodeId(7))));
}
