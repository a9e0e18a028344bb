//! The fluid journal against the one that carries every write: the same disasters, thousands of seeds each, and no
//! measure may be distributed differently (two-sample Smirnov test, alpha 1e-4 per measure).

use sim::{Key, SimTime, Stream, Streams};
use units::Span;

use super::smirnov::{smirnov, smirnov_threshold};
use super::story::{FAST, eager, lazy, most_advanced, ms};
use crate::journal::{Durability, Journal, Store};

const SEEDS: u64 = 2_000;
/// Clients' writes per second.
const RATE: u64 = 100;
/// One-way delays of the two standbys.
const DELAYS: [Span; 3] = [Span::ZERO, Span::from_millis(20), Span::from_millis(120)];

/// What the links to the standbys can carry before the disaster.
#[derive(Clone, Copy, Debug)]
enum Link {
    Fast,
    /// From some moment on, half of what is written.
    Throttled,
    /// The same, until some later moment lets it catch up, whether or not it is done when disaster strikes.
    Freed,
}

#[derive(Clone, Copy, Debug)]
enum Disaster {
    /// The primary dies; the best standby is promoted.
    Crash,
    /// Both standbys are cut off, the best is promoted, and clients on both sides go on writing.
    SplitBrain,
    /// The primary dies, returns as a standby, and the next one dies as well.
    Twice,
}

/// One run: random moments, the same for both journals given the seed.
struct Run<'a> {
    journal: &'a mut dyn Journal,
    dice: Stream,
    now: SimTime,
    measures: Vec<u64>,
}

impl Run<'_> {
    fn pass(&mut self, lo: u64, hi: u64) {
        self.now += self.dice.between(ms(lo), ms(hi));
    }

    fn throttle(&mut self, speed: u64) {
        (0..3).for_each(|store| self.journal.throttle(self.now, store, speed));
    }

    /// What becomes of the links in a few seconds.
    fn weather(&mut self, link: Link) {
        self.pass(500, 1_500);
        match link {
            Link::Fast => {}
            Link::Throttled => self.throttle(RATE / 2),
            Link::Freed => {
                self.throttle(RATE / 2);
                self.pass(500, 2_000);
                self.throttle(10 * RATE);
            }
        }
        self.pass(1, 2_500);
    }

    /// A time, as exactly as the fluid claims to know it: a queue that is not permanent holds a write or two at ten
    /// times the speed of writing, which it leaves out.
    fn note(&mut self, time: Option<Span>) {
        self.measures.push(time.map_or(u64::MAX, |time| time.as_nanos() / ms(20).as_nanos()));
    }

    fn note_losses(&mut self, survivor: Store) {
        let loss = self.journal.losses(self.now, survivor);
        self.measures.extend([loss.writes, loss.span.as_nanos(), loss.conflicting_branches.into()]);
    }

    /// Lags and waits as they are now.
    fn note_state(&mut self, primary: Store) {
        for replica in (0..3).filter(|store| *store != primary) {
            let lag = self.journal.lag(self.now, replica, primary);
            self.note(Some(lag));
        }
        let wait = self.journal.acknowledgement_wait(self.now, primary);
        self.note(wait);
    }

    fn cut_all(&mut self) {
        (0..3).for_each(|store| self.journal.cut(self.now, store));
    }

    fn start(&mut self) {
        self.journal.write_rate(self.now, 0, RATE);
        self.journal.open(self.now, 0, 1);
        for replica in [1, 2] {
            self.journal.stream(self.now, replica, 0, DELAYS[replica], FAST).expect("both are empty");
        }
    }

    fn join(&mut self, replica: Store, primary: Store) {
        let dropped = self.journal.rewind(self.now, replica, primary);
        self.measures.push(dropped.writes);
        let delay = DELAYS[replica.max(primary)];
        self.journal.stream(self.now, replica, primary, delay, FAST).expect("a rewound store can stream");
    }

    fn crash(&mut self, link: Link) {
        self.weather(link);
        self.note_state(0);
        self.journal.close(self.now, 0);
        self.cut_all();
        self.note_losses(1);
        self.note_losses(2);
        self.measures.push(self.journal.acknowledged(self.now));
    }

    fn split_brain(&mut self, link: Link) {
        self.weather(link);
        self.cut_all();
        let best = most_advanced(self.journal, self.now, &[1, 2]);
        self.pass(200, 1_000);
        self.journal.write_rate(self.now, best, RATE / 2);
        self.journal.open(self.now, best, 2);
        self.join(3 - best, best);
        self.pass(200, 1_500);
        self.journal.close(self.now, 0);
        self.pass(1, 500);
        self.note_losses(best);
        self.note_losses(0);
        self.join(0, best);
        self.note_losses(0);
    }

    fn twice(&mut self, link: Link) {
        self.weather(link);
        self.journal.close(self.now, 0);
        self.cut_all();
        let first = most_advanced(self.journal, self.now, &[1, 2]);
        self.pass(200, 1_000);
        self.journal.write_rate(self.now, first, RATE);
        self.journal.open(self.now, first, 2);
        self.join(3 - first, first);
        self.join(0, first);
        self.weather(link);
        self.note_state(first);
        self.journal.close(self.now, first);
        self.cut_all();
        let second = most_advanced(self.journal, self.now, &[0, 3 - first]);
        self.note_losses(second);
        self.note_losses(3 - first - second);
    }
}

