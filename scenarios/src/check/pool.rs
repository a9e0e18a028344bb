use super::Checker;
use crate::logic::Logic;

/// More connections of one client than this are no pool but a leak.
const SIZE_MAX: u32 = 1_000;

/// Pools hold connections, and find out which of them are dead before their clients' patience ends.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let clients = &checker.scenario.plan.clients;
    let Some(pool) = &clients.pool else { return };
    if pool.size == 0 || pool.size > SIZE_MAX {
        let problem = format!("a pool of {} connections", pool.size);
        checker.plan_error("clients.pool.size", problem, format!("give each client 1 to {SIZE_MAX}"));
    }
    if pool.max_lifetime.is_zero() {
        let problem = "connections that are replaced at once are no pool";
        checker.plan_error("clients.pool.max_lifetime", problem, "give a time, such as \"30m\"");
    }
    let Some(keepalive) = pool.keepalive else { return };
    if keepalive.is_zero() {
        let problem = "connections that are tested all the time do nothing else";
        checker.plan_error(
            "clients.pool.keepalive",
            problem,
            "give a time, such as \"30s\", or leave it out",
        );
    } else if keepalive >= pool.max_lifetime {
        let problem =
            format!("connections are replaced after {}, before they are tested once", pool.max_lifetime);
        checker.plan_warning(
            "clients.pool.keepalive",
            problem,
            "test them more often than they are replaced",
        );
    }
}
