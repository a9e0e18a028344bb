//! Agents at rest are frozen until something concerns them. Against worlds in which every message of every run is sent,
//! on different seeds, no measure may be distributed differently: where links lose messages, where clients wait for
//! resolvers, where faults are far apart. Leaps that forget a cool-down, or a loss, are found.

#[path = "../models/src/journal/tests/smirnov.rs"]
mod smirnov;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use firedrill::failover::consensus::Durable;
use firedrill::failover::{
    Configuration, Controller, Effect, Input, Instant, Message, NodeId, Policy, PolicyPatch,
};
use firedrill::models::{Agent, Failover, Logic, Model, RunRecord, World};
use firedrill::scenarios::load_from;
use firedrill::sim::Agenda;
use firedrill::units::Measured;
use smirnov::{smirnov, smirnov_threshold};

/// Runs of each kind.
const SEEDS: u64 = 400;

const PLAN: &str = r#"(
    name: "small",
    regions: [
        (name: "a", clients: 4, writes_per_second: 40, sites: [(name: "as", nodes: [(name: "a1")])]),
        (name: "b", clients: 4, writes_per_second: 40, sites: [(name: "bs", nodes: [(name: "b1")])]),
        (name: "c", clients: 2, writes_per_second: 20, sites: [(name: "cs", nodes: [(name: "c1")])]),
    ],
    links: (between_regions: (latency: Uniform("20ms", "80ms"), loss: LOSS)),
    database: (engine: PostgreSql15, durability: Async, primary: "a1"),
    dns: (ttl: "TTL", update: Uniform("100ms", "1s")),
    policy: (DETECTOR),
    objectives: (recovery_time: "10m", recovery_point: "15m"),
)"#;

/// Two more copies of the database in each region, which do not vote.
const REPLICAS: &str = r#"(name: "NODE2", votes: false), (name: "NODE3", votes: false)"#;

/// A disaster, and what of the plan matters for it.
#[derive(Clone, Copy)]
struct Drill {
    loss: &'static str,
    ttl: &'static str,
    detector: &'static str,
    /// Each region has members without a vote.
    replicas: bool,
    faults: &'static str,
    horizon: &'static str,
}

const CALM: Drill = Drill {
    loss: "0.0",
    ttl: "30s",
    detector: "",
    replicas: false,
    faults: r#"(at: Between("60s", "300s"), strike: Silence("a1"), heal_after: "2m")"#,
    horizon: "20m",
};

/// The second fault strikes when the cool-down after the first is over, for a while or for long.
const AGAIN: Drill = Drill {
    faults: r#"(at: "60s", strike: Silence("a1"), heal_after: "30s"),
        (at: Between("170s", "230s"), strike: Silence("$primary"), heal_after: "1m"),
        (at: "10m", strike: Partition(["a"], ["b", "c"]), heal_after: "1m")"#,
    ..CALM
};

/// Two heartbeats in a row that are lost, or nearly so, are a suspicion.
const LOSSY: Drill = Drill { loss: "0.03", detector: "detector: Missed(1),", ..CALM };

