//! What people ask: taken by any node, decided by the coordinator, agreed on by the majority, carried out when it is
//! approved and its time has come.

use units::Span;

use crate::access::{
    Access, Answer, Ask, Denial, Dropped, Gate, Operation, Order, PersonRole, Request, RequestId, Status,
    WallTime, Window,
};
use crate::alert::Concern;
use crate::cluster::{Command, Stage};
use crate::consensus::Consensus;
use crate::decision::Decision;
use crate::id::NodeId;
use crate::message::{Content, Effect};
use crate::plan::dry_run;
use crate::reason::Reason;
use crate::time::Instant;

use super::Controller;
use super::alerts::alert;

/// Requests that wait for the majority at most; an answer to the oldest is forgotten first.
const AWAITING_MAX: usize = 64;

/// How often it is said how many requests were dropped: a flood must not flood the audit trail as well.
const TELL_OF_SHED: Span = Span::from_secs(1);

/// The longest claimed name that is written down.
const CLAIM_MAX: usize = 64;

/// Where people hand in requests.
#[derive(Debug)]
pub(super) struct Desk {
    gate: Gate,
    /// What the wall clock showed when the node's own clock showed that.
    wall: Option<(Instant, WallTime)>,
    /// Dropped since that was last said.
    shed: u32,
    shed_due: Instant,
    /// As coordinator: to whom each request that is being agreed on was handed in.
    awaiting: Vec<(RequestId, NodeId)>,
}

impl Desk {
    pub(super) fn new(access: &Access, now: Instant) -> Desk {
        Desk {
            gate: Gate::new(access, now),
            wall: None,
            shed: 0,
            shed_due: Instant::NEVER,
            awaiting: Vec::new(),
        }
    }

    pub(super) fn due(&self) -> Instant {
        self.shed_due
    }

    /// Nothing is left to be said.
    pub(super) fn is_clear(&self) -> bool {
        self.shed == 0
    }

    fn wall(&self, now: Instant) -> Option<WallTime> {
        self.wall.map(|(known, wall)| wall + now.since(known))
    }

    fn shed(&mut self, now: Instant, requests: u32) {
        self.shed = self.shed.saturating_add(requests);
        self.shed_due = self.shed_due.min(now + TELL_OF_SHED);
    }
}

impl Controller {
    #[cold]
    pub(super) fn set_wall_clock(&mut self, wall: WallTime) {
        self.desk.wall = Some((self.now, wall));
        // A window may have come nearer.
        self.attention |= self.cluster.ledger.operation.is_some();
    }

    /// Of requests that are dropped unread only their number is written down.
    pub(super) fn tell_of_shed(&mut self, out: &mut Vec<Effect>) {
        if self.now >= self.desk.shed_due {
            self.desk.shed_due = Instant::NEVER;
            let requests = std::mem::take(&mut self.desk.shed);
            out.push(Effect::Decided(Decision::Sheds { requests }));
        }
    }

    /// A request that is handed in here. Returns whether anybody looked at it: in a flood most are dropped unread, and
    /// nothing follows from those.
    #[cold]
    pub(super) fn take_handed_in(&mut self, request: Request, out: &mut Vec<Effect>) -> bool {
        let shed = self.desk.shed;
        self.take_request(self.id, request, out);
        self.quiet_until = self.quiet_until.min(self.desk.due());
        self.desk.shed <= shed
    }

    /// Drops as many more requests in one name unread, at the price of one, if that is all that it would do with each that it
    /// was handed at `now`, when it has already been woken for that moment. Says whether it did; if not, nothing has changed.
    pub fn drop_unread(&mut self, now: Instant, wall: WallTime, name: &str, requests: u32) -> bool {
        let busy = now != self.now
            || !self.looks_at_nothing()
            || self.is_due_in_consensus()
            || self.cluster.ledger.operation.is_some();
        if busy || !self.desk.gate.drops(now, name) {
            return false;
        }
        self.desk.wall = Some((now, wall));
        self.desk.shed(now, requests);
        self.quiet_until = self.quiet_until.min(self.desk.due());
        true
    }

    /// A request that was handed in at `edge`: here, or at a node that could not decide it.
    #[cold]
    pub(super) fn take_request(&mut self, edge: NodeId, request: Request, out: &mut Vec<Effect>) {
        let Some(wall) = self.desk.wall(self.now) else {
            return self.deny(edge, &request, Denial::NoClock, out);
        };
        match self.desk.gate.admit(self.now, wall, &request) {
            Err(Denial::RateLimited) => self.desk.shed(self.now, 1),
            Err(why) => self.deny(edge, &request, why, out),
            Ok(_) if request.said.ask == Ask::Status && self.is_member() => {
                self.answer(edge, request.id(), Answer::Status(self.status()), out)
            }
            Ok(role) if self.coordinates() => self.consider(edge, wall, role, request, out),
            Ok(_) => self.forward(edge, request, out),
        }
    }

