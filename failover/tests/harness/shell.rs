//! The shell around each controller, and what faults do to it.

use std::mem::discriminant;
use std::sync::Arc;

use failover::consensus::Durable;
use failover::{
    Configuration, Controller, DatabaseReport, Decision, Effect, Input, Instant, Message, NodeId, Outcome,
    Recorded, Task,
};

use crate::database::Database;
use crate::dice::Dice;
use crate::faults::Fault;
use crate::group::{Clock, Event, Group, Life, MILLI, Node, SECOND, Waiting};

/// Who coordinates at first: not the first primary, which most faults hit.
fn coordinator(config: &Configuration) -> NodeId {
    config.voters().find(|voter| *voter != config.first_primary).unwrap_or(config.first_primary)
}

impl Node {
    pub fn new(dice: &mut Dice, config: &Configuration, votes: bool) -> Node {
        // Rates differ by at most 2 %: together less than the margin of 2 s in a lease of 15 s.
        let clock =
            Clock { offset: dice.between(1, 100_000) * SECOND, ppm: dice.between(0, 40_000) as i64 - 20_000 };
        Node {
            agent: None,
            life: 0,
            clock,
            durable: Durable::founded(coordinator(config), votes),
            pending: None,
            held: Vec::new(),
            armed: u64::MAX,
            database: Database::default(),
            licensed_until: 0,
            told_until: None,
            faults: Vec::new(),
            lives: Vec::new(),
        }
    }

    pub fn suffers(&self, kind: impl Fn(usize) -> Fault) -> bool {
        self.faults.iter().any(|fault| discriminant(fault) == discriminant(&kind(0)))
    }

    pub fn hangs(&self) -> bool {
        self.suffers(Fault::HangAgent)
    }

    pub fn database_hangs(&self) -> bool {
        self.suffers(Fault::HangDatabase)
    }

    pub fn accepts(&self) -> bool {
        self.database.running && self.database.open && !self.database_hangs()
    }
}

impl Group {
    pub fn report(&self, node: usize) -> DatabaseReport {
        self.nodes[node].database.report(self.nodes[node].database_hangs())
    }

    pub fn start_agent(&mut self, node: usize, first_boot: bool) {
        let there = &mut self.nodes[node];
        let born = there.clock.read(self.now);
        let life = Life { durable: there.durable.clone(), born, history: Vec::new() };
        let agent = Controller::new(NodeId::at(node), Arc::clone(&self.config), &there.durable, 7, born);
        there.agent = Some(agent.expect("the harness's configuration is sound"));
        there.lives.push(life);
        there.armed = u64::MAX;
        self.checks.reborn(node);
        let coordinator = first_boot.then(|| coordinator(&self.config));
        let database = self.report(node);
        let (lease, generation) = (self.nodes[node].told_until, self.nodes[node].lives.len() as u32);
        self.feed(node, Input::Start { database, first_boot, coordinator, generation, lease });
    }

    pub fn restart(&mut self, node: usize, life: u32) {
        let there = &self.nodes[node];
        let kept_down = there.suffers(Fault::PowerOff) || there.suffers(Fault::CrashAgent);
        if there.life == life && there.agent.is_none() && !kept_down {
            self.start_agent(node, false);
        }
    }

    pub fn feed(&mut self, node: usize, input: Input) {
        let there = &mut self.nodes[node];
        let Some(agent) = &mut there.agent else { return };
        let now = there.clock.read(self.now);
        let mut effects = Vec::new();
        agent.handle(now, input.clone(), &mut effects);
        self.checks.cluster(self.now, node, agent.cluster());
        if self.recording
            && let Some(life) = there.lives.last_mut()
        {
            life.history.push(Recorded { now, input, effects: effects.clone() });
        }
        let all = effects.len();
        let survived = self.survives(node, all);
        effects.into_iter().take(survived).for_each(|effect| self.carry_out(node, effect));
        match survived < all {
            true => self.start_over(node),
            false => self.arm(node, now),
        }
    }

