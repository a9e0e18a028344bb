//! Faults: how each strikes and heals. What it does to anyone shows in the world, and is counted there.

use sim::{Agenda, SimTime, Stream};
use units::Span;

use super::World;
use super::domains::Domain;
use super::measures::MILLISECOND;
use super::network_faults::LinkState;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{Part, SlowPart, StrikeModel, Target};
use crate::note::{Place, What};

/// A fault in the course of a run.
#[derive(Debug, Default)]
pub(super) struct FaultState {
    /// It has struck and is not over.
    pub(super) active: bool,
    /// Whom it struck, where the script left that open.
    pub(super) target: usize,
    /// Who reached the step that it waited for.
    pub(super) that: usize,
    /// How often it struck.
    pub(super) strikes: u32,
    /// The machine's life and the agent's incarnation that it struck, where it does not outlive them.
    struck: Option<(u16, u16)>,
    /// What it did to the world so far.
    pub(super) effects: u64,
    /// Links on which it lost a message between nodes, a bit for each.
    lossy: Vec<u64>,
    /// Lag of the slowed replicas when the fault struck.
    pub(super) lag_before: Span,
    /// Promotions that are still to fail.
    pub(super) failing: u32,
    /// The link it is about.
    pub(super) link: LinkState,
    /// What it draws while it lasts.
    pub(super) dice: Option<Stream>,
}

