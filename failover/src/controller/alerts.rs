//! What people are told: late heartbeats, a quorum lost and regained, and how failovers end. The coordinator speaks of
//! failovers, since all would say the same; of what it hears itself, every node.

use crate::alert::{Alert, Concern};
use crate::cluster::Command;
use crate::consensus::Consensus;
use crate::id::NodeId;
use crate::message::Effect;

use super::Controller;

/// What this node has told of the majority.
#[derive(Debug, Default)]
pub(super) struct Majority {
    /// That it is lost.
    lost: bool,
    /// Not told yet: nobody from whom a member without a vote would hear of decisions was heard at its last beat.
    missed: bool,
}

pub(super) fn alert(concern: Concern, out: &mut Vec<Effect>) {
    out.push(Effect::Alert(Alert::from(concern)));
}

impl Controller {
    /// A heartbeat in turn arrives: at the latest one and a half intervals after the one before, or one is missing.
    pub(super) fn look_at_rhythm(&self, from: NodeId, out: &mut Vec<Effect>) {
        let after = self.now.since(self.peers[from.index()].detector.last_heard());
        let policy = &self.config.policy;
        if after > policy.heartbeat + policy.grace() && !self.suspects.contains(from) {
            alert(Concern::HeartbeatLate { from, after }, out);
        }
    }

    /// To be asked whenever whom this node suspects has changed.
    pub(super) fn look_at_quorum(&mut self, out: &mut Vec<Effect>) {
        let lost =
            self.electorate.cannot_do_without(&self.suspects) || self.majority.missed && self.is_alone();
        if std::mem::replace(&mut self.majority.lost, lost) != lost {
            alert(if lost { Concern::QuorumLost } else { Concern::QuorumRegained }, out);
        }
    }

    /// A member without a vote does not watch the voters. What they decide reaches it from whoever leads them, and from
    /// the primary; both are silent for a moment in many a failover, and only from one beat to the next without a majority.
    pub(super) fn look_for_company(&mut self, out: &mut Vec<Effect>) {
        if self.electorate.includes_self {
            return;
        }
        let alone = self.is_alone();
        self.look_at_quorum(out);
        self.majority.missed = alone;
    }

    fn is_alone(&self) -> bool {
        !self.electorate.includes_self
            && self.suspects.contains(self.cluster.primary)
            && self.consensus.leader().is_none()
    }

    /// The next beat of a member without a vote may be one at which it tells of the majority.
    pub(super) fn will_look_for_company(&self) -> bool {
        let lost = self.electorate.cannot_do_without(&self.suspects) || self.is_alone();
        !self.electorate.includes_self && lost != self.majority.lost
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