    /// How many of so many effects the agent lives to carry out.
    fn survives(&mut self, node: usize, effects: usize) -> usize {
        let dies = effects > 0 && self.nodes[node].suffers(Fault::FickleAgent) && self.dice.chance(30);
        if dies { self.dice.between(0, effects as u64 - 1) as usize } else { effects }
    }

    /// The agent dies in the middle of something, and is started again.
    fn start_over(&mut self, node: usize) {
        self.end_agent(node);
        let life = self.nodes[node].life;
        let delay = self.dice.between(1, 1_000) * MILLI;
        self.after(delay, Event::Started { node, life });
    }

    fn arm(&mut self, node: usize, now: Instant) {
        let there = &mut self.nodes[node];
        let Some(agent) = &there.agent else { return };
        let due = agent.due();
        self.checks.rest(self.now, node, due > now);
        let at = there.clock.when(due).max(self.now + 1);
        if at < there.armed {
            there.armed = at;
            let life = there.life;
            self.after(at - self.now, Event::Wake { node, life });
        }
    }

    pub fn wake(&mut self, node: usize, life: u32) {
        let there = &mut self.nodes[node];
        if there.life != life {
            return;
        }
        if there.armed <= self.now {
            there.armed = u64::MAX;
        }
        if there.hangs() {
            return;
        }
        let now = there.clock.read(self.now);
        if there.agent.as_ref().is_some_and(|agent| agent.due() > now) {
            return self.arm(node, now);
        }
        let database = self.report(node);
        self.feed(node, Input::Wake { database });
    }

    pub fn deliver(&mut self, from: usize, to: usize, message: Message) {
        if self.cuts[from][to] == 0 {
            self.bring(to, Waiting::Message(from, message));
        }
    }

    fn bring(&mut self, node: usize, waiting: Waiting) {
        if self.nodes[node].agent.is_none() {
            return;
        }
        if self.nodes[node].hangs() {
            return self.nodes[node].held.push(waiting);
        }
        let input = self.input_of(node, waiting);
        self.feed(node, input);
    }

    fn carry_out(&mut self, node: usize, effect: Effect) {
        match effect {
            Effect::Send { to, message } => self.send(node, to.index(), message),
            Effect::Persist(persist) => {
                let (life, number) = (self.nodes[node].life, persist.number);
                self.nodes[node].pending = Some(persist);
                let delay = self.dice.between(1, 20) * MILLI;
                self.after(delay, Event::Persisted { node, life, number });
            }
            Effect::Do(task) => self.start_task(node, task),
            Effect::PetWatchdog { until } => {
                self.nodes[node].told_until = Some(until);
                self.nodes[node].licensed_until = self.nodes[node].clock.when(until)
            }
            Effect::DisarmWatchdog => self.nodes[node].told_until = None,
            Effect::Decided(decision) => self.decided(node, decision),
            Effect::Alert(_) => {}
            Effect::Record(_) => unreachable!("the harness asks for no audit trail"),
            Effect::Answer { answer, .. } => self.checks.answers.push((node, answer)),
        }
    }

    fn decided(&mut self, node: usize, decision: Decision) {
        match decision {
            Decision::StepBegins { epoch, step } => self.checks.step(self.now, node, epoch, step),
            Decision::Begins { epoch } => self.checks.begins(self.now, epoch),
            Decision::Completes { epoch } => self.checks.completes(self.now, epoch),
            Decision::Finds { epoch, .. } => self.checks.finds(self.now, epoch),
            _ => {}
        }
        self.checks.decisions.push((self.now, node, decision));
    }

    pub fn persisted(&mut self, node: usize, life: u32, number: u64) {
        let there = &mut self.nodes[node];
        if there.life != life || there.pending.as_ref().is_none_or(|pending| pending.number != number) {
            return;
        }
        if let Some(persist) = there.pending.take() {
            there.durable.apply(persist);
        }
        if self.survives(node, 1) == 0 {
            return self.start_over(node);
        }
        self.bring(node, Waiting::Persisted(number));
    }

