//! Kinds of faults that are drawn. What no plan promises anything about is left out: a clock that stands still; an agent that
//! hangs, dies or is started again with another configuration, or a disk that is slow, where nothing bounds how long its
//! database goes on.

use scenarios::{AskFor, Forger, Strike, Tampering};
use sim::Distribution;
use units::Span;

use super::dice::{Dice, part};
use super::ground::{Ground, Place};

/// Kinds that are drawn until one can strike anything; the first can.
const TRIES: usize = 32;

/// Draws one of a kind; `None` where there is nothing that it can strike.
pub(super) type Draw = fn(&mut Dice, &Ground) -> Option<Strike>;

/// Kinds that every system knows, or nearly every.
const KINDS: &[Draw] = &[
    |dice, ground| Some(Strike::Silence(node(dice, ground))),
    |dice, ground| Some(Strike::Crash(node(dice, ground))),
    |dice, ground| ground.bounded.then(|| Strike::CrashAgent(node(dice, ground))),
    |dice, ground| Some(Strike::CrashDatabase(copy(dice, ground))),
    |dice, ground| ground.bounded.then(|| Strike::Hang(node(dice, ground))),
    |dice, ground| ground.bounded.then(|| Strike::HangAgent(node(dice, ground))),
    |dice, ground| Some(Strike::HangDatabase(copy(dice, ground))),
    |dice, ground| Some(Strike::RegionLoss(region(dice, ground))),
    |dice, ground| {
        let (one, others) = sides(dice, ground)?;
        Some(Strike::Partition(one, others))
    },
    |dice, ground| {
        let (from, to) = sides(dice, ground)?;
        Some(Strike::OneWayPartition { from, to })
    },
    |dice, ground| {
        let between = sides(dice, ground)?;
        let [down, up] = [ground.heartbeat, ground.patience].map(|span| dice.span(part(span, 2), span * 3));
        Some(Strike::Flapping { between, down: Distribution::Constant(down), up: Distribution::Constant(up) })
    },
    |dice, ground| {
        let (from, to) = sides(dice, ground)?;
        let slower = Distribution::Exponential { mean: dice.span(Span::from_millis(1), ground.heartbeat) };
        let (one_way, loss) = (dice.often(50), dice.one(&[0.0, 0.05, 0.3]));
        let (slower, writes_per_second) = (Some(slower), dice.one(&[None, Some(20)]));
        Some(Strike::Degraded { from, to, one_way, slower, loss, writes_per_second })
    },
    |dice, ground| {
        let (node, times) = (node(dice, ground), dice.one(&[3, 30, 300]));
        ground.bounded.then_some(Strike::Slow { node, times })
    },
    |dice, ground| {
        // A database whose disk is slow takes long to stop.
        let (node, times) = (node(dice, ground), dice.one(&[10, 250, 1_000]));
        ground.bounded.then_some(Strike::SlowDisk { node, times })
    },
    |dice, ground| Some(Strike::FullDisk(node(dice, ground))),
    |dice, ground| {
        let (node, times) = (named_copy(dice, ground)?, dice.one(&[1, 2]));
        Some(Strike::FailedPromotion { node, times })
    },
    |dice, ground| {
        let (node, writes_per_second) = (named_copy(dice, ground)?, dice.one(&[1, 20]));
        (node != ground.primary).then_some(Strike::SlowReplication { node, writes_per_second })
    },
    |dice, ground| {
        // Within what the lease's margin is there for.
        let bears =
            ground.margin.as_nanos() as i64 / 4 * 1_000 / (ground.lease.as_nanos() as i64 / 1_000).max(1);
        let ppm = dice.one(&[bears, -bears]);
        (ppm != 0).then(|| Strike::ClockDrift { node: node(dice, ground), ppm })
    },
    |dice, ground| {
        // A voter that skips more takes a promise for over that its holder still relies on.
        let by = dice.one(&[part(ground.margin, 8), part(ground.margin, 2)]);
        Some(Strike::ClockStepAhead { node: node(dice, ground), by })
    },
    |dice, ground| Some(Strike::StaleLeader(node(dice, ground))),
    |_, _| Some(Strike::DnsFailure),
    |_, _| Some(Strike::DnsEmpty),
];

/// What goes on around a loss and is to make no difference: a key management service that fails, or a flood of requests.
pub(super) fn beside_a_loss(dice: &mut Dice, ground: &Ground) -> Option<Strike> {
    if ground.kms && (ground.people.is_empty() || dice.often(50)) {
        return Some(Strike::KmsFailure);
    }
    flood(dice, ground)
}

fn flood(dice: &mut Dice, ground: &Ground) -> Option<Strike> {
    let name = dice.one(&ground.people.iter().cloned().map(Some).chain([None]).collect::<Vec<_>>());
    let nodes = vec![dice.one(&ground.nodes).name];
    let flood =
        Strike::RequestFlood { nodes, per_second: dice.one(&[10, 100, 1_000, 5_000]), in_the_name_of: name };
    (!ground.people.is_empty()).then_some(flood)
}

