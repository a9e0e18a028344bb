//! How far each failover came, epoch by epoch, and what of that an outage went through.
//!
//! ```text
//!  strike   majority    coordinator   plan      old lease   opens for  writes are  last client   its first
//!    |      suspects     finds so    agreed       over       writes    answered    reaches it     write
//!    |-detect--|---elect----|--decide--|---fence----|-promote--|-acknowledge-|-redirect-|-warm up-|
//!    |<---------------------------------- recovery time ----------------------------------------->|
//! ```
//!
//! Where somebody coordinates when the majority suspects, nobody has to be elected: all is detection until it finds so.
//! An outage went through the failover of the epoch under which service came back. Plans that failed on the way to it
//! are a part of its decision; plans that were abandoned, and those of nodes that did not stand with a majority, are not.
//!
//! Where nobody took over, the primary was out of service for a while, or for none of it:
//!
//! ```text
//!  what a majority found, and gave up when the primary was back    |-detect-|--decide--|-promote-|-redirect-|-warm up-|
//!  what nobody found before its database was open again            |---------promote-----------|-redirect-|-warm up-|
//!  what nobody found before it was over, such as a short partition |---------detect------------|-redirect-|-warm up-|
//!  the primary was in service, and clients did not reach it        |--------------redirect----------------|-warm up-|
//! ```

use failover::{Decision, NodeId, NodeSet, Step};
use sim::SimTime;
use units::Span;

/// How many phases there are.
pub(super) const PHASES: usize = 8;

/// Every failover of a run.
#[derive(Debug, Default)]
pub(super) struct Milestones {
    attempts: Vec<Attempt>,
    /// When clients were last sent away from one of several actives.
    withdrawn: Option<SimTime>,
    /// When people were first told that the primary, which is not back since, has to be replaced.
    awaited: Option<SimTime>,
    reached: Reached,
    /// Voters that suspect the primary.
    suspecting: NodeSet,
    /// Since when they are a majority.
    suspected: Option<SimTime>,
}

/// The failover of one epoch.
#[derive(Clone, Copy, Debug, Default)]
struct Attempt {
    epoch: u64,
    found: Option<SimTime>,
    /// Whoever found it stood with a majority.
    counts: bool,
    /// When a majority suspected the primary, if it had to elect a coordinator after that.
    elected_from: Option<SimTime>,
    in_service: bool,
    decided: Option<SimTime>,
    fenced: Option<SimTime>,
    opened: bool,
    /// When it was first said that it is: some hear of it late.
    abandoned: Option<SimTime>,
}

/// How far things had come at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reached {
    /// The epoch under which a database opened last.
    epoch: u64,
    opened: Option<SimTime>,
    answered: Option<SimTime>,
    last_attempt: Option<SimTime>,
    /// Since when the primary is in service, if it is.
    serves: Option<SimTime>,
}

/// What the world knows of whoever says that the primary is out of service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finding {
    /// It stands with a majority.
    pub(super) counts: bool,
    /// The primary is in service.
    pub(super) in_service: bool,
    /// Since when the majority has had a coordinator, if it once had none.
    pub(super) led_since: Option<SimTime>,
}

impl Milestones {
    pub(super) fn reset(&mut self) {
        self.attempts.clear();
        let reached = Reached { serves: Some(SimTime::ZERO), ..Reached::default() };
        *self = Milestones { attempts: std::mem::take(&mut self.attempts), reached, ..Milestones::default() };
    }

    /// What an agent decides.
    pub(super) fn on_decision(&mut self, now: SimTime, decision: &Decision, finding: impl Fn() -> Finding) {
        match *decision {
            Decision::HandsOver { epoch, .. } | Decision::Finds { epoch, .. } => {
                self.on_found(now, epoch, finding());
            }
            Decision::Obeys { epoch, .. } => self.on_obeyed(now, epoch),
            Decision::AwaitsOperator { .. } => {
                self.awaited.get_or_insert(now);
            }
            Decision::Withdraws(_) => self.withdrawn = Some(now),
            Decision::Abandons { epoch } => {
                self.attempt(epoch).abandoned.get_or_insert(now);
            }
            Decision::StepBegins { epoch, step } => self.on_step(now, epoch, step),
            _ => {}
        }
    }