    fn start_task(&mut self, node: usize, task: Task) {
        self.checks.ordered(self.now, node, task, &self.nodes[node].database);
        let there = &mut self.nodes[node];
        there.database.serial += 1;
        there.database.task = Some(task);
        let serial = there.database.serial;
        // From its first moment on it takes no more writes.
        there.database.open &= !matches!(task, Task::Drain { .. });
        let slow = there.suffers(Fault::SlowDatabase);
        let stop = task == Task::Stop;
        if !stop && (there.database_hangs() || (slow && self.dice.chance(200))) {
            // It never answers. A copy may take a day before the agent loses patience, so copying tools have to
            // have a time-out of their own.
            if matches!(task, Task::Follow { .. }) {
                self.after(30 * SECOND, Event::TaskDone { node, serial, outcome: Outcome::Failed });
            }
            return;
        }
        let (least, most) =
            there.database.effort(task, (5 * MILLI, if slow { 10 * SECOND } else { 300 * MILLI }));
        let fails = !stop && (there.suffers(Fault::BreakDatabase) || (slow && self.dice.chance(100)));
        let outcome = if fails { Outcome::Failed } else { Outcome::Succeeded };
        let delay = self.dice.between(least, most);
        self.after(delay, Event::TaskDone { node, serial, outcome });
    }

    pub fn task_done(&mut self, node: usize, serial: u32, outcome: Outcome) {
        let database = &mut self.nodes[node].database;
        if database.serial != serial {
            return;
        }
        let Some(task) = database.task.take() else { return };
        let outcome = match outcome {
            Outcome::Succeeded => self.finish(node, task),
            Outcome::Failed => Outcome::Failed,
        };
        self.bring(node, Waiting::Done(task, outcome));
    }

    fn finish(&mut self, node: usize, task: Task) -> Outcome {
        match task {
            Task::Stop => self.kill_database(node),
            Task::Redirect { .. } | Task::Route { .. } => {}
            Task::Seal { epoch } => {
                let database = &mut self.nodes[node].database;
                (database.running, database.source, database.sealed) = (true, None, epoch);
                database.belongs_to(epoch);
            }
            Task::Drain { .. } => self.finish_drain(node),
            // As `pg_ctl promote` does where the server is not in standby mode.
            Task::Promote { .. } if self.nodes[node].database.running && self.nodes[node].database.open => {
                return Outcome::Failed;
            }
            Task::Promote { epoch } => self.open(node, epoch),
            Task::Verify { epoch, at_least } => {
                let database = &self.nodes[node].database;
                let sound = database.epoch == epoch && database.log.len() as u64 >= at_least.offset;
                return if sound && self.nodes[node].accepts() {
                    Outcome::Succeeded
                } else {
                    Outcome::Failed
                };
            }
            Task::Acknowledge { epoch } => {
                let sound = self.nodes[node].database.epoch == epoch && self.nodes[node].accepts();
                return if sound && self.is_acknowledging(node) {
                    Outcome::Succeeded
                } else {
                    Outcome::Failed
                };
            }
            Task::Follow { primary, .. } => return self.follow(node, primary.index()),
        }
        Outcome::Succeeded
    }

    /// Who is connected has the rest, or not: the network decides. Then the database is closed for good.
    fn finish_drain(&mut self, node: usize) {
        let source = self.nodes[node].database.clone();
        for replica in 0..self.nodes.len() {
            if self.is_fed(replica, node) && self.dice.chance(900) {
                let database = &mut self.nodes[replica].database;
                if database.is_part_of(&source) {
                    database.catch_up_with(&source);
                }
            }
        }
        self.nodes[node].database.kill();
    }

    /// A database that hangs is killed, and the next one does not.
    pub fn kill_database(&mut self, node: usize) {
        self.nodes[node].database.kill();
        self.nodes[node].faults.retain(|fault| !matches!(fault, Fault::HangDatabase(_)));
    }

    /// A new history begins with a mark of its own, which nobody was told of.
    fn open(&mut self, node: usize, epoch: u64) {
        self.writes += 1;
        let (now, mark) = (self.now, self.writes);
        let database = &self.nodes[node].database;
        if !database.open || database.epoch != epoch {
            self.checks.opened(now, node, epoch, database, &self.config.durability);
            self.checks.handed(now, node, epoch, &self.nodes);
            self.nodes[node].database.append(mark, now);
        }
        let database = &mut self.nodes[node].database;
        (database.running, database.open, database.epoch) = (true, true, epoch);
        (database.source, database.sealed, database.opened_at, database.acknowledged) = (None, 0, now, 0);
        database.belongs_to(epoch);
    }