fn measures(journal: &mut dyn Journal, seed: u64, disaster: Disaster, link: Link) -> Vec<u64> {
    let dice = Streams::new(seed).stream(Key::new("disaster", "moments"));
    let mut run = Run { journal, dice, now: SimTime::ZERO, measures: Vec::new() };
    run.start();
    match disaster {
        Disaster::Crash => run.crash(link),
        Disaster::SplitBrain => run.split_brain(link),
        Disaster::Twice => run.twice(link),
    }
    run.measures
}

/// By measure, one value per run.
fn columns(runs: impl Iterator<Item = Vec<u64>>) -> Vec<Vec<u64>> {
    let mut columns: Vec<Vec<u64>> = Vec::new();
    for run in runs {
        columns.resize(run.len(), Vec::new());
        columns.iter_mut().zip(run).for_each(|(column, value)| column.push(value));
    }
    columns
}

/// Runs both journals on seeds of their own, so that the samples are independent.
fn agree(disaster: Disaster, link: Link, durability: Durability) {
    let (mut fluid, mut exact) = (lazy(3, durability.clone(), 0), eager(3, durability.clone(), 0));
    let of_fluid = columns((0..SEEDS).map(|seed| {
        fluid.reset(Streams::new(seed));
        measures(&mut fluid, seed, disaster, link)
    }));
    let of_exact = columns((SEEDS..2 * SEEDS).map(|seed| {
        exact.reset(Streams::new(seed));
        measures(&mut exact, seed, disaster, link)
    }));
    assert_eq!(of_fluid.len(), of_exact.len());
    let allowed = smirnov_threshold(SEEDS as usize);
    for (index, (mut a, mut b)) in of_fluid.into_iter().zip(of_exact).enumerate() {
        let distance = smirnov(&mut a, &mut b);
        assert!(
            distance < allowed,
            "{disaster:?}, {link:?}, {durability:?}, measure {index}: {distance} > {allowed}"
        );
    }
}

/// One named test for each disaster, link and durability.
macro_rules! agreements {
    ($($disaster:ident $link:ident: $async:ident $sync:ident $any:ident $all:ident $first:ident $of:ident;)*) => {$(
        #[test]
        fn $async() {
            agree(Disaster::$disaster, Link::$link, Durability::Async);
        }
        #[test]
        fn $sync() {
            agree(Disaster::$disaster, Link::$link, Durability::Sync(vec![1, 2, 0]));
        }
        #[test]
        fn $any() {
            agree(Disaster::$disaster, Link::$link, Durability::Quorum(1));
        }
        #[test]
        fn $all() {
            agree(Disaster::$disaster, Link::$link, Durability::Quorum(2));
        }
        #[test]
        fn $first() {
            agree(Disaster::$disaster, Link::$link, Durability::First(2, vec![2, 1, 0]));
        }
        #[test]
        fn $of() {
            agree(Disaster::$disaster, Link::$link, Durability::Any(1, vec![2, 0, 1]));
        }
    )*};
}

agreements! {
    Crash Fast: crash_async crash_sync crash_any crash_all crash_first crash_of;
    Crash Throttled: slow_crash_async slow_crash_sync slow_crash_any slow_crash_all slow_crash_first slow_crash_of;
    Crash Freed: freed_crash_async freed_crash_sync freed_crash_any freed_crash_all freed_crash_first freed_crash_of;
    SplitBrain Fast: split_async split_sync split_any split_all split_first split_of;
    SplitBrain Throttled: slow_split_async slow_split_sync slow_split_any slow_split_all slow_split_first slow_split_of;
    SplitBrain Freed: freed_split_async freed_split_sync freed_split_any freed_split_all freed_split_first freed_split_of;
    Twice Fast: twice_async twice_sync twice_any twice_all twice_first twice_of;
    Twice Throttled: slow_twice_async slow_twice_sync slow_twice_any slow_twice_all slow_twice_first slow_twice_of;
    Twice Freed: freed_twice_async freed_twice_sync freed_twice_any freed_twice_all freed_twice_first freed_twice_of;
}
