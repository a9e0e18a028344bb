use std::collections::BTreeSet;

use units::Span;

use super::names::Kind;
use super::{Checker, guards, links, people, redirect};
use crate::logic::Logic;
use crate::strike::Strike;
use crate::suggest::{counted, did_you_mean, quoted};

/// Whoever is primary, or its region, when the fault strikes.
const PRIMARY: &str = "$primary";
/// One drawn at each strike.
const ANY: &str = "$any";
/// The node that reached the step which the fault waited for.
const THAT: &str = "$that";

/// The jumps of a clock that were ever seen are those of machines that slept, and nobody counts on one that slept for
/// longer. Agents live through what was missed beat by beat, so a jump of a year would take gigabytes.
const JUMP_MAX: Span = Span::from_secs(24 * 60 * 60);

/// Faults strike what exists, and can make a difference there.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    for (index, fault) in checker.scenario.faults.iter().enumerate() {
        checker.that = fault.when.is_some();
        strike(checker, &format!("faults[{index}].strike"), &fault.strike);
    }
    checker.that = false;
}

fn strike<L: Logic>(checker: &mut Checker<'_, L>, path: &str, strike: &Strike) {
    match strike {
        Strike::Crash(node) | Strike::CrashAgent(node) | Strike::Silence(node) => {
            target(checker, &format!("{path}[0]"), node, Kind::Node);
        }
        Strike::Hang(node) | Strike::HangAgent(node) => {
            target(checker, &format!("{path}[0]"), node, Kind::Node)
        }
        Strike::CrashDatabase(node) | Strike::HangDatabase(node) | Strike::FullDisk(node) => {
            holds_data(checker, &format!("{path}[0]"), node)
        }
        Strike::RegionLoss(region) => target(checker, &format!("{path}[0]"), region, Kind::Region),
        Strike::SiteLoss(site) => target(checker, &format!("{path}[0]"), site, Kind::Site),
        Strike::ProviderLoss(provider) => target(checker, &format!("{path}[0]"), provider, Kind::Provider),
        Strike::Partition(a, b) => partition(checker, path, [("[0]", a), ("[1]", b)]),
        Strike::OneWayPartition { from, to } => partition(checker, path, [(".from", from), (".to", to)]),
        Strike::Flapping { .. } | Strike::Degraded { .. } => links::check(checker, path, strike),
        Strike::Slow { node, times } => slow(checker, path, (node, Kind::Node), *times),
        Strike::SlowDisk { node, times } => slow(checker, path, (node, Kind::Node), *times),
        Strike::FailedPromotion { node, times } => failed_promotion(checker, path, node, *times),
        Strike::SlowReplication { node, writes_per_second } => {
            slow_replication(checker, path, node, *writes_per_second)
        }
        Strike::TamperedTrail { .. }
        | Strike::TamperedPlan(_)
        | Strike::ChannelFailure(_)
        | Strike::KmsFailure
        | Strike::SlowKms { .. }
        | Strike::LostKey(_) => guards::strike(checker, path, strike),
        Strike::DnsFailure => dns_failure(checker, path),
        Strike::DnsEmpty | Strike::DnsWrong(_) | Strike::CrashProxy(_) | Strike::DuplicateAddress(_) => {
            redirect::strike(checker, path, strike)
        }
        Strike::ForgedRequest { .. }
        | Strike::AlteredRequests
        | Strike::ReplayedRequests
        | Strike::RequestFlood { .. }
        | Strike::StaleLeader(_) => people::strike(checker, path, strike),
        Strike::ClockDrift { node, ppm } => {
            target(checker, &format!("{path}.node"), node, Kind::Node);
            drift(checker, &format!("{path}.ppm"), *ppm);
        }
        Strike::ClockStepAhead { node, by } | Strike::ClockStall { node, by } => {
            target(checker, &format!("{path}.node"), node, Kind::Node);
            if *by > JUMP_MAX {
                let problem = format!("a clock that is off by {by}");
                let remedy = format!(
                    "write {JUMP_MAX} or less: a monotonic clock moves on while its machine sleeps, and no further"
                );
                checker.error(&format!("{path}.by"), problem, remedy);
            }
            if *by == Span::ZERO {
                checker.error(
                    &format!("{path}.by"),
                    "a clock fault of no time does nothing",
                    "give a time above zero",
                );
            } else if *by > CLOCK_JUMP_MAX {
                let problem = format!("a clock that is off by {by} is not what this is about");
                checker.error(&format!("{path}.by"), problem, format!("use at most {CLOCK_JUMP_MAX}"));
            }
        }
    }
}

/// A name of the right kind, or what stands for one.
pub(super) fn target<L: Logic>(checker: &mut Checker<'_, L>, path: &str, name: &str, wanted: Kind) {
    if name == PRIMARY || name == ANY || (name == THAT && checker.that) {
        return;
    }
    if name == THAT {
        let problem = format!("'{THAT}' is whoever reaches a step, and no step is waited for here");
        return checker.error(path, problem, "give the fault 'when', or name another");
    }
    if name.starts_with('$') {
        let problem = format!("'{name}' stands for nothing");
        return checker.error(
            path,
            problem,
            format!("only '{PRIMARY}', '{ANY}' and '{THAT}' are found while running"),
        );
    }
    if let Some((problem, remedy)) = checker.names.objection(name, wanted) {
        checker.error(path, problem, remedy);
    }
}

