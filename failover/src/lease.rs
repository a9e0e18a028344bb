//! The primary's right to accept writes: a lease held through the majority.
//!
//! Each voter promises the holder, whenever it hears from it, not to help anyone else for one lease. The holder
//! counts from when it *asked*, a voter from when it *heard*, so the holder always gives up first; the margin
//! covers clocks that run at different rates and the time that stopping the database takes. A second holder
//! needs a majority of its own, and the two majorities share a voter who has promised the first.
//!
//! ```text
//!  holder  ask --------------------------- valid until = ask + lease - margin |
//!  voter        `--> hears, promises ------------------------- until = heard + lease |
//! ```
//!
//! With a failsafe the promises of all nodes with a copy are as good as a majority's, and nobody holds the lease without his
//! own promise. Whoever may take over has a copy, so he has promised whom the copies kept in office, and waits until that
//! promise ends.
//!
//! Losing the consensus leader costs the primary nothing: the lease does not pass through it. The scheme is
//! that of quorum leases (Moraru et al., SoCC 2014) and PaxosLease (Trencseni et al., 2012), for one holder.

use units::Span;

use crate::id::{NodeId, NodeSet};
use crate::time::Instant;

/// The holder's side: who promised, and when each was asked.
#[derive(Clone, Debug)]
pub struct Holding {
    epoch: u64,
    /// Per member whose promise counts: when the request was sent that it last granted.
    asked: Vec<Option<Instant>>,
    /// Requests sent up to here count for nothing, whatever the answer.
    given_back: Option<Instant>,
    /// Newest first, kept to avoid an allocation per renewal.
    newest: Vec<Instant>,
}

impl Holding {
    /// Nothing held yet.
    pub fn new(members: usize) -> Holding {
        Holding { epoch: 0, asked: vec![None; members], given_back: None, newest: Vec::new() }
    }

    /// Gives up what was held and asks under `epoch` from now on.
    pub fn restart(&mut self, epoch: u64) {
        self.epoch = epoch;
        self.asked.fill(None);
    }

    /// Voters are told that promises which answered requests sent up to `up_to` are void, so an answer that is
    /// still on its way must not be counted.
    pub fn give_back(&mut self, up_to: Instant) {
        self.given_back = Some(up_to);
        self.asked.fill(None);
    }

    /// The epoch asked for.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// `voter` granted the request of `epoch` that was sent at `asked`.
    pub fn granted(&mut self, voter: NodeId, epoch: u64, asked: Instant) {
        let slot = &mut self.asked[voter.index()];
        if epoch == self.epoch && Some(asked) > self.given_back {
            *slot = (*slot).max(Some(asked));
        }
    }

    /// Until when writes may be accepted; `None` without the promises of `majority` voters.
    pub fn valid_until(&mut self, majority: usize, lease: Span, margin: Span) -> Option<Instant> {
        self.newest.clear();
        self.newest.extend(self.asked.iter().flatten());
        self.newest.sort_unstable_by(|a, b| b.cmp(a));
        let oldest_needed = self.newest.get(majority - 1)?;
        Some(*oldest_needed + lease.saturating_sub(margin))
    }

    /// The same where the promises of all `copies` are as good as those of a majority of `voters`. `own`, one of the copies,
    /// holds nothing without its own promise: it may have given that to whom the copies kept in office.
    pub fn valid_with_failsafe(
        &mut self,
        own: NodeId,
        (voters, majority): (&NodeSet, usize),
        copies: &NodeSet,
        good_for: Span,
    ) -> Option<Instant> {
        let of_own = self.asked[own.index()]?;
        self.newest.clear();
        self.newest.extend(voters.iter().filter_map(|voter| self.asked[voter.index()]));
        self.newest.sort_unstable_by(|a, b| b.cmp(a));
        let by_voters = self.newest.get(majority - 1).copied();
        let by_copies = copies.iter().map(|copy| self.asked[copy.index()]).min().flatten();
        Some(by_voters.max(by_copies)?.min(of_own) + good_for)
    }
}

