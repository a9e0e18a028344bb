//! A group that begins with a leader is the same as one that has just elected it.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::group::{HEARTBEAT, settings};
use crate::NodeId;
use crate::consensus::*;

/// Some nodes, their disks, and a network that keeps the order and takes no time.
struct Room {
    nodes: Vec<Raft>,
    disks: Vec<Durable>,
    under_way: VecDeque<(NodeId, NodeId, ConsensusMessage)>,
}

impl Room {
    /// Of `voters` and `learners`, who start with the disk that `disk` gives to those who vote or do not.
    fn new(voters: u16, learners: u16, disk: impl Fn(bool) -> Durable) -> Room {
        let mut room = Room { nodes: Vec::new(), disks: Vec::new(), under_way: VecDeque::new() };
        for id in 0..voters + learners {
            let learners = (voters..voters + learners).map(NodeId).collect();
            let disk = disk(id < voters);
            let settings = ConsensusSettings { learners, id: NodeId(id), ..settings(0, voters, 5) };
            room.nodes.push(Raft::new(settings, &disk).expect("sound settings"));
            room.disks.push(disk);
        }
        room
    }

    /// One input to a node, and all that follows from it.
    fn after(&mut self, id: NodeId, input: impl FnOnce(&mut Raft, &mut Outputs)) {
        let mut out = Outputs::default();
        input(&mut self.nodes[id.index()], &mut out);
        self.carry_out(id, out);
        while let Some((from, to, message)) = self.under_way.pop_front() {
            let mut out = Outputs::default();
            self.nodes[to.index()].step(from, message, &mut out).expect("correct nodes talk");
            self.carry_out(to, out);
        }
    }

    fn carry_out(&mut self, id: NodeId, mut out: Outputs) {
        loop {
            self.under_way.extend(out.messages.drain(..).map(|(to, message)| (id, to, message)));
            let Some(persist) = out.persist.take() else { return };
            let number = persist.number;
            self.disks[id.index()].apply(persist);
            self.nodes[id.index()].persisted(number, &mut out);
        }
    }

    fn shown(&self) -> Vec<(String, &Durable)> {
        self.nodes.iter().map(Raft::state).zip(&self.disks).collect()
    }
}

/// The same group twice: one elected `leader`, the other begins with it.
fn both(voters: u16, learners: u16, leader: NodeId) -> (Room, Room) {
    let mut elected = Room::new(voters, learners, |_| Durable::default());
    elected.after(leader, |node, out| node.campaign(out));
    let mut founded = Room::new(voters, learners, |votes| Durable::founded(leader, votes));
    for id in 0..voters + learners {
        founded.after(NodeId(id), |node, out| {
            node.found(leader, out);
            assert!(out.role_changed && out.messages.is_empty() && out.persist.is_none(), "{out:?}");
        });
    }
    (elected, founded)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_founded_group_is_one_that_has_elected(
        voters in 1..8_u16,
        learners in 0..4_u16,
        of in any::<prop::sample::Index>(),
    ) {
        let leader = NodeId(of.index(usize::from(voters)) as u16);
        let (mut elected, mut founded) = both(voters, learners, leader);
        prop_assert_eq!(elected.shown(), founded.shown());
        for room in [&mut elected, &mut founded] {
            room.after(leader, |node, out| node.propose(b"go".to_vec(), out).expect("it leads"));
            room.after(leader, |node, out| node.advance(u64::from(HEARTBEAT), out));
        }
        prop_assert_eq!(elected.shown(), founded.shown());
    }
}

#[test]
fn only_a_new_disk_makes_a_leader() {
    let alone = |disk: &Durable| Raft::new(settings(0, 3, 1), disk).expect("sound settings");
    let led = |mut node: Raft, leader: u16| {
        node.found(NodeId(leader), &mut Outputs::default());
        (node.role(), node.leader())
    };
    let founded = Durable::founded(NodeId(0), true);
    assert_eq!(led(alone(&founded), 0), (Role::Leader, Some(NodeId(0))));
    let nobody = (Role::Follower, None);
    assert_eq!(led(alone(&Durable::default()), 0), nobody, "its disk is empty");
    assert_eq!(led(alone(&founded), 1), nobody, "it voted for another");
    assert_eq!(led(alone(&Durable::founded(NodeId(7), false)), 7), nobody, "n7 has no vote");
    let later = HardState { term: 2, ..founded.hard_state };
    assert_eq!(
        led(alone(&Durable { hard_state: later, ..founded.clone() }), 0),
        nobody,
        "another term has begun"
    );
    let mut longer = founded.clone();
    longer.log.push(Entry { term: 1, index: 2, data: "go".into() });
    assert_eq!(led(alone(&longer), 0), nobody, "something was agreed since");
    let mut heard = alone(&founded);
    let beat = ConsensusMessage { term: 1, body: Body::Heartbeat { commit: 0, agreed: 0 } };
    heard.step(NodeId(0), beat.clone(), &mut Outputs::default()).expect_err("n0 is itself");
    heard.campaign(&mut Outputs::default());
    assert_eq!(led(heard, 0).0, Role::Candidate, "it stands for the next term");
}
