//! What a scenario file expects, as the criteria that reports judge.

use reports::{Bad, Beyond, Claim, Claimed, Criterion, Exemption, Promise};
use scenarios::{
    Amount, Exempt, Expectation, Invariant, Limits, MeasureLimits, OBJECTIVES_CONFIDENCE, Objectives, Sight,
};
use units::{RowId, Span, rows};

use crate::logic::Terms;

/// What a scenario is held to: what its file expects, and what its plan promises. The objectives are those of the
/// service, where there are services.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub expect: &'a [Expectation],
    pub exempt: &'a [Exempt],
    pub objectives: &'a Objectives,
}

impl<'a> Asked<'a> {
    pub fn of<L: scenarios::Logic>(scenario: &'a scenarios::Scenario<L>) -> Asked<'a> {
        let scenarios::Scenario { expect, exempt, plan, .. } = scenario;
        Asked { expect, exempt, objectives: &plan.objectives }
    }

    /// All criteria: those of the file in its order, then the plan's objectives that the file does not ask for itself.
    pub fn criteria(self) -> Vec<Criterion> {
        let (own, _) = self.own();
        let promised = self.promised();
        let is_asked = |own: &Criterion| promised.iter().any(|promise| covers(own, promise));
        let marked = |own: Criterion| match promise_of(&own).filter(|_| is_asked(&own)) {
            Some(promise) => own.as_promise(promise),
            None => own,
        };
        let besides = self.besides();
        own.into_iter().map(marked).chain(besides).collect()
    }

    /// For each of the criteria, in the same order, the place of its expectation in the file; `None` of an objective
    /// that is the plan's alone.
    pub fn places(self) -> Vec<Option<usize>> {
        let (_, places) = self.own();
        places.into_iter().map(Some).chain(self.besides().iter().map(|_| None)).collect()
    }

    fn own(self) -> (Vec<Criterion>, Vec<usize>) {
        let of = |(place, one)| of(one, self.objectives).into_iter().map(move |criterion| (criterion, place));
        self.expect.iter().enumerate().flat_map(of).unzip()
    }

    /// Objectives that no expectation of the file asks for in the same words, or in stricter ones of the same limit.
    fn besides(self) -> Vec<Criterion> {
        let (own, _) = self.own();
        let mut promised = self.promised();
        promised.retain(|promise| !own.iter().any(|own| covers(own, promise)));
        promised
    }

    /// The objectives that it is held to.
    fn promised(self) -> Vec<Criterion> {
        let (p, confidence) = (self.objectives.kept_in, OBJECTIVES_CONFIDENCE);
        let time = Exempt::from_recovery_time(self.exempt).is_none();
        let point = Exempt::from_recovery_point(self.exempt).is_none();
        let both = [
            (time, Promise::RecoveryTime, Bad::RecoveryTimeAbove(self.objectives.recovery_time)),
            (point, Promise::RecoveryPoint, Bad::RecoveryPointAbove(self.objectives.recovery_point)),
        ];
        let held = both.into_iter().filter(|(held, ..)| *held);
        held.map(|(_, promise, bad)| Criterion::quantile(p, bad, confidence).as_promise(promise)).collect()
    }
}

/// Whether a criterion asks for a promise, as surely and of as many runs.
fn covers(own: &Criterion, promise: &Criterion) -> bool {
    own.bad == promise.bad && own.tolerated <= promise.tolerated && own.confidence >= promise.confidence
}

fn promise_of(criterion: &Criterion) -> Option<Promise> {
    match criterion.bad {
        Bad::RecoveryTimeAbove(_) => Some(Promise::RecoveryTime),
        Bad::RecoveryPointAbove(_) => Some(Promise::RecoveryPoint),
        _ => None,
    }
}

/// The objectives that a scenario is not held to, as reports tell of them.
pub(crate) fn exemptions(exempt: &[Exempt]) -> Vec<Exemption> {
    let told = |one: &Exempt| {
        let objective = match one {
            Exempt::RecoveryTime { .. } => Promise::RecoveryTime,
            Exempt::RecoveryPoint { .. } => Promise::RecoveryPoint,
        };
        Exemption { objective, because: one.because().to_owned() }
    };
    exempt.iter().map(told).collect()
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
            let name = format!(
                "clients served for {} of their time up to the horizon",
                reports::human::share(*share)
            );
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
            let name = format!(
                "reads served for {} of readers' time until the run ends",
                reports::human::share(*share)
            );
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
        Expectation::Measure(limits) => measure(limits),
        Expectation::FalseFailovers { per_year, confidence } => {
            vec![Criterion::rate(*per_year, Bad::FalseFailoverRate, *confidence)]
        }
    }
}

/// What is missing where all copies can keep a primary in office that no majority does.
const FAILSAFE: &str = "lease of a majority alone (with safeguards.failsafe a primary may serve without one)";

/// What the logic would have to promise or tell, in its policy's terms, for this expectation to be able to fail; `None` if
/// it does, or if the world sees it by itself.
pub(crate) fn lacks(expectation: &Expectation, terms: &Terms) -> Option<&'static str> {
    let tells = &terms.tells;
    let (has, what) = match expectation {
        Expectation::NoMinorityAction | Expectation::StaysDown => {
            let no_lease = if terms.failsafe { FAILSAFE } else { "lease" };
            (terms.serves_alone().is_some(), no_lease)
        }
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
        Expectation::Measure(limits) => return limits.row().and_then(|row| lacks_for(row, terms)),
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
        | Expectation::Shows {
            what: Sight::DivergedWrites | Sight::FullCopy | Sight::StuckCopy | Sight::Conflicts,
            ..
        }
        | Expectation::NeverRecovers
        | Expectation::ReadsServed(_)
        | Expectation::NoOverload
        | Expectation::Overloads { .. }
        | Expectation::Overload(_) => return None,
    };
    (!has).then_some(what)
}

