use std::collections::BTreeSet;

use super::names::Kind;
use super::{Checker, numbers, strikes};
use crate::logic::Logic;
use crate::scenario::Expectation;
use crate::strike::Strike;
use crate::suggest::did_you_mean;

/// Events count channels in a byte.
const CHANNELS_MAX: usize = 255;

/// Alerts have somewhere to go, and the objective leaves a budget.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    alerts(checker);
    slo(checker);
    if let Some(kms) = &checker.scenario.plan.kms {
        numbers::distribution(checker, "kms.answers", &kms.answers);
    }
}

fn alerts<L: Logic>(checker: &mut Checker<'_, L>) {
    let Some(alerts) = &checker.scenario.plan.alerts else { return };
    if alerts.channels.is_empty() {
        checker.plan_error("alerts.channels", "no channel carries any alert", "name one, or drop 'alerts'");
    }
    if alerts.channels.len() > CHANNELS_MAX {
        let problem = format!("{} channels", alerts.channels.len());
        checker.plan_error("alerts.channels", problem, "nobody looks at so many: name 255 or fewer");
    }
    for (field, span) in [("give_up", alerts.give_up), ("again", alerts.again)] {
        if span.is_zero() {
            checker.plan_error(
                &format!("alerts.{field}"),
                "alerts would be sent without end",
                "wait a second",
            );
        }
    }
    let mut known = BTreeSet::new();
    for (index, channel) in alerts.channels.iter().enumerate() {
        let path = format!("alerts.channels[{index}]");
        numbers::distribution(checker, &format!("{path}.delay"), &channel.delay);
        if !known.insert(&channel.name) {
            let problem = format!("there are two channels '{}'", channel.name);
            checker.plan_error(&format!("{path}.name"), problem, "give each a name of its own");
        }
    }
}

fn slo<L: Logic>(checker: &mut Checker<'_, L>) {
    let Some(slo) = checker.scenario.plan.slo else { return };
    if !numbers::is_open_share(slo.objective) {
        let problem = format!("an objective of {} leaves no error budget", slo.objective);
        checker.plan_error("slo.objective", problem, "write a number between 0 and 1, such as 0.999");
    }
    if slo.window.is_zero() {
        checker.plan_error("slo.window", "a window of no time", "write a time such as \"30d\"");
    }
    if !(slo.spent.is_finite() && slo.spent >= 0.0) {
        let problem = format!("{} of the budget cannot be spent", slo.spent);
        checker.plan_error("slo.spent", problem, "write a share from 0; above 1 is overspent");
    }
}

/// A fault strikes what the plan has.
pub(super) fn strike<L: Logic>(checker: &mut Checker<'_, L>, path: &str, strike: &Strike) {
    match strike {
        Strike::ChannelFailure(name) => channel(checker, path, name),
        Strike::SlowKms { slower } => {
            has_kms(checker, path);
            numbers::drawn_in_scenario(checker, &format!("{path}.slower"), slower);
        }
        Strike::KmsFailure => has_kms(checker, path),
        Strike::LostKey(node) => {
            has_kms(checker, path);
            strikes::target(checker, &format!("{path}[0]"), node, Kind::Node);
        }
        Strike::TamperedPlan(node) => strikes::target(checker, &format!("{path}[0]"), node, Kind::Node),
        Strike::TamperedTrail { node, .. } => {
            strikes::target(checker, &format!("{path}.node"), node, Kind::Node);
        }
        _ => {}
    }
}

fn has_kms<L: Logic>(checker: &mut Checker<'_, L>, path: &str) {
    if checker.scenario.plan.kms.is_none() {
        let problem = "the plan has no KMS, so nobody would notice";
        checker.error(path, problem, "add 'kms: ()' to the plan, or to 'with'");
    }
}

fn channel<L: Logic>(checker: &mut Checker<'_, L>, path: &str, name: &str) {
    let channels = checker.scenario.plan.alerts.iter().flat_map(|alerts| &alerts.channels);
    let names: Vec<&str> = channels.map(|channel| channel.name.as_str()).collect();
    if !names.contains(&name) {
        let remedy = did_you_mean(name, names, "name a channel of the plan's 'alerts'");
        checker.error(&format!("{path}[0]"), format!("there is no channel '{name}'"), remedy);
    }
}

/// What is expected can be seen in this plan.
pub(super) fn expectation<L: Logic>(checker: &mut Checker<'_, L>, path: &str, expected: &Expectation) {
    let tampers = |strike: &Strike| matches!(strike, Strike::TamperedTrail { .. });
    let tampered = checker.scenario.faults.iter().any(|fault| tampers(&fault.strike));
    match expected {
        Expectation::TamperingFound if !tampered => {
            let problem = "no fault tampers with an audit trail, so there is nothing to find";
            checker.error(path, problem, "strike with TamperedTrail, or drop this");
        }
        Expectation::Notified(_) | Expectation::EveryAlertDelivered
            if checker.scenario.plan.alerts.is_none() =>
        {
            let problem = "the plan has no channels for alerts, so nobody is told of anything";
            checker.error(path, problem, "add 'alerts' to the plan, or to 'with'");
        }
        _ => {}
    }
}
