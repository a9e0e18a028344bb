//! What the loader may ask of this repository's failover logic without running it.

use failover::{MEMBERS_MAX, Policy, PolicyPatch, VOTERS_MAX, Votes};
use scenarios::{
    Claimed, Kind, Named, Objection, Plan, Severity, Stage, Stop, Topology, hardly_more, nearest, never_less,
    one_way,
};
use struct_patch::Patch;
use units::Span;

use crate::logic::Failover;
use crate::{approval, capacity};

impl scenarios::Logic for Failover {
    type Policy = Policy;
    type PolicyPatch = PolicyPatch;

    fn apply(policy: &mut Policy, patch: PolicyPatch) {
        policy.apply(patch);
    }

    fn check(policy: &Policy) -> Vec<Objection> {
        let objections = policy.objections().into_iter();
        objections
            .map(|objection| Objection {
                field: objection.field.into_owned(),
                problem: objection.problem,
                remedy: objection.remedy,
                severity: if objection.fatal { Severity::Error } else { Severity::Warning },
            })
            .collect()
    }

    fn names(policy: &Policy) -> Vec<Named> {
        let all = |field: &'static str, kind: Kind, names: &[String]| -> Vec<Named> {
            let named = names.iter().enumerate();
            named
                .map(|(at, name)| Named { field: format!("{field}[{at}]"), kind, name: name.clone() })
                .collect()
        };
        let regions = all("prefer_regions", Kind::Region, &policy.prefer_regions);
        [regions, all("prefer_sites", Kind::Site, &policy.prefer_sites)].concat()
    }

    fn settle(plan: &mut Plan<Policy>) {
        if plan.policy.safeguards.votes == Votes::Witnesses {
            let sites = plan.regions.iter_mut().flat_map(|region| &mut region.sites);
            sites.flat_map(|site| &mut site.nodes).for_each(|node| node.votes &= node.witness);
        }
    }

    fn needs_majority(policy: &Policy) -> bool {
        policy.safeguards.lease && !policy.safeguards.failsafe
    }

    fn review(plan: &Plan<Policy>) -> Vec<Objection> {
        let mut found = Vec::new();
        members(plan, &mut found);
        people(plan, &mut found);
        approval::review(plan, &mut found);
        if matches!(plan.database.topology, Topology::ActiveActive(_)) {
            no_failback(plan, &mut found);
            return found;
        }
        renewal(plan, &mut found);
        watchdog(plan, &mut found);
        stop(plan, &mut found);
        gathering(plan, &mut found);
        lag_limit(plan, &mut found);
        lag_limit_outlasts_lease(plan, &mut found);
        capacity::review(plan, &mut found);
        found
    }

    fn stages(plan: &Plan<Policy>, (best, worst): (Span, Span)) -> Vec<Stage> {
        let policy = &plan.policy;
        let suspicion = policy.suspicion();
        // The primary's last heartbeat was sent at most one interval before it fell silent.
        let soonest = suspicion.saturating_sub(policy.heartbeat);
        let election = policy.consensus.election;
        let approve = approval::stage(plan);
        let asked = approve.as_ref().map_or(Span::ZERO, |stage| stage.least);
        let mut stages = vec![
            Stage {
                name: "detect",
                least: soonest,
                most: suspicion + worst * 2,
                why: format!("silence of {suspicion} since a heartbeat sent every {}", policy.heartbeat),
            },
            Stage {
                name: "decide",
                // Two agreements of one round trip each, with the replicas' last word in between.
                least: best * 4,
                most: worst * 8 + policy.gather + (election * 2).saturating_sub(soonest),
                why: format!(
                    "two agreements, and an election of {election} to {} if it outlasts detection",
                    election * 2
                ),
            },
            Stage {
                name: "fence",
                // People may take longer than it does to run out.
                least: policy.lease_length().saturating_sub(suspicion.saturating_add(asked)),
                most: policy.lease_length().saturating_sub(soonest) + worst * 4,
                why: match policy.safeguards.lease {
                    true => format!("what is left of a lease of {}", policy.lease),
                    false => "no lease to wait for".to_owned(),
                },
            },
            promote(plan),
        ];
        stages.splice(1..1, approve);
        stages
    }
}

/// As the plan says, or as measured.
fn promote(plan: &Plan<Policy>) -> Stage {
    let (least, most, why) = match &plan.database.promotion {
        Some(takes) => (never_less(takes), hardly_more(takes), "promotion as the plan has it"),
        // docs/calibration.md: promotion after a real detection time, n = 16.
        None => (Span::from_millis(18), Span::from_millis(80), "promotion of PostgreSQL 15 as measured"),
    };
    Stage { name: "promote", least, most, why: why.to_owned() }
}

