//! The keys of agents' disks: an agent that starts needs the KMS to read what it wrote in an earlier life.

use failover::keys::{Fresh, Keys, MemoryKms, Next, Unlock, Vault, Wrapped};
use sim::{Agenda, SimTime};

use super::World;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::{Agent, Logic};
use crate::model::StrikeModel;
use crate::note::{Place, What};

/// The KMS, and what each node needs of it.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    kms: MemoryKms,
    nodes: Vec<Secret>,
    requests: u64,
}

/// One node's disk.
#[derive(Debug)]
struct Secret {
    /// The data key under which its last life wrote.
    wrapped: Wrapped,
    unlock: Unlock,
    /// The incarnation that may start: the KMS has answered.
    unlocked: Option<u16>,
    /// The incarnation that waits for an answer.
    asking: Option<u16>,
}

impl<L: Logic, J: Journal> World<L, J> {
    /// Every node has a key of its own. What they are does not matter to the run, only whether the KMS has them.
    pub(super) fn hand_out_keys(&mut self) {
        self.secrets = Secrets::default();
        if self.model.kms.is_none() {
            return;
        }
        for (index, node) in self.model.nodes.iter().enumerate() {
            let kms = &mut self.secrets.kms;
            kms.rotate(&node.name, material(index, 0));
            let vault = Vault::new(Fresh::of(material(index, 1)), &node.name, kms);
            let wrapped = vault.expect("the key was made just now").key().clone();
            let (unlocked, asking) = (None, None);
            self.secrets.nodes.push(Secret { wrapped, unlock: Unlock::new(), unlocked, asking });
        }
    }

    /// Whether the agent can read its disk; if not, the KMS is asked.
    pub(super) fn can_read_its_disk(
        &mut self,
        now: SimTime,
        node: usize,
        agenda: &mut Agenda<Event>,
    ) -> bool {
        if self.model.kms.is_none() {
            return true;
        }
        let incarnation = self.machines[node].incarnation;
        let secret = &mut self.secrets.nodes[node];
        if secret.unlocked.take() == Some(incarnation) {
            return true;
        }
        if secret.asking != Some(incarnation) {
            secret.unlock = Unlock::new();
            self.ask_kms(now, node, agenda);
        }
        false
    }

    pub(super) fn ask_kms(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let model = self.model.clone();
        let Some(kms) = &model.kms else { return };
        let incarnation = self.machines[node].incarnation;
        self.secrets.nodes[node].asking = Some(incarnation);
        let mut stream = self.stream(kms.key, self.secrets.requests);
        self.secrets.requests += 1;
        let mut takes = kms.answers.draw(&mut stream);
        for (index, fault) in model.faults.iter().enumerate() {
            if let (StrikeModel::SlowKms(slower), true) = (&fault.strike, self.faults[index].active) {
                takes += slower.draw(&mut stream);
                self.faults[index].effects += 1;
            }
        }
        agenda.schedule(now + takes, Event::KmsAnswers { node: node as u16, incarnation });
    }

    #[cold]
    pub(super) fn kms_answers(
        &mut self,
        now: SimTime,
        node: usize,
        incarnation: u16,
        agenda: &mut Agenda<Event>,
    ) {
        let machine = &self.machines[node];
        if machine.incarnation != incarnation || machine.agent.is_some() {
            return;
        }
        self.secrets.kms.fails = self.blame_kms();
        let secret = &mut self.secrets.nodes[node];
        let answer = self.secrets.kms.unwrap(&secret.wrapped);
        let next = secret.unlock.on_answer(answer);
        match next {
            Next::Start(_) => {
                (secret.unlocked, secret.asking) = (Some(incarnation), None);
                self.agent_starts(now, node, incarnation, agenda);
            }
            Next::AskAgain(pause) => {
                if secret.unlock.failed() == 1 {
                    self.note(now, Place::Node(node), || What::WaitsForKey);
                }
                agenda.schedule(now + pause, Event::AskKms { node: node as u16, incarnation });
            }
            Next::StayOut(error) => self.stay_out(now, node, error.to_string()),
        }
    }

    /// An operator has to replace it; no fault of this run is over for it.
    fn stay_out(&mut self, now: SimTime, node: usize, why: String) {
        self.measures.active(now);
        self.note(now, Place::Node(node), || What::StaysOut(why));
        self.machines[node].down += 1;
        let lost = |strike: &StrikeModel| matches!(strike, StrikeModel::LostKey(_));
        let model = self.model.clone();
        for (index, fault) in model.faults.iter().enumerate() {
            if lost(&fault.strike) && self.faults[index].target == node {
                self.faults[index].effects += 1;
            }
        }
    }

    #[cold]
    pub(super) fn ask_kms_again(
        &mut self,
        now: SimTime,
        node: usize,
        incarnation: u16,
        agenda: &mut Agenda<Event>,
    ) {
        if self.machines[node].incarnation == incarnation && self.machines[node].agent.is_none() {
            self.ask_kms(now, node, agenda);
        }
    }

    pub(super) fn lose_key(&mut self, node: usize) {
        let name = self.model.nodes[node].name.clone();
        self.secrets.kms.lose(&name);
    }

    /// Whether the KMS does not answer.
    pub(super) fn kms_fails(&self) -> bool {
        (0..self.faults.len()).any(|fault| self.silences_kms(fault))
    }

    /// The same; whoever asked in vain is booked to the fault.
    fn blame_kms(&mut self) -> bool {
        for fault in 0..self.faults.len() {
            let silences = self.silences_kms(fault);
            self.faults[fault].effects += u64::from(silences);
        }
        self.kms_fails()
    }

    fn silences_kms(&self, fault: usize) -> bool {
        self.faults[fault].active && matches!(self.model.faults[fault].strike, StrikeModel::KmsFailure)
    }

    /// An agent that seals each write under a key of the KMS writes nothing while that does not answer.
    pub(super) fn write_waits_for_kms(&mut self, node: usize) -> bool {
        let agent = self.machines[node].agent.as_deref();
        let asks = self.model.kms.is_some() && agent.is_some_and(Agent::asks_kms_for_each_write);
        asks && self.blame_kms()
    }

    /// The KMS answers again.
    pub(super) fn kms_is_back(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        for node in 0..self.machines.len() {
            let agent = self.machines[node].agent.as_deref();
            if agent.is_some_and(Agent::asks_kms_for_each_write) && self.machines[node].full_by.is_empty() {
                self.write_what_waited(now, node, agenda);
            }
        }
    }
}

/// Bytes that no other node has, for one purpose or the other.
fn material(node: usize, purpose: u8) -> [u8; 32] {
    let mut bytes = [purpose; 32];
    bytes[..8].copy_from_slice(&(node as u64).to_le_bytes());
    bytes
}
