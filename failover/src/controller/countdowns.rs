//! What this member waits for: its own duties, the silence of others and consensus, from which both follow when it wants
//! to be woken and over what time nobody may leap; for the latter also what ends without waking it.

use units::Span;

use crate::cluster::Stage;
use crate::consensus::{Consensus, Timers};
use crate::countdown::Countdown;
use crate::id::{NodeId, NodeSet};
use crate::time::Instant;

use super::execute::Execution;
use super::guard::Watch;
use super::{Controller, TICKS_PER_HEARTBEAT};

impl Controller {
    /// When the node wants to be woken if nothing else happens before.
    #[inline]
    pub fn due(&self) -> Instant {
        self.quiet_until.min(self.consensus_due)
    }

    pub(super) fn due_beside_consensus(&self) -> Instant {
        let mut due = self.suspicion_due;
        self.each_duty(|duty| due = due.min(duty.at));
        due
    }

    /// Everything that becomes due here, but for consensus and the silence of others. Nothing but this list and those two
    /// wakes the node.
    #[inline]
    fn each_duty(&self, mut tell: impl FnMut(Countdown)) {
        let policy = &self.config.policy;
        tell(Countdown::beats(self.next_beat, policy.heartbeat));
        let mut fixed = |at: Instant| tell(Countdown::fixed(at));
        // What drew attention after the coordinator had looked does not wait for whatever happens next.
        Some(self.now).filter(|_| self.attention).into_iter().for_each(&mut fixed);
        fixed(self.desk.due());
        fixed(self.lease_retry);
        fixed(self.recheck);
        fixed(self.wants_due);
        fixed(self.look_again);
        self.inherited.into_iter().for_each(&mut fixed);
        self.alone_for_long_at().into_iter().for_each(&mut fixed);
        self.task.map(|running| running.deadline).into_iter().for_each(&mut fixed);
        self.execution.as_ref().map(Execution::deadline).into_iter().for_each(&mut fixed);
        Some(self.backoff_until).filter(|until| *until > self.now).into_iter().for_each(&mut fixed);
        self.drain_until.and_then(|_| self.draining_until()).into_iter().for_each(&mut fixed);
        if let Some(until) = self.held_until.filter(|until| *until < Instant::NEVER) {
            let length = policy.lease_good_for();
            tell(Countdown::renewed(until, policy.heartbeat, until.saturating_sub(length), length));
        }
    }

    /// Everything this node waits for. When the next look at others' silence comes is brought up to date before.
    pub fn countdowns(&mut self, out: &mut Vec<Countdown>) {
        // Looked at once, for the list and for when to wake.
        let mut due = Instant::NEVER;
        self.each_duty(|duty| {
            due = due.min(duty.at);
            if duty.at < Instant::NEVER {
                out.push(duty);
            }
        });
        self.suspicion_due = self.count_down_silence(out);
        self.quiet_until = self.suspicion_due.min(due);
        self.count_down_cooldown(out);
        if self.meets_until > self.now {
            out.push(Countdown::fixed(self.meets_until));
        }
        self.count_down_consensus(out);
    }

    /// Returns when the first of those it watches has been silent for too long, as [`first_silence`](Self::first_silence).
    fn count_down_silence(&self, out: &mut Vec<Countdown>) -> Instant {
        let (heartbeat, mut first) = (self.config.policy.heartbeat, Instant::NEVER);
        for (index, peer) in self.peers.iter().enumerate() {
            let (node, detector) = (NodeId::at(index), &peer.detector);
            if !self.watches(node) || self.suspects.contains(node) {
                continue;
            }
            let at = detector.deadline();
            first = first.min(at);
            out.push(match detector.is_known() {
                true => {
                    let (since, least) = (detector.last_heard(), detector.patience_least());
                    Countdown::learned(at, heartbeat, since, least, detector.patience_regular())
                }
                false => Countdown::fixed(at),
            });
        }
        first
    }

    /// A coordinator says with its next heartbeat that a cool-down is over. That wakes nobody, and happens all the same.
    fn count_down_cooldown(&self, out: &mut Vec<Countdown>) {
        if self.cluster.cooling && self.coordinates() {
            out.push(Countdown::fixed(self.cooldown_until));
        }
    }

    fn count_down_consensus(&self, out: &mut Vec<Countdown>) {
        let at = |ticks| self.ticks.due(ticks);
        let span = |ticks| self.ticks.length.saturating_mul(ticks);
        let heartbeat = span(u64::from(TICKS_PER_HEARTBEAT));
        match self.consensus.timers() {
            // A look that finds a majority is routine, and has a rhythm of its own. One that finds none is the leader's last.
            Timers::Leads { heartbeat: next, look, disk } => {
                out.push(Countdown::beats(at(next), heartbeat));
                out.push(match self.electorate.cannot_do_without(&self.unheard_by_consensus()) {
                    true => Countdown::fixed(at(look)),
                    false => Countdown::beats(at(look), span(self.consensus.looks_every())),
                });
                out.extend(disk.map(|ticks| Countdown::fixed(at(ticks))));
            }
            // Ticks fall where they fall: the time that is left may be a tick shorter than it should be.
            Timers::Follows { lost, patience } => {
                let (at, length) = (at(lost), span(patience));
                let since = at.saturating_sub(length);
                out.push(Countdown::renewed(at, heartbeat, since, length.saturating_sub(span(1))));
            }
            Timers::Stands { at: ticks } => out.push(Countdown::fixed(at(ticks))),
            Timers::Waits => {}
        }
    }

