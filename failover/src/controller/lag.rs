//! How far the old primary may have written that nobody hears any more.
//!
//! Its last report says how far it was then. It may have gone on for as long as its lease was good, and that is known
//! of nobody alone: whoever suspects it may have lost touch long before others did. But its lease took a majority of
//! voters. Once a majority has followed the cluster into the new epoch, and so grants nothing more under the old one,
//! each of them says how far the primary had written when it last granted it the lease. One of them was among those
//! whose promises carried the primary's last lease.
//!
//! ```text
//!  primary   asks (written up to r) ---- writes on ------------- closed at the latest
//!  voter          grants: r                                    |
//!                  |<------------------ lease ---------------->|      nothing is newer than r + lease
//! ```
//!
//! A voter that starts again has forgotten that. Whoever heard the primary before says so with each heartbeat: it can have
//! gone on from there until now. What the voter granted it granted before it hears this, so no further than that.
//!
//! ```text
//!  primary   beats (written up to r) --- silent
//!  another        hears it ------------------------ says: up to r + d by now
//!  voter               grants    starts again             '--> recalls: no further than that
//!                 |<--------------- d ------------->|
//! ```
//!
//! Where too many know nothing by either way, there is the primary's last heartbeat as the coordinator itself heard it: it
//! can have gone on from there until now, and for a lease. That is longer, and may be too long where little lag is allowed.
//!
//! All of this is commit time, on the primary's own clock.

use std::num::NonZeroU16;

use units::Span;

use crate::cluster::Stage;
use crate::id::NodeId;
use crate::message::Heartbeat;
use crate::report::{LogPosition, Role};
use crate::time::Instant;

use super::Controller;

/// What a voter that has forgotten what it granted hears from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recalled {
    /// The epoch that others followed when they said so, and so whom they meant.
    epoch: u64,
    /// It granted nothing to a primary that had written more.
    most: u64,
}

/// The word of a primary that was open and held the lease. Writes go on by the clock while that is so: of one that lost its
/// lease and had it again nobody knows when the engine took writes in between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writing {
    by: NodeId,
    epoch: u64,
    /// How far it had written.
    reached: u64,
    /// When this node heard so.
    heard: Instant,
}

impl Writing {
    /// The commit time by now, whether it wrote on or not.
    fn clock(self, now: Instant) -> u64 {
        self.reached.saturating_add(now.since(self.heard).as_nanos())
    }
}

impl Controller {
    /// How far this node's database may have written by now.
    pub(super) fn reached(&self) -> u64 {
        let since = match self.database.role {
            Role::Primary => self.now.since(self.database_read).as_nanos(),
            _ => 0,
        };
        self.database.position.committed.saturating_add(since)
    }

    /// As voter: somebody was granted the lease who had written so far. A primary that was closed for a while goes on
    /// writing from now on, and not from where it stopped.
    pub(super) fn note_granted(&mut self, asker: NodeId, open: bool, reached: u64) {
        // A target that has never been open has written nothing.
        let is_target = matches!(self.cluster.stage, Stage::Promoting(_) | Stage::Broken)
            || self.cluster.disappointed.contains(asker);
        let epoch = self.cluster.epoch;
        let was_open = self.heard_writing.is_some_and(|last| last.by == asker && last.epoch == epoch);
        let opens_again = was_open || (asker == self.cluster.primary && !is_target);
        self.note_word(asker, open, reached);
        if opens_again && !open {
            self.reopens = self.heard_writing.map(|last| last.clock(self.now)).max(self.reopens);
            if self.reopens.is_some() && self.reopens_after().is_none() {
                // It was closed for so long that there is no room to say so: as if it had written all that time.
                self.granted = self.granted.max(self.reopens.take());
            }
        }
    }

    /// As voter: how many seconds after the newest write known the primary may go on, rounded up.
    pub(super) fn reopens_after(&self) -> Option<NonZeroU16> {
        let gap = self.reopens?.saturating_sub(self.granted?);
        let seconds = gap.div_ceil(Span::from_secs(1).as_nanos()).max(1);
        u16::try_from(seconds).ok().and_then(NonZeroU16::new)
    }

