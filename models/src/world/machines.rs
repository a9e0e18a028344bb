//! Machines: power, agents, clocks, watchdogs.

use std::collections::VecDeque;
use std::sync::Arc;

use failover::access::WallTime;
use failover::{Input, Instant, NodeId, Outcome, Task};
use sim::{Agenda, Brief, Dice, Key, SimTime, Stream, Streams};
use units::Span;

use super::World;
use super::agents::DiskOf;
use super::databases::Database;
use super::slowness::Slowness;
use super::trails::TrailState;
use super::triggers::Ebb;
use crate::clock::Clock;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::{Agent, Disk, Logic};
use crate::model::wall_at;
use crate::network::Cut;
use crate::note::{Place, What};

/// A machine with its agent and its database.
pub(super) struct Machine<A: Agent> {
    pub(super) powered: bool,
    /// Counts the times it was switched off.
    pub(super) lives: u16,
    /// Faults that keep it off.
    pub(super) off: u16,
    /// Faults that keep agents from running here.
    pub(super) down: u16,
    /// Faults that hold everything on it up, in this life.
    pub(super) hangs: u16,
    /// Faults that hold the agent up, in its present incarnation.
    pub(super) agent_hangs: u16,
    /// The agent has not had the processor since it was held up.
    pub(super) asleep: bool,
    /// Elsewhere, since a machine is moved when a run begins, and an agent is large.
    pub(super) agent: Option<Box<A>>,
    /// So many alterations of the configuration on its disk are not undone.
    pub(super) altered: u16,
    /// The agent says that it coordinates.
    pub(super) coordinates: bool,
    /// Counts the lives of agents on this machine.
    pub(super) incarnation: u16,
    /// How often an agent has started on it, which is on its disk.
    starts: u32,
    /// When its agent last did anything but routine.
    pub(super) deed: SimTime,
    pub(super) clock: Clock,
    /// What the clock would show if no fault bent it.
    true_clock: Clock,
    /// How fast faults make the clock run, in parts per million.
    pub(super) drift: i64,
    /// The alarm that is set.
    pub(super) armed: SimTime,
    pub(super) durable: A::Disk,
    /// On its way to the disk, in the order in which it was asked for.
    pub(super) pending: VecDeque<<A::Disk as Disk>::Write>,
    pub(super) trail: TrailState,
    /// What arrived while the agent stood still.
    pub(super) held: Vec<Held<A::Message>>,
    pub(super) watchdog_armed: bool,
    watchdog_deadline: SimTime,
    /// When its watchdog is looked at next.
    watchdog_check: SimTime,
    /// When an engine that checks its lease is looked at next.
    pub(super) lease_check: SimTime,
    /// When watchdog, engine and whoever waits for a lease to run low were last told of one.
    petted: SimTime,
    /// The end of the lease that watchdog and engine were last told of, if the watchdog has not been switched off or the machine
    /// reset since.
    told_until: Option<Instant>,
    /// When that lease runs low, where a fault waits for it.
    pub(super) ebb: Ebb,
    pub(super) database: Database,
    pub(super) slowness: Slowness<A::Message>,
    /// Faults that leave no room on its disk.
    pub(super) full_by: Vec<u16>,
    /// The fault to blame for what this machine does not do.
    pub(super) down_by: Option<u16>,
    /// The faults that bend this machine's clock, a bit for each.
    pub(super) skewed_by: u128,
    pub(super) disk: Stream,
    key: Key,
    drawn: [u32; Purpose::COUNT],
}

/// What is drawn for a machine. Each purpose, and each time of it, draws for itself: a boot more changes no promotion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Uptime,
    Boot,
    AgentStart,
    Resume,
    DatabaseStart,
    Seal,
    Stop,
    Promote,
    Verify,
    Acknowledge,
    Follow,
    Rewind,
    Reconnect,
    Redirect,
    CrashRecovery,
    Sessions,
    Checkpoint,
}

impl Purpose {
    const COUNT: usize = Purpose::Checkpoint as usize + 1;
}

/// Something that arrived while an agent stood still.
pub(super) enum Held<M> {
    Message { from: usize, message: M },
    Persisted { number: u64 },
    Recorded { number: u64 },
    Done { task: Task, outcome: Outcome },
}

impl<A: Agent> Machine<A> {
    /// What is drawn for this purpose next.
    pub(super) fn dice(&mut self, purpose: Purpose, streams: Streams) -> Brief {
        let drawn = &mut self.drawn[purpose as usize];
        *drawn += 1;
        streams.brief(self.key.occurrence(purpose as u64).occurrence((*drawn).into()))
    }

    /// Everything on it stands still.
    pub(super) fn hung(&self) -> bool {
        self.hangs > 0
    }

