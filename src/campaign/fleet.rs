//! Many runs at once: workers take the next seed when they are done with the last, so the order of runs is up to
//! the machine and the runs themselves are not.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reports::Run;

use super::clock::Clock;
use super::panics;

/// Looks at the clock this often.
const GLANCE: Duration = Duration::from_millis(100);

/// How many runs at once, how patient, and when to stop.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// Worker threads; at least 1.
    pub threads: usize,
    /// A run that takes longer than this, by the clock on the wall, is named. After twice this it is given up if
    /// nothing but such runs is left.
    pub patience: Duration,
    /// Once true, no more seeds are handed out; runs under way are finished.
    pub stop: Arc<AtomicBool>,
}

/// What happens while runs are made.
#[derive(Debug)]
pub enum News<'a> {
    /// A run is done.
    Done(&'a Run),
    /// This seed's run takes longer than a run may.
    Slow(u64),
}

/// Makes runs, one seed at a time, in memory that it keeps. A worker that panicked is not used again.
pub(super) trait Worker {
    /// The run of this seed.
    fn run(&mut self, seed: u64) -> Run;
}

/// How workers are made, and what becomes of a run that has no result.
pub(super) trait Crew: Send + Sync + 'static {
    type Worker: Worker;
    fn worker(&self) -> Self::Worker;
    fn panicked(&self, seed: u64, message: String) -> Run;
    fn hung(&self, seed: u64) -> Run;
}

/// So many runs are handed over at once: waking whoever collects them costs as much as a quick run.
const HANDFUL: usize = 256;

/// Room is made at once for at most so many runs: growing would need the room of half as many more.
const ROOM_MAX: usize = 1 << 21;

/// A worker's place. A cache line of its own: workers come here twice per run.
#[repr(align(128))]
#[derive(Default)]
struct Post(Mutex<Desk>);

/// What a worker is at, since when, and the runs it has finished and nobody has collected.
#[derive(Default)]
struct Desk {
    at: Option<(u64, Clock)>,
    done: Vec<Run>,
}

/// What the workers share.
struct Shared<C> {
    crew: C,
    next: AtomicU64,
    end: u64,
    stop: Arc<AtomicBool>,
    posts: Vec<Post>,
}

impl Default for Fleet {
    /// All cores, a minute of patience.
    fn default() -> Fleet {
        let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
        Fleet { threads, patience: Duration::from_secs(60), stop: Arc::default() }
    }
}

