//! What one run showed. Every measure is defined here, once.
//!
//! ```text
//!   strike    majority   coordinator   plan    lease    open for  writes are   last client   its first
//!     |       suspects    finds so    agreed   over     writes    answered     reaches it      write
//!     |--detect--|--elect----|--decide--|-fence--|-promote-|-acknowledge-|-redirect--|--warm up--|
//!     |<------------------------------- recovery time ----------------------------------------->|  + `steady` without
//!                                                                                                  interruption
//!   old primary  acknowledges: ==========================X
//!   new primary  holds:        ===================|
//!                                                 |<---->| recovery point: acknowledged writes lost
//! ```

use sim::{SimTime, Stop};
use units::{Measured, Span};

use scenarios::Invariant;

use crate::assurance::Assurance;
use crate::operations::Operations;
use crate::requests::Requests;

/// What one run showed.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Its seed.
    pub seed: u64,
    /// Why it ended.
    pub stop: Stop,
    /// When it ended.
    pub ended: SimTime,
    /// Fingerprint of every event and every measure.
    pub digest: u64,
    /// Events.
    pub events: u64,
    /// Of the longest outage: from the first moment at which a client that somebody could serve was not served, until
    /// all are served again and stay so for `steady`; zero if none was ever interrupted. Clients that are cut off from
    /// all who may serve count again from the moment at which they are not.
    pub recovery_time: Measured,
    /// How old the oldest lost acknowledged write was when its branch stopped acknowledging.
    pub recovery_point: Span,
    /// Acknowledged writes that the final primary does not hold.
    pub lost_writes: u64,
    /// Acknowledged writes in all.
    pub acknowledged_writes: u64,
    /// Detect, elect, decide, fence, promote, acknowledge, redirect, warm up: they add up to the recovery time.
    pub phases: [Span; 8],
    /// How often there was an outage, and for how long.
    pub outages: Outages,
    /// What all clients went without, up to the horizon.
    pub client_loss: ClientLoss,
    /// Time all clients together were not served, over the time they were there: 0 is perfect.
    pub client_time: ClientTime,
    /// Time in which a primary was offered more writes than it carries, those sent again included, or worked off
    /// what had queued up then.
    pub overload: Span,
    /// As `client_time`, of reads; nothing where nobody reads.
    pub read_time: ClientTime,
    /// Time in which some client's reads were served and nobody's writes were.
    pub read_only: Span,
    /// Time in which two databases accepted writes at once.
    pub split_brain: Span,
    /// Promotions on another node.
    pub failovers: u32,
    /// Of these, those whose old primary was in service when the coordinator found that it was not.
    pub false_failovers: u32,
    /// Time in which a majority of agents was alive and connected.
    pub quorum_present: Span,
    /// Time observed.
    pub observed: Span,
    /// What must never happen, and did.
    pub violations: Vec<Violation>,
    /// Whether the living nodes agreed on one primary at the end and followed it; asked after the last fault.
    pub converged: bool,
    /// Per fault: what it did to the world (messages lost, attempts failed, milliseconds of lag or skew).
    pub fault_effects: Vec<u64>,
    /// Per fault, if any waits for a step: whether it struck. Such a one never does in a run that does not come so far.
    pub struck: Vec<bool>,
    /// When the last strike or heal was due, of the faults that struck.
    pub script_over: SimTime,
    /// Nodes promoted, in order.
    pub promoted: Vec<usize>,
    /// How copies came back and plans were carried out.
    pub operations: Operations,
    /// Whether it left a trace.
    pub assurance: Assurance,
    /// What was asked of the logic.
    pub requests: Requests,
}

/// Time of all clients together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientTime {
    /// Not served.
    pub unserved: Span,
    /// In all.
    pub total: Span,
}

/// Time that all clients lost, each for itself, those included that nobody could have served. What is settled before the
/// horizon goes on until then as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientLoss {
    /// Not served. Longer than this where some client was not served at the end, or service not back for good.
    pub lost: Measured,
    /// Of that, while nobody who may serve was within their reach.
    pub cut_off: Span,
    /// How many clients there are.
    pub clients: u64,
    /// How long each of them is counted.
    pub watched: Span,
}

