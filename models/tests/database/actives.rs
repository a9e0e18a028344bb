use super::*;

use firedrill_models::Failover as Logic;

const TWO: &str = r#"(
    name: "two",
    regions: [
        (name: "a", clients: 6, writes_per_second: 60, sites: [(name: "as", nodes: [(name: "a1")])]),
        (name: "b", clients: 4, writes_per_second: 40, sites: [(name: "bs", nodes: [(name: "b1")])]),
        (name: "c", clients: 2, writes_per_second: 20, sites: [(name: "cs", nodes: [(name: "c1", witness: true)])]),
    ],
    database: (engine: PostgreSql15, durability: Async, primary: "a1", topology: ActiveActive(
        nodes: ["a1", "b1"], keys: 1000, resolution: RESOLUTION,
    )),
    policy: (),
    objectives: (recovery_time: "10m", recovery_point: "15m"),
)"#;

fn world_of(resolution: &str, faults: &str) -> World<Logic> {
    let plan = TWO.replace("RESOLUTION", resolution);
    Story { database: "", policy: "", faults }.world_of(plan)
}

fn runs(resolution: &str, faults: &str) -> Vec<RunRecord> {
    let (mut world, mut agenda) = (world_of(resolution, faults), Agenda::new());
    (0..60).map(|seed| world.run(seed, &mut agenda)).collect()
}

const APART: &str = r#"(at: "60s", strike: Partition(["a1"], ["b1"]), heal_after: "30s")"#;
const LOST: &str = r#"(at: "60s", strike: RegionLoss("b"), heal_after: "10m")"#;

fn average(runs: &[RunRecord], of: fn(&RunRecord) -> u64) -> f64 {
    runs.iter().map(of).sum::<u64>() as f64 / runs.len() as f64
}

#[test]
fn both_sides_accept_writes_and_that_is_no_split_brain() {
    for record in runs("LastWriterWins", APART) {
        sound(&record);
        assert!(record.split_brain.is_zero() && record.client_time.unserved.is_zero());
        assert_eq!((record.failovers, record.promoted.len()), (0, 0));
    }
}

/// Thirty seconds apart: of 1,000 keys each is written on both sides with a chance that can be computed.
#[test]
fn conflicts_of_a_partition_are_as_many_as_the_rates_say_and_cost_writes() {
    let runs = runs("LastWriterWins", APART);
    let (one, other) = (60.0 + 20.0, 40.0);
    let written = |rate: f64| -libm::expm1(-rate * 30.0 / 1_000.0);
    let expected = 1_000.0 * written(one) * written(other);
    let keys = average(&runs, |record| record.operations.conflicts);
    assert!((keys - expected).abs() < 0.1 * expected, "{keys}, not {expected}");
    assert!(runs.iter().all(|record| record.lost_writes >= record.operations.conflicts));
    assert!(runs.iter().all(|record| record.recovery_point > Span::from_secs(29)));
}

#[test]
fn without_any_fault_near_writes_conflict_within_the_delay() {
    let quiet = r#"(at: "60s", strike: ClockStepAhead(node: "c1", by: "1s"))"#;
    let runs = runs("LastWriterWins", quiet);
    let seconds = average(&runs, |record| record.observed.as_nanos() / 1_000_000_000);
    let expected = 80.0 * 40.0 / 1_000.0 * 0.085 * seconds;
    let keys = average(&runs, |record| record.operations.conflicts);
    assert!((keys - expected).abs() < 0.25 * expected, "{keys}, not about {expected}");
}

/// What the lost region had not sent is old when it comes back: the last writer has overwritten it, the first has not.
#[test]
fn who_wins_is_a_matter_of_time() {
    let sum = |resolution| average(&runs(resolution, LOST), |record| record.lost_writes);
    let (last, first) = (sum("LastWriterWins"), sum("FirstWriterWins"));
    assert!(first > 3.0 * last, "{first} lost to the first writer, {last} to the last");
}

#[test]
fn a_lost_regions_neighbours_are_sent_to_the_other_and_nobody_is_promoted() {
    let loss = r#"(at: "60s", strike: Silence("b1"), heal_after: "10m")"#;
    for seed in 0..20 {
        let replay = world_of("LastWriterWins", loss).replay(seed);
        sound(&replay.record);
        let moved: Vec<&What> = replay.notes.iter().map(|(_, note)| &note.what).collect();
        assert!(moved.contains(&&What::RoutesTo(vec![0])) && moved.contains(&&What::RoutesTo(vec![0, 1])));
        assert!(replay.record.recovery_time.at_least() > Span::from_secs(12), "somebody had to wait");
        assert_eq!(replay.record.failovers, 0);
    }
}

/// It never comes back, so what it acknowledged last is gone with it.
#[test]
fn what_a_dead_active_had_not_sent_is_lost() {
    let runs = runs("LastWriterWins", r#"(at: "60s", strike: Silence("b1"))"#);
    let lost = average(&runs, |record| record.lost_writes - record.operations.conflicts);
    assert!((0.8..4.0).contains(&lost), "{lost} writes within a delay of about 43 ms at 40 per second");
}
