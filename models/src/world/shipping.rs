//! How much of the log a stream carries, and how late: the least that any fault on its way leaves to it.

use sim::SimTime;
use units::Span;

use super::World;
use super::measures::MILLISECOND;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::StrikeModel;

/// Lag that any stream may have: less is not a queue.
const IN_STEP: Span = Span::from_secs(2);

impl<L: Logic, J: Journal> World<L, J> {
    /// What a stream into `node` from `source` carries (writes per second), and its delay beyond the link's own.
    ///
    /// A slow node replays slower (that is its disk's work) or sends slower (its processor's); the plan's rate is
    /// what healthy ones manage.
    pub(super) fn carriage(&self, node: usize, source: usize) -> (u64, Span) {
        let plan = self.model.replication_rate;
        let (replay, send) = (&self.machines[node].slowness, &self.machines[source].slowness);
        let worked = plan / replay.disk_times().max(send.times());
        let (detour, left) = self.stream_suffers(source, node);
        let capped = self.machines[node].database.caps.iter().map(|(_, rate)| *rate).min();
        (worked.min(left).min(capped.unwrap_or(plan)).min(plan), detour)
    }

    /// Brings every stream in line with the faults on its way. A changed delay is a new connection: for one delay
    /// nothing arrives, and nothing is lost.
    pub(super) fn reship(&mut self, now: SimTime) {
        let plan = self.model.replication_rate;
        for node in 0..self.machines.len() {
            if self.model.nodes[node].witness {
                continue;
            }
            let source = self.machines[node].database.source.unwrap_or(self.measures.primary);
            let (rate, detour) = self.carriage(node, source);
            let database = &mut self.machines[node].database;
            let throttled = (rate < plan).then_some(rate);
            if database.throttled != throttled {
                self.held_back = true;
                database.throttled = throttled;
                self.journal.throttle(now, node, rate);
            }
            let database = &mut self.machines[node].database;
            if database.streaming && database.detour != detour {
                database.detour = detour;
                let delay = database.delay + detour;
                let follows = match database.standby.counted {
                    true => self.journal.stream(now, node, source, delay, rate).is_ok(),
                    false => self.journal.catch_up(now, node, source, delay, rate).is_ok(),
                };
                self.machines[node].database.streaming = follows;
            }
        }
        self.changed = true;
    }

    /// No stream that was held back has a queue to work off any more.
    pub(super) fn streams_are_in_step(&mut self, now: SimTime) -> bool {
        if !self.held_back {
            return true;
        }
        let primary = self.measures.primary;
        (0..self.machines.len()).all(|node| {
            let database = &self.machines[node].database;
            let (streaming, delay) = (database.streaming, database.delay + database.detour);
            !streaming || self.journal.lag(now, node, primary) <= IN_STEP + delay
        })
    }

    pub(super) fn slow_replication(&mut self, now: SimTime, node: usize, rate: u64, fault: u16) {
        self.note_lags(now, fault);
        self.machines[node].database.caps.push((fault, rate));
        self.reship(now);
    }

    pub(super) fn restore_replication(&mut self, now: SimTime, node: usize, fault: u16) {
        self.count_lags(now, fault);
        self.machines[node].database.caps.retain(|(cap, _)| *cap != fault);
        self.reship(now);
    }

    /// The replicas whose streams the fault holds back.
    fn held_back_by(&self, fault: u16, node: usize) -> bool {
        let target = self.faults[fault as usize].target;
        match &self.model.faults[fault as usize].strike {
            StrikeModel::SlowReplication(..) => node == target,
            StrikeModel::Slow(..) => node == target || self.measures.primary == target,
            StrikeModel::Degraded { .. } => {
                let hit = self.impaired.passes(self.measures.primary, node);
                hit.is_err_and(|bad| bad.faults().any(|bad| bad == fault as usize))
            }
            _ => false,
        }
    }

    /// The most that a replica which the fault holds back lags.
    fn lag_under(&mut self, now: SimTime, fault: u16) -> Span {
        let primary = self.measures.primary;
        let mut most = Span::ZERO;
        for node in 0..self.machines.len() {
            if node != primary && !self.model.nodes[node].witness && self.held_back_by(fault, node) {
                most = most.max(self.journal.lag(now, node, primary));
            }
        }
        most
    }

    /// Remembers the lag from which growth is counted.
    pub(super) fn note_lags(&mut self, now: SimTime, fault: u16) {
        self.faults[fault as usize].lag_before = self.lag_under(now, fault);
    }

    /// What a slow stream did: the lag that grew, in milliseconds. Less than a tenth of a second is noise.
    pub(super) fn count_lags(&mut self, now: SimTime, fault: u16) {
        let lag = self.lag_under(now, fault);
        let state = &mut self.faults[fault as usize];
        let grown = lag.saturating_sub(state.lag_before);
        if grown > MILLISECOND * 100 {
            state.effects = state.effects.max(grown.as_nanos() / MILLISECOND.as_nanos());
        }
    }

    /// Lag is sampled where it may matter: when a promotion is judged and at the end.
    pub(super) fn sample_lags(&mut self, now: SimTime) {
        for fault in 0..self.faults.len() {
            if self.faults[fault].active {
                self.count_lags(now, fault as u16);
            }
        }
    }
}