/// Outages: times in which some client that somebody could serve was not served. Interruptions that service does not
/// outlast by `steady` are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outages {
    /// How many.
    pub count: u32,
    /// All together; the recovery time is the longest one's.
    pub total: Measured,
}

/// Something that must never happen, and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What.
    pub invariant: Invariant,
    /// When it happened first.
    pub at: SimTime,
    /// The particulars.
    pub what: String,
}

impl RunRecord {
    /// The digest of a run: every event, and every measure, so that a slip in a measure shows as well.
    /// Of operations, of requests, and of strikes, only where the plan asks for any beyond failover, or a fault waits for a step:
    /// what older plans give stays as it was.
    pub(crate) fn fingerprint(
        &self,
        mut events: sim::Digest,
        with_operations: bool,
        with_requests: bool,
        with_steps: bool,
    ) -> u64 {
        let measured = |time: Measured| time.at_least().as_nanos() << 1 | u64::from(time.is_censored());
        let recovery = measured(self.recovery_time);
        let outages = [u64::from(self.outages.count), measured(self.outages.total)];
        let loss = [measured(self.client_loss.lost), self.client_loss.cut_off.as_nanos()];
        let spans = [self.recovery_point, self.split_brain, self.quorum_present, self.observed];
        let times = [self.client_time.unserved, self.client_time.total];
        let counts = [recovery, self.lost_writes, self.acknowledged_writes, self.failovers.into()];
        let rest = [self.false_failovers.into(), self.violations.len() as u64, self.converged.into()];
        let spans = spans.iter().chain(&times).chain(&self.phases).map(|span| span.as_nanos());
        let promoted = self.promoted.iter().map(|node| *node as u64);
        let later = [self.overload, self.read_time.unserved, self.read_time.total, self.read_only];
        // Only where there is any: runs that know of neither keep the digest they always had.
        let later = later.iter().filter(|span| !span.is_zero()).map(|span| span.as_nanos());
        let spans = spans.chain(later);
        let faults = self.fault_effects.iter().copied();
        for word in spans.chain(counts).chain(rest).chain(outages).chain(loss).chain(faults).chain(promoted) {
            events.word(word);
        }
        for word in self.operations.words().into_iter().filter(|_| with_operations) {
            events.word(word);
        }
        self.assurance.words().into_iter().for_each(|word| events.word(word));
        for word in self.requests.words().into_iter().filter(|_| with_requests) {
            events.word(word);
        }
        if with_steps {
            self.struck.iter().for_each(|struck| events.word(u64::from(*struck)));
            events.word(self.script_over.as_nanos());
        }
        events.value()
    }

    /// The first measure, by name, in which `other` is not the same; `None` if they show the same. How many events a run
    /// took, and which, measures nothing.
    pub fn first_difference(&self, other: &RunRecord) -> Option<String> {
        // Without `..`: a new measure has to be named here.
        macro_rules! first_of {
            ($($measure:ident),*) => {{
                let RunRecord { seed: _, digest: _, events: _, $($measure),* } = self;
                $(if *$measure != other.$measure {
                    let name = stringify!($measure).replace('_', " ");
                    return Some(format!("{name}: {:?} and {:?}", $measure, other.$measure));
                })*
                None
            }};
        }
        first_of!(
            stop,
            ended,
            recovery_time,
            recovery_point,
            lost_writes,
            acknowledged_writes,
            phases,
            outages,
            client_loss,
            client_time,
            overload,
            read_time,
            read_only,
            split_brain,
            failovers,
            false_failovers,
            quorum_present,
            observed,
            violations,
            converged,
            fault_effects,
            struck,
            script_over,
            promoted,
            operations,
            assurance,
            requests
        )
    }

    /// Whether service came back, for good.
    pub fn recovered(&self) -> bool {
        !self.recovery_time.is_censored()
    }
}