/// Kinds that strike a part that few systems have.
const PARTS: &[Draw] = &[
    |dice, ground| {
        let how = [Tampering::Flip, Tampering::Drop, Tampering::Swap, Tampering::CutOff, Tampering::Rewrite];
        let (node, how) = (named_copy(dice, ground)?, dice.one(&how));
        ground.audit.then_some(Strike::TamperedTrail { node, how })
    },
    |dice, ground| {
        if ground.people.is_empty() {
            return None;
        }
        let mut forgers = vec![Forger::Stranger];
        // What somebody asks for who may is no forgery.
        forgers.extend(ground.viewers.first().cloned().map(Forger::Insider));
        forgers.push(Forger::Impostor(dice.one(&ground.people)));
        let by = dice.one(&forgers);
        Some(Strike::ForgedRequest { by, ask: ask(dice, ground)? })
    },
    |_, ground| (!ground.people.is_empty()).then_some(Strike::AlteredRequests),
    |_, ground| (!ground.people.is_empty()).then_some(Strike::ReplayedRequests),
    flood,
    |_, ground| {
        // Always the same: whoever alters as many as a majority has made another cluster.
        let altered = ground.nodes.last().filter(|_| ground.manifest)?;
        let votes = |places: &[Place]| places.iter().filter(|place| place.votes).count();
        let (others, all) = (votes(&ground.nodes[..ground.nodes.len() - 1]), votes(&ground.nodes));
        // Of two voters nobody can tell which is altered.
        (others * 2 > all && ground.bounded).then(|| Strike::TamperedPlan(altered.name.clone()))
    },
    |dice, ground| (!ground.channels.is_empty()).then(|| Strike::ChannelFailure(dice.one(&ground.channels))),
    |_, ground| ground.kms.then_some(Strike::KmsFailure),
    |dice, ground| {
        let slower = Distribution::Constant(dice.span(Span::from_millis(100), ground.heartbeat * 2));
        ground.kms.then_some(Strike::SlowKms { slower })
    },
];

/// A kind that can strike this system. What few systems have is struck rather often where it is there.
pub(super) fn kind(dice: &mut Dice, ground: &Ground) -> Draw {
    let drawn = (0..TRIES).find_map(|_| {
        let of = if dice.often(40) { PARTS } else { KINDS };
        let kind = dice.one(of);
        kind(dice, ground).map(|_| kind)
    });
    drawn.unwrap_or(KINDS[0])
}

/// How many kinds there are.
#[cfg(test)]
pub(super) fn kinds() -> usize {
    KINDS.len() + PARTS.len()
}

/// All that it says.
pub(super) fn told(strike: &Strike) -> String {
    format!("{strike:?}")
}

/// How the kind of a strike is called.
pub(super) fn name_of(strike: &Strike) -> String {
    told(strike).chars().take_while(|letter| letter.is_alphanumeric()).collect()
}

/// Something that moves the role, or nothing.
pub(super) fn ask(dice: &mut Dice, ground: &Ground) -> Option<AskFor> {
    let to = named_copy(dice, ground)?;
    Some(match dice.below(6) {
        0 => AskFor::Status,
        1 => AskFor::Failover { to: None },
        2 | 3 => AskFor::Failover { to: Some(to) },
        4 => AskFor::Switchover { to, window: None },
        _ => {
            let from = dice.span(Span::from_secs(30), Span::from_secs(300));
            AskFor::Switchover { to, window: Some((from, from + Span::from_secs(300))) }
        }
    })
}

/// By name, or whichever is primary then.
fn node(dice: &mut Dice, ground: &Ground) -> String {
    match dice.often(35) {
        true => "$primary".to_owned(),
        false => ground.nodes[dice.below(ground.nodes.len() as u64) as usize].name.clone(),
    }
}

fn named_copy(dice: &mut Dice, ground: &Ground) -> Option<String> {
    let copies: Vec<&str> =
        ground.nodes.iter().filter(|node| node.has_data).map(|node| node.name.as_str()).collect();
    (!copies.is_empty()).then(|| dice.one(&copies).to_owned())
}

fn copy(dice: &mut Dice, ground: &Ground) -> String {
    let named = named_copy(dice, ground).filter(|_| dice.often(65));
    named.unwrap_or_else(|| "$primary".to_owned())
}

fn region(dice: &mut Dice, ground: &Ground) -> String {
    if dice.often(35) { "$primary".to_owned() } else { dice.one(&ground.regions) }
}

/// A region and all others, two regions, a node and all others, or two nodes.
fn sides(dice: &mut Dice, ground: &Ground) -> Option<(Vec<String>, Vec<String>)> {
    if ground.nodes.len() < 2 {
        return None;
    }
    let one = dice.one(&ground.nodes);
    let others: Vec<&Place> = ground.nodes.iter().filter(|node| node.name != one.name).collect();
    if dice.often(20) {
        return Some((vec![one.name.clone()], vec![dice.one(&others).name.clone()]));
    }
    if ground.regions.len() < 2 || dice.often(20) {
        return Some((vec![one.name.clone()], others.iter().map(|node| node.name.clone()).collect()));
    }
    let (here, all) = (ground.regions[one.region].clone(), ground.others(&ground.regions[one.region]));
    let there = if dice.often(50) { all } else { vec![dice.one(&all)] };
    Some((vec![here], there))
}