/// A voter's side: whom it promised, and until when.
#[derive(Clone, Debug)]
pub struct Promise {
    to: Option<NodeId>,
    /// When the request was sent, on the asker's clock.
    asked: Instant,
    epoch: u64,
    until: Instant,
}

/// Someone asks for the lease.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Who.
    pub asker: NodeId,
    /// When, on the asker's clock.
    pub asked: Instant,
    /// Under which epoch.
    pub epoch: u64,
    /// It holds the lease of that epoch, for all that the majority promised, and wants it to last. A voter that started
    /// again believes that once it knows which epochs were agreed by then, and not before.
    pub holds: bool,
}

/// A voter's answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Promised for one lease from now.
    Granted,
    /// Promised to someone else; ask again after this long.
    Wait(Span),
    /// The asker's epoch is over.
    Stale,
}

impl Promise {
    /// A voter that has promised nothing, ever.
    pub fn none() -> Promise {
        Promise { to: None, asked: Instant::ZERO, epoch: 0, until: Instant::ZERO }
    }

    /// A voter that may have promised something before it crashed: promises are not kept on disk, so it waits
    /// out one whole lease instead, unless whoever asks holds the lease already.
    pub fn forgotten(now: Instant, lease: Span) -> Promise {
        Promise { to: None, asked: Instant::ZERO, epoch: 0, until: now + lease }
    }

    /// Answers a request; `least` is the lowest epoch that is not over.
    pub fn ask(&mut self, now: Instant, request: Request, least: u64, lease: Span) -> Answer {
        let Request { asker, asked, epoch, holds } = request;
        if epoch < self.epoch.max(least) {
            return Answer::Stale;
        }
        // Whatever is forgotten was promised under this epoch, to nobody else, or under one whose lease was over before anybody
        // could hold this one.
        let is_known = self.to.is_none() && holds;
        if self.to != Some(asker) && now < self.until && !is_known {
            return Answer::Wait(self.until.since(now));
        }
        // A request that was overtaken must not hide the newer one from a release in between.
        let asked = if self.to == Some(asker) { self.asked.max(asked) } else { asked };
        *self = Promise { to: Some(asker), asked, epoch, until: now + lease };
        Answer::Granted
    }

