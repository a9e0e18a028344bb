//! When everything that struck has been well again for long, everybody is served, and all follow one primary.
//!
//! Of systems that are sound in themselves: where nothing strikes, nobody notices anything. A lease that is shorter than the
//! messages that renew it is a mistake of the plan.

use failover::Policy;
use failover::access::Mode;
use models::{Logic, Model};
use scenarios::Budget;
use sim::{SimTime, Stop};
use units::Span;

use super::{Complaint, Trial, is_sound};
use crate::hunt::disaster::CALM_LEAST;

/// Within which a moment's trouble is over, beside what a failover takes by the plan's own sum.
const SOON: Span = Span::from_secs(120);

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let complaint = complaint(trial)?;
    (!is_soon_over(trial) && is_sound(trial)).then_some(complaint)
}

/// Where links lose messages a lease is lost now and then, and a run may end in such a moment: clients may go on asking for
/// whoever was replaced as long as their name servers' answers are good.
fn is_soon_over<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> bool {
    let later = || {
        let plan = trial.case.load::<L>().ok()?.plan;
        let more = Budget::of::<L>(&plan).most.saturating_mul(2).saturating_add(SOON);
        trial.run_of(&trial.case.for_longer(more))
    };
    !trial.model.calm && later().is_some_and(|record| record.recovered() && record.converged)
}

fn complaint<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let record = trial.record;
    match () {
        () if record.stop == Stop::EventLimit || !trial.case.disaster.heals() || !is_long_over(trial) => None,
        // There a database that was given up waits for somebody to act.
        () if trial.model.config.policy.mode == Mode::Manual => None,
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

/// What waited for a step may have struck shortly before the end; and copies may take longer than all else, by the plan's own
/// word.
fn is_long_over<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> bool {
    let calm = CALM_LEAST.max(a_copy_takes(trial.model).saturating_mul(2));
    trial.record.script_over + calm <= SimTime::ZERO + trial.case.disaster.horizon
}

/// A copy that cannot catch up: until a person sees to it, and until it is made anew. Nearly never longer.
fn a_copy_takes<P>(model: &Model<P>) -> Span {
    if !model.rejoin.may_copy() {
        return Span::ZERO;
    }
    let person = model.stops.person.as_ref().map_or(Span::ZERO, |person| person.quantile(0.999));
    model.rejoin.copy_most.saturating_add(person)
}
