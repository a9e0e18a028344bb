//! A group of nodes with disks, on a network: everything random comes from one seed.

use std::collections::BTreeSet;

use super::checker::{Checker, Violation};
use crate::NodeId;
use crate::consensus::{
    Consensus, ConsensusMessage, ConsensusSettings, Durable, MessageError, Outputs, Persist, Raft, Role,
};

pub(super) const HEARTBEAT: u32 = 3;
pub(super) const ELECTION: u32 = 10;

/// A small generator (SplitMix64), enough to misbehave reproducibly.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// Uniform in `0..sides`.
    pub(super) fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * u128::from(sides)) >> 64) as u64
    }
}

/// How badly things go.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weather {
    pub(super) loss_percent: u64,
    pub(super) repeat_percent: u64,
    pub(super) delay_ticks_max: u64,
    pub(super) write_ticks_max: u64,
}

/// A broken disk or owner, which the checker must notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    None,
    /// Restarts without its vote.
    ForgetsVote,
    /// Calls a write durable when it has only begun.
    LiesAboutWrites,
}

#[derive(Clone, Debug)]
pub(super) enum Input {
    Tick,
    Step(NodeId, ConsensusMessage),
    Persisted(u64),
    Propose(Vec<u8>),
    Campaign,
}

/// One input to one node.
pub(super) fn feed(node: &mut Raft, input: Input, out: &mut Outputs) -> Result<(), MessageError> {
    match input {
        Input::Tick => node.advance(1, out),
        Input::Step(from, message) => return node.step(from, message, out),
        Input::Persisted(number) => node.persisted(number, out),
        Input::Propose(data) => drop(node.propose(data, out)),
        Input::Campaign => node.campaign(out),
    }
    Ok(())
}

/// A life of a node: what it woke with, and all that was said to it, with what it answered.
pub(super) struct Life {
    pub(super) id: NodeId,
    pub(super) woke_with: Durable,
    pub(super) history: Vec<(Input, Outputs)>,
}

struct Site {
    id: NodeId,
    node: Option<Raft>,
    disk: Durable,
    write: Option<(u64, Persist)>,
}

struct Packet {
    at: u64,
    from: NodeId,
    to: NodeId,
    message: ConsensusMessage,
}

pub(super) struct Group {
    pub(super) now: u64,
    pub(super) weather: Weather,
    pub(super) checker: Checker,
    pub(super) violation: Option<Violation>,
    pub(super) lives: Vec<Life>,
    pub(super) refused: Vec<MessageError>,
    /// One node whose writes take so many ticks.
    pub(super) slow_disk: Option<(u16, u64)>,
    defect: Defect,
    seed: u64,
    dice: Dice,
    sites: Vec<Site>,
    wire: Vec<Packet>,
    cut: BTreeSet<(NodeId, NodeId)>,
    out: Outputs,
}

pub(super) fn settings(id: u16, size: u16, seed: u64) -> ConsensusSettings {
    ConsensusSettings {
        id: NodeId(id),
        voters: (0..size).map(NodeId).collect(),
        learners: Vec::new(),
        heartbeat_ticks: HEARTBEAT,
        election_ticks: ELECTION,
        seed,
    }
}

impl Group {
    pub(super) fn new(size: u16, seed: u64, weather: Weather, defect: Defect) -> Group {
        let site = |id| Site { id: NodeId(id), node: None, disk: Durable::default(), write: None };
        let mut group = Group {
            now: 0,
            weather,
            checker: Checker::default(),
            violation: None,
            lives: Vec::new(),
            refused: Vec::new(),
            slow_disk: None,
            defect,
            seed,
            dice: Dice(seed),
            sites: (0..size).map(site).collect(),
            wire: Vec::new(),
            cut: BTreeSet::new(),
            out: Outputs::default(),
        };
        (0..size).for_each(|id| group.start(id));
        group
    }

    /// Three nodes on a perfect network, with a leader.
    pub(super) fn calm(seed: u64) -> (Group, u16) {
        let mut group = Group::new(3, seed, Weather::default(), Defect::None);
        group.run(3 * u64::from(ELECTION));
        let leader = group.leader().expect("on a perfect network an election takes two time-outs at most");
        (group, leader)
    }

    pub(super) fn size(&self) -> u16 {
        self.sites.len() as u16
    }

    pub(super) fn node(&self, id: u16) -> &Raft {
        self.sites[usize::from(id)].node.as_ref().expect("the node runs")
    }

    pub(super) fn disk(&self, id: u16) -> &Durable {
        &self.sites[usize::from(id)].disk
    }

    /// The running leader of the latest term.
    pub(super) fn leader(&self) -> Option<u16> {
        let running = self.sites.iter().filter_map(|site| Some((site.id, site.node.as_ref()?)));
        let leading = running.filter(|(_, node)| node.role() == Role::Leader);
        leading.max_by_key(|(_, node)| node.term()).map(|(id, _)| id.0)
    }

