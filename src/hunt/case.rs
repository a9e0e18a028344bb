//! A system and a disaster, and the files that say so.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use failover::Policy;
use models::Logic;
use scenarios::{
    Asking, Disk, Expectation, Fault, Files, LoadError, Scenario, ScenarioFile, load_from, write_in_a_line,
    write_scenario,
};
use serde::Serialize;
use units::Span;

use super::aftermath::{self, Aftermath};
use super::aimed;
use super::dice::Dice;
use super::disaster::Disaster;
use super::ground::{Ground, Limits};
use super::system::System;
use crate::origin::sha256;

/// The names of a drawn case's files, in memory and beside each other.
const PLAN: &str = "plan.ron";
const SCENARIO: &str = "hunted.ron";
/// What is drawn need not strike in most runs.
const TAKES_EFFECT_IN: f64 = 0.01;

/// What is struck by what.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is struck.
    pub system: Struck,
    /// What strikes.
    pub disaster: Disaster,
}

/// The system of a case.
#[derive(Clone, Debug)]
pub enum Struck {
    /// Drawn.
    Drawn(System),
    /// That of a file.
    Given(Given),
}

/// Somebody's plan.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its file.
    pub file: PathBuf,
    /// What stood there when the hunt began: whoever edits it meanwhile changes no case.
    text: Arc<[u8]>,
    ground: Ground,
}

impl Given {
    /// The plan in this file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn load<L: Logic<Policy = Policy>>(file: &Path) -> Result<Given, LoadError> {
        let refuse = |source| LoadError::Read { path: file.to_owned(), source };
        let text: Arc<[u8]> = Disk.read(file).map_err(refuse)?.into();
        // Whichever node is primary then.
        let nothing = Disaster::none("$primary", Span::from_secs(600));
        let scenario: Scenario<L> = load_beside(file, &text, &nothing)?;
        Ok(Given { file: file.to_owned(), text, ground: Ground::of(&scenario.plan) })
    }

    /// Another for another text.
    pub(super) fn fingerprint(&self) -> String {
        sha256([&*String::from_utf8_lossy(&self.text)])
    }
}

/// A scenario in memory beside a plan whose text is known; whatever else they name is on disk.
struct Beside<'a> {
    scenario: &'a Path,
    text: String,
    plan: (&'a Path, &'a [u8]),
}

impl Files for Beside<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match path {
            path if path == self.scenario => Ok(self.text.clone().into_bytes()),
            path if path == self.plan.0 => Ok(self.plan.1.to_vec()),
            path => Disk.read(path),
        }
    }

    /// As if the plan had named it: the scenario is nowhere.
    fn is_within_reach(&self, from: &Path, path: &Path) -> Result<(), PathBuf> {
        Disk.is_within_reach(if from == self.scenario { self.plan.0 } else { from }, path)
    }
}

fn load_beside<L: Logic<Policy = Policy>>(
    file: &Path,
    text: &[u8],
    disaster: &Disaster,
) -> Result<Scenario<L>, LoadError> {
    let plan = file.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    let scenario = file.with_file_name(SCENARIO);
    let files = Beside { scenario: &scenario, text: briefly(&plan, disaster, None), plan: (file, text) };
    load_from(&files, &scenario, &[])
}

impl Case {
    /// On a system that is drawn, or on the given one.
    pub(super) fn drawn(dice: &mut Dice, given: Option<&Given>) -> Case {
        let system = match given {
            Some(given) => Struck::Given(given.clone()),
            None => Struck::Drawn(System::drawn(dice)),
        };
        let disaster = Disaster::drawn(dice, &system.ground());
        Case { system, disaster }
    }

    /// On the same system another disaster, much like this one.
    pub(super) fn varied(&self, dice: &mut Dice, moments: &[Span]) -> Case {
        let disaster = self.disaster.varied(dice, &self.system.ground(), moments);
        Case { system: self.system.clone(), disaster }
    }

    /// On the same system, for as long, no disaster.
    pub(super) fn calm(&self) -> Case {
        Case { system: self.system.clone(), disaster: Disaster::none("$primary", self.disaster.horizon) }
    }

    /// The same, and another while in which nothing strikes.
    pub(super) fn for_longer(&self, more: Span) -> Case {
        let mut longer = self.clone();
        longer.disaster.horizon = longer.disaster.horizon.saturating_add(more);
        longer
    }

    /// On another system, the same disaster; `None` on a plan of somebody's.
    pub(super) fn on(&self, other: impl FnOnce(&System) -> Option<System>) -> Option<Case> {
        let Struck::Drawn(system) = &self.system else { return None };
        Some(Case { system: Struck::Drawn(other(system)?), disaster: self.disaster.clone() })
    }

