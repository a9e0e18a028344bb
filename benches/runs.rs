//! Whole runs a second of the real controller: three regions, heartbeats every 5 s, 200 writes a second, the
//! primary's region lost for good (`primary-loss.ron`), on one core and on two.

use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use firedrill::campaign::Campaign;

const SEEDS: u64 = 2_000;

fn runs(criterion: &mut Criterion) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/primary-loss.ron");
    let campaign = Campaign::load(&file, &[]).expect("the bench's scenario is checked in and valid");
    let mut group = criterion.benchmark_group("runs/primary-loss");
    group.sample_size(10).throughput(Throughput::Elements(SEEDS));
    for threads in [1, 2] {
        group.bench_function(format!("{threads} core"), |bencher| {
            bencher.iter(|| campaign.run(0..SEEDS, threads, |_| {}).expect("threads can be started"));
        });
    }
    group.finish();
}

criterion_group!(benches, runs);
criterion_main!(benches);