/// A primary that loses its lease has the margin to end its sessions; those that go on committing after it are a split
/// brain.
fn stop(plan: &Plan<Policy>, found: &mut Vec<Objection>) {
    let database = &plan.database;
    let ends = match (&database.stop, &database.session_end) {
        (Stop::Smart(sessions), _) => hardly_more(sessions),
        (_, Some(takes)) => hardly_more(takes),
        // docs/calibration.md: assumed, 20 to 300 ms.
        (_, None) => Span::from_millis(300),
    };
    let margin = plan.policy.lease_margin;
    if ends <= margin {
        return;
    }
    let field = match (&database.stop, &database.session_end) {
        (Stop::Smart(_), _) => "database.stop",
        (_, Some(_)) => "database.session_end",
        (_, None) => "policy.lease_margin",
    };
    found.push(Objection {
        field: field.to_owned(),
        problem: format!(
            "sessions go on committing for up to {ends} after the order to stop, but the lease leaves {margin}: a split brain"
        ),
        remedy: "end sessions within policy.lease_margin (Fast or Immediate), or lengthen it".to_owned(),
        severity: Severity::Warning,
    });
}

/// So many members as the logic can tell apart, and so many voters as make sense.
fn members(plan: &Plan<Policy>, found: &mut Vec<Objection>) {
    let sites = plan.regions.iter().flat_map(|region| &region.sites);
    let (mut members, mut voters) = (0, 0);
    for node in sites.flat_map(|site| &site.nodes) {
        (members, voters) = (members + 1, voters + usize::from(node.votes));
    }
    if voters == 0 && plan.policy.safeguards.votes == Votes::Witnesses {
        found.push(Objection {
            field: "policy.safeguards.votes".to_owned(),
            problem: "only witnesses vote, and no node is one".to_owned(),
            remedy: "add three nodes with `witness: true`, or leave out votes: Witnesses".to_owned(),
            severity: Severity::Error,
        });
    }
    let limits = [
        (members, MEMBERS_MAX, "members", "describe a part of the system"),
        (voters, VOTERS_MAX, "voters", "write `votes: false` at the others: three to nine voters are usual"),
    ];
    for (count, most, what, remedy) in limits.into_iter().filter(|(count, most, ..)| count > most) {
        found.push(Objection {
            field: "regions".to_owned(),
            problem: format!("{count} {what}; from 1 to {most} are possible"),
            remedy: remedy.to_owned(),
            severity: Severity::Error,
        });
    }
}

/// Somebody whom the policy does not know is refused whatever they ask, which may be meant. Not where the policy knows
/// somebody of nearly that name who is nowhere: one of the two is misspelt.
fn people(plan: &Plan<Policy>, found: &mut Vec<Objection>) {
    let is_there = |name: &str| plan.people.iter().any(|person| person.name == name);
    let known = || plan.policy.access.people.iter().map(|person| person.name.as_str());
    for (index, person) in plan.people.iter().enumerate() {
        let near = nearest(&person.name, known().filter(|name| !is_there(name)));
        let (false, Some(near)) = (known().any(|name| name == person.name), near) else { continue };
        found.push(Objection {
            field: format!("people[{index}].name"),
            problem: format!("the policy gives no rights to '{}': all they ask for is refused", person.name),
            remedy: format!("did you mean '{near}', as in policy.access.people?"),
            severity: Severity::Warning,
        });
    }
}

/// A lease counts from when it was asked for, and is asked for with every heartbeat: the answers must come before it ends.
fn renewal(plan: &Plan<Policy>, found: &mut Vec<Objection>) {
    let (policy, (best, _)) = (&plan.policy, one_way(plan));
    let good_for = policy.lease_good_for();
    let answered = policy.heartbeat.saturating_add(best.saturating_mul(2));
    // Where it does not outlive a heartbeat, the policy itself is at fault.
    if good_for <= policy.heartbeat || good_for > answered || !policy.safeguards.lease {
        return;
    }
    found.push(Objection {
        field: "policy.lease".to_owned(),
        problem: format!(
            "the lease ({} less a margin of {}) is asked for again after {}, and no answer comes before {answered}: the primary loses it between renewals",
            policy.lease, policy.lease_margin, policy.heartbeat
        ),
        remedy: format!("use more than {}", answered.saturating_add(policy.lease_margin)),
        severity: Severity::Warning,
    });
}

/// The watchdog must bite before the voters' promises run out, and not at the first lost renewal.
fn watchdog(plan: &Plan<Policy>, found: &mut Vec<Objection>) {
    let policy = &plan.policy;
    let mut warn = |problem: String, remedy: String| {
        found.push(Objection {
            field: "database.watchdog".to_owned(),
            problem,
            remedy,
            severity: Severity::Warning,
        });
    };
    let protected = plan.database.refuses_without_lease == Some(true);
    match plan.database.watchdog {
        None if !protected => warn(
            "without a watchdog, an agent that hangs leaves its database accepting writes: a split brain"
                .to_owned(),
            match policy.safeguards.lease {
                true => format!("use a watchdog shorter than the lease of {}", policy.lease),
                false => format!("use a watchdog of {} or so", policy.heartbeat.saturating_mul(3)),
            },
        ),
        Some(countdown) if countdown >= policy.lease && policy.safeguards.lease => warn(
            format!(
                "a watchdog of {countdown} comes too late: the lease of {} has run out by then",
                policy.lease
            ),
            format!("use less than {}", policy.lease),
        ),
        // A living agent tells it with every beat, whether or not its lease was renewed.
        Some(countdown) if countdown.saturating_mul(2) <= policy.heartbeat.saturating_mul(3) => warn(
            format!(
                "an agent says every {} that it lives: a watchdog of {countdown} resets a healthy primary when that is a little late",
                policy.heartbeat
            ),
            format!(
                "use {} or more, so that an agent has time to start again",
                policy.heartbeat.saturating_mul(2)
            ),
        ),
        _ => {}
    }
}

