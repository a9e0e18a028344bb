//! What people are told: late heartbeats, a quorum lost and regained, and how failovers end. The coordinator speaks of
//! failovers, since all would say the same; of what it hears itself, every node.

use crate::alert::{Alert, Concern};
use crate::cluster::Command;
use crate::id::NodeId;
use crate::message::Effect;

use super::Controller;

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
        let lost = self.electorate.cannot_do_without(&self.suspects);
        if std::mem::replace(&mut self.quorum_lost, lost) != lost {
            alert(if lost { Concern::QuorumLost } else { Concern::QuorumRegained }, out);
        }
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
