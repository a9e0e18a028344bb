//! A leap leaves out what is only routine. Of every seed, all that is measured must be the same in a world that sends
//! every message: where links lose messages, where clients wait for resolvers, where detectors learn, where faults are
//! far apart. Leaps that forget a cool-down, or a loss, are found.

#[path = "leaps/random.rs"]
mod random;
#[path = "leaps/steps.rs"]
mod steps;
#[path = "leaps/stories.rs"]
mod stories;
#[path = "leaps/waiting.rs"]
mod waiting;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use firedrill::failover::consensus::Durable;
use firedrill::failover::{
    Configuration, Controller, Countdown, Effect, Input, Instant, Message, NodeId, Policy, PolicyPatch,
};
use firedrill::models::{Agent, Failover, Logic, Model, RunRecord, World};
use firedrill::scenarios::load_from;
use firedrill::sim::Agenda;
use firedrill::units::Span;

/// Runs of each kind.
const SEEDS: u64 = 60;

const PLAN: &str = r#"(
    name: "small",
    regions: [
        (name: "a", clients: 4, writes_per_second: 40, sites: [(name: "as", nodes: [(name: "a1")])]),
        (name: "b", clients: 4, writes_per_second: 40, sites: [(name: "bs", nodes: [(name: "b1")])]),
        (name: "c", clients: 2, writes_per_second: 20, sites: [(name: "cs", nodes: [(name: "c1")])]),
    ],
    links: (between_regions: (latency: LATENCY, loss: LOSS)),
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
    latency: &'static str,
    loss: &'static str,
    ttl: &'static str,
    detector: &'static str,
    /// Each region has members without a vote.
    replicas: bool,
    faults: &'static str,
    horizon: &'static str,
}

const CALM: Drill = Drill {
    latency: r#"Uniform("20ms", "80ms")"#,
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
        let fields =
            [("LATENCY", self.latency), ("LOSS", self.loss), ("TTL", self.ttl), ("DETECTOR", self.detector)];
        let plan = fields.iter().fold(self.regions(), |plan, (field, value)| plan.replace(field, value));
        let scenario = format!(
            r#"(story: "s", plan: "plan.ron", faults: [{}], horizon: "{}", expect: [NoSplitBrain])"#,
            self.faults, self.horizon
        );
        model(&files_of(&plan, &scenario)).unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    fn with_leaps(&self) -> Vec<RunRecord> {
        runs(World::new(self.model()))
    }

    fn without(&self) -> Vec<RunRecord> {
        runs(World::new(self.model()).without_leaps())
    }
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn files_of(plan: &str, scenario: &str) -> Files {
    let files = [("plan.ron", plan), ("s.ron", scenario)];
    files.into_iter().map(|(name, text)| (name.into(), text.as_bytes().to_vec())).collect()
}

fn model(files: &Files) -> Result<Arc<Model>, String> {
    let scenario =
        load_from::<Failover>(files, Path::new("s.ron"), &[]).map_err(|error| error.to_string())?;
    Ok(Arc::new(Model::new(&scenario).expect("it was loaded")))
}

/// The first measure in which a run with leaps and one without differ, and how many in a hundred events leaps spare.
struct Difference {
    measure: Option<String>,
    spared: u64,
}

impl Difference {
    fn between(leapt: &RunRecord, stepped: &RunRecord) -> Difference {
        let spared = stepped.events.saturating_sub(leapt.events) * 100 / stepped.events.max(1);
        Difference { measure: leapt.first_difference(stepped), spared }
    }
}

fn first_difference(files: &Files, seed: u64) -> Result<Difference, String> {
    let model = model(files)?;
    let [leapt, stepped] = [true, false]
        .map(|leaps| World::new(Arc::clone(&model)).leaping(leaps).run(seed, &mut Agenda::new()));
    Ok(Difference::between(&leapt, &stepped))
}

fn runs<L: Logic<Policy = Policy>>(mut world: World<L>) -> Vec<RunRecord> {
    let mut agenda = Agenda::new();
    (0..SEEDS).map(|seed| world.run(seed, &mut agenda)).collect()
}

/// What differs between runs of the same seeds.
fn differences(leapt: &[RunRecord], stepped: &[RunRecord]) -> Vec<String> {
    let pairs = leapt.iter().zip(stepped);
    let told = |(leapt, stepped): (&RunRecord, &RunRecord)| {
        leapt.first_difference(stepped).map(|what| format!("seed {}: {what}", leapt.seed))
    };
    pairs.filter_map(told).collect()
}

/// Leaps change nothing but the number of events, of which they spare so many in a hundred; where there is nothing to spare,
/// looking for it costs some.
fn agree(drill: Drill, spared: i64) {
    let (leapt, stepped) = (drill.with_leaps(), drill.without());
    let differ = differences(&leapt, &stepped);
    assert!(differ.is_empty(), "{} of {SEEDS} runs, {}", differ.len(), differ[0]);
    let events = |runs: &[RunRecord]| runs.iter().map(|run| run.events).sum::<u64>();
    let (few, many) = (events(&leapt), events(&stepped));
    let most = (100 - spared).unsigned_abs();
    assert!(few * 100 <= many * most, "{few} events instead of {many}");
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
    agree(Drill { detector, ..CALM }, 15);
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
    agree(drill, -5);
    let false_alarms = drill.with_leaps().iter().filter(|run| run.false_failovers > 0).count();
    assert!(false_alarms > SEEDS as usize / 20, "losses matter here: {false_alarms}");
}

/// The sound logic, but what it waits for in vain it takes for put off by a leap, as if somebody had.
#[derive(Clone)]
struct Forgetful;

struct ForgetfulAgent {
    sound: Controller,
    forgotten: Span,
}

impl Agent for ForgetfulAgent {
    type Message = Message;
    type Disk = Durable;

    fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Effect>) {
        self.sound.handle(now, input, out);
    }

    fn due(&self) -> Instant {
        self.sound.due()
    }

    fn has_reason(&mut self, now: Instant) -> bool {
        self.sound.has_reason(now)
    }

    fn at_rest(&self, now: Instant) -> bool {
        self.sound.at_rest(now)
    }

    fn only_waits(&self, now: Instant) -> bool {
        self.sound.only_waits(now)
    }

    fn countdowns(&mut self, out: &mut Vec<Countdown>) {
        self.sound.countdowns(out);
        out.push(Countdown::fixed(Instant::ZERO + Span::from_secs(1_000_000) + self.forgotten));
    }

    fn skip(&mut self, now: Instant, span: Span) {
        self.sound.skip(now, span);
        self.forgotten = span;
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
        ForgetfulAgent { sound: Failover.start(id, config, disk, seed, now), forgotten: Span::ZERO }
    }
}

#[test]
#[should_panic(expected = "what runs out must stay")]
fn an_agent_that_puts_off_what_runs_out_is_found() {
    runs(World::with_logic(AGAIN.model(), Forgetful));
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
