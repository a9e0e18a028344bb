//! Databases: who accepts writes, who receives from whom, and the tasks agents give them.

use failover::{Input, Outcome, Task};
use scenarios::Trigger;
use sim::{Agenda, Sampler, SimTime};
use units::Span;

use super::machines::{Held, Purpose};
use super::rejoin::Rejoining;
use super::standbys::Standby;
use super::{World, waits_for_standbys};
use crate::audit::Deed;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{RedirectModel, SlowPart};
use crate::note::{Place, What};

/// A database process and what it was told.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) running: bool,
    /// How often it has died, and every connection with it.
    pub(super) kills: u32,
    /// It stands still since then, alone or with its machine.
    pub(super) hung_since: Option<SimTime>,
    /// Faults that keep it from coming up.
    pub(super) broken: u16,
    /// Faults that keep it from answering.
    pub(super) stuck: u16,
    /// It accepts writes when it runs.
    pub(super) open: bool,
    pub(super) epoch: u64,
    /// From whom it is to receive.
    pub(super) source: Option<usize>,
    /// It does receive.
    pub(super) streaming: bool,
    /// How those stand who wait for each other.
    pub(super) standby: Standby,
    pub(super) sealed: u64,
    /// It receives from no primary of a lower epoch: it was sealed for this one, followed it, or led under it.
    pub(super) refuses_below: u64,
    /// The task under way; a new one supersedes it.
    pub(super) task: Option<Task>,
    pub(super) serial: u32,
    /// Second half of a task that found that its copy cannot follow as it is.
    pub(super) rejoining: Rejoining,
    /// It closed in good order and still sends what others lack.
    pub(super) draining: bool,
    /// The first order to stop that it is carrying out; another one means by force.
    pub(super) stop_serial: Option<u32>,
    /// Its last checkpoint is written by then.
    pub(super) checkpoint_at: SimTime,
    /// It did not stop in good order: its next start replays log.
    pub(super) crashed: bool,
    /// A person is to make its copy anew, and begins then.
    pub(super) person_at: Option<SimTime>,
    /// Its copy was dropped and the new one is not complete: there is nothing to start.
    pub(super) hollow: bool,
    /// Counts what was drawn for its coming back.
    pub(super) rejoins: u32,
    pub(super) reconnecting: bool,
    /// How often it began to receive, or tried to.
    pub(super) connects: u64,
    /// Faults that hold its stream back, and what each leaves.
    pub(super) caps: Vec<(u16, u64)>,
    /// Slower stream than the plan's, by whatever fault.
    pub(super) throttled: Option<u64>,
    /// The stream's delay as its link has it, and what bad links add.
    pub(super) delay: Span,
    pub(super) detour: Span,
    /// An engine that checks the lease itself accepts writes until then.
    pub(super) lease_until: SimTime,
    /// When its server is up that has been started, whatever becomes of the task that started it; until it is killed.
    pub(super) up_at: Option<SimTime>,
    /// It refuses writes because its lease ran out.
    pub(super) lapsed: bool,
}

impl Database {
    pub(super) fn new(present: bool) -> Database {
        Database {
            running: present,
            kills: 0,
            hung_since: None,
            broken: 0,
            stuck: 0,
            open: false,
            epoch: 0,
            source: None,
            streaming: false,
            standby: Standby::default(),
            sealed: 0,
            refuses_below: 0,
            task: None,
            serial: 0,
            rejoining: Rejoining::No,
            draining: false,
            stop_serial: None,
            checkpoint_at: SimTime::ZERO,
            crashed: false,
            person_at: None,
            hollow: false,
            rejoins: 0,
            reconnecting: false,
            connects: 0,
            caps: Vec::new(),
            throttled: None,
            delay: Span::ZERO,
            detour: Span::ZERO,
            lease_until: SimTime::MAX,
            up_at: None,
            lapsed: false,
        }
    }

    /// It has nothing to do by itself.
    pub(super) fn idle(&self) -> bool {
        self.task.is_none() && !self.reconnecting && self.throttled.is_none() && self.hung_since.is_none()
    }

    /// So long passed in which its lease was renewed.
    pub(super) fn pass(&mut self, by: Span) {
        if self.lease_until != SimTime::MAX {
            self.lease_until += by;
        }
    }

    /// When it will refuse writes unless its lease is renewed.
    pub(super) fn lapses(&self) -> Option<SimTime> {
        (self.open && !self.lapsed && self.lease_until != SimTime::MAX).then_some(self.lease_until)
    }

