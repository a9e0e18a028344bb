//! Gray failure: a machine that lives, and takes many times as long for everything.
//!
//! ```text
//!   clients    statements queue: what it carries is its capacity / times (see `load`)
//!   agent      inputs wait in a queue, one at a time: heartbeats go out, late
//!   database   tasks take longer; the agent's probe is one statement that waits behind nothing
//! ```
//!
//! What watches and what suffers are not the same, and that is what makes such failures gray (Huang et al., "Gray
//! Failure: The Achilles' Heel of Cloud-Scale Systems", HotOS 2017).

use failover::{Effect, Input, Task};
use sim::{Agenda, SimTime};
use units::Span;

use super::World;
use super::agents::InputOf;
use super::inbox::Inbox;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::{Agent, Effects, Logic};
use crate::model::SlowPart;
use crate::note::{Place, What};

/// Assumed: an agent handles an input (decode, authenticate, decide, answer) within a millisecond. On a healthy
/// machine that is left out, being far below anything measured here.
const HANDLING: Span = Span::from_millis(1);
/// Assumed: a request is read, and dropped unread beyond that, in 10 us.
const READING: Span = Span::from_micros(10);
/// Assumed: a request is decoded and its signature checked in 100 us (checks by ed25519-dalek take about 50 us). What
/// is decided on it goes to the audit trail on disk before the next is taken.
const CHECKING: Span = Span::from_micros(100);
/// Beyond this a machine is not slow any more: it stands still.
const TIMES_MAX: u64 = 1_000_000;

/// How slow a machine is, and what waits because of it.
#[derive(Debug)]
pub(super) struct Slowness<M> {
    /// Faults that slow everything down, and how many times each.
    all: Vec<(u16, u32)>,
    /// Faults that slow the disk down.
    disk: Vec<(u16, u32)>,
    /// What the agent has not got to yet.
    pub(super) inbox: Inbox<M>,
    /// The agent is handling something.
    working: bool,
    /// What keeps it is a write to its disk.
    writing: bool,
    /// Even a statement by itself takes longer than clients wait.
    pub(super) too_slow: bool,
}

impl<M> Slowness<M> {
    /// As fast as ever.
    pub(super) fn none() -> Slowness<M> {
        Slowness {
            all: Vec::new(),
            disk: Vec::new(),
            inbox: Inbox::new(),
            working: false,
            writing: false,
            too_slow: false,
        }
    }

    /// How many times as long everything takes.
    pub(super) fn times(&self) -> u64 {
        product(&self.all)
    }

    /// How many times as long the disk takes.
    #[inline]
    pub(super) fn disk_times(&self) -> u64 {
        product(&self.all).saturating_mul(product(&self.disk)).min(TIMES_MAX)
    }

    fn pace(&self) -> Pace {
        Pace { machine: self.times(), disk: self.disk_times() }
    }

    fn is_slow(&self) -> bool {
        !self.all.is_empty() || !self.disk.is_empty()
    }

    /// The agent cannot take an input at once.
    pub(super) fn keeps_agent_waiting(&self) -> bool {
        !self.all.is_empty() || !self.inbox.is_empty() || self.working
    }

    /// How long the next input keeps the agent, before it is handled. Of a request that shows afterwards.
    fn next_takes(&self) -> Span {
        match self.has_quick_next() {
            true => Span::from_micros(1),
            false => HANDLING.saturating_mul(self.times()),
        }
    }

    fn has_quick_next(&self) -> bool {
        self.all.is_empty() && self.inbox.has_request_next()
    }

    /// What waits is gone with its process.
    pub(super) fn forget(&mut self) {
        self.inbox.clear();
        (self.working, self.writing) = (false, false);
    }

    /// Nothing waits for the agent.
    pub(super) fn is_worked_off(&self) -> bool {
        self.inbox.is_empty()
    }
}

/// How many times as long things take.
#[derive(Clone, Copy)]
struct Pace {
    machine: u64,
    disk: u64,
}

impl Pace {
    fn of(self, part: SlowPart) -> u64 {
        match part {
            SlowPart::Machine => self.machine,
            SlowPart::Disk => self.disk,
        }
    }
}

/// When something is over that was to be over at `at`, if the rest of it takes `after` and not `before` times as long.
fn at_pace(now: SimTime, at: SimTime, before: u64, after: u64) -> SimTime {
    if before == after || at <= now {
        return at;
    }
    let left = u128::from(at.since(now).as_nanos()) * u128::from(after) / u128::from(before.max(1));
    now + Span::from_nanos(u64::try_from(left).unwrap_or(u64::MAX))
}

fn product(faults: &[(u16, u32)]) -> u64 {
    faults.iter().fold(1, |all: u64, (_, times)| all.saturating_mul((*times).into()).min(TIMES_MAX))
}

