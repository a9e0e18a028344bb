//! `ping_and_promote.rs` repaired. Nobody acts alone: whoever wants to accept writes needs the promise of a majority,
//! asks for it again with every ping, and stops its database when the promises run out.
//!
//! ```text
//!  primary  claims ------------ stops its database: claim + lease - margin |
//!  voter      '--> heard, promises to help nobody else until: heard + lease |
//! ```
//!
//! `cargo run --example quorum_and_lease` passes what `ping_and_promote` fails.
#![allow(missing_docs)]

use firedrill::failover::lease::{Answer, Holding, Promise, Request};
use firedrill::logic::*;
use serde::{Deserialize, Serialize};
use struct_patch::Patch;

/// The `policy` section of the plan. A lease is as long as the silence after which somebody else stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Patch)]
#[patch(attribute(derive(Clone, Debug, Default, Serialize, Deserialize)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[serde(deny_unknown_fields)]
pub struct Pings {
    ping: Span,
    misses: u64,
}

impl Pings {
    fn lease(&self) -> Lease {
        Lease { length: self.ping * self.misses, margin: self.ping }
    }
}

impl Policy for Pings {
    fn terms(&self) -> Terms {
        // Who comes later in the list of nodes waits longer: twice as long is enough for small clusters.
        let suspicion = self.ping * self.misses * 2;
        Terms { lease: Some(self.lease()), ..Terms::new(self.ping, suspicion) }
    }
}

/// The logic; an agent of it runs on every node.
#[derive(Clone)]
pub struct QuorumAndLease;

impl PolicySection for QuorumAndLease {
    type Policy = Pings;
    type PolicyPatch = PingsPatch;

    fn apply(policy: &mut Pings, patch: PingsPatch) {
        policy.apply(patch);
    }

    fn check(policy: &Pings) -> Vec<Objection> {
        let (field, problem) = ("misses".to_owned(), "one ping that is late costs the lease".to_owned());
        let objection =
            Objection { field, problem, remedy: "use 3 or more".to_owned(), severity: Severity::Error };
        if policy.misses < 3 { vec![objection] } else { Vec::new() }
    }
}

impl Logic for QuorumAndLease {
    type Agent = Keeper;

    fn start(
        &self,
        me: NodeId,
        config: &Arc<Configuration<Pings>>,
        disk: &Saved<Vote>,
        _seed: u64,
        now: Instant,
    ) -> Keeper {
        let Saved(vote) = *disk;
        Keeper {
            me,
            mode: Mode::Following(vote.to.unwrap_or(config.first_primary)),
            epoch: vote.epoch.max(1),
            heard: now,
            next: now,
            vote,
            writes: 0,
            unsaved: None,
            promise: Promise::forgotten(now, config.policy.lease().length),
            holding: Holding::new(config.members.len()),
            until: Instant::ZERO,
            database: DatabaseReport::ABSENT,
            task: None,
            config: Arc::clone(config),
        }
    }
}

/// Whom a node helped last. Forgetting it would let two nodes act under one epoch.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Vote {
    epoch: u64,
    to: Option<NodeId>,
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Following(NodeId),
    /// Wants to be primary.
    Standing,
    Leading,
}

#[derive(Clone, Copy, Hash)]
pub struct Claim {
    epoch: u64,
    sent: Instant,
    position: LogPosition,
    serves: bool,
}

#[derive(Clone, Hash)]
pub enum Message {
    Claim(Claim),
    Granted { epoch: u64, sent: Instant },
    Refused { epoch: u64 },
}

pub struct Keeper {
    me: NodeId,
    config: Arc<Configuration<Pings>>,
    mode: Mode,
    /// The highest epoch heard of.
    epoch: u64,
    /// When a primary was heard last, and when to ping next.
    heard: Instant,
    next: Instant,
    vote: Vote,
    writes: u64,
    /// To be granted when the write of this number is on disk.
    unsaved: Option<(u64, NodeId, Claim)>,
    promise: Promise,
    holding: Holding,
    /// The lease's end.
    until: Instant,
    database: DatabaseReport,
    /// What the database is at work on.
    task: Option<Task>,
}