impl FaultState {
    /// A message on this link is lost because of it: one effect, however many follow.
    pub(super) fn loses_on(&mut self, link: usize) {
        let (word, bit) = (link / 64, 1 << (link % 64));
        if self.lossy.len() <= word {
            self.lossy.resize(word + 1, 0);
        }
        self.effects += u64::from(self.lossy[word] & bit == 0);
        self.lossy[word] |= bit;
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    #[inline(never)]
    pub(super) fn strike(&mut self, now: SimTime, fault: u16, agenda: &mut Agenda<Event>) {
        let model = self.model.clone();
        let strike = &model.faults[fault as usize].strike;
        self.measures.active(now);
        self.note(now, Place::World, || What::Strikes(fault.into()));
        let target = self.resolve(strike, fault);
        let state = &mut self.faults[fault as usize];
        (state.target, state.active) = (target, true);
        state.strikes += 1;
        self.unrest += u16::from(goes_on_acting(strike));
        self.meddling += u16::from(meddles(strike));
        match strike {
            StrikeModel::Crash(_, part) => self.crash(now, target, *part, fault),
            StrikeModel::Silence(_) => self.silence(now, target, fault),
            StrikeModel::Hang(_, part) => self.hang(now, target, *part, fault),
            StrikeModel::SiteLoss(_) | StrikeModel::RegionLoss(_) | StrikeModel::ProviderLoss(_) => {
                self.lose(now, domain(strike, target), fault, agenda)
            }
            StrikeModel::Flapping { .. } => self.flap(now, fault, agenda),
            StrikeModel::Degraded { .. } => self.degrade(now, fault),
            StrikeModel::Slow(_, part, times) => self.slow_down(now, target, *part, *times, fault, agenda),
            StrikeModel::FullDisk(_) => self.fill_disk(now, target, fault),
            StrikeModel::FailedPromotion(_, times) => self.faults[fault as usize].failing = *times,
            StrikeModel::Cut { from, to, both_ways } => {
                self.network.cut(from, to, fault);
                if *both_ways {
                    self.network.cut(to, from, fault);
                }
            }
            StrikeModel::SlowReplication(_, rate) => self.slow_replication(now, target, *rate, fault),
            StrikeModel::TamperedPlan(_) => self.alter_plan(now, target, agenda),
            StrikeModel::ChannelFailure(_) | StrikeModel::KmsFailure | StrikeModel::SlowKms(_) => {}
            StrikeModel::LostKey(_) => self.lose_key(target),
            StrikeModel::TamperedTrail(_, how) => self.tamper_with_trail(target, *how, fault),
            StrikeModel::DnsFailure => self.dns.fail(now),
            StrikeModel::DnsEmpty => self.dns.lie(now, fault, None),
            StrikeModel::DnsWrong(_) => self.dns.lie(now, fault, Some(target)),
            StrikeModel::CrashProxy(proxy) => self.proxies.lose(*proxy, fault, true),
            StrikeModel::DuplicateAddress(_) => self.duplicate_address(target, fault),
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
            StrikeModel::ForgedRequest(by, wish) => self.forge(now, fault, by, *wish, agenda),
            StrikeModel::ReplayedRequests => self.send_again(now, fault, agenda),
            StrikeModel::AlteredRequests => {}
            StrikeModel::RequestFlood { .. } | StrikeModel::StaleLeader(_) => self.acts(now, fault, agenda),
        }
        self.rewired = true;
    }

    #[inline(never)]
    pub(super) fn heal(&mut self, now: SimTime, fault: u16, agenda: &mut Agenda<Event>) {
        let model = self.model.clone();
        let target = self.faults[fault as usize].target;
        let strike = &model.faults[fault as usize].strike;
        self.measures.active(now);
        self.note(now, Place::World, || What::Heals(fault.into()));
        self.faults[fault as usize].active = false;
        self.unrest -= u16::from(goes_on_acting(strike));
        self.meddling -= u16::from(meddles(strike));
        match strike {
            StrikeModel::Crash(_, Part::Database) => {
                self.machines[target].database.broken -= 1;
                self.machines[target].acquit(fault);
            }
            StrikeModel::Crash(_, _) => self.restart_agent(now, target, agenda),
            StrikeModel::Silence(_) => self.power_on(now, target, agenda),
            StrikeModel::Hang(_, part) => self.unhang(now, target, *part, fault, agenda),
            StrikeModel::SiteLoss(_) | StrikeModel::RegionLoss(_) | StrikeModel::ProviderLoss(_) => {
                self.restore(now, domain(strike, target), agenda)
            }
            StrikeModel::Flapping { .. } => self.steady_link(fault),
            StrikeModel::Degraded { .. } => self.repair(now, fault),
            StrikeModel::Slow(..) => self.speed_up(now, target, fault, agenda),
            StrikeModel::FullDisk(_) => self.clear_disk(now, target, fault, agenda),
            StrikeModel::FailedPromotion(..) => self.faults[fault as usize].failing = 0,
            StrikeModel::Cut { from, to, both_ways } => {
                self.network.heal(from, to, fault);
                if *both_ways {
                    self.network.heal(to, from, fault);
                }
            }
            StrikeModel::SlowReplication(..) => self.restore_replication(now, target, fault),
            StrikeModel::TamperedPlan(_) => self.right_plan(now, target, agenda),
            StrikeModel::KmsFailure => self.kms_is_back(now, agenda),
            StrikeModel::ChannelFailure(_)
            | StrikeModel::SlowKms(_)
            | StrikeModel::LostKey(_)
            | StrikeModel::TamperedTrail(..) => {}
            StrikeModel::DnsFailure => self.dns.heal(now),
            StrikeModel::DnsEmpty | StrikeModel::DnsWrong(_) => self.dns.correct(now, fault),
            StrikeModel::CrashProxy(proxy) => self.restore_proxy(now, *proxy, true),
            StrikeModel::DuplicateAddress(_) => self.withdraw_address(fault),
            StrikeModel::ClockDrift(_, ppm) => {
                self.drift_clock(now, target, -ppm, agenda);
                self.straighten_clock(target, fault);
            }
            StrikeModel::ClockStep(..) | StrikeModel::ClockStall(..) => self.straighten_clock(target, fault),
            // What was sent is sent; what goes on stops by itself.
            StrikeModel::ForgedRequest(..)
            | StrikeModel::ReplayedRequests
            | StrikeModel::AlteredRequests
            | StrikeModel::RequestFlood { .. }
            | StrikeModel::StaleLeader(_) => {}
        }
        self.rewired = true;
    }

    /// The index of whom it strikes: a node, or a domain for a domain's loss.
    fn resolve(&mut self, strike: &StrikeModel, fault: u16) -> usize {
        let model = self.model.clone();
        let (target, of) = match strike {
            StrikeModel::SiteLoss(target) => (target, model.nodes.iter().map(|node| node.site + 1).max()),
            StrikeModel::RegionLoss(target) => (target, Some(model.regions.len())),
            StrikeModel::ProviderLoss(target) => {
                (target, model.regions.iter().map(|region| region.provider + 1).max())
            }
            StrikeModel::Cut { .. }
            | StrikeModel::Flapping { .. }
            | StrikeModel::Degraded { .. }
            | StrikeModel::ChannelFailure(_)
            | StrikeModel::KmsFailure
            | StrikeModel::SlowKms(_)
            | StrikeModel::ForgedRequest(..)
            | StrikeModel::ReplayedRequests
            | StrikeModel::AlteredRequests
            | StrikeModel::RequestFlood { .. }
            | StrikeModel::StaleLeader(_)
            | StrikeModel::DnsFailure
            | StrikeModel::DnsEmpty
            | StrikeModel::CrashProxy(_) => {
                return 0;
            }
            StrikeModel::Crash(target, _)
            | StrikeModel::Silence(target)
            | StrikeModel::Hang(target, _)
            | StrikeModel::Slow(target, ..)
            | StrikeModel::FullDisk(target)
            | StrikeModel::FailedPromotion(target, _)
            | StrikeModel::SlowReplication(target, _)
            | StrikeModel::TamperedTrail(target, _)
            | StrikeModel::TamperedPlan(target)
            | StrikeModel::LostKey(target)
            | StrikeModel::DnsWrong(target)
            | StrikeModel::DuplicateAddress(target)
            | StrikeModel::ClockDrift(target, _)
            | StrikeModel::ClockStep(target, _)
            | StrikeModel::ClockStall(target, _) => (target, None),
        };
        let region = |node: usize| model.nodes[node].region;
        let at = |node: usize| match strike {
            StrikeModel::SiteLoss(_) => model.nodes[node].site,
            StrikeModel::RegionLoss(_) => region(node),
            StrikeModel::ProviderLoss(_) => model.regions[region(node)].provider,
            _ => node,
        };
        match (target, of) {
            (Target::Index(index), _) => *index,
            (Target::Primary, _) => at(self.measures.primary),
            (Target::That, _) => at(self.faults[fault as usize].that),
            (Target::Any, Some(domains)) => self.dice(fault).below(domains as u64) as usize,
            (Target::Any, None) => self.any_node(strike, fault),
        }
    }

    /// A node drawn evenly, among those that have what the fault strikes.
    fn any_node(&mut self, strike: &StrikeModel, fault: u16) -> usize {
        let data = matches!(
            strike,
            StrikeModel::Crash(_, Part::Database)
                | StrikeModel::Hang(_, Part::Database)
                | StrikeModel::FullDisk(_)
                | StrikeModel::FailedPromotion(..)
        );
        let model = self.model.clone();
        let able = || (0..model.nodes.len()).filter(|node| !(data && model.nodes[*node].witness));
        let drawn = self.dice(fault).below(able().count().max(1) as u64) as usize;
        able().nth(drawn).unwrap_or(self.measures.primary)
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

    pub(super) fn silence(&mut self, now: SimTime, node: usize, fault: u16) {
        self.machines[node].off += 1;
        if self.machines[node].powered {
            self.power_off(now, node);
            self.machines[node].down_by = Some(fault);
            self.faults[fault as usize].effects += 1;
        }
    }

    pub(super) fn power_on(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
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
            self.note_acceptance(now, node);
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
                machine.acquit(fault);
            }
        }
        if machine.hangs == 0 && !machine.database.is_stuck() {
            machine.database.hung_since = None;
        }
        let asleep = machine.asleep;
        self.note_acceptance(now, node);
        match part {
            Part::Database => self.resume_task(now, node, agenda),
            Part::Machine | Part::Agent if asleep => self.let_resume(now, node, agenda),
            Part::Machine | Part::Agent => {}
        }
    }