    /// The agent gets no processor.
    pub(super) fn agent_stalled(&self) -> bool {
        self.hung() || self.asleep
    }

    /// A fault keeps the machine or its agent from running.
    pub(super) fn kept_down(&self) -> bool {
        self.off > 0 || self.down > 0
    }

    /// How wrong the clock is.
    pub(super) fn skew(&self, now: SimTime) -> Span {
        let (shown, right) = (self.clock.read(now), self.true_clock.read(now));
        shown.since(right).max(right.since(shown))
    }

    /// What its wall clock shows: as wrong as its own clock.
    pub(super) fn wall(&self, now: SimTime) -> WallTime {
        let (shown, right) = (self.clock.read(now), self.true_clock.read(now));
        let wall = wall_at(now) + shown.since(right);
        WallTime::from_nanos(wall.as_nanos().saturating_sub(right.since(shown).as_nanos()))
    }

    /// So long passed in which what is renewed all the time was renewed.
    pub(super) fn pass(&mut self, by: Span) {
        // Checks are set aside in a leap, and come back so much later.
        self.watchdog_check += by;
        self.lease_check += by;
        self.petted += by;
        self.ebb.pass(by);
        if self.watchdog_armed {
            self.watchdog_deadline += by;
        }
        self.database.pass(by);
    }

    /// When its watchdog bites, if it is armed.
    pub(super) fn bites(&self) -> Option<SimTime> {
        self.watchdog_armed.then_some(self.watchdog_deadline)
    }

    /// When whatever ends without its agent was last put off.
    pub(super) fn petted(&self) -> SimTime {
        self.petted
    }

    pub(super) fn disarm_watchdog(&mut self) {
        (self.watchdog_armed, self.told_until) = (false, None);
        self.ebb.forget();
    }

    /// The end of the lease that its database was last told of.
    pub(super) fn told_until(&self) -> Option<Instant> {
        self.told_until
    }

    /// `fault` is over: what the machine does not do from now on is another's doing.
    pub(super) fn acquit(&mut self, fault: u16) {
        self.down_by = self.down_by.filter(|blamed| *blamed != fault);
    }

    /// Its agent runs and gets the processor.
    pub(super) fn able(&self) -> bool {
        self.alive() && self.agent.is_some() && !self.agent_stalled()
    }

