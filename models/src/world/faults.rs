//! Faults: how each strikes and heals. What it does to anyone shows in the world, and is counted there.

use scenarios::When;
use sim::{Agenda, SimTime};
use units::Span;

use super::World;
use super::measures::MILLISECOND;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{Part, StrikeModel, Target};
use crate::note::{Place, What};

/// A fault in the course of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct FaultState {
    /// Whom it struck, where the script left that open.
    target: usize,
    /// The machine's life and the agent's incarnation that it struck, where it does not outlive them.
    struck: Option<(u16, u16)>,
    /// What it did to the world so far.
    pub(super) effects: u64,
    /// Lag of the slowed replica when the fault struck.
    lag_before: Span,
}

impl<L: Logic, J: Journal> World<L, J> {
    /// Puts the faults on the agenda, and the first look whether the run has settled.
    pub(super) fn script_faults(&mut self, agenda: &mut Agenda<Event>) {
        self.faults.clear();
        self.faults.resize(self.model.faults.len(), FaultState::default());
        let mut last = SimTime::ZERO;
        for (index, fault) in self.model.faults.iter().enumerate() {
            let span = match fault.at {
                When::At(span) => span,
                When::Between(from, to) => self.streams.stream(fault.key).between(from, to),
            };
            let (at, fault_index) = (SimTime::ZERO + span, index as u16);
            agenda.schedule(at, Event::Strike { fault: fault_index });
            last = last.max(at);
            if let Some(after) = fault.heal_after {
                agenda.schedule(at + after, Event::Heal { fault: fault_index });
                last = last.max(at + after);
            }
        }
        self.measures.last_edge = last;
        agenda.schedule(last + self.patience(), Event::Settle);
    }

    pub(super) fn strike(&mut self, now: SimTime, fault: u16, agenda: &mut Agenda<Event>) {
        let model = self.model.clone();
        let strike = &model.faults[fault as usize].strike;
        self.measures.active(now);
        self.note(now, Place::World, || What::Strikes(fault.into()));
        let target = self.resolve(strike);
        self.faults[fault as usize].target = target;
        match strike {
            StrikeModel::Crash(_, part) => self.crash(now, target, *part, fault),
            StrikeModel::Silence(_) => self.silence(now, target, fault),
            StrikeModel::Hang(_, part) => self.hang(now, target, *part, fault),
            StrikeModel::RegionLoss(_) => self.lose_region(now, target, fault),
            StrikeModel::Cut { from, to, both_ways } => {
                self.network.cut(from, to, fault);
                if *both_ways {
                    self.network.cut(to, from, fault);
                }
            }
            StrikeModel::SlowReplication(_, rate) => self.slow_replication(now, target, *rate, fault),
            StrikeModel::ClockDrift(_, ppm) => {
                self.skew_clock(target, fault);
                self.drift_clock(now, target, *ppm, agenda);
            }
            StrikeModel::ClockStep(_, by) => {
                self.skew_clock(target, fault);
                self.bend_clock(now, target, agenda, |clock| clock.step(now, *by))
            }
            StrikeModel::ClockStall(_, by) => {
                self.skew_clock(target, fault);
                self.bend_clock(now, target, agenda, |clock| clock.stall(now, *by))
            }
        }
        self.rewired = true;
    }

    pub(super) fn heal(&mut self, now: SimTime, fault: u16, agenda: &mut Agenda<Event>) {
        let model = self.model.clone();
        let target = self.faults[fault as usize].target;
        self.measures.active(now);
        self.note(now, Place::World, || What::Heals(fault.into()));
        match &model.faults[fault as usize].strike {
            StrikeModel::Crash(_, Part::Database) => {
                self.machines[target].database.broken -= 1;
                self.machines[target].down_by = None;
            }
            StrikeModel::Crash(_, _) => self.restart_agent(now, target, agenda),
            StrikeModel::Silence(_) => self.power_on(now, target, agenda),
            StrikeModel::Hang(_, part) => self.unhang(now, target, *part, fault, agenda),
            StrikeModel::RegionLoss(_) => self.restore_region(now, target, agenda),
            StrikeModel::Cut { from, to, both_ways } => {
                self.network.heal(from, to, fault);
                if *both_ways {
                    self.network.heal(to, from, fault);
                }
            }
            StrikeModel::SlowReplication(..) => self.restore_replication(now, target, fault),
            StrikeModel::ClockDrift(_, ppm) => {
                self.drift_clock(now, target, -ppm, agenda);
                self.straighten_clock(target, fault);
            }
            StrikeModel::ClockStep(..) | StrikeModel::ClockStall(..) => self.straighten_clock(target, fault),
        }
        self.rewired = true;
    }