    /// Who asks without being open, or without the lease, writes nothing just now, and says nothing of others.
    pub(super) fn note_word(&mut self, by: NodeId, open: bool, reached: u64) {
        if open {
            let (epoch, heard) = (self.cluster.epoch, self.now);
            (self.heard_writing, self.reopens) = (Some(Writing { by, epoch, reached, heard }), None);
        }
        // What was said before does not cover a lease that is granted now.
        self.recalled = None;
        self.granted = match self.granted {
            Some(known) => Some(known.max(reached)),
            None => open.then_some(reached),
        };
    }

    /// What a heartbeat says of the primary: of one that is open or shall be, how far it is itself.
    pub(super) fn primary_reached(&self) -> Option<u64> {
        match self.claim().is_some() || self.report().role == Role::Primary {
            true => Some(self.reached()),
            false => self.last_word().filter(|_| self.is_member()),
        }
    }

    /// As voter that does not know what it granted before it started: whatever that was, it granted it before this was said.
    /// The first who says so says the least, but of a later epoch it may be another primary.
    pub(super) fn recall(&mut self, heartbeat: &Heartbeat) {
        if self.granted.is_some() || heartbeat.speaks_for_itself() || !self.electorate.grants(self.id) {
            return;
        }
        let (epoch, grace) = (heartbeat.follows(), self.config.policy.grace().as_nanos());
        let later = self.recalled.is_none_or(|known| known.epoch < epoch);
        if let Some(reached) = heartbeat.reached.filter(|_| later) {
            self.recalled = Some(Recalled { epoch, most: u64::from(reached).saturating_add(grace) });
        }
    }

    /// As voter: how far it let any primary go, by its own memory or, if others meant the present one, by theirs.
    pub(super) fn remembers_granting(&self) -> Option<u64> {
        let of_this = |recalled: &Recalled| {
            let begun = u64::from(self.cluster.is_sealing());
            self.is_member()
                && recalled.epoch <= self.cluster.epoch
                && recalled.epoch + begun >= self.cluster.epoch
        };
        self.granted.or_else(|| self.recalled.filter(of_this).map(|recalled| recalled.most))
    }

    /// From `before` on all was as usual for so long: leases were granted anew, and a primary that was open, by its last word,
    /// wrote on. Who asked without being open, has lost its database, or was not heard any more, wrote nothing meanwhile.
    pub(super) fn skip_writes(&mut self, before: Instant, span: Span) {
        let primary = self.cluster.primary;
        let later = |reached: &mut u64| *reached = reached.saturating_add(span.as_nanos());
        if self.report_of(primary).role != Role::Primary || self.suspects.contains(primary) {
            return;
        }
        let usual = self.config.policy.heartbeat + self.config.policy.grace();
        if let Some(last) = self.heard_writing.as_mut().filter(|last| before.since(last.heard) <= usual) {
            later(&mut last.reached);
            last.heard = last.heard + span;
            self.granted.iter_mut().for_each(later);
        }
        for node in self.config.nodes().filter(|node| !self.suspects.contains(*node)) {
            let peer = &mut self.peers[node.index()];
            peer.granted.iter_mut().for_each(later);
            for (reached, heard) in [&mut peer.reached, &mut peer.writing].into_iter().flatten() {
                if node == primary {
                    later(reached);
                    *heard = *heard + span;
                }
            }
        }
    }

    /// Commit time, in nanoseconds, of the newest write that the primary from whom the role was taken can have; `None`
    /// while too few voters say how far they let it go.
    pub(super) fn written_at_most(&self) -> Option<u64> {
        if !self.config.policy.safeguards.lease {
            // Nothing bounds it but what is known.
            return Some(0);
        }
        if let Some(last) = self.known_end(self.cluster.primary) {
            return Some(last.committed);
        }
        if let Some(newest) = self.newest_of_all() {
            return Some(newest);
        }
        // With a failsafe every copy granted what no majority may have; one that remembers is enough, and is needed.
        let copies = self.electorate.copies.iter().filter(|copy| *copy != self.cluster.primary);
        let of_copies = copies.filter(|copy| self.grants_no_more(*copy));
        let of_copies = of_copies.filter_map(|copy| self.granted_by(copy)).max();
        let is_told = of_copies.is_some() || !self.config.policy.safeguards.failsafe;
        let (mut informed, mut remember, mut newest) = (0, 0, of_copies.unwrap_or(0));
        for voter in self.electorate.voters.iter().filter(|voter| self.grants_no_more(*voter)) {
            informed += 1;
            if let Some(granted) = self.granted_by(voter) {
                (remember, newest) = (remember + 1, granted.max(newest));
            }
        }
        let (majority, policy) = (self.electorate.majority, &self.config.policy);
        let asked = match () {
            () if remember >= majority && is_told => Some(newest),
            () if informed >= majority => self.last_word(),
            () => None,
        };
        let asked = asked.map(|asked| asked.saturating_add(policy.lease_length().as_nanos()));
        asked.map(|asked| asked.max(self.targets_wrote_at_most()))
    }

