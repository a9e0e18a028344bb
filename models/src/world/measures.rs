//! What is measured while a run goes on.

use sim::SimTime;
use units::{Measured, Span};

use super::evidence::Evidence;
use super::operations::OperationsState;
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
    /// Every scripted strike and heal of this run, in order.
    pub(super) edges: Vec<SimTime>,
    /// The last scripted strike or heal; the horizon where faults repeat until then.
    pub(super) last_edge: SimTime,
    /// The last time anything happened but the usual.
    pub(super) last_activity: SimTime,
    /// Per node: writes would wait too long for their acknowledgement.
    pub(super) slow_acknowledgement: Vec<bool>,
    /// Per region: clients that are not served.
    pub(super) unserved: Vec<usize>,
    /// Per node: since when it reaches no majority; `None` while it does.
    pub(super) alone_since: Vec<Option<SimTime>>,
    /// Per node: alive and connected with a majority of the voters, all of them alive.
    pub(super) main: Vec<bool>,
    pub(super) operations: OperationsState,
    pub(super) evidence: Evidence,
    service: Service,
    client_time: ClientTime,
    served: (SimTime, usize, usize),
    split: Stopwatch,
    quorum: Stopwatch,
    overload: Stopwatch,
    read_time: ClientTime,
    readers: (SimTime, usize, usize),
    read_only: Stopwatch,
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
    /// The longest outage before the one that began at `first_down`, from which service came back for good.
    worst: Option<Outage>,
    down: bool,
    up_since: SimTime,
    /// How far the milestones had come when service was back.
    reached: Milestones,
}

/// An outage that is over.
#[derive(Clone, Copy, Debug)]
struct Outage {
    from: SimTime,
    to: SimTime,
    reached: Milestones,
}

impl Outage {
    fn length(&self) -> Span {
        self.to.since(self.from)
    }
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
    pub(super) fn reset<P>(&mut self, model: &Model<P>, primary: usize) {
        let nodes = model.nodes.len();
        let mut fresh = Measures { primary, epoch: 1, ..Measures::default() };
        fresh.slow_acknowledgement = renew(&mut self.slow_acknowledgement, nodes, false);
        fresh.unserved = renew(&mut self.unserved, model.regions.len(), 0);
        fresh.alone_since = renew(&mut self.alone_since, nodes, None);
        fresh.edges = renew(&mut self.edges, 0, SimTime::ZERO);
        fresh.main = renew(&mut self.main, nodes, true);
        *self = fresh;
    }

    /// Something happened: the run is not settled before it has been quiet for a while.
    pub(super) fn active(&mut self, now: SimTime) {
        self.last_activity = now;
    }

    pub(super) fn on_open(&mut self, now: SimTime, node: usize, epoch: u64) {
        self.active(now);
        self.milestones.opened = Some(now);
        if node != self.primary {
            if !self.operations.on_switchover(epoch) {
                self.failovers += 1;
                self.false_failovers += u32::from(self.found_in_service);
            }
            self.promoted.push(node);
        }
        self.primary = node;
    }

    pub(super) fn on_served(&mut self, now: SimTime, served: usize, of: usize) {
        self.client_time = self.client_time(now);
        self.served = (now, served, of);
        self.active(now);
    }

    /// Whether so many clients are served already.
    pub(super) fn serves(&self, served: usize) -> bool {
        self.served.1 == served
    }

    /// Clients whose writes are served.
    pub(super) fn writers(&self) -> usize {
        self.served.1
    }

    /// A database is offered more than it carries, or none is any more.
    pub(super) fn on_overload(&mut self, now: SimTime, overloaded: bool) {
        if self.overload.set(now, overloaded) {
            self.active(now);
        }
    }

    pub(super) fn overloaded(&self, now: SimTime) -> Span {
        self.overload.total(now)
    }

    /// So many readers of so many are served, while so many clients' writes are.
    pub(super) fn on_reads(&mut self, now: SimTime, served: usize, of: usize, writers: usize) {
        if (self.readers.1, self.readers.2) != (served, of) {
            self.read_time = self.read_time(now);
            self.readers = (now, served, of);
            self.active(now);
        }
        self.read_only.set(now, served > 0 && writers == 0);
    }

