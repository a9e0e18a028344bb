//! A drill, and the hunt for the first seed that shows a mistake.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use models::{Disaster, Failover, Model, RunRecord, What, World};
use scenarios::Invariant;
use sim::Agenda;

use crate::broken::{Canary, Mistake};

/// Every canary must be caught within this many seeds.
const SEEDS: u64 = 1_000;

/// Sites of region a: the primary and its clients.
pub struct Layout {
    sites_of_a: &'static str,
    sites_of_c: &'static str,
}

/// One of five members, in the region of its own.
pub const ALONE_WITH_ITS_CLIENTS: Layout = Layout {
    sites_of_a: r#"(name: "a1", nodes: [(name: "a-1")])"#,
    sites_of_c: r#"(name: "c1", nodes: [(name: "c-1")]), (name: "c2", nodes: [(name: "c-2")])"#,
};

/// Two of five members: one vote short of a majority.
pub const TWO_WITH_THE_PRIMARY: Layout = Layout {
    sites_of_a: r#"(name: "a1", nodes: [(name: "a-1")]), (name: "a2", nodes: [(name: "a-2")])"#,
    sites_of_c: r#"(name: "c1", nodes: [(name: "c-1")])"#,
};

/// A scenario in RON, by its parts.
pub struct Drill<'a> {
    pub layout: &'a Layout,
    pub faults: &'a str,
    pub policy: &'a str,
    pub durability: &'a str,
}

impl<'a> Drill<'a> {
    pub fn of(layout: &'a Layout) -> Drill<'a> {
        Drill { layout, faults: "[]", policy: r#"(heartbeat: "5s")"#, durability: "Async" }
    }

    fn plan(&self) -> String {
        let (a, c) = (self.layout.sites_of_a, self.layout.sites_of_c);
        let b = r#"(name: "b1", nodes: [(name: "b-1")]), (name: "b2", nodes: [(name: "b-2")])"#;
        let (durability, policy) = (self.durability, self.policy);
        format!(
            r#"(
                name: "canary",
                regions: [
                    (name: "a", clients: 4, writes_per_second: 40, sites: [{a}]),
                    (name: "b", clients: 4, writes_per_second: 40, sites: [{b}]),
                    (name: "c", clients: 2, writes_per_second: 20, sites: [{c}]),
                ],
                links: (between_regions: (latency: Lognormal(median: "10ms", p99: "25ms"), loss: 0.0001)),
                database: (engine: PostgreSql15, durability: {durability}, primary: "a-1"),
                policy: {policy},
                objectives: (recovery_time: "10m", recovery_point: "15m"),
            )"#
        )
    }

    fn scenario(&self) -> String {
        let faults = self.faults;
        format!(
            r#"(story: "A canary is let loose.", plan: "plan.ron", faults: {faults}, horizon: "15m", expect: [NoSplitBrain])"#
        )
    }

    fn model(&self) -> Arc<Model> {
        let files: BTreeMap<PathBuf, Vec<u8>> = [
            (PathBuf::from("plan.ron"), self.plan().into_bytes()),
            (PathBuf::from("drill.ron"), self.scenario().into_bytes()),
        ]
        .into();
        let scenario = scenarios::load_from::<Failover>(&files, Path::new("drill.ron"), &[])
            .unwrap_or_else(|error| panic!("{}", error.render(false)));
        let disaster =
            Disaster { faults: &scenario.faults, horizon: scenario.horizon, steady: scenario.steady };
        Arc::new(Model::new(&scenario.plan, &disaster).expect("the loader accepted it"))
    }
}

fn shows(record: &RunRecord, invariant: Invariant) -> bool {
    record.violations.iter().any(|violation| violation.invariant == invariant)
}

/// Asserts that `mistake` shows as `invariant`, in a run and in its replay, and that nothing shows without it.
pub fn catches(drill: &Drill, mistake: Mistake, invariant: Invariant) {
    let model = drill.model();
    let mut agenda = Agenda::new();
    let mut world = World::with_logic(Arc::clone(&model), Canary(mistake));
    let caught = (0..SEEDS).find(|seed| shows(&world.run(*seed, &mut agenda), invariant));
    let seed = caught.unwrap_or_else(|| panic!("{mistake:?} went unnoticed for {SEEDS} seeds"));
    println!("{mistake:?}: {invariant:?} at seed {seed}");
    let replay = world.replay(seed);
    let violation = replay.record.violations.iter().find(|violation| violation.invariant == invariant);
    let violation = violation.expect("the replay is the run");
    let told = |what: &What| *what == What::Violates(violation.what.clone());
    assert!(
        replay.notes.iter().any(|(at, note)| *at == violation.at && told(&note.what)),
        "the timeline tells it"
    );
    let mut sound = World::with_logic(model, Canary(Mistake::None));
    for seed in 0..=seed.max(99) {
        let record = sound.run(seed, &mut agenda);
        assert_eq!(record.violations, [], "seed {seed}: the sound logic does nothing wrong");
        assert!(record.fault_effects.iter().all(|effects| *effects > 0), "seed {seed}: a fault did nothing");
    }
}

/// Whatever the sound logic does wrong within so many seeds.
pub fn violations_of_the_sound_logic(drill: &Drill, seeds: u64) -> Vec<(u64, Invariant)> {
    let mut world = World::with_logic(drill.model(), Canary(Mistake::None));
    let mut agenda = Agenda::new();
    let mut found = Vec::new();
    for seed in 0..seeds {
        let record = world.run(seed, &mut agenda);
        found.extend(record.violations.iter().map(|violation| (seed, violation.invariant)));
    }
    found
}