    /// What a majority finds counts before what others say of the same epoch, whoever is first.
    fn on_found(&mut self, now: SimTime, epoch: u64, finding: Finding) {
        let suspected = self.suspected;
        let attempt = self.attempt(epoch);
        if attempt.found.is_some() && (attempt.counts || !finding.counts) {
            return;
        }
        (attempt.found, attempt.counts, attempt.in_service) = (Some(now), finding.counts, finding.in_service);
        attempt.elected_from = suspected.filter(|since| finding.led_since.is_some_and(|led| led > *since));
    }

    /// People said so, and nothing was found in error. What was found is what they were told, if they were.
    fn on_obeyed(&mut self, now: SimTime, epoch: u64) {
        let found = self.awaited.take().or(Some(now));
        let attempt = self.attempt(epoch);
        (attempt.found, attempt.counts, attempt.in_service) = (found, true, false);
    }

    fn on_step(&mut self, now: SimTime, epoch: u64, step: Step) {
        let attempt = self.attempt(epoch);
        match step {
            // Whoever repeats what is done adds nothing.
            _ if attempt.opened => {}
            Step::Fence => attempt.decided = Some(now),
            Step::Promote => attempt.fenced = Some(now),
            Step::Verify | Step::Redirect | Step::Repoint | Step::Acknowledge => {}
        }
    }

    /// A database opens for writes.
    pub(super) fn on_open(&mut self, now: SimTime, epoch: u64) {
        self.attempt(epoch).opened = true;
        let reached = &mut self.reached;
        (reached.epoch, reached.opened, reached.answered) = (epoch, Some(now), None);
    }

    /// The primary has again the copies without which it acknowledges nothing.
    pub(super) fn on_answers(&mut self, now: SimTime) {
        self.reached.answered = Some(now);
    }

    /// Whether the primary is in service from now on.
    pub(super) fn on_primary(&mut self, now: SimTime, serves: bool) {
        self.awaited = self.awaited.filter(|_| !serves);
        self.reached.serves = if serves { self.reached.serves.or(Some(now)) } else { None };
    }

    /// A client's attempt, made then, got through.
    pub(super) fn on_attempt(&mut self, attempt: SimTime) {
        self.reached.last_attempt = self.reached.last_attempt.max(Some(attempt));
    }

    /// A voter suspects the primary; so many are a majority.
    pub(super) fn on_suspicion(&mut self, now: SimTime, voter: usize, majority: usize) {
        self.suspecting.insert(NodeId::at(voter));
        if self.suspecting.len() >= majority {
            self.suspected.get_or_insert(now);
        }
    }

    /// It does so no longer, or its agent is gone.
    pub(super) fn on_trust(&mut self, voter: usize, majority: usize) {
        self.suspecting.remove(NodeId::at(voter));
        if self.suspecting.len() < majority {
            self.suspected = None;
        }
    }

    /// Another node is primary: nobody suspects it yet.
    pub(super) fn forget_suspicions(&mut self) {
        (self.suspecting, self.suspected) = (NodeSet::default(), None);
    }

    /// Whether the primary was in service when the failover of this epoch was found to be needed.
    pub(super) fn found_in_service(&self, epoch: u64) -> bool {
        self.attempts.iter().any(|attempt| attempt.epoch == epoch && attempt.in_service)
    }

    fn attempt(&mut self, epoch: u64) -> &mut Attempt {
        let place = self.attempts.iter().position(|attempt| attempt.epoch == epoch).unwrap_or_else(|| {
            self.attempts.push(Attempt { epoch, ..Attempt::default() });
            self.attempts.len() - 1
        });
        &mut self.attempts[place]
    }

