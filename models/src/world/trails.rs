//! Audit trails: written before what they tell of is done, tampered with, and held against what happened.

use std::collections::VecDeque;

use failover::audit::{Entry, Found, Injection, Record, Trail, tamper, verify};
use failover::{Decision, Input, NodeId, NodeSet, Task};
use scenarios::{Invariant, Tampering};
use sim::{Agenda, SimTime, Stream};

use super::World;
use super::machines::Held;
use crate::assurance::Auditing;
use crate::audit::{Action, Audited, AuditedTrail, Deed, coverage};
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::{Agent, Logic};

/// The trail of one machine.
pub(super) struct TrailState {
    /// What its disk holds.
    disk: Trail,
    /// On its way there.
    unwritten: VecDeque<Record>,
    /// The newest record that a write under way, or the want of room, takes care of.
    arranged: u64,
    /// A task that waits for this record.
    waiting: Option<(u64, Task)>,
    /// How long its writes take.
    stream: Option<Stream>,
}

/// What is known of all trails.
#[derive(Default)]
pub(super) struct Trails {
    /// Every agent is to keep one, whatever its policy says.
    pub(super) asked: bool,
    /// Some agent keeps one.
    kept: bool,
    actions: Vec<Action>,
    /// Nodes whose trail was tampered with.
    tampered: NodeSet,
    /// Nodes whose trail somebody distrusts.
    distrusted: NodeSet,
}

impl TrailState {
    pub(super) fn new(node: usize) -> TrailState {
        TrailState {
            disk: Trail::new(NodeId::at(node)),
            unwritten: VecDeque::new(),
            arranged: 0,
            waiting: None,
            stream: None,
        }
    }

    /// Nothing is on its way to the disk.
    pub(super) fn is_written(&self) -> bool {
        self.unwritten.is_empty()
    }

    /// Puts everything up to this number on disk.
    fn write_up_to(&mut self, number: u64) {
        while self.unwritten.front().is_some_and(|record| record.number <= number) {
            self.unwritten.pop_front().into_iter().for_each(|record| {
                self.disk.put(record);
            });
        }
    }

    /// A task that comes after a record waits for it; none makes a stop wait.
    pub(super) fn holds_back(&mut self, task: Task) -> bool {
        self.waiting = None;
        let newest = self.unwritten.back().map(|record| record.number);
        if task != Task::Stop {
            self.waiting = newest.map(|number| (number, task));
        }
        self.waiting.is_some()
    }
}

