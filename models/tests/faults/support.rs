pub use crate::common::at;
use firedrill_models::{Note, Place, RunRecord, What, World};
use sim::{Agenda, SimTime};

/// Five nodes in three regions of two providers, on a network that loses nothing.
pub const PLAN: &str = r#"(
    name: "small",
    regions: [
        (name: "a", provider: "alpha", clients: 6, writes_per_second: 60, sites: [
            (name: "as", nodes: [(name: "a1", capacity: 1000)]), (name: "at", nodes: [(name: "a2", capacity: 1000)]),
        ]),
        (name: "b", provider: "alpha", clients: 4, writes_per_second: 40, sites: [
            (name: "bs", nodes: [(name: "b1", capacity: 1000), (name: "b2", capacity: 1000)]),
        ]),
        (name: "c", provider: "beta", clients: 2, writes_per_second: 20, sites: [(name: "cs", nodes: [(name: "c1")])]),
    ],
    database: (engine: PostgreSql15, durability: Async, primary: "a1", watchdog: "12s", replication_writes_per_second: 2000),
    policy: (prefer_regions: ["a", "b", "c"]),
    objectives: (recovery_time: "10m", recovery_point: "15m"),
)"#;

pub const A1: usize = 0;
pub const A2: usize = 1;

pub fn world(plan: &str, faults: &str, horizon: &str) -> World {
    crate::common::world(&[("plan.ron", plan)], faults, horizon)
}

pub fn runs_of(plan: &str, faults: &str) -> Vec<RunRecord> {
    let (mut world, mut agenda) = (world(plan, faults, "30m"), Agenda::new());
    (0..40).map(|seed| world.run(seed, &mut agenda)).collect()
}

pub fn runs(faults: &str) -> Vec<RunRecord> {
    runs_of(PLAN, faults)
}

/// The timeline of one run.
pub fn notes(faults: &str) -> Vec<(SimTime, Note)> {
    world(PLAN, faults, "30m").replay(1).notes
}

/// The moments at which a node did this.
pub fn when(notes: &[(SimTime, Note)], node: usize, what: &What) -> Vec<SimTime> {
    let here = notes.iter().filter(|(_, note)| note.place == Place::Node(node) && note.what == *what);
    here.map(|(at, _)| *at).collect()
}

/// Recovery times in seconds, every run of which service came back.
pub fn recoveries(runs: &[RunRecord]) -> impl Iterator<Item = f64> {
    assert!(runs.iter().all(RunRecord::recovered), "service came back in every run");
    runs.iter().map(|run| run.recovery_time.at_least().as_secs_f64())
}

pub fn sound(runs: &[RunRecord]) {
    for run in runs {
        assert!(run.converged && run.violations.is_empty(), "seed {}: {:?}", run.seed, run.violations);
        assert!(
            run.fault_effects.iter().all(|effects| *effects > 0),
            "seed {}: {:?}",
            run.seed,
            run.fault_effects
        );
    }
}
