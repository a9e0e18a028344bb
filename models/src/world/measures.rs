//! What is measured while a run goes on.

use sim::SimTime;
use units::{Measured, Span};

use super::evidence::Evidence;
use super::milestones::{Milestones, PHASES, Reached};
use super::operations::OperationsState;
use crate::model::Model;
use crate::record::{ClientLoss, ClientTime, Outages, Violation};

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
    /// It ended before its horizon, at rest or after a long quiet: it would have gone on as it was.
    pub(super) settled: bool,
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
    /// Per node and voter: when the node last reached it, [`SimTime::MAX`] while it does.
    pub(super) contact: Vec<SimTime>,
    /// The same of messages that wait for a voter's agent which stands still, and are answered when it goes on.
    pub(super) mailed: Vec<SimTime>,
    /// Per node: the last moment at which it had reached a majority, one after the other or all at once; `None` while it
    /// stands with one.
    pub(super) alone_since: Vec<Option<SimTime>>,
    /// Per node: stands with a majority, as [`World::stands_with_majority`](super::World::stands_with_majority) says.
    pub(super) main: Vec<bool>,
    pub(super) operations: OperationsState,
    pub(super) evidence: Evidence,
    service: Service,
    client_time: ClientTime,
    served: (SimTime, usize, usize),
    cut_off: (SimTime, u64),
    cut_off_time: Span,
    split: Stopwatch,
    quorum: Stopwatch,
    overload: Stopwatch,
    read_time: ClientTime,
    readers: (SimTime, usize, usize),
    read_only: Stopwatch,
}

/// Outages: times in which some client that could be served was not.
///
/// ```text
///                 strike      region back                          `steady` without
///                    |             |                               interruption
///  clients of a  ====|......=======|===============|--- steady ---|        .  could be served, and is not
///  clients of b  ====|xxxxxxxxxxxxx|.....==========|              |        x  nobody who may serve is within reach
///                    |<-1->|       |<-2->|                                 =  served
/// ```
///
/// A client could be served while somebody who may serve is within its region's reach: a node that stands with a
/// majority, or, where there is no majority at all, anybody: then everybody is without service, and no region's network
/// is to blame. Clients cut off from all of those count again from the moment at which they are not. Interruptions that
/// service does not outlast by `steady` are one outage (1 and 2, here, if `steady` is longer than what lies between).
/// The recovery time is the longest outage's, to the last lasting success; how many there were, and for how long all
/// together, stands beside it.
#[derive(Debug, Default)]
struct Service {
    first_down: Option<SimTime>,
    /// Outages before the one that began at `first_down`, and how long they took together.
    before: u32,
    before_total: Span,
    /// The longest outage before the one that began at `first_down`, from which service came back for good.
    worst: Option<Outage>,
    down: bool,
    up_since: SimTime,
    /// How far failovers had come when service was back.
    reached: Reached,
}

/// An outage that is over.
#[derive(Clone, Copy, Debug)]
struct Outage {
    from: SimTime,
    to: SimTime,
    reached: Reached,
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
        fresh.contact = renew(&mut self.contact, nodes * model.voters.len(), SimTime::MAX);
        fresh.mailed = renew(&mut self.mailed, nodes * model.voters.len(), SimTime::MAX);
        fresh.edges = renew(&mut self.edges, 0, SimTime::ZERO);
        fresh.main = renew(&mut self.main, nodes, true);
        self.milestones.reset();
        fresh.milestones = std::mem::take(&mut self.milestones);
        *self = fresh;
    }

    /// Something happened: the run is not settled before it has been quiet for a while.
    pub(super) fn active(&mut self, now: SimTime) {
        self.last_activity = now;
    }

    pub(super) fn on_open(&mut self, now: SimTime, node: usize, epoch: u64) {
        self.active(now);
        self.milestones.on_open(now, epoch);
        if node != self.primary {
            self.milestones.forget_suspicions();
            if !self.operations.on_switchover(epoch) {
                self.failovers += 1;
                self.false_failovers += u32::from(self.milestones.found_in_service(epoch));
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

    /// So many clients are not served because nobody who may serve is within their reach.
    pub(super) fn on_cut_off(&mut self, now: SimTime, clients: u64) {
        if self.cut_off.1 != clients {
            self.cut_off_time = self.cut_off_time(now);
            self.cut_off = (now, clients);
        }
    }

    fn cut_off_time(&self, now: SimTime) -> Span {
        let (since, clients) = self.cut_off;
        self.cut_off_time.saturating_add(now.since(since).saturating_mul(clients))
    }

    /// Some client that could be served is not, or all are.
    pub(super) fn on_service(&mut self, now: SimTime, steady: Span, up: bool) {
        match (self.service.down, up) {
            (false, false) => {
                if now.since(self.service.up_since) >= steady {
                    self.service.worst = self.worst_outage();
                    self.service.before += u32::from(self.service.first_down.is_some());
                    self.service.before_total += self.last_outage().map_or(Span::ZERO, |last| last.length());
                    self.service.first_down = None;
                }
                self.service.down = true;
                self.service.first_down.get_or_insert(now);
            }
            (true, true) => {
                self.service.down = false;
                self.service.up_since = now;
                self.service.reached = self.milestones.reached();
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
        self.last_outage().into_iter().chain(self.service.worst).max_by_key(Outage::length)
    }

    /// The last outage, if it is over.
    fn last_outage(&self) -> Option<Outage> {
        let service = &self.service;
        let from = service.first_down.filter(|_| !service.down)?;
        Some(Outage { from, to: service.up_since, reached: service.reached })
    }

    /// How many outages there were, and how long they took together.
    pub(super) fn outages(&self, end: SimTime, steady: Span) -> Outages {
        let service = &self.service;
        let last = self.last_outage().map_or(Span::ZERO, |last| last.length());
        let total = match self.unfinished(end, steady) {
            Some(from) => Measured::LongerThan(service.before_total + end.since(from)),
            None => Measured::Exactly(service.before_total + last),
        };
        Outages { count: service.before + u32::from(service.first_down.is_some()), total }
    }

    /// What all clients went without. What is settled before the horizon goes on until then as it is.
    pub(super) fn client_loss(&self, end: SimTime, horizon: Span, steady: Span) -> ClientLoss {
        let (_, served, of) = self.served;
        let after = if self.settled { (SimTime::ZERO + horizon).max(end) } else { end };
        let lost = self.client_time(after).unserved;
        let open = served < of || self.unfinished(end, steady).is_some();
        ClientLoss {
            lost: if open { Measured::LongerThan(lost) } else { Measured::Exactly(lost) },
            cut_off: self.cut_off_time(after).min(lost),
            clients: of as u64,
            watched: after.since(SimTime::ZERO),
        }
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

    /// The recovery time in its phases.
    pub(super) fn phases(&self, end: SimTime, steady: Span) -> [Span; PHASES] {
        match (self.unfinished(end, steady), self.worst_outage()) {
            (Some(from), _) => self.milestones.phases(from, end, self.milestones.under_way(), false),
            (None, Some(outage)) => self.milestones.phases(outage.from, outage.to, outage.reached, true),
            (None, None) => [Span::ZERO; PHASES],
        }
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
