//! Of two faults of a kind on one victim, the end of the one leaves what the other does: for every kind there is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sim::{Agenda, SimTime};
use units::Span;

use super::*;
use crate::model::{Model, SlowPart};

type Small = World<crate::Failover, crate::journal::Lazy>;

const PLAN: &str = r#"(
    name: "small",
    regions: [
        (name: "a", provider: "alpha", clients: 6, writes_per_second: 60, sites: [(name: "as", nodes: [(name: "a1")])]),
        (name: "b", provider: "alpha", clients: 4, writes_per_second: 40, sites: [(name: "bs", nodes: [(name: "b1")])]),
        (name: "c", provider: "beta", clients: 2, writes_per_second: 20, sites: [(name: "cs", nodes: [(name: "c1")])]),
    ],
    database: (engine: PostgreSql15, durability: Async, primary: "a1", watchdog: "12s"),
    policy: (manifest: true, audit: true, access: (people: [(name: "olga", role: Operator), (name: "omar", role: Operator)])),
    kms: (answers: Constant("15ms")),
    alerts: (channels: [(name: "pager", delay: Constant("5s"))]),
    people: [
        (name: "olga", region: "c", reaction: Constant("60s")),
        (name: "omar", region: "b", reaction: Constant("45s")),
    ],
    objectives: (recovery_time: "10m", recovery_point: "15m"),
)"#;

/// Every kind, striking node a1 or what it is in; replication to b1, which is a replica.
const KINDS: [&str; 38] = [
    r#"Crash("a1")"#,
    r#"CrashAgent("a1")"#,
    r#"CrashDatabase("a1")"#,
    r#"Silence("a1")"#,
    r#"Hang("a1")"#,
    r#"HangAgent("a1")"#,
    r#"HangDatabase("a1")"#,
    r#"RegionLoss("a")"#,
    r#"SiteLoss("as")"#,
    r#"ProviderLoss("alpha")"#,
    r#"Partition(["a"], ["b", "c"])"#,
    r#"OneWayPartition(from: ["a"], to: ["b", "c"])"#,
    r#"Flapping(between: (["a"], ["b"]), down: Constant("1h"), up: Constant("1s"))"#,
    r#"Degraded(from: ["a"], to: ["b"], slower: Constant("50ms"))"#,
    r#"Slow(node: "a1", times: 5)"#,
    r#"SlowDisk(node: "a1", times: 5)"#,
    r#"FullDisk("a1")"#,
    r#"FailedPromotion(node: "a1", times: 2)"#,
    r#"SlowReplication(node: "b1", writes_per_second: 5)"#,
    r#"TamperedTrail(node: "a1", how: Flip)"#,
    r#"TamperedPlan("a1")"#,
    r#"ChannelFailure("pager")"#,
    "KmsFailure",
    r#"SlowKms(slower: Constant("1s"))"#,
    r#"LostKey("a1")"#,
    "DnsFailure",
    "DnsEmpty",
    r#"DnsWrong("b1")"#,
    r#"CrashProxy("lb")"#,
    r#"DuplicateAddress("b1")"#,
    r#"ClockDrift(node: "a1", ppm: 5000)"#,
    r#"ClockStepAhead(node: "a1", by: "3s")"#,
    r#"ClockStall(node: "a1", by: "3s")"#,
    r#"ForgedRequest(by: Stranger, ask: Failover())"#,
    "AlteredRequests",
    "ReplayedRequests",
    r#"RequestFlood(nodes: ["a1"], per_second: 100)"#,
    r#"StaleLeader("a1")"#,
];