    /// How far things have come.
    pub(super) fn reached(&self) -> Reached {
        self.reached
    }

    /// How far things have come while service is not back: with the newest plan that is still followed.
    pub(super) fn under_way(&self) -> Reached {
        let newest = self.attempts.iter().filter(|attempt| attempt.counts && attempt.abandoned.is_none());
        match newest.map(|attempt| attempt.epoch).max() {
            Some(epoch) if epoch > self.reached.epoch => {
                Reached { epoch, last_attempt: self.reached.last_attempt, ..Reached::default() }
            }
            _ => self.reached,
        }
    }

    /// An outage in its phases.
    pub(super) fn phases(&self, from: SimTime, to: SimTime, reached: Reached, over: bool) -> [Span; PHASES] {
        let attempt = reached.last_attempt.filter(|_| over).unwrap_or(to);
        let withdrawn = self.withdrawn.filter(|at| *at >= from);
        let until_open = match (self.found(from, &reached), withdrawn) {
            (Some(found), _) => self.edges_of_failover(found, &reached, attempt),
            // Whoever is left is open: clients have to find it.
            (None, Some(withdrawn)) => [withdrawn; 5],
            (None, None) => self.edges_of_return(from, &reached, attempt),
        };
        let opened = until_open[4];
        let answered = reached.answered.map_or(opened, |at| at.max(opened));
        let mut phases = [Span::ZERO; PHASES];
        let mut begun = from;
        for (phase, edge) in phases.iter_mut().zip(until_open.into_iter().chain([answered, attempt, to])) {
            let done = edge.clamp(begun, to);
            *phase = done.since(begun);
            begun = done;
        }
        phases
    }

    /// When detection, election, decision, fencing and promotion were over; what did not happen takes all the time there is.
    fn edges_of_failover(&self, began: &Attempt, reached: &Reached, attempt: SimTime) -> [SimTime; 5] {
        let last = self.attempts.iter().find(|attempt| attempt.epoch == reached.epoch);
        let (decided, fenced) = last.map_or((None, None), |last| (last.decided, last.fenced));
        let detected = began.elected_from.or(began.found);
        [detected, began.found, decided, fenced, reached.opened].map(|moment| moment.unwrap_or(attempt))
    }

    /// The same where nobody took over, so that all waited for the primary.
    fn edges_of_return(&self, from: SimTime, reached: &Reached, attempt: SimTime) -> [SimTime; 5] {
        let back = reached.serves.unwrap_or(attempt);
        let given_up = |attempt: &&Attempt| {
            attempt.counts && attempt.abandoned.is_some() && attempt.found.is_some_and(|found| found >= from)
        };
        if let Some(found) = self.attempts.iter().filter(given_up).min_by_key(|attempt| attempt.found) {
            let detected = found.elected_from.or(found.found).unwrap_or(back);
            let decided = found.abandoned.unwrap_or(back);
            return [detected, found.found.unwrap_or(back), decided, decided, back];
        }
        let opened = reached.opened.is_some_and(|opened| opened >= from);
        let detected = if opened { from } else { back };
        [detected, detected, detected, detected, back]
    }

    /// Where the way to what was reached began: plans that failed are followed by the next, without anything new to find.
    /// What was found before clients missed anything counts if it is for that that a database opened since.
    fn found(&self, from: SimTime, reached: &Reached) -> Option<&Attempt> {
        let opened = reached.opened.is_some_and(|opened| opened >= from);
        let on_the_way = |attempt: &&Attempt| {
            let own = attempt.epoch == reached.epoch;
            let before = attempt.epoch < reached.epoch && attempt.counts && !attempt.opened;
            let in_time = attempt.found.is_some_and(|found| found >= from || (own && opened));
            (own || before) && attempt.abandoned.is_none() && in_time
        };
        self.attempts.iter().filter(on_the_way).min_by_key(|attempt| attempt.found)
    }
}

#[cfg(test)]
mod tests;
