//! The logic of this repository behind a wrapper that makes one mistake: with its configuration, with what it
//! hears, or with what it wants done. The logic itself is the one that ships.

use std::collections::BTreeMap;
use std::sync::Arc;

use failover::access::{Mode, PersonRole};
use failover::audit::{Anchor, Entry, Told};
use failover::consensus::{Body, Durable};
use failover::{
    Concern, Configuration, Content, Controller, Countdown, DatabaseReport, Decision, Detector, Durability,
    Effect, Heartbeat, Input, Instant, LeaseAnswer, LogPosition, Message, NodeId, NodeSet, Outcome, Policy,
    PolicyPatch, Role, Stamp, Step, Task,
};
use models::{Agent, Failover, Logic};
use scenarios::{Named, Objection, Plan, Stage};
use units::Span;

use crate::gullible;
use crate::mistake::Mistake;

/// Logic with a mistake; what it says of plans is what the sound one says.
#[derive(Clone)]
pub struct Canary(pub Mistake);

/// An agent with a mistake.
pub struct CanaryAgent {
    sound: Controller,
    mistake: Mistake,
    id: NodeId,
    voters: NodeSet,
    /// Whom it suspects, as it told the others last.
    suspects: NodeSet,
    /// The newest position that any primary told of.
    newest: LogPosition,
    /// The check that was ordered, where another is carried out.
    verify: Option<Task>,
    /// It was primary before, so its copy may have diverged.
    was_primary: bool,
    /// The order to follow that it thinks it carries out, or has.
    follow: Option<Task>,
    /// It is primary by its own leave.
    usurps: bool,
    /// It waits for the old lease.
    fencing: bool,
    /// How many messages it heard, for a mistake that counts what is played back, or hears what nobody said.
    heard: u64,
    generation: u32,
    /// By member: its generation, as it was heard last.
    generations: BTreeMap<NodeId, u32>,
}

impl scenarios::Logic for Canary {
    type Policy = Policy;
    type PolicyPatch = PolicyPatch;

    fn apply(policy: &mut Policy, patch: PolicyPatch) {
        <Failover as scenarios::Logic>::apply(policy, patch);
    }

    fn check(policy: &Policy) -> Vec<Objection> {
        <Failover as scenarios::Logic>::check(policy)
    }

    fn names(policy: &Policy) -> Vec<Named> {
        <Failover as scenarios::Logic>::names(policy)
    }

    fn settle(plan: &mut Plan<Policy>) {
        <Failover as scenarios::Logic>::settle(plan);
    }

    fn needs_majority(policy: &Policy) -> bool {
        <Failover as scenarios::Logic>::needs_majority(policy)
    }

    fn review(plan: &Plan<Policy>) -> Vec<Objection> {
        <Failover as scenarios::Logic>::review(plan)
    }

    fn stages(plan: &Plan<Policy>, one_way: (Span, Span)) -> Vec<Stage> {
        <Failover as scenarios::Logic>::stages(plan, one_way)
    }
}

impl Logic for Canary {
    type Agent = CanaryAgent;

    fn start(
        &self,
        id: NodeId,
        config: &Arc<Configuration>,
        durable: &Durable,
        seed: u64,
        now: Instant,
    ) -> CanaryAgent {
        let (mut config, mut durable) = (Configuration::clone(config), durable.clone());
        self.misconfigure(&mut config);
        // What a cluster agreed on when it was created cannot be forgotten before it was known.
        let new = durable.hard_state.commit == 0 && durable.log.len() == 1;
        if self.0 == Mistake::ForgetsItsDisk && !new {
            durable = Durable::default();
        }
        CanaryAgent {
            mistake: self.0,
            id,
            voters: config.voters().collect(),
            suspects: NodeSet::EMPTY,
            newest: LogPosition::default(),
            verify: None,
            was_primary: id == config.first_primary,
            follow: None,
            usurps: false,
            fencing: false,
            heard: 0,
            generation: 0,
            generations: BTreeMap::new(),
            sound: Failover.start(id, &Arc::new(config), &durable, seed, now),
        }
    }

    fn tampered(&self, config: &Configuration) -> Option<Configuration> {
        Failover.tampered(config)
    }
}

