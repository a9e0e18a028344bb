//! Whoever wants the cluster to do what nobody asked for: forges requests, changes them on their way, sends them again,
//! floods agents with them, or plays back what an old leader said.

use std::collections::VecDeque;
use std::sync::LazyLock;

use failover::access::{Ask, Request, SigningKey, Unsigned};
use failover::{Input, NodeId};
use sim::{Agenda, SimTime};
use units::Span;

use super::World;
use super::inbox::Flood;
use super::operators::Letter;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{ForgerModel, PeopleModel, StrikeModel, WishModel, signing_key, wall_at};

/// What an eavesdropper keeps of a node's messages.
const CAUGHT_MAX: usize = 64;
/// So often they are played back.
const PLAY_EVERY: Span = Span::from_secs(1);
/// So often a flood pours.
const POUR_EVERY: Span = Span::from_millis(100);
/// Assumed: an attacker's own way to a node.
const WAY: Span = Span::from_millis(20);

/// The key of whoever has none that counts, the same in every run: making one costs as much as signing with it.
static MALLORY: LazyLock<SigningKey> = LazyLock::new(|| signing_key("mallory"));

/// What an eavesdropper has of one node's messages.
pub(super) struct Caught<M> {
    node: usize,
    /// From whom to whom.
    messages: VecDeque<(usize, usize, M)>,
    /// It is being played back: nothing more is kept.
    playing: bool,
}

impl<L: Logic, J: Journal> World<L, J> {
    pub(super) fn reset_attackers(&mut self) {
        self.caught.clear();
        let stale = |strike: &StrikeModel| match strike {
            StrikeModel::StaleLeader(node) => Some(*node),
            _ => None,
        };
        let nodes = self.model.faults.iter().filter_map(|fault| stale(&fault.strike));
        self.caught.extend(nodes.map(|node| Caught { node, messages: VecDeque::new(), playing: false }));
    }

    /// A message has arrived; whoever listens keeps a copy.
    #[inline]
    pub(super) fn overhear(&mut self, from: usize, to: usize, slot: u32) {
        if !self.caught.is_empty() {
            self.keep_copies(from, to, slot);
        }
    }

    #[inline(never)]
    fn keep_copies(&mut self, from: usize, to: usize, slot: u32) {
        let Some(message) = self.mail.read(slot) else { return };
        let listeners = self.caught.iter_mut().filter(|caught| !caught.playing);
        for caught in listeners.filter(|caught| caught.node == from || caught.node == to) {
            if caught.messages.len() == CAUGHT_MAX {
                caught.messages.pop_front();
            }
            caught.messages.push_back((from, to, message.clone()));
        }
    }

    /// Somebody listens: what is routine to agents is not to them.
    pub(super) fn somebody_listens(&self) -> bool {
        self.caught.iter().any(|caught| !caught.playing)
    }

    /// Something that a fault does again and again.
    #[cold]
    pub(super) fn acts(&mut self, now: SimTime, fault: u16, agenda: &mut Agenda<Event>) {
        if !self.faults[usize::from(fault)].active {
            return;
        }
        let model = self.model.clone();
        let again = match &model.faults[usize::from(fault)].strike {
            StrikeModel::StaleLeader(node) => {
                self.play_back(now, fault, *node, agenda);
                PLAY_EVERY
            }
            StrikeModel::RequestFlood { nodes, at_once, name } => {
                for node in nodes {
                    self.pour(now, fault, *node, *at_once, name, agenda);
                }
                POUR_EVERY
            }
            _ => return,
        };
        agenda.schedule(now + again, Event::Acts { fault });
    }

    fn play_back(&mut self, now: SimTime, fault: u16, node: usize, agenda: &mut Agenda<Event>) {
        let Some(place) = self.caught.iter().position(|caught| caught.node == node) else { return };
        self.caught[place].playing = true;
        for index in 0..self.caught[place].messages.len() {
            let (from, to, message) = self.caught[place].messages[index].clone();
            if self.able(to) {
                self.faults[usize::from(fault)].effects += 1;
                self.feed(now, to, Input::Received { from: Self::node_id(from), message }, agenda);
            }
        }
    }

