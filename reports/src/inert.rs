use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::human;
use crate::run::Run;

/// A fault of a scenario, as far as its effects are to be judged.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultSpec {
    /// As reports print it.
    pub name: String,
    /// Share of the runs, 0 to 1, in which it must have an effect.
    pub takes_effect_in: f64,
    /// It strikes at a step of the run, if that is ever reached.
    pub waits: bool,
}

/// A fault that had no effect in so many runs that the scenario proves nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InertFault {
    /// Its place in the scenario, from 0.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Runs in which it took effect.
    pub took_effect_in: u64,
    /// All runs.
    pub of: u64,
    /// Share of the runs in which it had to.
    pub needed_share: f64,
}

/// A fault that waits for a step, and in how many runs it struck.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WaitingFault {
    /// Its place in the scenario, from 0.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Runs in which its step was reached in time.
    pub struck_in: u64,
    /// All runs.
    pub of: u64,
}

/// Faults that wait for a step: in other runs than those the scenario goes on without them, and that has to be known.
pub fn waiting(runs: &[Run], faults: &[FaultSpec]) -> Vec<WaitingFault> {
    let struck = |index: usize| runs.iter().filter(|run| run.struck.get(index) == Some(&true)).count() as u64;
    let waiting = faults.iter().enumerate().filter(|(_, fault)| fault.waits);
    let told = |(index, fault): (usize, &FaultSpec)| {
        let (name, of) = (fault.name.clone(), runs.len() as u64);
        WaitingFault { index, name, struck_in: struck(index), of }
    };
    waiting.map(told).collect()
}

/// Faults that took effect in fewer runs than they declare. Effects are counted in the world (messages lost,
/// requests failed), so a fault that was set off and changed nothing is found. Without runs nothing is inert:
/// the missing data is another verdict's business.
pub fn inert(runs: &[Run], faults: &[FaultSpec]) -> Vec<InertFault> {
    let of = runs.len() as u64;
    let effective = |index: usize| {
        runs.iter().filter(|run| run.fault_effects.get(index).is_some_and(|effects| *effects > 0)).count()
            as u64
    };
    let judged = faults.iter().enumerate().map(|(index, fault)| InertFault {
        index,
        name: fault.name.clone(),
        took_effect_in: effective(index),
        of,
        needed_share: fault.takes_effect_in,
    });
    // 0.07 * 100 is a little more than 7, and 7 are enough.
    let enough = |fault: &InertFault| fault.took_effect_in as f64 + 1e-6 >= fault.needed_share * of as f64;
    judged.filter(|fault| !enough(fault)).collect()
}

impl std::fmt::Display for InertFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seen, of) = (human::count(self.took_effect_in), human::count(self.of));
        let needed = human::share(self.needed_share);
        write!(f, "fault '{}' had an effect in {seen} of {of} runs; it must in {needed}", self.name)
    }
}

impl std::fmt::Display for WaitingFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (struck, of) = (human::count(self.struck_in), human::count(self.of));
        write!(f, "fault '{}' struck in {struck} of {of} runs", self.name)
    }
}
