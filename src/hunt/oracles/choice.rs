//! Whoever takes over first is of the most preferred region in which there is a copy that nothing struck.

use failover::Policy;
use models::journal::Durability;
use models::{Logic, last_positions_within};

use super::{Complaint, Trial, is_sound};
use crate::hunt::aftermath::Aftermath;

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let (model, order) = (trial.model, &trial.model.config.policy.prefer_regions);
    if order.is_empty() || !model.calm || model.durability != Durability::Async {
        return None;
    }
    let Aftermath::PrimaryGone { .. } = trial.aftermath()? else { return None };
    let chosen = *trial.record.promoted.first()?;
    // Where the policy does not wait for the last positions of far copies, whoever is near takes over. The sum is of p99s, and
    // this asks for never.
    let plan = trial.case.load::<L>().ok()?.plan;
    if plan.policy.gather < last_positions_within(&plan).saturating_mul(2) {
        return None;
    }
    let rank = |region: &str| order.iter().position(|name| name == region).unwrap_or(order.len());
    let best = trial.case.regions_of_copies_left().into_iter().min_by_key(|region| rank(region))?;
    let region = &model.regions[model.nodes[chosen].region].name;
    (rank(region) > rank(&best) && is_sound(trial)).then(|| {
        let says =
            format!("{} of {region} takes over, and {best} is to be preferred", model.nodes[chosen].name);
        Complaint::new("another takes over than is preferred", says)
    })
}
