use super::names::Kind;
use super::{Checker, numbers, strikes};
use crate::logic::Logic;
use crate::plan::Topology;
use crate::redirect::{Network, Redirect};
use crate::strike::Strike;
use crate::suggest::did_you_mean;

/// More of either in a row than this is not what anybody configures.
const CHECKS_MAX: u32 = 1_000;

/// Whatever redirects clients exists, and can lead them to whoever may become primary.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let plan = &checker.scenario.plan;
    let several = matches!(plan.database.topology, Topology::ActiveActive(_));
    if several && plan.redirect != Redirect::Dns {
        let problem = "clients of several actives are sent to the nearest of them by name";
        checker.plan_error("redirect", problem, "leave redirect out");
    }
    match plan.redirect {
        Redirect::Dns => {}
        Redirect::Hosts => hosts(checker),
        Redirect::VirtualAddress => address(checker),
        Redirect::Proxy => proxies(checker),
    }
    unused(checker);
}

/// A section that nothing looks at was meant to be looked at.
fn unused<L: Logic>(checker: &mut Checker<'_, L>) {
    let plan = &checker.scenario.plan;
    let given = [
        ("hosts.list", !plan.hosts.list.is_empty(), Redirect::Hosts),
        ("proxy.at", !plan.proxy.at.is_empty(), Redirect::Proxy),
    ];
    let redirect = plan.redirect;
    for (path, given, wanted) in given {
        if given && redirect != wanted {
            let problem = format!("clients find the primary by {redirect:?}: this changes nothing");
            checker.plan_warning(path, problem, format!("write redirect: {wanted:?}, or leave this out"));
        }
    }
}

fn hosts<L: Logic>(checker: &mut Checker<'_, L>) {
    let list = checker.scenario.plan.hosts.list.clone();
    for (index, name) in list.iter().enumerate() {
        let path = format!("hosts.list[{index}]");
        if let Some((problem, remedy)) = checker.names.objection(name, Kind::Node) {
            checker.plan_error(&path, problem, remedy);
        } else if checker.names.node(name).is_some_and(|node| node.witness) {
            checker.plan_error(
                &path,
                format!("'{name}' is a witness and never accepts writes"),
                "leave it out",
            );
        } else if list[..index].contains(name) {
            checker.plan_error(&path, format!("'{name}' is tried twice"), "list every node once");
        }
    }
    let missing: Vec<&str> = candidates(checker)
        .filter(|node| !list.is_empty() && !list.iter().any(|known| known == node))
        .collect();
    if !missing.is_empty() {
        let problem = format!("clients never find {}, which may become primary", missing.join(", "));
        checker.plan_warning("hosts.list", problem, "list every node that holds data");
    }
}

/// Nodes that may become primary.
fn candidates<'a, L: Logic>(checker: &Checker<'a, L>) -> impl Iterator<Item = &'a str> {
    let nodes: Vec<&str> =
        checker.names.nodes().iter().filter(|node| !node.witness).map(|node| node.name.as_str()).collect();
    nodes.into_iter()
}

/// An address cannot leave its network, and most failovers lead somewhere.
fn address<L: Logic>(checker: &mut Checker<'_, L>) {
    let plan = &checker.scenario.plan;
    numbers::distribution(checker, "virtual_address.takeover", &plan.virtual_address.takeover);
    let within = plan.virtual_address.within;
    let home = plan.regions.iter().find_map(|region| {
        let site = region
            .sites
            .iter()
            .find(|site| site.nodes.iter().any(|node| node.name == plan.database.primary))?;
        Some(if within == Network::Site { &site.name } else { &region.name })
    });
    let Some(home) = home else { return };
    let inside = checker.names.nodes_in(home);
    let outside: Vec<&str> = candidates(checker).filter(|node| !inside.contains(node)).collect();
    if !outside.is_empty() {
        let problem = format!(
            "the address cannot leave {home}: when {} becomes primary, no client finds it",
            outside.join(" or ")
        );
        let remedy = "redirect them by name, hosts or proxies, or promote inside its network only";
        checker.plan_warning("virtual_address.within", problem, remedy);
    }
}

