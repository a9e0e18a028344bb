//! Idle time is free: while all that agents do is routine, nobody has to watch them do it.
//!
//! ```text
//!  fault      failover is over, all is routine                        next fault
//!    |-------------------|- - - - - - leap - - - - - - - - - -|----------|----> time, the world's and every clock's
//!            sent        |          not sent                  |   sent
//!                          clients find the new primary        `--------'
//!                                                             the warm-up: whatever agents remember of each
//!                                                             other is as old afterwards as it ever is
//! ```
//!
//! A leap leaves out messages whose only effect is that others do not miss them. What was sent before it still arrives, and
//! is answered, but for agents no time passes. It is exact: the same seed without leaps ([`World::without_leaps`]) has
//! the same measures, to the nanosecond. That rests on six things.
//!
//! - **Nothing else is due.** Every agent tells what it waits for ([`Agent::countdowns`]), and its next alarm is held
//!   against that. What was not put off within its last period forbids a leap, whoever says that all is well; what
//!   nobody puts off ends it before. Watchdogs, and leases that engines check, are the world's own and count alike.
//! - **Nothing else is under way.** No agent has done anything but routine for so long that whatever could follow from
//!   it has; whatever it still has to do waits ([`Agent::only_waits`]) for a task of its database, a boot, a person, all of
//!   which are events, or for a moment that it tells. No machine stands still, no clock is bent, no voter has anything yet
//!   to write, nor has anybody else whose disk has room, and what agents read off their databases is the same, but for how
//!   far their logs have come.
//! - **Nothing else comes of it.** Messages are so fast that none is late by so much that anybody would notice, all
//!   but one in 10^9, and what was sent over a link that was bad then and is still under way ends a leap before it
//!   arrives; no link would have lost one ([`Losses`](super::losses::Losses)).
//! - **What comes after it is drawn as if there had been none**: by link and moment ([`Links`](super::links::Links)),
//!   not by how much was drawn before. Agents go on in their rhythm ([`Agent::skip`]).
//! - **Alarms of one moment go off in the order of their kinds and nodes** ([`Event::put_off`]), after all else of that
//!   moment: not in that in which they were set, which a leap changes. Where latencies are constant much falls together.
//! - **It ends in time**: whatever happens next, other than to clients, finds a cluster in which all that is remembered
//!   of other members was said and heard since ([`Terms::memory`](crate::Terms)).

use failover::{Countdown, CountdownKind};
use sim::{Agenda, SimTime};
use units::Span;

use super::databases::Database;
use super::machines::Machine;
use super::{World, waits_for_standbys};
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::{Agent, Logic, Terms};

/// Rounds between looks while something is known to stand in the way.
const LOOKS_RARELY: u64 = 8;

/// Whether a leap is under way, and when to look whether one can be made.
#[derive(Debug)]
pub(super) struct Idle {
    /// Switched off to see whether it makes a difference.
    pub(super) forbidden: bool,
    /// Since when one is.
    frozen: Option<SimTime>,
    /// The look that counts; those at other moments were overtaken.
    look_at: SimTime,
    /// When anything last happened to agents that was not their own doing; the start of the run is none of it.
    pub(super) last_deed: Option<SimTime>,
    /// When the last message arrives that a bad link holds up: it sounds like news, and is old.
    late_until: Option<SimTime>,
    /// When the last leap ended.
    landed: Option<SimTime>,
    /// What agents wait for. Kept to allocate nothing.
    before: Vec<Countdown>,
    after: Vec<Countdown>,
    rhythms: Vec<Rhythm>,
}

impl Default for Idle {
    fn default() -> Idle {
        let never = SimTime::MAX;
        let (before, after, rhythms) = (Vec::new(), Vec::new(), Vec::new());
        let (last_deed, late_until, landed) = (None, None, None);
        let (forbidden, frozen, look_at) = (false, None, never);
        Idle { forbidden, frozen, look_at, last_deed, late_until, landed, before, after, rhythms }
    }
}