impl<L: Logic, J: Journal> World<L, J> {
    pub(super) fn slow_down(
        &mut self,
        now: SimTime,
        node: usize,
        part: SlowPart,
        times: u32,
        fault: u16,
        agenda: &mut Agenda<Event>,
    ) {
        self.note_lags(now, fault);
        self.change_pace(now, node, agenda, |slowness| match part {
            SlowPart::Machine => slowness.all.push((fault, times)),
            SlowPart::Disk => slowness.disk.push((fault, times)),
        });
    }

    pub(super) fn speed_up(&mut self, now: SimTime, node: usize, fault: u16, agenda: &mut Agenda<Event>) {
        self.count_lags(now, fault);
        self.change_pace(now, node, agenda, |slowness| {
            slowness.all.retain(|(slow, _)| *slow != fault);
            slowness.disk.retain(|(slow, _)| *slow != fault);
        });
    }

    /// What is under way goes on at the new pace: what was to take another minute takes five if everything takes five times
    /// as long from now on, and is a minute's work again when that is over.
    fn change_pace(
        &mut self,
        now: SimTime,
        node: usize,
        agenda: &mut Agenda<Event>,
        change: impl FnOnce(&mut Slowness<<L::Agent as Agent>::Message>),
    ) {
        let machine = &mut self.machines[node];
        let before = machine.slowness.pace();
        change(&mut machine.slowness);
        let after = machine.slowness.pace();
        // Name servers, and whatever else a redirection waits for, are elsewhere.
        let redirects = matches!(machine.database.task, Some(Task::Redirect { .. }));
        let writing = machine.slowness.writing;
        agenda.reschedule(|event, at| match event.slowed_with(node)? {
            SlowPart::Disk if redirects && matches!(event, Event::TaskDone { .. }) => None,
            SlowPart::Machine if writing && matches!(event, Event::Handles { .. }) => {
                Some(at_pace(now, at, before.disk, after.disk))
            }
            part => Some(at_pace(now, at, before.of(part), after.of(part))),
        });
        let database = &mut machine.database;
        for at in database.up_at.iter_mut().chain([&mut database.checkpoint_at]) {
            *at = at_pace(now, *at, before.disk, after.disk);
        }
        self.loads.changed = true;
        self.reship(now);
    }

    /// What waits for a slow agent waits in order.
    #[cold]
    pub(super) fn keep_waiting(
        &mut self,
        now: SimTime,
        node: usize,
        input: InputOf<L>,
        agenda: &mut Agenda<Event>,
    ) {
        let machine = &mut self.machines[node];
        if machine.agent.is_none() || machine.slowness.inbox.is_full() {
            return;
        }
        machine.slowness.inbox.push(input);
        self.blame_slow(node, SlowPart::Machine);
        self.work(now, node, agenda);
    }

    /// The agent turns to what waits longest.
    pub(super) fn work(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        if !machine.slowness.inbox.is_empty() && !std::mem::replace(&mut machine.slowness.working, true) {
            let takes = machine.slowness.next_takes();
            let (node, incarnation) = (node as u16, machine.incarnation);
            agenda.schedule(now + takes, Event::Handles { node, incarnation });
        }
    }

    #[inline(never)]
    pub(super) fn handles(
        &mut self,
        now: SimTime,
        node: usize,
        incarnation: u16,
        agenda: &mut Agenda<Event>,
    ) {
        let machine = &mut self.machines[node];
        if machine.incarnation != incarnation {
            return;
        }
        (machine.slowness.working, machine.slowness.writing) = (false, false);
        if machine.agent_stalled() {
            return; // it goes on when it is woken
        }
        if let Some(mut input) = self.machines[node].slowness.inbox.pop() {
            self.read_database_anew(now, node, &mut input);
            let mut took = self.let_handle(now, node, input, agenda);
            while took < HANDLING && self.machines[node].slowness.has_quick_next() {
                if let Some(dropping) = self.drop_unread(now, node, HANDLING.saturating_sub(took)) {
                    took += dropping;
                    continue;
                }
                let Some(input) = self.machines[node].slowness.inbox.pop() else { break };
                took += self.let_handle(now, node, input, agenda);
            }
            self.look_after(now, node, agenda);
            self.occupy(now, node, took, agenda);
        }
        self.work(now, node, agenda);
    }

