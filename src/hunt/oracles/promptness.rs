//! Where one fault takes the primary and leaves all that is needed, service is back when the plan's own sum says so.

use failover::Policy;
use failover::access::Mode;
use models::Logic;
use scenarios::{Budget, Durability};
use units::Span;

use super::{Complaint, Trial, is_sound};
use crate::hunt::aftermath::Aftermath;

/// The sum is one of p99s, of stages that go well at the first attempt. An election that fails is held again.
const TIMES: u64 = 2;
/// What no plan sets: starting, stopping and following databases.
const BESIDES: Span = Span::from_secs(10);

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let recovery = trial.record.recovery_time.at_least();
    if recovery < BESIDES || !trial.model.calm {
        return None;
    }
    let Aftermath::PrimaryGone { lasts } = trial.aftermath()? else { return None };
    let plan = trial.case.load::<L>().ok()?.plan;
    let any_copy_serves = plan.database.durability == Durability::Async && takes_any_copy(&plan.policy);
    let by_itself = plan.policy.mode == Mode::Automatic;
    let most = Budget::of::<L>(&plan).most.saturating_mul(TIMES) + BESIDES;
    // Where the fault is over before, nobody has to take over.
    (any_copy_serves && by_itself && recovery > most && lasts > most && is_sound(trial)).then(|| {
        let says = format!(
            "service is back after {recovery}, and twice the plan's own sum, and ten seconds, is {most}"
        );
        Complaint::new("service is back late", says)
    })
}

/// However far the old primary may have gone on: for a lease, unheard.
fn takes_any_copy(policy: &Policy) -> bool {
    policy.promote_lag_max >= policy.lease + BESIDES
}
