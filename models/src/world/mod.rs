//! The world that disasters strike. Read the `match` in [`World::handle`] first: a line per kind of event.

mod actives;
mod address;
mod agents;
mod alerts;
mod attackers;
mod authority;
mod budget;
mod bursts;
mod clients;
mod connections;
mod databases;
mod disks;
mod domains;
mod engine_lease;
mod evidence;
mod faults;
mod idle;
mod inbox;
mod integrity;
mod judge;
mod links;
mod load;
mod losses;
mod machines;
mod measures;
mod milestones;
mod network_faults;
mod operations;
pub(crate) mod operators;
mod probe;
mod proxies;
mod reads;
mod rejoin;
mod secrets;
mod service;
mod shipping;
mod slowness;
mod standbys;
mod streams;
mod switchover;
mod traffic;
mod trails;
mod triggers;
mod ways;

use std::sync::Arc;

use sim::{Agenda, Key, Limits, SimTime, Stream, Streams, Trace};

use crate::dns::Dns;
use crate::event::Event;
use crate::journal::{Durability, Eager, Journal, Lazy};
use crate::logic::{Agent, Failover, Logic};
use crate::model::Model;
use crate::network::Network;
use crate::note::{Note, Place, What};
use crate::record::RunRecord;

use actives::ActivesState;
use address::Address;
use agents::Mail;
use alerts::Alerts;
use attackers::Caught;
use budget::Budget;
use clients::Clients;
use faults::FaultState;
use idle::Idle;
use links::Links;
use losses::Losses;
use machines::Machine;
use measures::Measures;
use operators::Operators;
use proxies::Proxies;
use reads::Reads;
use secrets::Secrets;
use service::Loads;
use traffic::Traffic;
use trails::Trails;
use triggers::Triggers;

/// More events than any sensible run has; logic that makes events without end is stopped here.
const EVENTS_MAX: u64 = 20_000_000;
/// What is written, by which its random streams are named.
const LOG: &str = "database";

/// Regions, machines, databases and clients, with the logic under test on every machine. Built once and run
/// for many seeds: memory is kept from run to run.
pub struct World<L: Logic = Failover, J: Journal = Lazy> {
    model: Arc<Model<L::Policy>>,
    logic: L,
    journal: J,
    streams: Streams,
    machines: Vec<Machine<L::Agent>>,
    /// Per node: an agent that is gone, for its memory. An agent is large.
    spare: Vec<Option<Box<L::Agent>>>,
    network: Network,
    /// Which faults make which path bad, though messages pass.
    impaired: Network,
    dns: Dns,
    address: Address,
    proxies: Proxies,
    mail: Mail<L::Agent>,
    links: Links,
    losses: Losses,
    idle: Idle,
    clients: Clients,
    loads: Loads,
    traffic: Traffic,
    reads: Reads,
    faults: Vec<FaultState>,
    triggers: Triggers,
    /// Faults under way that go on acting: while there are any, nothing is settled.
    unrest: u16,
    /// Those of them that change what agents hear of each other: while there are any, nobody leaps.
    meddling: u16,
    /// Some stream was held back in this run: it may have a queue to work off.
    held_back: bool,
    /// Some primary's writes wait too long for a standby that is working off its queue.
    works_off: bool,
    measures: Measures,
    actives: ActivesState,
    trails: Trails,
    alerts: Alerts,
    secrets: Secrets,
    budget: Budget,
    operators: Operators,
    caught: Vec<Caught<<L::Agent as Agent>::Message>>,
    /// Something changed that decides who is served by whom.
    changed: bool,
    /// Something changed that decides who reaches whom.
    rewired: bool,
    finished: bool,
    trace: Trace<Note>,
}

/// A finished run, as a replay shows it.
#[derive(Debug)]
pub struct Replay {
    /// What it showed.
    pub record: RunRecord,
    /// Its timeline.
    pub notes: Vec<(SimTime, Note)>,
}

impl World<Failover, Lazy> {
    /// A world for this repository's failover logic.
    pub fn new(model: Arc<Model>) -> World<Failover, Lazy> {
        World::with_logic(model, Failover)
    }
}

impl<L: Logic> World<L, Lazy> {
    /// A world for other logic.
    pub fn with_logic(model: Arc<Model<L::Policy>>, logic: L) -> World<L, Lazy> {
        let journal = Lazy::new(model.nodes.len(), model.durability.clone(), LOG);
        World::with_journal(model, logic, journal)
    }
}