    /// The holder's database accepts no more writes; what it asked for after `up_to` stays promised, so that a
    /// release that arrives late cannot void a lease that was taken up again.
    pub fn release(&mut self, holder: NodeId, up_to: Instant) {
        if self.to == Some(holder) && self.asked <= up_to {
            self.until = Instant::ZERO;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEASE: Span = Span::from_secs(20);
    const MARGIN: Span = Span::from_secs(2);

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Span::from_secs(seconds)
    }

    fn ask(promise: &mut Promise, now: u64, asker: u16, epoch: u64, least: u64) -> Answer {
        promise.ask(
            at(now),
            Request { asker: NodeId(asker), asked: at(now), epoch, holds: false },
            least,
            LEASE,
        )
    }

    #[test]
    fn a_lease_needs_a_majority_and_lasts_from_its_oldest_needed_request() {
        let mut holding = Holding::new(3);
        holding.restart(1);
        holding.granted(NodeId(0), 1, at(10));
        assert_eq!(holding.valid_until(2, LEASE, MARGIN), None);
        holding.granted(NodeId(2), 1, at(5));
        assert_eq!(holding.valid_until(2, LEASE, MARGIN), Some(at(23)));
    }

    #[test]
    fn grants_of_an_older_epoch_count_for_nothing() {
        let mut holding = Holding::new(1);
        holding.restart(2);
        holding.granted(NodeId(0), 1, at(10));
        assert_eq!(holding.valid_until(1, LEASE, MARGIN), None);
    }

    #[test]
    fn a_voter_keeps_its_promise_until_it_runs_out_or_is_released() {
        let mut promise = Promise::none();
        assert_eq!(ask(&mut promise, 0, 0, 1, 1), Answer::Granted);
        assert_eq!(ask(&mut promise, 5, 1, 2, 2), Answer::Wait(Span::from_secs(15)));
        assert_eq!(ask(&mut promise, 20, 1, 2, 2), Answer::Granted);
        assert_eq!(ask(&mut promise, 21, 0, 1, 2), Answer::Stale);
        promise.release(NodeId(1), at(19));
        assert_eq!(
            ask(&mut promise, 22, 2, 3, 3),
            Answer::Wait(Span::from_secs(18)),
            "the release was older"
        );
        promise.release(NodeId(1), at(20));
        assert_eq!(ask(&mut promise, 22, 2, 3, 3), Answer::Granted);
    }

    #[test]
    fn a_voter_that_forgot_waits_out_a_lease() {
        let mut promise = Promise::forgotten(at(100), LEASE);
        assert_eq!(ask(&mut promise, 101, 0, 9, 1), Answer::Wait(Span::from_secs(19)));
        assert_eq!(ask(&mut promise, 120, 0, 9, 1), Answer::Granted);
    }

    #[test]
    fn a_voter_that_forgot_lets_the_holder_go_on_and_nobody_else() {
        let mut promise = Promise::forgotten(at(100), LEASE);
        let request = Request { asker: NodeId(0), asked: at(101), epoch: 9, holds: true };
        assert_eq!(promise.ask(at(101), request, 9, LEASE), Answer::Granted);
        let other = Request { asker: NodeId(1), asked: at(102), epoch: 10, holds: true };
        assert_eq!(promise.ask(at(102), other, 10, LEASE), Answer::Wait(Span::from_secs(19)));
    }

    #[test]
    fn a_release_does_not_void_a_newer_request_because_an_older_one_arrived_after_it() {
        let mut promise = Promise::none();
        assert_eq!(ask(&mut promise, 20, 0, 1, 1), Answer::Granted);
        let overtaken = Request { asker: NodeId(0), asked: at(10), epoch: 1, holds: false };
        assert_eq!(promise.ask(at(21), overtaken, 1, LEASE), Answer::Granted);
        promise.release(NodeId(0), at(15));
        assert!(matches!(ask(&mut promise, 22, 1, 2, 2), Answer::Wait(_)), "the request of second 20 stands");
    }

    /// What a clock shows at `real` that runs so many parts per million too fast.
    fn drifting(real: u64, ppm: i64) -> Instant {
        Instant::from_nanos((i128::from(real) * (1_000_000 + i128::from(ppm)) / 1_000_000) as u64)
    }

    /// Of five guarantors the first three are voters of a store apart, the others have a copy; the askers are copies.
    fn held_with_failsafe(holder: &mut Holding, own: u16) -> Option<Instant> {
        let voters: NodeSet = (0..3).map(NodeId).collect();
        let copies: NodeSet = (3..5).map(NodeId).collect();
        holder.valid_with_failsafe(NodeId(own), (&voters, 2), &copies, LEASE.saturating_sub(MARGIN))
    }

    #[test]
    fn with_a_failsafe_all_copies_are_as_good_as_a_majority_and_neither_without_the_own_promise() {
        let mut holding = Holding::new(5);
        holding.restart(1);
        let held = |holding: &mut Holding| held_with_failsafe(holding, 3);
        [0, 1].into_iter().for_each(|voter| holding.granted(NodeId(voter), 1, at(10)));
        assert_eq!(held(&mut holding), None, "it has not promised itself");
        holding.granted(NodeId(3), 1, at(12));
        assert_eq!(held(&mut holding), Some(at(28)));
        holding.granted(NodeId(4), 1, at(30));
        assert_eq!(held(&mut holding), Some(at(30)), "its own promise is as old as that");
        holding.granted(NodeId(3), 1, at(31));
        assert_eq!(held(&mut holding), Some(at(48)), "all copies, however long the store is silent");
    }

    proptest! {
        /// The same with a store apart and a failsafe, by two copies that ask for it.
        #[test]
        fn two_never_hold_at_once_with_a_failsafe(
            steps in prop::collection::vec((0u16..2, 0u16..5, 0u64..4_000, 0u64..3_000, 0u8..10), 1..300),
            drift in prop::collection::vec(-40_000i64..40_000, 5),
        ) {
            let clock = |node: usize, real: u64| drifting(real, drift[node]);
            let mut promises = vec![Promise::none(); 5];
            let mut holders = [Holding::new(5), Holding::new(5)];
            holders[0].restart(1);
            holders[1].restart(2);
            let (mut least, mut agreed) = ([0; 5], 0);
            let mut real = 1_000_000_000;
            for (asker, node, pause, delay, restarts) in steps {
                let (own, node) = (asker + 3, usize::from(node));
                let delay = if node == usize::from(own) { 0 } else { delay };
                real += pause * 1_000_000;
                let heard = real + delay * 1_000_000;
                // By its own clock: a copy is asked by itself, too.
                let (asked, epoch) = (clock(usize::from(own), real), u64::from(asker) + 1);
                agreed = agreed.max(epoch);
                let holder = &mut holders[usize::from(asker)];
                let holds = held_with_failsafe(holder, own).is_some_and(|until| until > asked);
                if restarts == 0 {
                    promises[node] = Promise::forgotten(clock(node, heard), LEASE);
                    least[node] = agreed;
                }
                let request = Request { asker: NodeId(own), asked, epoch, holds };
                if promises[node].ask(clock(node, heard), request, least[node], LEASE) == Answer::Granted {
                    holders[usize::from(asker)].granted(NodeId::at(node), epoch, asked);
                }
                let held = [0, 1].map(|asker: u16| {
                    let now = clock(usize::from(asker + 3), heard);
                    held_with_failsafe(&mut holders[usize::from(asker)], asker + 3).is_some_and(|until| until > now)
                });
                prop_assert!(held != [true, true]);
                real = heard;
            }
        }

        /// Three voters with clocks of their own rate, two askers at random moments with random delays: the
        /// two never hold at once while the drift stays within the margin. Voters start again now and then: what they promised
        /// is forgotten, and they know what was agreed by then, so which epochs are over.
        #[test]
        fn two_never_hold_at_once(
            steps in prop::collection::vec((0u16..2, 0u16..3, 0u64..4_000, 0u64..3_000, 0u8..10), 1..200),
            drift in prop::collection::vec(-40_000i64..40_000, 3),
        ) {
            let clock = |voter: usize, real: u64| drifting(real, drift[voter]);
            let mut promises = [Promise::none(), Promise::none(), Promise::none()];
            let mut holders = [Holding::new(3), Holding::new(3)];
            holders[0].restart(1);
            holders[1].restart(2);
            let (mut least, mut agreed) = ([0; 3], 0);
            let mut real = 1_000_000_000;
            for (asker, voter, pause, delay, restarts) in steps {
                real += pause * 1_000_000;
                let (asked, voter) = (real, voter as usize);
                let heard = real + delay * 1_000_000;
                let (at, epoch) = (Instant::from_nanos(asked), u64::from(asker) + 1);
                agreed = agreed.max(epoch);
                let holds = holders[asker as usize].valid_until(2, LEASE, MARGIN).is_some_and(|until| until > at);
                if restarts == 0 {
                    promises[voter] = Promise::forgotten(clock(voter, heard), LEASE);
                    least[voter] = agreed;
                }
                let request = Request { asker: NodeId(asker), asked: at, epoch, holds };
                let answer = promises[voter].ask(clock(voter, heard), request, least[voter], LEASE);
                if answer == Answer::Granted {
                    let epoch = u64::from(asker) + 1;
                    holders[asker as usize].granted(NodeId::at(voter), epoch, Instant::from_nanos(asked));
                }
                let held: Vec<bool> = holders.iter_mut().map(|holder| {
                    holder.valid_until(2, LEASE, MARGIN).is_some_and(|until| until > Instant::from_nanos(heard))
                }).collect();
                prop_assert!(held != [true, true]);
                real = heard;
            }
        }
    }
}
