//! What a scenario file expects, as the criteria that reports judge.

use reports::{Bad, Claim, Claimed, Criterion};
use scenarios::{Expectation, Invariant, Limits, Objectives, Sight};
use units::Span;

use crate::logic::Terms;

/// All criteria, in the order of the file. The objectives are those of the service, where there are services.
pub(crate) fn criteria(expect: &[Expectation], objectives: &Objectives) -> Vec<Criterion> {
    expect.iter().flat_map(|expectation| of(expectation, objectives)).collect()
}

/// For each of the criteria, in the same order, the place of its expectation in the file.
pub(crate) fn places(expect: &[Expectation], objectives: &Objectives) -> Vec<usize> {
    let of = |(place, expectation)| vec![place; of(expectation, objectives).len()];
    expect.iter().enumerate().flat_map(of).collect()
}

/// An expectation: a criterion for each quantile or objective it limits, one otherwise.
fn of(expectation: &Expectation, objectives: &Objectives) -> Vec<Criterion> {
    match expectation {
        Expectation::RecoveryTime(limits) => quantiles(limits, Bad::RecoveryTimeAbove),
        Expectation::RecoveryPoint(limits) => quantiles(limits, Bad::RecoveryPointAbove),
        Expectation::MeetsObjectives { p, confidence } => {
            let bad = [
                Bad::RecoveryTimeAbove(objectives.recovery_time),
                Bad::RecoveryPointAbove(objectives.recovery_point),
            ];
            bad.map(|bad| Criterion::quantile(*p, bad, *confidence)).into()
        }
        Expectation::ClientTimeLost(limits) => quantiles(limits, Bad::ClientTimeLostAbove),
        Expectation::Availability(share) => {
            let per_billion = (share * 1e9).round() as u32;
            let name = format!("clients served for {} of their time", reports::human::share(*share));
            never(Bad::AvailabilityBelow(per_billion), &name)
        }
        Expectation::NoOutage => never(Bad::Disturbed, "no client is ever without service"),
        Expectation::NoLoss => never(Bad::LostWritesAbove(0), "no acknowledged write lost"),
        Expectation::Recovers { share, confidence } => {
            vec![Criterion::share(*share, Bad::NotRecovered, *confidence)]
        }
        Expectation::NoSplitBrain => never(Bad::SplitBrain, "no split brain"),
        Expectation::NoMinorityAction => {
            let bad = Bad::Violation(invariant(Invariant::MinorityAction));
            never(bad, "no promotion without a majority")
        }
        Expectation::Converges => never(Bad::NotConverged, "one primary that all follow at the end"),
        Expectation::NoFalseFailover => never(Bad::FalseFailoversAbove(0), "no failover without need"),
        Expectation::ExecutionTime(limits) => quantiles(limits, Bad::ExecutionAbove),
        Expectation::EveryFailoverVerified => never(Bad::Unverified, "every failover verified before done"),
        Expectation::QuorumAvailable { election } => {
            never(Bad::LeaderlessAbove(*election), &format!("a majority elects within {election}"))
        }
        Expectation::Shows { what, share, confidence } => {
            vec![Criterion::share(*share, Bad::Unseen(sight(*what)), *confidence)]
        }
        Expectation::NeverRecovers => never(Bad::Recovered, "service stays down"),
        Expectation::ReadsServed(share) => {
            let per_million = (share * 1e6).round() as u32;
            let name = format!("reads served for {} of the time", reports::human::share(*share));
            never(Bad::ReadsBelow(per_million), &name)
        }
        Expectation::NoOverload => never(Bad::OverloadAbove(Span::ZERO), "no primary is overloaded"),
        Expectation::Overloads { share, confidence } => {
            vec![Criterion::share(*share, Bad::NotOverloaded, *confidence)]
        }
        Expectation::Overload(limits) => quantiles(limits, Bad::OverloadAbove),
        Expectation::NeverPromotes(node) => {
            never(Bad::Promoted(node.clone()), &format!("{node} is never promoted"))
        }
        Expectation::FailoversAtMost(limit) => vec![Criterion::never(Bad::FailoversAbove(*limit))],
        Expectation::StaysDown => stays_down(),
        Expectation::FullyAudited => {
            never(Bad::Unaudited, "a record of every action, an action of every record")
        }
        Expectation::Notified(limits) => quantiles(limits, Bad::NotifiedAfter),
        Expectation::EveryAlertDelivered => never(Bad::AlertMissed, "every alert is seen"),
        Expectation::TamperingFound => never(Bad::TamperingUnnoticed, "tampered audit trails are found"),
        Expectation::AttacksRefused => never(Bad::AttackNotRefused, "every attack refused and audited"),
        Expectation::InsideWindow => never(Bad::OutsideWindow, "every switchover inside its window"),
        Expectation::FalseFailovers { per_year, confidence } => {
            vec![Criterion::rate(*per_year, Bad::FalseFailoverRate, *confidence)]
        }
    }
}