    pub(super) fn start(&mut self, id: u16) {
        let site = &mut self.sites[usize::from(id)];
        if site.node.is_some() {
            return;
        }
        if self.defect == Defect::ForgetsVote {
            site.disk.hard_state.vote = None;
        }
        let node = Raft::new(settings(id, self.size(), self.seed), &self.sites[usize::from(id)].disk);
        let site = &mut self.sites[usize::from(id)];
        site.node = Some(node.expect("what was written can be read"));
        self.lives.push(Life { id: NodeId(id), woke_with: site.disk.clone(), history: Vec::new() });
        self.checker.restarted(NodeId(id));
    }

    /// Loses what was not durable. A write that was under way may have arrived, or not.
    pub(super) fn crash(&mut self, id: u16) {
        let arrived = self.dice.below(2) == 0 && self.defect == Defect::None;
        let site = &mut self.sites[usize::from(id)];
        site.node = None;
        if let Some((_, persist)) = site.write.take()
            && arrived
        {
            site.disk.apply(persist);
        }
    }

    /// Cuts every link between the nodes of `side` and the others, both ways.
    pub(super) fn partition(&mut self, side: &[u16]) {
        for here in 0..self.size() {
            for there in 0..self.size() {
                if side.contains(&here) != side.contains(&there) {
                    self.cut_one_way(here, there);
                }
            }
        }
    }

    pub(super) fn cut_one_way(&mut self, from: u16, to: u16) {
        self.cut.insert((NodeId(from), NodeId(to)));
    }

    pub(super) fn heal(&mut self) {
        self.cut.clear();
    }

    pub(super) fn propose(&mut self, id: u16, command: &str) {
        self.input(id, Input::Propose(command.as_bytes().to_vec()));
    }

    pub(super) fn run(&mut self, ticks: u64) {
        for _ in 0..ticks {
            self.deliver();
            self.finish_writes();
            (0..self.size()).for_each(|id| self.input(id, Input::Tick));
            self.now += 1;
        }
    }

    /// Gives a running node an input, and the world its outputs.
    pub(super) fn input(&mut self, id: u16, input: Input) {
        let site = &mut self.sites[usize::from(id)];
        let Some(node) = site.node.as_mut() else { return };
        let mut out = std::mem::take(&mut self.out);
        if let Err(error) = feed(node, input.clone(), &mut out) {
            self.refused.push(error);
        }
        let disks = self.sites.iter().map(|site| &site.disk);
        let node = self.sites[usize::from(id)].node.as_ref().expect("it was there just now");
        let checked = self.checker.observe(NodeId(id), node, &out, disks);
        self.violation = self.violation.take().or(checked.err());
        let life = self.lives.iter_mut().rfind(|life| life.id == NodeId(id));
        life.expect("a running node has a life").history.push((input, out.clone()));
        self.carry_out(id, &out);
        self.out = out;
    }

    fn carry_out(&mut self, id: u16, out: &Outputs) {
        for (to, message) in &out.messages {
            self.send(NodeId(id), *to, message);
        }
        if let Some(persist) = &out.persist {
            self.begin_write(id, persist);
        }
    }

    fn begin_write(&mut self, id: u16, persist: &Persist) {
        let ticks = self.dice.below(self.weather.write_ticks_max + 1);
        let ticks = self.slow_disk.filter(|slow| slow.0 == id).map_or(ticks, |slow| slow.1);
        let site = &mut self.sites[usize::from(id)];
        let before = site.write.replace((self.now + ticks, persist.clone()));
        if self.defect == Defect::LiesAboutWrites {
            before.into_iter().for_each(|(_, persist)| site.disk.apply(persist));
            self.input(id, Input::Persisted(persist.number));
        } else {
            assert_eq!(before, None, "one write at a time");
        }
    }

    fn send(&mut self, from: NodeId, to: NodeId, message: &ConsensusMessage) {
        let copies = if self.dice.below(100) < self.weather.repeat_percent { 2 } else { 1 };
        for _ in 0..copies {
            if self.dice.below(100) >= self.weather.loss_percent {
                let at = self.now + self.dice.below(self.weather.delay_ticks_max + 1);
                self.wire.push(Packet { at, from, to, message: message.clone() });
            }
        }
    }

    fn deliver(&mut self) {
        let (due, later) =
            std::mem::take(&mut self.wire).into_iter().partition(|packet| packet.at <= self.now);
        self.wire = later;
        let due: Vec<Packet> = due;
        for packet in due {
            if !self.cut.contains(&(packet.from, packet.to)) {
                self.input(packet.to.0, Input::Step(packet.from, packet.message));
            }
        }
    }

    fn finish_writes(&mut self) {
        for id in 0..self.size() {
            let (now, site) = (self.now, &mut self.sites[usize::from(id)]);
            if let Some((_, persist)) = site.write.take_if(|(done, _)| *done <= now) {
                let number = persist.number;
                site.disk.apply(persist);
                self.input(id, Input::Persisted(number));
            }
        }
    }
}
