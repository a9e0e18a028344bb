//! The shell around the logic under test: it brings inputs, carries out effects, and keeps the alarm clock.

use failover::{DatabaseReport, Decision, Effect, Input, LogPosition, NodeId, Role};
use sim::{Agenda, SimTime};
use units::Span;

use super::World;
use super::machines::Held;
use super::milestones::Finding;
use crate::audit::Deed;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::{Agent, Disk, Effects, Logic, fingerprint};
use crate::note::{Place, What};

/// Messages under way.
pub(super) struct Mail<A: Agent> {
    slots: Vec<Option<A::Message>>,
    free: Vec<u32>,
    /// Kept between inputs so that handling one allocates nothing.
    effects: Effects<A>,
}

impl<A: Agent> Mail<A> {
    pub(super) fn new() -> Mail<A> {
        Mail { slots: Vec::new(), free: Vec::new(), effects: Vec::new() }
    }

    pub(super) fn reset(&mut self) {
        self.slots.clear();
        self.free.clear();
    }

    fn put(&mut self, message: A::Message) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(message);
                slot
            }
            None => {
                self.slots.push(Some(message));
                (self.slots.len() - 1) as u32
            }
        }
    }

    /// What lies in a slot, and stays there.
    pub(super) fn read(&self, slot: u32) -> Option<&A::Message> {
        self.slots[slot as usize].as_ref()
    }

    pub(super) fn take(&mut self, slot: u32) -> A::Message {
        self.free.push(slot);
        self.slots[slot as usize]
            .take()
            .expect("a slot is freed once, when its message arrives or is dropped")
    }
}

pub(super) type DiskOf<L> = <<L as Logic>::Agent as Agent>::Disk;
pub(super) type WriteOf<L> = <DiskOf<L> as Disk>::Write;
pub(super) type InputOf<L> = Input<<<L as Logic>::Agent as Agent>::Message>;
type EffectOf<L> = Effect<<<L as Logic>::Agent as Agent>::Message, WriteOf<L>>;

impl<L: Logic, J: Journal> World<L, J> {
    #[inline(never)]
    pub(super) fn wake(&mut self, now: SimTime, node: usize, incarnation: u16, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        // What was to wake an earlier life, or was put off: whatever is due earlier, or due again, has an alarm of its own.
        if machine.incarnation != incarnation || machine.armed != now {
            return;
        }
        machine.armed = SimTime::MAX;
        if machine.agent_stalled() {
            return;
        }
        let Some(agent) = &mut machine.agent else { return };
        if machine.clock.when(agent.due(), now) > now || !agent.has_reason(machine.clock.read(now)) {
            // Woken in vain, it is late for nothing that comes right after.
            return self.arm_from(now + Span::from_nanos(1), node, agenda);
        }
        let database = self.report(now, node);
        self.feed(now, node, Input::Wake { database }, agenda);
    }

    /// Hands the agent one input, at once or, where everything takes longer, when it gets to it. In line, and the input
    /// straight to where it is handled, since it is copied wherever it is passed on by value.
    #[inline(always)]
    pub(super) fn feed(&mut self, now: SimTime, node: usize, input: InputOf<L>, agenda: &mut Agenda<Event>) {
        // What is due comes before what arrives at the same moment: where that happens with each beat, an agent whose alarms
        // were overtaken would never be shown its database.
        let machine = &self.machines[node];
        if machine.armed == now && !self.idle.is_frozen() {
            self.wake(now, node, machine.incarnation, agenda);
        }
        match self.machines[node].slowness.keeps_agent_waiting() {
            true => self.keep_waiting(now, node, input, agenda),
            false => {
                let takes = self.let_handle(now, node, input, agenda);
                self.look_after(now, node, agenda);
                self.occupy(now, node, takes, agenda);
            }
        }
    }

    /// Lets the agent handle one input and carries out what it wants. Returns how long that keeps it, where that is not left
    /// out. In line as well: what is asked of inputs is known where they are made.
    #[inline(always)]
    pub(super) fn let_handle(
        &mut self,
        now: SimTime,
        node: usize,
        mut input: InputOf<L>,
        agenda: &mut Agenda<Event>,
    ) -> Span {
        if self.machines[node].skewed_by != 0 {
            self.count_skew(now, node);
        }
        let machine = &mut self.machines[node];
        // A wall clock is read when the input is handled, however long it waited.
        if let Input::Request { wall, .. } | Input::WallClock { wall } = &mut input {
            *wall = machine.wall(now);
        }
        let asked = matches!(input, Input::Request { .. });
        // In a leap messages arrive that were sent before it, and what is answered to them, and so on; nothing else reaches
        // an agent. For whoever hears one no time has passed.
        debug_assert!(!self.idle.is_frozen() || matches!(input, Input::Received { .. }));
        let Some(agent) = &mut machine.agent else { return Span::ZERO };
        agent.handle(machine.clock.read(self.idle.for_agents(now)), input, &mut self.mail.effects);
        // Nothing comes of many an input, and to take and drain that costs more than to see it.
        if self.mail.effects.is_empty() && !asked {
            return Span::ZERO;
        }
        self.carry_all_out(now, node, asked, agenda)
    }

