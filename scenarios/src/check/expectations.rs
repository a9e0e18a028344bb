use units::Span;

use super::names::Kind;
use super::{Checker, guards, measures, numbers, operations, people};
use crate::logic::Logic;
use crate::plan::Durability;
use crate::scenario::{Exempt, Expectation, Invariant, Limits};

/// Something is expected, can be judged, and does not contradict the rest.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let scenario = checker.scenario;
    if scenario.expect.is_empty() {
        checker.error(
            "expect",
            "nothing is expected, so nothing is proved",
            "say what must hold, such as NoSplitBrain",
        );
    }
    if scenario.story.trim().is_empty() {
        checker.warning(
            "story",
            "nobody will know what this is about",
            "tell what happens, in a sentence or two",
        );
    }
    exemptions(checker);
    for (index, expected) in scenario.expect.iter().enumerate() {
        let path = format!("expect[{index}]");
        expectation(checker, &path, expected);
        if scenario.expect[..index].contains(expected) {
            checker.warning(&path, "the same is expected twice", "keep one of them");
        }
    }
}

fn expectation<L: Logic>(checker: &mut Checker<'_, L>, path: &str, expected: &Expectation) {
    match expected {
        Expectation::RecoveryTime(bounds) => {
            limits(checker, path, bounds, Some(("RTO", checker.scenario.plan.objectives.recovery_time)));
        }
        Expectation::RecoveryPoint(bounds) => {
            limits(checker, path, bounds, Some(("RPO", checker.scenario.plan.objectives.recovery_point)));
        }
        Expectation::MeetsObjectives { p, confidence: sure } => objectives(checker, path, *p, *sure),
        Expectation::ClientTimeLost(bounds) => client_time(checker, path, bounds),
        Expectation::Availability(share) => availability(checker, path, *share),
        Expectation::NoOutage => no_outage(checker, path),
        Expectation::NoLoss => no_loss(checker, path),
        Expectation::Recovers { share, confidence: sure } => share_of_runs(checker, path, *share, *sure),
        Expectation::Shows { share, confidence: sure, what } => {
            people::expectation(checker, path, expected);
            share_of_runs(checker, path, *share, *sure);
            operations::sight(checker, path, *what);
        }
        Expectation::Overloads { share, confidence: sure } => share_of_runs(checker, path, *share, *sure),
        Expectation::ExecutionTime(bounds) => {
            limits(checker, path, bounds, Some(("RTO", checker.scenario.plan.objectives.recovery_time)));
        }
        Expectation::QuorumAvailable { election } => operations::election(checker, path, *election),
        Expectation::EveryFailoverVerified => {}
        Expectation::FullyAudited => {
            not_allowed(checker, path, Invariant::UnrecordedAction);
            not_allowed(checker, path, Invariant::BrokenTrail);
        }
        Expectation::TamperingFound | Expectation::EveryAlertDelivered => {
            guards::expectation(checker, path, expected);
        }
        Expectation::Notified(bounds) => {
            limits(checker, path, bounds, None);
            guards::expectation(checker, path, expected);
        }
        Expectation::NoSplitBrain => not_allowed(checker, path, Invariant::SplitBrain),
        Expectation::NoMinorityAction => not_allowed(checker, path, Invariant::MinorityAction),
        Expectation::NeverPromotes(node) => {
            if let Some((problem, remedy)) = checker.names.objection(node, Kind::Node) {
                checker.error(&format!("{path}[0]"), problem, remedy);
            }
        }
        Expectation::FalseFailovers { per_year, confidence: sure } => {
            if !(per_year.is_finite() && *per_year > 0.0) {
                let problem = format!("{per_year} is not a rate above zero");
                let remedy = "write failovers per year, such as 0.5, or expect NoFalseFailover";
                checker.error(&format!("{path}.per_year"), problem, remedy);
            }
            confidence(checker, path, *sure);
        }
        Expectation::StaysDown => not_allowed(checker, path, Invariant::MinorityService),
        Expectation::NeverRecovers => never_recovers(checker, path),
        Expectation::ReadsServed(share) => reads_served(checker, path, *share),
        Expectation::Overload(bounds) => limits(checker, path, bounds, None),
        Expectation::NoOverload => overload(checker, path),
        Expectation::AttacksRefused | Expectation::InsideWindow => {
            people::expectation(checker, path, expected)
        }
        Expectation::Measure(bounds) => measures::check(checker, path, bounds),
        Expectation::Converges | Expectation::NoFalseFailover | Expectation::FailoversAtMost(_) => {}
    }
}

