//! What the loader may ask of this repository's failover logic without running it.

use failover::{Policy, PolicyPatch};
use scenarios::{Objection, Severity, Stage};
use struct_patch::Patch;
use units::Span;

use crate::logic::Failover;

impl scenarios::Logic for Failover {
    type Policy = Policy;
    type PolicyPatch = PolicyPatch;

    fn apply(policy: &mut Policy, patch: PolicyPatch) {
        policy.apply(patch);
    }

    fn check(policy: &Policy) -> Vec<Objection> {
        let objections = policy.objections().into_iter();
        objections
            .map(|objection| Objection {
                field: objection.field.to_owned(),
                problem: objection.problem,
                remedy: objection.remedy,
                severity: if objection.fatal { Severity::Error } else { Severity::Warning },
            })
            .collect()
    }

    fn stages(policy: &Policy, (best, worst): (Span, Span)) -> Vec<Stage> {
        let suspicion = policy.suspicion();
        // The primary's last heartbeat was sent at most one interval before it fell silent.
        let soonest = suspicion.saturating_sub(policy.heartbeat);
        let election = policy.consensus.election;
        vec![
            Stage {
                name: "detect",
                least: soonest,
                most: suspicion + worst * 2,
                why: format!("silence of {suspicion} since a heartbeat sent every {}", policy.heartbeat),
            },
            Stage {
                name: "decide",
                // Two agreements of one round trip each, with the replicas' last word in between.
                least: best * 4,
                most: worst * 8 + policy.gather + (election * 2).saturating_sub(soonest),
                why: format!(
                    "two agreements, and an election of {election} to {} if it outlasts detection",
                    election * 2
                ),
            },
            Stage {
                name: "fence",
                least: policy.lease.saturating_sub(suspicion),
                most: policy.lease.saturating_sub(soonest) + worst * 4,
                why: format!("what is left of a lease of {}", policy.lease),
            },
            Stage {
                name: "promote",
                // docs/calibration.md: promotion after a real detection time, n = 16.
                least: Span::from_millis(18),
                most: Span::from_millis(80),
                why: "promotion of PostgreSQL 15 as measured".to_owned(),
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenarios::Logic;

    #[test]
    fn no_failover_under_five_second_heartbeats_takes_three_seconds() {
        let stages = Failover::stages(&Policy::default(), (Span::from_millis(5), Span::from_millis(80)));
        let least: Span = stages.iter().map(|stage| stage.least).sum();
        assert!(least > Span::from_secs(12), "{least}");
    }
}