    /// So many requests at once, signed by nobody.
    fn pour(
        &mut self,
        now: SimTime,
        fault: u16,
        node: usize,
        at_once: u32,
        name: &str,
        agenda: &mut Agenda<Event>,
    ) {
        if !self.able(node) {
            return;
        }
        self.faults[usize::from(fault)].effects += u64::from(at_once);
        let first = now.as_nanos();
        let nonces = first..first + u64::from(at_once);
        let flood = Flood { name: name.to_owned(), at: wall_at(now), nonces };
        self.machines[node].slowness.inbox.pour(flood);
        self.work(now, node, agenda);
    }

    pub(super) fn forge(
        &mut self,
        now: SimTime,
        fault: u16,
        by: &ForgerModel,
        wish: WishModel,
        agenda: &mut Agenda<Event>,
    ) {
        let count = self.machines.len() as u64;
        let (start, nonce) = (self.dice(fault).below(count) as usize, self.dice(fault).next_u64());
        let (name, key) = match by {
            ForgerModel::Stranger => ("mallory", MALLORY.clone()),
            ForgerModel::Impostor(name) => (name.as_str(), MALLORY.clone()),
            ForgerModel::Insider(name) => (name.as_str(), signing_key(name)),
        };
        let said = Unsigned { from: name.to_owned(), at: wall_at(now), nonce, ask: wish.ask() };
        let request = said.sign(&key);
        if let Some(node) = self.another_node(start) {
            self.deliver_letter(now + WAY, node, Letter { request, fault: Some(fault) }, agenda);
        }
    }

    /// Everything overheard so far, each to another node.
    pub(super) fn send_again(&mut self, now: SimTime, fault: u16, agenda: &mut Agenda<Event>) {
        for index in 0..self.operators.overheard.len() {
            let (node, request) = self.operators.overheard[index].clone();
            if let Some(node) = self.another_node(node) {
                // In the order in which they were sent: an approval makes sense after its request only.
                let at = now + WAY.saturating_mul(1 + index as u64);
                self.deliver_letter(at, node, Letter { request, fault: Some(fault) }, agenda);
            }
        }
    }

    /// A request passes whoever changes requests. Returns what arrives, and whose doing it is.
    pub(super) fn suffer_on_the_way(&mut self, _now: SimTime, request: Request) -> (Request, Option<u16>) {
        let alters = |fault: &usize| {
            self.faults[*fault].active
                && matches!(self.model.faults[*fault].strike, StrikeModel::AlteredRequests)
        };
        match (0..self.faults.len()).find(alters) {
            Some(fault) => {
                let drawn = self.dice(fault as u16).next_u64();
                let nodes = self.machines.len();
                (altered(request, drawn, nodes, self.model.people.as_ref()), Some(fault as u16))
            }
            None => (request, None),
        }
    }
}

/// One thing about it is another, and the signature is as it was.
fn altered(mut request: Request, drawn: u64, nodes: usize, people: Option<&PeopleModel>) -> Request {
    let said = &mut request.said;
    let to = NodeId::at((drawn >> 8) as usize % nodes.min(4));
    let names = people.into_iter().flat_map(|people| &people.people).map(|person| &person.name);
    match (drawn % 4, names.filter(|name| **name != said.from).max()) {
        (1, _) => said.at = said.at + Span::from_nanos(1),
        (2, Some(another)) => said.from.clone_from(another),
        (3, _) if said.ask != (Ask::Failover { to: Some(to) }) => said.ask = Ask::Failover { to: Some(to) },
        _ => said.nonce ^= 1,
    }
    request
}

#[cfg(test)]
mod tests {
    use failover::access::Signature;

    use super::*;

    #[test]
    fn whatever_is_drawn_something_is_altered() {
        for (drawn, nodes) in (0..2048).flat_map(|drawn| [(drawn, 1), (drawn, 3), (drawn, 9)]) {
            let ask = Ask::Failover { to: Some(NodeId::at(0)) };
            let said = Unsigned { from: "dana".to_owned(), at: wall_at(SimTime::ZERO), nonce: 7, ask };
            let request = Request { said, signature: Signature::from_bytes([1; 64]) };
            let arrives = altered(request.clone(), drawn, nodes, None);
            assert!(arrives.said != request.said, "{drawn} of {nodes} nodes alters nothing");
            let Ask::Failover { to: Some(to) } = arrives.said.ask else { panic!("{arrives:?}") };
            assert!(to.index() < nodes);
        }
    }
}
