//! Where service or the majority is lost for long and somebody is left to tell, people are told.

use failover::{Failback, Policy};
use models::Logic;
use units::Span;

use super::{Complaint, Trial, is_sound};
use crate::hunt::aftermath::Aftermath;

/// Silences after which somebody must have been told, elections and failovers that are tried again included.
const SILENCES: u64 = 10;
/// What channels take, and no heartbeat changes.
const BESIDES: Span = Span::from_secs(300);

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let alerting = trial.record.assurance.alerting?;
    // Nobody is called for what is planned, nor for half a second, which one lost message may cost whoever is left.
    if trial.model.config.policy.failback != Failback::None || !trial.model.calm {
        return None;
    }
    // Of several outages that counts which was told of last, or never: a few seconds when a region's clients come back.
    if trial.record.outages.count > 1 {
        return None;
    }
    let (Aftermath::MajorityLost { lasts } | Aftermath::PrimaryGone { lasts }) = trial.aftermath()? else {
        return None;
    };
    let most = trial.model.config.policy.suspicion().saturating_mul(SILENCES) + BESIDES;
    let told = alerting.notified?;
    (lasts > most && told.at_least() > most && is_sound(trial)).then(|| {
        let says = format!("people are told after {}, and trouble lasted {lasts}", told.at_least());
        Complaint::new("nobody is told", says)
    })
}
