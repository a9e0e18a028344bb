//! Names mean nothing: under others, runs are distributed as they were.
//!
//! What is drawn in a run is drawn by name, so that no run is the same as before. A complaint is made only where no run of one
//! kind looks like any of the other.

use std::sync::Arc;

use failover::Policy;
use models::{Logic, Model, RunRecord, World};
use sim::Agenda;

use super::{Complaint, Trial};
use crate::hunt::case::Case;

/// How its complaints begin.
pub(super) const CLASS: &str = "other names, other runs";
/// Runs of each. Of the 2,704,156 orders of twelve and twelve, two have all of one kind before all of the other.
const RUNS: u64 = 12;

type Measure = fn(&RunRecord) -> u64;

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    if !trial.may_be_made_again() {
        return None;
    }
    let (here, there) = (runs(trial, trial.case)?, runs(trial, &trial.case.renamed()?)?);
    let measures: [(&str, Measure); 4] = [
        ("recovery time", |record| record.recovery_time.at_least().as_nanos()),
        ("failovers", |record| record.failovers.into()),
        ("lost writes", |record| record.lost_writes),
        ("first promoted", |record| record.promoted.first().map_or(0, |node| *node as u64 + 1)),
    ];
    measures.into_iter().find_map(|(name, measure)| {
        let [here, there] = [&here, &there].map(|runs| runs.iter().map(measure).collect::<Vec<u64>>());
        (all_before(&here, &there) || all_before(&there, &here)).then(|| {
            let says = format!("{name}: {here:?}, and under other names {there:?}");
            Complaint::new(format!("{CLASS}: {name}"), says)
        })
    })
}

fn runs<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>, case: &Case) -> Option<Vec<RunRecord>> {
    let model = Arc::new(Model::new(&case.load::<L>().ok()?).ok()?);
    let (mut world, mut agenda) = (World::with_logic(model, trial.logic.clone()), Agenda::new());
    Some((0..RUNS).map(|seed| world.run(trial.seed.wrapping_add(seed), &mut agenda)).collect())
}

fn all_before(these: &[u64], those: &[u64]) -> bool {
    these.iter().max() < those.iter().min()
}