    /// It was told to stop in good order, still does, and is told to stop again.
    pub(super) fn is_told_again(&self) -> bool {
        self.stop_serial.is_some_and(|serial| serial != self.serial)
    }

    /// A fault keeps it from answering.
    pub(super) fn is_stuck(&self) -> bool {
        self.stuck > 0
    }

    /// From now on it has nothing to do with earlier epochs. That is on disk: no restart makes it forget.
    pub(super) fn belongs_to(&mut self, epoch: u64) {
        self.refuses_below = self.refuses_below.max(epoch);
    }

    /// Others can receive from it.
    pub(super) fn serves_log(&self) -> bool {
        self.accepts() || (self.running && self.draining && self.hung_since.is_none())
    }

    /// A write that reached it now would be accepted.
    pub(super) fn accepts(&self) -> bool {
        self.running && self.open && self.hung_since.is_none() && !self.lapsed
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// The databases before the disaster.
    pub(super) fn found_databases(&mut self, primary: usize) {
        let model = std::sync::Arc::clone(&self.model);
        if let Some(actives) = &model.actives {
            return self.found_actives(&actives.nodes);
        }
        let database = &mut self.machines[primary].database;
        (database.open, database.epoch) = (true, 1);
        self.journal.open(SimTime::ZERO, primary, 1);
        for node in 0..self.machines.len() {
            if node != primary && !self.model.nodes[node].witness {
                self.machines[node].database.source = Some(primary);
                self.connect_stream(SimTime::ZERO, node, primary);
            }
        }
    }

    #[inline(never)]
    pub(super) fn start_task(&mut self, now: SimTime, node: usize, task: Task, agenda: &mut Agenda<Event>) {
        if let Task::Promote { epoch } = task {
            self.on_promotion_begun(now, node, epoch);
        }
        let database = &mut self.machines[node].database;
        let starts = needs_start(task) && !database.running && database.broken == 0 && !database.hollow;
        database.serial += 1;
        database.rejoining = Rejoining::No;
        database.task = Some(task);
        database.stop_serial = match task {
            Task::Stop => database.stop_serial.or(Some(database.serial)),
            _ => None,
        };
        let (stuck, serial) = (database.is_stuck(), database.serial);
        if stuck && !survives_a_hang(task) {
            return; // it never answers; the agent's patience decides
        }
        if starts {
            self.reach(|trigger| matches!(trigger, Trigger::DatabaseStarts(_)).then_some(node));
        }
        let duration = self.task_takes(now, node, task);
        agenda.schedule(now + duration, Event::TaskDone { node: node as u16, serial });
    }

    /// A database that answers again goes on with what it was told.
    pub(super) fn resume_task(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        if let Some(task) = self.machines[node].database.task.filter(|task| !survives_a_hang(*task)) {
            let duration = self.task_takes(now, node, task);
            let serial = &mut self.machines[node].database.serial;
            *serial += 1;
            let serial = *serial;
            agenda.schedule(now + duration, Event::TaskDone { node: node as u16, serial });
        }
    }

    /// How long a task takes where everything, or the disk, may be slow. Name servers are elsewhere.
    fn task_takes(&mut self, now: SimTime, node: usize, task: Task) -> Span {
        let usual = self.task_duration(now, node, task);
        if matches!(task, Task::Redirect { .. }) {
            return usual;
        }
        self.blame_slow(node, SlowPart::Disk);
        usual.saturating_mul(self.machines[node].slowness.disk_times())
    }

    fn task_duration(&mut self, now: SimTime, node: usize, task: Task) -> Span {
        if self.machines[node].database.rejoining == Rejoining::Copying {
            return self.copy_duration(node); // held up, it begins anew
        }
        let acknowledged = match task {
            Task::Acknowledge { .. } => self.journal.acknowledgement_wait(now, node).unwrap_or(Span::ZERO),
            _ => Span::ZERO,
        };
        let starts = needs_start(task) && !self.machines[node].database.running;
        let start = if starts { self.start_takes(now, node) } else { Span::ZERO };
        let (engine, stops, machine) = (&self.model.engine, &self.model.stops, &mut self.machines[node]);
        let by_itself = !machine.database.is_stuck() && !machine.database.is_told_again();
        let mut draw = |sampler: &Sampler, purpose| sampler.draw(&mut machine.dice(purpose, self.streams));
        start
            + match task {
                Task::Seal { .. } => draw(&engine.seal, Purpose::Seal),
                Task::Stop => match &stops.sessions {
                    Some(sessions) if by_itself => draw(sessions, Purpose::Sessions),
                    _ => draw(&engine.stop, Purpose::Stop),
                },
                Task::Drain { .. } => draw(&engine.stop, Purpose::Stop),
                Task::Promote { .. } => draw(&engine.promote, Purpose::Promote),
                Task::Verify { .. } => draw(&engine.first_write, Purpose::Verify),
                Task::Acknowledge { .. } => draw(&engine.first_write, Purpose::Acknowledge) + acknowledged,
                Task::Follow { .. } => draw(&engine.seal, Purpose::Follow),
                Task::Redirect { .. } | Task::Route { .. } => draw(&self.model.dns_update, Purpose::Redirect),
            }
    }

    /// How long its server takes to start, and to recover where it crashed. One that somebody started before, and lost patience
    /// with, is on its way, or up.
    fn start_takes(&mut self, now: SimTime, node: usize) -> Span {
        let (engine, stops, machine) = (&self.model.engine, &self.model.stops, &mut self.machines[node]);
        let pace = machine.slowness.disk_times();
        if let Some(up_at) = machine.database.up_at {
            return Span::from_nanos(up_at.since(now).as_nanos() / pace);
        }
        let recovers = stops.crash_recovery.as_ref().filter(|_| machine.database.crashed);
        let mut draw = |sampler: &Sampler, purpose| sampler.draw(&mut machine.dice(purpose, self.streams));
        let start = draw(&engine.start, Purpose::DatabaseStart);
        let takes = start + recovers.map_or(Span::ZERO, |recovery| draw(recovery, Purpose::CrashRecovery));
        machine.database.up_at = Some(now + takes.saturating_mul(pace));
        takes
    }

    #[inline(never)]
    pub(super) fn task_done(&mut self, now: SimTime, node: usize, serial: u32, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        if machine.database.serial != serial || !machine.powered {
            return;
        }
        if machine.hung() {
            // The machine stands still, and the task with it.
            return agenda
                .schedule(now + Span::from_millis(100), Event::TaskDone { node: node as u16, serial });
        }
        let Some(task) = machine.database.task else { return };
        if machine.database.is_stuck() && !survives_a_hang(task) {
            return; // it goes on when the database answers again
        }
        let Some(outcome) = self.finish_task(now, node, task, agenda) else { return };
        let waits = waits_for_standbys(&self.model.durability);
        self.measures.operations.on_task(task, outcome, waits);
        if outcome == Outcome::Succeeded {
            self.witness(now, node, || Deed::Did(task));
        }
        let machine = &mut self.machines[node];
        machine.database.task = None;
        // A start that came to nothing begins anew.
        machine.database.up_at = machine.database.up_at.filter(|_| machine.database.running);
        if machine.asleep {
            return machine.held.push(Held::Done { task, outcome });
        }
        let database = self.report(now, node);
        self.feed(now, node, Input::Done { task, outcome, database }, agenda);
    }

    /// What the task did to the world; `None` if it goes on.
    fn finish_task(
        &mut self,
        now: SimTime,
        node: usize,
        task: Task,
        agenda: &mut Agenda<Event>,
    ) -> Option<Outcome> {
        let database = &self.machines[node].database;
        let hollow = database.hollow && !matches!(task, Task::Follow { .. });
        let broken = database.broken > 0 || hollow || self.model.nodes[node].witness;
        match task {
            Task::Stop => return self.stop(now, node, agenda),
            Task::Redirect { .. } => return Some(self.redirect(now, node)),
            Task::Route { to } => self.route(now, to),
            _ if broken => return Some(Outcome::Failed),
            Task::Seal { epoch } => self.seal(now, node, epoch),
            Task::Drain { .. } => return self.drain(now, node, agenda),
            Task::Promote { .. } if self.is_open(now, node) => return Some(Outcome::Failed),
            Task::Promote { .. } if self.promotion_fails(now, node) => return Some(Outcome::Failed),
            Task::Promote { .. } if self.engine_lease_is_over(now, node) => return Some(Outcome::Failed),
            Task::Promote { epoch } => self.open_database(now, node, epoch),
            Task::Verify { epoch, at_least } => {
                let position = self.journal.position(now, node);
                let database = &self.machines[node].database;
                let complete = position.at.as_nanos() >= at_least.offset;
                let sound = database.accepts() && database.epoch == epoch && complete;
                return Some(if sound { Outcome::Succeeded } else { Outcome::Failed });
            }
            Task::Acknowledge { epoch } => {
                let wait = self.journal.acknowledgement_wait(now, node);
                let database = &self.machines[node].database;
                let sound = database.accepts() && database.epoch == epoch;
                let in_time = wait.is_some_and(|wait| wait <= self.model.clients.statement_timeout);
                return Some(if sound && in_time { Outcome::Succeeded } else { Outcome::Failed });
            }
            Task::Follow { primary, .. } => return self.follow(now, node, primary.index(), agenda),
        }
        Some(Outcome::Succeeded)
    }

    /// Leads clients to `node`, where they do not find it by themselves.
    fn redirect(&mut self, now: SimTime, node: usize) -> Outcome {
        if matches!(self.model.redirect, RedirectModel::Dns) {
            return self.change_record(now, node);
        }
        if self.move_address(now, node) { Outcome::Succeeded } else { Outcome::Failed }
    }

    fn change_record(&mut self, now: SimTime, node: usize) -> Outcome {
        if !self.dns.answers() {
            self.blame_dns();
            if self.dns.refuse() {
                self.note(now, Place::World, || What::DnsRefuses(node));
            }
            return Outcome::Failed;
        }
        let answers = self.dns.update(now, node);
        self.measures.active(now);
        self.note(
            now,
            Place::World,
            || if answers { What::DnsAnswers(node) } else { What::DnsKeepsOn(node) },
        );
        self.changed = true;
        Outcome::Succeeded
    }

    fn seal(&mut self, now: SimTime, node: usize, epoch: u64) {
        self.cut_stream(now, node);
        let database = &mut self.machines[node].database;
        (database.running, database.source, database.sealed) = (true, None, epoch);
        database.draining = false;
        database.belongs_to(epoch);
        self.note(now, Place::Node(node), || What::Seals { epoch });
    }

    /// `pg_ctl promote` fails where the server is not in standby mode.
    fn is_open(&mut self, now: SimTime, node: usize) -> bool {
        let database = &self.machines[node].database;
        let open = database.running && database.open;
        if open {
            self.note(now, Place::Node(node), || What::PromotionFails);
        }
        open
    }

    fn open_database(&mut self, now: SimTime, node: usize, epoch: u64) {
        let alone = self.model.actives.is_none();
        if alone {
            self.judge_promotion(now, node, epoch);
        }
        self.cut_stream(now, node);
        let database = &mut self.machines[node].database;
        (database.running, database.open, database.epoch) = (true, true, epoch);
        (database.source, database.lapsed, database.draining) = (None, false, false);
        database.belongs_to(epoch);
        database.standby.opens();
        self.journal.open(now, node, epoch);
        self.note_acceptance(now, node);
        match alone {
            true => self.measures.on_open(now, node, epoch),
            false => self.measures.active(now),
        }
        self.note(now, Place::Node(node), || What::Opens { epoch });
        self.changed = true;
    }

    /// The process is gone; whoever received from it has what had arrived.
    pub(super) fn kill_database(&mut self, now: SimTime, node: usize) {
        let database = &mut self.machines[node].database;
        database.up_at = None;
        if !std::mem::replace(&mut database.running, false) {
            return;
        }
        (database.hung_since, database.draining) = (None, false);
        (database.stop_serial, database.crashed) = (None, true);
        database.kills = database.kills.wrapping_add(1);
        let was_open = std::mem::replace(&mut database.open, false);
        let told = database.lapsed;
        self.cut_stream(now, node);
        self.cut_streams_from(now, node);
        if was_open {
            self.journal.close(now, node);
        }
        // Who had no lease any more accepted nothing since it ended.
        if was_open && !told {
            self.note(now, Place::Node(node), || What::Closes);
        }
        self.measures.active(now);
        self.changed = true;
    }
}

/// A database that is not running is started for it.
fn needs_start(task: Task) -> bool {
    matches!(task, Task::Seal { .. } | Task::Promote { .. } | Task::Follow { .. })
}

/// It does not need the database's answer: killing it, or asking somebody else.
fn survives_a_hang(task: Task) -> bool {
    matches!(task, Task::Stop | Task::Redirect { .. } | Task::Route { .. })
}