    fn follow(&mut self, node: usize, primary: usize) -> Outcome {
        let connected = self.cuts[primary][node] == 0 && self.cuts[node][primary] == 0;
        let lower = self.nodes[primary].database.epoch < self.nodes[node].database.refuses_below;
        if !connected || lower || !self.nodes[primary].accepts() {
            return Outcome::Failed;
        }
        let source = self.nodes[primary].database.clone();
        let database = &mut self.nodes[node].database;
        database.rewind_to(&source);
        database.catch_up_with(&source);
        (database.running, database.open) = (true, false);
        (database.source, database.sealed) = (Some(primary), 0);
        database.belongs_to(source.epoch);
        Outcome::Succeeded
    }

    /// `fault` strikes after `delay` and is over `length` later, both in seconds.
    pub fn script(&mut self, delay: u64, fault: Fault, length: u64) {
        self.after(delay * SECOND, Event::Strike(fault));
        self.after((delay + length) * SECOND, Event::Heal(fault));
    }

    pub fn strike(&mut self, fault: Fault) {
        fault.links(self.nodes.len()).into_iter().for_each(|(from, to)| self.cuts[from][to] += 1);
        match fault {
            Fault::Lossy => self.lossy += 1,
            Fault::CrashDatabase(node) => self.kill_database(node),
            Fault::PowerOff(node) => {
                self.kill_agent(node, fault);
                self.kill_database(node);
                self.nodes[node].told_until = None;
            }
            Fault::CrashAgent(node) => self.kill_agent(node, fault),
            Fault::HangAgent(node)
            | Fault::HangDatabase(node)
            | Fault::BreakDatabase(node)
            | Fault::SlowDatabase(node)
            | Fault::FickleAgent(node)
            | Fault::StopReplication(node) => self.nodes[node].faults.push(fault),
            Fault::Isolate(_) | Fault::Mute(_) | Fault::Deafen(_) | Fault::Cut(..) => {}
        }
    }

    pub fn heal(&mut self, fault: Fault) {
        fault.links(self.nodes.len()).into_iter().for_each(|(from, to)| self.cuts[from][to] -= 1);
        if fault == Fault::Lossy {
            self.lossy -= 1;
        }
        for node in 0..self.nodes.len() {
            let faults = &mut self.nodes[node].faults;
            let Some(place) = faults.iter().position(|known| *known == fault) else { continue };
            faults.remove(place);
            match fault {
                Fault::PowerOff(_) | Fault::CrashAgent(_) => {
                    let life = self.nodes[node].life;
                    let delay = self.dice.between(10, 3_000) * MILLI;
                    self.after(delay, Event::Started { node, life });
                }
                Fault::HangAgent(_) if !self.nodes[node].hangs() => self.resume(node),
                _ => {}
            }
        }
    }

    /// Whatever was on its way to the disk may have got there or not.
    fn kill_agent(&mut self, node: usize, fault: Fault) {
        self.nodes[node].faults.push(fault);
        self.end_agent(node);
    }

    fn end_agent(&mut self, node: usize) {
        self.checks.agent_ended(node);
        let reached_disk = self.dice.chance(500);
        let there = &mut self.nodes[node];
        there.agent = None;
        there.life += 1;
        there.held.clear();
        there.database.task = None;
        if let Some(persist) = there.pending.take().filter(|_| reached_disk) {
            there.durable.apply(persist);
        }
    }

    fn resume(&mut self, node: usize) {
        let held = std::mem::take(&mut self.nodes[node].held);
        self.nodes[node].armed = u64::MAX;
        let database = self.report(node);
        self.feed(node, Input::Wake { database });
        for waiting in held {
            let input = self.input_of(node, waiting);
            self.feed(node, input);
        }
    }
}