pub(super) fn holds_data<L: Logic>(checker: &mut Checker<'_, L>, path: &str, name: &str) {
    target(checker, path, name, Kind::Node);
    if checker.names.node(name).is_some_and(|node| node.witness) {
        let problem = format!("'{name}' is a witness and has no database to strike");
        checker.error(path, problem, "strike its agent or the whole node, or another node");
    }
}

fn slow<L: Logic>(checker: &mut Checker<'_, L>, path: &str, node: (&str, Kind), times: u32) {
    target(checker, &format!("{path}.node"), node.0, node.1);
    if times < 2 {
        let problem = format!("a factor of {times} makes nothing slower than usual");
        checker.error(&format!("{path}.times"), problem, "write 2 or more");
    }
}

fn failed_promotion<L: Logic>(checker: &mut Checker<'_, L>, path: &str, node: &str, times: u32) {
    holds_data(checker, &format!("{path}.node"), node);
    if times == 0 {
        let problem = "no promotion fails";
        checker.error(&format!("{path}.times"), problem, "write how many fail, 1 or more");
    }
}

fn slow_replication<L: Logic>(checker: &mut Checker<'_, L>, path: &str, node: &str, carried: u64) {
    let place = format!("{path}.node");
    if node == PRIMARY || *node == checker.scenario.plan.database.primary {
        let problem = format!("'{node}' is the primary and receives no replication");
        checker.error(&place, problem, "name a replica");
    } else if node == ANY || node == THAT {
        let problem = format!("'{node}' may be the primary, which receives no replication");
        checker.error(&place, problem, "name a replica");
    } else {
        holds_data(checker, &place, node);
    }
    let written = checker.writes_per_second();
    if carried >= written {
        let problem = format!(
            "a stream of {} per second keeps up with the clients' {written}: no lag grows",
            counted(carried, "write")
        );
        checker.warning(
            &format!("{path}.writes_per_second"),
            problem,
            format!("write a rate below {written}"),
        );
    }
}

/// Whoever asks anew for every connection does not live on cached answers, stale or not.
fn dns_failure<L: Logic>(checker: &mut Checker<'_, L>, path: &str) {
    redirect::needs(checker, path, crate::Redirect::Dns);
    let dns = &checker.scenario.plan.dns;
    if dns.ttl.max(dns.ttl_least).is_zero() && dns.serve_stale {
        let problem = "answers with a TTL of zero are kept by nobody, so none can be served stale";
        checker.warning(path, problem, "give a TTL, or serve_stale: false");
    }
}

/// Far beyond what a clock can be off unnoticed: ntpd gives up at 1000 s (its panic threshold).
const CLOCK_JUMP_MAX: Span = Span::from_secs(86_400);

/// Spanner reckons with 200 ppm at worst (Corbett et al., OSDI 2012); nothing runs at twice the right speed.
const DRIFT_MAX: i64 = 1_000_000;

fn drift<L: Logic>(checker: &mut Checker<'_, L>, path: &str, ppm: i64) {
    if ppm <= -1_000_000 {
        let problem = format!("a drift of {ppm} ppm stops the clock or turns it back");
        checker.error(path, problem, "write more than -1000000; ClockStall stops a clock");
    } else if ppm > DRIFT_MAX {
        let problem = format!("a drift of {ppm} ppm: a clock at more than twice the right speed");
        checker.error(path, problem, format!("write at most {DRIFT_MAX}"));
    } else if ppm == 0 {
        checker.error(path, "a drift of nothing does nothing", "write parts per million, such as 200");
    }
}

/// Two groups of providers, regions, sites or nodes that share no node.
pub(super) fn partition<L: Logic>(
    checker: &mut Checker<'_, L>,
    path: &str,
    sides: [(&str, &Vec<String>); 2],
) {
    for (side, names) in sides {
        let path = format!("{path}{side}");
        if names.is_empty() {
            checker.error(&path, "an empty group is cut off from nothing", "name regions, sites or nodes");
        }
        for (index, name) in names.iter().enumerate() {
            member(checker, &format!("{path}[{index}]"), name);
        }
    }
    let nodes = |names: &[String]| {
        names.iter().flat_map(|name| checker.names.nodes_in(name)).collect::<BTreeSet<_>>()
    };
    let [(_, a), (second, b)] = sides;
    let both: Vec<&str> = nodes(a).intersection(&nodes(b)).copied().collect();
    if !both.is_empty() {
        let problem = format!("both groups hold {}", quoted(both.iter().take(8).copied()));
        checker.error(
            &format!("{path}{second}"),
            problem,
            "a node cannot be cut off from itself: take it out of one group",
        );
    }
}

fn member<L: Logic>(checker: &mut Checker<'_, L>, path: &str, name: &str) {
    if [PRIMARY, ANY, THAT].contains(&name) {
        let problem = format!("'{name}' cannot be a member of a partition");
        return checker.error(path, problem, "name the node, its site or its region");
    }
    if checker.names.kind(name).is_none() {
        let remedy = did_you_mean(
            name,
            checker.names.all(),
            "name a provider, a region, a site or a node of the plan",
        );
        checker.error(path, format!("there is no provider, region, site or node '{name}'"), remedy);
    } else if checker.names.nodes_in(name).is_empty() {
        checker.warning(path, format!("'{name}' has no nodes to cut off"), "name a place that has nodes");
    }
}
