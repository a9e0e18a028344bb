//! Controllers, the network between them, and time.

use std::collections::BTreeMap;
use std::sync::Arc;

use failover::consensus::{Durable, Persist};
use failover::{
    Configuration, Controller, Durability, Input, Instant, Member, Message, NodeId, Outcome, Policy,
    Recorded, Task,
};

use crate::checks::Checks;
use crate::database::Database;
use crate::dice::Dice;
use crate::faults::Fault;

pub const MILLI: u64 = 1_000_000;
pub const SECOND: u64 = 1_000 * MILLI;

/// A clock that started at some reading and runs a little fast or slow.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    pub offset: u64,
    /// Parts per million, positive or negative.
    pub ppm: i64,
}

impl Clock {
    pub fn read(&self, now: u64) -> Instant {
        let scaled = i128::from(now) * (1_000_000 + i128::from(self.ppm)) / 1_000_000;
        Instant::from_nanos(self.offset + scaled as u64)
    }

    /// The first moment at which it shows `reading`.
    pub fn when(&self, reading: Instant) -> u64 {
        let rate = 1_000_000 + i128::from(self.ppm);
        let elapsed = i128::from(reading.as_nanos().saturating_sub(self.offset));
        ((elapsed * 1_000_000 + rate - 1) / rate).min(i128::from(u64::MAX)) as u64
    }
}

pub struct Node {
    pub agent: Option<Controller>,
    /// Counts the lives of its agents.
    pub life: u32,
    pub clock: Clock,
    pub durable: Durable,
    pub pending: Option<Persist>,
    pub held: Vec<Waiting>,
    pub armed: u64,
    pub database: Database,
    /// Until when its database may stay open, by the agent's word, in real time.
    pub licensed_until: u64,
    /// That word, on its own clock, until the watchdog is switched off or the machine with it.
    pub told_until: Option<Instant>,
    pub faults: Vec<Fault>,
    pub lives: Vec<Life>,
}

/// What one agent was born with and went through.
pub struct Life {
    pub durable: Durable,
    pub born: Instant,
    pub history: Vec<Recorded>,
}

/// Arrived while the agent stood still.
pub enum Waiting {
    Message(usize, Message),
    Persisted(u64),
    Done(Task, Outcome),
}

pub enum Event {
    Wake { node: usize, life: u32 },
    Deliver { from: usize, to: usize, message: Message },
    Persisted { node: usize, life: u32, number: u64 },
    TaskDone { node: usize, serial: u32, outcome: Outcome },
    Data,
    Strike(Fault),
    Heal(Fault),
    Started { node: usize, life: u32 },
}

pub struct Group {
    pub now: u64,
    pub config: Arc<Configuration>,
    pub dice: Dice,
    pub nodes: Vec<Node>,
    pub checks: Checks,
    /// How many faults cut each directed link.
    pub cuts: Vec<Vec<u32>>,
    pub lossy: u32,
    /// Messages may be doubled and much too late.
    pub unruly: bool,
    pub recording: bool,
    /// Messages for which it says no are lost.
    pub filter: fn(usize, usize, &Message) -> bool,
    queue: BTreeMap<(u64, u64), Event>,
    sequence: u64,
    pub writes: u32,
}

pub fn configuration(members: usize, durability: Durability, policy: Policy) -> Configuration {
    let member = |index: usize| Member {
        name: format!("node-{index}"),
        region: format!("region-{}", index % 3),
        site: format!("site-{index}"),
        capacity: 1_000,
        witness: false,
        votes: true,
    };
    Configuration {
        members: (0..members).map(member).collect(),
        durability,
        first_primary: NodeId(0),
        actives: Vec::new(),
        policy,
    }
}

impl Group {
    /// A new cluster with n0 as its primary.
    pub fn new(members: usize, durability: Durability, seed: u64) -> Group {
        let policy = Policy { cooldown: units::Span::from_secs(10), ..Policy::default() };
        Group::with(configuration(members, durability, policy), seed, false)
    }