    /// Carries out what the agent wants that has handled an input, a request if it was `asked`. Returns how long that keeps it.
    #[inline(never)]
    fn carry_all_out(&mut self, now: SimTime, node: usize, asked: bool, agenda: &mut Agenda<Event>) -> Span {
        let mut effects = std::mem::take(&mut self.mail.effects);
        let takes = if asked { self.request_takes(node, &effects) } else { Span::ZERO };
        for effect in effects.drain(..) {
            self.carry_out(now, node, effect, agenda);
        }
        self.mail.effects = effects;
        takes
    }

    /// What follows at `now` from all that the agent handled then: as a rule nothing but its next alarm.
    #[inline]
    pub(super) fn look_after(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        let machine = &self.machines[node];
        let Some(agent) = machine.agent.as_deref() else { return };
        let as_before = machine.trail.is_written()
            && machine.coordinates == (agent.coordinates() == Some(true))
            && !self.operators.alarm
            && !self.idle.is_frozen();
        if !as_before {
            self.look_after_news(now, node, agenda);
        }
        self.arm(now, node, agenda);
    }

    #[inline(never)]
    fn look_after_news(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        if self.idle.is_frozen() && (self.machines[node].deed == now || self.idle.last_deed == Some(now)) {
            // More than routine came of what it heard, or what it answered is lost: from here on somebody has to watch.
            self.thaw(now, agenda);
        }
        if !self.machines[node].trail.is_written() {
            self.write_trail(now, node, agenda);
        }
        self.watch_coordination(now, node);
        self.call_operators(now, agenda);
    }

    /// One alarm per agent: a later wish waits until the earlier alarm goes off, which costs less than
    /// cancelling.
    pub(super) fn arm(&mut self, now: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        // An agent that asks for the past is served at once, but time must move.
        self.arm_from(now + Span::from_micros(1), node, agenda);
    }

    /// The same, not before `soonest`. In line: most of what is handed to an agent sets no alarm.
    #[inline(always)]
    pub(super) fn arm_from(&mut self, soonest: SimTime, node: usize, agenda: &mut Agenda<Event>) {
        // Alarms are set when a leap ends.
        if self.idle.is_frozen() {
            return;
        }
        let machine = &mut self.machines[node];
        let Some(agent) = &machine.agent else { return };
        let due = machine.clock.when(agent.due(), soonest);
        if due < machine.armed {
            machine.armed = due;
            let (node, incarnation) = (node as u16, machine.incarnation);
            Event::Wake { node, incarnation }.put_off(due, agenda);
        }
    }

    /// Out of line: inlined into the loop over effects, what the rare ones need is prepared for every input.
    #[inline(never)]
    fn carry_out(&mut self, now: SimTime, node: usize, effect: EffectOf<L>, agenda: &mut Agenda<Event>) {
        if !is_routine(&effect) {
            self.machines[node].deed = now;
        }
        match effect {
            Effect::Send { to, message } => self.send(now, node, to.index(), message, agenda),
            Effect::Persist(write) => self.write(now, node, write, agenda),
            Effect::Do(task) if self.machines[node].trail.holds_back(task) => {}
            Effect::Do(task) => self.start_task(now, node, task, agenda),
            Effect::PetWatchdog { until } => {
                self.pet_watchdog(self.idle.for_agents(now), node, until, agenda);
            }
            Effect::DisarmWatchdog => self.machines[node].disarm_watchdog(),
            Effect::Decided(decision) => self.decided(now, node, decision),
            Effect::Alert(alert) => self.give_alert(now, node, alert, agenda),
            Effect::Record(record) => self.take_record(node, *record),
            Effect::Answer { request, answer } => self.send_answer(now, node, request, answer, agenda),
        }
    }

    fn send(
        &mut self,
        now: SimTime,
        from: usize,
        to: usize,
        message: <L::Agent as Agent>::Message,
        agenda: &mut Agenda<Event>,
    ) {
        assert!(to < self.machines.len(), "the logic sends to node {to} of {}", self.machines.len());
        if let Err(cut) = self.network.passes(from, to) {
            return self.blame_lost(from, to, cut);
        }
        if !self.machines[to].powered {
            // Its connections are gone with it; nothing is kept for its next life.
            return self.blame_unheard(from, to);
        }
        let model = &self.model;
        let index = from * model.nodes.len() + to;
        let link = &model.links[index];
        if self.losses.takes(now, index, link.loss, link.key, self.streams) {
            // Whoever waits for this message hears its sender a beat later than it should: until then nothing is routine.
            self.idle.last_deed = Some(now);
            return;
        }
        let latency = link.latency.draw(&mut self.links.dice(now, index, link.key, self.streams));
        let Some(later) = self.suffer(from, to) else {
            self.idle.last_deed = Some(now);
            return;
        };
        let arrival = now + latency + later;
        if !later.is_zero() {
            self.idle.comes_late(arrival);
        }
        let print = fingerprint(&message);
        let slot = self.mail.put(message);
        agenda.schedule(arrival, Event::Deliver { from: from as u16, to: to as u16, slot, print });
    }