/// Whoever is not held to a promise says why, once, and does not hold himself to it all the same.
fn exemptions<L: Logic>(checker: &mut Checker<'_, L>) {
    let scenario = checker.scenario;
    for (index, exempt) in scenario.exempt.iter().enumerate() {
        let path = format!("exempt[{index}]");
        if exempt.because().trim().is_empty() {
            let problem = "an objective is not asked for, and nobody says why";
            checker.error(&format!("{path}.because"), problem, "give the reason: reports repeat it");
        }
        let same = |other: &Exempt| std::mem::discriminant(other) == std::mem::discriminant(exempt);
        if scenario.exempt[..index].iter().any(same) {
            checker.error(&path, "the same objective is exempt twice", "keep one reason");
        }
    }
    let held = scenario.expect.iter().position(|one| matches!(one, Expectation::MeetsObjectives { .. }));
    if let Some(place) = held.filter(|_| !scenario.exempt.is_empty()) {
        let problem = "objectives are to be met and not asked for, both at once";
        checker.error(&format!("expect[{place}]"), problem, "drop it here or under 'exempt'");
    }
    objectives_that_bind(checker);
}

/// What cannot be missed is no objective, and what stays down misses every RTO.
fn objectives_that_bind<L: Logic>(checker: &mut Checker<'_, L>) {
    let scenario = checker.scenario;
    let (horizon, promised) = (scenario.horizon, &scenario.plan.objectives);
    if !numbers::is_open_share(promised.kept_in) {
        let problem = format!("no so many runs can be shown to keep the objectives: {}", promised.kept_in);
        checker.plan_error("objectives.kept_in", problem, "write a number between 0 and 1, such as 0.99");
    }
    let stays_down = scenario.expect.contains(&Expectation::NeverRecovers);
    if Exempt::from_recovery_time(&scenario.exempt).is_none() {
        if stays_down {
            let problem = "service must stay down, and the plan's RTO asks for it";
            let remedy = "add exempt: [RecoveryTime(because: \"...\")]";
            checker.error("expect", problem, remedy);
        } else if promised.recovery_time > horizon {
            let problem =
                format!("no run can miss an RTO of {}: it ends after {horizon}", promised.recovery_time);
            checker.warning("horizon", problem, "lengthen the horizon");
        }
    }
    if Exempt::from_recovery_point(&scenario.exempt).is_none() && promised.recovery_point >= horizon {
        let problem =
            format!("no run can miss an RPO of {}: it ends after {horizon}", promised.recovery_point);
        let remedy =
            "lengthen the horizon beyond it, or exempt the scenario: [RecoveryPoint(because: \"...\")]";
        checker.warning("horizon", problem, remedy);
    }
}

fn share_of_runs<L: Logic>(checker: &mut Checker<'_, L>, path: &str, share: f64, sure: f64) {
    if !numbers::is_positive_share(share) {
        let problem = format!("{share} is not a share of runs above zero");
        checker.error(&format!("{path}.share"), problem, "write a number above 0, up to 1");
    }
    confidence(checker, path, sure);
}

fn confidence<L: Logic>(checker: &mut Checker<'_, L>, path: &str, confidence: f64) {
    if !numbers::is_open_share(confidence) {
        let problem = format!("a confidence of {confidence} cannot be had");
        checker.error(&format!("{path}.confidence"), problem, "write a number between 0 and 1, such as 0.95");
    }
}

/// Every objective, of as many runs as can be asked for.
fn objectives<L: Logic>(checker: &mut Checker<'_, L>, path: &str, p: f64, sure: f64) {
    if !numbers::is_open_share(p) {
        let problem = format!("no so many runs can be shown to meet the objectives: {p}");
        checker.error(&format!("{path}.p"), problem, "write a number between 0 and 1, such as 0.99");
    }
    let kept_in = checker.scenario.plan.objectives.kept_in;
    if p < kept_in && numbers::is_open_share(p) {
        let problem =
            format!("the plan's objectives are to be kept in {kept_in} of the runs; {p} asks for less");
        checker.warning(
            &format!("{path}.p"),
            problem,
            "ask for as much, or for nothing: the plan asks anyway",
        );
    }
    confidence(checker, path, sure);
    let plan = &checker.scenario.plan;
    if plan.objectives.recovery_point.is_zero() && plan.database.durability == Durability::Async {
        let problem = "an RPO of zero, but asynchronous replication loses what was not yet replicated";
        checker.plan_warning("objectives.recovery_point", problem, "make the durability Sync or Quorum");
    }
}

/// At least one quantile; limits that rise with it; none above the objective.
fn limits<L: Logic>(
    checker: &mut Checker<'_, L>,
    path: &str,
    limits: &Limits,
    objective: Option<(&str, Span)>,
) {
    let quantiles = [("p50", limits.p50), ("p95", limits.p95), ("p99", limits.p99), ("p999", limits.p999)];
    let given: Vec<(&str, Span)> =
        quantiles.iter().filter_map(|(name, limit)| limit.map(|limit| (*name, limit))).collect();
    if given.is_empty() {
        checker.error(path, "no quantile is limited", "give p50, p95, p99 or p999: (p99: \"10m\")");
    }
    for pair in given.windows(2) {
        let [(low, low_limit), (high, high_limit)] = [pair[0], pair[1]];
        if low_limit > high_limit {
            let problem = format!(
                "{low} may take {low_limit}, but {high} only {high_limit}: the limit for {low} is idle"
            );
            checker.warning(&format!("{path}.{low}"), problem, "limits rise with their quantile");
        }
    }
    if let Some((name, promised)) = objective {
        for (quantile, limit) in given.into_iter().filter(|(_, limit)| *limit > promised) {
            let problem = format!("{limit} is more than the plan's {name} of {promised}");
            checker.warning(
                &format!("{path}.{quantile}"),
                problem,
                format!("a run can pass here and miss the {name}"),
            );
        }
    }
    confidence(checker, path, limits.confidence);
}

