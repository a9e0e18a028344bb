use units::Span;

use super::names::Kind;
use super::times::moment;
use super::{Checker, numbers};
use crate::logic::Logic;
use crate::people::{AskFor, Forger};
use crate::scenario::{Expectation, Sight};
use crate::strike::Strike;
use crate::suggest::{counted, did_you_mean};
use crate::when::When;

/// People sit somewhere, ask for what exists, and are there when they are called.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let scenario = checker.scenario;
    for (index, person) in scenario.plan.people.iter().enumerate() {
        let path = format!("people[{index}]");
        if let Some((problem, remedy)) = checker.names.objection(&person.region, Kind::Region) {
            checker.plan_error(&format!("{path}.region"), problem, remedy);
        }
        numbers::distribution(checker, &format!("{path}.reaction"), &person.reaction);
        if scenario.plan.people[..index].iter().any(|known| known.name == person.name) {
            let problem = format!("two people are called '{}'", person.name);
            checker.plan_error(&format!("{path}.name"), problem, "rename one of them");
        }
    }
    for (index, asking) in scenario.requests.iter().enumerate() {
        let path = format!("requests[{index}]");
        known(checker, &format!("{path}.from"), &asking.from);
        for (place, name) in asking.approve.iter().enumerate() {
            known(checker, &format!("{path}.approve[{place}]"), name);
        }
        if let Some(at) = asking.at {
            moment(checker, &format!("{path}.at"), at);
        }
        let at = asking.at.map(When::latest);
        wish(checker, &format!("{path}.ask"), &asking.ask, at);
        if at.is_some_and(|at| at >= scenario.horizon) {
            let problem = format!("nobody asks after the run has ended at {}", scenario.horizon);
            checker.error(&format!("{path}.at"), problem, "ask earlier, or lengthen the horizon");
        }
    }
}

/// Attackers ask for what exists, too, or the refusal would prove nothing.
pub(super) fn strike<L: Logic>(checker: &mut Checker<'_, L>, path: &str, strike: &Strike) {
    match strike {
        Strike::ForgedRequest { by, ask } => {
            match by {
                Forger::Stranger => {}
                Forger::Impostor(name) | Forger::Insider(name) => {
                    known(checker, &format!("{path}.by[0]"), name)
                }
            }
            wish(checker, &format!("{path}.ask"), ask, None);
        }
        Strike::RequestFlood { nodes, per_second, in_the_name_of } => {
            if nodes.is_empty() {
                checker.error(&format!("{path}.nodes"), "a flood of nobody does nothing", "name nodes");
            }
            for (place, node) in nodes.iter().enumerate() {
                if let Some((problem, remedy)) = checker.names.objection(node, Kind::Node) {
                    checker.error(&format!("{path}.nodes[{place}]"), problem, remedy);
                }
            }
            if !(10..=100_000).contains(per_second) {
                let problem = format!("{} per second and node", counted(u64::from(*per_second), "request"));
                checker.error(&format!("{path}.per_second"), problem, "write a number from 10 to 100000");
            }
            if let Some(name) = in_the_name_of {
                known(checker, &format!("{path}.in_the_name_of"), name);
            }
        }
        Strike::AlteredRequests | Strike::ReplayedRequests if checker.scenario.requests.is_empty() => {
            let problem = "nobody asks for anything, so there is nothing to get hold of";
            checker.error(path, problem, "let somebody ask under 'requests'");
        }
        Strike::StaleLeader(node) => {
            if let Some((problem, remedy)) = checker.names.objection(node, Kind::Node) {
                checker.error(&format!("{path}[0]"), problem, remedy);
            }
        }
        _ => {}
    }
}

/// What can be seen takes somebody who asks.
pub(super) fn expectation<L: Logic>(checker: &mut Checker<'_, L>, path: &str, expected: &Expectation) {
    let attacked = checker.scenario.faults.iter().any(|fault| fault.strike.is_about_requests());
    let asked = !checker.scenario.requests.is_empty();
    let (holds, problem, remedy) = match expected {
        Expectation::AttacksRefused => (
            attacked || asked,
            "nobody asks for anything and nobody attacks",
            "let somebody ask under 'requests', or strike with a forged request",
        ),
        Expectation::InsideWindow => {
            (asked, "nobody asks for anything, so no window can be kept", "let somebody ask under 'requests'")
        }
        Expectation::Shows { what: Sight::Obeyed | Sight::Refusal, .. } => {
            (asked, "nobody asks for anything", "let somebody ask under 'requests'")
        }
        _ => return,
    };
    if !holds {
        checker.error(path, problem, remedy);
    }
}

fn known<L: Logic>(checker: &mut Checker<'_, L>, path: &str, name: &str) {
    let people = || checker.scenario.plan.people.iter().map(|person| person.name.as_str());
    if !people().any(|known| known == name) {
        let remedy = did_you_mean(name, people(), "describe the person under 'people' in the plan");
        checker.error(path, format!("there is nobody called '{name}'"), remedy);
    }
}

fn wish<L: Logic>(checker: &mut Checker<'_, L>, path: &str, ask: &AskFor, at: Option<Span>) {
    let to = match ask {
        AskFor::Status => None,
        AskFor::Failover { to } => to.as_ref(),
        AskFor::Switchover { to, .. } => Some(to),
    };
    if let Some((problem, remedy)) = to.and_then(|to| checker.names.objection(to, Kind::Node)) {
        checker.error(&format!("{path}.to"), problem, remedy);
    }
    let AskFor::Switchover { window: Some((from, until)), .. } = ask else { return };
    if from >= until {
        let problem = format!("the window from {from} to {until} is empty");
        checker.error(&format!("{path}.window"), problem, "let it end after it begins");
    } else if at.is_some_and(|at| at >= *until) {
        let problem = format!("the window is over at {until}, before anybody asks");
        checker.error(&format!("{path}.window"), problem, "ask earlier");
    }
}
