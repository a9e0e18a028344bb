//! Who takes over: by region, then site, then capacity, never where more than the lag limit may be lost, and where the database
//! promises that acknowledged writes survive, only a replica that is proven to hold them all.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use units::Span;

use crate::config::{Configuration, Durability};
use crate::id::{NodeId, NodeSet};
use crate::report::{DatabaseReport, LogPosition, Role};

/// What the coordinator knows when it chooses.
#[derive(Clone, Debug)]
pub struct View {
    /// The cluster's epoch.
    pub epoch: u64,
    /// Per member.
    pub nodes: Vec<NodeView>,
    /// What the last target held when it was chosen.
    pub at_least: LogPosition,
    /// A target that failed may have written from there on: what others hold beyond that is none of its history.
    pub forked: bool,
    /// Commit time, in nanoseconds, of the newest write that the old primary can have, heard or not; `None` while nobody
    /// can tell.
    pub written_at_most: Option<u64>,
    /// The same, where the old primary was closed for a while and may have opened again: it wrote nothing meanwhile.
    pub reopened_at_most: Option<u64>,
    /// Do not wait any longer for positions that are not strictly needed.
    pub impatient: bool,
    /// Who shall take over by request, if that is possible at all.
    pub wanted: Option<NodeId>,
    /// Who shall not, unless nobody else can: the role was taken away on request.
    pub avoid: Option<NodeId>,
}

/// What the coordinator knows of one member.
#[derive(Clone, Copy, Debug)]
pub struct NodeView {
    /// Heard lately.
    pub heard: bool,
    /// Its database, as last reported.
    pub database: DatabaseReport,
    /// Its position is final: it receives nothing more from the old primary.
    pub sealed: bool,
    /// Its last promotion failed.
    pub disappointed: bool,
}

/// The chosen replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Who.
    pub to: NodeId,
    /// What it must hold: where durability proves that, all that anybody was told is safe, else what it holds.
    pub position: LogPosition,
    /// How far it is behind the newest position known.
    pub lag: Span,
}

/// Why nobody may take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoTarget {
    /// Positions of living replicas are still missing.
    Waiting,
    /// Too few replicas answer to prove which of them hold every acknowledged write.
    Unproven {
        /// Replicas that reported a final position.
        have: usize,
        /// Replicas that must.
        need: usize,
    },
    /// No replica is alive and sealed.
    NoReplica,
    /// Every replica is behind the limit.
    BeyondLagLimit {
        /// The lag of the best, if the old primary wrote for as long as its lease allowed.
        least: Span,
    },
    /// Too few voters remember how far they let the old primary write.
    LagUnknown,
}

/// # Errors
/// Nobody may take over (yet), and why.
pub fn choose(config: &Configuration, view: &View, from: NodeId) -> Result<Choice, NoTarget> {
    let holding = |complete| choose_holding(config, view, from, complete);
    let by_standbys = proven_by_standbys(config, view, from).and_then(holding);
    if by_standbys.is_ok() || !view.impatient {
        return by_standbys;
    }
    proven_by_itself(config, view, from).and_then(|complete| holding(complete).ok()).map_or(by_standbys, Ok)
}

/// What holds all that was acknowledged, by what the standbys of `from` hold.
fn proven_by_standbys(config: &Configuration, view: &View, from: NodeId) -> Result<LogPosition, NoTarget> {
    let (standbys, need) = config.read_quorum(from);
    let have = standbys.iter().filter(|node| view.nodes[node.index()].sealed).count();
    if have < need {
        return Err(if view.impatient { NoTarget::Unproven { have, need } } else { NoTarget::Waiting });
    }
    if !view.impatient && someone_is_missing(config, view, from) {
        return Err(NoTarget::Waiting);
    }
    Ok(match config.durability {
        Durability::Async => LogPosition::default(),
        // Nothing is proven, but whoever lacks what another holds may lack what clients were told.
        Durability::Degrading(_) => newest_available(config, view),
        // Also what was confirmed by a target that failed and is not asked again.
        _ if need == 0 => view.at_least,
        _ => newest_sealed(view, &standbys).max(view.at_least),
    })
}

/// The same, by what `from` itself holds, if it is heard and closed: before it was chosen it held what was asked of it, and
/// whatever was acknowledged since is its own. Where the standbys prove nothing, since the lost primary is one of them or one
/// is being made anew.
fn proven_by_itself(config: &Configuration, view: &View, from: NodeId) -> Option<LogPosition> {
    let (node, (_, need)) = (&view.nodes[from.index()], config.read_quorum(from));
    let held = node.database.position;
    let closed =
        node.heard && node.sealed && node.database.role == Role::Replica && held > LogPosition::default();
    // Whoever opens begins a history of its own.
    let opened = held.epoch > view.at_least.epoch;
    let proves = is_proven(config, need) && closed && held >= view.at_least;
    proves.then_some(if opened { held } else { view.at_least })
}

