//! People who ask, and approve what others ask: by hand, from where they sit, until somebody answers.
//!
//! ```text
//!  call --reaction--> sign --> node 1, no answer in 10 s --> node 2 ... --> noted --> others are called to approve
//!                        '-- the same bytes twice, then signed anew: a request is good for a while only
//! ```

use failover::access::{Answer, Ask, Denial, Progress, Request, RequestId, Unsigned};
use failover::{Input, NodeId};
use scenarios::When;
use sim::{Agenda, Key, SimTime, Stream, Streams};
use units::Span;

use super::World;
use super::authority::Authority;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::{Model, PeopleModel, wall_at};
use crate::note::{Place, What};

/// Assumed: whoever hears nothing for so long tries another node.
pub(crate) const PATIENCE: Span = Span::from_secs(10);
/// Then the same request goes out once more before it is signed anew.
const SENT_AGAIN: u16 = 2;
/// Assumed: after ten minutes of trying a person picks up the telephone, and this model ends.
const ATTEMPTS_MAX: u16 = 60;

/// Everything that people do in a run.
#[derive(Debug, Default)]
pub(super) struct Operators {
    errands: Vec<Errand>,
    /// Requests under way to a node.
    letters: Vec<Letter>,
    /// Answers under way to a person.
    answers: Vec<Answer>,
    /// What was handed in where, for whoever listens.
    pub(super) overheard: Vec<(usize, Request)>,
    pub(super) authority: Authority,
    /// The logic has asked for an operator, and nobody has been called yet.
    pub(super) alarm: bool,
    reactions: Vec<Reactions>,
    /// Per node: what handling requests takes.
    pub(super) desks: Vec<Stream>,
    travel: Option<Stream>,
}

/// Something a person wants to get done.
#[derive(Debug)]
struct Errand {
    person: usize,
    /// The scenario's request that it serves.
    request: usize,
    task: ErrandTask,
    signed: Option<Request>,
    /// To which node next.
    node: usize,
    attempts: u16,
    done: bool,
}

#[derive(Clone, Copy, Debug)]
enum ErrandTask {
    /// What the request asks for.
    Ask,
    /// Approve this.
    Approve(RequestId),
}

/// A request under way, and the fault that sent it if a person did not.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) request: Request,
    pub(super) fault: Option<u16>,
}

impl Operators {
    fn is_done(&self) -> bool {
        self.errands.iter().all(|errand| errand.done)
    }

    /// Somebody has been called about this request, or about approving it, and is not done.
    fn is_seen_to(&self, request: usize) -> bool {
        self.errands.iter().any(|errand| errand.request == request && !errand.done)
    }
}

/// What is drawn for a person: how long they take, whom they turn to first, and what makes a request theirs.
#[derive(Debug)]
struct Reactions {
    delays: Stream,
    desks: Stream,
    nonces: Stream,
}

