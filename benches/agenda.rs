//! The agenda against a binary heap from the standard library, in the hold model: as many events pending as a study
//! keeps, and each event handled schedules one other (Vaucher and Duval, "A comparison of simulation event list
//! algorithms", CACM 18, 1975). Delays are drawn beforehand; both queues get the same ones.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sim::{Agenda, Digest, Distribution, Event, Key, SimTime, Streams};
use units::Span;

/// As large as the events of the models.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Payload([u64; 3]);

impl Event for Payload {
    fn fold(&self, digest: &mut Digest) {
        digest.word(self.0[0]);
    }
}

/// The usual future-event list: earliest (time, sequence) first, in a heap that has the greatest first.
struct Pending {
    at: SimTime,
    sequence: u64,
    event: Payload,
}

impl PartialEq for Pending {
    fn eq(&self, other: &Pending) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Pending {}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Pending) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Pending) -> Ordering {
        (other.at, other.sequence).cmp(&(self.at, self.sequence))
    }
}

/// Pairs of pop and push per iteration of the benchmark; a power of two, to cycle through the delays.
const HOLDS: usize = 1 << 14;

fn delays() -> Vec<Span> {
    let sampler = Distribution::Exponential { mean: Span::from_millis(100) }.compile();
    let sampler = sampler.expect("a positive mean");
    let mut stream = Streams::new(1).stream(Key::new("agenda", "delays"));
    (0..HOLDS).map(|_| sampler.draw(&mut stream)).collect()
}

fn hold_in_agenda(agenda: &mut Agenda<Payload>, delays: &[Span]) {
    for &delay in delays {
        let due = agenda.pop().expect("as many are scheduled as popped");
        agenda.schedule(due.at + delay, black_box(due.event));
    }
}

fn hold_in_heap(heap: &mut BinaryHeap<Pending>, sequence: &mut u64, delays: &[Span]) {
    for &delay in delays {
        let due = heap.pop().expect("as many are pushed as popped");
        heap.push(Pending { at: due.at + delay, sequence: *sequence, event: black_box(due.event) });
        *sequence += 1;
    }
}

fn hold(criterion: &mut Criterion) {
    let delays = delays();
    let mut group = criterion.benchmark_group("hold");
    group.throughput(Throughput::Elements(HOLDS as u64));
    for pending in [16, 256, 4096, 65536] {
        let first = || (0..pending).map(|n| (SimTime::ZERO + delays[n % HOLDS], Payload([n as u64; 3])));
        group.bench_function(BenchmarkId::new("agenda", pending), |bencher| {
            let mut agenda = Agenda::new();
            first().for_each(|(at, event)| agenda.schedule(at, event));
            bencher.iter(|| hold_in_agenda(&mut agenda, &delays));
        });
        group.bench_function(BenchmarkId::new("std BinaryHeap", pending), |bencher| {
            let mut sequence = 0..;
            let mut heap: BinaryHeap<Pending> = first()
                .zip(&mut sequence)
                .map(|((at, event), sequence)| Pending { at, sequence, event })
                .collect();
            bencher.iter(|| hold_in_heap(&mut heap, &mut sequence.start, &delays));
        });
    }
    group.finish();
}

criterion_group!(benches, hold);
criterion_main!(benches);
