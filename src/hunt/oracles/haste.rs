//! Nobody takes over from a primary that a majority hears as ever, and nobody whom nothing struck goes without service.

use failover::{ErrorBudget, Failback, Policy};
use models::Logic;
use models::journal::Durability;
use scenarios::Scenario;
use units::Span;

use super::{Complaint, Trial, is_sound};
use crate::hunt::aftermath::Aftermath;

/// Starting a database in place takes no longer.
const STARTS: Span = Span::from_secs(3);

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let record = trial.record;
    // Who loses a heartbeat now and then may be taken for dead, and a plan may bear that.
    if (record.failovers == 0 && record.outages.count == 0) || !trial.model.calm {
        return None;
    }
    let policy = &trial.model.config.policy;
    // Writes may have to wait for whoever was struck.
    let waits = trial.model.durability != Durability::Async;
    let (needed, unserved) = match trial.aftermath()? {
        Aftermath::PrimaryStays { found } => (0, found && !waits),
        Aftermath::DatabaseComesBack { lasts } if lasts + STARTS <= policy.restart => (0, false),
        Aftermath::PrimaryGone { .. } if !waits => (1 + u32::from(may_return(trial)), false),
        Aftermath::MajorityLost { .. } => (1, false),
        Aftermath::DatabaseComesBack { .. } | Aftermath::PrimaryGone { .. } => (u32::MAX, false),
    };
    let complaint = match () {
        () if record.failovers > needed => {
            let says = format!("{} failovers, where {needed} would do", record.failovers);
            Complaint::new("a failover that nobody needs", says)
        }
        () if unserved && record.outages.count > 0 => {
            let says = format!("nothing that clients need was struck: {:?}", record.outages);
            Complaint::new("an outage that nobody needs", says)
        }
        () => return None,
    };
    is_sound(trial).then_some(complaint)
}

/// The role may go back by itself: the policy says so, and so much of the error budget is left.
fn may_return<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> bool {
    let Ok(Scenario { plan, .. }) = trial.case.load::<L>() else { return true };
    let held = match (plan.policy.error_budget, plan.slo) {
        (ErrorBudget::Heeded { hold_below, .. }, Some(slo)) => 1.0 - slo.spent < hold_below,
        _ => false,
    };
    plan.policy.failback != Failback::None && !held
}