    /// Somebody could in principle be served by this machine.
    pub(super) fn alive(&self) -> bool {
        self.powered && !self.hung()
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// The cluster as it was before the disaster: one primary, everyone else following it, agents starting.
    pub(super) fn boot_cluster(&mut self, primary: usize, agenda: &mut Agenda<Event>) {
        let model = Arc::clone(&self.model);
        let coordinator = model.terms.founded.then(|| {
            let mut stream = self.stream(sim::Key::new("cluster", "coordinator"), 0);
            NodeId::at(model.voters[stream.below(model.voters.len() as u64) as usize])
        });
        let disk = |votes| coordinator.map(|node| <DiskOf<L>>::founded(node, votes)).unwrap_or_default();
        self.spare.resize_with(model.nodes.len(), || None);
        for (spare, machine) in self.spare.iter_mut().zip(self.machines.drain(..)) {
            *spare = machine.agent.or(spare.take());
        }
        for (index, node) in model.nodes.iter().enumerate() {
            // Monotonic clocks count from each machine's own boot.
            let mut dice = self.streams.brief(node.keys.life.occurrence(Purpose::Uptime as u64));
            let uptime = dice.between(Span::from_secs(1), Span::from_secs(86_400));
            self.machines.push(Machine {
                powered: true,
                lives: 0,
                off: 0,
                down: 0,
                hangs: 0,
                agent_hangs: 0,
                asleep: false,
                agent: None,
                altered: 0,
                coordinates: false,
                incarnation: 0,
                starts: 0,
                deed: SimTime::ZERO,
                clock: Clock::new(uptime),
                true_clock: Clock::new(uptime),
                drift: 0,
                armed: SimTime::MAX,
                durable: disk(model.config.members[index].votes),
                pending: VecDeque::new(),
                trail: TrailState::new(index),
                held: Vec::new(),
                watchdog_armed: false,
                watchdog_deadline: SimTime::ZERO,
                watchdog_check: SimTime::MAX,
                lease_check: SimTime::MAX,
                petted: SimTime::ZERO,
                told_until: None,
                ebb: Ebb::NONE,
                database: Database::new(!node.witness),
                slowness: Slowness::none(),
                full_by: Vec::new(),
                down_by: None,
                skewed_by: 0,
                disk: self.streams.stream(node.keys.disk),
                key: node.keys.life,
                drawn: [0; Purpose::COUNT],
            });
        }
        self.found_databases(primary);
        for node in 0..self.machines.len() {
            self.start_agent(SimTime::ZERO, node, true, coordinator, agenda);
        }
    }

    fn start_agent(
        &mut self,
        now: SimTime,
        node: usize,
        first_boot: bool,
        coordinator: Option<NodeId>,
        agenda: &mut Agenda<Event>,
    ) {
        let database = self.report(now, node);
        let config = &self.configuration(node);
        let machine = &mut self.machines[node];
        let id = NodeId::at(node);
        let (local, seed) = (machine.clock.read(now), self.streams.seed());
        machine.agent = Some(match self.spare[node].take() {
            Some(mut spent) => {
                *spent = self.logic.start_again(*spent, id, config, &machine.durable, seed, local);
                spent
            }
            None => Box::new(self.logic.start(id, config, &machine.durable, seed, local)),
        });
        machine.armed = SimTime::MAX;
        self.show_trail(now, node, agenda);
        let machine = &mut self.machines[node];
        machine.starts += 1;
        let (generation, lease) = (machine.starts, machine.told_until);
        self.feed(now, node, Input::Start { database, first_boot, coordinator, generation, lease }, agenda);
        self.tell_budget(now, node, agenda);
        if self.model.has_requests() {
            let wall = self.machines[node].wall(now);
            self.feed(now, node, Input::WallClock { wall }, agenda);
        }
    }

    #[cold]
    pub(super) fn agent_starts(
        &mut self,
        now: SimTime,
        node: usize,
        incarnation: u16,
        agenda: &mut Agenda<Event>,
    ) {
        let machine = &mut self.machines[node];
        let wanted = machine.incarnation == incarnation && machine.agent.is_none();
        if !wanted || machine.kept_down() || !machine.powered {
            return;
        }
        if machine.hung() {
            let later = now + Span::from_secs(1);
            return agenda.schedule(later, Event::AgentStarts { node: node as u16, incarnation });
        }
        if !self.can_read_its_disk(now, node, agenda) {
            return;
        }
        // Whatever was held up before was another process.
        (self.machines[node].down_by, self.machines[node].asleep) = (None, false);
        self.note(now, Place::Node(node), || What::AgentStarts);
        // Whom it does not hear at all it will suspect: nothing is routine before it has heard from everybody.
        self.idle.last_deed = Some(now);
        self.start_agent(now, node, false, None, agenda);
        self.rewired = true;
    }

    /// The agent's process is gone, with everything it had not written down.
    pub(super) fn kill_agent(&mut self, node: usize) {
        let machine = &mut self.machines[node];
        self.spare[node] = machine.agent.take().or(self.spare[node].take());
        machine.coordinates = false;
        machine.incarnation = machine.incarnation.wrapping_add(1);
        machine.pending.clear();
        machine.held.clear();
        machine.slowness.forget();
        self.operators.authority.forget(node);
        self.measures.milestones.on_trust(node, self.model.majority);
        let machine = &mut self.machines[node];
        machine.agent_hangs = 0;
        machine.asleep = machine.hung();
        machine.database.task = None;
        self.lose_records(node);
        self.rewired = true;
    }

    /// Everything on the machine is gone but what is on its disks.
    pub(super) fn power_off(&mut self, now: SimTime, node: usize) {
        self.kill_agent(node);
        // Before its database goes: a machine without power closes no connection.
        self.machines[node].powered = false;
        self.kill_database(now, node);
        self.idle.last_deed = Some(now);
        let machine = &mut self.machines[node];
        machine.lives = machine.lives.wrapping_add(1);
        (machine.hangs, machine.asleep) = (0, false);
        machine.disarm_watchdog();
    }

    pub(super) fn boot(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        let delay = self
            .model
            .boot
            .draw(&mut machine.dice(Purpose::Boot, self.streams))
            .saturating_mul(machine.slowness.times());
        let life = machine.lives;
        agenda.schedule(now + delay, Event::Booted { node: node as u16, life });
    }

    #[cold]
    pub(super) fn booted(&mut self, now: SimTime, node: usize, life: u16, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        if machine.lives != life || machine.off > 0 || machine.powered {
            return;
        }
        machine.powered = true;
        machine.clock.begin_anew(now);
        machine.true_clock.begin_anew(now);
        self.rewired = true;
        self.schedule_agent(now, node, agenda);
    }

    pub(super) fn schedule_agent(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        let delay = self
            .model
            .agent_start
            .draw(&mut machine.dice(Purpose::AgentStart, self.streams))
            .saturating_mul(machine.slowness.times());
        let incarnation = machine.incarnation;
        agenda.schedule(now + delay, Event::AgentStarts { node: node as u16, incarnation });
    }

    /// What stood still goes on: the database at once, the agent when it gets the processor. In between the
    /// database may accept writes that the agent would forbid.
    pub(super) fn let_resume(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        let delay = self
            .model
            .resume
            .draw(&mut machine.dice(Purpose::Resume, self.streams))
            .saturating_mul(machine.slowness.times());
        let incarnation = machine.incarnation;
        agenda.schedule(now + delay, Event::Resumed { node: node as u16, incarnation });
    }

    #[cold]
    pub(super) fn resumed(
        &mut self,
        now: SimTime,
        node: usize,
        incarnation: u16,
        agenda: &mut Agenda<Event>,
    ) {
        let machine = &mut self.machines[node];
        let held_up = machine.hangs > 0 || machine.agent_hangs > 0;
        if machine.incarnation != incarnation || held_up || !machine.asleep {
            return;
        }
        machine.asleep = false;
        machine.armed = SimTime::MAX;
        machine.down_by = None;
        let held = std::mem::take(&mut machine.held);
        let database = self.report(now, node);
        self.feed(now, node, Input::Wake { database }, agenda);
        for item in held {
            let input = match item {
                Held::Recorded { number } => {
                    self.tell_recorded(now, node, number, agenda);
                    continue;
                }
                Held::Message { from, message } => Input::Received { from: NodeId::at(from), message },
                Held::Persisted { number } => Input::Persisted { number },
                Held::Done { task, outcome } => {
                    Input::Done { task, outcome, database: self.report(now, node) }
                }
            };
            self.feed(now, node, input, agenda);
        }
        // What monitoring found meanwhile it asks for.
        self.tell_budget(now, node, agenda);
        self.rewired = true;
    }

    pub(super) fn pet_watchdog(
        &mut self,
        now: SimTime,
        node: usize,
        until: Instant,
        agenda: &mut Agenda<Event>,
    ) {
        let margin = self.model.terms.lease.map_or(Span::ZERO, |lease| lease.margin);
        let half_margin = Span::from_nanos(margin.as_nanos() / 2);
        let machine = &mut self.machines[node];
        machine.told_until = Some(until);
        machine.petted = now;
        if self.triggers.watch_leases() {
            self.watch_lease(now, node, until, agenda);
        }
        let machine = &mut self.machines[node];
        if let Some(countdown) = self.model.watchdog {
            machine.watchdog_armed = true;
            // The agent sets the device so that it bites before the voters' promises run out, and leaves itself
            // half of the margin to stop the database without it.
            let bite = machine.clock.when(until + half_margin, now);
            machine.watchdog_deadline = bite.min(now + countdown);
            if machine.watchdog_deadline < machine.watchdog_check {
                machine.watchdog_check = machine.watchdog_deadline;
                Event::Watchdog { node: node as u16 }.put_off(machine.watchdog_check, agenda);
            }
        }
        if self.model.engine.refuses_without_lease {
            self.renew_engine_lease(now, node, until, agenda);
        }
    }

    #[cold]
    pub(super) fn watchdog(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        // An earlier end was looked at meanwhile.
        if now != machine.watchdog_check {
            return;
        }
        machine.watchdog_check = SimTime::MAX;
        if !machine.watchdog_armed {
            return;
        }
        if now < machine.watchdog_deadline {
            machine.watchdog_check = machine.watchdog_deadline;
            return Event::Watchdog { node: node as u16 }.put_off(machine.watchdog_check, agenda);
        }
        self.note(now, Place::Node(node), || What::WatchdogResets);
        self.measures.active(now);
        self.power_off(now, node);
        if self.machines[node].off == 0 {
            self.boot(now, node, agenda);
        }
    }

    /// Books a lost message to every fault that would have lost it.
    pub(super) fn blame_cut(&mut self, cut: Cut) {
        for fault in cut.faults() {
            self.faults[fault].effects += 1;
        }
    }

    /// Books a message between nodes to the faults that would have lost it: once for each link, since how many it
    /// would carry says how long a fault lasts, and not what it does.
    #[inline(never)]
    pub(super) fn blame_lost(&mut self, from: usize, to: usize, cut: Cut) {
        let link = from * self.model.nodes.len() + to;
        for fault in cut.faults() {
            self.faults[fault].loses_on(link);
        }
    }

    /// Books a message that nobody takes to the fault that keeps `to` from doing its work, once for each link.
    #[inline(never)]
    pub(super) fn blame_unheard(&mut self, from: usize, to: usize) {
        if let Some(fault) = self.machines[to].down_by {
            self.faults[fault as usize].loses_on(from * self.model.nodes.len() + to);
        }
    }

    /// Books `count` consequences to the fault that keeps `node` from doing its work.
    pub(super) fn blame(&mut self, node: usize, count: u64) {
        if let Some(fault) = self.machines[node].down_by {
            self.faults[fault as usize].effects += count;
        }
    }
}
