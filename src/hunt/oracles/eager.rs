//! A journal that counts writes when somebody asks is distributed as one in which each write has an event of its own.
//!
//! The twin draws for every write, the journal when it counts: no run is the same on both.

use std::sync::Arc;

use failover::Policy;
use models::{Logic, Model, World};

use super::alike::{compare, runs};
use super::{Complaint, Trial};

/// Writes of a run at most, each of which is an event or two for the twin: more take longer than a thousand other cases.
const WRITES_MAX: u64 = 100_000;

/// How its complaints begin.
pub(super) const CLASS: &str = "writes one by one, other runs";

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    if !trial.may_be_made_again() || writes(trial) > WRITES_MAX {
        return None;
    }
    apart(trial.logic, trial.model, trial.model, trial.seed)
}

/// What tells runs that count writes of one model from runs that step through those of the other.
fn apart<L: Logic<Policy = Policy>>(
    logic: &L,
    counted: &Arc<Model<Policy>>,
    stepped: &Arc<Model<Policy>>,
    seed: u64,
) -> Option<Complaint> {
    let lazy = runs(World::with_logic(Arc::clone(counted), logic.clone()), seed)?;
    let eager = runs(World::write_by_write(Arc::clone(stepped), logic.clone()), seed)?;
    compare(CLASS, "write by write", (&lazy, &eager))
}

/// How many clients would write until the horizon.
fn writes<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> u64 {
    let per_second: u64 = trial.model.regions.iter().map(|region| region.writes_per_second).sum();
    per_second.saturating_mul(trial.model.horizon.as_nanos() / 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use models::Failover;

    use super::*;

    /// Of the loss of a primary, on links of this latency.
    fn model(latency: &str) -> Arc<Model<Policy>> {
        let set = format!("links.between_regions.latency={latency}").parse().expect("it is a setting");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/primary-loss.ron");
        let scenario = scenarios::load::<Failover>(&path, &[set]).expect("it is sound");
        Arc::new(Model::new(&scenario).expect("it was loaded"))
    }

    #[test]
    fn a_journal_that_counts_other_writes_than_there_are_is_found() {
        let (near, far) = (model(r#"Uniform("10ms", "30ms")"#), model(r#"Uniform("110ms", "130ms")"#));
        for seed in [0, 40, 80] {
            assert_eq!(apart(&Failover, &near, &near, seed), None);
            let told = apart(&Failover, &near, &far, seed).expect("more is lost on the way");
            assert!(told.says.starts_with("recovery point"), "{}", told.says);
        }
    }
}
