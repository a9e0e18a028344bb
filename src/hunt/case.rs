//! A system and a disaster, and the files that say so.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use failover::Policy;
use models::Logic;
use scenarios::{Disk, Expectation, Files, LoadError, Scenario, ScenarioFile, load_from, write_scenario};
use units::Span;

use super::aftermath::{self, Aftermath};
use super::aimed;
use super::dice::Dice;
use super::disaster::Disaster;
use super::ground::Ground;
use super::system::System;
use crate::origin::sha256;

/// The names of a drawn case's files, in memory and beside each other.
const PLAN: &str = "plan.ron";
const SCENARIO: &str = "hunted.ron";

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
    let of_scenario = scenario_text(&plan, "hunted", disaster, expectations(disaster));
    let files = Beside { scenario: &scenario, text: of_scenario, plan: (file, text) };
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

    /// What its one fault leaves, where that is clear.
    pub(super) fn aftermath(&self) -> Option<Aftermath> {
        Aftermath::of(&self.disaster, &self.system.ground())
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
                let text = scenario_text(PLAN, "hunted", &self.disaster, expectations(&self.disaster));
                let files = [(PLAN, system.to_string()), (SCENARIO, text)];
                let files: BTreeMap<PathBuf, Vec<u8>> =
                    files.into_iter().map(|(name, text)| (name.into(), text.into_bytes())).collect();
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
        scenario_text(plan, story, &self.disaster, expectations(&self.disaster))
    }
}

impl Struck {
    fn ground(&self) -> Ground {
        match self {
            Struck::Drawn(system) => system.ground(),
            Struck::Given(given) => given.ground.clone(),
        }
    }
}

/// Invariants are judged in every run; of what is healed, this besides.
fn expectations(disaster: &Disaster) -> Vec<Expectation> {
    match disaster.heals() {
        true => vec![Expectation::NoSplitBrain, Expectation::Converges],
        false => vec![Expectation::NoSplitBrain],
    }
}

fn scenario_text(plan: &str, story: &str, disaster: &Disaster, expect: Vec<Expectation>) -> String {
    let file = ScenarioFile::<failover::PolicyPatch> {
        story: story.to_owned(),
        covers: Vec::new(),
        mechanism: None,
        plan: plan.to_owned(),
        with: Default::default(),
        services: None,
        faults: disaster.faults.clone(),
        requests: disaster.requests.clone(),
        horizon: disaster.horizon,
        steady: Span::from_secs(30),
        takes_effect_in: 0.01,
        allows: Vec::new(),
        exempt: Vec::new(),
        expect,
    };
    write_scenario(&file).expect("a policy's patch nests and names like a struct")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use models::Failover;

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
