//! What is measured while a run goes on.

use sim::SimTime;
use units::{Measured, Span};

use crate::model::Model;
use crate::record::{ClientTime, Violation};

pub(super) const MILLISECOND: Span = Span::from_millis(1);

/// Everything that is measured.
#[derive(Debug, Default)]
pub(super) struct Measures {
    /// The node that accepted writes last, in the highest epoch.
    pub(super) primary: usize,
    /// The highest epoch that accepted writes.
    pub(super) epoch: u64,
    pub(super) milestones: Milestones,
    /// The run ended because nothing would have happened any more.
    pub(super) at_rest: bool,
    /// The last failover was decided although the primary was in service.
    pub(super) found_in_service: bool,
    pub(super) failovers: u32,
    pub(super) false_failovers: u32,
    pub(super) promoted: Vec<usize>,
    pub(super) violations: Vec<Violation>,
    /// The first scripted strike.
    pub(super) first_edge: SimTime,
    /// The last scripted strike or heal.
    pub(super) last_edge: SimTime,
    /// The last time anything happened but the usual.
    pub(super) last_activity: SimTime,
    /// Per node: writes would wait too long for their acknowledgement.
    pub(super) slow_acknowledgement: Vec<bool>,
    /// Per region: clients that are not served.
    pub(super) unserved: Vec<usize>,
    /// Per node: since when it reaches no majority; `None` while it does.
    pub(super) alone_since: Vec<Option<SimTime>>,
    /// Per node: alive and connected with a majority of such nodes.
    pub(super) main: Vec<bool>,
    service: Service,
    client_time: ClientTime,
    served: (SimTime, usize, usize),
    split: Stopwatch,
    quorum: Stopwatch,
}

/// When the stages of a recovery were reached, the last time each was.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Milestones {
    pub(super) found: Option<SimTime>,
    pub(super) decided: Option<SimTime>,
    pub(super) fenced: Option<SimTime>,
    pub(super) opened: Option<SimTime>,
    pub(super) last_attempt: Option<SimTime>,
}

/// Whether every client that somebody could serve is served.
#[derive(Debug, Default)]
struct Service {
    first_down: Option<SimTime>,
    down: bool,
    up_since: SimTime,
    /// How far the milestones had come when service was back.
    reached: Milestones,
}

/// Adds up the time in which something holds.
#[derive(Debug, Default)]
struct Stopwatch {
    since: Option<SimTime>,
    total: Span,
}

impl Stopwatch {
    /// Returns whether this is a change.
    fn set(&mut self, now: SimTime, holds: bool) -> bool {
        match (self.since, holds) {
            (None, true) => self.since = Some(now),
            (Some(since), false) => {
                self.total += now.since(since);
                self.since = None;
            }
            _ => return false,
        }
        true
    }

    fn total(&self, now: SimTime) -> Span {
        self.total + self.since.map_or(Span::ZERO, |since| now.since(since))
    }
}

impl Measures {
    pub(super) fn reset(&mut self, model: &Model, primary: usize) {
        let nodes = model.nodes.len();
        let mut fresh = Measures { primary, epoch: 1, ..Measures::default() };
        fresh.slow_acknowledgement = renew(&mut self.slow_acknowledgement, nodes, false);
        fresh.unserved = renew(&mut self.unserved, model.regions.len(), 0);
        fresh.alone_since = renew(&mut self.alone_since, nodes, None);
        fresh.main = renew(&mut self.main, nodes, true);
        *self = fresh;
    }

    /// Something happened: the run is not settled before it has been quiet for a while.
    pub(super) fn active(&mut self, now: SimTime) {
        self.last_activity = now;
    }

    pub(super) fn on_open(&mut self, now: SimTime, node: usize) {
        self.active(now);
        self.milestones.opened = Some(now);
        if node != self.primary {
            self.failovers += 1;
            self.false_failovers += u32::from(self.found_in_service);
            self.promoted.push(node);
        }
        self.primary = node;
    }

    pub(super) fn on_served(&mut self, now: SimTime, served: usize, of: usize) {
        self.client_time = self.client_time(now);
        self.served = (now, served, of);
        self.active(now);
    }

    pub(super) fn on_service(&mut self, now: SimTime, up: bool) {
        match (self.service.down, up) {
            (false, false) => {
                self.service.down = true;
                self.service.first_down.get_or_insert(now);
            }
            (true, true) => {
                self.service.down = false;
                self.service.up_since = now;
                self.service.reached = self.milestones;
            }
            _ => return,
        }
        self.active(now);
    }

    /// Returns whether a split brain began or ended.
    pub(super) fn on_accepting(&mut self, now: SimTime, databases: usize) -> bool {
        self.split.set(now, databases > 1)
    }

    pub(super) fn on_quorum(&mut self, now: SimTime, present: bool) {
        self.quorum.set(now, present);
    }

    pub(super) fn is_down(&self) -> bool {
        self.service.down
    }

    pub(super) fn client_time(&self, now: SimTime) -> ClientTime {
        let (since, served, of) = self.served;
        let passed = now.since(since);
        ClientTime {
            unserved: self.client_time.unserved + passed * (of - served) as u64,
            total: self.client_time.total + passed * of as u64,
        }
    }

    pub(super) fn split_brain(&self, now: SimTime) -> Span {
        self.split.total(now)
    }

    pub(super) fn quorum_present(&self, now: SimTime) -> Span {
        self.quorum.total(now)
    }

    /// From the first interruption to the last return of service, if that lasted.
    pub(super) fn recovery_time(&self, end: SimTime, steady: Span) -> Measured {
        let Some(first) = self.service.first_down else { return Measured::Exactly(Span::ZERO) };
        let lasting = !self.service.down && (self.at_rest || end.since(self.service.up_since) >= steady);
        match lasting {
            true => Measured::Exactly(self.service.up_since.since(first)),
            false => Measured::LongerThan(end.since(first)),
        }
    }

    /// The recovery time in its phases. Where no other node was promoted, nobody detected anything that counted:
    /// the time until clients got through again is all detection.
    pub(super) fn phases(&self, end: SimTime, steady: Span) -> [Span; 6] {
        let Some(first) = self.service.first_down else { return [Span::ZERO; 6] };
        let total = self.recovery_time(end, steady).at_least();
        let finish = first + total;
        let m = if self.service.down { &self.milestones } else { &self.service.reached };
        let reached = m.last_attempt.filter(|_| !self.service.down).unwrap_or(finish);
        let stage = |moment: Option<SimTime>| moment.filter(|at| *at >= first).unwrap_or(reached);
        let edges = [stage(m.found), stage(m.decided), stage(m.fenced), stage(m.opened), reached, finish];
        let mut phases = [Span::ZERO; 6];
        let mut from = first;
        for (phase, edge) in phases.iter_mut().zip(edges) {
            let to = edge.clamp(from, finish);
            *phase = to.since(from);
            from = to;
        }
        phases
    }
}

/// The table filled anew, in the memory of the last run's.
fn renew<T: Copy>(table: &mut Vec<T>, len: usize, with: T) -> Vec<T> {
    let mut kept = std::mem::take(table);
    kept.clear();
    kept.resize(len, with);
    kept
}
