//! What was said once counts once.

use super::*;
use crate::lease::{Answer, Promise, Request};

/// Exactly what node 1 said as its message of this number.
fn said(number: u64, input: Input) -> Input {
    match input {
        Input::Received { from, message } => {
            let stamp = Stamp::new(1, 1, number);
            Input::Received { from, message: Message { stamp, ..message } }
        }
        other => other,
    }
}

#[test]
fn what_is_played_back_is_no_sign_of_life() {
    let _evidence = evidence::of(&["Q-24"]);
    let mut bench = Bench::in_service();
    bench.at(1.0, said(1, beat(1.0, 0)));
    let mut suspected = None;
    for tenth in 11..300 {
        let second = f64::from(tenth) / 10.0;
        bench.at(second, said(1, beat(1.0, 0)));
        let told = bench.decides(Decision::Replayed { from: NodeId(1) });
        assert_eq!(told, tenth == 11, "told once, at {second} s");
        bench.wakes(second, Role::Primary);
        if bench.decides(Decision::Suspects(NodeId(1))) {
            suspected.get_or_insert(second);
        }
    }
    // Three heartbeats of 5 s are missed, and half of one.
    assert_eq!(suspected, Some(18.5));
}

/// The clock of a machine that boots begins anew: a reading of before comes again.
#[test]
fn what_was_granted_to_a_former_life_is_no_lease() {
    let held = |generation: u32| {
        let mut bench = Bench::in_service();
        let reply =
            Content::LeaseReply { asked: seconds(5.0), generation, epoch: 1, answer: LeaseAnswer::Granted };
        for from in [NodeId(1), NodeId(2)] {
            bench.at(5.1, Input::Received { from, message: reply.clone().into() });
        }
        bench.node.held_until
    };
    let presumed = Bench::in_service().node.held_until;
    assert!(held(1) > presumed, "this life asked");
    assert_eq!(held(0), presumed);
    assert_eq!(held(2), presumed);
}

/// Node 1 gave its lease back, started again, and was granted another.
#[test]
fn a_release_of_a_former_life_frees_nothing() {
    let mut bench = Bench::in_service();
    let release = |generation, number| {
        let release = Content::Release { up_to: seconds(900.0) };
        let message = Message { stamp: Stamp::new(generation, 1, number), content: release };
        Input::Received { from: NodeId(1), message }
    };
    bench.at(20.0, release(1, 9));
    let request = Request { asker: NodeId(1), asked: seconds(20.5), epoch: 1, holds: false };
    let lease = bench.node.config.policy.lease;
    bench.said = (2, 0);
    bench.at(20.5, beat(20.5, 0));
    bench.node.promise = Promise::none();
    assert_eq!(bench.node.promise.ask(seconds(20.5), request, 1, lease), Answer::Granted);
    let own = Request { asker: NodeId(0), asked: seconds(21.0), epoch: 1, holds: false };
    bench.at(21.0, release(1, 9));
    bench.at(21.0, release(1, 10));
    let answer = bench.node.promise.clone().ask(seconds(21.0), own, 1, lease);
    assert!(matches!(answer, Answer::Wait(_)), "{answer:?}");
    bench.at(21.0, release(2, 100));
    let answer = bench.node.promise.clone().ask(seconds(21.0), own, 1, lease);
    assert_eq!(answer, Answer::Granted, "its own release frees it");
}
