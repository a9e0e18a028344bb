use sim::SimTime;
use units::Span;

use super::Eager;
use super::copy::{Role, WriteId};
use super::timelines::Mark;
use crate::journal::{Loss, Store};

/// What the lists say, without changing them.
impl Eager {
    /// Where `store` stands: it has what had time to come, but not more than its source, and nothing
    /// from the first write on that it lacks.
    pub(super) fn mark(&self, now: SimTime, store: Store) -> Mark {
        let copy = &self.copies[store];
        let Role::Follow { source, before, .. } = copy.role(now) else { return self.expected(now, store) };
        let missing = self.copies[source].log.get(copy.log.len()).map(|id| self.writes[*id as usize].at);
        let limit = missing.map_or(now, |at| at.saturating_sub(Span::from_nanos(1)));
        let reached = self.timelines.shared(self.expected(now, store), self.mark(now, source));
        self.timelines.clip(reached, limit).max(before)
    }

    /// Where `store` stood, or would have without queues.
    fn expected(&self, at: SimTime, store: Store) -> Mark {
        match self.copies[store].role(at) {
            Role::Rest(mark) => mark,
            Role::Write { timeline } => Mark { timeline, at },
            Role::Follow { delay, connected, before, .. } if at < connected + delay => before,
            Role::Follow { source, delay, .. } => self.expected(at.saturating_sub(delay), source),
        }
    }

    /// Whether `store` is fed by `other`, over any number of steps.
    pub(super) fn fed_by(&self, store: Store, other: Store) -> bool {
        store == other || self.copies[store].pipe.as_ref().is_some_and(|pipe| self.fed_by(pipe.source, other))
    }

    /// Counts what `lost` picks among the acknowledged writes.
    pub(super) fn tally(&self, now: SimTime, lost: impl Fn(WriteId) -> bool) -> Loss {
        let mut by_timeline: Vec<(u64, SimTime)> = vec![(0, SimTime::MAX); self.timelines.count()];
        for (id, write) in self.writes.iter().enumerate() {
            if write.acknowledged && lost(id as WriteId) {
                let (writes, oldest) = &mut by_timeline[write.timeline];
                *writes += 1;
                *oldest = write.at.min(*oldest);
            }
        }
        let mut loss = Loss::default();
        for (timeline, (writes, oldest)) in
            by_timeline.into_iter().enumerate().filter(|(_, (writes, _))| *writes > 0)
        {
            loss.include(writes, self.timelines.get(timeline).stopped.unwrap_or(now).since(oldest));
        }
        loss
    }

    pub(super) fn held(&self, store: Store) -> Vec<bool> {
        let mut held = vec![false; self.writes.len()];
        self.copies[store].log.iter().for_each(|id| held[*id as usize] = true);
        held
    }
}