/// The same for a measure, whoever asks for it.
fn lacks_for(row: RowId, terms: &Terms) -> Option<&'static str> {
    let tells = &terms.tells;
    let (has, what) = match row {
        rows::FALSE_FAILOVERS => (tells.findings, "tells.findings"),
        rows::EXECUTION_TIME | rows::COMPLETED_PLANS | rows::UNVERIFIED_PLANS => (tells.plans, "tells.plans"),
        rows::LEADERLESS => (tells.elections, "tells.elections"),
        rows::SWITCHOVERS => (tells.hand_overs, "tells.hand_overs"),
        rows::REQUESTS_TAKEN
        | rows::REQUESTS_UNAUDITED
        | rows::REQUESTS_ADMITTED
        | rows::REQUESTS_REFUSED
        | rows::REQUESTS_OBEYED
        | rows::OUTSIDE_WINDOW => (tells.requests, "tells.requests"),
        rows::UNRECORDED | rows::TAMPERED_TRAILS | rows::UNNOTICED_TRAILS => (tells.trail, "tells.trail"),
        rows::ALERTS | rows::MISSED_ALERTS | rows::TIME_TO_NOTIFY => (tells.alerts, "tells.alerts"),
        _ => return None,
    };
    (!has).then_some(what)
}

/// Invariants that logic of these terms cannot be seen to violate: they count neither for nor against it.
pub(crate) fn unjudged(terms: &Terms) -> Vec<String> {
    let tells = &terms.tells;
    let judged = [
        (Invariant::MinorityAction, terms.serves_alone().is_some()),
        (Invariant::MinorityService, terms.serves_alone().is_some()),
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

/// The linter has seen that there is a measure of that name, and in that unit.
fn measure(limits: &MeasureLimits) -> Vec<Criterion> {
    let Some(row) = limits.row() else { return Vec::new() };
    let criterion = |(_, share, amount): (&str, f64, Amount)| {
        let bad = Bad::Beyond(Beyond::new(row, amount.value())?);
        Some(if share < 1.0 {
            Criterion::quantile(share, bad, limits.confidence)
        } else {
            Criterion::never(bad)
        })
    };
    limits.given().into_iter().filter_map(criterion).collect()
}

fn sight(what: Sight) -> reports::Sight {
    match what {
        Sight::DivergedWrites => reports::Sight::DivergedWrites,
        Sight::FullCopy => reports::Sight::FullCopy,
        Sight::StuckCopy => reports::Sight::StuckCopy,
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
        let objectives = Objectives { recovery_time, recovery_point, kept_in: 0.99 };
        let none = |which: fn(String) -> Exempt| which("a test".to_owned());
        let exempt = [
            none(|because| Exempt::RecoveryTime { because }),
            none(|because| Exempt::RecoveryPoint { because }),
        ];
        Asked { expect, exempt: &exempt, objectives: &objectives }.criteria()
    }

    fn held_to(expect: &[Expectation], exempt: &[Exempt]) -> Vec<String> {
        let objectives =
            Objectives { recovery_time: Span::from_secs(60), recovery_point: Span::ZERO, kept_in: 0.99 };
        let asked = Asked { expect, exempt, objectives: &objectives };
        let criteria = asked.criteria();
        assert_eq!(criteria.len(), asked.places().len());
        criteria.into_iter().map(|criterion| criterion.name).collect()
    }

    #[test]
    fn what_the_plan_promises_is_asked_of_every_scenario_unless_it_says_why_not() {
        let both = ["no split brain", "RTO: recovery time p99 <= 1m", "RPO: recovery point p99 <= 0s"];
        assert_eq!(held_to(&[Expectation::NoSplitBrain], &[]), both);
        let exempt = [Exempt::RecoveryTime { because: "it stays down".to_owned() }];
        assert_eq!(held_to(&[Expectation::NoSplitBrain], &exempt), [both[0], both[2]]);
    }

    #[test]
    fn a_promise_that_the_file_asks_for_itself_is_asked_once() {
        let limits = |p99: u64, confidence: f64| {
            let p99 = Some(Span::from_secs(p99));
            Expectation::RecoveryTime(Limits { p50: None, p95: None, p99, p999: None, confidence })
        };
        let both = ["RTO: recovery time p99 <= 1m", "RPO: recovery point p99 <= 0s"];
        assert_eq!(held_to(&[limits(60, 0.95)], &[]), both);
        assert_eq!(held_to(&[limits(40, 0.95)], &[]), ["recovery time p99 <= 40s", both[0], both[1]]);
        // Less sure than what is promised: asked again, as surely as objectives are.
        assert_eq!(held_to(&[limits(60, 0.5)], &[]), ["recovery time p99 <= 1m", both[0], both[1]]);
    }

    #[test]
    fn asking_for_more_is_enough_and_asking_for_less_changes_nothing() {
        let more = held_to(&[Expectation::MeetsObjectives { p: 0.999, confidence: 0.95 }], &[]);
        assert_eq!(more, ["RTO: recovery time p99.9 <= 1m", "RPO: recovery point p99.9 <= 0s"]);
        let less = held_to(&[Expectation::MeetsObjectives { p: 0.9, confidence: 0.95 }], &[]);
        assert_eq!(less[2..], ["RTO: recovery time p99 <= 1m", "RPO: recovery point p99 <= 0s"]);
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
