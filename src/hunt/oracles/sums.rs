//! Measures add up, whatever happened.

use failover::Policy;
use models::{Logic, RunRecord};
use units::Span;

use super::{Complaint, Trial};

pub(super) fn judge<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> Option<Complaint> {
    let wrong = wrong(trial.record)?;
    let class = wrong.split(':').next().unwrap_or_default();
    Some(Complaint::new(format!("measures: {class}"), wrong.clone()))
}

fn wrong(record: &RunRecord) -> Option<String> {
    let phases: Span = record.phases.iter().copied().sum();
    let recovery = record.recovery_time;
    let (client, reads, loss) = (record.client_time, record.read_time, record.client_loss);
    let outages = record.outages;
    match () {
        () if !recovery.is_censored() && phases != recovery.at_least() => {
            Some(format!("phases are not the recovery time: {phases} and {}", recovery.at_least()))
        }
        () if client.unserved > client.total || reads.unserved > reads.total => {
            Some(format!("more time lost than there was: {client:?}, {reads:?}"))
        }
        () if loss.cut_off > loss.lost.at_least() => Some(format!("more time cut off than lost: {loss:?}")),
        () if outages.total.at_least() < recovery.at_least() => {
            Some(format!("all outages are shorter than the longest: {outages:?}, {recovery:?}"))
        }
        () if outages.count == 0 && !recovery.at_least().is_zero() => {
            Some(format!("an outage that is none: {recovery:?}"))
        }
        () if outages.count == 0 && loss.lost.at_least() > loss.cut_off => {
            Some(format!("clients went without service in no outage: {loss:?}"))
        }
        () if record.lost_writes > record.acknowledged_writes => {
            let (lost, of) = (record.lost_writes, record.acknowledged_writes);
            Some(format!("more writes lost than acknowledged: {lost} of {of}"))
        }
        () if record.quorum_present > record.observed || record.split_brain > record.observed => {
            Some(format!("longer than observed: {}", record.observed))
        }
        () => None,
    }
}
