//! What is told of requests: who asks, who is refused and why, what is carried out.

use failover::access::{Answer, Ask, Denial, Dropped, Progress, RequestId};
use failover::{NodeId, Reason};

/// What somebody asks for; `node` gives nodes their names.
pub(super) fn asks<'a>(name: &str, ask: &Ask, node: impl Fn(NodeId) -> &'a str) -> String {
    match ask {
        Ask::Status => format!("{name} asks how things stand"),
        Ask::Failover { to: None } => format!("{name} asks for a failover"),
        Ask::Failover { to: Some(to) } => format!("{name} asks for a failover to {}", node(*to)),
        Ask::Switchover { to, window: None } => format!("{name} asks for a switchover to {}", node(*to)),
        Ask::Switchover { to, window: Some(_) } => {
            format!("{name} asks for a switchover to {} in a maintenance window", node(*to))
        }
        Ask::Approve(id) => format!("{name} approves request {id}"),
        Ask::Cancel(id) => format!("{name} cancels request {id}"),
    }
}

/// What a person hears.
pub(super) fn hears(name: &str, answer: &Answer) -> String {
    match answer {
        Answer::Status(status) => format!("{name} hears that epoch {} is the newest", status.epoch),
        Answer::Noted(progress) => format!("{name} hears that {}", notes(*progress)),
        Answer::Denied(why) => format!("{name} is refused: {}", why_denied(*why)),
    }
}

pub(super) fn notes(progress: Progress) -> String {
    match progress {
        Progress::Waits { operation, missing: 1 } => format!("request {operation} waits for an approval"),
        Progress::Waits { operation, missing } => {
            format!("request {operation} waits for {missing} approvals")
        }
        Progress::Approved { operation } => format!("request {operation} is approved"),
        Progress::Cancelled { operation } => format!("request {operation} is cancelled"),
    }
}

pub(super) fn denies(request: RequestId, claims: &str, why: Denial) -> String {
    format!("refuses request {request}, which says it is from {claims}: {}", why_denied(why))
}

pub(super) fn obeys(request: RequestId, reason: Reason) -> String {
    match reason {
        Reason::Scheduled => format!("carries out request {request}: its window is open"),
        _ => format!("carries out request {request}, which is approved"),
    }
}

pub(super) fn drops(request: RequestId, why: Dropped) -> String {
    let why = match why {
        Dropped::Expired => "it is too old",
        Dropped::WindowTooShort => "what is left of its window is too short",
        Dropped::Overtaken => "the role went elsewhere meanwhile",
    };
    format!("drops request {request}: {why}")
}

fn why_denied(why: Denial) -> &'static str {
    match why {
        Denial::UnknownPrincipal => "nobody of that name is known",
        Denial::BadSignature => "the signature is not theirs",
        Denial::OutsideWindow => "its time is not now",
        Denial::Replayed => "it was seen before",
        Denial::RoleForbids => "their role does not allow it",
        Denial::OwnRequest => "nobody approves his own request",
        Denial::AlreadyApproved => "they have approved it already",
        Denial::RateLimited => "too many at once",
        Denial::NothingWaits => "nothing of that name waits",
        Denial::AnotherWaits => "another request waits already",
        Denial::NoSuchTarget => "that node cannot take over",
        Denial::EmptyWindow => "its window is over, or empty",
        Denial::NoRole => "several members accept writes: there is no role to move",
        Denial::NoClock => "this node does not know what time it is",
        Denial::NoCoordinator => "nobody coordinates at the moment",
    }
}