    /// Whoever needed the name servers while they did not answer.
    pub(super) fn blame_dns(&mut self) {
        for (index, fault) in self.model.faults.iter().enumerate() {
            if matches!(fault.strike, StrikeModel::DnsFailure) && self.faults[index].active {
                self.faults[index].effects += 1;
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
    #[cold]
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

/// It does something again and again while it lasts, so nothing is at rest and nothing has settled.
fn goes_on_acting(strike: &StrikeModel) -> bool {
    matches!(
        strike,
        StrikeModel::Flapping { .. }
            | StrikeModel::Degraded { .. }
            | StrikeModel::Slow(..)
            | StrikeModel::FullDisk(_)
            | StrikeModel::AlteredRequests
            | StrikeModel::RequestFlood { .. }
            | StrikeModel::StaleLeader(_)
    )
}

/// It goes on changing what agents hear of each other, or when. What others do, they do when something happens: a link
/// fails, a letter arrives, something is to be written.
fn meddles(strike: &StrikeModel) -> bool {
    goes_on_acting(strike)
        && !matches!(
            strike,
            StrikeModel::FullDisk(_)
                | StrikeModel::AlteredRequests
                | StrikeModel::Flapping { .. }
                | StrikeModel::Slow(_, SlowPart::Disk, _)
        )
}

fn domain(strike: &StrikeModel, target: usize) -> Domain {
    Domain::of(strike, target).expect("only called for the loss of a domain")
}

#[cfg(test)]
mod tests;
