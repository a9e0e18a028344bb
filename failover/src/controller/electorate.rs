//! Who votes, and who therefore beats to whom.
//!
//! ```text
//!   voter    <-- beats --> voter          every voter, and the primary, hears everybody
//!     ^  ^                  |
//!     |  '---- beats ---- primary         the primary is heard by everybody
//!     |                     |
//!   member without a vote <-'             hears and watches the primary alone
//! ```
//!
//! A member without a vote needs no more than the primary's word (whom to follow) and the log (as a learner). Voters
//! need its report, since it may be promoted. So the number of messages grows with voters times members, not with
//! the square of the members. Whether the primary votes makes no difference to what it needs: the promises of a
//! majority of the voters.

use crate::config::Configuration;
use crate::detector::Detector;
use crate::id::{NodeId, NodeSet};

use super::Controller;

/// Who votes, seen from one member.
#[derive(Debug)]
pub(super) struct Electorate {
    pub(super) voters: NodeSet,
    /// More than half of the voters.
    pub(super) majority: usize,
    /// This member is one of them.
    pub(super) includes_self: bool,
    /// With a failsafe: members with a copy, whose promises count beside those of the voters. Empty without.
    pub(super) copies: NodeSet,
    /// Whose promises count: the voters and those.
    pub(super) guarantors: NodeSet,
    /// Whom its heartbeats go to.
    pub(super) audience: NodeSet,
}

impl Electorate {
    pub(super) fn of(config: &Configuration, id: NodeId) -> Electorate {
        let voters: NodeSet = config.voters().collect();
        let copies = match config.policy.safeguards.failsafe {
            true => config.data_nodes().collect(),
            false => NodeSet::EMPTY,
        };
        let mut guarantors = voters.clone();
        copies.iter().for_each(|copy| {
            guarantors.insert(copy);
        });
        let mut electorate = Electorate {
            majority: config.majority(),
            includes_self: voters.contains(id),
            guarantors,
            copies,
            audience: NodeSet::EMPTY,
            voters,
        };
        electorate.address(config, id, config.first_primary);
        electorate
    }

    /// Beats go to the voters and the primary; the primary's go to everybody.
    fn address(&mut self, config: &Configuration, id: NodeId, primary: NodeId) {
        if id == primary {
            self.audience = config.nodes().collect();
        } else {
            self.audience = self.voters.clone();
            self.audience.insert(primary);
        }
        self.audience.remove(id);
    }

    /// Whether this member's promise counts for the lease.
    #[inline]
    pub(super) fn grants(&self, node: NodeId) -> bool {
        self.guarantors.contains(node)
    }

    /// So many voters cannot be heard, by somebody's own word, that the others are no majority.
    pub(super) fn cannot_do_without(&self, silent: &NodeSet) -> bool {
        // Mostly all are heard, and then there is nothing to count.
        !silent.is_empty() && self.voters.len() - self.voters.shared_with(silent) < self.majority
    }
}

impl Controller {
    /// Whether this member expects `node` to beat to it.
    pub(super) fn watches(&self, node: NodeId) -> bool {
        let primary = self.cluster.primary;
        node != self.id && (self.electorate.includes_self || primary == self.id || node == primary)
    }

    /// Beats go elsewhere now. Whoever does not vote watches others than before, and has yet to hear them.
    #[inline(never)]
    pub(super) fn on_new_primary(&mut self, before: NodeId) {
        self.electorate.address(&self.config, self.id, self.cluster.primary);
        self.recalled = None;
        self.redirects_again = false;
        let mut led = self.cluster.disappointed.clone();
        led.insert(before);
        for node in led.iter().filter(|node| *node != self.id) {
            // Silence is suspicious only after a while, and this agent may have started just now and heard nobody yet.
            if self.suspects.contains(node) || self.closed_end(node).is_none() {
                let peer = &mut self.peers[node.index()];
                peer.led_in = Some(peer.heard.generation());
            }
        }
        if self.electorate.includes_self {
            return;
        }
        for peer in &mut self.peers {
            peer.detector = Detector::new(&self.config.policy, self.now);
        }
        self.suspects = NodeSet::EMPTY;
        self.suspicion_due = self.now;
    }

    /// Other members whose suspicion counts, who are heard, and who suspect `node`: that is asked first, since few do.
    fn others_suspecting(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let suspecting = self
            .electorate
            .voters
            .iter()
            .filter(move |voter| self.peers[voter.index()].suspects.contains(node));
        suspecting.filter(|voter| *voter != self.id && !self.suspects.contains(*voter))
    }

    /// How many voters suspect `node`: suspicion counts only from those that are heard.
    pub(super) fn suspecting(&self, node: NodeId) -> usize {
        let itself = self.electorate.includes_self && self.suspects.contains(node);
        self.others_suspecting(node).count() + usize::from(itself)
    }

    /// Nobody whose suspicion counts suspects `node`, as far as this member hears.
    pub(super) fn everyone_trusts(&self, node: NodeId) -> bool {
        !self.suspects.contains(node) && self.others_suspecting(node).next().is_none()
    }

    /// No voter suspects any other, nor the primary. Members without a vote may be silent: in a large cluster there is
    /// always one.
    pub(super) fn voters_are_in_touch(&self) -> bool {
        let mut needed = self.electorate.voters.clone();
        needed.insert(self.cluster.primary);
        let trusts = |suspects: &NodeSet| needed.shared_with(suspects) == 0;
        trusts(&self.suspects)
            && self
                .electorate
                .voters
                .iter()
                .all(|voter| voter == self.id || trusts(&self.peers[voter.index()].suspects))
    }
}