impl<L: Logic> World<L, Eager> {
    /// Its slow twin, with an event for every write.
    pub fn write_by_write(model: Arc<Model<L::Policy>>, logic: L) -> World<L, Eager> {
        let journal = Eager::new(model.nodes.len(), model.durability.clone(), LOG);
        World::with_journal(model, logic, journal)
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// A world with another account of what is written, such as one event per write.
    pub fn with_journal(model: Arc<Model<L::Policy>>, logic: L, journal: J) -> World<L, J> {
        World {
            logic,
            journal,
            streams: Streams::new(0),
            machines: Vec::new(),
            spare: Vec::new(),
            network: Network::default(),
            impaired: Network::default(),
            dns: Dns::default(),
            address: Address::default(),
            proxies: Proxies::default(),
            mail: Mail::new(),
            links: Links::default(),
            losses: Losses::default(),
            idle: Idle::default(),
            clients: Clients::default(),
            loads: Loads::default(),
            traffic: Traffic::default(),
            reads: Reads::default(),
            faults: Vec::new(),
            triggers: Triggers::default(),
            unrest: 0,
            meddling: 0,
            held_back: false,
            works_off: false,
            measures: Measures::default(),
            actives: ActivesState::default(),
            trails: Trails::default(),
            alerts: Alerts::default(),
            secrets: Secrets::default(),
            budget: Budget::default(),
            operators: Operators::default(),
            caught: Vec::new(),
            changed: false,
            rewired: false,
            finished: false,
            trace: Trace::Off,
            model,
        }
    }

    /// One run: a pure function of the model and the seed.
    pub fn run(&mut self, seed: u64, agenda: &mut Agenda<Event>) -> RunRecord {
        self.run_within(seed, agenda, EVENTS_MAX)
    }

    /// One run of so many events at most.
    pub fn run_within(&mut self, seed: u64, agenda: &mut Agenda<Event>, events_max: u64) -> RunRecord {
        self.reset(seed, agenda);
        let outcome = sim::run(self, agenda, Limits { events_max, ..self.limits() });
        self.conclude(seed, outcome)
    }

    /// One run with its timeline.
    pub fn replay(&mut self, seed: u64) -> Replay {
        self.replay_within(seed, EVENTS_MAX)
    }

    /// One run with its timeline, of so many events at most.
    pub fn replay_within(&mut self, seed: u64, events_max: u64) -> Replay {
        self.trace = Trace::On(Vec::new());
        let record = self.run_within(seed, &mut Agenda::new(), events_max);
        match std::mem::replace(&mut self.trace, Trace::Off) {
            Trace::On(notes) => Replay { record, notes },
            Trace::Off => Replay { record, notes: Vec::new() },
        }
    }

    /// What bounds a run of this model.
    pub fn limits(&self) -> Limits {
        Limits { horizon: SimTime::ZERO + self.model.horizon, events_max: EVENTS_MAX }
    }

    /// Back to the start of the run of `seed`.
    pub fn reset(&mut self, seed: u64, agenda: &mut Agenda<Event>) {
        let model = Arc::clone(&self.model);
        agenda.clear();
        self.idle.end();
        self.streams = Streams::new(seed);
        // What a cluster does to come into being is no step of a run.
        self.triggers.reset();
        self.journal.reset(self.streams);
        self.network.reset(model.endpoints());
        self.impaired.reset(model.endpoints());
        (self.unrest, self.meddling) = (0, 0);
        (self.held_back, self.works_off) = (false, false);
        self.mail.reset();
        self.links.reset(model.links.len());
        self.losses.reset(model.links.len(), &model.terms);
        let primary = model.config.first_primary.index();
        self.reset_actives();
        self.trails.reset();
        (self.alerts, self.budget) = (Alerts::default(), Budget::default());
        self.hand_out_keys();
        // Of several actives the record holds the number of a route, from zero.
        let record = if model.actives.is_some() { 0 } else { primary };
        self.dns.reset(&model, self.streams, record);
        self.address.reset(primary);
        self.proxies.reset(&model, self.streams, primary);
        self.measures.reset(&model, primary);
        (self.changed, self.rewired, self.finished) = (true, true, false);
        self.reset_attackers();
        self.boot_cluster(primary, agenda);
        self.reset_idle(agenda);
        self.clients.reset(&model, self.streams, primary);
        self.loads.reset(&model);
        self.reads.reset(&model, self.streams, primary);
        self.traffic.reset(&model, self.streams);
        self.script_traffic(agenda);
        self.reset_operators(agenda);
        self.script_faults(agenda);
        self.after(SimTime::ZERO, agenda);
    }

    /// Lets every consequence of what just changed take its course. Most events change nothing but agents.
    #[inline]
    fn after(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        // What changes by that has consequences of its own, and they do not wait for the next event, whatever that is.
        while self.rewired || self.changed {
            self.follow_up(now, agenda);
        }
        if self.triggers.were_reached() {
            self.pull_triggers(now, agenda);
        }
    }

    /// Out of line, so that the many events after which nothing follows do not pay for it.
    #[inline(never)]
    fn follow_up(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        if std::mem::take(&mut self.rewired) {
            debug_assert!(!self.idle.is_frozen(), "who reaches whom never changes in a leap");
            self.redraw_map(now);
            self.check_streams(now);
        }
        self.changed = false;
        // Where nothing but a client's moment has come, databases and streams are as they were.
        if !self.clients.only_due() {
            self.break_off_copies(now, agenda);
            self.watch_standbys(now, agenda);
            self.count_open(now);
            self.weigh_statements(now);
            self.offer_reconnects(now, agenda);
            // Before the clients notice: what was written until now counts at the rate it had.
            self.watch_actives(now, agenda);
        }
        self.refresh_clients(now, agenda);
        self.watch_for_trouble(now);
        self.watch_budget(now, agenda);
    }

    fn note(&mut self, now: SimTime, place: Place, what: impl FnOnce() -> What) {
        if !self.triggers.are_waiting() {
            return self.trace.note(now, || Note { place, what: what() });
        }
        let what = what();
        self.see_step(place, &what);
        self.trace.note(now, || Note { place, what });
    }

    fn stream(&self, key: Key, occurrence: u64) -> Stream {
        self.streams.stream(key.occurrence(occurrence))
    }
}

impl<L: Logic, J: Journal> sim::World for World<L, J> {
    type Event = Event;

