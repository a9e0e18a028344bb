use super::{Checker, numbers};
use crate::logic::Logic;
use crate::traffic::{Starts, Traffic};

/// More than this many times the usual load is no pattern but a slip of the pen.
const FACTOR_MAX: f64 = 1_000.0;

/// Loads change at moments that exist, by factors that can be had.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let plan = &checker.scenario.plan;
    shape(checker, "traffic", &plan.traffic);
    for (index, region) in plan.regions.iter().enumerate() {
        if let Some(traffic) = &region.traffic {
            let path = format!("regions[{index}].traffic");
            shape(checker, &path, traffic);
            belongs_to_the_plan(checker, &path, traffic);
        }
    }
    if plan.traffic.reroute_after.is_some() && plan.regions.len() < 2 {
        let problem = "users of the only region can be sent nowhere else";
        checker.plan_warning("traffic.reroute_after", problem, "leave it out, or describe another region");
    }
}

fn belongs_to_the_plan<L: Logic>(checker: &mut Checker<'_, L>, path: &str, traffic: &Traffic) {
    let remedy = "say it in the plan's own 'traffic', for all regions";
    if traffic.starts != Starts::AnyTime {
        let problem = "a run begins at one moment, not at one per region";
        checker.plan_error(&format!("{path}.starts"), problem, remedy);
    }
    if traffic.reroute_after.is_some() {
        let problem = "users are sent elsewhere by one rule, not by one per region";
        checker.plan_error(&format!("{path}.reroute_after"), problem, remedy);
    }
}

fn shape<L: Logic>(checker: &mut Checker<'_, L>, path: &str, traffic: &Traffic) {
    for (index, (_, factor)) in traffic.hours.iter().enumerate() {
        is_factor(checker, &format!("{path}.hours[{index}]"), *factor);
    }
    for (index, (_, factor)) in traffic.days.iter().enumerate() {
        is_factor(checker, &format!("{path}.days[{index}]"), *factor);
    }
    hours_rise(checker, path, traffic);
    days_differ(checker, path, traffic);
    bursts(checker, path, traffic);
    if traffic.recorded.is_some() && !(traffic.hours.is_empty() && traffic.days.is_empty()) {
        let problem = "the load is recorded and has hours or days as well";
        checker.plan_error(&format!("{path}.recorded"), problem, "keep the recording, or the hours and days");
    }
}

fn is_factor<L: Logic>(checker: &mut Checker<'_, L>, path: &str, factor: f64) {
    if !(0.0..=FACTOR_MAX).contains(&factor) {
        let problem = format!("{factor} is no factor of a load");
        checker.plan_error(path, problem, format!("write a number from 0 to {FACTOR_MAX}"));
    }
}

fn hours_rise<L: Logic>(checker: &mut Checker<'_, L>, path: &str, traffic: &Traffic) {
    if let Some(index) = traffic.hours.windows(2).position(|pair| pair[0].0 >= pair[1].0) {
        let problem =
            format!("{} does not come after {}", traffic.hours[index + 1].0, traffic.hours[index].0);
        let path = format!("{path}.hours[{}]", index + 1);
        checker.plan_error(&path, problem, "put the hours in their order, each once");
    }
}

fn days_differ<L: Logic>(checker: &mut Checker<'_, L>, path: &str, traffic: &Traffic) {
    for (index, (day, _)) in traffic.days.iter().enumerate() {
        if traffic.days[..index].iter().any(|(known, _)| known == day) {
            let problem = format!("{day:?} has a factor already");
            checker.plan_error(&format!("{path}.days[{index}]"), problem, "keep one of them");
        }
    }
}

fn bursts<L: Logic>(checker: &mut Checker<'_, L>, path: &str, traffic: &Traffic) {
    let Some(bursts) = &traffic.bursts else { return };
    numbers::distribution(checker, &format!("{path}.bursts.every"), &bursts.every);
    numbers::distribution(checker, &format!("{path}.bursts.lasts"), &bursts.lasts);
    for (field, distribution) in [("every", &bursts.every), ("lasts", &bursts.lasts)] {
        if crate::quantiles::hardly_more(distribution).is_zero() {
            let problem = "bursts that take no time never let a run go on";
            checker.plan_error(&format!("{path}.bursts.{field}"), problem, "give a time above zero");
        }
    }
    let path = format!("{path}.bursts.times");
    is_factor(checker, &path, bursts.times);
    if bursts.times == 1.0 {
        checker.plan_warning(&path, "a burst of the usual load is none", "write a number above 1");
    }
}