    /// `recording`: every agent's history is kept.
    pub fn with(config: Configuration, seed: u64, recording: bool) -> Group {
        let (mut dice, members) = (Dice(seed), config.members.len());
        let nodes = config.members.iter().map(|member| Node::new(&mut dice, &config, member.votes)).collect();
        let mut group = Group {
            now: 0,
            config: Arc::new(config),
            dice,
            nodes,
            checks: Checks::default(),
            cuts: vec![vec![0; members]; members],
            lossy: 0,
            unruly: false,
            recording,
            filter: |_, _, _| true,
            queue: BTreeMap::new(),
            sequence: 0,
            writes: 0,
        };
        group.found();
        group
    }

    fn found(&mut self) {
        for (index, node) in self.nodes.iter_mut().enumerate() {
            let database = &mut node.database;
            (database.running, database.open, database.epoch) = (true, index == 0, 1);
            database.source = (index > 0).then_some(0);
            node.licensed_until = 13 * SECOND; // the presumed lease
        }
        self.after(0, Event::Data);
        (0..self.nodes.len()).for_each(|node| self.start_agent(node, true));
    }

    pub fn after(&mut self, delay: u64, event: Event) {
        self.sequence += 1;
        self.queue.insert((self.now + delay, self.sequence), event);
    }

    pub fn run_for(&mut self, seconds: u64) {
        self.run_until(self.now + seconds * SECOND, |_| false);
    }

