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
    abandoned: bool,
}

/// How far things had come at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reached {
    /// The epoch under which a database opened last.
    epoch: u64,
    opened: Option<SimTime>,
    answered: Option<SimTime>,
    last_attempt: Option<SimTime>,
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
        *self = Milestones { attempts: std::mem::take(&mut self.attempts), ..Milestones::default() };
    }

    /// What an agent decides.
    pub(super) fn on_decision(&mut self, now: SimTime, decision: &Decision, finding: impl Fn() -> Finding) {
        match *decision {
            Decision::HandsOver { epoch, .. } | Decision::Finds { epoch, .. } => {
                self.on_found(now, epoch, finding());
            }
            Decision::Obeys { epoch, .. } => self.on_obeyed(now, epoch),
            Decision::Withdraws(_) => self.withdrawn = Some(now),
            Decision::Abandons { epoch } => self.attempt(epoch).abandoned = true,
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

    /// People said so: nothing had to be found, and nothing was found in error.
    fn on_obeyed(&mut self, now: SimTime, epoch: u64) {
        let attempt = self.attempt(epoch);
        (attempt.found, attempt.counts, attempt.in_service) = (Some(now), true, false);
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
        let newest = self.attempts.iter().filter(|attempt| attempt.counts && !attempt.abandoned);
        match newest.map(|attempt| attempt.epoch).max() {
            Some(epoch) if epoch > self.reached.epoch => {
                Reached { epoch, last_attempt: self.reached.last_attempt, ..Reached::default() }
            }
            _ => self.reached,
        }
    }

    /// An outage in its phases. Where no other node was promoted, nobody detected anything that counted: the time until
    /// clients got through again is all detection.
    pub(super) fn phases(&self, from: SimTime, to: SimTime, reached: Reached, over: bool) -> [Span; PHASES] {
        let attempt = reached.last_attempt.filter(|_| over).unwrap_or(to);
        let stage = |moment: Option<SimTime>| moment.filter(|at| *at >= from).unwrap_or(attempt);
        let found = self.found(from, reached.epoch);
        let detected = found.and_then(|found| found.elected_from.or(found.found)).or(self.withdrawn);
        let found = found.and_then(|found| found.found).or(self.withdrawn);
        let last = self.attempts.iter().find(|attempt| attempt.epoch == reached.epoch);
        let (decided, fenced) = last.map_or((None, None), |last| (last.decided, last.fenced));
        let opened = stage(reached.opened);
        let answered = reached.answered.map_or(opened, |at| at.max(opened));
        let edges =
            [stage(detected), stage(found), stage(decided), stage(fenced), opened, answered, attempt, to];
        let mut phases = [Span::ZERO; PHASES];
        let mut begun = from;
        for (phase, edge) in phases.iter_mut().zip(edges) {
            let done = edge.clamp(begun, to);
            *phase = done.since(begun);
            begun = done;
        }
        phases
    }

    /// Where the way to this epoch began: plans that failed are followed by the next, without anything new to find.
    fn found(&self, from: SimTime, epoch: u64) -> Option<&Attempt> {
        let on_the_way = |attempt: &&Attempt| {
            let own = attempt.epoch == epoch;
            let before = attempt.epoch < epoch && attempt.counts && !attempt.abandoned && !attempt.opened;
            (own || before) && !attempt.abandoned && attempt.found.is_some_and(|found| found >= from)
        };
        self.attempts.iter().filter(on_the_way).min_by_key(|attempt| attempt.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use failover::Reason;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(seconds)
    }

    /// A failover of this epoch, each stage at its second.
    fn fail_over(milestones: &mut Milestones, epoch: u64, [found, fence, promote, open]: [u64; 4]) {
        finds(milestones, epoch, found, true, None);
        for (second, step) in [(fence, Step::Fence), (promote, Step::Promote)] {
            milestones.on_decision(at(second), &Decision::StepBegins { epoch, step }, nobody);
        }
        milestones.on_open(at(open), epoch);
    }

    fn finds(milestones: &mut Milestones, epoch: u64, second: u64, counts: bool, led: Option<u64>) {
        let (from, reason) = (NodeId(1), Reason::PrimarySilent);
        let finding = || Finding { counts, in_service: false, led_since: led.map(at) };
        milestones.on_decision(at(second), &Decision::Finds { epoch, from, reason }, finding);
    }

    fn nobody() -> Finding {
        unreachable!("nothing is found here")
    }

    /// From the 10th to the 60th second, in seconds.
    fn phases(milestones: &Milestones) -> [u64; PHASES] {
        let spans = milestones.phases(at(10), at(60), milestones.reached(), true);
        spans.map(|span| span.as_nanos() / 1_000_000_000)
    }

    #[test]
    fn what_a_minority_finds_after_the_failover_erases_nothing() {
        let mut milestones = Milestones::default();
        fail_over(&mut milestones, 2, [20, 22, 30, 34]);
        milestones.on_attempt(at(50));
        let told = phases(&milestones);
        assert_eq!(told, [10, 0, 2, 8, 4, 0, 16, 10]);
        finds(&mut milestones, 3, 45, false, None);
        finds(&mut milestones, 2, 12, false, None);
        assert_eq!(phases(&milestones), told);
    }

    #[test]
    fn an_older_plan_that_is_abandoned_late_erases_nothing() {
        let mut milestones = Milestones::default();
        finds(&mut milestones, 2, 12, true, None);
        fail_over(&mut milestones, 3, [20, 22, 30, 34]);
        milestones.on_attempt(at(50));
        milestones.on_decision(at(55), &Decision::Abandons { epoch: 2 }, nobody);
        assert_eq!(phases(&milestones), [10, 0, 2, 8, 4, 0, 16, 10]);
    }

    #[test]
    fn a_plan_that_failed_is_part_of_the_decision() {
        let mut milestones = Milestones::default();
        finds(&mut milestones, 2, 12, true, None);
        milestones.on_decision(at(14), &Decision::StepBegins { epoch: 2, step: Step::Fence }, nobody);
        fail_over(&mut milestones, 3, [20, 22, 30, 34]);
        milestones.on_attempt(at(50));
        assert_eq!(phases(&milestones), [2, 0, 10, 8, 4, 0, 16, 10]);
    }

    #[test]
    fn an_election_is_not_detection() {
        let mut milestones = Milestones::default();
        for voter in 1..4 {
            milestones.on_suspicion(at(11 + voter as u64), voter, 3);
        }
        finds(&mut milestones, 2, 20, true, Some(19));
        milestones.on_open(at(34), 2);
        milestones.on_attempt(at(50));
        assert_eq!(phases(&milestones)[..2], [4, 6]);
    }

    #[test]
    fn a_coordinator_that_was_there_before_leaves_nothing_to_elect() {
        let mut milestones = Milestones::default();
        for voter in 1..4 {
            milestones.on_suspicion(at(11 + voter as u64), voter, 3);
        }
        finds(&mut milestones, 2, 20, true, Some(13));
        milestones.on_open(at(34), 2);
        milestones.on_attempt(at(50));
        assert_eq!(phases(&milestones)[..2], [10, 0]);
    }

    #[test]
    fn writes_that_wait_for_a_copy_wait_for_their_acknowledgement() {
        let mut milestones = Milestones::default();
        fail_over(&mut milestones, 2, [20, 22, 30, 34]);
        milestones.on_answers(at(44));
        milestones.on_attempt(at(50));
        assert_eq!(phases(&milestones), [10, 0, 2, 8, 4, 10, 6, 10]);
    }
}
