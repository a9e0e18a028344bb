use std::collections::BTreeSet;

use super::names::Kind;
use super::{Checker, numbers};
use crate::logic::Logic;
use crate::plan::Link;

/// Links have delays that can be drawn and losses that are shares; routes join two regions once.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let links = &checker.scenario.plan.links;
    link(checker, "links.within_site", &links.within_site);
    link(checker, "links.within_region", &links.within_region);
    link(checker, "links.between_regions", &links.between_regions);
    let mut joined: BTreeSet<[&str; 2]> = BTreeSet::new();
    for (index, route) in links.routes.iter().enumerate() {
        let path = format!("links.routes[{index}]");
        let (a, b) = (route.between.0.as_str(), route.between.1.as_str());
        for (end, name) in [a, b].into_iter().enumerate() {
            if let Some((problem, remedy)) = checker.names.objection(name, Kind::Region) {
                checker.plan_error(&format!("{path}.between[{end}]"), problem, remedy);
            }
        }
        if a == b {
            let problem = format!("a route from '{a}' to itself");
            checker.plan_error(
                &format!("{path}.between"),
                problem,
                "within a region, 'within_region' applies",
            );
        } else if !joined.insert([a.min(b), a.max(b)]) {
            let problem = format!("'{a}' and '{b}' have a route already");
            checker.plan_error(
                &format!("{path}.between"),
                problem,
                "routes go both ways: keep one of the two",
            );
        }
        link(checker, &format!("{path}.link"), &route.link);
    }
}

fn link<L: Logic>(checker: &mut Checker<'_, L>, path: &str, link: &Link) {
    numbers::distribution(checker, &format!("{path}.latency"), &link.latency);
    let path = format!("{path}.loss");
    if !(0.0..=1.0).contains(&link.loss) {
        let problem = format!("a loss of {} is not a share of messages", link.loss);
        checker.plan_error(&path, problem, "write a number from 0 to 1, such as 0.001 for one in a thousand");
    } else if link.loss == 1.0 {
        checker.plan_warning(&path, "nothing ever passes this link", "say so by a partition, which can heal");
    }
}
