//! Whole runs a second of the real controller: three regions, heartbeats every 5 s, 200 writes a second, the
//! primary's region lost for good (`primary-loss.ron`), on one core and on two; then what the cost depends on: nodes,
//! writes, and how long nothing happens before the disaster. A hundred nodes beat to each other, or to nine voters
//! (`hundred-nodes.ron`).

use std::fmt::Write;
use std::path::Path;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use firedrill::campaign::Campaign;

const SEEDS: u64 = 2_000;

fn threads(criterion: &mut Criterion) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/primary-loss.ron");
    let mut group = group(criterion, "runs/primary-loss", SEEDS);
    let campaign = load(&file);
    for threads in [1, 2] {
        group.bench_function(format!("{threads} core"), |bencher| {
            bencher.iter(|| campaign.run(0..SEEDS, threads, |_| {}).expect("threads can be started"));
        });
    }
    group.finish();
}

fn nodes(criterion: &mut Criterion) {
    for (nodes, seeds) in [(3, 1_000), (9, 300), (30, 60), (100, 10)] {
        bench(&mut group(criterion, "runs/nodes", seeds), nodes.to_string(), nodes, 200, "60s", seeds);
    }
    let nine_vote = load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/hundred-nodes.ron"));
    group(criterion, "runs/nodes", 100).bench_function("100, of which 9 vote", |bencher| {
        bencher.iter(|| nine_vote.run(0..100, 1, |_| {}).expect("threads can be started"));
    });
}

fn writes(criterion: &mut Criterion) {
    let mut group = group(criterion, "runs/writes per second", 1_000);
    for writes in [200, 2_000, 200_000] {
        bench(&mut group, writes.to_string(), 3, writes, "60s", 1_000);
    }
}

fn idle(criterion: &mut Criterion) {
    let mut group = group(criterion, "runs/idle before the disaster", 1_000);
    for quiet in ["5m", "1h", "24h"] {
        bench(&mut group, quiet.to_owned(), 3, 200, quiet, 1_000);
    }
}

fn group<'a>(criterion: &'a mut Criterion, name: &str, seeds: u64) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).throughput(Throughput::Elements(seeds));
    group
}

/// Loses the primary's region after `quiet`; up to nine nodes in three regions, more in ten.
fn bench(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: String,
    nodes: usize,
    writes: u64,
    quiet: &str,
    seeds: u64,
) {
    let folder = tempfile::tempdir().expect("there is room for two small files");
    let scenario = format!(
        r#"(story: "The primary's region is lost.", plan: "p.plan.ron", expect: [NoSplitBrain], horizon: "25h",
            faults: [(at: "{quiet}", strike: RegionLoss("r0"))])"#
    );
    let file = folder.path().join("p.ron");
    std::fs::write(&file, scenario).expect("there is room");
    std::fs::write(folder.path().join("p.plan.ron"), plan(nodes, writes)).expect("there is room");
    let campaign = load(&file);
    group.bench_function(name, |bencher| {
        bencher.iter(|| campaign.run(0..seeds, 1, |_| {}).expect("threads can be started"));
    });
}

fn plan(nodes: usize, writes: u64) -> String {
    let regions = if nodes <= 9 { 3 } else { 10 };
    let mut text = String::new();
    for region in 0..regions {
        let here: String =
            (0..nodes).filter(|node| node % regions == region).fold(String::new(), |mut text, node| {
                write!(text, r#"(name: "n{node}"), "#).expect("a string grows");
                text
            });
        let writes = writes / regions as u64;
        write!(
            text,
            r#"(name: "r{region}", clients: 8, writes_per_second: {writes}, sites: [(name: "s{region}", nodes: [{here}])]), "#
        )
        .expect("a string grows");
    }
    format!(
        r#"(name: "bench", regions: [{text}], database: (engine: PostgreSql15, durability: Async, primary: "n0"),
            policy: (heartbeat: "5s"), objectives: (recovery_time: "10m", recovery_point: "15m"))"#
    )
}

fn load(file: &Path) -> Campaign {
    Campaign::load(file, &[]).unwrap_or_else(|error| panic!("{error}"))
}

criterion_group!(benches, threads, nodes, writes, idle);
criterion_main!(benches);