fn proxies<L: Logic>(checker: &mut Checker<'_, L>) {
    let proxy = checker.scenario.plan.proxy.clone();
    if proxy.at.is_empty() {
        let remedy = "say where they are: at: [(name: \"lb-1\", site: \"a\")]";
        checker.plan_error("proxy.at", "there is no proxy to connect to", remedy);
    }
    for (index, at) in proxy.at.iter().enumerate() {
        if let Some((problem, remedy)) = checker.names.objection(&at.site, Kind::Site) {
            checker.plan_error(&format!("proxy.at[{index}].site"), problem, remedy);
        }
        let taken = checker.names.kind(&at.name).is_some()
            || proxy.at[..index].iter().any(|known| known.name == at.name);
        if taken || at.name.trim().is_empty() || at.name.starts_with('$') {
            let problem = format!("'{}' does not tell this proxy from everything else", at.name);
            checker.plan_error(&format!("proxy.at[{index}].name"), problem, "give it a name of its own");
        }
    }
    if let [only] = &*proxy.at {
        let problem = format!("without '{}' no client reaches any database", only.name);
        checker.plan_warning("proxy.at", problem, "have two, at different sites");
    }
    for (field, span) in [("check", proxy.check), ("check_timeout", proxy.check_timeout)] {
        if span.is_zero() {
            checker.plan_error(
                &format!("proxy.{field}"),
                "a check takes some time",
                "give a time above zero",
            );
        }
    }
    for (field, count) in [("fall", proxy.fall), ("rise", proxy.rise)] {
        if count == 0 || count > CHECKS_MAX {
            let problem = format!("{count} checks in a row");
            checker.plan_error(&format!("proxy.{field}"), problem, format!("write 1 to {CHECKS_MAX}"));
        }
    }
    let statement = checker.scenario.plan.clients.statement_timeout;
    if !proxy.closes_sessions {
        let problem = format!(
            "sessions with a server that is marked down stay: clients wait {statement} for a silent one"
        );
        checker.plan_warning("proxy.closes_sessions", problem, "close them, unless that is the point");
    }
}

/// A fault of what leads clients to the primary, where that is in use.
pub(super) fn strike<L: Logic>(checker: &mut Checker<'_, L>, path: &str, strike: &Strike) {
    match strike {
        Strike::DnsEmpty => needs(checker, path, Redirect::Dns),
        Strike::DnsWrong(node) => {
            needs(checker, path, Redirect::Dns);
            strikes::target(checker, &format!("{path}[0]"), node, Kind::Node);
            if matches!(checker.scenario.plan.database.topology, Topology::ActiveActive(_)) {
                let problem = "the record of several actives names no single node";
                checker.error(path, problem, "strike with DnsEmpty or DnsFailure");
            }
        }
        Strike::CrashProxy(name) => {
            needs(checker, path, Redirect::Proxy);
            let known: Vec<&str> =
                checker.scenario.plan.proxy.at.iter().map(|proxy| proxy.name.as_str()).collect();
            if !known.contains(&name.as_str()) {
                let remedy = did_you_mean(name, known, "name one of proxy.at");
                checker.error(&format!("{path}[0]"), format!("there is no proxy '{name}'"), remedy);
            }
        }
        Strike::DuplicateAddress(node) => {
            needs(checker, path, Redirect::VirtualAddress);
            strikes::target(checker, &format!("{path}[0]"), node, Kind::Node);
        }
        _ => {}
    }
}

/// What a fault breaks is what clients find the primary by.
pub(super) fn needs<L: Logic>(checker: &mut Checker<'_, L>, path: &str, wanted: Redirect) {
    let redirect = checker.scenario.plan.redirect;
    // Reads may be routed by name all the same.
    let routed = checker.scenario.plan.dns.routing == crate::plan::Routing::Nearest;
    if redirect != wanted && !(wanted == Redirect::Dns && routed) {
        let problem = format!("clients find the primary by {redirect:?}: this strikes nobody");
        checker.error(
            path,
            problem,
            format!("write redirect: {wanted:?} in the plan, or strike something else"),
        );
    }
}
