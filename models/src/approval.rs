//! Failovers for which people are asked: how long that takes, for the linter's sums, and whether there is anybody.

use failover::Policy;
use failover::access::{Mode, PersonRole};
use scenarios::{Objection, Person, Plan, Severity, Stage, hardly_more, never_less};
use units::Span;

use crate::world::operators::PATIENCE;

/// Between the finding of a majority and the failover, where it waits for people.
pub(crate) fn stage(plan: &Plan<Policy>) -> Option<Stage> {
    if plan.policy.mode != Mode::Manual {
        return None;
    }
    let others = plan.policy.access.approvals as usize;
    let least = quickest(able(plan).map(|person| never_less(&person.reaction)).collect(), others);
    let slowest = able(plan).map(|person| hardly_more(&person.reaction)).max().unwrap_or(Span::ZERO);
    // Each may find the first node silent to which they turn, and does not believe it at once.
    let step = slowest.saturating_add(PATIENCE.saturating_mul(2));
    let most = if others > 0 { step.saturating_mul(2) } else { step };
    let why = match others {
        0 => "somebody is asked, and reacts".to_owned(),
        _ => format!("somebody is asked, and {others} more approve, each after their reaction"),
    };
    Some(Stage { name: "approve", least, most, why })
}

/// Nobody in the plan may ask for what waits for them, or too few to approve it.
pub(crate) fn review(plan: &Plan<Policy>, found: &mut Vec<Objection>) {
    let (able, needed) = (able(plan).count(), 1 + plan.policy.access.approvals as usize);
    if plan.policy.mode != Mode::Manual || able >= needed {
        return;
    }
    found.push(Objection {
        field: "policy.mode".to_owned(),
        problem: format!(
            "a failover needs {needed} people who may ask for it or approve it, and `people` has {able}: it never begins"
        ),
        remedy: "name them in `people` and, as Operator, in policy.access.people, or use Automatic".to_owned(),
        severity: Severity::Warning,
    });
}

/// People of the plan who may ask for a failover, and approve what others ask.
fn able(plan: &Plan<Policy>) -> impl Iterator<Item = &Person> {
    let known = &plan.policy.access.people;
    let may = |person: &&Person| {
        known.iter().any(|principal| principal.name == person.name && principal.role >= PersonRole::Operator)
    };
    plan.people.iter().filter(may)
}

/// Whoever asks reacts first; then so many of the others do, at the same time.
fn quickest(reactions: Vec<Span>, others: usize) -> Span {
    let from = |asker: usize| {
        let mut rest = reactions.clone();
        let asks = rest.remove(asker);
        rest.sort_unstable();
        let approve = others.checked_sub(1).and_then(|last| rest.get(last).copied());
        asks.saturating_add(approve.unwrap_or(Span::ZERO))
    };
    (0..reactions.len()).map(from).min().unwrap_or(Span::ZERO)
}