    fn forward(&mut self, edge: NodeId, request: Request, out: &mut Vec<Effect>) {
        let leader = self.consensus.leader().filter(|leader| *leader != self.id && edge == self.id);
        match leader.filter(|leader| !self.suspects.contains(*leader)) {
            None => self.deny(edge, &request, Denial::NoCoordinator, out),
            Some(to) => {
                out.push(Effect::Decided(Decision::Forwards { request: request.id(), to }));
                out.push(Effect::Send { to, message: Content::Ask(Box::new(request)).into() });
            }
        }
    }

    /// As coordinator: what could be granted goes to the majority.
    fn consider(
        &mut self,
        edge: NodeId,
        wall: WallTime,
        role: PersonRole,
        request: Request,
        out: &mut Vec<Effect>,
    ) {
        let (id, ask) = (request.id(), request.said.ask);
        // Asked again because the answer got lost: it has no further effect.
        if let Some(waits) = self.cluster.ledger.operation.as_ref().filter(|waits| waits.id == id) {
            return self.answer(edge, id, Answer::Noted(waits.progress()), out);
        }
        if let Err(why) = self.sensible(&request, wall) {
            return self.deny(edge, &request, why, out);
        }
        self.desk.awaiting.truncate(AWAITING_MAX - 1);
        self.desk.awaiting.insert(0, (id, edge));
        let access = &self.config.policy.access;
        let valid = wall + access.validity;
        let (at, nonce) = (request.said.at, request.said.nonce);
        let expires = match ask {
            Ask::Switchover { window: Some(window), .. } => valid.max(window.until),
            _ => valid,
        };
        let needed = access.approvals;
        let order = Order { id, by: request.said.from, role, at, nonce, ask, needed, expires };
        out.push(Effect::Decided(Decision::Admits { request: id }));
        self.propose(Command::Order(order), out);
    }

    fn sensible(&self, request: &Request, wall: WallTime) -> Result<(), Denial> {
        let said = &request.said;
        if self.cluster.ledger.has_seen(&said.from, said.at, said.nonce) {
            return Err(Denial::Replayed);
        }
        let able = |to: NodeId| self.config.data_nodes().any(|node| node == to) && to != self.cluster.primary;
        match said.ask {
            Ask::Failover { .. } | Ask::Switchover { .. } if self.is_multi_active() => Err(Denial::NoRole),
            Ask::Failover { to: Some(to) } | Ask::Switchover { to, .. } if !able(to) => {
                Err(Denial::NoSuchTarget)
            }
            Ask::Switchover { window: Some(window), .. }
                if window.from >= window.until || window.until <= wall =>
            {
                Err(Denial::EmptyWindow)
            }
            _ => Ok(()),
        }
    }

    /// The majority agreed that this was asked.
    pub(super) fn on_ordered(&mut self, order: Order, out: &mut Vec<Effect>) {
        let outcome = self.cluster.ledger.order(&order);
        self.attention = true;
        let (request, claims) = (order.id, order.by);
        let decision = match outcome {
            Ok(progress) => Decision::Notes { request, progress },
            Err(why) => Decision::Denies { request, claims, why },
        };
        out.push(Effect::Decided(decision));
        if let Some(place) = self.desk.awaiting.iter().position(|(id, _)| *id == request) {
            let (_, edge) = self.desk.awaiting.remove(place);
            self.answer(edge, request, outcome.map_or_else(Answer::Denied, Answer::Noted), out);
        }
    }

    pub(super) fn on_dropped(&mut self, request: RequestId, why: Dropped, out: &mut Vec<Effect>) {
        if self.cluster.apply(Command::Drop { operation: request, why }) {
            (self.attention, self.proposed_until) = (true, self.now);
            out.push(Effect::Decided(Decision::Drops { request, why }));
        }
    }

    /// What waited when the role went elsewhere for another reason is not carried out.
    pub(super) fn tell_if_overtaken(
        &self,
        waited: Option<RequestId>,
        command: &Command,
        out: &mut Vec<Effect>,
    ) {
        let obeyed = matches!(
            command,
            Command::Begin { reason: Reason::Manual, .. }
                | Command::HandOver { reason: Reason::Manual | Reason::Scheduled, .. }
        );
        if let Some(request) = waited.filter(|_| !obeyed && self.cluster.ledger.operation.is_none()) {
            out.push(Effect::Decided(Decision::Drops { request, why: Dropped::Overtaken }));
        }
    }

