//! What one node can judge of a request by itself.
//!
//! The order of the checks is a defence of its own: what costs least comes first, and a signature, which costs most, is
//! checked only while somebody's bucket holds a token. Failed checks are paid for by the name that was claimed, so
//! a flood in one person's name leaves the others', and no flood leaves a node without time for its peers.

use units::Span;

use super::Denial;
use super::bucket::Bucket;
use super::key::{PublicKey, Verifier};
use super::ledger::Seen;
use super::people::{Access, RateLimit, Role};
use super::request::{Ask, Request};
use super::wall::WallTime;
use crate::time::Instant;

/// The gate of one node.
#[derive(Clone, Debug)]
pub struct Gate {
    limit: RateLimit,
    window: Span,
    people: Vec<Known>,
    /// For names that nobody has.
    strangers: Bucket,
}

#[derive(Clone, Debug)]
struct Known {
    name: String,
    role: Role,
    key: Key,
    /// For requests that are this person's.
    own: Bucket,
    /// For those that only say so.
    claimed: Bucket,
    /// What this node answered without asking the others.
    answered: Seen,
}

/// A person's key. It is made ready by the first request in that name, since most nodes are never asked anything.
#[derive(Clone, Debug)]
enum Key {
    Written(PublicKey),
    Ready(Verifier),
    /// None is configured, or it is none that anything can be checked with.
    Unusable,
}

impl Key {
    fn verifier(&mut self) -> Option<&Verifier> {
        if let Key::Written(key) = self {
            *self = key.verifier().map_or(Key::Unusable, Key::Ready);
        }
        match self {
            Key::Ready(verifier) => Some(verifier),
            Key::Written(_) | Key::Unusable => None,
        }
    }
}

impl Known {
    /// A request in this name is looked at: neither this person nor whoever claims to be has used up what there is.
    fn may_ask(&mut self, limit: &RateLimit, now: Instant) -> bool {
        self.own.holds(limit, now) && self.claimed.holds(limit, now)
    }
}

impl Gate {
    /// A gate for these people, whose buckets are full at `now`.
    pub fn new(access: &Access, now: Instant) -> Gate {
        let bucket = || Bucket::full(&access.rate, now);
        let known = access.people.iter().map(|person| Known {
            name: person.name.clone(),
            role: person.role,
            key: person.key.map_or(Key::Unusable, Key::Written),
            own: bucket(),
            claimed: bucket(),
            answered: Seen::default(),
        });
        let (limit, window) = (access.rate.clone(), access.window);
        Gate { limit, window, people: known.collect(), strangers: bucket() }
    }

    /// Whether any request in this name is dropped unread at `now`. The buckets are what [`admit`](Gate::admit) would leave.
    pub fn drops(&mut self, now: Instant, name: &str) -> bool {
        let limit = &self.limit;
        match self.people.iter_mut().find(|known| known.name == name) {
            Some(known) => !known.may_ask(limit, now),
            None => !self.strangers.holds(limit, now),
        }
    }

    /// Whether the request may go on: at `now` on the node's own clock, when its wall clock shows `wall`.
    ///
    /// # Errors
    /// Why not. Nothing has changed but the buckets.
    pub fn admit(&mut self, now: Instant, wall: WallTime, request: &Request) -> Result<Role, Denial> {
        let limit = &self.limit;
        let Some(known) = self.people.iter_mut().find(|known| known.name == request.said.from) else {
            let told = self.strangers.take(limit, now);
            return Err(if told { Denial::UnknownPrincipal } else { Denial::RateLimited });
        };
        if !known.may_ask(limit, now) {
            return Err(Denial::RateLimited);
        }
        if !known.key.verifier().is_some_and(|key| request.is_signed_by(key)) {
            known.claimed.take(limit, now);
            return Err(Denial::BadSignature);
        }
        known.own.take(limit, now);
        if wall.apart(request.said.at) > self.window {
            return Err(Denial::OutsideWindow);
        }
        if known.role < request.said.ask.role() {
            return Err(Denial::RoleForbids);
        }
        if request.said.ask == Ask::Status && !known.answered.note(request.said.at, request.said.nonce) {
            return Err(Denial::Replayed);
        }
        Ok(known.role)
    }
}