/// A world in which two faults of the kind may strike.
fn world(kind: &str) -> Small {
    let fault = |at: &str| format!(r#"(at: "{at}", strike: {kind}, heal_after: "5m")"#);
    let with = match kind {
        kind if kind.contains("Proxy") => {
            r#"with: (redirect: Proxy, proxy: (at: [(name: "lb", site: "bs")])),"#
        }
        kind if kind.contains("Address") => "with: (redirect: VirtualAddress),",
        _ => "",
    };
    let scenario = format!(
        r#"(story: "s", plan: "plan.ron", {with} faults: [{}, {}], horizon: "30m",
            requests: [(from: "olga", ask: Failover(), at: "20m", approve: ["omar"])], expect: [NoSplitBrain])"#,
        fault("60s"),
        fault("90s")
    );
    let files = [("plan.ron", PLAN), ("s.ron", scenario.as_str())];
    let files: BTreeMap<PathBuf, Vec<u8>> =
        files.into_iter().map(|(name, text)| (name.into(), text.as_bytes().to_vec())).collect();
    let loaded = scenarios::load_from::<crate::Failover>(&files, Path::new("s.ron"), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{kind}: {error}"));
    World::new(Arc::new(Model::new(&loaded).expect("it was loaded")))
}

/// Whether the victim suffers from faults of this kind; `None` for what is done once and cannot be undone. Whoever adds
/// a kind says here how it shows, as the world sees it and not as the script has it.
fn suffers(world: &Small, strike: &StrikeModel) -> Option<bool> {
    let machine = &world.machines[0];
    let active = || world.faults.iter().any(|fault| fault.active);
    Some(match strike {
        StrikeModel::Crash(_, Part::Database) => machine.database.broken > 0,
        StrikeModel::Crash(..) => machine.kept_down(),
        StrikeModel::Silence(_) | StrikeModel::SiteLoss(_) => machine.off > 0 && machine.kept_down(),
        StrikeModel::RegionLoss(_) | StrikeModel::ProviderLoss(_) => {
            let lost = world.clients.lost[0] > 0;
            assert_eq!(lost, machine.off > 0, "its clients are lost with it");
            lost
        }
        StrikeModel::Hang(_, Part::Machine) => machine.hung(),
        StrikeModel::Hang(_, Part::Agent) => machine.agent_hangs > 0,
        StrikeModel::Hang(_, Part::Database) => {
            assert_eq!(machine.database.is_stuck(), machine.database.hung_since.is_some());
            machine.database.is_stuck()
        }
        StrikeModel::Cut { .. } | StrikeModel::Flapping { .. } => world.network.passes(0, 1).is_err(),
        StrikeModel::Degraded { .. } => world.impaired.passes(0, 1).is_err(),
        StrikeModel::Slow(_, SlowPart::Machine, _) => machine.slowness.times() > 1,
        StrikeModel::Slow(_, SlowPart::Disk, _) => machine.slowness.disk_times() > 1,
        StrikeModel::FullDisk(_) => {
            assert_eq!(machine.full_by.is_empty(), machine.database.broken == 0);
            !machine.full_by.is_empty()
        }
        StrikeModel::FailedPromotion(..) => world.faults.iter().any(|fault| fault.failing > 0),
        StrikeModel::SlowReplication(..) => !world.machines[1].database.caps.is_empty(),
        StrikeModel::TamperedPlan(_) => !Arc::ptr_eq(&world.configuration(0), &world.model.config),
        StrikeModel::DnsFailure => !world.dns.answers(),
        StrikeModel::DnsEmpty | StrikeModel::DnsWrong(_) => !world.dns.is_truthful(),
        StrikeModel::CrashProxy(proxy) => world.proxies.is_down(*proxy),
        StrikeModel::DuplicateAddress(_) => world.pretender().is_some(),
        StrikeModel::ClockDrift(..) => machine.drift != 0,
        StrikeModel::ClockStep(..) | StrikeModel::ClockStall(..) => machine.skewed_by != 0,
        // Whoever is in need of these asks which faults are active.
        StrikeModel::ChannelFailure(_)
        | StrikeModel::KmsFailure
        | StrikeModel::SlowKms(_)
        | StrikeModel::AlteredRequests
        | StrikeModel::RequestFlood { .. }
        | StrikeModel::StaleLeader(_) => active(),
        StrikeModel::TamperedTrail(..)
        | StrikeModel::LostKey(_)
        | StrikeModel::ForgedRequest(..)
        | StrikeModel::ReplayedRequests => return None,
    })
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

/// Both strike, then each is over, in this order.
fn overlap(kind: &str, order: [u16; 2]) {
    let (mut world, mut agenda) = (world(kind), Agenda::new());
    world.reset(1, &mut agenda);
    let strike = world.model.faults[0].strike.clone();
    let Some(before) = suffers(&world, &strike) else { return };
    assert!(!before, "{kind}: nothing has struck");
    for fault in [0, 1] {
        world.strike(at(60 + u64::from(fault)), fault, &mut agenda);
        assert_eq!(suffers(&world, &strike), Some(true), "{kind}: it has struck");
    }
    world.heal(at(70), order[0], &mut agenda);
    assert_eq!(suffers(&world, &strike), Some(true), "{kind}: the other is not over");
    world.heal(at(80), order[1], &mut agenda);
    assert_eq!(suffers(&world, &strike), Some(false), "{kind}: both are over");
}

#[test]
fn of_two_faults_of_a_kind_the_end_of_one_is_not_the_end_of_the_other() {
    for kind in KINDS {
        overlap(kind, [0, 1]);
        overlap(kind, [1, 0]);
    }
}

/// A kind that the schema knows and this test does not would be one that nobody has looked at.
#[test]
fn every_kind_of_the_schema_is_overlapped() {
    let schema = scenarios::scenario_schema::<crate::Failover>();
    let kinds = schema.as_value()["$defs"]["Strike"]["oneOf"].as_array().expect("kinds are alternatives");
    let name = |kind: &serde_json::Value| match (&kind["const"], &kind["properties"]) {
        (serde_json::Value::String(name), _) => name.clone(),
        (_, serde_json::Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        _ => panic!("{kind} is no kind of fault"),
    };
    let known: Vec<String> = kinds.iter().map(name).collect();
    let tested: Vec<&str> = KINDS.iter().map(|kind| kind.split('(').next().unwrap_or(kind)).collect();
    assert_eq!(known, tested, "in the order of the schema");
}
