//! When everything that struck has been well again for long, everybody is served, and all follow one primary.
//!
//! Of systems that are sound in themselves: where nothing strikes, nobody notices anything. A lease that is shorter than the
//! messages that renew it is a mistake of the plan.

use std::sync::Arc;

use failover::Policy;
use models::{Logic, Model, World};
use sim::{Agenda, SimTime, Stop};

use super::{Complaint, Trial};
use crate::hunt::disaster::CALM_LEAST;

/// Where messages are lost, one run shows little.
const CALM_RUNS: u64 = 4;

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let complaint = complaint(trial)?;
    is_sound(trial).then_some(complaint)
}

fn complaint<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let record = trial.record;
    match () {
        () if record.stop == Stop::EventLimit || !trial.case.disaster.heals() || !is_long_over(trial) => None,
        () if !record.recovered() => {
            let says =
                format!("all is healed, and service is not back when the run ends at {}", record.ended);
            Some(Complaint::new("service does not come back", says))
        }
        () if !record.converged => {
            let says =
                format!("all is healed, and at {} not all living nodes follow one primary", record.ended);
            Some(Complaint::new("nodes do not converge", says))
        }
        () => None,
    }
}

/// What waited for a step may have struck shortly before the end.
fn is_long_over<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> bool {
    trial.record.script_over + CALM_LEAST <= SimTime::ZERO + trial.case.disaster.horizon
}

/// Where nothing strikes, nobody is out of service and nobody takes over, in this run and a few others.
fn is_sound<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> bool {
    let scenario = trial.case.calm().load::<L>().expect("the same with a disaster was loaded");
    let model = Model::new(&scenario).expect("it was loaded");
    let (mut world, mut agenda) = (World::with_logic(Arc::new(model), trial.logic.clone()), Agenda::new());
    (trial.seed..trial.seed + CALM_RUNS).all(|seed| {
        let record = world.run(seed, &mut agenda);
        record.outages.count == 0 && record.failovers == 0
    })
}
