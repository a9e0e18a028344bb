use units::Span;

use super::{Checker, numbers};
use crate::logic::Logic;
use crate::plan::Claimed;
use crate::suggest::counted;

/// Somebody writes, gives up and tries again; name servers answer; objectives are given.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    regions(checker);
    capacity(checker);
    queue(checker);
    retries(checker);
    dns(checker);
    let objectives = &checker.scenario.plan.objectives;
    if objectives.recovery_time.is_zero() {
        let problem = "no failover takes no time at all";
        checker.plan_error(
            "objectives.recovery_time",
            problem,
            "give the time within which service must be back",
        );
    }
    for (index, claim) in checker.scenario.plan.claims.iter().enumerate() {
        if claim.from.trim().is_empty() {
            let problem = "nobody can tell where this claim was made";
            checker.plan_warning(
                &format!("claims[{index}].from"),
                problem,
                "name the requirement or the page",
            );
        }
        if let Some((problem, remedy)) = claim_objection(&claim.says) {
            checker.plan_error(&format!("claims[{index}].says"), problem, remedy);
        }
    }
}

/// What no figure can be.
fn claim_objection(says: &Claimed) -> Option<(String, &'static str)> {
    match says {
        Claimed::TimesBetter { times, .. } if !(times.is_finite() && *times > 0.0) => {
            Some((format!("nothing is {times} times better"), "write a number above zero"))
        }
        Claimed::TimesBetter { figure, .. } if figure.is_zero() => {
            Some(("nothing divides by zero".to_owned(), "give a figure above zero"))
        }
        Claimed::Percentile { p, .. } if !(*p > 0.0 && *p <= 0.99999) => {
            Some((format!("{p} is no percentile"), "write a share above 0 and up to 0.99999, such as 0.95"))
        }
        _ => None,
    }
}

fn regions<L: Logic>(checker: &mut Checker<'_, L>) {
    let regions = &checker.scenario.plan.regions;
    for (index, region) in regions.iter().enumerate() {
        let (clients, writes) = (region.clients, region.writes_per_second);
        if clients > 0 && writes == 0 {
            let problem = format!("{} of '{}' write nothing", counted(clients.into(), "client"), region.name);
            let path = format!("regions[{index}].clients");
            checker.plan_warning(&path, problem, "give their writes_per_second, or drop them");
        } else if clients == 0 && writes > 0 {
            let problem = format!("'{}' has writes but no clients to send them", region.name);
            let path = format!("regions[{index}].writes_per_second");
            checker.plan_error(&path, problem, "say how many clients there are: clients: 20");
        }
    }
    if !regions.is_empty() && checker.writes_per_second() == 0 {
        let problem = "nobody writes, so nothing can be lost and nobody notices an outage";
        checker.plan_error("regions", problem, "give a region clients and writes_per_second");
    }
}

/// Whoever may become primary should carry the load.
fn capacity<L: Logic>(checker: &mut Checker<'_, L>) {
    let written = checker.scenario.plan.peak_writes_per_second();
    for (r, region) in checker.scenario.plan.regions.iter().enumerate() {
        for (s, site) in region.sites.iter().enumerate() {
            for (n, node) in site.nodes.iter().enumerate().filter(|(_, node)| !node.witness) {
                if node.capacity < written {
                    let problem = format!(
                        "'{}' carries {} per second, clients write {written}: as primary it is overloaded",
                        node.name,
                        counted(node.capacity, "write")
                    );
                    let path = format!("regions[{r}].sites[{s}].nodes[{n}].capacity");
                    checker.plan_warning(&path, problem, "raise its capacity, unless overload is the point");
                }
            }
        }
    }
}

/// A queue that is too long lets every write in it wait until its client has given up.
fn queue<L: Logic>(checker: &mut Checker<'_, L>) {
    if checker.scenario.plan.database.queue_max == 0 {
        let problem = "a primary without any queue refuses every write";
        checker.plan_error("database.queue_max", problem, "let at least one write wait");
    }
}

fn retries<L: Logic>(checker: &mut Checker<'_, L>) {
    let clients = &checker.scenario.plan.clients;
    let must_last = [
        ("connect_timeout", clients.connect_timeout, "a connection needs some time to come about"),
        ("statement_timeout", clients.statement_timeout, "a write needs some time to be acknowledged"),
        ("tcp_timeout", clients.tcp_timeout, "no answer comes at once"),
        ("tcp_keepalive", clients.tcp_keepalive, "an idle connection is no dead one"),
        ("retry_first", clients.retry_first, "clients that retry without a pause never stop"),
    ];
    for (field, span, problem) in must_last {
        if span.is_zero() {
            checker.plan_error(&format!("clients.{field}"), problem, "give a time above zero");
        }
    }
    if clients.retry_first > clients.retry_max {
        let problem =
            format!("the first pause of {} is above the longest, {}", clients.retry_first, clients.retry_max);
        checker.plan_error("clients.retry_first", problem, "pauses grow from retry_first to retry_max");
    }
}

fn dns<L: Logic>(checker: &mut Checker<'_, L>) {
    let dns = &checker.scenario.plan.dns;
    numbers::distribution(checker, "dns.update", &dns.update);
    if dns.resolvers_per_region == 0 {
        checker.plan_error(
            "dns.resolvers_per_region",
            "clients have nobody to ask",
            "have at least one resolver",
        );
    }
    if dns.ttl_least > dns.ttl {
        let problem = format!("answers are kept for {}, not for the TTL of {}", dns.ttl_least, dns.ttl);
        checker.plan_warning("dns.ttl_least", problem, "a TTL below what resolvers honour promises too much");
    }
    let retry = checker.scenario.plan.clients.retry_first;
    if dns.ttl > Span::ZERO && dns.ttl < retry {
        let problem = format!("the TTL of {} is below the first pause of clients, {retry}", dns.ttl);
        checker.plan_warning("dns.ttl", problem, "clients do not ask that often: a longer TTL costs no time");
    }
}