impl Drill {
    fn regions(&self) -> String {
        let more = |plan: String, region: &str| {
            let known = format!(r#"(name: "{region}1")"#);
            plan.replace(&known, &format!("{known}, {}", REPLICAS.replace("NODE", region)))
        };
        let regions = if self.replicas { &["a", "b", "c"][..] } else { &[] };
        regions.iter().copied().fold(PLAN.to_owned(), more)
    }

    fn model(&self) -> Arc<Model> {
        let plan = [("LOSS", self.loss), ("TTL", self.ttl), ("DETECTOR", self.detector)]
            .iter()
            .fold(self.regions(), |plan, (field, value)| plan.replace(field, value));
        let scenario = format!(
            r#"(story: "s", plan: "plan.ron", faults: [{}], horizon: "{}", expect: [NoSplitBrain])"#,
            self.faults, self.horizon
        );
        let files = [("plan.ron", plan), ("s.ron", scenario)];
        let files: BTreeMap<PathBuf, Vec<u8>> =
            files.into_iter().map(|(name, text)| (name.into(), text.into_bytes())).collect();
        let loaded = load_from::<Failover>(&files, Path::new("s.ron"), &[]);
        let scenario = loaded.unwrap_or_else(|error| panic!("{error}"));
        Arc::new(Model::new(&scenario).expect("it was loaded"))
    }

    fn with_leaps(&self) -> Vec<RunRecord> {
        runs(World::new(self.model()), 0)
    }

    fn without(&self) -> Vec<RunRecord> {
        runs(World::new(self.model()).without_leaps(), 1_000_000)
    }
}

fn runs<L: Logic<Policy = Policy>>(mut world: World<L>, first: u64) -> Vec<RunRecord> {
    let mut agenda = Agenda::new();
    (first..first + SEEDS).map(|seed| world.run(seed, &mut agenda)).collect()
}

type Measure = (&'static str, fn(&RunRecord) -> u64);

const MEASURES: [Measure; 12] = [
    ("recovery time", |run| match run.recovery_time {
        Measured::Exactly(time) => time.as_nanos(),
        Measured::LongerThan(_) => u64::MAX,
    }),
    ("detection", |run| run.phases[0].as_nanos() + run.phases[1].as_nanos()),
    ("decision", |run| run.phases[2].as_nanos()),
    ("redirection", |run| run.phases[6].as_nanos()),
    ("recovery point", |run| run.recovery_point.as_nanos()),
    ("lost writes", |run| run.lost_writes),
    ("acknowledged writes", |run| run.acknowledged_writes),
    ("unserved time", |run| run.client_time.unserved.as_nanos()),
    ("failovers", |run| run.failovers.into()),
    ("false failovers", |run| run.false_failovers.into()),
    ("quorum", |run| run.quorum_present.as_nanos()),
    ("end", |run| run.ended.as_nanos()),
];

/// The measures that are further apart than two samples of one distribution are once in 10,000 times.
fn differences(one: &[RunRecord], other: &[RunRecord]) -> Vec<&'static str> {
    let apart = |(name, measure): &Measure| {
        let [mut one, mut other] = [one, other].map(|runs| runs.iter().map(measure).collect::<Vec<u64>>());
        let distance = smirnov(&mut one, &mut other);
        (distance > smirnov_threshold(SEEDS as usize)).then_some(*name)
    };
    MEASURES.iter().filter_map(apart).collect()
}

/// Leaps change nothing but the number of events, of which they spare so many in a hundred.
fn agree(drill: Drill, spared: u64) {
    let (leapt, stepped) = (drill.with_leaps(), drill.without());
    assert_eq!(differences(&leapt, &stepped), [""; 0]);
    let events = |runs: &[RunRecord]| runs.iter().map(|run| run.events).sum::<u64>();
    let (few, many) = (events(&leapt), events(&stepped));
    assert!(few * 100 <= many * (100 - spared), "{few} events instead of {many}");
}

#[test]
fn before_a_fault_and_until_it_heals() {
    agree(CALM, 60);
}

#[test]
fn while_clients_wait_for_resolvers() {
    agree(Drill { ttl: "8m", ..CALM }, 70);
}

#[test]
fn between_faults() {
    agree(AGAIN, 40);
}

#[test]
fn where_detectors_learn() {
    let detector = "detector: PhiAccrual(threshold: 8.0, window: 20, deviation_least: \"200ms\"),";
    agree(Drill { detector, ..CALM }, 30);
}

#[test]
fn with_members_that_do_not_vote() {
    agree(Drill { replicas: true, ..AGAIN }, 40);
}

#[test]
fn with_members_that_do_not_vote_on_links_that_lose_messages() {
    agree(Drill { replicas: true, loss: "0.0001", ..CALM }, 30);
}

#[test]
fn on_links_that_lose_messages_now_and_then() {
    agree(Drill { loss: "0.0001", ..CALM }, 50);
}

#[test]
fn on_links_so_bad_that_failovers_come_of_it() {
    let faults = r#"(at: Between("15m", "20m"), strike: Silence("a1"), heal_after: "2m")"#;
    let drill = Drill { faults, horizon: "30m", ..LOSSY };
    let (leapt, stepped) = (drill.with_leaps(), drill.without());
    assert_eq!(differences(&leapt, &stepped), [""; 0]);
    let false_alarms = leapt.iter().filter(|run| run.false_failovers > 0).count();
    assert!(false_alarms > SEEDS as usize / 20, "losses matter here: {false_alarms}");
}

/// What leaps that forget losses would make of it.
#[test]
fn forgotten_losses_are_found() {
    let faults = r#"(at: Between("15m", "20m"), strike: Silence("a1"), heal_after: "2m")"#;
    let drill = Drill { faults, horizon: "30m", loss: "0.06", ..LOSSY };
    let forgetful = Drill { loss: "0.0", ..drill }.with_leaps();
    assert!(differences(&forgetful, &drill.without()).contains(&"false failovers"));
}

/// The sound logic, but for its cool-down no time passes in a leap, and it is still there
/// when the next fault strikes.
#[derive(Clone)]
struct Forgetful;

struct ForgetfulAgent(Controller);

impl Agent for ForgetfulAgent {
    type Message = Message;
    type Disk = Durable;

    fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Effect>) {
        self.0.handle(now, input, out);
    }

    fn due(&self) -> Instant {
        self.0.due()
    }

    fn at_rest(&self, now: Instant) -> bool {
        self.0.at_rest(now)
    }

    fn has_learnt(&self) -> bool {
        self.0.has_learnt()
    }
}

impl firedrill::scenarios::Logic for Forgetful {
    type Policy = Policy;
    type PolicyPatch = PolicyPatch;

    fn apply(policy: &mut Policy, patch: PolicyPatch) {
        <Failover as firedrill::scenarios::Logic>::apply(policy, patch);
    }
}

impl Logic for Forgetful {
    type Agent = ForgetfulAgent;

    fn start(
        &self,
        id: NodeId,
        config: &Arc<Configuration>,
        disk: &Durable,
        seed: u64,
        now: Instant,
    ) -> ForgetfulAgent {
        ForgetfulAgent(Failover.start(id, config, disk, seed, now))
    }
}

#[test]
fn a_forgotten_cool_down_is_found() {
    let forgetful = runs(World::with_logic(AGAIN.model(), Forgetful), 0);
    assert!(differences(&forgetful, &AGAIN.without()).contains(&"recovery time"));
}

/// A year without a fault costs what a minute does.
#[test]
fn a_quiet_year_costs_no_more_than_a_quiet_minute() {
    let events = |at: &'static str, horizon: &'static str| {
        let faults = match at {
            "1m" => r#"(at: "1m", strike: Silence("a1"), heal_after: "2m")"#,
            _ => r#"(at: "365d", strike: Silence("a1"), heal_after: "2m")"#,
        };
        let model = Drill { faults, horizon, ..CALM }.model();
        World::new(model).run(5, &mut Agenda::new()).events
    };
    let (minute, year) = (events("1m", "10m"), events("365d", "366d"));
    assert!(year.abs_diff(minute) < minute / 5, "{minute} and {year} events");
}
