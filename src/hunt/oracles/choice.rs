//! Whoever takes over first is of the most preferred region in which there is a copy that nothing struck.

use failover::Policy;
use models::Logic;
use models::journal::Durability;

use super::{Complaint, Trial, is_sound};
use crate::hunt::aftermath::Aftermath;

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let (model, order) = (trial.model, &trial.model.config.policy.prefer_regions);
    if order.is_empty() || !model.calm || model.durability != Durability::Async {
        return None;
    }
    let Aftermath::PrimaryGone { .. } = trial.aftermath()? else { return None };
    let chosen = *trial.record.promoted.first()?;
    let rank = |region: &str| order.iter().position(|name| name == region).unwrap_or(order.len());
    let best = trial.case.regions_of_copies_left().into_iter().min_by_key(|region| rank(region))?;
    let region = &model.regions[model.nodes[chosen].region].name;
    (rank(region) > rank(&best) && is_sound(trial)).then(|| {
        let says =
            format!("{} of {region} takes over, and {best} is to be preferred", model.nodes[chosen].name);
        Complaint::new("another takes over than is preferred", says)
    })
}
