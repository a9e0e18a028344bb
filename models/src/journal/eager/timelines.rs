use sim::SimTime;
use units::Span;

use crate::journal::pauses::Pauses;

/// A moment on a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub(super) timeline: usize,
    pub(super) at: SimTime,
}

/// The life of one branch, without what was written in it.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    pub(super) epoch: u64,
    pub(super) opened: SimTime,
    /// Where it left its parent; `None` for the empty beginning.
    parent: Option<Mark>,
    /// Since when no write can be acknowledged.
    pub(super) stopped: Option<SimTime>,
    pub(super) pauses: Pauses,
}

/// The tree of branches.
#[derive(Clone, Debug)]
pub(super) struct Timelines(Vec<Timeline>);

impl Timelines {
    pub(super) fn new() -> Timelines {
        let stopped = Some(SimTime::ZERO);
        let pauses = Pauses::default();
        Timelines(vec![Timeline { epoch: 0, opened: SimTime::ZERO, parent: None, stopped, pauses }])
    }

    pub(super) fn open(&mut self, now: SimTime, epoch: u64, parent: Mark) -> usize {
        let pauses = Pauses::default();
        self.0.push(Timeline { epoch, opened: now, parent: Some(parent), stopped: None, pauses });
        self.0.len() - 1
    }

    pub(super) fn get(&self, timeline: usize) -> &Timeline {
        &self.0[timeline]
    }

    pub(super) fn get_mut(&mut self, timeline: usize) -> &mut Timeline {
        &mut self.0[timeline]
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// From `mark` down to the beginning: where its history runs on each timeline, the latest first.
    fn history(&self, mark: Mark) -> impl Iterator<Item = Mark> {
        std::iter::successors(Some(mark), |mark| self.0[mark.timeline].parent)
    }

    /// The part of the history of `mark` that lies no later than `limit`.
    pub(super) fn clip(&self, mark: Mark, limit: SimTime) -> Mark {
        let part = self.history(mark).find(|part| self.0[part.timeline].opened <= limit);
        let part = part.expect("the empty beginning is older than any limit");
        Mark { at: part.at.min(limit), ..part }
    }

    /// The last mark on the histories of both.
    pub(super) fn shared(&self, a: Mark, b: Mark) -> Mark {
        let meet = |a: Mark| self.history(b).find(|b| b.timeline == a.timeline).map(|b| a.min(b));
        self.history(a).find_map(meet).expect("all histories share the beginning")
    }

    /// Time in which the history from `from`, a part of it, to `tip` was open to writes.
    pub(super) fn writable(&self, from: Mark, tip: Mark) -> Span {
        let written = |timeline: usize, from: SimTime, to: SimTime| {
            to.since(from) - self.0[timeline].pauses.between(from, to)
        };
        let later = self.history(tip).take_while(|part| part.timeline != from.timeline);
        let later: Span =
            later.map(|part| written(part.timeline, self.0[part.timeline].opened, part.at)).sum();
        let same = self.history(tip).find(|part| part.timeline == from.timeline);
        later + same.map_or(Span::ZERO, |part| written(part.timeline, from.at, part.at))
    }
}