impl Trails {
    pub(super) fn reset(&mut self) {
        let asked = self.asked;
        *self = Trails { asked, ..Trails::default() };
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// One run in which every agent keeps its audit trail, with what the trails say beside what happened.
    pub fn audited(&mut self, seed: u64) -> Audited {
        let asked = std::mem::replace(&mut self.trails.asked, true);
        let record = self.run(seed, &mut Agenda::new());
        self.trails.asked = asked;
        let actions = std::mem::take(&mut self.trails.actions);
        Audited { record, trails: self.audited_trails(), actions }
    }

    fn audited_trails(&self) -> Vec<AuditedTrail> {
        let trail = |node: usize| AuditedTrail {
            name: self.model.nodes[node].name.clone(),
            node: NodeId::at(node),
            records: self.machines[node].trail.disk.records().to_vec(),
            anchors: self.anchors_of(node),
            tampered: self.trails.tampered.contains(NodeId::at(node)),
        };
        (0..self.machines.len()).map(trail).collect()
    }

    /// What the other agents remember of a trail.
    fn anchors_of(&self, node: usize) -> Vec<failover::audit::Anchor> {
        let others = self.machines.iter().enumerate().filter(|(other, _)| *other != node);
        let agents = others.filter_map(|(_, machine)| machine.agent.as_deref());
        agents.filter_map(|agent| agent.anchor(NodeId::at(node))).collect()
    }

    /// An agent about to start is shown what it recorded in its last life.
    pub(super) fn show_trail(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        if let Some(agent) = machine.agent.as_deref_mut().filter(|_| self.trails.asked) {
            agent.keep_trail();
        }
        let records = machine.trail.disk.records();
        if !records.is_empty() {
            machine.trail.arranged = records[records.len() - 1].number;
            let found = Found::of(records);
            self.feed(now, node, Input::Trail(found), agenda);
        }
    }

    #[cold]
    pub(super) fn take_record(&mut self, node: usize, record: Record) {
        self.trails.kept = true;
        self.machines[node].trail.unwritten.push_back(record);
    }

    /// Writes all that has come up since the last write began, where there is room.
    #[cold]
    pub(super) fn write_trail(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        let Some(number) = machine.trail.unwritten.back().map(|record| record.number) else { return };
        if number <= machine.trail.arranged || !machine.full_by.is_empty() {
            return;
        }
        machine.trail.arranged = number;
        let key = self.model.nodes[node].keys.trail;
        let stream = machine.trail.stream.get_or_insert_with(|| self.streams.stream(key));
        let takes = self.model.disk_write.draw(stream).saturating_mul(machine.slowness.disk_times());
        let incarnation = machine.incarnation;
        agenda.schedule(now + takes, Event::Recorded { node: node as u16, incarnation, number });
    }

    #[cold]
    pub(super) fn recorded(
        &mut self,
        now: SimTime,
        node: usize,
        incarnation: u16,
        number: u64,
        agenda: &mut Agenda<Event>,
    ) {
        let machine = &mut self.machines[node];
        if machine.incarnation != incarnation {
            return;
        }
        machine.trail.write_up_to(number);
        match machine.agent_stalled() {
            true => machine.held.push(Held::Recorded { number }),
            false => self.tell_recorded(now, node, number, agenda),
        }
    }

    /// The shell begins what waited, and tells the agent.
    pub(super) fn tell_recorded(
        &mut self,
        now: SimTime,
        node: usize,
        number: u64,
        agenda: &mut Agenda<Event>,
    ) {
        let waiting = &mut self.machines[node].trail.waiting;
        if let Some((_, task)) = waiting.take_if(|(record, _)| *record <= number) {
            self.start_task(now, node, task, agenda);
        }
        self.feed(now, node, Input::Recorded { number }, agenda);
    }

    /// What was decided or took effect, as the world sees it.
    pub(super) fn witness(&mut self, now: SimTime, node: usize, deed: impl FnOnce() -> Deed) {
        if self.trails.kept {
            let node = NodeId::at(node);
            self.trails.actions.push(Action { at: now, node, deed: deed(), lost: false });
        }
    }

    pub(super) fn on_distrust(&mut self, now: SimTime, by: usize, decision: &Decision) {
        let Decision::DistrustsTrail { of, damage } = *decision else { return };
        let nodes = &self.model.nodes;
        self.trails.distrusted.insert(of);
        if !self.trails.tampered.contains(of) {
            let (by, of) = (&nodes[by].name, &nodes[of.index()].name);
            let what = format!("{by} finds the audit trail of {of} {damage}, which nobody tampered with");
            self.violates(now, Invariant::BrokenTrail, what);
        }
    }

    /// What never got to the disk is lost with its agent. Tasks that waited for it never begin.
    pub(super) fn lose_records(&mut self, node: usize) {
        let trail = &mut self.machines[node].trail;
        trail.waiting = None;
        trail.arranged = trail.disk.head().number;
        let lost: Vec<Record> = trail.unwritten.drain(..).collect();
        self.forget(node, &lost);
    }

    /// The newest actions, as many as lost records tell of, are lost with them.
    fn forget(&mut self, node: usize, lost: &[Record]) {
        for record in lost.iter().rev() {
            if let Entry::Decides(decision) = &record.entry {
                let decided = Deed::Decided(decision.clone());
                self.trails.forget(node, |deed| *deed == decided);
            }
        }
        let stops = |record: &&Record| record.entry == Entry::Begins(Task::Stop);
        let written = self.machines[node].trail.disk.records().iter().filter(stops).count();
        let done = self.trails.count(node, |deed| *deed == Deed::Did(Task::Stop));
        for _ in 0..done.saturating_sub(written).min(lost.iter().filter(stops).count()) {
            self.trails.forget(node, |deed| *deed == Deed::Did(Task::Stop));
        }
    }

    pub(super) fn tamper_with_trail(&mut self, node: usize, how: Tampering, fault: u16) {
        let records = self.machines[node].trail.disk.records();
        if records.len() < 2 {
            return;
        }
        let (count, dice) = (records.len() as u64, self.dice(fault));
        let place = dice.below(count - 1) as usize;
        let trail = &mut self.machines[node].trail;
        let injection = match how {
            Tampering::Flip => Injection::Flip(place),
            Tampering::Drop => Injection::Drop(place),
            Tampering::Swap => Injection::Swap(place),
            Tampering::CutOff => Injection::CutOff(place + 1),
            Tampering::Rewrite => Injection::Rewrite(place),
        };
        let altered = tamper(trail.disk.records(), injection);
        trail.disk = Trail::of(trail.disk.node(), altered);
        self.trails.tampered.insert(NodeId::at(node));
        self.faults[fault as usize].effects += 1;
    }

    /// Holds the trails against each other and against what happened, at the end of a run.
    pub(super) fn audit(&mut self, now: SimTime) -> Auditing {
        if !self.trails.kept {
            return Auditing::default();
        }
        for node in 0..self.machines.len() {
            let pending: Vec<Record> = self.machines[node].trail.unwritten.iter().cloned().collect();
            self.forget(node, &pending);
        }
        let trails = self.audited_trails();
        for trail in trails.iter().filter(|trail| !trail.tampered) {
            if let Err(broken) = verify(&trail.records, &trail.anchors) {
                let what = format!("the audit trail of {}: {broken}", trail.name);
                self.violates(now, Invariant::BrokenTrail, what);
            }
        }
        let missing = coverage(&trails, &self.trails.actions);
        if let Some(first) = missing.first() {
            let what = format!("{} actions and records without each other: {first:?}", missing.len());
            self.violates(now, Invariant::UnrecordedAction, what);
        }
        let (tampered, distrusted) = (&self.trails.tampered, &self.trails.distrusted);
        Auditing {
            unrecorded: Some(missing.len() as u64),
            tampered: tampered.len() as u32,
            unnoticed: (tampered.len() - tampered.shared_with(distrusted)) as u32,
        }
    }
}

impl Trails {
    /// The newest such action of the node is lost.
    fn forget(&mut self, node: usize, is: impl Fn(&Deed) -> bool) {
        let here = |action: &&mut Action| action.node.index() == node && !action.lost && is(&action.deed);
        if let Some(action) = self.actions.iter_mut().rev().find(here) {
            action.lost = true;
        }
    }

    fn count(&self, node: usize, is: impl Fn(&Deed) -> bool) -> usize {
        let here = |action: &&Action| action.node.index() == node && !action.lost && is(&action.deed);
        self.actions.iter().filter(here).count()
    }
}
