//! What is lost, and what is not.
//!
//! The writes of the last one-way delay are on their way when the primary dies. Clients write at random: the number
//! lost is Poisson with mean rate x delay, and the oldest is as old as the delay less the wait for a first write.

use std::path::Path;
use std::sync::Arc;

use firedrill::models::{Failover, Model, RunRecord, World};
use firedrill::reports::{Phase, Run};
use firedrill::scenarios::Scenario;
use firedrill::sim::{Agenda, Distribution};
use firedrill::units::{Span, rows};

use super::{assert_mean, phase, runs};

const CRASH: &str = "primary-node-crash.ron";
/// Writes per second of all clients of the plan.
const RATE: f64 = 200.0;

/// The crash of the primary with every link of the same constant delay, `times` the plan's rate of writes.
fn crash(delay: Span, times: u64) -> Scenario<Failover> {
    let path = Path::new("scenarios/qnwis").join(CRASH);
    let mut scenario = firedrill::scenarios::load::<Failover>(&path, &[]).expect("it is in the catalogue");
    let links = &mut scenario.plan.links;
    links.routes.clear();
    for link in [&mut links.within_site, &mut links.within_region, &mut links.between_regions] {
        (link.latency, link.loss) = (Distribution::Constant(delay), 0.0);
    }
    scenario.plan.regions.iter_mut().for_each(|region| region.writes_per_second *= times);
    scenario
}

fn records(scenario: &Scenario<Failover>, seeds: u64) -> Vec<RunRecord> {
    let model = Model::new(scenario).expect("it was loaded");
    let (mut world, mut agenda) = (World::new(Arc::new(model)), Agenda::new());
    (0..seeds).map(|seed| world.run(seed, &mut agenda)).collect()
}

#[test]
fn asynchronous_loss_is_the_delay_times_the_rate_and_grows_with_the_delay() {
    for millis in [10, 20, 40, 80] {
        let delay = f64::from(millis) / 1_000.0;
        let runs = records(&crash(Span::from_secs_f64(delay), 1), 500);
        let what = format!("writes lost at {millis} ms");
        assert_mean(&what, runs.iter().map(|run| run.lost_writes as f64), RATE * delay, 0.0);
        // The first of the lost was written an exponential wait after the delay began, if any was.
        let expected = delay - (1.0 - libm::exp(-RATE * delay)) / RATE;
        let what = format!("recovery point at {millis} ms");
        assert_mean(&what, runs.iter().map(|run| run.recovery_point.as_secs_f64()), expected, 0.000_01);
    }
}

/// docs/calibration.md: PostgreSQL 15 over a link of 20 ms one way, n = 12: 11.6 to 31.7 ms, median 19.8.
#[test]
fn the_loss_over_a_link_of_twenty_milliseconds_is_what_was_measured_on_a_real_database() {
    let runs = records(&crash(Span::from_millis(20), 10), 500);
    let mut points: Vec<f64> = runs.iter().map(|run| run.recovery_point.as_secs_f64() * 1_000.0).collect();
    points.sort_by(f64::total_cmp);
    assert!((points[250] - 19.8).abs() < 1.0, "median {} ms", points[250]);
    assert!(points[0] >= 11.6 && points[499] <= 31.7, "{} to {} ms", points[0], points[499]);
}

/// docs/calibration.md: promotion after a real detection time, n = 16: 18.3 to 79.9 ms.
#[test]
fn promotion_takes_what_was_measured_on_a_real_database() {
    let runs = runs(CRASH, &[], 400);
    let promotion = |run: &Run| phase(run, Phase::Promote);
    assert!(
        runs.iter().all(|run| (0.0183..=0.0800).contains(&promotion(run))),
        "{:?}",
        runs.iter().map(promotion).fold(0.0, f64::max)
    );
    // The mean of the sixteen.
    assert_mean("promotion", runs.iter().map(promotion), 0.0281, 0.002);
}

#[test]
fn recovery_time_does_not_ask_how_much_is_written() {
    let recovery = |times| {
        let runs = records(&crash(Span::from_millis(20), times), 200);
        runs.into_iter().map(|run| (run.seed, run.recovery_time)).collect::<Vec<_>>()
    };
    assert_eq!(recovery(1), recovery(10));
}

/// docs/calibration.md: 0 of 107,740 acknowledged commits.
#[test]
fn synchronous_and_quorum_replication_lose_nothing() {
    let _evidence = evidence::of(&["Q-15"]);
    for durability in ["Sync([\"dubai-1\", \"frankfurt-1\"])", "Quorum(1)", "Quorum(2)", "Quorum(3)"] {
        let setting = format!("database.durability={durability}");
        for run in runs("silent-primary.ron", &[&setting], 300) {
            assert_eq!(
                (run.count(rows::LOST_WRITES), run.violations.clone()),
                (0, vec![]),
                "{setting}, seed {}",
                run.seed
            );
            assert_eq!(
                run.count(rows::FAILOVERS),
                1,
                "{setting}, seed {}: the primary was replaced",
                run.seed
            );
        }
    }
}