impl Agent for Keeper {
    type Message = Message;
    type Disk = Saved<Vote>;

    fn handle(&mut self, now: Instant, input: Input<Message>, out: &mut Effects<Keeper>) {
        match input {
            Input::Start { database, first_boot, .. } => {
                self.database = database;
                if first_boot {
                    self.begin(now);
                }
                self.tick(now, out);
            }
            Input::Wake { database } => {
                self.database = database;
                self.tick(now, out);
            }
            Input::Received { from, message: Message::Claim(claim) } => self.on_claim(now, from, claim, out),
            Input::Received { from, message: Message::Granted { epoch, sent } } => {
                self.on_granted(now, from, epoch, sent, out);
            }
            Input::Received { message: Message::Refused { epoch }, .. } => self.on_refused(now, epoch),
            Input::Persisted { number } => self.on_saved(now, number, out),
            Input::Done { task, outcome, database } => self.on_done(task, outcome, database, out),
            // For agents that keep an audit trail, mind an error budget, or do what people ask for.
            Input::Trail(_) | Input::Recorded { .. } | Input::Budget { .. } => {}
            Input::WallClock { .. } | Input::Request { .. } => {}
        }
    }

    fn due(&self) -> Instant {
        if self.must_stop() { self.next.min(self.until) } else { self.next }
    }
}

impl Keeper {
    fn open(&self) -> bool {
        self.database.role == Role::Primary
    }

    /// What does not answer may accept writes when it does again.
    fn must_stop(&self) -> bool {
        let may_accept = matches!(self.database.role, Role::Primary | Role::Unresponsive);
        may_accept && self.task != Some(Task::Stop)
    }

    /// Nobody has promised anything yet, and nobody stands before the first primary had time to be heard.
    fn begin(&mut self, now: Instant) {
        let Lease { length, margin } = self.config.policy.lease();
        self.promise = Promise::none();
        if self.config.first_primary == self.me {
            (self.mode, self.until) = (Mode::Leading, now + length.saturating_sub(margin));
        }
    }

    fn tick(&mut self, now: Instant, out: &mut Effects<Keeper>) {
        if self.must_stop() && now >= self.until {
            self.give(Task::Stop, out);
        }
        if now < self.next {
            return;
        }
        let Pings { ping, misses } = self.config.policy;
        self.next = now + ping;
        // One after the other, so that they do not stand in each other's way.
        let patience = ping * (misses + self.me.index() as u64);
        let able = matches!(self.database.role, Role::Replica | Role::Stopped);
        match self.mode {
            Mode::Following(_) if able && now.since(self.heard) > patience => {
                self.stand(out);
                self.claim(now, self.epoch + 1, out);
            }
            Mode::Following(primary) => self.follow(primary, out),
            Mode::Standing => self.claim(now, self.epoch + 1, out),
            Mode::Leading => self.claim(now, self.epoch, out),
        }
    }

    fn stand(&mut self, out: &mut Effects<Keeper>) {
        if let Mode::Following(silent) = self.mode
            && silent != self.me
        {
            out.push(Effect::Decided(Decision::Suspects(silent)));
        }
        self.mode = Mode::Standing;
    }

    fn follow(&mut self, primary: NodeId, out: &mut Effects<Keeper>) {
        let follows = self.database.source == Some(primary) && self.database.role == Role::Replica;
        if primary != self.me && !follows && self.task.is_none() && self.database.role != Role::Absent {
            self.give(Task::Follow { primary, epoch: self.epoch }, out);
        }
    }

    fn give(&mut self, task: Task, out: &mut Effects<Keeper>) {
        self.task = Some(task);
        out.push(Effect::Do(task));
    }

    /// Asks everybody, itself included, for a lease from now on.
    fn claim(&mut self, now: Instant, epoch: u64, out: &mut Effects<Keeper>) {
        if self.holding.epoch() != epoch {
            self.holding.restart(epoch);
        }
        let claim = Claim { epoch, sent: now, position: self.database.position, serves: self.open() };
        let others = self.config.nodes().filter(|node| *node != self.me);
        out.extend(others.map(|to| Effect::Send { to, message: Message::Claim(claim) }));
        self.on_claim(now, self.me, claim, out);
    }

