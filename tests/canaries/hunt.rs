//! A canary let loose on a scenario of the catalogue, until the scenario's own verdict turns to fail.

use std::path::PathBuf;

use firedrill::Campaign;
use firedrill::logic::Logic;
use firedrill::reports::{Run, Verdict, evaluate};

use crate::broken::Canary;

/// What turned a verdict to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catch {
    /// Runs it took, with seeds from 0 on.
    pub runs: u64,
    /// The invariant or the expectation that was not met.
    pub by: String,
}

/// Every scenario of the catalogue under this logic, by its name without the system; each service by itself.
pub fn catalogue<L: Logic>(logic: L) -> Vec<(String, Campaign<L>)> {
    of_catalogue(logic, |_| true)
}

/// Those of the files that are wanted, by their names.
pub fn of_catalogue<L: Logic>(logic: L, wanted: impl Fn(&str) -> bool) -> Vec<(String, Campaign<L>)> {
    let found = scenarios::discover(&[PathBuf::from("scenarios/qnwis")]).expect("there is a catalogue");
    let is_wanted = |path: &PathBuf| path.file_stem().is_some_and(|stem| wanted(&stem.to_string_lossy()));
    let load = |path: PathBuf| Campaign::services_with_logic(logic.clone(), &path, &[]);
    let all = found
        .into_iter()
        .filter(is_wanted)
        .flat_map(|path| load(path).unwrap_or_else(|error| panic!("{error}")));
    all.map(|campaign| (campaign.name().trim_start_matches("qnwis/").to_owned(), campaign)).collect()
}

/// Runs the mistake through the scenario, with at most so many seeds, until the verdict is fail.
pub fn hunt(campaign: &Campaign<Canary>, at_most: u64) -> Option<Catch> {
    let mut runs: Vec<Run> = Vec::new();
    (0..at_most).find_map(|seed| {
        runs.push(campaign.run_one(seed));
        objection(campaign, &runs).map(|by| Catch { runs: seed + 1, by })
    })
}

/// Why the verdict over these runs is fail, if it is; the last run is the new one.
fn objection(campaign: &Campaign<Canary>, runs: &[Run]) -> Option<String> {
    let newest = runs.last()?;
    let allows: Vec<String> = campaign.scenario().allows.iter().map(|known| format!("{known:?}")).collect();
    if newest.broken().is_some() {
        return Some("a panic".to_owned());
    }
    let violated = newest.violations.iter().find(|violation| !allows.contains(&violation.invariant));
    if let Some(violation) = violated {
        return Some(format!("`{}`", violation.invariant));
    }
    let bad = campaign.criteria().iter().filter(|criterion| criterion.bad.is(newest));
    let mut failing = bad.map(|criterion| evaluate(criterion, runs));
    failing.find(|judged| judged.verdict == Verdict::Fail).map(|judged| judged.name)
}
