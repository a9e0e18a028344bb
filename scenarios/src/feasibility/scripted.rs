//! Outages that cannot end before a fault heals: their recovery time is a figure of the scenario's file. Told where the
//! file alone says so; a campaign finds the others by healing later.

use std::collections::BTreeSet;

use units::Span;

use super::{Budget, remark};
use crate::diagnostic::{Finding, Severity};
use crate::fault::Fault;
use crate::loader::Scenario;
use crate::logic::Logic;
use crate::scenario::{Exempt, Expectation};
use crate::strike::Strike;
use crate::suggest::counted;

/// Nothing if the scenario says itself that its RTO is not asked for, or that it stays down.
pub(super) fn findings<L: Logic>(scenario: &Scenario<L>, budget: &Budget) -> Option<Finding> {
    let known = Exempt::from_recovery_time(&scenario.exempt).is_some()
        || scenario.expect.contains(&Expectation::NeverRecovers);
    if known {
        return None;
    }
    without_majority(scenario, budget).or_else(|| without_names(scenario, budget))
}

/// Too few voters are left until the first of them is back.
fn without_majority<L: Logic>(scenario: &Scenario<L>, budget: &Budget) -> Option<Finding> {
    if !L::needs_majority(&scenario.plan.policy) {
        return None;
    }
    let voters: BTreeSet<String> = nodes_in(scenario, |_, _, _, _| true, true);
    let majority = voters.len() / 2 + 1;
    for (index, last) in scenario.faults.iter().enumerate() {
        let Some(from) = last.latest() else { continue };
        let by_then = |fault: &&Fault| fault.latest().is_some_and(|at| at <= from);
        let down = scenario.faults.iter().filter(by_then);
        let down = down.filter(|fault| end(fault).is_none_or(|end| end > from));
        let down: Vec<&Fault> = down.filter(|fault| !lost(scenario, &fault.strike).is_empty()).collect();
        let gone: BTreeSet<String> = down.iter().flat_map(|fault| lost(scenario, &fault.strike)).collect();
        let left = voters.difference(&gone).count();
        let Some(first_back) = down.iter().filter_map(|fault| end(fault)).min() else { continue };
        if left < majority
            && first_back > from.saturating_add(budget.most)
            && !lost(scenario, &last.strike).is_empty()
        {
            let problem = format!(
                "{left} of {} {} left from {from} on: until a fault heals, at {first_back} or later, nobody may serve",
                counted(voters.len() as u64, "voter"),
                if left == 1 { "is" } else { "are" }
            );
            return Some(told(scenario, index, problem));
        }
    }
    None
}

/// Clients of a primary that is lost ask name servers that do not answer.
fn without_names<L: Logic>(scenario: &Scenario<L>, budget: &Budget) -> Option<Finding> {
    let primary = &scenario.plan.database.primary;
    let (index, names) =
        scenario.faults.iter().enumerate().find(|(_, fault)| fault.strike == Strike::DnsFailure)?;
    let (since, back) = (names.latest()?, end(names)?);
    let is_lost = |at: Span| since <= at && at.saturating_add(budget.most) < back;
    let strikes = scenario.faults.iter().filter(|fault| lost(scenario, &fault.strike).contains(primary));
    let at = strikes.filter_map(Fault::latest).find(|at| is_lost(*at))?;
    let problem = format!(
        "the primary is lost at {at} or before, and name servers say nothing until {back}: clients find nobody new before"
    );
    Some(told(scenario, index, problem))
}

fn told<L: Logic>(scenario: &Scenario<L>, fault: usize, problem: String) -> Finding {
    let remedy = "the recovery time will be this script's: heal earlier, or add exempt: [RecoveryTime(because: \"...\")]";
    let path = format!("faults[{fault}].heal_after");
    scenario.layers.in_scenario(&path, remark(Severity::Warning, problem, remedy))
}

/// When it is over at the earliest; `None` if never, or if that is drawn or not known.
fn end(fault: &Fault) -> Option<Span> {
    let begin = fault.earliest()?;
    fault.heal_after.filter(|_| fault.again.is_none()).map(|after| begin.saturating_add(after))
}

/// Nodes whose agents are gone while this lasts.
fn lost<L: Logic>(scenario: &Scenario<L>, strike: &Strike) -> BTreeSet<String> {
    let primary = &scenario.plan.database.primary;
    match strike {
        Strike::Crash(name) | Strike::Silence(name) | Strike::Hang(name) => {
            BTreeSet::from([if name == "$primary" { primary.clone() } else { name.clone() }])
        }
        Strike::SiteLoss(name) => nodes_in(scenario, |_, _, site, _| site == name, false),
        Strike::RegionLoss(name) => nodes_in(scenario, |_, region, _, _| region == name, false),
        Strike::ProviderLoss(name) => nodes_in(scenario, |provider, _, _, _| provider == name, false),
        _ => BTreeSet::new(),
    }
}

/// Nodes by what they are in: provider, region, site and their own name.
fn nodes_in<L: Logic>(
    scenario: &Scenario<L>,
    is_in: impl Fn(&str, &str, &str, &str) -> bool,
    voting: bool,
) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for region in &scenario.plan.regions {
        for site in &region.sites {
            let nodes = site.nodes.iter().filter(|node| node.votes || !voting);
            let nodes = nodes.filter(|node| is_in(&region.provider, &region.name, &site.name, &node.name));
            all.extend(nodes.map(|node| node.name.clone()));
        }
    }
    all
}