    /// The same, and a fault besides that waits for what never happens.
    pub(super) fn with_idle_fault(&self) -> Case {
        let mut more = self.clone();
        more.disaster.faults.push(aimed::never());
        more
    }

    /// The same under other names; `None` on a plan of somebody's.
    pub(super) fn renamed(&self) -> Option<Case> {
        let mut other = self.on(|system| Some(system.renamed()))?;
        other.disaster = other.disaster.renamed()?;
        Some(other)
    }

    /// What its one fault leaves, where that is clear, if so much may be missed.
    pub(super) fn aftermath(&self, limits: &Limits) -> Option<Aftermath> {
        Aftermath::of(&self.disaster, &self.system.ground(), limits)
    }

    /// In which regions its one fault leaves copies.
    pub(super) fn regions_of_copies_left(&self) -> Vec<String> {
        aftermath::regions_of_copies_left(&self.disaster, &self.system.ground())
    }

    /// Made ready to run.
    ///
    /// # Errors
    /// Not all that is drawn goes together.
    pub(super) fn load<L: Logic<Policy = Policy>>(&self) -> Result<Scenario<L>, LoadError> {
        match &self.system {
            Struck::Given(given) => load_beside(&given.file, &given.text, &self.disaster),
            Struck::Drawn(system) => {
                let files = in_memory(system, briefly(PLAN, &self.disaster, system.service()));
                load_from(&files, Path::new(SCENARIO), &[])
            }
        }
    }

    /// The same case with one thing less, or one thing simpler, each.
    pub(super) fn simpler(&self) -> Vec<Case> {
        let systems = match &self.system {
            Struck::Drawn(system) => {
                // What strikes was drawn for a system that bounds how long a database goes on, or for one that does not; and where
                // nobody compares configurations, whoever alters one is obeyed.
                let promises = |system: &System| (system.ground().bounded, system.ground().manifest);
                let all = promises(system);
                system.smaller().into_iter().filter(|less| promises(less) == all).collect()
            }
            Struck::Given(_) => Vec::new(),
        };
        let disasters = self.disaster.simpler().into_iter();
        let disasters = disasters.map(|disaster| Case { system: self.system.clone(), disaster });
        let systems = systems.into_iter();
        let systems =
            systems.map(|system| Case { system: Struck::Drawn(system), disaster: self.disaster.clone() });
        disasters.chain(systems).collect()
    }

    /// The text of its scenario, which names its plan so.
    pub fn scenario(&self, plan: &str, story: &str) -> String {
        scenario_text(plan, story, &self.disaster, self.system.service())
    }
}

impl Struck {
    /// The service that is struck, if it is one of several.
    fn service(&self) -> Option<&'static str> {
        match self {
            Struck::Drawn(system) => system.service(),
            Struck::Given(_) => None,
        }
    }

    fn ground(&self) -> Ground {
        match self {
            Struck::Drawn(system) => system.ground(),
            Struck::Given(given) => given.ground.clone(),
        }
    }
}

/// Both files of a case.
fn in_memory(system: &System, scenario: String) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = [(PLAN, system.to_string()), (SCENARIO, scenario)];
    files.into_iter().map(|(name, text)| (name.into(), text.into_bytes())).collect()
}

/// Invariants are judged in every run; of what is healed, this besides.
fn expectations(disaster: &Disaster) -> Vec<Expectation> {
    match disaster.heals() {
        true => vec![Expectation::NoSplitBrain, Expectation::Converges],
        false => vec![Expectation::NoSplitBrain],
    }
}

fn scenario_text(plan: &str, story: &str, disaster: &Disaster, service: Option<&'static str>) -> String {
    let file = ScenarioFile::<failover::PolicyPatch> {
        story: story.to_owned(),
        covers: Vec::new(),
        mechanism: None,
        plan: plan.to_owned(),
        with: Default::default(),
        services: service.map(|name| vec![name.to_owned()]),
        faults: disaster.faults.clone(),
        requests: disaster.requests.clone(),
        horizon: disaster.horizon,
        steady: Span::from_secs(30),
        takes_effect_in: TAKES_EFFECT_IN,
        allows: Vec::new(),
        exempt: Vec::new(),
        expect: expectations(disaster),
    };
    write_scenario(&file).expect("a policy's patch nests and names like a struct")
}

