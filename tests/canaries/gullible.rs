//! Requests as logic hears them that lacks a defence. What it would have let through reaches the sound logic in a form
//! that nothing can be said against; keys of simulated people can be had by anyone.

use failover::access::{Ask, Ledger, Request, Unsigned, WallTime};
use models::signing_key;

use crate::mistake::Mistake;

/// A request that was handed in.
pub fn believe(mistake: Mistake, wall: WallTime, request: &mut Request, ledger: &Ledger) {
    let said = &request.said;
    let seen = ledger.has_seen(&said.from, said.at, said.nonce);
    if mistake == Mistake::ForgetsRequests && seen {
        let ask = match (said.ask, &ledger.operation) {
            (Ask::Approve(_), Some(operation)) => Ask::Approve(operation.id),
            (ask, _) => ask,
        };
        let nonce = said.nonce ^ wall.as_nanos();
        sign(request, |said| Unsigned { at: wall, nonce, ask, ..said });
    }
    believe_forwarded(mistake, request, ledger);
}

/// The same of one that another node passed on.
pub fn believe_forwarded(mistake: Mistake, request: &mut Request, ledger: &Ledger) {
    match (mistake, request.said.ask, &ledger.operation) {
        (Mistake::AcceptsUnsigned, _, _) => sign(request, |said| said),
        (Mistake::ApprovesItsOwn, Ask::Approve(id), Some(operation))
            if operation.id == id && operation.by == request.said.from =>
        {
            let other = if request.said.from == "omar" { "olga" } else { "omar" };
            sign(request, |said| Unsigned { from: other.to_owned(), ..said });
        }
        _ => {}
    }
}

/// The beginning of the window is taken for now.
pub fn wrong_time(mistake: Mistake, ledger: &Ledger) -> Option<WallTime> {
    let operation = ledger.approved().filter(|_| mistake == Mistake::IgnoresTheWindow)?;
    match operation.ask {
        Ask::Switchover { window, .. } => window.map(|window| window.from),
        _ => None,
    }
}

fn sign(request: &mut Request, change: impl FnOnce(Unsigned) -> Unsigned) {
    let said = change(request.said.clone());
    let key = signing_key(&said.from);
    *request = said.sign(&key);
}
