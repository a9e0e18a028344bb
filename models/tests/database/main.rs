//! The database and the logic around it in a small world: how copies come back, how the role is given back.

mod actives;
#[path = "../common/mod.rs"]
mod common;
mod failback;
mod rejoin;
mod standbys;
mod stops;

use firedrill_models::{Place, Replay, RunRecord, What, World};
use sim::{Agenda, SimTime};
use units::Span;

/// Three regions; `DATABASE` and `POLICY` stand for more fields.
const PLAN: &str = r#"(
    name: "small",
    regions: [
        (name: "a", clients: 6, writes_per_second: 60, sites: [(name: "as", nodes: [(name: "a1"), (name: "a2")])]),
        (name: "b", clients: 4, writes_per_second: 40, sites: [(name: "bs", nodes: [(name: "b1"), (name: "b2")])]),
        (name: "c", clients: 2, writes_per_second: 20, sites: [(name: "cs", nodes: [(name: "c1")])]),
    ],
    database: (engine: PostgreSql15, primary: "a1", watchdog: "12s", DATABASE),
    policy: (prefer_regions: ["a", "b"], POLICY),
    objectives: (recovery_time: "10m", recovery_point: "15m"),
)"#;

/// A plan's database and policy, and the disaster that strikes it.
struct Story<'a> {
    database: &'a str,
    policy: &'a str,
    faults: &'a str,
}

impl Story<'_> {
    fn world(&self) -> World {
        self.world_of(PLAN.replace("DATABASE", self.database).replace("POLICY", self.policy))
    }

    fn world_of(&self, plan: String) -> World {
        common::world(&[("plan.ron", &plan)], self.faults, "3h")
    }

    fn runs(&self, seeds: u64) -> Vec<RunRecord> {
        let (mut world, mut agenda) = (self.world(), Agenda::new());
        (0..seeds).map(|seed| world.run(seed, &mut agenda)).collect()
    }

    fn replay(&self, seed: u64) -> Replay {
        self.world().replay(seed)
    }
}

/// What happened at a node, with the time.
fn at(replay: &Replay, node: usize) -> Vec<(SimTime, &What)> {
    let here = replay.notes.iter().filter(|(_, note)| note.place == Place::Node(node));
    here.map(|(at, note)| (*at, &note.what)).collect()
}

/// When something first happened at a node.
fn first(replay: &Replay, node: usize, is: impl Fn(&What) -> bool) -> Option<SimTime> {
    at(replay, node).into_iter().find(|(_, what)| is(what)).map(|(at, _)| at)
}

fn sound(record: &RunRecord) {
    assert_eq!(record.violations, [], "seed {}", record.seed);
    assert!(record.converged, "seed {}", record.seed);
}

fn minutes(minutes: u64) -> Span {
    Span::from_secs(60 * minutes)
}
