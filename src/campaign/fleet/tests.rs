use std::sync::mpsc;

use reports::StopReason;

use super::*;
use crate::record;

/// Logic of which some seeds panic and some never return.
struct Troubled {
    panics: fn(u64) -> bool,
    hangs: fn(u64) -> bool,
}

struct TroubledWorker(fn(u64) -> bool, fn(u64) -> bool);

impl Worker for TroubledWorker {
    fn run(&mut self, seed: u64) -> Run {
        assert!(!(self.0)(seed), "seed {seed} goes wrong");
        if (self.1)(seed) {
            let (_kept, never) = mpsc::channel::<()>();
            let _ = never.recv();
        }
        Run { digest: seed * 3, ..record::broken(seed, StopReason::Settled, 0) }
    }
}

impl Crew for Troubled {
    type Worker = TroubledWorker;
    fn worker(&self) -> TroubledWorker {
        TroubledWorker(self.panics, self.hangs)
    }
    fn panicked(&self, seed: u64, message: String) -> Run {
        record::broken(seed, StopReason::Panicked(message), 0)
    }
    fn hung(&self, seed: u64) -> Run {
        record::broken(seed, StopReason::HungUp, 0)
    }
}

fn none(_: u64) -> bool {
    false
}

fn fleet(threads: usize) -> Fleet {
    Fleet { threads, patience: Duration::from_millis(500), ..Fleet::default() }
}

#[test]
fn runs_come_back_in_the_order_of_seeds_whatever_the_number_of_threads() {
    let runs = |threads| fleet(threads).run(Troubled { panics: none, hangs: none }, 5..205, |_| ()).unwrap();
    assert_eq!(runs(1), runs(4));
    assert!(runs(3).iter().map(|run| run.seed).eq(5..205));
}

#[test]
fn a_run_that_panics_costs_itself_and_no_other() {
    let crew = Troubled { panics: |seed| seed % 10 == 3, hangs: none };
    let runs = fleet(2).run(crew, 0..40, |_| ()).unwrap();
    assert_eq!(runs.len(), 40);
    let broken: Vec<&Run> = runs.iter().filter(|run| run.broken().is_some()).collect();
    assert!(broken.iter().map(|run| run.seed).eq([3, 13, 23, 33]));
    assert!(broken[0].broken().unwrap().starts_with("panicked: seed 3 goes wrong (tests.rs:"));
}

#[test]
fn a_run_that_hangs_is_named_once_and_given_up_when_all_others_are_done() {
    let crew = Troubled { panics: none, hangs: |seed| seed == 7 };
    let mut slow = Vec::new();
    let note = |news: News<'_>| {
        if let News::Slow(seed) = news {
            slow.push(seed);
        }
    };
    let runs = fleet(2).run(crew, 0..30, note).unwrap();
    assert_eq!(slow, [7]);
    assert!(runs.iter().map(|run| run.seed).eq(0..30));
    assert!(runs.iter().all(|run| (run.stop == StopReason::HungUp) == (run.seed == 7)));
}

#[test]
fn a_fleet_that_is_stopped_hands_out_no_more_seeds() {
    let fleet = fleet(1);
    let stop = Arc::clone(&fleet.stop);
    let note = |news: News<'_>| {
        if matches!(news, News::Done(run) if run.seed == 9) {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let runs = fleet.run(Troubled { panics: none, hangs: none }, 0..10_000_000, note).unwrap();
    assert!(runs.len() >= 10 && runs.len() < 10_000_000, "{}", runs.len());
    assert!(runs.iter().map(|run| run.seed).eq(0..runs.len() as u64));
}

#[test]
fn no_seeds_are_no_runs() {
    assert_eq!(fleet(4).run(Troubled { panics: none, hangs: none }, 0..0, |_| ()).unwrap(), []);
}