/// What stays down neither recovers nor comes together again.
fn overload<L: Logic>(checker: &mut Checker<'_, L>, path: &str) {
    let shown = |expected: &Expectation| matches!(expected, Expectation::Overloads { .. });
    if checker.scenario.expect.iter().any(shown) {
        let problem = "a primary must be overloaded and must never be, both at once";
        checker.error(path, problem, "drop it, or drop Overloads");
    }
}

fn never_recovers<L: Logic>(checker: &mut Checker<'_, L>, path: &str) {
    let contradicts = |expected: &&Expectation| {
        let recovers = matches!(
            expected,
            Expectation::Recovers { .. } | Expectation::RecoveryTime(_) | Expectation::MeetsObjectives { .. }
        );
        recovers || **expected == Expectation::Converges
    };
    if checker.scenario.expect.iter().any(|expected| contradicts(&expected)) {
        let problem = "service must stay down and must come back, both at once";
        checker.error(
            path,
            problem,
            "drop it, or drop RecoveryTime, MeetsObjectives, Recovers and Converges",
        );
    }
}

/// Limits that clients can exceed at all.
fn client_time<L: Logic>(checker: &mut Checker<'_, L>, path: &str, bounds: &Limits) {
    limits(checker, path, bounds, None);
    let clients: u64 = checker.scenario.plan.regions.iter().map(|region| u64::from(region.clients)).sum();
    let all = checker.scenario.horizon.saturating_mul(clients);
    let given = [("p50", bounds.p50), ("p95", bounds.p95), ("p99", bounds.p99), ("p999", bounds.p999)];
    let idle =
        |(name, limit): (&'static str, Option<Span>)| Some((name, limit.filter(|limit| *limit >= all)?));
    for (name, limit) in given.into_iter().filter_map(idle) {
        let problem = format!("{limit} is no less than all {clients} clients have up to the horizon, {all}");
        checker.warning(&format!("{path}.{name}"), problem, "only runs that end without service exceed it");
    }
}

fn availability<L: Logic>(checker: &mut Checker<'_, L>, path: &str, share: f64) {
    if !numbers::is_positive_share(share) {
        let problem = format!("{share} is not a share of time above zero");
        checker.error(&format!("{path}[0]"), problem, "write a number above 0, up to 1, such as 0.999");
    }
}

/// Where nobody notices anything, nothing comes back and nothing stays away.
fn no_outage<L: Logic>(checker: &mut Checker<'_, L>, path: &str) {
    let expect = &checker.scenario.expect;
    let stays_away = |one: &Expectation| matches!(one, Expectation::NeverRecovers | Expectation::StaysDown);
    let measured =
        |one: &Expectation| matches!(one, Expectation::RecoveryTime(_) | Expectation::ClientTimeLost(_));
    if expect.iter().any(stays_away) {
        let problem = "no client may be without service, and service must stay down, both at once";
        checker.error(path, problem, "drop it, or drop NeverRecovers and StaysDown");
    } else if expect.iter().any(measured) {
        let problem = "where no client is without service, every run shows the same recovery time: none";
        checker.warning(path, problem, "drop RecoveryTime and ClientTimeLost: a constant is no measurement");
    }
}

fn reads_served<L: Logic>(checker: &mut Checker<'_, L>, path: &str, share: f64) {
    if !numbers::is_positive_share(share) {
        let problem = format!("{share} is not a share of time above zero");
        checker.error(&format!("{path}[0]"), problem, "write a number above 0, up to 1");
    }
    if checker.scenario.plan.regions.iter().all(|region| region.reads_per_second == 0) {
        let problem = "nobody reads, so no read can be served";
        checker.error(path, problem, "give regions their reads_per_second");
    }
}

fn no_loss<L: Logic>(checker: &mut Checker<'_, L>, path: &str) {
    let database = &checker.scenario.plan.database;
    if !database.promises_durability() {
        let problem = match database.durability {
            Durability::Async => "asynchronous replication loses what was not yet replicated",
            _ => "a primary that goes on without standbys loses what they did not get",
        };
        checker.warning(
            path,
            problem,
            "expect a RecoveryPoint instead, or make the durability Sync or Quorum",
        );
    }
}

fn not_allowed<L: Logic>(checker: &mut Checker<'_, L>, path: &str, invariant: Invariant) {
    if checker.scenario.allows.contains(&invariant) {
        let problem = format!("{invariant:?} is allowed and must not happen, both at once");
        checker.error(path, problem, "drop it here or under 'allows'");
    }
}