    pub(super) fn read_time(&self, now: SimTime) -> ClientTime {
        self.read_time.and(now, self.readers)
    }

    pub(super) fn read_only(&self, now: SimTime) -> Span {
        self.read_only.total(now)
    }

    /// Interruptions that service does not outlast by `steady` are one outage; of several outages the longest
    /// counts.
    pub(super) fn on_service(&mut self, now: SimTime, steady: Span, up: bool) {
        match (self.service.down, up) {
            (false, false) => {
                if now.since(self.service.up_since) >= steady {
                    self.service.worst = self.worst_outage();
                    self.service.first_down = None;
                }
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
    pub(super) fn on_accepting(&mut self, now: SimTime, too_many: bool) -> bool {
        self.split.set(now, too_many)
    }

    pub(super) fn on_quorum(&mut self, now: SimTime, present: bool) {
        self.quorum.set(now, present);
    }

    /// The longest outage that is over.
    fn worst_outage(&self) -> Option<Outage> {
        let service = &self.service;
        let last = service.first_down.filter(|_| !service.down).map(|from| Outage {
            from,
            to: service.up_since,
            reached: service.reached,
        });
        last.into_iter().chain(service.worst).max_by_key(Outage::length)
    }

    /// No majority is alive and connected.
    pub(super) fn lacks_quorum(&self) -> bool {
        self.quorum.since.is_none()
    }

    pub(super) fn is_down(&self) -> bool {
        self.service.down
    }

    pub(super) fn client_time(&self, now: SimTime) -> ClientTime {
        self.client_time.and(now, self.served)
    }

    pub(super) fn split_brain(&self, now: SimTime) -> Span {
        self.split.total(now)
    }

    pub(super) fn quorum_present(&self, now: SimTime) -> Span {
        self.quorum.total(now)
    }

    /// The longest outage, from its first interruption until all were served for good; one that is not over is
    /// longer than any.
    pub(super) fn recovery_time(&self, end: SimTime, steady: Span) -> Measured {
        match self.unfinished(end, steady) {
            Some(from) => Measured::LongerThan(end.since(from)),
            None => Measured::Exactly(self.worst_outage().map_or(Span::ZERO, |outage| outage.length())),
        }
    }

    /// When the outage began that was not over at the end, or not for long enough to tell.
    fn unfinished(&self, end: SimTime, steady: Span) -> Option<SimTime> {
        let service = &self.service;
        let lasting = !service.down && (self.at_rest || end.since(service.up_since) >= steady);
        service.first_down.filter(|_| !lasting)
    }

    /// The recovery time in its phases. Where no other node was promoted, nobody detected anything that counted:
    /// the time until clients got through again is all detection.
    pub(super) fn phases(&self, end: SimTime, steady: Span) -> [Span; 6] {
        let (first, finish, m, over) = match (self.unfinished(end, steady), self.worst_outage()) {
            (Some(from), _) => (from, end, self.milestones, false),
            (None, Some(outage)) => (outage.from, outage.to, outage.reached, true),
            (None, None) => return [Span::ZERO; 6],
        };
        let reached = m.last_attempt.filter(|_| over).unwrap_or(finish);
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

impl ClientTime {
    /// And what passed since then, while so many of so many clients were served.
    fn and(self, now: SimTime, (since, served, of): (SimTime, usize, usize)) -> ClientTime {
        let passed = now.since(since);
        ClientTime {
            unserved: self.unserved.saturating_add(passed.saturating_mul((of - served) as u64)),
            total: self.total.saturating_add(passed.saturating_mul(of as u64)),
        }
    }
}

/// The table filled anew, in the memory of the last run's.
fn renew<T: Copy>(table: &mut Vec<T>, len: usize, with: T) -> Vec<T> {
    let mut kept = std::mem::take(table);
    kept.clear();
    kept.resize(len, with);
    kept
}
