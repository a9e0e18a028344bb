//! Whether it is the script that ends an outage, or the logic. The same seeds are run with every heal later: where
//! service then comes back as much later, nothing but the heal brought it back, and the recovery time is a figure of the
//! scenario's file.

use std::sync::Arc;

use models::{Logic, Model, World};
use reports::{Run, Scripted};
use scenarios::{Fault, Scenario};
use sim::Agenda;
use units::{Measured, Span};

use super::{Campaign, caught};

/// So many runs are made again: enough to see a half of them, few enough to cost nothing.
const SAMPLE: usize = 12;
/// Of fewer outages nothing is said.
const LEAST: usize = 4;

/// Heals at more moments than this are not looked at one by one.
const HEALS_MOST: usize = 16;

/// A delay that shifts what a heal ends and hardly anything else.
const LITTLE: Span = Span::from_secs(60);

impl<L: Logic> Campaign<L> {
    /// Looks at some of these runs. `None` if the logic ends outages in most of them, if there are none, or if nothing
    /// heals.
    pub fn ended_by_the_script(&self, runs: &[Run]) -> Option<Scripted> {
        let faults = &self.scenario.faults;
        let healing: Vec<usize> = (0..faults.len()).filter(|at| is_healed(&faults[*at])).collect();
        let mut heals: Vec<Span> = healing.iter().map(|at| faults[*at].over_at_the_earliest()).collect();
        heals.sort_unstable();
        heals.dedup();
        if heals.is_empty() {
            return None;
        }
        let outages: Vec<&Run> = sampled(runs);
        if outages.len() < LEAST {
            return None;
        }
        let open = self.open_at_a_heal(&heals, outages.clone());
        let ended = self.moved_by(&self.moved_by(&open, &healing, LITTLE), &healing, self.scenario.horizon);
        if 2 * ended.len() <= outages.len() {
            return None;
        }
        // Those without whose delay it is not so; all, if each can be done without.
        let needed = |at: &&usize| {
            let others: Vec<usize> = healing.iter().filter(|other| other != at).copied().collect();
            2 * self.moved_by(&ended, &others, self.scenario.horizon).len() <= ended.len()
        };
        let mut named: Vec<usize> = healing.iter().filter(needed).copied().collect();
        if named.is_empty() {
            named = healing;
        }
        let faults = named.into_iter().map(|at| self.model.fault_names[at].clone()).collect();
        Some(Scripted { runs: ended.len() as u64, of: outages.len() as u64, faults })
    }

    /// Those that are not over before something can have healed: clients are out then, or none has been so far. Of several
    /// outages the first may be the logic's to end, and the longest the script's.
    fn open_at_a_heal<'a>(&self, heals: &[Span], mut outages: Vec<&'a Run>) -> Vec<&'a Run> {
        let mut open = Vec::new();
        for heal in heals.iter().take(HEALS_MOST) {
            let mut scenario = self.scenario.clone();
            scenario.horizon = (*heal).min(scenario.horizon);
            let found = self.kept(scenario, &outages, |_, now| now.is_censored() || now.at_least().is_zero());
            outages.retain(|run| !found.iter().any(|open| open.seed == run.seed));
            open.extend(found);
        }
        open.sort_unstable_by_key(|run| run.seed);
        open
    }

    /// Those in which service comes back later by half as much as these faults heal later, or not at all.
    fn moved_by<'a>(&self, outages: &[&'a Run], healing: &[usize], later: Span) -> Vec<&'a Run> {
        let mut scenario = self.scenario.clone();
        scenario.horizon = scenario.horizon.saturating_add(later);
        healing.iter().for_each(|at| scenario.faults[*at] = scenario.faults[*at].healed_later(later));
        let half = Span::from_nanos(later.as_nanos() / 2);
        self.kept(scenario, outages, |before, now| {
            now.is_censored() || now.at_least() >= before.at_least().saturating_add(half)
        })
    }

    /// Those of which this holds, between the recovery time then and that in this scenario.
    fn kept<'a>(
        &self,
        scenario: Scenario<L>,
        outages: &[&'a Run],
        holds: impl Fn(Measured, Measured) -> bool,
    ) -> Vec<&'a Run> {
        let Ok(model) = Model::new(&scenario) else { return Vec::new() };
        let mut world = World::with_logic(Arc::new(model), self.logic.clone());
        let mut agenda = Agenda::new();
        let mut kept = Vec::new();
        for run in outages {
            match caught(|| world.run(run.seed, &mut agenda).recovery_time) {
                Ok(now) if holds(run.recovery(), now) => kept.push(*run),
                Ok(_) => {}
                // A world that panicked is not used again.
                Err(_) => return kept,
            }
        }
        kept
    }
}

/// Whether it is over once; what strikes for as long as the run lasts has no heal to move.
fn is_healed(fault: &Fault) -> bool {
    fault.heals() && !fault.is_endless()
}

/// Some of the runs in which clients were out of service and came back, evenly apart.
fn sampled(runs: &[Run]) -> Vec<&Run> {
    let outage = |run: &&Run| run.recovered() && !run.recovery().at_least().is_zero();
    let outages: Vec<&Run> = runs.iter().filter(outage).collect();
    let sample = SAMPLE.min(outages.len());
    (0..sample).map(|index| outages[index * outages.len() / sample]).collect()
}
