//! What a primary knows of its standbys, and what its durability makes of that.

use sim::SimTime;
use units::Span;

use super::branch::Point;
use super::logs::{Feed, Logs};
use crate::journal::durability::{Rule, Standing};
use crate::journal::{Durability, Store};

#[derive(Clone, Debug)]
pub(super) struct Standbys {
    durability: Durability,
    /// By replica: who still counts it although it fell silent, and what it had confirmed.
    lost: Vec<Option<(Store, Point)>>,
    /// By primary: it waits for nobody at the moment.
    alone: Vec<bool>,
    /// Reused to choose among several.
    points: Vec<Standing<Point>>,
    waits: Vec<Standing<Option<Span>>>,
    present: Vec<Standing<()>>,
}

impl Standbys {
    pub(super) fn new(stores: usize, durability: Durability) -> Standbys {
        Standbys {
            durability,
            lost: vec![None; stores],
            alone: vec![false; stores],
            points: Vec::with_capacity(stores),
            waits: Vec::with_capacity(stores),
            present: Vec::with_capacity(stores),
        }
    }

    pub(super) fn reset(&mut self) {
        self.lost.fill(None);
        self.alone.fill(false);
    }

    /// `primary` opens a branch: it waits again.
    pub(super) fn begin(&mut self, primary: Store) {
        self.alone[primary] = false;
    }

    /// `primary` has closed: it counts nobody any more.
    pub(super) fn end(&mut self, primary: Store) {
        for lost in &mut self.lost {
            *lost = lost.filter(|(by, _)| *by != primary);
        }
    }

    /// The stream into `replica` breaks off, and its source does not notice.
    pub(super) fn lose(&mut self, logs: &Logs, now: SimTime, replica: Store, feed: &Feed) {
        if feed.counted && !self.durability.tells_at_once() && logs.writes(feed.source).is_some() {
            self.lost[replica] = Some((feed.source, confirmed_by(logs, now, replica, feed)));
        }
    }

    /// Who still counts `replica` although it fell silent.
    pub(super) fn lost_by(&self, replica: Store) -> Option<Store> {
        self.lost[replica].map(|(by, _)| by)
    }

    /// `source` hears of `replica` again, or knows now that it is gone.
    pub(super) fn found(&mut self, replica: Store, source: Store) {
        let lost = &mut self.lost[replica];
        *lost = lost.filter(|(by, _)| *by != source);
    }

    pub(super) fn wait(&mut self, primary: Store, waits: bool) {
        self.alone[primary] = !waits;
    }

    /// A client of `primary` that is not told at once is never told.
    pub(super) fn tells_at_once(&self, primary: Store) -> bool {
        self.alone[primary] || self.durability.tells_at_once()
    }

    /// Whether what is written now will be told to anybody.
    pub(super) fn can_tell(&mut self, logs: &Logs, primary: Store) -> bool {
        self.tells_at_once(primary) || self.suffice(logs, primary)
    }

    /// Whether those that a write would wait for are there, all of them.
    pub(super) fn suffice(&mut self, logs: &Logs, primary: Store) -> bool {
        let rule = self.durability.rule();
        if let Rule::AtOnce = rule {
            return true;
        }
        let mut present = std::mem::take(&mut self.present);
        let standing = |store| standing(logs, &self.lost, store, primary, |_| (), |_| ());
        let enough =
            rule.chosen(logs.stores(), standing, |it| matches!(it, Standing::Lost(())), &mut present);
        let answer = enough && present.iter().all(|it| matches!(it, Standing::Counted(())));
        self.present = present;
        answer
    }

    /// What the standbys that count have confirmed to `primary`; `None` if too few are connected.
    pub(super) fn confirmed(&mut self, logs: &Logs, now: SimTime, primary: Store) -> Option<Point> {
        if self.tells_at_once(primary) {
            return Some(logs.held(primary, now));
        }
        let mut points = std::mem::take(&mut self.points);
        let standing = |store| {
            let confirmed = |feed: &Feed| confirmed_by(logs, now, store, feed);
            standing(logs, &self.lost, store, primary, confirmed, |point| point)
        };
        let better = |it: &Standing<Point>| point_of(it).map(|point| std::cmp::Reverse(order(&point)));
        let enough = self.durability.rule().chosen(logs.stores(), standing, better, &mut points);
        let least = points.iter().filter_map(point_of).min_by_key(order);
        self.points = points;
        least.filter(|_| enough)
    }

    /// How long a write that reaches `primary` now waits; `None`: for ever.
    pub(super) fn wait_of(&mut self, logs: &Logs, now: SimTime, primary: Store) -> Option<Span> {
        if self.tells_at_once(primary) {
            return Some(Span::ZERO);
        }
        let mut waits = std::mem::take(&mut self.waits);
        let standing = |store| {
            let round = |feed: &Feed| logs.way(now, store, feed).map(|way| way + feed.delay);
            standing(logs, &self.lost, store, primary, round, |_| None)
        };
        let better = |it: &Standing<Option<Span>>| wait_in(it).unwrap_or(Span::MAX);
        let enough = self.durability.rule().chosen(logs.stores(), standing, better, &mut waits);
        let longest = waits.iter().map(wait_in).try_fold(Span::ZERO, |most, wait| Some(most.max(wait?)));
        self.waits = waits;
        longest.filter(|_| enough)
    }
}

/// How `store` stands as a standby of `primary`, with what is asked of a stream that counts, or of one that was lost.
fn standing<T>(
    logs: &Logs,
    lost: &[Option<(Store, Point)>],
    store: Store,
    primary: Store,
    counted: impl Fn(&Feed) -> T,
    silent: impl Fn(Point) -> T,
) -> Standing<T> {
    match logs.feed_from(store, primary).filter(|feed| feed.counted) {
        Some(feed) => Standing::Counted(counted(feed)),
        None => match lost[store].filter(|(by, _)| *by == primary) {
            Some((_, point)) => Standing::Lost(silent(point)),
            None => Standing::Away,
        },
    }
}

fn point_of(it: &Standing<Point>) -> Option<Point> {
    match it {
        Standing::Away => None,
        Standing::Lost(point) | Standing::Counted(point) => Some(*point),
    }
}

fn wait_in(it: &Standing<Option<Span>>) -> Option<Span> {
    match it {
        Standing::Counted(wait) => *wait,
        Standing::Away | Standing::Lost(_) => None,
    }
}

fn order(point: &Point) -> impl Ord + use<> {
    (point.branch, point.at, point.volume)
}

/// What the source of `feed` knows at `now` that `replica` holds.
fn confirmed_by(logs: &Logs, now: SimTime, replica: Store, feed: &Feed) -> Point {
    logs.held(replica, now.saturating_sub(feed.delay).max(feed.connected))
}
