use super::names::Kind;
use super::{Checker, voters};
use crate::logic::Logic;
use crate::plan::{Durability, Engine};
use crate::suggest::quoted;

/// There is a primary, there are voters and replicas, and writes can be acknowledged as the durability says.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    primary(checker);
    voters::check(checker);
    replicas(checker);
    match &checker.scenario.plan.database.durability {
        Durability::Async => {}
        Durability::Sync(names) => synchronous(checker, names),
        Durability::Quorum(replicas) => quorum(checker, *replicas),
    }
    replication_rate(checker);
    let database = &checker.scenario.plan.database;
    if database.watchdog.is_some_and(|watchdog| watchdog.is_zero()) {
        checker.plan_error("database.watchdog", "a watchdog that fires at once", "give it a time, or None");
    }
    if let (Engine::PostgreSql15, Some(true)) = (database.engine, database.refuses_without_lease) {
        let problem = "PostgreSQL 15 cannot refuse writes by itself when its lease runs out";
        checker.plan_warning(
            "database.refuses_without_lease",
            problem,
            "what runs is a database that does not exist",
        );
    }
}

fn primary<L: Logic>(checker: &mut Checker<'_, L>) {
    let name = &checker.scenario.plan.database.primary;
    match checker.names.objection(name, Kind::Node) {
        Some((problem, remedy)) => checker.plan_error("database.primary", problem, remedy),
        None => no_witness(checker, "database.primary", name, "be the primary"),
    }
}

fn no_witness<L: Logic>(checker: &mut Checker<'_, L>, path: &str, name: &str, role: &str) {
    if checker.names.node(name).is_some_and(|node| node.witness) {
        let problem = format!("'{name}' is a witness: it holds no data and cannot {role}");
        checker.plan_error(path, problem, "name a node that holds data");
    }
}

fn replicas<L: Logic>(checker: &mut Checker<'_, L>) {
    let data = checker.names.nodes().iter().filter(|node| !node.witness).count();
    if data < 2 && !checker.names.nodes().is_empty() {
        checker.plan_warning(
            "regions",
            "there is no replica to promote",
            "have two nodes that are no witnesses",
        );
    }
}

fn synchronous<L: Logic>(checker: &mut Checker<'_, L>, names: &[String]) {
    let primary = &checker.scenario.plan.database.primary;
    if names.iter().all(|name| name == primary) {
        let problem = "no replica is named that writes could wait for";
        return checker.plan_error(
            "database.durability",
            problem,
            "name replicas: Sync([\"...\"]), or write Async",
        );
    }
    for (index, name) in names.iter().enumerate() {
        let path = format!("database.durability[0][{index}]");
        match checker.names.objection(name, Kind::Node) {
            Some((problem, remedy)) => checker.plan_error(&path, problem, remedy),
            None => no_witness(checker, &path, name, "acknowledge writes"),
        }
        if names[..index].contains(name) {
            checker.plan_warning(&path, format!("'{name}' is named twice"), "keep one of them");
        }
    }
}

fn quorum<L: Logic>(checker: &mut Checker<'_, L>, wanted: u32) {
    let path = "database.durability[0]";
    if wanted == 0 {
        return checker.plan_error(
            path,
            "a quorum of no replicas is no quorum",
            "write Async if that is meant",
        );
    }
    let holding_data = checker.names.nodes().iter().filter(|node| !node.witness);
    let primary = &checker.scenario.plan.database.primary;
    let replicas: Vec<&str> =
        holding_data.map(|node| node.name.as_str()).filter(|name| name != primary).collect();
    if wanted as usize > replicas.len() {
        let problem = format!("writes wait for {wanted} replicas, but there are {}", replicas.len());
        let remedy = match replicas[..] {
            [] => "add replicas".to_owned(),
            _ => format!("ask for at most {}: {}", replicas.len(), quoted(replicas.iter().take(8).copied())),
        };
        checker.plan_error(path, problem, remedy);
    } else if wanted as usize == replicas.len() {
        let problem = format!("writes wait for all {wanted} replicas: the loss of any one stops them");
        checker.plan_warning(path, problem, "a smaller quorum keeps accepting writes");
    }
}

fn replication_rate<L: Logic>(checker: &mut Checker<'_, L>) {
    let (carried, written) =
        (checker.scenario.plan.database.replication_writes_per_second, checker.writes_per_second());
    let path = "database.replication_writes_per_second";
    if carried == 0 {
        checker.plan_error(path, "nothing is ever replicated", "give the rate that a stream can carry");
    } else if carried <= written {
        let problem = format!(
            "replication carries {carried} writes per second, clients write {written}: lag grows for ever"
        );
        checker.plan_warning(path, problem, "raise the one or lower the other, unless that is the point");
    }
}
