//! Heartbeats, suspicion and leases.
//!
//! ```text
//!   last beat        strike                              suspected                 lease runs out
//!      |--- U(0, h) ---|------------- detect --------------|                              |
//!      |<------------- (missed + 1/2) x h ---------------->|                              |
//!      |<------------------------------------- lease ------------------------------------>|
//! ```

use firedrill::reports::Phase;

use super::{assert_mean, mean, phase, recovery, runs};

const CRASH: &str = "primary-node-crash.ron";
/// Elections that are over before suspicion comes, names that are not kept: nothing but the detector is measured.
const QUICK: [&str; 3] =
    ["policy.consensus.heartbeat=500ms", "policy.consensus.election=1500ms", "dns.ttl=0s"];
const SEEDS: u64 = 400;

fn with<'a>(settings: &[&'a str]) -> Vec<&'a str> {
    QUICK.iter().chain(settings).copied().collect()
}

/// One-way delays between the survivors, from the beat to the last of a majority and from there to the
/// coordinator: 55 ms in the median each, up to 90 ms.
const TRAVEL: f64 = 0.08;

#[test]
fn detection_takes_the_patience_less_what_had_passed_since_the_last_beat() {
    let _evidence = evidence::of(&["Q-03"]);
    for (heartbeat, missed) in [(5.0, 3), (5.0, 4), (2.0, 3), (1.0, 5)] {
        let (every, detector) =
            (format!("policy.heartbeat={heartbeat}s"), format!("policy.detector=Missed({missed})"));
        // A lease no longer than suspicion, and long enough for this heartbeat.
        let runs = runs(CRASH, &with(&[&every, &detector]), SEEDS);
        let expected = (f64::from(missed) + 0.5) * heartbeat - heartbeat / 2.0;
        let what = format!("{every} {detector}");
        assert_mean(&what, runs.iter().map(|run| phase(run, Phase::Detect)), expected + TRAVEL, TRAVEL);
        let soonest = runs.iter().map(|run| phase(run, Phase::Detect)).fold(f64::MAX, f64::min);
        assert!(soonest >= expected - heartbeat / 2.0, "{what}: suspected after {soonest} s");
    }
}

#[test]
fn one_more_missed_beat_costs_one_heartbeat_on_the_same_disasters() {
    let _evidence = evidence::of(&["Q-03"]);
    let (three, four) =
        (runs(CRASH, &with(&[]), SEEDS), runs(CRASH, &with(&["policy.detector=Missed(4)"]), SEEDS));
    let pairs = || three.iter().zip(&four);
    for (what, (mean, _)) in [
        ("detection", mean(pairs().map(|(a, b)| phase(b, Phase::Detect) - phase(a, Phase::Detect)))),
        ("recovery", mean(pairs().map(|(a, b)| recovery(b) - recovery(a)))),
    ] {
        assert!((mean - 5.0).abs() < 0.3, "{what}: {mean:.3} s longer, a heartbeat is 5 s");
    }
    assert!(
        pairs().all(|(a, b)| phase(b, Phase::Detect) > phase(a, Phase::Detect) + 4.0),
        "in every single run"
    );
}

#[test]
fn a_lease_that_outlives_suspicion_is_waited_for_and_no_longer() {
    let long = ["policy.lease=25s", "policy.steps.fence=30s"];
    let (short, long) = (runs(CRASH, &with(&[]), SEEDS), runs(CRASH, &with(&long), SEEDS));
    let ready = |phases: &[Phase], run: &_| phases.iter().map(|one| phase(run, *one)).sum::<f64>();
    let fenced = [Phase::Decide, Phase::Fence];
    // 25 s of lease less 17.5 s of suspicion, counted from the same heartbeat.
    assert_mean("decide and fence", long.iter().map(|run| ready(&fenced, run)), 7.5, 0.2);
    let waits = short.iter().filter(|run| phase(run, Phase::Fence) > 0.2).count();
    assert!(
        waits < 20,
        "a lease of 15 s is over when suspicion comes, and {waits} of {SEEDS} runs waited for it"
    );
    let found = |run: &_| phase(run, Phase::Detect);
    assert!(
        short.iter().zip(&long).all(|(a, b)| (found(a) - found(b)).abs() < 0.2),
        "detection is another matter"
    );
}

#[test]
fn recovery_follows_the_heartbeat_down() {
    let slow = runs("silent-primary.ron", &with(&[]), SEEDS);
    let fast = ["policy.heartbeat=2s", "policy.lease=7s", "database.watchdog=4s"];
    let fast = runs("silent-primary.ron", &with(&fast), SEEDS);
    // Clients of a silent host pause the longer the longer they have failed: what they save on top is theirs.
    let phases = [Phase::Detect, Phase::Elect, Phase::Decide, Phase::Fence, Phase::Promote];
    let ready = |run: &_| phases.iter().map(|one| phase(run, *one)).sum::<f64>();
    // (3 + 1/2 - 1/2) heartbeats each.
    assert_mean("saved", slow.iter().zip(&fast).map(|(a, b)| ready(a) - ready(b)), 15.0 - 6.0, 0.3);
    assert!(slow.iter().zip(&fast).all(|(a, b)| recovery(a) > recovery(b)), "in every single run");
}