impl Idle {
    pub(super) fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// What time it is for agents: none passes for them in a leap.
    #[inline]
    pub(super) fn for_agents(&self, now: SimTime) -> SimTime {
        self.frozen.unwrap_or(now)
    }

    /// A message arrives then that a bad link holds up.
    pub(super) fn comes_late(&mut self, arrival: SimTime) {
        self.late_until = self.late_until.max(Some(arrival));
    }

    /// The last run may have ended in a leap: the next one does not begin in it.
    pub(super) fn end(&mut self) {
        self.frozen = None;
    }
}

impl Terms {
    /// After how long agents do the same again; `None` if that takes longer than anybody waits.
    fn period(&self) -> Option<Span> {
        let (beat, chatter) = (self.heartbeat.as_nanos(), self.chatter.unwrap_or(self.heartbeat).as_nanos());
        let (mut a, mut b) = (beat, chatter);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        (beat / a.max(1)).checked_mul(chatter).filter(|nanos| *nanos > 0).map(Span::from_nanos)
    }
}

/// What agents wait for while they do nothing but routine.
enum Waiting {
    /// Something nobody put off in time, or an alarm that nobody accounts for.
    Overdue,
    /// Others have yet to hear what somebody did, and will have by then.
    News(SimTime),
    /// What runs out first, whatever happens.
    Until(SimTime),
}

/// A rhythm: it goes off at `at`, and every so long before and after.
#[derive(Clone, Copy, Debug)]
struct Rhythm {
    at: SimTime,
    every: Span,
}

impl Rhythm {
    /// The first of its times up to `at` that is not before `since`; `at` itself where that is before it, too.
    fn first(&self, since: SimTime) -> SimTime {
        let passed = self.at.since(since).as_nanos() / self.every.as_nanos().max(1);
        if self.at < since { self.at } else { self.at.saturating_sub(self.every.saturating_mul(passed)) }
    }

