use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use turmoil::net::{TcpListener, TcpStream};
use units::Span;

use super::{JointWorld, Peer, TurmoilPeer, run_together};
use crate::{Agenda, Digest, Event, Limits, Outcome, SimTime, Stop};

const TICK: Span = Span::from_millis(10);

fn millis(millis: u64) -> SimTime {
    SimTime::ZERO + Span::from_millis(millis)
}

/// What the modelled world does to the async hosts, and what it hears from them.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Drill {
    Crash,
    Partition,
    Repair,
    Heard(Report),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Report {
    Served,
    Failed,
}

impl Event for Drill {
    fn fold(&self, digest: &mut Digest) {
        digest.word(match self {
            Drill::Crash => 0,
            Drill::Partition => 1,
            Drill::Repair => 2,
            Drill::Heard(Report::Served) => 3,
            Drill::Heard(Report::Failed) => 4,
        });
    }
}

/// The world's side: strikes on schedule, and keeps a log of what happened when.
#[derive(Default)]
struct Operations {
    mailbox: Rc<RefCell<Vec<Report>>>,
    log: Vec<(SimTime, Drill)>,
    ends_at_failure: bool,
}

impl JointWorld for Operations {
    type Event = Drill;
    type Peer = TurmoilPeer<'static>;

    fn handle(&mut self, now: SimTime, event: Drill, _: &mut Agenda<Drill>, peer: &mut Self::Peer) {
        assert!(peer.now() <= now && now.since(peer.now()) < TICK, "{now} against {}", peer.now());
        match event {
            Drill::Crash => peer.sim.crash("server"),
            Drill::Partition => peer.sim.partition("client", "server"),
            Drill::Repair => peer.sim.repair("client", "server"),
            Drill::Heard(_) => {}
        }
        self.log.push((now, event));
    }

    fn collect(&mut self, now: SimTime, _: &mut Self::Peer, agenda: &mut Agenda<Drill>) {
        for report in self.mailbox.borrow_mut().drain(..) {
            agenda.schedule(now, Drill::Heard(report));
        }
    }

    fn finished(&self) -> bool {
        self.ends_at_failure && self.failures().next().is_some()
    }
}

impl Operations {
    fn failures(&self) -> impl Iterator<Item = SimTime> {
        self.log.iter().filter(|(_, event)| *event == Drill::Heard(Report::Failed)).map(|(at, _)| *at)
    }

    fn served_after(&self, after: SimTime) -> Option<SimTime> {
        let served = |(at, event): &&(SimTime, Drill)| *at > after && *event == Drill::Heard(Report::Served);
        self.log.iter().find(served).map(|(at, _)| *at)
    }
}

/// A server that accepts, and a client that connects every 100 ms and gives up after 50.
fn hosts(mailbox: &Rc<RefCell<Vec<Report>>>) -> TurmoilPeer<'static> {
    let mut sim = turmoil::Builder::new()
        .tick_duration(Duration::from_nanos(TICK.as_nanos()))
        .simulation_duration(Duration::from_secs(3600))
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(2))
        .rng_seed(7)
        .build();
    sim.host("server", || async {
        let listener = TcpListener::bind(("0.0.0.0", 80)).await?;
        loop {
            listener.accept().await?;
        }
    });
    let mailbox = Rc::clone(mailbox);
    sim.client("client", async move {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let attempt = tokio::time::timeout(Duration::from_millis(50), TcpStream::connect(("server", 80)));
            let connected = matches!(attempt.await, Ok(Ok(_)));
            mailbox.borrow_mut().push(if connected { Report::Served } else { Report::Failed });
        }
    });
    TurmoilPeer::new(sim, TICK)
}

fn drill(strikes: &[(u64, Drill)], ends_at_failure: bool) -> (Operations, Outcome) {
    let mut world = Operations { ends_at_failure, ..Operations::default() };
    let mut peer = hosts(&world.mailbox);
    let mut agenda = Agenda::new();
    strikes.iter().for_each(|&(at, strike)| agenda.schedule(millis(at), strike));
    let limits = Limits { horizon: millis(10_000), events_max: 10_000 };
    let outcome = run_together(&mut world, &mut agenda, &mut peer, limits).expect("no host fails by itself");
    (world, outcome)
}

#[test]
fn a_client_notices_a_crash_at_its_next_attempt() {
    let (world, outcome) = drill(&[(3_005, Drill::Crash)], true);
    assert!(world.served_after(millis(2_800)) < Some(millis(3_005)), "served until the crash");
    let noticed = world.failures().next().expect("the server is gone");
    assert!(millis(3_005) < noticed && noticed <= millis(3_005 + 100 + 50 + 3 * 10), "noticed at {noticed}");
    assert_eq!((outcome.stop, outcome.at), (Stop::Finished, noticed));
}

#[test]
fn a_partition_lasts_from_strike_to_repair_on_the_clock_of_both() {
    let (world, outcome) = drill(&[(2_000, Drill::Partition), (5_000, Drill::Repair)], false);
    let failures: Vec<SimTime> = world.failures().collect();
    assert!(failures.iter().all(|at| (millis(2_000)..=millis(5_100)).contains(at)), "{failures:?}");
    // One attempt every 100 ms; turmoil refuses connections across a partition at once.
    assert!((28..=32).contains(&failures.len()), "{failures:?}");
    let back = world.served_after(millis(5_000)).expect("the network is whole again");
    assert!(back <= millis(5_300), "back at {back}");
    assert_eq!((outcome.stop, outcome.at), (Stop::Idle, millis(10_000)));
}

#[test]
fn a_joint_run_repeats_to_the_event() {
    let strikes = [(2_003, Drill::Partition), (4_001, Drill::Repair), (7_777, Drill::Crash)];
    let ((first, outcome), (second, again)) = (drill(&strikes, false), drill(&strikes, false));
    assert_eq!(first.log, second.log);
    assert_eq!(outcome, again);
    assert!(outcome.events > 50, "{outcome:?}");
}

#[test]
fn an_error_inside_the_peer_ends_the_run() {
    struct Broken;
    impl Peer for Broken {
        type Error = &'static str;
        fn now(&self) -> SimTime {
            SimTime::ZERO
        }
        fn step(&mut self, _: SimTime) -> Result<bool, &'static str> {
            Err("host failed")
        }
    }
    struct Nothing;
    impl JointWorld for Nothing {
        type Event = Drill;
        type Peer = Broken;
        fn handle(&mut self, _: SimTime, _: Drill, _: &mut Agenda<Drill>, _: &mut Broken) {}
        fn collect(&mut self, _: SimTime, _: &mut Broken, _: &mut Agenda<Drill>) {}
    }
    let limits = Limits { horizon: millis(1), events_max: 1 };
    assert_eq!(run_together(&mut Nothing, &mut Agenda::new(), &mut Broken, limits), Err("host failed"));
}