    /// The index of whom it strikes: a node, or a region for a region's loss.
    fn resolve(&self, strike: &StrikeModel) -> usize {
        let primary = self.measures.primary;
        match strike {
            StrikeModel::RegionLoss(Target::Primary) => self.model.nodes[primary].region,
            StrikeModel::RegionLoss(Target::Index(index))
            | StrikeModel::Crash(Target::Index(index), _)
            | StrikeModel::Silence(Target::Index(index))
            | StrikeModel::Hang(Target::Index(index), _)
            | StrikeModel::SlowReplication(Target::Index(index), _)
            | StrikeModel::ClockDrift(Target::Index(index), _)
            | StrikeModel::ClockStep(Target::Index(index), _)
            | StrikeModel::ClockStall(Target::Index(index), _) => *index,
            StrikeModel::Cut { .. } => 0,
            _ => primary,
        }
    }

    fn crash(&mut self, now: SimTime, node: usize, part: Part, fault: u16) {
        let machine = &mut self.machines[node];
        let agent = part != Part::Database && machine.agent.is_some();
        let database = part != Part::Agent && machine.database.running;
        if agent || database {
            machine.down_by = Some(fault);
            self.faults[fault as usize].effects += 1;
        }
        if part != Part::Database {
            self.kill_agent(node);
            self.machines[node].down += 1;
        }
        if part != Part::Agent {
            self.kill_database(now, node);
        }
        if part == Part::Database {
            self.machines[node].database.broken += 1;
        }
    }

    fn restart_agent(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        machine.down -= 1;
        if machine.powered && machine.agent.is_none() {
            self.schedule_agent(now, node, agenda);
        }
    }

    fn silence(&mut self, now: SimTime, node: usize, fault: u16) {
        self.machines[node].off += 1;
        if self.machines[node].powered {
            self.power_off(now, node);
            self.machines[node].down_by = Some(fault);
            self.faults[fault as usize].effects += 1;
        }
    }

    fn power_on(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        machine.off -= 1;
        if machine.off == 0 && !machine.powered {
            // Another life: a boot that a watchdog had under way counts for nothing.
            machine.lives = machine.lives.wrapping_add(1);
            self.boot(now, node, agenda);
        }
    }

    fn hang(&mut self, now: SimTime, node: usize, part: Part, fault: u16) {
        let machine = &mut self.machines[node];
        if part == Part::Database {
            machine.database.stuck += 1;
        } else if !machine.powered {
            return;
        }
        machine.down_by = Some(fault);
        self.faults[fault as usize].struck = Some((machine.lives, machine.incarnation));
        match part {
            Part::Machine => machine.hangs += 1,
            Part::Agent => machine.agent_hangs += 1,
            Part::Database => {}
        }
        machine.asleep |= part != Part::Database;
        if part != Part::Agent && machine.database.running {
            machine.database.hung_since.get_or_insert(now);
        }
        self.faults[fault as usize].effects += 1;
    }

    /// A hang ends with the life of what it held up: a machine that was reset meanwhile is not held up any more.
    fn unhang(&mut self, now: SimTime, node: usize, part: Part, fault: u16, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        let struck = self.faults[fault as usize].struck;
        match part {
            Part::Machine if struck.is_some_and(|(life, _)| life == machine.lives) => machine.hangs -= 1,
            Part::Agent if struck == Some((machine.lives, machine.incarnation)) => machine.agent_hangs -= 1,
            Part::Machine | Part::Agent => return,
            Part::Database => {
                machine.database.stuck -= 1;
                machine.down_by = None;
            }
        }
        if machine.hangs == 0 && !machine.database.is_stuck() {
            machine.database.hung_since = None;
        }
        match part {
            Part::Database => self.resume_task(now, node, agenda),
            Part::Machine | Part::Agent if machine.asleep => self.let_resume(now, node, agenda),
            Part::Machine | Part::Agent => {}
        }
    }

