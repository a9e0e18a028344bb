//! What an agent has not got to yet, in order.

use std::collections::VecDeque;
use std::ops::Range;

use failover::Input;
use failover::access::{Ask, Request, Signature, Unsigned, WallTime};

/// A slow agent's socket fills up; the bound is far above what a run sends.
const WAITING_MAX: usize = 100_000;

/// Inputs that wait for an agent.
#[derive(Debug)]
pub(super) struct Inbox<M> {
    waiting: VecDeque<Waiting<M>>,
    /// Inputs, each request of a flood counted.
    len: usize,
}

#[derive(Debug)]
enum Waiting<M> {
    Input(Input<M>),
    Flood(Flood),
}

/// Requests in somebody's name that nobody signed. Each is made when the agent gets to it: thousands that wait would take
/// memory for what is dropped unread.
#[derive(Debug)]
pub(super) struct Flood {
    pub(super) name: String,
    pub(super) at: WallTime,
    /// One for each request; at least one.
    pub(super) nonces: Range<u64>,
}

impl<M> Inbox<M> {
    pub(super) fn new() -> Inbox<M> {
        Inbox { waiting: VecDeque::new(), len: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn is_full(&self) -> bool {
        self.len >= WAITING_MAX
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.len = 0;
    }

    /// What comes next is a request.
    pub(super) fn has_request_next(&self) -> bool {
        matches!(self.waiting.front(), Some(Waiting::Flood(_) | Waiting::Input(Input::Request { .. })))
    }

    /// Puts an input last, if there is room.
    pub(super) fn push(&mut self, input: Input<M>) {
        if !self.is_full() {
            self.waiting.push_back(Waiting::Input(input));
            self.len += 1;
        }
    }

    /// Puts as many requests last as there is room for.
    pub(super) fn pour(&mut self, mut flood: Flood) {
        let room = WAITING_MAX.saturating_sub(self.len) as u64;
        flood.nonces.end = flood.nonces.end.min(flood.nonces.start.saturating_add(room));
        if !flood.nonces.is_empty() {
            self.len += (flood.nonces.end - flood.nonces.start) as usize;
            self.waiting.push_back(Waiting::Flood(flood));
        }
    }

    /// The flood whose request waits longest.
    pub(super) fn flood(&self) -> Option<&Flood> {
        match self.waiting.front() {
            Some(Waiting::Flood(flood)) => Some(flood),
            Some(Waiting::Input(_)) | None => None,
        }
    }

    /// So many requests of that flood, which has as many, are dealt with.
    pub(super) fn skip(&mut self, requests: u32) {
        let Some(Waiting::Flood(flood)) = self.waiting.front_mut() else { return };
        flood.nonces.start += u64::from(requests);
        self.len -= requests as usize;
        if flood.nonces.is_empty() {
            self.waiting.pop_front();
        }
    }

    /// Takes what waits longest.
    pub(super) fn pop(&mut self) -> Option<Input<M>> {
        if let Some(request) = self.flood().map(Flood::request) {
            self.skip(1);
            return Some(request);
        }
        self.len = self.len.checked_sub(1)?;
        match self.waiting.pop_front() {
            Some(Waiting::Input(input)) => Some(input),
            Some(Waiting::Flood(_)) | None => None,
        }
    }
}

impl Flood {
    /// How many of its requests are yet to be taken.
    pub(super) fn left(&self) -> u32 {
        u32::try_from(self.nonces.end - self.nonces.start).unwrap_or(u32::MAX)
    }

    fn request<M>(&self) -> Input<M> {
        let ask = Ask::Failover { to: None };
        let said = Unsigned { from: self.name.clone(), at: self.at, nonce: self.nonces.start, ask };
        let signature = Signature::from_bytes([1; 64]);
        Input::Request { wall: self.at, request: Box::new(Request { said, signature }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests by their nonces; anything else is nothing.
    fn drained(inbox: &mut Inbox<()>) -> Vec<Option<u64>> {
        let told = |input| match input {
            Input::Request { request, .. } => Some(request.said.nonce),
            _ => None,
        };
        std::iter::from_fn(|| inbox.pop()).map(told).collect()
    }

    fn flood(nonces: Range<u64>) -> Flood {
        Flood { name: "dana".to_owned(), at: WallTime::from_nanos(1), nonces }
    }

    #[test]
    fn a_flood_waits_its_turn_request_by_request() {
        let mut inbox = Inbox::new();
        inbox.pour(flood(0..2));
        inbox.push(Input::Persisted { number: 1 });
        inbox.pour(flood(7..8));
        assert!(inbox.has_request_next() && !inbox.is_empty());
        assert_eq!(drained(&mut inbox), [Some(0), Some(1), None, Some(7)]);
        assert!(inbox.is_empty() && !inbox.has_request_next() && inbox.pop().is_none());
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let mut inbox = Inbox::new();
        inbox.push(Input::Persisted { number: 1 });
        inbox.pour(flood(0..WAITING_MAX as u64));
        inbox.push(Input::Persisted { number: 2 });
        inbox.pour(flood(0..3));
        assert!(inbox.is_full());
        let all = drained(&mut inbox);
        assert_eq!((all.len(), all[WAITING_MAX - 1]), (WAITING_MAX, Some(WAITING_MAX as u64 - 2)));
    }
}
