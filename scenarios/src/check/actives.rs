use units::Span;

use super::Checker;
use super::names::Kind;
use crate::logic::Logic;
use crate::plan::{Actives, Durability, Topology};
use crate::quantiles::hardly_more;
use crate::scenario::{Expectation, Sight};
use crate::strike::Strike;
use crate::suggest::counted;

/// Keys beyond this are as good as none shared.
const KEYS_MAX: u64 = 1_000_000_000;
/// A key written more often than this within the delay both ways conflicts in bursts, not in pairs.
const PAIRS_RARE: f64 = 0.1;

const PATH: &str = "database.topology";

/// Several actives: what is named exists, and nothing is asked of them that only a single primary can do.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    match &checker.scenario.plan.database.topology {
        Topology::ActivePassive => passive(checker),
        Topology::ActiveActive(actives) => {
            nodes(checker, actives);
            everyone_is_active(checker, actives);
            keys(checker, actives);
            hottest(checker, actives);
            incompatible(checker);
            strikes(checker);
            expectations(checker);
        }
    }
}

fn passive<L: Logic>(checker: &mut Checker<'_, L>) {
    for (index, expected) in checker.scenario.expect.iter().enumerate() {
        if matches!(expected, Expectation::Shows { what: Sight::Conflicts, .. }) {
            let path = format!("expect[{index}].what");
            let problem = "with a single primary no two writes conflict";
            checker.error(&path, problem, "set database.topology: ActiveActive(nodes: [...])");
        }
    }
}

fn nodes<L: Logic>(checker: &mut Checker<'_, L>, actives: &Actives) {
    let path = format!("{PATH}.nodes");
    if actives.nodes.len() < 2 {
        let problem = format!("{} cannot be active/active", counted(actives.nodes.len() as u64, "node"));
        checker.plan_error(&path, problem, "name two or more nodes, or write ActivePassive");
    }
    for (index, name) in actives.nodes.iter().enumerate() {
        let path = format!("{path}[{index}]");
        if let Some((problem, remedy)) = checker.names.objection(name, Kind::Node) {
            checker.plan_error(&path, problem, remedy);
        } else if checker.names.node(name).is_some_and(|node| node.witness) {
            let problem = format!("'{name}' is a witness: it holds no data and cannot accept writes");
            checker.plan_error(&path, problem, "name a node that holds data");
        } else if actives.nodes[..index].contains(name) {
            checker.plan_error(&path, format!("'{name}' is named twice"), "keep one of them");
        }
    }
    let primary = &checker.scenario.plan.database.primary;
    if !actives.nodes.contains(primary) {
        let problem = format!("the primary '{primary}' is not among the actives");
        checker.plan_error("database.primary", problem, "name one of them");
    }
}

fn everyone_is_active<L: Logic>(checker: &mut Checker<'_, L>, actives: &Actives) {
    let idle = checker.names.nodes().iter().find(|node| !node.witness && !actives.nodes.contains(&node.name));
    if let Some(node) = idle {
        let problem = format!("'{}' holds data and is neither active nor does anything else", node.name);
        checker.plan_error(&format!("{PATH}.nodes"), problem, "make it active, or a witness");
    }
}

fn keys<L: Logic>(checker: &mut Checker<'_, L>, actives: &Actives) {
    if actives.keys == 0 || actives.keys > KEYS_MAX {
        let problem = format!("{} keys", actives.keys);
        checker.plan_error(&format!("{PATH}.keys"), problem, "write a number from 1 to 1000000000");
    } else if actives.hot_keys > actives.keys {
        let problem = format!("{} of {} keys are hot", actives.hot_keys, actives.keys);
        checker.plan_error(&format!("{PATH}.hot_keys"), problem, "write fewer than there are keys");
    }
    if !(0.0..=1.0).contains(&actives.hot_share) {
        let problem = format!("{} is not a share of writes", actives.hot_share);
        checker.plan_error(&format!("{PATH}.hot_share"), problem, "write a number from 0 to 1");
    } else if (actives.hot_share > 0.0) != (actives.hot_keys > 0) {
        let problem = format!("{} hot keys take the share {} of writes", actives.hot_keys, actives.hot_share);
        checker.plan_error(
            &format!("{PATH}.hot_share"),
            problem,
            "give both hot_keys and hot_share, or neither",
        );
    } else if actives.hot_share < 1.0 && actives.hot_keys == actives.keys {
        let problem = "no key is left for the writes that do not go to hot keys";
        checker.plan_error(&format!("{PATH}.hot_keys"), problem, "have more keys than hot ones");
    }
}

/// Conflicts while connected are counted in pairs, which is right while they are rare.
fn hottest<L: Logic>(checker: &mut Checker<'_, L>, actives: &Actives) {
    let cold = (1.0 - actives.hot_share) / actives.keys.saturating_sub(actives.hot_keys).max(1) as f64;
    let hot = actives.hot_share / actives.hot_keys.max(1) as f64;
    let links = &checker.scenario.plan.links;
    let between = links.routes.iter().map(|route| &route.link).chain([&links.between_regions]);
    let delay = between.map(|link| hardly_more(&link.latency)).max().unwrap_or(Span::ZERO);
    let per_second = checker.writes_per_second() as f64 * hot.max(cold);
    if per_second * 2.0 * delay.as_secs_f64() > PAIRS_RARE {
        let problem = format!(
            "the hottest key is written {per_second:.1} times per second, over a link of up to {delay}: its conflicts come in bursts, and are counted as pairs"
        );
        checker.plan_warning(
            &format!("{PATH}.hot_share"),
            problem,
            "read the number of conflicts as an upper bound",
        );
    }
}

fn incompatible<L: Logic>(checker: &mut Checker<'_, L>) {
    let database = &checker.scenario.plan.database;
    if database.durability != Durability::Async {
        let problem = "several actives replicate asynchronously: none waits for another";
        checker.plan_error("database.durability", problem, "write Async, or have one primary");
    }
    if database.refuses_without_lease == Some(true) {
        let problem = "several actives hold no lease: all would refuse all writes";
        checker.plan_error("database.refuses_without_lease", problem, "drop it, or have one primary");
    }
    if database.watchdog.is_some() {
        let problem = "no active holds a lease, so no watchdog is ever set";
        checker.plan_warning("database.watchdog", problem, "write None");
    }
    if database.keeps_log_for.is_some() || database.rewind_fails > 0.0 {
        let problem = "actives merge what they wrote: none is rewound or copied anew";
        checker.plan_error("database.keeps_log_for", problem, "drop keeps_log_for and rewind_fails");
    }
}

fn strikes<L: Logic>(checker: &mut Checker<'_, L>) {
    for (index, fault) in checker.scenario.faults.iter().enumerate() {
        if matches!(fault.strike, Strike::SlowReplication { .. }) {
            let problem = "no replica receives from a single primary here";
            checker.error(
                &format!("faults[{index}].strike"),
                problem,
                "cut the actives off from each other instead",
            );
        }
    }
}

fn expectations<L: Logic>(checker: &mut Checker<'_, L>) {
    for (index, expected) in checker.scenario.expect.iter().enumerate() {
        let plans = match expected {
            Expectation::ExecutionTime(_) | Expectation::EveryFailoverVerified => true,
            Expectation::Shows { what, .. } => *what != Sight::Conflicts,
            _ => false,
        };
        if plans {
            let problem = "nobody is promoted where several accept writes: this is never seen";
            checker.error(&format!("expect[{index}]"), problem, "drop it, or have one primary");
        }
    }
}
