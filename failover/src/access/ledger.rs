//! What the majority has agreed on about requests: which were seen, and what waits to be carried out. The same on
//! every node that has applied the same commands, whatever its clocks show.

use serde::{Deserialize, Serialize};

use super::Denial;
use super::people::Role;
use super::request::{Ask, RequestId};
use super::wall::WallTime;

/// Requests remembered per person. More than the default rate lets through within the default window.
const REMEMBERED: usize = 64;

/// An admitted request on its way through the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The request.
    pub id: RequestId,
    /// Whose it is; the coordinator has checked that.
    pub by: String,
    /// The person's role.
    pub role: Role,
    /// The request's time.
    pub at: WallTime,
    /// The request's nonce.
    pub nonce: u64,
    /// What is asked.
    pub ask: Ask,
    /// Approvals that it needs.
    pub needed: u32,
    /// When it is dropped.
    pub expires: WallTime,
}

/// A failover or switchover that was asked for and has not begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// The request.
    pub id: RequestId,
    /// Who asked.
    pub by: String,
    /// For what.
    pub ask: Ask,
    /// Approvals that it needs.
    pub needed: u32,
    /// Who approved.
    pub approvals: Vec<String>,
    /// When it is dropped.
    pub expires: WallTime,
}

/// What became of an order that was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// It waits for approvals.
    Waits {
        /// What waits.
        operation: RequestId,
        /// How many more it needs.
        missing: u32,
    },
    /// It will be carried out.
    Approved {
        /// What.
        operation: RequestId,
    },
    /// It is forgotten.
    Cancelled {
        /// What.
        operation: RequestId,
    },
}

/// The requests of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// What waits: one at a time, so that everybody knows what an approval is for.
    pub operation: Option<Operation>,
    seen: Vec<(String, Seen)>,
}

/// The requests of one person. Bounded without a clock: when there is no room, the oldest is forgotten, and
/// whatever is no younger counts as seen from then on. So no clock that was stepped lets a request in twice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Seen {
    floor: Option<WallTime>,
    recent: Vec<(WallTime, u64)>,
}

impl Seen {
    fn knows(&self, at: WallTime, nonce: u64) -> bool {
        Some(at) <= self.floor || self.recent.iter().any(|seen| seen.1 == nonce)
    }

    /// Remembers a request; says whether it is new.
    pub(super) fn note(&mut self, at: WallTime, nonce: u64) -> bool {
        if self.knows(at, nonce) {
            return false;
        }
        self.recent.push((at, nonce));
        if self.recent.len() > REMEMBERED {
            let oldest = (0..self.recent.len()).min_by_key(|place| self.recent[*place]).unwrap_or(0);
            let (at, _) = self.recent.swap_remove(oldest);
            self.floor = self.floor.max(Some(at));
        }
        true
    }
}

impl Operation {
    /// How many approvals are missing.
    pub fn missing(&self) -> u32 {
        self.needed.saturating_sub(self.approvals.len() as u32)
    }

    /// How it stands.
    pub fn progress(&self) -> Progress {
        match self.missing() {
            0 => Progress::Approved { operation: self.id },
            missing => Progress::Waits { operation: self.id, missing },
        }
    }
}

impl Ledger {
    /// Whether a request of this person, of that time and nonce, would count as seen.
    pub fn has_seen(&self, by: &str, at: WallTime, nonce: u64) -> bool {
        self.seen.iter().any(|(name, seen)| name == by && seen.knows(at, nonce))
    }

    /// What waits and needs no more approvals.
    pub fn approved(&self) -> Option<&Operation> {
        self.operation.as_ref().filter(|operation| operation.missing() == 0)
    }

    /// Applies an order. Whatever comes of it, it is seen now: the same request never gets another chance.
    ///
    /// # Errors
    /// Why it is not granted.
    pub fn order(&mut self, order: &Order) -> Result<Progress, Denial> {
        if !self.seen_of(&order.by).note(order.at, order.nonce) {
            return Err(Denial::Replayed);
        }
        match order.ask {
            Ask::Status => Err(Denial::NothingWaits),
            Ask::Failover { .. } | Ask::Switchover { .. } => self.begin(order),
            Ask::Approve(id) => self.approve(id, &order.by),
            Ask::Cancel(id) => self.cancel(id, order),
        }
    }

    fn seen_of(&mut self, person: &str) -> &mut Seen {
        let place = self.seen.iter().position(|(name, _)| name == person);
        let place = place.unwrap_or_else(|| {
            self.seen.push((person.to_owned(), Seen::default()));
            self.seen.len() - 1
        });
        &mut self.seen[place].1
    }

    fn begin(&mut self, order: &Order) -> Result<Progress, Denial> {
        if self.operation.is_some() {
            return Err(Denial::AnotherWaits);
        }
        let operation = self.operation.insert(Operation {
            id: order.id,
            by: order.by.clone(),
            ask: order.ask,
            needed: order.needed,
            approvals: Vec::new(),
            expires: order.expires,
        });
        Ok(operation.progress())
    }

    fn approve(&mut self, id: RequestId, by: &str) -> Result<Progress, Denial> {
        let operation = self.operation.as_mut().filter(|operation| operation.id == id);
        let operation = operation.ok_or(Denial::NothingWaits)?;
        if operation.by == by {
            return Err(Denial::OwnRequest);
        }
        if operation.approvals.iter().any(|known| known == by) {
            return Err(Denial::AlreadyApproved);
        }
        operation.approvals.push(by.to_owned());
        Ok(operation.progress())
    }

    fn cancel(&mut self, id: RequestId, order: &Order) -> Result<Progress, Denial> {
        let operation = self.operation.as_ref().filter(|operation| operation.id == id);
        let operation = operation.ok_or(Denial::NothingWaits)?;
        if operation.by != order.by && order.role < Role::Admin {
            return Err(Denial::RoleForbids);
        }
        self.operation = None;
        Ok(Progress::Cancelled { operation: id })
    }
}