impl Fleet {
    /// A run for each seed, in the order of seeds; fewer if stopped.
    ///
    /// # Errors
    /// The operating system gives no threads.
    pub(super) fn run<C: Crew>(
        &self,
        crew: C,
        seeds: Range<u64>,
        mut on_news: impl FnMut(News<'_>),
    ) -> Result<Vec<Run>, rayon::ThreadPoolBuildError> {
        let threads = self.threads.clamp(1, usize::try_from(seeds.end - seeds.start).unwrap_or(1).max(1));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let posts = (0..threads).map(|_| Post::default()).collect();
        let (next, stop) = (AtomicU64::new(seeds.start), Arc::clone(&self.stop));
        let shared = Arc::new(Shared { crew, next, end: seeds.end, stop, posts });
        let (bell, rings) = channel();
        for index in 0..threads {
            // Detached: a worker that hangs must not keep the others' results from being told.
            let (shared, bell) = (Arc::clone(&shared), bell.clone());
            pool.spawn(move || shared.work(index, &bell));
        }
        drop(bell);
        let room = usize::try_from(seeds.end - seeds.start).unwrap_or(0).min(ROOM_MAX);
        let mut runs = self.collect(&shared, &rings, Vec::with_capacity(room), &mut on_news);
        runs.sort_unstable_by_key(|run| run.seed);
        Ok(runs)
    }

    fn collect<C: Crew>(
        &self,
        shared: &Shared<C>,
        rings: &Receiver<()>,
        mut runs: Vec<Run>,
        on_news: &mut impl FnMut(News<'_>),
    ) -> Vec<Run> {
        let mut named = Vec::new();
        loop {
            let rung = rings.recv_timeout(GLANCE);
            let before = runs.len();
            shared.clear_desks(&mut runs);
            runs[before..].iter().for_each(|run| on_news(News::Done(run)));
            match rung {
                Ok(()) => {}
                // Every worker has left, after its last run.
                Err(RecvTimeoutError::Disconnected) => return runs,
                Err(RecvTimeoutError::Timeout) => {
                    for seed in shared.slower_than(self.patience) {
                        if !named.contains(&seed) {
                            on_news(News::Slow(seed));
                            named.push(seed);
                        }
                    }
                    if let Some(hung) = shared.hung(self.patience * 2) {
                        return shared.give_up(&hung, runs);
                    }
                }
            }
        }
    }
}

impl<C: Crew> Shared<C> {
    fn work(&self, index: usize, bell: &Sender<()>) {
        let mut worker = None;
        while !self.stop.load(Ordering::Relaxed) {
            let Some(seed) = self.take_seed(index) else { break };
            let run = panics::caught(|| {
                let mut with = worker.take().unwrap_or_else(|| self.crew.worker());
                let run = with.run(seed);
                worker = Some(with);
                run
            });
            let run = run.unwrap_or_else(|message| self.crew.panicked(seed, message));
            if self.put_down(index, run) == HANDFUL && bell.send(()).is_err() {
                break;
            }
        }
    }

    /// Under the desk's lock, so that whoever finds the last seed taken finds its worker at it.
    fn take_seed(&self, index: usize) -> Option<u64> {
        let mut desk = self.desk(index);
        let seed = self.next.fetch_add(1, Ordering::Relaxed);
        desk.at = (seed < self.end).then(|| (seed, Clock::start()));
        desk.at.map(|(seed, _)| seed)
    }

    /// The run is done and the worker free, at once: whoever finds no one at work finds all results. Returns how
    /// many lie there.
    fn put_down(&self, index: usize, run: Run) -> usize {
        let mut desk = self.desk(index);
        desk.done.push(run);
        desk.at = None;
        desk.done.len()
    }

    /// Collects what lies on the desks.
    fn clear_desks(&self, runs: &mut Vec<Run>) {
        for index in 0..self.posts.len() {
            runs.append(&mut self.desk(index).done);
        }
    }

    fn desk(&self, index: usize) -> MutexGuard<'_, Desk> {
        self.posts[index].0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn under_way(&self) -> Vec<(u64, Clock)> {
        (0..self.posts.len()).filter_map(|index| self.desk(index).at).collect()
    }

    fn slower_than(&self, patience: Duration) -> Vec<u64> {
        let slow = self.under_way().into_iter().filter(|(_, since)| since.elapsed() > patience);
        slow.map(|(seed, _)| seed).collect()
    }

    /// The seeds under way, if nothing is to be expected but from them, and none has come back for so long: all
    /// others are done, or no worker is left to make them.
    fn hung(&self, patience: Duration) -> Option<Vec<u64>> {
        let all_handed_out = self.all_handed_out();
        let at = self.under_way();
        let alone = all_handed_out || at.len() == self.posts.len();
        let stuck = !at.is_empty() && at.iter().all(|(_, since)| since.elapsed() > patience);
        (alone && stuck).then(|| at.into_iter().map(|(seed, _)| seed).collect())
    }

    /// All runs there are, with those given up among them. A result may have come in since: then it counts.
    fn give_up(&self, hung: &[u64], mut runs: Vec<Run>) -> Vec<Run> {
        self.clear_desks(&mut runs);
        let gone = hung.iter().filter(|seed| runs.iter().all(|run| run.seed != **seed));
        let given_up: Vec<Run> = gone.map(|seed| self.crew.hung(*seed)).collect();
        runs.extend(given_up);
        runs
    }

    fn all_handed_out(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.next.load(Ordering::Relaxed) >= self.end
    }
}

#[cfg(test)]
mod tests;