/// What the logic would have to promise or tell, in its policy's terms, for this expectation to be able to fail; `None` if
/// it does, or if the world sees it by itself.
pub(crate) fn lacks(expectation: &Expectation, terms: &Terms) -> Option<&'static str> {
    let tells = &terms.tells;
    let (has, what) = match expectation {
        Expectation::NoMinorityAction | Expectation::StaysDown => (terms.lease.is_some(), "lease"),
        Expectation::NoFalseFailover | Expectation::FalseFailovers { .. } => {
            (tells.findings, "tells.findings")
        }
        Expectation::ExecutionTime(_) | Expectation::EveryFailoverVerified => (tells.plans, "tells.plans"),
        Expectation::QuorumAvailable { .. } => (tells.elections, "tells.elections"),
        Expectation::Shows { what: Sight::Switchover, .. } => (tells.hand_overs, "tells.hand_overs"),
        Expectation::Shows { what: Sight::Obeyed | Sight::Refusal, .. }
        | Expectation::AttacksRefused
        | Expectation::InsideWindow => (tells.requests, "tells.requests"),
        Expectation::FullyAudited | Expectation::TamperingFound => (tells.trail, "tells.trail"),
        Expectation::Notified(_) | Expectation::EveryAlertDelivered => (tells.alerts, "tells.alerts"),
        Expectation::RecoveryTime(_)
        | Expectation::RecoveryPoint(_)
        | Expectation::MeetsObjectives { .. }
        | Expectation::ClientTimeLost(_)
        | Expectation::Availability(_)
        | Expectation::NoOutage
        | Expectation::NoLoss
        | Expectation::Recovers { .. }
        | Expectation::NoSplitBrain
        | Expectation::Converges
        | Expectation::NeverPromotes(_)
        | Expectation::FailoversAtMost(_)
        | Expectation::Shows { what: Sight::DivergedWrites | Sight::FullCopy | Sight::Conflicts, .. }
        | Expectation::NeverRecovers
        | Expectation::ReadsServed(_)
        | Expectation::NoOverload
        | Expectation::Overloads { .. }
        | Expectation::Overload(_) => return None,
    };
    (!has).then_some(what)
}

/// Invariants that logic of these terms cannot be seen to violate: they count neither for nor against it.
pub(crate) fn unjudged(terms: &Terms) -> Vec<String> {
    let tells = &terms.tells;
    let judged = [
        (Invariant::MinorityAction, terms.lease.is_some()),
        (Invariant::MinorityService, terms.lease.is_some()),
        (Invariant::LagLimitExceeded, terms.lag_max.is_some()),
        (Invariant::CooldownIgnored, terms.cooldown.is_some() && tells.plans),
        (Invariant::EpochStorm, terms.pace.is_some()),
        (Invariant::TwoCoordinators, tells.elections),
        (Invariant::UnauthorisedAction, tells.requests),
        (Invariant::UnrecordedAction, tells.trail),
        (Invariant::BrokenTrail, tells.trail),
    ];
    judged.into_iter().filter(|(_, looks)| !looks).map(|(of, _)| invariant(of)).collect()
}

fn quantiles(limits: &Limits, bad: impl Fn(Span) -> Bad) -> Vec<Criterion> {
    let given = [(0.5, limits.p50), (0.95, limits.p95), (0.99, limits.p99), (0.999, limits.p999)];
    let criterion = |(p, limit): (f64, Option<Span>)| {
        limit.map(|limit| Criterion::quantile(p, bad(limit), limits.confidence))
    };
    given.into_iter().filter_map(criterion).collect()
}

fn sight(what: Sight) -> reports::Sight {
    match what {
        Sight::DivergedWrites => reports::Sight::DivergedWrites,
        Sight::FullCopy => reports::Sight::FullCopy,
        Sight::Conflicts => reports::Sight::Conflicts,
        Sight::Switchover => reports::Sight::Switchover,
        Sight::Obeyed => reports::Sight::Obeyed,
        Sight::Refusal => reports::Sight::Refusal,
    }
}