    fn on_claim(&mut self, now: Instant, from: NodeId, claim: Claim, out: &mut Effects<Keeper>) {
        let Claim { epoch, sent, position, serves } = claim;
        if serves && epoch >= self.epoch && from != self.me {
            (self.mode, self.epoch, self.heard) = (Mode::Following(from), epoch, now);
        }
        let known = self.vote == Vote { epoch, to: Some(from) };
        let behind = !known && !serves && position < self.database.position;
        let least = if known { epoch } else { self.vote.epoch + 1 };
        let request = Request { asker: from, asked: sent, epoch, holds: false };
        let lease = self.config.policy.lease().length;
        if behind || self.promise.ask(now, request, least, lease) != Answer::Granted {
            return self.tell(now, from, Message::Refused { epoch: self.vote.epoch }, out);
        }
        if known && self.unsaved.is_none() {
            return self.tell(now, from, Message::Granted { epoch, sent }, out);
        }
        self.vote = Vote { epoch, to: Some(from) };
        self.writes += 1;
        self.unsaved = Some((self.writes, from, claim));
        out.push(Effect::Persist(Save { number: self.writes, value: self.vote }));
    }

    fn on_saved(&mut self, now: Instant, number: u64, out: &mut Effects<Keeper>) {
        if let Some((_, to, Claim { epoch, sent, .. })) = self.unsaved.take_if(|(of, ..)| *of == number) {
            self.tell(now, to, Message::Granted { epoch, sent }, out);
        }
    }

    fn tell(&mut self, now: Instant, to: NodeId, message: Message, out: &mut Effects<Keeper>) {
        match message {
            Message::Granted { epoch, sent } if to == self.me => self.on_granted(now, to, epoch, sent, out),
            Message::Refused { epoch } if to == self.me => self.on_refused(now, epoch),
            message => out.push(Effect::Send { to, message }),
        }
    }

    fn on_granted(
        &mut self,
        now: Instant,
        voter: NodeId,
        epoch: u64,
        sent: Instant,
        out: &mut Effects<Keeper>,
    ) {
        let Lease { length, margin } = self.config.policy.lease();
        self.holding.granted(voter, epoch, sent);
        let until = self.holding.valid_until(self.config.majority(), length, margin);
        let Some(until) = until.filter(|until| *until > now) else { return };
        if self.mode == Mode::Standing {
            (self.mode, self.epoch) = (Mode::Leading, self.holding.epoch());
            out.push(Effect::Decided(Decision::HoldsLease { epoch: self.epoch }));
        }
        if self.mode != Mode::Leading {
            return;
        }
        self.until = until;
        if self.open() {
            out.push(Effect::PetWatchdog { until });
        } else if self.task.is_none() {
            self.give(Task::Promote { epoch: self.epoch }, out);
        }
    }

    /// Somebody is ahead, or promised to somebody else: stand back for a while.
    fn on_refused(&mut self, now: Instant, epoch: u64) {
        if self.mode == Mode::Standing || (self.mode == Mode::Leading && epoch > self.epoch) {
            (self.mode, self.heard, self.until) = (Mode::Following(self.me), now, now);
            self.holding.give_back(now);
            self.promise.release(self.me, now);
        }
        self.epoch = self.epoch.max(epoch);
    }

    fn on_done(&mut self, task: Task, outcome: Outcome, database: DatabaseReport, out: &mut Effects<Keeper>) {
        (self.task, self.database) = (None, database);
        match task {
            Task::Promote { epoch } if outcome == Outcome::Succeeded => {
                out.push(Effect::PetWatchdog { until: self.until });
                self.give(Task::Redirect { epoch }, out);
            }
            Task::Stop => out.push(Effect::DisarmWatchdog),
            _ => {}
        }
    }
}

firedrill::suite!(QuorumAndLease, "examples/scenarios");
