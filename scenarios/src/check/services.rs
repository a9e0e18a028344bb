//! Services: names that can be told apart, and load in regions that exist.

use super::Checker;
use super::names::Kind;
use crate::diagnostic::Finding;
use crate::logic::Logic;
use crate::services::{Service, is_service_name};
use crate::settings::{Change, Setting};
use crate::source::Source;
use crate::suggest::{did_you_mean, quoted};

/// What is wrong with the names in a plan's list.
pub(crate) fn names<PP>(plan: &Source, services: &[Service<PP>]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, Service { name, .. }) in services.iter().enumerate() {
        let mut refuse = |problem: String, remedy: &str| {
            let place = plan.find_nearest(&format!("services[{index}].name"));
            found.push(plan.error(place, problem, remedy));
        };
        if name.is_empty() {
            refuse("this service has no name".to_owned(), "give it a name of its own");
        } else if !is_service_name(name) {
            let remedy = "begin with a letter; then letters (a to z), digits, '-' and '_'";
            refuse(format!("'{name}' cannot be part of a command or a path"), remedy);
        } else if services[..index].iter().any(|other| other.name == *name) {
            refuse(format!("there is already a service '{name}'"), "rename one of them");
        }
    }
    found
}

/// What is wrong with a scenario's choice.
pub(crate) fn chosen<PP>(scenario: &Source, chosen: &[String], services: &[Service<PP>]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut refuse = |path: &str, problem: &str, remedy: String| {
        found.push(scenario.error(scenario.find_nearest(path), problem, remedy));
    };
    if chosen.is_empty() {
        refuse("services", "no service takes part", "name some, or leave this out for all of them".into());
    }
    for (index, name) in chosen.iter().enumerate() {
        let path = format!("services[{index}]");
        if !services.iter().any(|service| service.name == *name) {
            refuse(&path, &format!("there is no service '{name}'"), suggestion(name, services));
        } else if chosen[..index].contains(name) {
            refuse(&path, &format!("'{name}' is named twice"), "name it once".to_owned());
        }
    }
    found
}

/// A setting for a service that there is; all others as they are.
pub(crate) fn setting<PP>(
    setting: &Setting,
    change: Change<PP>,
    services: &[Service<PP>],
) -> Result<Change<PP>, Box<Finding>> {
    let refuse =
        |problem, remedy| Err(Box::new(Finding::nowhere(format!("--set {setting}"), problem, remedy)));
    match &change {
        Change::Service(name, _) | Change::Field(Some(name), _) if services.is_empty() => {
            let problem = format!("there is no service '{name}': the plan lists no services");
            refuse(problem, "set it without services and name, for the plan as a whole".to_owned())
        }
        Change::Service(name, _) | Change::Field(Some(name), _)
            if !services.iter().any(|service| service.name == *name) =>
        {
            refuse(format!("there is no service '{name}'"), suggestion(name, services))
        }
        Change::Service(..) | Change::Plan(_) | Change::Run(_) | Change::Field(..) => Ok(change),
    }
}

fn suggestion<PP>(name: &str, services: &[Service<PP>]) -> String {
    let names = || services.iter().map(|service| service.name.as_str());
    let all = match services {
        [only] => format!("the only service is '{}'", only.name),
        _ => format!("the services are {}", quoted(names())),
    };
    did_you_mean(name, names(), all)
}

/// The regions of which a service says its load exist, and none is named twice.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let Some(service) = &checker.scenario.layers.service else { return };
    for (index, region) in service.loaded.iter().enumerate() {
        let path = format!("load[{index}].region");
        if let Some((problem, remedy)) = checker.names.objection(region, Kind::Region) {
            checker.plan_error(&path, problem, remedy);
        } else if service.loaded[..index].contains(region) {
            let problem = format!("the load in '{region}' is given twice");
            checker.plan_error(&path, problem, "keep one of them");
        }
    }
}
