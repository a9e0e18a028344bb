//! Nobody acts by a configuration that is not the cluster's.
//!
//! Every node tells the others the SHA-256 of its configuration. Whose differs from that of a majority has no vote:
//! the others do not listen to what its consensus says or what it wants agreed, so it cannot be elected, and one that
//! coordinates is replaced. A plan carries the manifest of the configuration it was made under, and a target whose
//! own is another refuses to carry it out. Who has not said in this life by which it goes is not voted for, and gets
//! nothing agreed. Voters that go by the majority's grant neither the lease: a primary that starts again under
//! another configuration closes, and the role goes elsewhere. While a new configuration is rolled out, node by node,
//! those of the smaller part have no vote; the role moves once, when the node is started whose configuration makes
//! the new one the majority's, if the primary still has the old one.

use crate::audit::Hash;
use crate::cluster::Command;
use crate::decision::Decision;
use crate::id::NodeId;
use crate::message::{Content, Effect};
use crate::plan::FailoverPlan;

use super::Controller;

impl Controller {
    /// At the start, and with each beat until they have answered, or are suspected: everybody learns it, and answers with
    /// theirs. What is lost on its way is told again.
    pub(super) fn tell_manifest(&self, out: &mut Vec<Effect>) {
        let Some(hash) = self.manifest else { return };
        let others = self.config.nodes().filter(|node| *node != self.id && self.awaits_manifest(*node));
        let message = || Content::Manifest { hash, answers: false }.into();
        out.extend(others.map(|to| Effect::Send { to, message: message() }));
    }

    /// In this life of both, this node has heard theirs.
    fn knows_manifest(&self, of: NodeId) -> bool {
        let peer = &self.peers[of.index()];
        of == self.id || (peer.manifest.is_some() && peer.manifest_of == peer.heard.generation())
    }

    /// They are to tell theirs.
    pub(super) fn awaits_manifest(&self, of: NodeId) -> bool {
        self.manifest.is_some() && !self.knows_manifest(of) && !self.suspects.contains(of)
    }

    #[cold]
    pub(super) fn on_manifest(&mut self, from: NodeId, theirs: Hash, answers: bool, out: &mut Vec<Effect>) {
        let Some(hash) = self.manifest else { return };
        if !answers {
            let message = Content::Manifest { hash, answers: true }.into();
            out.push(Effect::Send { to: from, message });
        }
        let peer = &mut self.peers[from.index()];
        peer.manifest_of = peer.heard.generation();
        let before = peer.manifest.replace(theirs);
        if before != Some(theirs) && self.has_no_vote(from) {
            out.push(Effect::Decided(Decision::DistrustsConfiguration { of: from }));
        }
    }

    /// It goes by the same configuration in this life, as far as this is compared.
    pub(super) fn goes_by_the_same(&self, node: NodeId) -> bool {
        let same = node == self.id || self.peers[node.index()].manifest == self.manifest;
        self.manifest.is_none() || (same && self.knows_manifest(node))
    }

    /// It is known to go by another configuration than the majority's, to which this node belongs, or has not said in this life
    /// by which: it is granted no lease, nobody votes for it, and what it wants agreed is not taken; it will ask again.
    pub(super) fn is_in_doubt(&self, node: NodeId) -> bool {
        self.manifest.is_some() && (!self.knows_manifest(node) || self.has_no_vote(node))
    }

    /// Somebody wants this agreed. Of whoever goes by another configuration, or has not said by which, nothing is
    /// taken but that it does not carry out a plan: by its own, a cool-down may be over.
    #[cold]
    pub(super) fn take_command(&mut self, from: NodeId, command: Command, out: &mut Vec<Effect>) {
        if !self.is_in_doubt(from) || matches!(command, Command::Fail { .. }) {
            self.propose(command, out);
        }
    }

    /// Its configuration is known to be another than that of a majority, to which this node belongs.
    #[inline]
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
