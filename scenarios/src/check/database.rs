use super::names::Kind;
use super::{Checker, voters};
use crate::logic::Logic;
use crate::plan::{Durability, Engine};
use crate::suggest::{counted, quoted};

/// There is a primary, there are voters and replicas, and writes can be acknowledged as the durability says.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    primary(checker);
    voters::check(checker);
    replicas(checker);
    match &checker.scenario.plan.database.durability {
        Durability::Async => {}
        Durability::Sync(names) => synchronous(checker, 0, 1, names),
        Durability::First(wanted, names) | Durability::Any(wanted, names) => {
            synchronous(checker, 1, *wanted, names);
        }
        Durability::Quorum(replicas) => quorum(checker, *replicas),
    }
    degrading(checker);
    silent_standby(checker);
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

/// Standbys are replicas, and as many as writes wait for.
fn synchronous<L: Logic>(checker: &mut Checker<'_, L>, place: usize, wanted: u32, names: &[String]) {
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
        let path = format!("database.durability[{place}][{index}]");
        match checker.names.objection(name, Kind::Node) {
            Some((problem, remedy)) => checker.plan_error(&path, problem, remedy),
            None => no_witness(checker, &path, name, "acknowledge writes"),
        }
        if names[..index].contains(name) {
            checker.plan_warning(&path, format!("'{name}' is named twice"), "keep one of them");
        }
    }
    if place > 0 {
        enough(checker, wanted, names);
    }
}

/// A write waits for at least one standby, and not for more than are named.
fn enough<L: Logic>(checker: &mut Checker<'_, L>, wanted: u32, names: &[String]) {
    let path = "database.durability[0]";
    let primary = &checker.scenario.plan.database.primary;
    let mut replicas: Vec<&str> = names.iter().map(String::as_str).filter(|name| name != primary).collect();
    replicas.sort_unstable();
    replicas.dedup();
    if wanted == 0 {
        let problem = "writes that wait for no standby are asynchronous";
        checker.plan_error(path, problem, "write Async if that is meant");
    } else if wanted as usize > replicas.len() {
        let problem = format!(
            "writes wait for {wanted} standbys, but the plan names {}",
            counted(replicas.len() as u64, "replica")
        );
        let remedy = format!("ask for at most {}, or name more", replicas.len());
        checker.plan_error(path, problem, remedy);
    } else if wanted as usize == replicas.len() {
        let problem = match replicas[..] {
            [only] => format!("writes wait for '{only}' alone: its loss stops them"),
            _ => format!("writes wait for all of {}: the loss of any one stops them", quoted(replicas)),
        };
        checker.plan_warning(path, problem, "name one more, or ask for fewer");
    }
}

/// A standby that falls silent goes on counting for a while: then writes wait for it in vain.
fn silent_standby<L: Logic>(checker: &mut Checker<'_, L>) {
    let plan = &checker.scenario.plan;
    let database = &plan.database;
    let one_stops_all = match &database.durability {
        Durability::Async => false,
        Durability::Sync(_) | Durability::First(..) => true,
        Durability::Any(wanted, names) => {
            names.iter().filter(|name| **name != database.primary).count() <= *wanted as usize
        }
        Durability::Quorum(wanted) => {
            checker.names.nodes().iter().filter(|node| !node.witness).count() <= *wanted as usize + 1
        }
    };
    let missed = Some(database.wal_sender_timeout).filter(|missed| !missed.is_zero());
    let stands = missed.into_iter().chain(database.degrades_after).min();
    let promised = plan.objectives.recovery_time;
    let problem = match stands {
        _ if !one_stops_all => return,
        Some(stands) if stands <= promised => return,
        Some(stands) => format!(
            "a standby that falls silent is waited for {stands}, and writes with it: more than the RTO of {promised}"
        ),
        None => {
            "a standby that falls silent is never missed, and writes wait for it until it is back".to_owned()
        }
    };
    let remedy = "lower wal_sender_timeout, or let any of several confirm: Any(1, [...]) of two or more";
    checker.plan_warning("database.wal_sender_timeout", problem, remedy);
}

/// Going on without standbys is for whoever waits for some.
fn degrading<L: Logic>(checker: &mut Checker<'_, L>) {
    let database = &checker.scenario.plan.database;
    let Some(after) = database.degrades_after else { return };
    let path = "database.degrades_after";
    if database.durability == Durability::Async {
        let problem = "Async waits for nobody: there is nothing to degrade from";
        checker.plan_error(path, problem, "drop it, or let writes wait for standbys");
    } else if after.is_zero() {
        let problem = "a primary that never waits for its standbys is asynchronous";
        checker.plan_error(path, problem, "give it a time, such as MySQL's \"10s\", or write Async");
    } else if checker.scenario.plan.objectives.recovery_point.is_zero() {
        let problem = format!(
            "an RPO of zero, but after {after} without standbys the primary goes on alone: what it then writes dies with it"
        );
        checker.plan_warning(
            path,
            problem,
            "drop it (None), or raise the RPO to what a lonely primary may lose",
        );
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
        let problem = format!(
            "writes wait for {}, but the plan has {}",
            counted(wanted.into(), "replica"),
            counted(replicas.len() as u64, "replica")
        );
        let remedy = match replicas[..] {
            [] => "add replicas".to_owned(),
            _ => format!("ask for at most {}: {}", replicas.len(), quoted(replicas.iter().take(8).copied())),
        };
        checker.plan_error(path, problem, remedy);
    } else if wanted as usize == replicas.len() {
        let problem = match wanted {
            1 => "writes wait for the only replica: its loss stops them".to_owned(),
            _ => format!("writes wait for all {wanted} replicas: the loss of any one stops them"),
        };
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
            "replication carries {} per second, clients write {written}: lag grows for ever",
            counted(carried, "write")
        );
        checker.plan_warning(path, problem, "raise the one or lower the other, unless that is the point");
    }
}
