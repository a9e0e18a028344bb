//! Nobody acts by a configuration that is not the cluster's.
//!
//! Every node tells the others the SHA-256 of its configuration. Whose differs from that of a majority has no vote:
//! the others do not listen to what its consensus says, so it cannot be elected, and one that coordinates is replaced. A
//! plan carries the manifest of the configuration it was made under, and a target whose own is another refuses to
//! carry it out. While a new configuration is rolled out, the nodes of the smaller part have no vote for a while; do it
//! node by node.

use crate::audit::Hash;
use crate::decision::Decision;
use crate::id::NodeId;
use crate::message::{Content, Effect};
use crate::plan::FailoverPlan;

use super::Controller;

impl Controller {
    /// At the start: everybody learns it, and answers with theirs.
    pub(super) fn tell_manifest(&self, out: &mut Vec<Effect>) {
        let Some(manifest) = self.manifest else { return };
        let others = self.config.nodes().filter(|node| *node != self.id);
        out.extend(others.map(|to| Effect::Send { to, message: Content::Manifest(manifest).into() }));
    }

    pub(super) fn on_manifest(&mut self, from: NodeId, theirs: Hash, out: &mut Vec<Effect>) {
        let Some(manifest) = self.manifest else { return };
        if self.peers[from.index()].manifest.replace(theirs) == Some(theirs) {
            return;
        }
        out.push(Effect::Send { to: from, message: Content::Manifest(manifest).into() });
        if self.has_no_vote(from) {
            out.push(Effect::Decided(Decision::DistrustsConfiguration { of: from }));
        }
    }

    /// Its configuration is known to be another than that of a majority, to which this node belongs.
    pub(super) fn has_no_vote(&self, node: NodeId) -> bool {
        let (Some(manifest), theirs) = (self.manifest, self.peers[node.index()].manifest) else {
            return false;
        };
        theirs.is_some_and(|theirs| theirs != manifest) && self.shares_manifest() >= self.electorate.majority
    }

    /// How many voters are not known to have another configuration than this node.
    fn shares_manifest(&self) -> usize {
        let same = |node: &NodeId| {
            *node == self.id
                || self.peers[node.index()].manifest.is_none_or(|theirs| Some(theirs) == self.manifest)
        };
        self.electorate.voters.iter().filter(same).count()
    }

    /// Whether this node may not carry out a plan that was made under another configuration than its own.
    pub(super) fn must_refuse(&self, plan: &FailoverPlan) -> bool {
        self.manifest.is_some() && plan.manifest != self.manifest
    }
}
