//! One controller on the bench: what it does about a single input.

mod acknowledging;
mod actives;
mod flooded;
mod giving_back;
mod guarding;
mod hearing;
mod learning;
mod left_alone;
mod recalling;
mod reopening;
mod sleeping;

use std::sync::Arc;

use units::Span;

use super::*;
use crate::config::{Durability, Member};
use crate::consensus::Durable;
use crate::message::{Content, LeaseAnswer, Message};
use crate::policy::Policy;
use crate::report::LogPosition;
use crate::stamp::Stamp;
use crate::task::Outcome;

/// The first primary of three nodes, and what it wanted done last.
struct Bench {
    node: Controller,
    wants: Vec<Effect>,
    /// Of what others say to it: their generation, and how much they have said.
    said: (u32, u64),
}

fn seconds(seconds: f64) -> Instant {
    Instant::ZERO + Span::from_secs_f64(1_000.0 + seconds)
}

fn database(role: Role) -> DatabaseReport {
    let position = LogPosition { epoch: 1, offset: 100, committed: 0 };
    DatabaseReport { role, position, source: None, sealed: 0 }
}

fn config() -> Configuration {
    let member = |name: &str| Member {
        name: name.to_owned(),
        region: "east".to_owned(),
        site: name.to_owned(),
        capacity: 1,
        witness: false,
        votes: true,
    };
    Configuration {
        members: ["a", "b", "c"].map(member).to_vec(),
        durability: Durability::Async,
        first_primary: NodeId(0),
        actives: Vec::new(),
        policy: Policy::default(),
    }
}

/// A new cluster's first primary starts.
fn founded() -> Input {
    Input::Start {
        database: database(Role::Primary),
        first_boot: true,
        coordinator: None,
        generation: 1,
        lease: None,
    }
}

impl Bench {
    /// In service since second 0, with a presumed lease of 13 s.
    fn in_service() -> Bench {
        Bench::of(config())
    }

    fn with(node: Controller) -> Bench {
        Bench { node, wants: Vec::new(), said: (1, 0) }
    }

    fn of(config: Configuration) -> Bench {
        let config = Arc::new(config);
        let node =
            Controller::new(NodeId(0), config, &Durable::default(), 1, seconds(0.0)).expect("it is sound");
        let mut bench = Bench::with(node);
        bench.at(0.0, founded());
        bench
    }

    /// What nobody stamped is said now.
    fn at(&mut self, second: f64, mut input: Input) {
        self.wants.clear();
        if let Input::Received { message, .. } = &mut input
            && message.stamp == Stamp::default()
        {
            self.said.1 += 1;
            message.stamp = Stamp::new(self.said.0, 1, self.said.1);
        }
        self.node.handle(seconds(second), input, &mut self.wants);
    }

    fn wakes(&mut self, second: f64, role: Role) {
        self.at(second, Input::Wake { database: database(role) });
    }

    /// Wakes every second: a node wakes whenever it has to beat.
    fn awake_until(&mut self, second: u32, role: Role) {
        let first = self.node.now.since(seconds(0.0)).as_secs_f64() as u32 + 1;
        (first..=second).for_each(|second| self.wakes(f64::from(second), role));
    }

    fn done(&mut self, second: f64, task: Task, outcome: Outcome, role: Role) {
        self.at(second, Input::Done { task, outcome, database: database(role) });
    }

    /// `voter` grants what was asked for at `asked`.
    fn granted(&mut self, second: f64, voter: u16, epoch: u64, asked: f64) {
        let (asked, answer) = (seconds(asked), LeaseAnswer::Granted);
        let reply = Content::LeaseReply { asked, generation: 1, epoch, answer };
        self.at(second, Input::Received { from: NodeId(voter), message: reply.into() });
    }

    fn agreed(&mut self, command: Command) {
        self.node.on_agreed(command, &mut self.wants);
    }

    fn does(&self, task: Task) -> bool {
        self.wants.contains(&Effect::Do(task))
    }

    fn decides(&self, decision: Decision) -> bool {
        self.wants.contains(&Effect::Decided(decision))
    }
}

/// What `peer` says of itself on its own clock, sealed up to `sealed`.
fn beat(sent: f64, sealed: u64) -> Input {
    beat_from(1, sent, sealed)
}

/// A replica's sign of life.
fn beat_of(peer: u16, sent: f64) -> Input {
    beat_from(peer, sent, 0)
}

fn beat_from(peer: u16, sent: f64, sealed: u64) -> Input {
    let database = DatabaseReport { sealed, ..database(Role::Replica) };
    let suspects = NodeSet::EMPTY;
    let beat = crate::Heartbeat {
        sent: seconds(sent),
        out_of_turn: true,
        epoch: 1,
        suspects,
        database,
        rejoins: false,
        asks: false,
        holds: false,
        cooling: None,
        reopens_after: None,
        cooling_left: Span::ZERO,
        reached: None,
        granted: Some(0.into()),
    };
    Input::Received { from: NodeId(peer), message: Content::Heartbeat(beat).into() }
}

#[test]
fn a_heartbeat_that_a_later_one_overtook_changes_nothing_that_is_known() {
    let mut bench = Bench::in_service();
    let sealed = |bench: &Bench| bench.node.view().nodes[1].database.sealed;
    bench.at(1.03, beat(1.01, 2));
    bench.at(1.04, beat(1.00, 0));
    assert_eq!(sealed(&bench), 2);
    bench.at(2.04, beat(2.00, 3));
    assert_eq!(sealed(&bench), 3);
    // The clock of a machine that booted again is far back.
    bench.said = (2, 0);
    bench.at(60.0, beat(-900.0, 0));
    assert_eq!(sealed(&bench), 0);
}