    /// Whoever is silent, and whoever has no vote for going by another configuration: of neither consensus hears anything.
    fn unheard_by_consensus(&self) -> NodeSet {
        let mut unheard = self.suspects.clone();
        if self.manifest.is_some() {
            for node in self.config.nodes().filter(|node| *node != self.id && self.has_no_vote(*node)) {
                unheard.insert(node);
            }
        }
        unheard
    }

    /// Whether nobody moves the role, nobody is in doubt about anyone, and whatever this node still has to do waits for an
    /// answer of its database, for people, or for a moment that it tells ([`countdowns`](Controller::countdowns)): what it
    /// says until then it has said before.
    pub fn only_waits(&self, now: Instant) -> bool {
        let idle = self.execution.is_none() && self.wants.is_none() && !self.redirects_again;
        let led = || self.consensus.leader().is_some_and(|leader| !self.suspects.contains(leader));
        let entitled = || self.claim().is_none() || self.entitled();
        let told = || !self.config.nodes().any(|node| self.awaits_manifest(node));
        let steady = self.is_member() && self.cluster.stage == Stage::Steady;
        idle && steady
            && self.knows_of_everyone(now)
            && led()
            && entitled()
            && told()
            && !self.is_publishing()
            && !self.is_about_to_act()
    }

    /// As coordinator it would replace the primary, but for the cool-down.
    fn is_about_to_act(&self) -> bool {
        let replaces = self.coordinates() && !self.is_multi_active();
        replaces && self.out_of_service(self.cluster.primary).is_some()
    }

    /// Everyone it watches is either suspected or was heard when it last should have been.
    fn knows_of_everyone(&self, now: Instant) -> bool {
        let patience = self.config.policy.heartbeat + self.config.policy.grace();
        self.config.nodes().filter(|node| self.watches(*node)).all(|node| {
            let detector = &self.peers[node.index()].detector;
            let heard = detector.is_known() && now.since(detector.last_heard()) <= patience;
            self.suspects.contains(node) || heard
        })
    }

    /// When the first of those it watches has been silent for too long, if it is not heard before.
    fn first_silence(&self) -> Instant {
        let watched =
            self.config.nodes().filter(|node| self.watches(*node) && !self.suspects.contains(*node));
        let deadlines = watched.map(|node| self.peers[node.index()].detector.deadline());
        deadlines.min().unwrap_or(Instant::NEVER)
    }

    /// Whether anything is due at `now` after all, when the alarm goes off. Others that were to be looked at may have been
    /// heard since that was planned: then the node sleeps on. When such looks come depends on how regular heartbeats
    /// were long ago, and nothing may follow from that, not even what is known of the own database.
    #[inline]
    pub fn has_reason(&mut self, now: Instant) -> bool {
        if now < self.suspicion_due || self.attention {
            return true;
        }
        let first = self.first_silence();
        if now >= first {
            return true;
        }
        self.suspicion_due = first;
        let due = self.due_beside_consensus();
        let in_vain = now < due.min(self.consensus_due);
        if in_vain {
            self.quiet_until = due;
        }
        !in_vain
    }

    /// `span` has passed in which all was as usual, and nobody woke this node; it may have been handed messages, with its
    /// clock where it stood. Beats go on in their rhythm, and so does consensus; whoever was heard, and whatever was
    /// renewed, before has been since; what runs out, such as a cool-down, is nearer by so much. The clock shows `now`.
    /// Where `span` is no multiple of both heartbeats, as at the beginning or after a leap that was broken off, beats keep
    /// their phase all the same, and others count as heard `span` later than they were.
    pub fn skip(&mut self, now: Instant, span: Span) {
        let before = now.saturating_sub(span);
        let heartbeat = self.config.policy.heartbeat;
        let beats = now.since(self.next_beat).as_nanos().div_ceil(heartbeat.as_nanos());
        self.next_beat = self.next_beat + heartbeat.saturating_mul(beats);
        // Who leads beats in a rhythm; who follows only counts since it heard of the leader, as if that were just as long ago.
        let leads = matches!(self.consensus.timers(), Timers::Leads { .. });
        let unit = if leads { u64::from(TICKS_PER_HEARTBEAT) } else { 1 };
        let ticks = self.ticks.skip(before, now, unit);
        self.consensus.skip(ticks, &self.unheard_by_consensus());
        self.consensus_due = self.due_in_consensus();
        self.held_until = self.held_until.map(|until| until + span);
        self.skip_writes(before, span);
        if let Watch::Until(until) = self.watch {
            self.watch = Watch::Until(until + span);
        }
        for node in self.config.nodes() {
            let known = self.peers[node.index()].detector.is_known();
            if known && self.watches(node) && !self.suspects.contains(node) {
                self.peers[node.index()].detector.skip(span);
            }
        }
        self.suspicion_due = self.first_silence();
        self.quiet_until = self.due_beside_consensus();
    }
}