/// The same for whoever loads it at once: what is as it is by default is not even written, and a case is loaded in half the
/// time.
#[derive(Serialize)]
#[serde(rename = "ScenarioFile")]
struct Brief<'a> {
    story: &'a str,
    plan: &'a str,
    faults: &'a [Fault],
    requests: &'a [Asking],
    #[serde(skip_serializing_if = "Option::is_none")]
    services: Option<Vec<&'static str>>,
    horizon: Span,
    takes_effect_in: f64,
    expect: Vec<Expectation>,
}

fn briefly(plan: &str, disaster: &Disaster, service: Option<&'static str>) -> String {
    let Disaster { faults, requests, horizon } = disaster;
    let text = write_in_a_line(&Brief {
        story: "hunted",
        plan,
        faults,
        requests,
        services: service.map(|name| vec![name]),
        horizon: *horizon,
        takes_effect_in: TAKES_EFFECT_IN,
        expect: expectations(disaster),
    });
    text.expect("faults and requests are written as they are in a scenario")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use models::Failover;
    use scenarios::Plan;

    use super::super::strikes::{self, name_of};
    use super::*;

    /// Cases drawn.
    const DRAWN: u64 = 4_000;

    /// A section that no loader takes is drawn in vain, and nobody notices: pools were, for a while.
    #[test]
    fn whatever_is_drawn_is_taken_by_the_loader_at_least_now_and_then() {
        let (mut drawn, mut taken) = (BTreeSet::new(), BTreeSet::new());
        for number in 0..DRAWN {
            let case = Case::drawn(&mut Dice::of(1, number), None);
            let Struck::Drawn(system) = &case.system else { continue };
            let strikes = case.disaster.faults.iter().map(|fault| name_of(&fault.strike));
            let all: Vec<String> = system.settings().chain(strikes).collect();
            drawn.extend(all.iter().cloned());
            if case.load::<Failover>().is_ok() {
                taken.extend(all);
            }
        }
        assert_eq!(drawn.difference(&taken).collect::<Vec<_>>(), Vec::<&String>::new());
        assert!(drawn.len() > strikes::kinds(), "{drawn:?}");
    }

    /// What is judged is what is written down when something is found.
    #[test]
    fn what_is_loaded_says_the_same_as_what_is_written() {
        for number in 0..500 {
            let case = Case::drawn(&mut Dice::of(3, number), None);
            let Struck::Drawn(system) = &case.system else { unreachable!("no plan was given") };
            let service = system.service();
            let texts = [
                briefly(PLAN, &case.disaster, service),
                scenario_text(PLAN, "hunted", &case.disaster, service),
            ];
            let [brief, full] = texts.map(|text| {
                let files = in_memory(system, text);
                let one = load_from::<Failover>(&files, Path::new(SCENARIO), &[]).ok()?;
                let known =
                    (one.story, one.faults, one.requests, one.expect, one.horizon, one.takes_effect_in);
                Some(format!("{known:?} {:?} {:?} {:?}", one.plan, (one.steady, one.allows), one.exempt))
            });
            assert_eq!(brief, full);
        }
    }

    #[test]
    fn one_of_two_services_is_taken_where_a_plan_of_its_own_is_and_has_the_same_settings() {
        let mut taken = 0;
        for number in 0..500 {
            let case = Case::drawn(&mut Dice::of(4, number), None);
            let otherwise = case.on(|system| Some(system.said_otherwise())).expect("it is drawn");
            let plans = [&case, &otherwise].map(|case| case.load::<Failover>().map(|scenario| scenario.plan));
            let [Ok(alone), Ok(among)] = plans else {
                let refusals = plans.map(|plan| plan.err().map(|error| error.to_string()));
                assert!(refusals.iter().all(Option::is_some), "{refusals:?}");
                continue;
            };
            let settings = |plan: &Plan<Policy>| {
                format!(
                    "{:?}",
                    (&plan.policy, &plan.database, &plan.clients, &plan.dns, &plan.alerts, &plan.slo)
                )
            };
            assert_eq!(settings(&alone), settings(&among));
            taken += 1;
        }
        assert!(taken > 400, "{taken}");
    }

    #[test]
    fn other_names_are_taken_as_these_are_and_twice_are_these() {
        for number in 0..200 {
            let case = Case::drawn(&mut Dice::of(2, number), None);
            let twice = case.renamed().and_then(|other| other.renamed()).expect("it is drawn");
            let texts = [&case, &twice].map(|case| (case.scenario(PLAN, ""), format!("{:?}", case.system)));
            assert_eq!(texts[0], texts[1]);
            let once = case.renamed().expect("it is drawn");
            let taken = [&case, &once].map(|case| case.load::<Failover>().is_ok());
            assert_eq!(taken[0], taken[1], "{}", once.scenario(PLAN, ""));
        }
    }
}