/// Of a majority that was never missing, nobody can say what happens without it.
fn stays_down() -> Vec<Criterion> {
    let served = Bad::Violation(invariant(Invariant::MinorityService));
    let mut both = never(served, "no service without a majority");
    both.extend(never(Bad::QuorumKept, "a majority is missing for a while"));
    both
}

fn never(bad: Bad, name: &str) -> Vec<Criterion> {
    vec![Criterion { name: name.to_owned(), ..Criterion::never(bad) }]
}

/// An invariant's name, as scenario files and reports write it.
pub(crate) fn invariant(invariant: Invariant) -> String {
    format!("{invariant:?}")
}

/// What a plan claims, if runs can be set beside it.
pub(crate) fn claim(claim: &scenarios::Claim) -> Option<Claim> {
    let says = match claim.says {
        scenarios::Claimed::RecoveryTime(within) => Claimed::RecoveryTime(within),
        scenarios::Claimed::RecoveryPoint(at_most) => Claimed::RecoveryPoint(at_most),
        scenarios::Claimed::NoLoss => Claimed::NoLoss,
        // Arithmetic that the linter does; no run has anything to say about it.
        scenarios::Claimed::TimesBetter { .. } | scenarios::Claimed::Percentile { .. } => return None,
    };
    Some(Claim { from: claim.from.clone(), says })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_all(expect: &[Expectation]) -> Vec<Criterion> {
        let (recovery_time, recovery_point) = (Span::from_secs(60), Span::ZERO);
        criteria(expect, &Objectives { recovery_time, recovery_point })
    }

    fn names(expect: &[Expectation]) -> Vec<String> {
        of_all(expect).into_iter().map(|criterion| criterion.name).collect()
    }

    #[test]
    fn every_quantile_given_is_a_criterion_of_its_own() {
        let minutes = |count: u64| Some(Span::from_secs(60 * count));
        let limits = Limits { p50: minutes(1), p95: None, p99: minutes(10), p999: None, confidence: 0.9 };
        let both = of_all(&[Expectation::RecoveryTime(limits)]);
        assert_eq!(both.len(), 2);
        assert_eq!((both[0].tolerated, both[1].tolerated), (0.5, 0.01));
        assert!(both.iter().all(|criterion| criterion.confidence == 0.9));
        assert_eq!(both[1].name, "recovery time p99 <= 10m");
    }

    #[test]
    fn what_must_never_happen_tolerates_no_run() {
        use Expectation as E;
        let expect = [E::NoLoss, E::NoSplitBrain, E::NoMinorityAction, E::Converges, E::NoFalseFailover];
        assert!(of_all(&expect).iter().all(Criterion::is_never));
        assert_eq!(names(&[E::NeverPromotes("ruwais-1".to_owned())]), ["ruwais-1 is never promoted"]);
        assert_eq!(names(&[E::FailoversAtMost(0), E::FailoversAtMost(2)]), ["no failover", "failovers <= 2"]);
    }

    #[test]
    fn staying_down_proves_nothing_where_the_majority_is_never_missing() {
        let both = of_all(&[Expectation::StaysDown]);
        assert_eq!(both[1].bad, Bad::QuorumKept);
    }

    #[test]
    fn objectives_are_those_of_the_service() {
        let both = of_all(&[Expectation::MeetsObjectives { p: 0.95, confidence: 0.9 }]);
        let bad: Vec<&Bad> = both.iter().map(|criterion| &criterion.bad).collect();
        assert_eq!(bad, [&Bad::RecoveryTimeAbove(Span::from_secs(60)), &Bad::RecoveryPointAbove(Span::ZERO)]);
        assert!(both.iter().all(|criterion| criterion.confidence == 0.9 && criterion.name.contains("p95")));
    }

    #[test]
    fn a_rate_is_judged_by_the_year() {
        let rates = of_all(&[Expectation::FalseFailovers { per_year: 0.5, confidence: 0.9 }]);
        assert!(rates[0].is_rate() && rates[0].tolerated == 0.5);
        assert_eq!(rates[0].name, "false failovers <= 0.5 a year");
    }

    #[test]
    fn invariants_are_called_as_in_scenario_files() {
        assert_eq!(invariant(Invariant::SplitBrain), "SplitBrain");
    }
}