    pub(super) fn deliver(
        &mut self,
        now: SimTime,
        from: usize,
        to: usize,
        slot: u32,
        agenda: &mut Agenda<Event>,
    ) {
        if let Err(cut) = self.network.passes(from, to) {
            self.mail.take(slot);
            return self.blame_lost(from, to, cut);
        }
        self.overhear(from, to, slot);
        let machine = &self.machines[to];
        if machine.agent.is_none() || machine.agent_stalled() {
            self.leave_unread(from, to, slot);
            return;
        }
        // Taken out at last, to be copied to where the agent finds it and nowhere else.
        let (from, message) = (NodeId::at(from), self.mail.take(slot));
        self.feed(now, to, Input::Received { from, message }, agenda);
    }

    /// A message has come to a machine whose agent does not hear it, or not before it goes on.
    #[inline(never)]
    fn leave_unread(&mut self, from: usize, to: usize, slot: u32) {
        let message = self.mail.take(slot);
        let machine = &mut self.machines[to];
        // A stopped process's socket fills up; the bound is far above what a run sends.
        let keeps = machine.agent.is_some() && !machine.hung() && machine.held.len() < 100_000;
        if keeps {
            machine.held.push(Held::Message { from, message });
        }
        self.blame_unheard(from, to);
    }

    pub(super) fn persisted(
        &mut self,
        now: SimTime,
        node: usize,
        incarnation: u16,
        number: u64,
        agenda: &mut Agenda<Event>,
    ) {
        let machine = &self.machines[node];
        let waits = |write: &WriteOf<L>| <DiskOf<L>>::number(write) == number;
        if machine.incarnation != incarnation || !machine.pending.iter().any(waits) {
            return;
        }
        // The disk is flushed as a whole: what was asked for before is there as well.
        while let Some(write) = self.machines[node].pending.pop_front() {
            let written = <DiskOf<L>>::number(&write);
            self.machines[node].durable.apply(write);
            self.tell_persisted(now, node, written, agenda);
            if written == number {
                return;
            }
        }
    }

    fn tell_persisted(&mut self, now: SimTime, node: usize, number: u64, agenda: &mut Agenda<Event>) {
        let machine = &mut self.machines[node];
        if machine.agent_stalled() {
            machine.held.push(Held::Persisted { number });
        } else {
            self.feed(now, node, Input::Persisted { number }, agenda);
        }
    }

    #[inline(never)]
    fn decided(&mut self, now: SimTime, node: usize, decision: Decision) {
        self.measures.active(now);
        self.measures.operations.on_decision(now, &decision);
        self.weigh(now, node, &decision);
        self.witness(now, node, || Deed::Decided(decision.clone()));
        self.watch_requests(now, node, &decision);
        self.pass_milestones(now, node, &decision);
        self.note(now, Place::Node(node), || What::Decides(decision));
    }

    /// How far a failover has come, as its agents tell and as the world sees.
    fn pass_milestones(&mut self, now: SimTime, node: usize, decision: &Decision) {
        let (primary, majority) = (self.measures.primary, self.model.majority);
        let finding = Finding {
            counts: self.measures.main[node],
            in_service: self.in_service(primary),
            led_since: self.measures.operations.led_since(),
        };
        let votes = || self.model.voters.contains(&node);
        let milestones = &mut self.measures.milestones;
        match decision {
            Decision::Suspects(whom) if whom.index() == primary && votes() => {
                milestones.on_suspicion(now, node, majority);
            }
            Decision::Trusts(whom) if whom.index() == primary => milestones.on_trust(node, majority),
            _ => milestones.on_decision(now, decision, || finding),
        }
    }

    /// What the shell reads off the local database.
    pub(super) fn report(&mut self, now: SimTime, node: usize) -> DatabaseReport {
        if self.model.nodes[node].witness {
            return DatabaseReport::ABSENT;
        }
        let position = self.journal.position(now, node);
        let machine = &self.machines[node];
        let database = &machine.database;
        let hung =
            database.hung_since.is_some_and(|since| now.since(since) >= self.model.engine.probe_timeout);
        let role = match () {
            () if !database.running => Role::Stopped,
            () if hung || self.probe_times_out(node) => Role::Unresponsive,
            () if database.open => Role::Primary,
            () => Role::Replica,
        };
        let committed = position.at.as_nanos();
        DatabaseReport {
            role,
            position: LogPosition { epoch: position.epoch, offset: committed, committed },
            source: database.source.map(NodeId::at),
            sealed: database.sealed,
        }
    }
}

/// What agents do again and again while all is as usual; anything else may have consequences that are yet to come.
fn is_routine<M, W>(effect: &Effect<M, W>) -> bool {
    matches!(effect, Effect::Send { .. } | Effect::PetWatchdog { .. })
}
