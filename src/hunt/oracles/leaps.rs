//! A run that leaps over idle time shows what it shows step by step, to the nanosecond.

use std::sync::Arc;

use failover::Policy;
use models::{Logic, World};
use sim::Agenda;

use super::{Complaint, Trial};

/// How its complaints begin.
pub(super) const CLASS: &str = "leaps change a measure";

/// A run in which so much would happen step by step is not made again.
const BEATS_MAX: u64 = 60_000;

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let (model, nodes) = (trial.model, trial.model.nodes.len() as u64);
    let beats = model.horizon.as_nanos() / model.config.policy.consensus.heartbeat.as_nanos().max(1);
    if beats.saturating_mul(nodes * nodes) > BEATS_MAX || !trial.may_be_made_again() {
        return None;
    }
    let world = World::with_logic(Arc::clone(model), trial.logic.clone()).without_leaps();
    let stepped = { world }.run(trial.seed, &mut Agenda::new());
    let difference = trial.record.first_difference(&stepped)?;
    let measure = difference.split(':').next().unwrap_or_default();
    Some(Complaint::new(format!("{CLASS}: {measure}"), difference.clone()))
}