    /// What happens seldom is out of line, or cold: it would lie between what happens all the time, and a run waits for the
    /// instruction cache as long as it computes.
    fn handle(&mut self, now: SimTime, event: Event, agenda: &mut Agenda<Event>) {
        self.disturb(now, event, agenda);
        match event {
            Event::Strike { fault } => self.strike(now, fault, agenda),
            Event::Heal { fault } => self.heal(now, fault, agenda),
            Event::Wake { node, incarnation } => self.wake(now, node.into(), incarnation, agenda),
            Event::Deliver { from, to, slot, .. } => self.deliver(now, from.into(), to.into(), slot, agenda),
            Event::Persisted { node, incarnation, number } => {
                self.persisted(now, node.into(), incarnation, number, agenda)
            }
            Event::Recorded { node, incarnation, number } => {
                self.recorded(now, node.into(), incarnation, number, agenda)
            }
            Event::TaskDone { node, serial } => self.task_done(now, node.into(), serial, agenda),
            Event::Watchdog { node } => self.watchdog(now, node.into(), agenda),
            Event::LeaseEnds { node } => self.lease_ends(now, node.into(), agenda),
            Event::LeaseLow { node } => self.lease_low(now, node.into(), agenda),
            Event::Booted { node, life } => self.booted(now, node.into(), life, agenda),
            Event::AgentStarts { node, incarnation } => {
                self.agent_starts(now, node.into(), incarnation, agenda)
            }
            Event::Resumed { node, incarnation } => self.resumed(now, node.into(), incarnation, agenda),
            Event::Reconnect { node } => self.reconnect(now, node.into()),
            Event::CatchesUp { node } => self.catches_up(now, node.into(), agenda),
            Event::Missed { node, number } => self.missed(now, node.into(), number),
            Event::Degrades { node, number } => self.degrades(now, node.into(), number),
            Event::StreamsMeet { pair, serial } => self.streams_meet(now, pair.into(), serial),
            Event::Clients => self.clients_due(now),
            Event::Traffic { region } => self.traffic_edge(now, region.into(), agenda),
            Event::Reroute { region } => self.reroute(now, region.into()),
            Event::Toggle { fault, number } => self.toggle(now, fault, number, agenda),
            Event::Handles { node, incarnation } => self.handles(now, node.into(), incarnation, agenda),
            Event::TryChannel { alert, channel } => self.try_channel(now, alert, channel, agenda),
            Event::Notified { alert, channel } => self.notified(now, alert, channel),
            Event::AskKms { node, incarnation } => self.ask_kms_again(now, node.into(), incarnation, agenda),
            Event::KmsAnswers { node, incarnation } => {
                self.kms_answers(now, node.into(), incarnation, agenda)
            }
            Event::Budget => self.evaluate_budget(now, agenda),
            Event::Errand { errand, attempt } => self.errand(now, errand, attempt, agenda),
            Event::HandIn { node, letter } => self.hand_in(now, node.into(), letter, agenda),
            Event::Answered { errand, answer } => self.answered(now, errand, answer, agenda),
            Event::Acts { fault } => self.acts(now, fault, agenda),
            Event::Idle => self.idle(now, agenda),
            Event::Settle => self.settle(now, agenda),
        }
        self.after(now, agenda);
    }

    fn finished(&self) -> bool {
        self.finished
    }
}

/// Whether a write is acknowledged only when others have it too.
fn waits_for_standbys(durability: &Durability) -> bool {
    !matches!(durability, Durability::Async)
}
