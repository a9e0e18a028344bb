//! A voter that has started again takes the word of others for what it may have granted before.

use super::*;
use crate::consensus::Entry;
use crate::message::Heartbeat;
use crate::reason::Reason;

/// Node 1 started again at second 0, and knows by second 1 what was agreed; node 2 has been there all the time.
fn restarted() -> Bench {
    let mut bench = Bench::with(
        Controller::new(NodeId(1), Arc::new(config()), &Durable::default(), 1, seconds(0.0))
            .expect("it is sound"),
    );
    bench.at(0.0, started());
    bench
}

fn started() -> Input {
    Input::Start {
        database: database(Role::Replica),
        first_boot: false,
        coordinator: None,
        generation: 1,
        lease: None,
    }
}

fn says(from: u16, change: impl FnOnce(&mut Heartbeat)) -> Input {
    let Input::Received { message: Message { content: Content::Heartbeat(mut beat), .. }, .. } = beat(1.0, 0)
    else {
        unreachable!("a heartbeat is received")
    };
    change(&mut beat);
    Input::Received { from: NodeId(from), message: Content::Heartbeat(beat).into() }
}

/// Node 2 says that the primary may have written so many seconds.
fn hearsay(reached: u64) -> Input {
    says(2, |beat| beat.reached = Some((reached * 1_000_000_000).into()))
}

/// The primary, whose database is not open yet, asks for the lease.
fn asks() -> Input {
    says(0, |beat| (beat.asks, beat.reached) = (true, Some(0.into())))
}

/// In seconds, to each of which half a heartbeat was added for the way of the word.
fn remembers(bench: &Bench) -> Option<f64> {
    bench.node.remembers_granting().map(|nanos| nanos as f64 / 1e9 - 2.5)
}

#[test]
fn what_it_granted_before_is_no_more_than_others_say_the_primary_has_written_since() {
    let mut bench = restarted();
    bench.at(0.5, hearsay(900));
    assert_eq!(remembers(&bench), None, "it does not know yet whom they mean");
    bench.node.standing = Standing::Member;
    assert_eq!(remembers(&bench), Some(900.0));
    bench.at(2.5, hearsay(902));
    assert_eq!(remembers(&bench), Some(900.0), "nothing was granted since");
    bench.agreed(Command::Begin { epoch: 2, reason: Reason::PrimarySilent });
    assert_eq!(remembers(&bench), Some(900.0), "it is that primary whose role was taken");
}

#[test]
fn a_lease_that_is_granted_afterwards_is_not_covered_by_what_was_said_before() {
    let mut bench = restarted();
    bench.node.standing = Standing::Member;
    bench.at(0.5, hearsay(900));
    bench.at(20.0, asks());
    assert_eq!(remembers(&bench), None, "with this lease the primary may open and write on");
    bench.at(21.0, hearsay(921));
    assert_eq!(remembers(&bench), Some(921.0));
}

#[test]
fn what_was_said_of_one_primary_says_nothing_of_the_next() {
    let mut bench = restarted();
    bench.node.standing = Standing::Member;
    bench.at(0.5, hearsay(900));
    for epoch in [2, 3] {
        bench.node.cluster.epoch = epoch;
        assert_eq!(remembers(&bench), None);
    }
}

#[test]
fn a_member_passes_on_how_far_the_primary_can_be_by_now_as_long_as_that_is_of_use() {
    let mut bench = restarted();
    bench.node.standing = Standing::Member;
    let open = |beat: &mut Heartbeat| {
        (beat.database.role, beat.holds) = (Role::Primary, true);
        beat.reached = Some(900_000_000_000.into());
    };
    bench.at(1.0, says(0, open));
    let told = |bench: &Bench| bench.node.primary_reached().map(|nanos| nanos as f64 / 1e9 - 2.5);
    bench.wakes(9.0, Role::Replica);
    assert_eq!(told(&bench), Some(908.0));
    bench.at(9.5, says(0, |beat| beat.database.role = Role::Stopped));
    bench.wakes(10.0, Role::Replica);
    assert_eq!(told(&bench), Some(909.0), "it may have opened again since it said that");
    bench.wakes(14.0, Role::Replica);
    assert_eq!(told(&bench), None, "with a lease of 15 s nobody may be so far behind");
}

