//! A recorded history replays to the same effects, and an altered one does not.

use std::sync::Arc;

use failover::{Content, Controller, Durability, Input, Instant, Message, NodeId, Policy, Recorded, replay};
use units::Span;

use crate::faults::Fault;
use crate::group::{Group, Life, configuration};

fn recorded(seed: u64) -> Group {
    let config = configuration(3, Durability::Quorum(1), Policy::default());
    let mut group = Group::with(config, seed, true);
    group.unruly = true;
    group.script(20, Fault::of(seed as u8, 0, 1), 40);
    group.script(40, Fault::PowerOff(seed as usize % 3), 30);
    group.script(70, Fault::Lossy, 20);
    group.run_for(120);
    group
}

fn reborn(group: &Group, node: usize, life: &Life) -> Controller {
    Controller::new(NodeId::at(node), Arc::clone(&group.config), &life.durable, 7, life.born)
        .expect("as before")
}

#[test]
fn every_life_of_every_node_replays_to_the_same_effects() {
    for seed in 0..13 {
        let group = recorded(seed);
        for (node, there) in group.nodes.iter().enumerate() {
            for life in &there.lives {
                let written = serde_json::to_string(&life.history).expect("histories can be written");
                let read: Vec<Recorded> = serde_json::from_str(&written).expect("and read");
                assert_eq!(read, life.history);
                assert_eq!(replay(&mut reborn(&group, node, life), &read), Ok(()), "seed {seed}, n{node}");
            }
        }
    }
}

#[test]
fn a_single_altered_input_is_noticed() {
    let group = recorded(1);
    let life = &group.nodes[1].lives[0];
    let heartbeat = |recorded: &Recorded| matches!(&recorded.input, Input::Received { message: Message { content: Content::Heartbeat(beat), .. }, .. } if beat.lease().is_some());
    let place = life.history.iter().position(heartbeat).expect("the primary asked for its lease");
    let mut altered = life.history.clone();
    if let Input::Received { message: Message { content: Content::Heartbeat(beat), .. }, .. } =
        &mut altered[place].input
    {
        beat.sent = Instant::from_nanos(beat.sent.as_nanos() + 1);
    }
    let divergence = replay(&mut reborn(&group, 1, life), &altered).expect_err("the answer names the moment");
    assert_eq!(divergence.index, place);
    let mut late = life.history.clone();
    late.iter_mut().for_each(|recorded| recorded.now = recorded.now + Span::from_secs(1));
    assert!(replay(&mut reborn(&group, 1, life), &late).is_err(), "time is an input, too");
}
