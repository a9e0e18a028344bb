//! No role goes back by itself where so little of the error budget is left that it should stay.

use failover::{ErrorBudget, Policy};
use models::Logic;

use super::{Complaint, Trial};

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let (model, moved) = (trial.model, trial.record.operations.switchovers);
    // What people ask for costs what they say it may.
    if moved == 0 || model.people.is_some() {
        return None;
    }
    // What is spent once does not come back while a run lasts, and an agent that starts is told at once.
    let (ErrorBudget::Heeded { hold_below, .. }, Some(budget)) =
        (model.config.policy.error_budget, &model.budget)
    else {
        return None;
    };
    let left = 1.0 - budget.spent as f64 / 1e6;
    (left < hold_below).then(|| {
        let says = format!(
            "{moved} times, with at most {left:.2} of the budget left; below {hold_below} it is to stay"
        );
        Complaint::new("a role goes back at the cost of a budget that is spent", says)
    })
}
