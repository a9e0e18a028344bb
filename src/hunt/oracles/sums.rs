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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use models::{Failover, Model, World};
    use sim::Agenda;
    use units::Measured;

    use super::*;
    use crate::hunt::{Case, dice::Dice};

    /// Of a drawn case in which somebody goes without service.
    fn record() -> RunRecord {
        let runs = (0..200).filter_map(|number| {
            let scenario = Case::drawn(&mut Dice::of(1, number), None).load::<Failover>().ok()?;
            let model = Arc::new(Model::new(&scenario).expect("it was loaded"));
            Some(World::with_logic(model, Failover).run(0, &mut Agenda::new()))
        });
        let suits = |record: &RunRecord| {
            let loss = record.client_loss;
            record.recovered() && record.outages.count > 0 && loss.lost.at_least() > loss.cut_off
        };
        runs.into_iter().find(suits).expect("outages are what is drawn")
    }

    #[test]
    fn a_record_adds_up_and_whatever_is_changed_in_it_does_not() {
        let sound = record();
        assert_eq!(wrong(&sound), None);
        let second = Span::from_secs(1);
        let told = |change: &dyn Fn(&mut RunRecord)| {
            let mut changed = sound.clone();
            change(&mut changed);
            wrong(&changed).unwrap_or_default()
        };
        assert!(told(&|record| record.phases[0] += second).contains("phases"));
        assert!(
            told(&|record| record.client_time.unserved = record.client_time.total + second)
                .contains("more time lost")
        );
        assert!(
            told(&|record| record.client_loss.cut_off = record.client_loss.lost.at_least() + second)
                .contains("cut off")
        );
        assert!(told(&|record| record.outages.total = Measured::Exactly(Span::ZERO)).contains("shorter"));
        assert!(told(&|record| record.outages.count = 0).contains("outage that is none"));
        assert!(
            told(&|record| {
                record.outages.count = 0;
                (record.recovery_time, record.phases) = (Measured::Exactly(Span::ZERO), Default::default());
            })
            .contains("no outage")
        );
        assert!(
            told(&|record| record.lost_writes = record.acknowledged_writes + 1).contains("more writes lost")
        );
        assert!(
            told(&|record| record.split_brain = record.observed + second).contains("longer than observed")
        );
    }
}
