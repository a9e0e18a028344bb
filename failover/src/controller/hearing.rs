//! What is sent is stamped, and what is heard counts once.

use crate::decision::Decision;
use crate::id::NodeId;
use crate::message::{Content, Effect, Input, Message};
use crate::stamp::{Stamp, Verdict};
use crate::time::Instant;

use super::Controller;

impl Controller {
    /// Whether this counts: a message that was heard before, such as one that somebody plays back, or that was meant for an
    /// earlier life of this node, is no sign of life, no promise and no claim.
    pub(super) fn hears(&mut self, input: &Input, out: &mut Vec<Effect>) -> bool {
        let &Input::Received { from, message: Message { stamp, .. } } = input else { return true };
        if from.index() >= self.peers.len() || from == self.id {
            out.push(Effect::Decided(Decision::Refuses { from }));
            return false;
        }
        let peer = &mut self.peers[from.index()];
        match peer.heard.note(stamp, self.generation) {
            Verdict::Fresh => true,
            Verdict::NewGeneration => {
                // Its clock may have begun anew with its machine.
                (peer.said, peer.played_back) = (Instant::ZERO, false);
                true
            }
            Verdict::Late => false,
            Verdict::Misdirected => {
                self.meets_until = self.now + self.config.policy.heartbeat.saturating_mul(2);
                self.introduce_itself(from, out);
                false
            }
            Verdict::Replayed => {
                if !std::mem::replace(&mut peer.played_back, true) {
                    out.push(Effect::Decided(Decision::Replayed { from }));
                }
                false
            }
        }
    }

    /// Tells a member of this life, no more often than it beats: what is played back is not answered each time. A beat that
    /// comes a little early is answered all the same.
    #[cold]
    fn introduce_itself(&mut self, to: NodeId, out: &mut Vec<Effect>) {
        let peer = &mut self.peers[to.index()];
        let pause = self.config.policy.heartbeat.saturating_sub(self.config.policy.grace());
        if peer.introduced.is_none_or(|at| self.now.since(at) >= pause) {
            peer.introduced = Some(self.now);
            self.send_beat(true, &[to].into_iter().collect(), out);
        }
    }

    /// Stamps what is sent.
    pub(super) fn stamp(&mut self, out: &mut [Effect]) {
        for effect in out {
            if let Effect::Send { to, message } = effect {
                let peer = &mut self.peers[to.index()];
                peer.sent += 1;
                message.stamp = Stamp::new(self.generation, peer.heard.generation(), peer.sent);
            }
        }
    }

    /// Returns what `take` does.
    pub(super) fn on_message(&mut self, from: NodeId, content: Content, out: &mut Vec<Effect>) -> bool {
        match content {
            Content::Consensus(message) => return self.on_consensus(from, message, out),
            // What of it is of interest beyond the sender's signs of life draws attention.
            Content::Heartbeat(heartbeat) => {
                self.on_heartbeat(from, heartbeat, out);
                return false;
            }
            Content::LeaseReply { asked, generation, epoch, answer } => {
                // What was answered to a former life was asked on a clock that may have begun anew.
                if generation == self.generation {
                    self.on_lease_reply(from, asked, epoch, answer, out);
                }
            }
            Content::Release { up_to } => self.promise.release(from, up_to),
            Content::Request(command) => self.take_command(from, *command, out),
            Content::Manifest { hash, answers } => self.on_manifest(from, hash, answers, out),
            // For the keeper of an audit trail, and there is none.
            Content::Anchors(_) => {}
            Content::Ask(request) => self.take_request(from, *request, out),
            Content::Answer { request, answer } => out.push(Effect::Answer { request, answer }),
        }
        true
    }
}