    /// Until `done` or the time is over; says whether it was done.
    pub fn run_until(&mut self, until: u64, done: impl Fn(&Group) -> bool) -> bool {
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > until || !self.checks.violations.is_empty() {
                break;
            }
            let ((at, _), event) = entry.remove_entry();
            self.now = at;
            self.handle(event);
            self.look();
            if done(self) {
                return true;
            }
        }
        self.now = until;
        false
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Wake { node, life } => self.wake(node, life),
            Event::Deliver { from, to, message } => self.deliver(from, to, message),
            Event::Persisted { node, life, number } => self.persisted(node, life, number),
            Event::TaskDone { node, serial, outcome } => self.task_done(node, serial, outcome),
            Event::Data => self.replicate(),
            Event::Strike(fault) => self.strike(fault),
            Event::Heal(fault) => self.heal(fault),
            Event::Started { node, life } => self.restart(node, life),
        }
    }

    fn look(&mut self) {
        (0..self.nodes.len()).for_each(|node| self.watch_dog(node));
        let accepting: Vec<usize> =
            (0..self.nodes.len()).filter(|node| self.nodes[*node].accepts()).collect();
        self.checks.accepting(self.now, &accepting);
        for node in accepting {
            let there = &self.nodes[node];
            if there.agent.is_some() && !there.hangs() {
                self.checks.licence(self.now, node, self.now < there.licensed_until);
            }
        }
    }

    /// Takes the part of an agent that is dead or stands still.
    fn watch_dog(&mut self, node: usize) {
        let there = &self.nodes[node];
        let alone = there.agent.is_none() || there.hangs();
        if alone && there.database.open && self.now > there.licensed_until + SECOND {
            self.kill_database(node);
        }
    }

    pub fn send(&mut self, from: usize, to: usize, message: Message) {
        let lost = self.lossy > 0 && self.dice.chance(330);
        if self.cuts[from][to] > 0 || lost || !(self.filter)(from, to, &message) {
            return;
        }
        let copies = 1 + u32::from(self.unruly && self.dice.chance(30));
        for _ in 0..copies {
            let late = self.unruly && self.dice.chance(20);
            let delay = if late { self.dice.between(100, 30_000) } else { self.dice.between(1, 80) };
            self.after(delay * MILLI, Event::Deliver { from, to, message: message.clone() });
        }
    }

    /// Every 500 ms: the open write, the replicas receive, some writes become acknowledged.
    fn replicate(&mut self) {
        self.after(500 * MILLI, Event::Data);
        let open: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].accepts()).collect();
        for primary in open {
            self.writes += 1;
            let write = self.writes;
            self.nodes[primary].database.append(write, self.now);
            (0..self.nodes.len()).for_each(|replica| self.receive(replica, primary));
            self.acknowledge(primary);
        }
    }

    fn receive(&mut self, replica: usize, primary: usize) {
        let slow = self.dice.chance(200);
        if slow || !self.streams(replica, primary) {
            return;
        }
        let source = self.nodes[primary].database.clone();
        let database = &mut self.nodes[replica].database;
        if database.is_part_of(&source) {
            database.catch_up_with(&source);
        } else {
            database.source = None; // diverged: the agent has to have it rewound
        }
    }

    pub fn streams(&self, replica: usize, primary: usize) -> bool {
        self.nodes[primary].accepts() && self.is_fed(replica, primary)
    }

    /// Connected with it, and able to receive, whether it accepts writes or only sends what it has.
    pub fn is_fed(&self, replica: usize, primary: usize) -> bool {
        let here = &self.nodes[replica];
        let connected = self.cuts[primary][replica] == 0 && self.cuts[replica][primary] == 0;
        let able = here.database.running && !here.database_hangs() && !here.suffers(Fault::StopReplication);
        here.database.source == Some(primary) && connected && able
    }

    /// How much of the log is where the database's durability wants it; `None`: too few standbys are connected.
    fn durable(&self, primary: usize, durability: &Durability) -> Option<usize> {
        let held = |node: &usize| self.nodes[*node].database.log.len();
        let connected = |node: &usize| self.streams(*node, primary);
        let least_of = |count: u32, mut lengths: Vec<usize>| {
            lengths.sort_unstable_by(|a, b| b.cmp(a));
            lengths.get(count as usize - 1).copied()
        };
        let of = |list: &[NodeId], most: usize| {
            let present = list.iter().map(|node| node.index()).filter(connected);
            present.take(most).map(|node| held(&node)).collect()
        };
        match durability {
            Durability::Async => Some(held(&primary)),
            Durability::Quorum(count) => {
                // What runs beside a witness is no copy.
                let copies = self.config.data_nodes().map(|node| node.index());
                least_of(*count, copies.filter(connected).map(|node| held(&node)).collect())
            }
            Durability::Sync(list) => least_of(1, of(list, 1)),
            Durability::First(count, list) => least_of(*count, of(list, *count as usize)),
            Durability::Any(count, list) => least_of(*count, of(list, list.len())),
            Durability::Degrading(inner) => {
                Some(self.durable(primary, inner).unwrap_or_else(|| held(&primary)))
            }
        }
    }

    fn acknowledge(&mut self, primary: usize) {
        let durable = self.durable(primary, &self.config.durability).unwrap_or(0);
        let database = &mut self.nodes[primary].database;
        let newly = database.acknowledged.min(durable)..durable;
        self.checks.acknowledged.extend(&database.log[newly]);
        database.acknowledged = durable.max(database.acknowledged);
    }

    /// A write on it would be acknowledged, sooner or later.
    pub fn is_acknowledging(&self, primary: usize) -> bool {
        self.durable(primary, &self.config.durability).is_some()
    }

    /// Exactly one primary, which everyone follows.
    pub fn is_whole(&self) -> bool {
        let mut open = (0..self.nodes.len()).filter(|node| self.nodes[*node].accepts());
        let (Some(primary), None) = (open.next(), open.next()) else { return false };
        let follows = |node: usize| node == primary || self.streams(node, primary);
        (0..self.nodes.len()).all(|node| self.nodes[node].agent.is_some() && follows(node))
    }

    pub fn primary(&self) -> Option<usize> {
        (0..self.nodes.len()).find(|node| self.nodes[*node].accepts())
    }

    pub fn input_of(&self, node: usize, waiting: Waiting) -> Input {
        match waiting {
            Waiting::Message(from, message) => Input::Received { from: NodeId::at(from), message },
            Waiting::Persisted(number) => Input::Persisted { number },
            Waiting::Done(task, outcome) => Input::Done { task, outcome, database: self.report(node) },
        }
    }
}