    /// As coordinator in steady service: carries out what is approved, when its time has come. Returns whether
    /// something was proposed.
    pub(super) fn carry_out_request(&mut self, out: &mut Vec<Effect>) -> bool {
        let Some(operation) = &self.cluster.ledger.operation else { return false };
        let Some(wall) = self.desk.wall(self.now) else { return false };
        let (id, ask, expires) = (operation.id, operation.ask, operation.expires);
        if let Some(why) = self.over(operation, wall) {
            self.propose_once(Command::Drop { operation: id, why }, out);
            return true;
        }
        let approved = operation.missing() == 0;
        self.look_at(expires.since(wall));
        if !approved {
            return false;
        }
        if self.now < self.cooldown_until {
            self.look_at(self.cooldown_until.since(self.now));
            return false;
        }
        match ask {
            Ask::Failover { .. } => self.fail_over(id, out),
            Ask::Switchover { to, window } => self.switch_over(id, to, window, wall, out),
            Ask::Status | Ask::Approve(_) | Ask::Cancel(_) => false,
        }
    }

    /// Too late for it. A switchover must fit into what is left of its window even if every step takes as long as
    /// it may.
    fn over(&self, operation: &Operation, wall: WallTime) -> Option<Dropped> {
        match operation.ask {
            Ask::Switchover { window: Some(window), .. } if wall + self.switchover_takes() > window.until => {
                Some(Dropped::WindowTooShort)
            }
            _ if wall >= operation.expires => Some(Dropped::Expired),
            _ => None,
        }
    }

    /// Conservative: closing, or giving up on it, and every step of the plan.
    fn switchover_takes(&self) -> Span {
        self.config.policy.steps.promote + self.config.policy.steps.total()
    }

    fn look_at(&mut self, after: Span) {
        self.recheck = self.recheck.min(self.now + after);
    }

    /// A failover that finds no target would only take the primary away.
    fn fail_over(&mut self, request: RequestId, out: &mut Vec<Effect>) -> bool {
        let view = self.view();
        let from = self.cluster.primary;
        let possible = dry_run(&self.config, &crate::View { avoid: Some(from), ..view }, from);
        if !possible.is_ok_and(|run| run.feasible() && run.plan.to != from) {
            self.look_at(self.config.policy.heartbeat);
            return false;
        }
        let (epoch, reason) = (self.cluster.epoch + 1, Reason::Manual);
        out.push(Effect::Decided(Decision::Obeys { epoch, from, request, reason }));
        self.begin(reason, out);
        true
    }

    fn switch_over(
        &mut self,
        request: RequestId,
        to: NodeId,
        window: Option<Window>,
        wall: WallTime,
        out: &mut Vec<Effect>,
    ) -> bool {
        if let Some(window) = window.filter(|window| wall < window.from) {
            self.look_at(window.from.since(wall));
            return false;
        }
        if !self.may_have_the_role(to) {
            self.look_at(self.config.policy.heartbeat);
            return false;
        }
        let reason = if window.is_some() { Reason::Scheduled } else { Reason::Manual };
        let (epoch, from) = (self.cluster.epoch + 1, self.cluster.primary);
        out.push(Effect::Decided(Decision::Obeys { epoch, from, request, reason }));
        self.hand_over(to, reason, out);
        true
    }

    /// Says once that an operator is needed.
    pub(super) fn await_operator(&mut self, reason: Reason, out: &mut Vec<Effect>) {
        if !std::mem::replace(&mut self.awaits_operator, true) {
            let from = self.cluster.primary;
            out.push(Effect::Decided(Decision::AwaitsOperator { from, reason }));
            alert(Concern::OperatorNeeded { reason }, out);
        }
    }

    /// As coordinator: something waits for approvals or for its time.
    pub(super) fn has_a_request(&self) -> bool {
        self.coordinates() && self.cluster.ledger.operation.is_some()
    }

    fn status(&self) -> Status {
        Status {
            primary: self.cluster.primary,
            epoch: self.cluster.epoch,
            steady: self.cluster.stage == Stage::Steady,
            waits: self.cluster.ledger.operation.as_ref().map(|operation| operation.id),
        }
    }

    fn deny(&mut self, edge: NodeId, request: &Request, why: Denial, out: &mut Vec<Effect>) {
        let id = request.id();
        let name = &request.said.from;
        let claims = name[..name.floor_char_boundary(CLAIM_MAX)].to_owned();
        out.push(Effect::Decided(Decision::Denies { request: id, claims, why }));
        self.answer(edge, id, Answer::Denied(why), out);
    }

    fn answer(&self, edge: NodeId, request: RequestId, answer: Answer, out: &mut Vec<Effect>) {
        out.push(match edge == self.id {
            true => Effect::Answer { request, answer },
            false => Effect::Send { to: edge, message: Content::Answer { request, answer }.into() },
        });
    }
}
