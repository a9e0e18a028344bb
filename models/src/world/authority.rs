//! What was really asked, by whom, and approved by whom: the world knows, whatever agents say.

use failover::access::{Ask, RequestId};
use failover::{Decision, Reason};
use scenarios::Invariant;
use sim::SimTime;

use super::World;
use crate::invariants::unauthorised::{self, Asked};
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::wall_at;
use crate::requests::Requests;

/// What is known of requests in a run.
#[derive(Debug, Default)]
pub(super) struct Authority {
    /// Everything that people signed.
    signed: Vec<RequestId>,
    /// What they asked for.
    wishes: Vec<Asked>,
    /// The request that is being carried out.
    under_way: Option<UnderWay>,
    /// The newest epoch whose plan was called complete.
    complete: u64,
    /// Epochs that a request is behind.
    obeyed: Vec<u64>,
    /// Per node: requests taken of which its audit trail knows nothing yet.
    unsaid: Vec<u64>,
    shown: Requests,
}

/// A request that is being carried out.
#[derive(Debug)]
struct UnderWay {
    id: RequestId,
    /// By which epoch's plan.
    epoch: u64,
    /// When its window ends.
    end: Option<SimTime>,
}

impl Authority {
    pub(super) fn reset(&mut self, nodes: usize) {
        *self = Authority { unsaid: vec![0; nodes], ..Authority::default() };
    }

    /// A person signed this.
    pub(super) fn signed(&mut self, person: usize, id: RequestId, ask: Ask) {
        self.signed.push(id);
        match ask {
            Ask::Failover { .. } | Ask::Switchover { .. } => {
                self.wishes.push(Asked { id, person, ask, approvals: Vec::new(), done: false })
            }
            Ask::Approve(of) => {
                let wish = self.wishes.iter_mut().find(|wish| wish.id == of);
                wish.into_iter().for_each(|wish| wish.approvals.push(person));
            }
            Ask::Status | Ask::Cancel(_) => {}
        }
    }

    /// Somebody's request is being carried out.
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// An agent took a request; whether that left a trace.
    pub(super) fn taken(&mut self, node: usize, requests: u64, told: bool) {
        self.shown.taken += requests;
        self.unsaid[node] += if told { 0 } else { requests };
    }

    /// What an agent that died had not said yet is not held against it.
    pub(super) fn forget(&mut self, node: usize) {
        if let Some(unsaid) = self.unsaid.get_mut(node) {
            *unsaid = 0;
        }
    }

    pub(super) fn conclude(&self, now: SimTime) -> Requests {
        let late = self.under_way.as_ref().and_then(|one| one.end).is_some_and(|end| end < now);
        Requests {
            unaudited: self.unsaid.iter().sum(),
            outside_window: self.shown.outside_window + u32::from(late),
            ..self.shown
        }
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    /// What agents decide about requests, held against what was asked.
    pub(super) fn watch_requests(&mut self, now: SimTime, node: usize, decision: &Decision) {
        if !self.model.has_requests() {
            return;
        }
        let authority = &mut self.operators.authority;
        match decision {
            Decision::Sheds { requests } => {
                let unsaid = &mut authority.unsaid[node];
                *unsaid = unsaid.saturating_sub(u64::from(*requests));
            }
            Decision::Denies { request, .. } => {
                authority.shown.refused += u32::from(authority.signed.contains(request));
            }
            Decision::Notes { request, .. } => {
                authority.shown.admitted += u32::from(!authority.signed.contains(request));
            }
            Decision::Obeys { epoch, request, .. } => self.judge_obedience(now, node, *epoch, *request),
            Decision::HandsOver { epoch, reason: Reason::Manual | Reason::Scheduled, .. }
                if !authority.obeyed.contains(epoch) =>
            {
                let what = "hands over on request and does not say on whose".to_owned();
                self.unauthorised(now, node, what);
            }
            Decision::AwaitsOperator { .. } => self.operators.alarm = true,
            // Whoever was away says so of a plan that was given up long ago.
            Decision::Abandons { epoch } => {
                authority.under_way.take_if(|one| one.epoch == *epoch);
            }
            Decision::Completes { epoch } if *epoch > authority.complete => self.on_obeyed(now, *epoch),
            _ => {}
        }
    }

    fn judge_obedience(&mut self, now: SimTime, node: usize, epoch: u64, id: RequestId) {
        let model = self.model.clone();
        let authority = &mut self.operators.authority;
        authority.obeyed.push(epoch);
        // Whoever leads no more, and does not know that yet, says what it would do; of an epoch that is complete nothing more
        // comes.
        if epoch <= authority.complete {
            return;
        }
        let wish = authority.wishes.iter().find(|wish| wish.id == id);
        let verdict = unauthorised::check(wish, model.people.as_ref());
        let window = wish.and_then(|wish| match wish.ask {
            Ask::Switchover { window, .. } => window,
            _ => None,
        });
        let early = window.is_some_and(|window| wall_at(now) < window.from);
        authority.shown.outside_window += u32::from(early);
        let end = window.map(|window| now + window.until.since(wall_at(now)));
        authority.under_way = Some(UnderWay { id, epoch, end });
        if let Err(what) = verdict {
            self.unauthorised(now, node, what);
        }
    }

    fn on_obeyed(&mut self, now: SimTime, epoch: u64) {
        let authority = &mut self.operators.authority;
        authority.complete = epoch;
        let Some(UnderWay { id, end, .. }) = authority.under_way.take() else { return };
        authority.shown.obeyed += 1;
        authority.shown.outside_window += u32::from(end.is_some_and(|end| now > end));
        authority.wishes.iter_mut().filter(|wish| wish.id == id).for_each(|wish| wish.done = true);
    }

    /// Where people decide, the role does not move without them.
    pub(super) fn judge_authority(&mut self, now: SimTime, node: usize) {
        let moves = node != self.measures.primary && self.model.terms.manual;
        if moves && self.operators.authority.under_way.is_none() {
            self.unauthorised(now, node, "takes over, and nobody asked for it".to_owned());
        }
    }

    fn unauthorised(&mut self, now: SimTime, node: usize, what: String) {
        let what = format!("{} {what}", self.model.nodes[node].name);
        self.violates(now, Invariant::UnauthorisedAction, what);
    }
}
