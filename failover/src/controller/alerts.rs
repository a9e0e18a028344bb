//! What people are told: late heartbeats, a quorum lost and regained, and how failovers end. The coordinator speaks of
//! failovers, since all would say the same; of what it hears itself, every node.

use units::Span;

use crate::alert::{Alert, Concern};
use crate::cluster::Command;
use crate::consensus::Consensus;
use crate::id::NodeId;
use crate::message::Effect;
use crate::time::Instant;

use super::Controller;

/// What this node has told of the majority.
#[derive(Debug, Default)]
pub(super) struct Majority {
    /// That it is lost.
    lost: bool,
    /// Since when a member without a vote hears nobody who would tell it of decisions.
    alone_since: Option<Instant>,
}

pub(super) fn alert(concern: Concern, out: &mut Vec<Effect>) {
    out.push(Effect::Alert(Alert::from(concern)));
}

impl Controller {
    /// A heartbeat in turn arrives: at the latest one and a half intervals after the one before, or one is missing. Who is
    /// not expected to beat to this member cannot be late: it may beat because it has not heard that the role has moved.
    pub(super) fn look_at_rhythm(&self, from: NodeId, out: &mut Vec<Effect>) {
        if !self.watches(from) {
            return;
        }
        let after = self.now.since(self.peers[from.index()].detector.last_heard());
        let policy = &self.config.policy;
        if after > policy.heartbeat + policy.grace() && !self.suspects.contains(from) {
            alert(Concern::HeartbeatLate { from, after }, out);
        }
    }

    /// A member without a vote does not watch the voters. What they decide reaches it from whoever leads them, and from the
    /// primary. In many a failover both are silent for as long as an election takes, and without a majority for longer.
    #[inline]
    pub(super) fn look_for_company(&mut self, out: &mut Vec<Effect>) {
        if !self.electorate.includes_self {
            self.look_at_quorum(out);
        }
    }

    /// To be asked whenever whom this node suspects has changed.
    pub(super) fn look_at_quorum(&mut self, out: &mut Vec<Effect>) {
        let since = self.majority.alone_since.unwrap_or(self.now);
        self.majority.alone_since = self.is_alone().then_some(since);
        let alone = self.majority.alone_since.is_some_and(|since| self.now >= since + self.election_takes());
        let lost = self.electorate.cannot_do_without(&self.suspects) || alone;
        if std::mem::replace(&mut self.majority.lost, lost) != lost {
            alert(if lost { Concern::QuorumLost } else { Concern::QuorumRegained }, out);
        }
    }

    fn is_alone(&self) -> bool {
        !self.electorate.includes_self
            && self.suspects.contains(self.cluster.primary)
            && self.consensus.leader().is_none()
    }

    /// Voters take their leader for lost after one to two election time-outs, as this node does, and then elect another, at the
    /// second attempt at the latest, as a rule.
    fn election_takes(&self) -> Span {
        let policy = &self.config.policy;
        policy.consensus.election.saturating_mul(3).max(policy.heartbeat)
    }

    /// When a member without a vote that has been alone since some time will say so.
    pub(super) fn alone_for_long_at(&self) -> Option<Instant> {
        let since = self.majority.alone_since.filter(|_| !self.majority.lost)?;
        Some(since + self.election_takes())
    }

    /// The majority agreed on `command`.
    pub(super) fn tell_people(&self, command: &Command, out: &mut Vec<Effect>) {
        if !self.leads() {
            return;
        }
        match *command {
            Command::Begin { epoch, .. } => alert(Concern::FailoverBegins { epoch }, out),
            Command::Complete { epoch } => alert(Concern::FailoverCompletes { epoch }, out),
            Command::Fail { epoch, step } => alert(Concern::FailoverFails { epoch, step }, out),
            _ => {}
        }
    }
}