impl Canary {
    fn misconfigure(&self, config: &mut Configuration) {
        match self.0 {
            Mistake::CountsEverybody => config.members.iter_mut().for_each(|member| member.votes = true),
            Mistake::IgnoresLag => config.policy.promote_lag_max = Span::from_secs(86_400),
            Mistake::ForgetsReadQuorum => config.durability = Durability::Async,
            Mistake::NeverSuspects => config.policy.detector = Detector::Missed(1_000),
            Mistake::SuspectsSoon => config.policy.detector = Detector::Missed(1),
            Mistake::LeavesNoMargin => config.policy.lease_margin = Span::ZERO,
            Mistake::NeverRestarts => config.policy.restart = Span::ZERO,
            Mistake::TrustsAnyPlan => config.policy.manifest = false,
            Mistake::HasNoCooldown => config.policy.cooldown = Span::ZERO,
            Mistake::ActsWithoutPeople => config.policy.mode = Mode::Automatic,
            Mistake::HasNoRateLimit => config.policy.access.rate.burst = u32::MAX,
            Mistake::AcceptsAnyRole => {
                config.policy.access.people.iter_mut().for_each(|person| person.role = PersonRole::Admin)
            }
            Mistake::PicksByName => {
                (config.policy.prefer_regions, config.policy.prefer_sites) = (Vec::new(), Vec::new());
                let mut names: Vec<String> =
                    config.members.iter().map(|member| member.name.clone()).collect();
                names.sort_by(|a, b| b.cmp(a));
                for member in &mut config.members {
                    let place = names.iter().position(|name| *name == member.name);
                    member.capacity = place.expect("it is among them") as u64;
                }
            }
            _ => {}
        }
    }
}

impl Agent for CanaryAgent {
    type Message = Message;
    type Disk = Durable;

    fn handle(&mut self, now: Instant, mut input: Input, out: &mut Vec<Effect>) {
        let first = out.len();
        if self.mistake == Mistake::NeedsEverybody && is_grant(&input) && self.suspects != NodeSet::EMPTY {
            return;
        }
        self.mishear(now, &mut input);
        let awake = matches!(input, Input::Wake { .. });
        if let Some(wall) = gullible::wrong_time(self.mistake, &self.sound.cluster().ledger) {
            self.sound.handle(now, Input::WallClock { wall }, out);
        }
        self.sound.handle(now, input, out);
        self.remember(&out[first..]);
        match self.mistake {
            Mistake::AcceptsStaleEpochs => grant(&mut out[first..], |no| *no == LeaseAnswer::Stale),
            Mistake::PromisesTwice => grant(&mut out[first..], |no| matches!(no, LeaseAnswer::Wait(_))),
            Mistake::VotesTwice => out[first..].iter_mut().for_each(vote),
            Mistake::CountsAnAbsentVote => {
                let last: Vec<NodeId> = self.voters.iter().max().into_iter().collect();
                self.forge_grants(now, out, first, &last);
            }
            Mistake::CountsTheLivingOnly => self.count_the_living(now, out, first),
            Mistake::SkipsTheFence if self.fencing => {
                let everyone: Vec<NodeId> = self.voters.iter().collect();
                self.forge_grants(now, out, first, &everyone);
            }
            Mistake::DoesNotStop => self.swallow_stop(now, out),
            Mistake::NeverArmsTheWatchdog => {
                out.retain(|effect| !matches!(effect, Effect::PetWatchdog { .. }))
            }
            Mistake::PromotesUnproven => self.check_nothing(&mut out[first..]),
            Mistake::RejoinsUnrewound => self.follow_as_it_is(&mut out[first..]),
            Mistake::FailsBackAlone if awake => self.fail_back(out),
            Mistake::KeepsLostQuorumToItself => out.retain(|effect| !tells_of_a_lost_quorum(effect)),
            Mistake::ClosesItsCopy if out[first..].iter().any(tells_of_a_lost_quorum) => {
                out.push(Effect::Do(Task::Stop));
            }
            Mistake::PromotesOffTheRecord => out.retain(|effect| !tells_of_a_promotion(effect)),
            _ => {}
        }
    }

    fn due(&self) -> Instant {
        self.sound.due()
    }

    fn coordinates(&self) -> Option<bool> {
        Agent::coordinates(&self.sound)
    }

    fn has_plans(&self) -> bool {
        self.sound.has_plans()
    }

    fn countdowns(&mut self, out: &mut Vec<Countdown>) {
        self.sound.countdowns(out);
    }