/// Where several accept writes, no role goes anywhere.
fn no_failback(plan: &Plan<Policy>, found: &mut Vec<Objection>) {
    if plan.policy.failback != failover::Failback::None {
        found.push(Objection {
            field: "policy.failback".to_owned(),
            problem: "several actives have no role that could go back".to_owned(),
            remedy: "drop it: clients are sent to an active again once it is back".to_owned(),
            severity: Severity::Error,
        });
    }
}

/// What a copy takes to stop receiving and to write down that it did. Assumed: some commits to a slow disk.
const SEALS: Span = Span::from_millis(200);

/// How long it hardly ever takes longer until the coordinator knows the last position of every copy that lives: the epoch goes
/// out to it, and what it holds comes back.
pub fn last_positions_within(plan: &Plan<Policy>) -> Span {
    let (_, worst) = one_way(plan);
    worst.saturating_mul(2).saturating_add(SEALS)
}

/// Where the last positions of far copies come later than is waited for, whoever is near takes over.
fn gathering(plan: &Plan<Policy>, found: &mut Vec<Objection>) {
    let (gather, needed) = (plan.policy.gather, last_positions_within(plan));
    let nodes = plan.regions.iter().flat_map(|region| &region.sites).flat_map(|site| &site.nodes);
    let standbys = nodes.filter(|node| !node.witness && node.name != plan.database.primary).count();
    if gather >= needed || standbys < 2 {
        return;
    }
    found.push(Objection {
        field: "policy.gather".to_owned(),
        problem: format!(
            "the coordinator waits {gather} for the positions of all copies, and those of far ones take up to {needed}: one that is near takes over, whichever region is preferred and whoever holds more"
        ),
        remedy: format!("use {needed} or more"),
        severity: Severity::Warning,
    });
}

/// With asynchronous replication the lag of whoever is promoted is what is lost.
fn lag_limit(plan: &Plan<Policy>, found: &mut Vec<Objection>) {
    let limit = plan.policy.promote_lag_max;
    let claimed = plan.claims.iter().find_map(|claim| match claim.says {
        Claimed::RecoveryPoint(span) if span < limit => Some((&claim.from, span)),
        _ => None,
    });
    let (promise, at_most) = match claimed {
        Some((from, span)) => (format!("{from} claims a loss of at most {span}"), span),
        None if plan.objectives.recovery_point < limit => {
            let rpo = plan.objectives.recovery_point;
            (format!("the RPO is {rpo}"), rpo)
        }
        None => return,
    };
    if !plan.database.promises_durability() {
        found.push(Objection {
            field: "policy.promote_lag_max".to_owned(),
            problem: format!("{promise}, but a replica may be promoted {limit} behind"),
            remedy: format!(
                "lower promote_lag_max to {at_most}, or acknowledge writes only when replicas have them"
            ),
            severity: Severity::Warning,
        });
    }
}

/// A primary that falls silent counts as writing until its lease ends, so where that is longer than the limit nobody can
/// take over from it.
fn lag_limit_outlasts_lease(plan: &Plan<Policy>, found: &mut Vec<Objection>) {
    let policy = &plan.policy;
    let (limit, lease) = (policy.promote_lag_max, policy.lease_length());
    if policy.safeguards.failsafe && limit < lease.saturating_mul(2) && !plan.database.promises_durability() {
        found.push(Objection {
            field: "policy.promote_lag_max".to_owned(),
            problem: format!(
                "with a failsafe a copy grants the lease, and forgets that when its agent starts again: then nobody can tell that no replica lacks more than {limit}, and nobody is promoted"
            ),
            remedy: format!("use {} or more", lease.saturating_mul(2)),
            severity: Severity::Warning,
        });
    }
    // The last request was granted at most one interval before it fell silent.
    let hopeless = lease.saturating_sub(policy.heartbeat) > limit;
    if plan.database.promises_durability() || lease <= limit {
        return;
    }
    let who = if hopeless { "nobody is" } else { "often nobody is" };
    found.push(Objection {
        field: "policy.promote_lag_max".to_owned(),
        problem: format!(
            "a primary that falls silent may go on writing for its lease of {lease}, so {who} promoted in its place if no replica may lack more than {limit}"
        ),
        remedy: format!("use {lease} or more, a shorter lease, or acknowledge writes only when replicas have them"),
        severity: Severity::Warning,
    });
}

#[cfg(test)]
mod tests;