    fn lose_region(&mut self, now: SimTime, region: usize, fault: u16) {
        self.clients.lost[region] += 1;
        for node in 0..self.machines.len() {
            if self.model.nodes[node].region == region {
                self.silence(now, node, fault);
            }
        }
    }

    fn restore_region(&mut self, now: SimTime, region: usize, agenda: &mut Agenda<Event>) {
        self.clients.lost[region] -= 1;
        for node in 0..self.machines.len() {
            if self.model.nodes[node].region == region {
                self.power_on(now, node, agenda);
            }
        }
    }

    fn slow_replication(&mut self, now: SimTime, node: usize, rate: u64, fault: u16) {
        let primary = self.measures.primary;
        self.faults[fault as usize].lag_before = self.journal.lag(now, node, primary);
        self.machines[node].database.throttled = Some(rate);
        self.journal.throttle(now, node, rate);
    }

    fn restore_replication(&mut self, now: SimTime, node: usize, fault: u16) {
        self.count_lag(now, node, fault);
        self.machines[node].database.throttled = None;
        self.journal.throttle(now, node, self.model.replication_rate);
    }

    /// What a slow stream did: the lag that grew, in milliseconds. Less than a tenth of a second is noise.
    fn count_lag(&mut self, now: SimTime, node: usize, fault: u16) {
        let primary = self.measures.primary;
        if node == primary {
            return;
        }
        let grown =
            self.journal.lag(now, node, primary).saturating_sub(self.faults[fault as usize].lag_before);
        if grown > MILLISECOND * 100 {
            let effects = &mut self.faults[fault as usize].effects;
            *effects = (*effects).max(grown.as_nanos() / MILLISECOND.as_nanos());
        }
    }

    /// Lag is sampled where it may matter: when a promotion is judged and at the end.
    pub(super) fn sample_lags(&mut self, now: SimTime) {
        for fault in 0..self.faults.len() {
            if let StrikeModel::SlowReplication(..) = self.model.faults[fault].strike {
                let node = self.faults[fault].target;
                if self.machines[node].database.throttled.is_some() {
                    self.count_lag(now, node, fault as u16);
                }
            }
        }
    }

    fn bend_clock(
        &mut self,
        now: SimTime,
        node: usize,
        agenda: &mut Agenda<Event>,
        bend: impl FnOnce(&mut crate::clock::Clock),
    ) {
        let machine = &mut self.machines[node];
        bend(&mut machine.clock);
        // The alarm was set by the old clock.
        machine.armed = SimTime::MAX;
        self.arm(now, node, agenda);
    }

    /// One fault more bends the clock.
    fn skew_clock(&mut self, node: usize, fault: u16) {
        let machine = &mut self.machines[node];
        machine.skewed_by |= 1 << fault;
        self.distrust_clocks();
    }

    /// Faults that drift a clock add up; none makes it run backwards.
    fn drift_clock(&mut self, now: SimTime, node: usize, ppm: i64, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        machine.drift += ppm;
        let sum = machine.drift.max(-999_999);
        self.bend_clock(now, node, agenda, |clock| clock.drift(now, sum));
    }

    /// One fault less bends the clock; what it did to the reading stays.
    fn straighten_clock(&mut self, node: usize, fault: u16) {
        self.machines[node].skewed_by &= !(1 << fault);
    }

    /// What bent clocks do: an agent acts on a reading that is wrong by so many milliseconds.
    pub(super) fn count_skew(&mut self, now: SimTime, node: usize) {
        let machine = &self.machines[node];
        let wrong = machine.skew(now).as_nanos() / MILLISECOND.as_nanos();
        for (index, fault) in self.faults.iter_mut().enumerate() {
            if machine.skewed_by & (1 << index) != 0 {
                fault.effects = fault.effects.max(wrong);
            }
        }
    }
}