impl Reactions {
    fn of(streams: Streams, person: Key) -> Reactions {
        let [delays, desks, nonces] = [1, 2, 3].map(|purpose| streams.stream(person.occurrence(purpose)));
        Reactions { delays, desks, nonces }
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    pub(super) fn reset_operators(&mut self, agenda: &mut Agenda<Event>) {
        let model = self.model.clone();
        self.operators = Operators::default();
        if !model.has_requests() {
            return;
        }
        let streams = self.streams;
        self.operators.desks = model.nodes.iter().map(|node| streams.stream(node.keys.desk)).collect();
        self.operators.authority.reset(model.nodes.len());
        let Some(people) = &model.people else { return };
        self.operators.reactions =
            people.people.iter().map(|person| Reactions::of(streams, person.key)).collect();
        self.operators.travel = Some(streams.stream(Key::new("people", "travel")));
        for (number, request) in people.requests.iter().enumerate() {
            let Some(at) = request.at else { continue };
            let at = match at {
                When::At(span) => span,
                When::Between(from, to) => streams.stream(request.key).between(from, to),
            };
            self.measures.edges.push(SimTime::ZERO + at);
            self.give_errand(SimTime::ZERO + at, request.from, number, ErrandTask::Ask, agenda);
        }
    }

    /// Whatever people want is done, or they have given up.
    pub(super) fn people_rest(&self) -> bool {
        self.operators.is_done()
    }

    /// The logic waits for an operator: those who are on call look at it, every time, unless they are about it already.
    pub(super) fn call_operators(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        if !std::mem::take(&mut self.operators.alarm) {
            return;
        }
        let model = self.model.clone();
        let Some(people) = &model.people else { return };
        let on_call = people.requests.iter().enumerate().filter(|(_, request)| request.at.is_none());
        for (number, request) in on_call {
            if !self.operators.is_seen_to(number) {
                let at = now + self.reaction(people, request.from);
                self.give_errand(at, request.from, number, ErrandTask::Ask, agenda);
            }
        }
    }

    /// Whoever was called looks before asking for anything: the primary may be back, or another's request be under way.
    fn needs_nobody(&self, number: u16) -> bool {
        let Some(people) = &self.model.people else { return false };
        let errand = &self.operators.errands[usize::from(number)];
        let called = matches!(errand.task, ErrandTask::Ask) && people.requests[errand.request].at.is_none();
        called && (self.in_service(self.measures.primary) || self.operators.authority.is_under_way())
    }

    fn reaction(&mut self, people: &PeopleModel, person: usize) -> Span {
        people.people[person].reaction.draw(&mut self.operators.reactions[person].delays)
    }

    fn give_errand(
        &mut self,
        at: SimTime,
        person: usize,
        request: usize,
        task: ErrandTask,
        agenda: &mut Agenda<Event>,
    ) {
        let errand = self.operators.errands.len() as u16;
        let node = self.operators.reactions[person].desks.below(self.machines.len() as u64) as usize;
        self.operators.errands.push(Errand {
            person,
            request,
            task,
            signed: None,
            node,
            attempts: 0,
            done: false,
        });
        agenda.schedule(at, Event::Errand { errand, attempt: 0 });
    }

    /// A person acts: for the first time, or because nobody has answered.
    #[cold]
    pub(super) fn errand(&mut self, now: SimTime, number: u16, attempt: u16, agenda: &mut Agenda<Event>) {
        let idle = attempt == 0 && self.needs_nobody(number);
        let errand = &mut self.operators.errands[usize::from(number)];
        if errand.done || errand.attempts != attempt {
            return;
        }
        if idle {
            errand.done = true;
            return;
        }
        errand.attempts += 1;
        errand.done = errand.attempts >= ATTEMPTS_MAX;
        self.measures.active(now);
        if attempt.is_multiple_of(SENT_AGAIN) || self.operators.errands[usize::from(number)].signed.is_none()
        {
            self.sign(now, number);
        }
        let errand = &mut self.operators.errands[usize::from(number)];
        let node = errand.node;
        errand.node = (node + 1) % self.machines.len();
        agenda.schedule(now + PATIENCE, Event::Errand { errand: number, attempt: attempt + 1 });
        if let Some(request) = errand.signed.clone() {
            self.operators.overheard.push((node, request.clone()));
            let person = errand.person;
            let (request, fault) = self.suffer_on_the_way(now, request);
            self.post(now, person, node, Letter { request, fault }, agenda);
        }
    }

    fn sign(&mut self, now: SimTime, number: u16) {
        let model = self.model.clone();
        let Some(people) = &model.people else { return };
        let errand = &mut self.operators.errands[usize::from(number)];
        let person = &people.people[errand.person];
        let ask = match errand.task {
            ErrandTask::Ask => people.requests[errand.request].wish.ask(),
            ErrandTask::Approve(id) => Ask::Approve(id),
        };
        let nonce = self.operators.reactions[errand.person].nonces.next_u64();
        let said = Unsigned { from: person.name.clone(), at: wall_at(now), nonce, ask };
        let request = said.sign(&person.signs_with);
        self.operators.authority.signed(errand.person, request.id(), ask);
        errand.signed = Some(request);
        let name = person.name.clone();
        self.note(now, Place::World, || What::Asks { name, ask });
    }

    fn post(&mut self, now: SimTime, person: usize, node: usize, letter: Letter, agenda: &mut Agenda<Event>) {
        let model = self.model.clone();
        let Some(people) = &model.people else { return };
        let region = people.people[person].region;
        if let Err(cut) = self.network.passes(model.clients_endpoint(region), node) {
            return self.blame_cut(cut);
        }
        let travels = self.travels(&model, region, model.nodes[node].region);
        self.deliver_letter(now + travels, node, letter, agenda);
    }

    fn travels(&mut self, model: &Model<L::Policy>, from: usize, to: usize) -> Span {
        self.operators.travel.as_mut().map_or(Span::ZERO, |dice| model.path(from, to).latency.draw(dice))
    }

    pub(super) fn deliver_letter(
        &mut self,
        at: SimTime,
        node: usize,
        letter: Letter,
        agenda: &mut Agenda<Event>,
    ) {
        let number = self.operators.letters.len() as u32;
        self.operators.letters.push(letter);
        agenda.schedule(at, Event::HandIn { node: node as u16, letter: number });
    }

    /// A request arrives at a node. Nobody answers for an agent that is dead or stands still.
    #[cold]
    pub(super) fn hand_in(&mut self, now: SimTime, node: usize, letter: u32, agenda: &mut Agenda<Event>) {
        if !self.able(node) {
            return self.blame(node, 1);
        }
        let Letter { request, fault } = &self.operators.letters[letter as usize];
        let request = Box::new(request.clone());
        if let Some(fault) = fault {
            self.faults[usize::from(*fault)].effects += 1;
        }
        self.feed(now, node, Input::Request { wall: wall_at(now), request }, agenda);
    }

    /// An agent answers; whoever asked hears it, if the way back is open.
    #[cold]
    pub(super) fn send_answer(
        &mut self,
        now: SimTime,
        node: usize,
        id: RequestId,
        answer: Answer,
        agenda: &mut Agenda<Event>,
    ) {
        let asks = |errand: &Errand| errand.signed.as_ref().is_some_and(|request| request.id() == id);
        let Some(number) = self.operators.errands.iter().position(|errand| !errand.done && asks(errand))
        else {
            return;
        };
        let model = self.model.clone();
        let Some(people) = &model.people else { return };
        let region = people.people[self.operators.errands[number].person].region;
        if let Err(cut) = self.network.passes(node, model.clients_endpoint(region)) {
            return self.blame_cut(cut);
        }
        let travels = self.travels(&model, model.nodes[node].region, region);
        self.operators.answers.push(answer);
        let answer = (self.operators.answers.len() - 1) as u32;
        agenda.schedule(now + travels, Event::Answered { errand: number as u16, answer });
    }

    pub(super) fn answered(&mut self, now: SimTime, number: u16, answer: u32, agenda: &mut Agenda<Event>) {
        let errand = &mut self.operators.errands[usize::from(number)];
        if errand.done {
            return;
        }
        let (person, request, task) = (errand.person, errand.request, errand.task);
        match &self.operators.answers[answer as usize] {
            Answer::Denied(why) if is_worth_another_try(*why) => errand.signed = None,
            Answer::Noted(Progress::Waits { operation, .. }) => {
                errand.done = true;
                if let ErrandTask::Ask = task {
                    let operation = *operation;
                    self.call_approvers(now, request, operation, agenda);
                }
            }
            Answer::Status(_) | Answer::Denied(_) | Answer::Noted(_) => errand.done = true,
        }
        let Some(people) = &self.model.people else { return };
        let name = people.people[person].name.clone();
        let heard = self.operators.answers[answer as usize].clone();
        self.measures.active(now);
        self.note(now, Place::World, || What::Hears { name, answer: heard });
    }

    fn call_approvers(
        &mut self,
        now: SimTime,
        request: usize,
        operation: RequestId,
        agenda: &mut Agenda<Event>,
    ) {
        let model = self.model.clone();
        let Some(people) = &model.people else { return };
        for person in &people.requests[request].approve {
            let at = now + self.reaction(people, *person);
            self.give_errand(at, *person, request, ErrandTask::Approve(operation), agenda);
        }
    }

    /// Some node that could answer, the next after `node`.
    pub(super) fn another_node(&self, node: usize) -> Option<usize> {
        let count = self.machines.len();
        (1..count).map(|step| (node + step) % count).find(|other| self.able(*other))
    }

    /// The node's name for the logic.
    pub(super) fn node_id(node: usize) -> NodeId {
        NodeId::at(node)
    }
}

/// Something went wrong on the way that has nothing to do with what was asked.
fn is_worth_another_try(why: Denial) -> bool {
    matches!(
        why,
        Denial::BadSignature
            | Denial::OutsideWindow
            | Denial::NoCoordinator
            | Denial::NoClock
            | Denial::RateLimited
    )
}