    /// What it would take one by one until there is no room left, an agent that would drop each request of a flood unread
    /// drops at once: most of a flood is that, and nothing else comes of it. Returns how long that takes. A run without leaps
    /// is one without this, too.
    fn drop_unread(&mut self, now: SimTime, node: usize, room: Span) -> Option<Span> {
        let machine = &mut self.machines[node];
        if self.idle.forbidden || machine.skewed_by != 0 {
            return None;
        }
        let each = READING.saturating_mul(machine.slowness.times());
        let flood = machine.slowness.inbox.flood()?;
        let requests =
            u32::try_from(room.as_nanos().div_ceil(each.as_nanos())).unwrap_or(u32::MAX).min(flood.left());
        let (time, wall) = (machine.clock.read(self.idle.for_agents(now)), machine.wall(now));
        let drops = machine.agent.as_deref_mut()?.drop_unread(time, wall, &flood.name, requests);
        drops.then(|| {
            machine.slowness.inbox.skip(requests);
            self.operators.authority.taken(node, requests.into(), false);
            each.saturating_mul(requests.into())
        })
    }

    /// An agent that turns to what waited reads its database then, and not when the input came: from that moment on it counts
    /// how far the database may have written.
    fn read_database_anew(&mut self, now: SimTime, node: usize, input: &mut InputOf<L>) {
        if let Input::Start { database, .. } | Input::Wake { database } | Input::Done { database, .. } = input
        {
            *database = self.report(now, node);
        }
    }

    /// The agent is busy for so long with what it was handed.
    pub(super) fn occupy(&mut self, now: SimTime, node: usize, takes: Span, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        if takes.is_zero() || machine.agent.is_none() || machine.slowness.working {
            return;
        }
        machine.slowness.working = true;
        let (node, incarnation) = (node as u16, machine.incarnation);
        agenda.schedule(now + takes, Event::Handles { node, incarnation });
    }

    /// How long a request keeps the agent that handled it.
    pub(super) fn request_takes(&mut self, node: usize, effects: &Effects<L::Agent>) -> Span {
        let told = |effect: &_| matches!(effect, Effect::Decided(_) | Effect::Answer { .. });
        let told = effects.iter().any(told);
        self.operators.authority.taken(node, 1, told);
        let slowness = &self.machines[node].slowness;
        let times = slowness.times();
        if !told {
            return READING.saturating_mul(times);
        }
        let disk_times = slowness.disk_times();
        self.machines[node].slowness.writing = true;
        let written = self.operators.desks.get_mut(node).map(|dice| self.model.disk_write.draw(dice));
        CHECKING.saturating_mul(times) + written.unwrap_or(Span::ZERO).saturating_mul(disk_times)
    }

    /// A statement by itself, with nothing before it: the processor's part (measured: connect and insert), and one
    /// write to the disk.
    fn statement(&self, node: usize) -> Span {
        let slowness = &self.machines[node].slowness;
        let alone = self.model.engine.first_write.quantile(0.5).saturating_mul(slowness.times());
        alone.saturating_add(self.model.disk_write.quantile(0.5).saturating_mul(slowness.disk_times()))
    }

    /// An agent's probe takes so long that it gives up: a statement that writes nothing.
    pub(super) fn probe_times_out(&self, node: usize) -> bool {
        let (slowness, engine) = (&self.machines[node].slowness, &self.model.engine);
        let probe = || engine.first_write.quantile(0.5).saturating_mul(slowness.times());
        slowness.is_slow() && probe() >= engine.probe_timeout
    }

    /// Writes per second that `node` carries as primary.
    ///
    /// Assumed: what is slowed is what bounds the plan's capacity. Group commit would soften a slow disk.
    pub(super) fn carries(&self, node: usize) -> u64 {
        (self.model.nodes[node].capacity / self.machines[node].slowness.disk_times()).max(1)
    }

    /// Finds out which databases answer too late.
    pub(super) fn weigh_statements(&mut self, now: SimTime) {
        for node in 0..self.machines.len() {
            let machine = &self.machines[node];
            if !machine.slowness.is_slow() && !machine.slowness.too_slow {
                continue;
            }
            let serves = machine.slowness.is_slow() && machine.alive() && machine.database.accepts();
            let late = self.statement(node) > self.model.clients.statement_timeout;
            let too_slow = serves && late;
            if std::mem::replace(&mut self.machines[node].slowness.too_slow, too_slow) != too_slow {
                self.measures.active(now);
                self.note(now, Place::Node(node), || if too_slow { What::TooSlow } else { What::FastEnough });
            }
        }
    }

    /// Books a delay to every fault that slows that part down.
    pub(super) fn blame_slow(&mut self, node: usize, part: SlowPart) {
        let slowness = &self.machines[node].slowness;
        for (fault, _) in &slowness.all {
            self.faults[*fault as usize].effects += 1;
        }
        if part == SlowPart::Disk {
            for (fault, _) in &slowness.disk {
                self.faults[*fault as usize].effects += 1;
            }
        }
    }
}