    /// The last of its times from `at` on that is not after `until`; where all of them are, the one before `at`, be that
    /// after `until` or not.
    fn last(&self, until: SimTime) -> SimTime {
        let passed = until.since(self.at).as_nanos() / self.every.as_nanos().max(1);
        if until < self.at {
            self.at.saturating_sub(self.every)
        } else {
            self.at + self.every.saturating_mul(passed)
        }
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// This world leaps over nothing: every message of every run is sent. For seeing that leaps change nothing.
    #[must_use]
    pub fn without_leaps(self) -> World<L, J> {
        self.leaping(false)
    }

    /// This world leaps over idle time, as every world does, or over nothing.
    #[must_use]
    pub fn leaping(mut self, leaps: bool) -> World<L, J> {
        self.idle.forbidden = !leaps;
        self
    }

    pub(super) fn reset_idle(&mut self, agenda: &mut Agenda<Event>) {
        let idle = std::mem::take(&mut self.idle);
        let Idle { forbidden, before, after, rhythms, .. } = idle;
        self.idle = Idle { forbidden, before, after, rhythms, ..Idle::default() };
        self.look(SimTime::ZERO, agenda);
    }

    /// Before `event`: ends a leap that it concerns, and sees to it that somebody looks again.
    pub(super) fn disturb(&mut self, now: SimTime, event: Event, agenda: &mut Agenda<Event>) {
        if event.leaves_agents_alone() || event.is_agents() || self.comes_to_nothing(&event) {
            let due_in_a_leap = event.is_agents() && !matches!(event, Event::Deliver { .. });
            debug_assert!(!self.idle.is_frozen() || !due_in_a_leap, "{event:?} was not set aside");
            return;
        }
        self.thaw(now, agenda);
        match event {
            // What its database did is the node's own doing, and others hear of it from there.
            Event::TaskDone { node, .. } | Event::Reconnect { node } => {
                self.machines[usize::from(node)].deed = now;
            }
            _ => self.idle.last_deed = Some(now),
        }
        // A look that comes too soon puts itself off.
        if self.idle.look_at > now + self.calms_down() {
            self.look(now + self.calms_down(), agenda);
        }
    }

    /// Whatever follows from what an agent does, or does no more, shows within so much time: others hear of it with its
    /// next heartbeat, or ask and are answered; or they still hear what it said before, and after so long are overdue to
    /// hear more.
    fn calms_down(&self) -> Span {
        self.model.terms.round() + self.model.delay_most * 3 + Span::from_nanos(1)
    }

    /// By then agents have to be watched again if something happens at `next`: after that everybody beats once, every
    /// beat arrives, and so do the answers. Where agents remember more than the last beat, earlier; and where links lose
    /// messages, before the window in which it happens, whose messages they count.
    fn back_by(&self, next: SimTime) -> SimTime {
        let heard = next.saturating_sub(self.model.delay_most * 2);
        let counted = if self.model.calm { heard } else { self.losses.window_start(next) };
        if let Some(memory) = self.model.terms.memory {
            return heard.saturating_sub(memory.max(self.model.terms.round())).min(counted);
        }
        let lasts = self.idle.rhythms.iter().map(|rhythm| rhythm.last(heard));
        lasts.min().unwrap_or(heard).saturating_sub(Span::from_nanos(1)).min(heard).min(counted)
    }

    /// So long before an event at the latest.
    fn warm_up(&self) -> Span {
        let round = self.model.terms.round();
        self.model.terms.memory.map_or(round, |memory| memory.max(round)) + self.model.delay_most * 2
    }

    fn look(&mut self, at: SimTime, agenda: &mut Agenda<Event>) {
        if self.model.punctual && !self.idle.forbidden {
            self.idle.look_at = at;
            agenda.schedule(at, Event::Idle);
        }
    }

    /// Looks whether a leap can be made, or ends one.
    pub(super) fn idle(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        if now != self.idle.look_at {
            return;
        }
        self.thaw(now, agenda);
        let disturbed = self.idle.last_deed.max(self.idle.late_until);
        let quiet_from = disturbed.map_or(SimTime::ZERO, |disturbed| disturbed + self.calms_down());
        let again = match () {
            () if now < quiet_from => quiet_from,
            () if self.may_leap(now, agenda) => self.look_ahead(now, agenda),
            () => now + self.model.terms.beat(),
        };
        self.look(again, agenda);
    }

    fn may_leap(&self, now: SimTime, agenda: &Agenda<Event>) -> bool {
        let still = |(node, machine): (usize, &Machine<L::Agent>)| {
            let waits = |agent: &L::Agent| agent.only_waits(machine.clock.read(now));
            machine.agent.as_deref().is_none_or(waits)
                && machine.goes_on()
                && machine.clock.is_even(now)
                && self.says_the_same(now, &machine.database)
                && !machine.writes(node, self.model.config.members[node].votes, agenda)
        };
        self.meddling == 0
            && self.next_patrol(now) == SimTime::MAX
            && !self.somebody_listens()
            && self.machines.iter().enumerate().all(still)
    }

    /// What an agent reads off it is the same until something happens, but for how far its log has come. Where writes wait
    /// for standbys one whose stream is slower than they are holds them up.
    fn says_the_same(&self, now: SimTime, database: &Database) -> bool {
        let slow = database.throttled.is_some() && waits_for_standbys(&self.model.durability);
        // Agents read in their next round that their probes are not answered, and others hear of it.
        let noticed = self.model.engine.probe_timeout + self.calms_down();
        let probed = |since: SimTime| now.since(since) >= noticed;
        !slow && database.hung_since.is_none_or(probed)
    }

    /// Leaps if nothing speaks against it. Returns when to look again.
    fn look_ahead(&mut self, now: SimTime, agenda: &mut Agenda<Event>) -> SimTime {
        let later = now + self.model.terms.round();
        let runs_out = match self.what_agents_wait_for(now) {
            Waiting::Overdue => return later,
            Waiting::News(heard) => return heard,
            Waiting::Until(runs_out) => runs_out,
        };
        let horizon = SimTime::ZERO + self.model.horizon;
        // What was sent over a link that was bad then arrives when nobody would think so.
        let late = now + self.model.delay_most * 2;
        let concerns = |event: &Event, at: SimTime| match event {
            Event::Deliver { .. } => at > late,
            _ => !event.is_agents() && !self.leaves_agents_alone(event),
        };
        let next = agenda.earliest(concerns).unwrap_or(SimTime::MAX).min(runs_out);
        if self.back_by(next) <= now {
            // Nobody can leap before that is over; it may be called off, so somebody looks now and then.
            return later.max(next.min(now + self.model.terms.round() * LOOKS_RARELY));
        }
        // Beyond its horizon a run has no end: land there, where nobody looks.
        let next = self.first_loss(now, next.min(horizon + self.warm_up() * 2));
        let room = self.back_by(next).since(now);
        let Some(land) = self.leap_within(now, room, agenda).map(|leap| now + leap) else { return later };
        self.freeze(now, agenda);
        land
    }

    /// It happens beside a leap: nothing that agents could notice.
    fn leaves_agents_alone(&self, event: &Event) -> bool {
        // What is left of the error budget is told to agents, and spent by clients.
        let budgeted = self.model.budget.is_some() && !matches!(event, Event::Idle);
        (event.leaves_agents_alone() && !budgeted) || self.comes_to_nothing(event)
    }

    /// While the KMS fails, whoever asks it goes on waiting; no leap hides the end of that.
    fn comes_to_nothing(&self, event: &Event) -> bool {
        matches!(event, Event::AskKms { .. } | Event::KmsAnswers { .. }) && self.kms_fails()
    }

    /// How long a leap may be that has this much room. It keeps all phases. Before anybody has said anything there is
    /// none but that of each agent's own clock.
    fn leap_within(&self, now: SimTime, room: Span, agenda: &Agenda<Event>) -> Option<Span> {
        if now == SimTime::ZERO {
            let woken = |event: &Event| event.is_agents() && !matches!(event, Event::Wake { .. });
            // Who has plans looks at its database as soon as it wakes, and counts from then.
            let plans = |machine: &Machine<L::Agent>| machine.agent.as_deref().is_some_and(Agent::has_plans);
            let silent = self.model.terms.founded && !agenda.holds(woken) && !self.machines.iter().any(plans);
            return Some(room).filter(|room| silent && !room.is_zero());
        }
        let period = self.model.terms.period()?;
        // What was sent before it arrives in it, and so do the answers.
        let leap = period.saturating_mul(room.as_nanos() / period.as_nanos());
        (leap > self.model.delay_most * 2).then_some(leap)
    }

    fn first_loss(&mut self, now: SimTime, next: SimTime) -> SimTime {
        let observed_from = self.idle.landed.unwrap_or(SimTime::ZERO) + self.calms_down();
        if !self.model.calm && now >= observed_from {
            self.losses.observe(now);
        }
        let links = self.model.links.iter().enumerate();
        links.fold(next, |next, (index, link)| {
            self.losses.first(now, next, index, link.loss, link.key, self.streams)
        })
    }

    /// From now on agents do nothing of their own accord. Messages under way are not set aside: they would come back with
    /// the latency, and the readings of clocks, of the time before.
    fn freeze(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        self.idle.frozen = Some(now);
        agenda.drop_all(|event| matches!(event, Event::Wake { .. }));
        agenda.set_aside(|event| event.is_agents() && !matches!(event, Event::Deliver { .. }));
        self.machines.iter_mut().for_each(|machine| machine.armed = SimTime::MAX);
    }

    /// Ends the leap that is under way, if one is.
    #[inline]
    pub(super) fn thaw(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        if let Some(since) = self.idle.frozen.take() {
            self.land(now, now.since(since), agenda);
        }
    }

    #[inline(never)]
    fn land(&mut self, now: SimTime, by: Span, agenda: &mut Agenda<Event>) {
        self.idle.landed = Some(now);
        agenda.bring_back(by);
        for node in 0..self.machines.len() {
            self.machines[node].pass(by);
            self.skip(now, node, by);
            // Where its alarm would have gone off without the leap, to the nanosecond.
            self.arm_from(now, node, agenda);
        }
    }

    /// The agent goes on after so long, and has done with what it waits for what it said it would.
    fn skip(&mut self, now: SimTime, node: usize, by: Span) {
        let Machine { agent: Some(agent), clock, .. } = &mut self.machines[node] else { return };
        let Idle { before, after, .. } = &mut self.idle;
        before.clear();
        after.clear();
        let reading = clock.read(now);
        agent.countdowns(before);
        agent.skip(reading, by);
        agent.countdowns(after);
        let kept = before.len() == after.len() && before.iter().zip(&*after).all(|(a, b)| goes_on(a, b, by));
        assert!(
            kept,
            "a leap of {by} made {after:?} of {before:?}: what runs out must stay, what is renewed must be \
                       put off by as much, and what beats must keep its rhythm"
        );
    }

    /// What all agents, and what watches over them, wait for.
    fn what_agents_wait_for(&mut self, now: SimTime) -> Waiting {
        let (mut first, mut news) = (SimTime::MAX, SimTime::ZERO);
        // Whoever is suspected for what happened to it will be heard again, with its first beat since.
        let disturbed = self.idle.last_deed.unwrap_or(SimTime::ZERO);
        self.idle.rhythms.clear();
        for node in 0..self.machines.len() {
            if self.is_overdue(now, node) {
                return Waiting::Overdue;
            }
            let Machine { agent: Some(agent), clock, deed, .. } = &mut self.machines[node] else { continue };
            let Idle { before: duties, rhythms, .. } = &mut self.idle;
            duties.clear();
            agent.countdowns(duties);
            let told = duties.iter().map(|duty| duty.at).min().unwrap_or(failover::Instant::NEVER);
            if agent.due() < told || !clock.is_even(now) {
                return Waiting::Overdue;
            }
            let (reading, broken) = (clock.read(now), disturbed.max(clock.even_since()));
            for duty in duties {
                match duty.kind {
                    CountdownKind::Fixed => first = first.min(clock.when(duty.at, now)),
                    // What is slower than a round tells others nothing.
                    CountdownKind::Beats { every } if every > self.model.terms.round() => {}
                    CountdownKind::Beats { every } => {
                        let rhythm = Rhythm { at: clock.when(duty.at, now), every };
                        rhythms.push(rhythm);
                        news = news.max(rhythm.first(broken.max(*deed)) + self.model.delay_most * 2);
                    }
                    CountdownKind::Renewed { every, length, since, .. } => {
                        let usual = every + self.model.delay_most * 2;
                        if reading.since(since) > usual || length <= usual {
                            return Waiting::Overdue;
                        }
                    }
                }
            }
        }
        // Before anybody has said anything there is nothing to be heard.
        if news > now && now > SimTime::ZERO { Waiting::News(news) } else { Waiting::Until(first) }
    }

    /// Something has to be renewed within less time than that may take, so that now and then it is not: whatever agents say of
    /// rest, something is still to happen. Looks at what does not change with the moment, so that a leap makes no difference:
    /// not at what detectors have learned from the last few messages.
    pub(super) fn renews_too_slowly(&mut self) -> bool {
        let slack = self.model.delay_most * 2;
        let duties = &mut self.idle.before;
        duties.clear();
        self.machines
            .iter_mut()
            .filter_map(|machine| machine.agent.as_deref_mut())
            .for_each(|agent| agent.countdowns(duties));
        duties.iter().any(|duty| {
            matches!(duty.kind, CountdownKind::Renewed { every, regular, .. } if regular <= every + slack)
        })
    }

    /// A watchdog, or an engine that checks its lease, or a fault that waits for a lease to run low, will act unless its agent
    /// puts that off, and has not been put off for so long, or is so impatient, that it might.
    fn is_overdue(&self, now: SimTime, node: usize) -> bool {
        let machine = &self.machines[node];
        let ends = [machine.bites(), machine.database.lapses(), self.runs_low(node)];
        // With every heartbeat the agent hears from a majority, which takes a round trip: some are longer than others.
        let (round_trip, petted) = (self.model.delay_most * 2, machine.petted());
        let usual = self.model.terms.heartbeat + round_trip;
        let renewed = now.since(petted) <= usual;
        let is_far = |end: SimTime| end > now + usual || (renewed && end > petted + usual + round_trip);
        !ends.into_iter().flatten().all(is_far)
    }

    /// Nothing will happen by itself any more: every agent that runs is at rest, no database has anything to do,
    /// and nobody waits for service.
    pub(super) fn at_rest(&self, now: SimTime) -> bool {
        let for_agents = self.idle.for_agents(now);
        let still = |machine: &Machine<L::Agent>| {
            let agent = machine.agent.as_deref();
            machine.undisturbed()
                && machine.database.idle()
                && agent.is_none_or(|agent| agent.at_rest(machine.clock.read(for_agents)))
        };
        !self.measures.is_down()
            && self.everyone_served()
            && self.unrest == 0
            && self.people_rest()
            && self.machines.iter().all(still)
            && self.replicas_in_place()
    }
}

/// Whether a countdown is after a leap what it has to be.
fn goes_on(before: &Countdown, after: &Countdown, by: Span) -> bool {
    match (before.kind, after.kind) {
        (CountdownKind::Fixed, CountdownKind::Fixed) => before.at == after.at,
        // Who counts time in ticks may be short of it by less than an interval.
        (CountdownKind::Renewed { every, .. }, CountdownKind::Renewed { .. }) => {
            (after.at..=after.at + every).contains(&(before.at + by))
        }
        (CountdownKind::Beats { every }, CountdownKind::Beats { every: again }) => {
            every == again && after.at.since(before.at).as_nanos().is_multiple_of(every.as_nanos().max(1))
        }
        _ => false,
    }
}

impl<A: Agent> Machine<A> {
    /// Nothing about it waits to be over: neither a standstill, nor a skewed clock, nor a boot, nor a countdown
    /// that no agent restarts.
    pub(super) fn undisturbed(&self) -> bool {
        let coming_up = self.agent.is_none() && !self.kept_down();
        self.goes_on()
            && self.skewed_by == 0
            && self.pending.is_empty()
            && self.trail.is_written()
            && !coming_up
    }

    /// A watchdog or a database goes on without the agent that renews what they wait for.
    fn counts_down_alone(&self) -> bool {
        self.agent.is_none() && (self.watchdog_armed || self.database.accepts())
    }

    /// It does not stand still, no input waits, and no countdown that no agent restarts.
    fn goes_on(&self) -> bool {
        !self.agent_stalled() && !self.counts_down_alone() && self.slowness.is_worked_off()
    }

    /// Something is on its way to its disk, and does not wait until there is room. What a voter has yet to write it has yet to
    /// answer, room or not: others go on without it, or, where there is no majority without it, do not.
    fn writes(&self, of: usize, votes: bool, agenda: &Agenda<Event>) -> bool {
        let under_way = |event: &Event| match event {
            Event::Persisted { node, .. } | Event::Recorded { node, .. } => usize::from(*node) == of,
            _ => false,
        };
        let owes = votes && !self.pending.is_empty();
        let waits = !self.pending.is_empty() || !self.trail.is_written();
        owes || (waits && (self.full_by.is_empty() || agenda.holds(under_way)))
    }
}
