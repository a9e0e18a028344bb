use super::Checker;
use crate::logic::Logic;
use crate::plan::Routing;

/// Reads have readers, and routing by health checks has something to route.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let plan = &checker.scenario.plan;
    for (index, region) in plan.regions.iter().enumerate() {
        if region.clients == 0 && region.reads_per_second > 0 {
            let problem = format!("'{}' has reads but no clients to send them", region.name);
            let path = format!("regions[{index}].reads_per_second");
            checker.plan_error(&path, problem, "say how many clients there are: clients: 20");
        }
    }
    if plan.dns.routing != Routing::Nearest {
        return;
    }
    if plan.dns.health_check.is_zero() {
        let problem = "health checks without a pause never stop";
        checker.plan_error("dns.health_check", problem, "give a time above zero, such as \"10s\"");
    }
    if plan.regions.iter().all(|region| region.reads_per_second == 0) {
        let problem = "reads go to the nearest copy, but nobody reads";
        checker.plan_warning("dns.routing", problem, "give regions their reads_per_second");
    }
}