/// Of those who hold `complete`, whoever suits best.
fn choose_holding(
    config: &Configuration,
    view: &View,
    from: NodeId,
    complete: LogPosition,
) -> Result<Choice, NoTarget> {
    let newest = newest_known(config, view);
    let candidates = || {
        config.data_nodes().filter(|node| {
            let node = &view.nodes[node.index()];
            node.heard
                && node.sealed
                && node.database.role == Role::Replica
                && node.database.position >= complete
        })
    };
    let held = |node: NodeId| view.nodes[node.index()].database.position;
    let lag = |node: NodeId| held(node).lag_behind(newest);
    let limit = config.policy.promote_lag_max;
    let written = match (&config.durability, view.written_at_most) {
        (Durability::Async | Durability::Degrading(_), None) if view.impatient => {
            return Err(NoTarget::LagUnknown);
        }
        (Durability::Async | Durability::Degrading(_), None) => return Err(NoTarget::Waiting),
        (Durability::Async | Durability::Degrading(_), Some(written)) => written,
        // What was acknowledged is among what a candidate holds, however far the old primary went on.
        _ => 0,
    };
    let shared = |node: NodeId| match view.forked && held(node).epoch <= view.at_least.epoch {
        true => held(node).committed.min(view.at_least.committed),
        false => held(node).committed,
    };
    // Whoever holds more than the old primary did when it was closed holds some of what it wrote when it was open again.
    let closed = written.saturating_sub(config.policy.lease_length().as_nanos());
    let reopened = view.reopened_at_most.map_or(written, |reopened| reopened.max(written));
    let most = |node: NodeId| if shared(node) > closed { reopened } else { written };
    let may_lack = |node: NodeId| lag(node).max(Span::from_nanos(most(node).saturating_sub(shared(node))));
    // What was proven lacks nothing that anybody was told, and how far others wrote for themselves is no lag.
    let proven = is_proven(config, config.read_quorum(from).1);
    let within = |node: NodeId| proven || may_lack(node) <= limit;
    let best = |avoid: Option<NodeId>| {
        let suits = |node: &NodeId| Some(*node) != avoid && within(*node);
        candidates().filter(suits).min_by_key(|node| preference(config, view, *node))
    };
    // Rather whoever was to be relieved than nobody.
    match best(view.avoid).or_else(|| best(None).filter(|_| view.impatient)) {
        // What else it holds, as an old primary does beyond its standbys, nobody was told is safe: should it fail, whoever
        // comes next need not hold that.
        Some(to) if complete > LogPosition::default() => Ok(Choice { to, position: complete, lag: lag(to) }),
        Some(to) => Ok(Choice { to, position: held(to), lag: lag(to) }),
        None => Err(match candidates().filter(|node| Some(*node) != view.avoid).map(may_lack).min() {
            Some(least) => NoTarget::BeyondLagLimit { least },
            None => NoTarget::NoReplica,
        }),
    }
}

/// So many sealed standbys show all that was acknowledged.
pub(crate) fn is_proven(config: &Configuration, need: usize) -> bool {
    need > 0 && !matches!(config.durability, Durability::Async | Durability::Degrading(_))
}

/// A living replica has not reported its final position yet.
fn someone_is_missing(config: &Configuration, view: &View, from: NodeId) -> bool {
    config.data_nodes().filter(|node| *node != from).any(|node| {
        let node = &view.nodes[node.index()];
        node.heard && node.database.role == Role::Replica && !node.sealed
    })
}

fn newest_known(config: &Configuration, view: &View) -> LogPosition {
    config.data_nodes().map(|node| view.nodes[node.index()].database.position).max().unwrap_or_default()
}

/// The most that anybody holds who could take over.
fn newest_available(config: &Configuration, view: &View) -> LogPosition {
    let nodes = config.data_nodes().filter(|node| Some(*node) != view.avoid);
    let able = nodes.map(|node| &view.nodes[node.index()]).filter(|node| {
        node.heard && node.sealed && node.database.role == Role::Replica && !node.disappointed
    });
    able.map(|node| node.database.position).max().unwrap_or_default()
}

/// What the old primary holds beyond its standbys was not acknowledged: nobody has to wait for it.
fn newest_sealed(view: &View, standbys: &NodeSet) -> LogPosition {
    let sealed = standbys.iter().map(|node| &view.nodes[node.index()]).filter(|node| node.sealed);
    sealed.map(|node| node.database.position).max().unwrap_or_default()
}

/// Smaller is better: the place of a member's region in the policy's list, then its site's, then its capacity.
pub(crate) fn rank(config: &Configuration, node: NodeId) -> impl Ord + use<> {
    (places(config, node), Reverse(config.members[node.index()].capacity), node)
}

/// Whether the policy names a region, or within one region a site, for `node` before that of `other`.
pub(crate) fn prefers(config: &Configuration, node: NodeId, other: NodeId) -> bool {
    places(config, node) < places(config, other)
}

fn places(config: &Configuration, node: NodeId) -> (usize, usize) {
    let member = &config.members[node.index()];
    let place =
        |list: &[String], name: &str| list.iter().position(|entry| entry == name).unwrap_or(list.len());
    (place(&config.policy.prefer_regions, &member.region), place(&config.policy.prefer_sites, &member.site))
}

/// Smaller is better: not disappointed, asked for, region, site, capacity, freshness, and the identity to break ties.
fn preference(config: &Configuration, view: &View, node: NodeId) -> impl Ord + use<> {
    let member = &config.members[node.index()];
    let rank =
        |list: &[String], name: &str| list.iter().position(|entry| entry == name).unwrap_or(list.len());
    let seen = &view.nodes[node.index()];
    (
        seen.disappointed,
        view.wanted != Some(node),
        rank(&config.policy.prefer_regions, &member.region),
        rank(&config.policy.prefer_sites, &member.site),
        Reverse(member.capacity),
        Reverse(seen.database.position),
        node,
    )
}

#[cfg(test)]
pub(crate) mod tests;