    fn skip(&mut self, now: Instant, span: Span) {
        self.sound.skip(now, span);
    }

    fn has_reason(&mut self, now: Instant) -> bool {
        self.sound.has_reason(now)
    }

    fn at_rest(&self, now: Instant) -> bool {
        self.sound.at_rest(now)
    }

    fn only_waits(&self, now: Instant) -> bool {
        self.sound.only_waits(now)
    }

    fn asks_kms_for_each_write(&self) -> bool {
        self.mistake == Mistake::AsksTheKmsForEachWrite
    }

    fn keep_trail(&mut self) -> bool {
        Agent::keep_trail(&mut self.sound)
    }

    fn anchor(&self, of: NodeId) -> Option<Anchor> {
        self.sound.anchor(of)
    }
}

impl CanaryAgent {
    /// What it will need to know of its own decisions.
    fn remember(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Decided(Decision::Suspects(node)) => {
                    self.suspects.insert(*node);
                }
                Effect::Decided(Decision::Trusts(node)) => {
                    self.suspects.remove(*node);
                }
                Effect::Decided(Decision::StepBegins { step, .. }) => self.fencing = *step == Step::Fence,
                Effect::Decided(Decision::StepFails { .. }) => self.fencing = false,
                _ => {}
            }
        }
    }

    fn mishear(&mut self, now: Instant, input: &mut Input) {
        match input {
            Input::Request { wall, request } => {
                gullible::believe(self.mistake, *wall, request, &self.sound.cluster().ledger);
            }
            Input::Received { from, message } => self.mishear_message(now, *from, message),
            Input::Budget { left } if self.mistake == Mistake::IgnoresTheBudget => *left = 1_000_000,
            Input::Done { task, database, .. } => {
                self.mistake_task(task);
                self.misread(database);
            }
            Input::Start { database, generation, .. } => {
                self.generation = *generation;
                self.misread(database);
            }
            Input::Wake { database } => self.misread(database),
            _ => {}
        }
    }

    fn mishear_message(&mut self, now: Instant, from: NodeId, message: &mut Message) {
        if self.mistake.hears_twice() {
            self.heard += 1;
            let generation = message.stamp.generation();
            message.stamp = Stamp::new(generation, self.generation, self.heard);
            self.generations.insert(from, generation);
        }
        match &mut message.content {
            Content::Ask(request) => {
                gullible::believe_forwarded(self.mistake, request, &self.sound.cluster().ledger);
            }
            Content::LeaseReply { asked, .. } if self.mistake == Mistake::CountsOldGrants => *asked = now,
            Content::Heartbeat(beat) => self.mishear_beat(from, beat),
            Content::Anchors(told) if self.mistake == Mistake::RemembersNoTrail => **told = Told::default(),
            _ => {}
        }
    }

    fn mishear_beat(&mut self, from: NodeId, beat: &mut Heartbeat) {
        if beat.database.role == Role::Primary {
            self.newest = self.newest.max(beat.database.position);
        }
        if self.mistake == Mistake::TrustsOneSuspicion {
            for node in self.suspects.iter().filter(|node| *node != from) {
                beat.suspects.insert(node);
            }
        }
    }

    /// What was done in place of an order is taken for the order.
    fn mistake_task(&self, task: &mut Task) {
        match (*task, self.verify, self.follow) {
            (Task::Verify { .. }, Some(ordered), _) | (Task::Seal { .. }, _, Some(ordered)) => {
                *task = ordered
            }
            _ => {}
        }
    }

    fn misread(&mut self, database: &mut DatabaseReport) {
        self.was_primary |= database.role == Role::Primary;
        match self.mistake {
            Mistake::PromotesUnproven if database.role == Role::Replica => {
                database.position = database.position.max(self.newest);
            }
            Mistake::RejoinsUnrewound if database.role == Role::Replica && database.source.is_none() => {
                if let Some(Task::Follow { primary, .. }) = self.follow {
                    database.source = Some(primary);
                }
            }
            Mistake::FailsBackAlone if self.usurps && database.role == Role::Primary => {
                database.role = Role::Stopped;
            }
            _ => {}
        }
    }

    /// If it asks for the lease, these voters have granted it.
    fn forge_grants(&mut self, now: Instant, out: &mut Vec<Effect>, first: usize, voters: &[NodeId]) {
        let asks = out[first..].iter().find_map(|effect| match effect {
            Effect::Send { message: Message { stamp, content: Content::Heartbeat(beat) }, .. } => {
                beat.lease().map(|epoch| (beat.sent, epoch, stamp.generation()))
            }
            _ => None,
        });
        let Some((asked, epoch, generation)) = asks else { return };
        for from in voters.iter().copied() {
            if from == self.id {
                continue;
            }
            self.heard += 1;
            let theirs = self.generations.get(&from).copied().unwrap_or(1);
            let stamp = Stamp::new(theirs, self.generation, self.heard);
            let answer = LeaseAnswer::Granted;
            let content = Content::LeaseReply { asked, generation, epoch, answer };
            let (before, message) = (out.len(), Message { stamp, content });
            self.sound.handle(now, Input::Received { from, message }, out);
            let new = out.split_off(before);
            self.remember(&new);
            out.extend(new);
        }
    }

    /// A majority of those it does not suspect is enough.
    fn count_the_living(&mut self, now: Instant, out: &mut Vec<Effect>, first: usize) {
        let voters = self.voters.len();
        let suspects = self.suspects.iter().filter(|node| self.voters.contains(*node));
        let missing = (voters / 2 + 1) - ((voters - self.suspects.shared_with(&self.voters)) / 2 + 1);
        let dead: Vec<NodeId> = suspects.take(missing).collect();
        self.forge_grants(now, out, first, &dead);
    }

    fn swallow_stop(&mut self, now: Instant, out: &mut Vec<Effect>) {
        let stop = Effect::Do(Task::Stop);
        while let Some(place) = out.iter().position(|effect| *effect == stop) {
            out.remove(place);
            let database = DatabaseReport { role: Role::Stopped, ..DatabaseReport::ABSENT };
            let done = Input::Done { task: Task::Stop, outcome: Outcome::Succeeded, database };
            self.sound.handle(now, done, out);
        }
    }

    fn check_nothing(&mut self, effects: &mut [Effect]) {
        for effect in effects {
            if let Effect::Do(Task::Verify { epoch, at_least }) = effect {
                self.verify = Some(Task::Verify { epoch: *epoch, at_least: *at_least });
                *at_least = LogPosition::default();
            }
        }
    }

    /// A copy that was primary is started as a replica, and that is all.
    fn follow_as_it_is(&mut self, effects: &mut [Effect]) {
        for effect in effects {
            let Effect::Do(task) = effect else { continue };
            self.follow = None;
            if let (Task::Follow { epoch, .. }, true) = (*task, self.was_primary) {
                self.follow = Some(*task);
                *task = Task::Seal { epoch };
            }
        }
    }

    /// The first primary, cut off from the majority and without its role, opens its database again.
    fn fail_back(&mut self, out: &mut Vec<Effect>) {
        let alone = 2 * self.suspects.shared_with(&self.voters) > self.voters.len();
        if self.id == NodeId(0) && alone && !self.usurps {
            self.usurps = true;
            out.push(Effect::DisarmWatchdog);
            out.push(Effect::Do(Task::Promote { epoch: 1 }));
        }
    }
}

fn is_grant(input: &Input) -> bool {
    matches!(input, Input::Received { message: Message { content: Content::LeaseReply { .. }, .. }, .. })
}

fn tells_of_a_lost_quorum(effect: &Effect) -> bool {
    matches!(effect, Effect::Alert(alert) if alert.what == Concern::QuorumLost)
}

fn tells_of_a_promotion(effect: &Effect) -> bool {
    matches!(effect, Effect::Record(record) if matches!(record.entry, Entry::Begins(Task::Promote { .. })))
}

/// Grants what was refused for such a reason.
fn grant(effects: &mut [Effect], refused: impl Fn(&LeaseAnswer) -> bool) {
    for effect in effects {
        if let Effect::Send { message: Message { content: Content::LeaseReply { answer, .. }, .. }, .. } =
            effect
            && refused(answer)
        {
            *answer = LeaseAnswer::Granted;
        }
    }
}

fn vote(effect: &mut Effect) {
    if let Effect::Send { message: Message { content: Content::Consensus(message), .. }, .. } = effect
        && let Body::Vote(answer) | Body::PreVote(answer) = &mut message.body
    {
        answer.granted = true;
    }
}
