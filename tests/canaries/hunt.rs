//! A canary let loose on a scenario of the catalogue, until the scenario's own verdict turns to fail.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use firedrill::Campaign;
use firedrill::reports::{Run, Verdict, evaluate};
use models::{Disaster, Model, Replay, World};
use sim::Agenda;

use crate::broken::Canary;
use crate::mistake::Mistake;

/// What turned a verdict to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catch {
    /// Runs it took, with seeds from 0 on.
    pub runs: u64,
    /// The invariant or the expectation that was not met.
    pub by: String,
}

/// Every scenario of the catalogue, by its file's name.
pub fn catalogue() -> Vec<(String, Campaign)> {
    let found = scenarios::discover(&[PathBuf::from("scenarios/qnwis")]).expect("there is a catalogue");
    found.iter().map(|path| (name(path), load(path))).collect()
}

fn name(path: &Path) -> String {
    path.file_stem().expect("it is a file").to_string_lossy().into_owned()
}

pub fn load(path: &Path) -> Campaign {
    Campaign::load(path, &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs the mistake through the scenario, with at most so many seeds, until the verdict is fail.
pub fn hunt(mistake: Mistake, campaign: &Campaign, at_most: u64) -> Option<Catch> {
    let mut runs: Vec<Run> = Vec::new();
    let mut world = world(mistake, campaign);
    let mut agenda = Agenda::new();
    for seed in 0..at_most {
        // A panic costs its run, and its run is bad: the command line counts it so, too.
        let record = catch_unwind(AssertUnwindSafe(|| world.run(seed, &mut agenda)));
        let Ok(record) = record else { return Some(Catch { runs: seed + 1, by: "a panic".to_owned() }) };
        runs.push(campaign.run_of(&Replay { record, notes: Vec::new() }));
        if let Some(by) = objection(campaign, &runs) {
            return Some(Catch { runs: seed + 1, by });
        }
    }
    None
}

fn world(mistake: Mistake, campaign: &Campaign) -> World<Canary> {
    let scenario = campaign.scenario();
    let disaster = Disaster { faults: &scenario.faults, horizon: scenario.horizon, steady: scenario.steady };
    let model = Model::new(&scenario.plan, &disaster).expect("it was made ready before");
    World::with_logic(Arc::new(model), Canary(mistake))
}

/// Why the verdict over these runs is fail, if it is; the last run is the new one.
fn objection(campaign: &Campaign, runs: &[Run]) -> Option<String> {
    let newest = runs.last()?;
    let allows: Vec<String> = campaign.scenario().allows.iter().map(|known| format!("{known:?}")).collect();
    let violated = newest.violations.iter().find(|violation| !allows.contains(&violation.invariant));
    if let Some(violation) = violated {
        return Some(format!("`{}`", violation.invariant));
    }
    let bad = campaign.criteria().iter().filter(|criterion| criterion.bad.is(newest));
    let mut failing = bad.map(|criterion| evaluate(criterion, runs));
    failing.find(|judged| judged.verdict == Verdict::Fail).map(|judged| judged.name)
}

/// The digest of a run through the wrapper, and of one without it.
pub fn with_and_without_wrapper(campaign: &Campaign, seed: u64) -> (u64, u64) {
    let wrapped = world(Mistake::None, campaign).run(seed, &mut Agenda::new());
    (wrapped.digest, campaign.run_one(seed).digest)
}