    /// The same for targets that could not take over, and yet were heard to be open before. They had written nothing when they
    /// were granted the lease, so that nobody remembers how far they went when they did.
    pub(super) fn targets_wrote_at_most(&self) -> u64 {
        let lease = self.config.policy.lease_length().as_nanos();
        let wrote = |target: NodeId| match (self.closed_end(target), self.report_of(target).role) {
            (Some(end), _) => end.committed,
            (None, Role::Primary) if target == self.id => self.reached().saturating_add(lease),
            (None, Role::Primary) => {
                let (reached, _) = self.peers[target.index()].reached.unwrap_or_default();
                reached.saturating_add(lease)
            }
            (None, _) => 0,
        };
        self.cluster.disappointed.iter().map(wrote).max().unwrap_or(0)
    }

    /// The same for whoever holds some of what the primary wrote after it had been closed; `None` where it was never closed, or
    /// is by its own word.
    pub(super) fn reopened_at_most(&self) -> Option<u64> {
        let open = self.config.policy.safeguards.lease
            && self.known_end(self.cluster.primary).is_none()
            && self.newest_of_all().is_none();
        let voters = self.electorate.guarantors.iter().filter(|voter| open && self.grants_no_more(*voter));
        let reopens =
            |voter: NodeId| if voter == self.id { self.reopens } else { self.peers[voter.index()].reopens };
        let newest = voters.filter_map(reopens).max()?;
        Some(newest.saturating_add(self.config.policy.lease_length().as_nanos()))
    }

    /// How far the primary can have been by now is said by its own last heartbeat, if this node has heard one since it opened
    /// and held the lease, and not so long ago that nobody may be so far behind. Assumed is that none is under way for longer
    /// than is waited for.
    fn last_word(&self) -> Option<u64> {
        let from = self.cluster.primary;
        let (reached, heard) = self.peers[from.index()].writing.filter(|_| from != self.id)?;
        let stood_by = self.cluster.disappointed.contains(from);
        let policy = &self.config.policy;
        let since = self.now.since(heard) + policy.grace();
        let of_use = since + policy.lease_length() <= policy.promote_lag_max;
        (of_use && !stood_by).then(|| reached.saturating_add(since.as_nanos()))
    }

    /// Every copy is closed, by its own word in this epoch, so nobody has written more than the newest of them holds,
    /// whatever voters remember.
    fn newest_of_all(&self) -> Option<u64> {
        let mut newest = 0;
        for node in self.config.data_nodes() {
            newest = self.closed_end(node)?.committed.max(newest);
        }
        Some(newest)
    }

    /// It follows the cluster into this epoch, and grants nothing under an older one.
    fn grants_no_more(&self, voter: NodeId) -> bool {
        voter == self.id || self.peers[voter.index()].epoch == self.cluster.epoch
    }

    fn granted_by(&self, voter: NodeId) -> Option<u64> {
        if voter == self.id { self.remembers_granting() } else { self.peers[voter.index()].granted }
    }

    /// What the old primary holds, by its own word that it is closed. A target that could not take over does not count:
    /// it never was open, and it is the primary before it that has written.
    fn known_end(&self, from: NodeId) -> Option<LogPosition> {
        if self.cluster.disappointed.contains(from) {
            return None;
        }
        self.closed_end(from)
    }

    /// A target of this failover may have opened, for all that is known, and have written what nobody else has.
    pub(super) fn a_target_may_have_written(&self) -> bool {
        self.cluster.disappointed.iter().any(|target| self.closed_end(target).is_none())
    }

    /// What a copy holds that is closed by its own word in this epoch.
    pub(super) fn closed_end(&self, node: NodeId) -> Option<LogPosition> {
        let report = self.report_of(node);
        let informed = node == self.id || self.peers[node.index()].epoch == self.cluster.epoch;
        let failed = informed && report.role == Role::Failed;
        if failed { Some(report.position) } else { self.final_position(node) }
    }
}