/// It was granted the lease while its database was closed, so that no voter remembers how far it went.
#[test]
fn a_target_that_was_heard_to_be_open_and_failed_wrote_on_for_its_lease() {
    let mut bench = Bench::in_service();
    let lease = bench.node.config.policy.lease_length().as_nanos();
    bench.agreed(Command::Begin { epoch: 2, reason: Reason::PrimarySilent });
    bench.agreed(Command::Promote(crate::plan::FailoverPlan::sample(2, NodeId(0), NodeId(1))));
    bench.agreed(Command::Fail { epoch: 2, step: crate::plan::Step::Verify });
    bench.agreed(Command::Begin { epoch: 3, reason: Reason::PlanFailed });
    assert_eq!(bench.node.targets_wrote_at_most(), 0, "nobody heard that it was open");
    let peer = &mut bench.node.peers[1];
    peer.database = database(Role::Primary);
    peer.reached = Some((50, seconds(1.0)));
    assert_eq!(bench.node.targets_wrote_at_most(), 50 + lease);
}

/// The primary's database is open, says its agent, and had written so many seconds.
fn open(holds: bool, reached: u64) -> Input {
    says(0, |beat| {
        (beat.database.role, beat.asks, beat.holds) = (Role::Primary, true, holds);
        beat.reached = Some((reached * 1_000_000_000).into());
    })
}

/// An engine that refuses writes without the lease is open all the time. With the lease it had back it wrote from that moment
/// on, and not from where it stood.
#[test]
fn an_open_primary_that_lost_its_lease_opens_again_when_it_is_granted_anew() {
    for target in [false, true] {
        let mut bench = restarted();
        bench.node.standing = Standing::Member;
        if target {
            bench.agreed(Command::Begin { epoch: 2, reason: Reason::PrimarySilent });
            bench.agreed(Command::Promote(crate::plan::FailoverPlan::sample(2, NodeId(1), NodeId(0))));
        }
        let epoch = bench.node.cluster.epoch;
        let of_epoch = |input: Input| match input {
            Input::Received { from, message: Message { content: Content::Heartbeat(mut beat), stamp } } => {
                beat.epoch = epoch;
                Input::Received { from, message: Message { content: Content::Heartbeat(beat), stamp } }
            }
            other => other,
        };
        bench.at(20.0, of_epoch(open(true, 100)));
        assert_eq!(bench.node.reopens, None, "it wrote all the time");
        bench.at(50.0, of_epoch(open(false, 101)));
        let opens = bench.node.reopens.expect("it was granted the lease") as f64 / 1e9;
        assert_eq!(opens, 130.0, "what it writes now it writes 30 s later; as a target: {target}");
        bench.at(55.0, of_epoch(open(true, 135)));
        assert_eq!((bench.node.reopens, remembers(&bench)), (None, Some(132.5)));
    }
}

/// It does not know yet which of what its log has was agreed on.
#[test]
fn a_voter_that_starts_again_grants_nothing_under_an_epoch_older_than_the_newest_in_its_log() {
    let begins = Command::Begin { epoch: 2, reason: Reason::PrimarySilent }.encode();
    for (logged, expected) in [(false, LeaseAnswer::Granted), (true, LeaseAnswer::Stale)] {
        let mut durable = Durable::founded(NodeId(2), true);
        let entry = Entry { term: 1, index: 2, data: begins.clone().into() };
        durable.log.extend(Some(entry).filter(|_| logged));
        let node = Controller::new(NodeId(1), Arc::new(config()), &durable, 1, seconds(0.0));
        let mut bench = Bench::with(node.expect("it is sound"));
        bench.at(0.0, started());
        // What it promised before it started is over by then.
        bench.at(30.0, asks());
        assert!(!bench.node.is_member());
        let answers = bench.wants.iter().filter_map(|effect| match effect {
            Effect::Send { message: Message { content: Content::LeaseReply { answer, .. }, .. }, .. } => {
                Some(*answer)
            }
            _ => None,
        });
        assert_eq!(answers.collect::<Vec<_>>(), [expected], "epoch 2 in its log: {logged}");
    }
}
