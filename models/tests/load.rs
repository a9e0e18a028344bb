//! What primaries carry, how load changes, and what becomes of clients when it is too much.

mod common;

use firedrill_models::{Note, RunRecord, What, World};
use sim::{Agenda, SimTime};
use units::Span;

const PLAN: &str = r#"(
    name: "small",
    regions: [
        (name: "a", clients: 6, writes_per_second: 60, sites: [(name: "as", nodes: [(name: "a1", capacity: 400)])]),
        (name: "b", clients: 4, writes_per_second: 40, sites: [(name: "bs", nodes: [(name: "b1", capacity: CAPACITY)])]),
        (name: "c", clients: 2, writes_per_second: 20, sites: [(name: "cs", nodes: [(name: "c1", capacity: 20)])]),
    ],
    database: (engine: PostgreSql15, durability: Async, primary: "a1", watchdog: "12s"QUEUE),
    clients: (CLIENTS),
    traffic: (TRAFFIC),
    policy: (prefer_regions: ["a", "b", "c"]),
    objectives: (recovery_time: "10m", recovery_point: "15m"),
)"#;

/// What differs from one story to the next.
#[derive(Clone, Copy)]
struct Story<'a> {
    capacity: u64,
    queue: &'a str,
    clients: &'a str,
    traffic: &'a str,
    faults: &'a str,
}

const SILENT: &str = r#"(at: Between("60s", "70s"), strike: Silence("a1"), heal_after: "5m")"#;

const CALM: Story<'_> = Story { capacity: 400, queue: "", clients: "", traffic: "", faults: SILENT };

impl Story<'_> {
    fn world(&self) -> World {
        let plan = PLAN
            .replace("CAPACITY", &self.capacity.to_string())
            .replace("QUEUE", self.queue)
            .replace("CLIENTS", self.clients)
            .replace("TRAFFIC", self.traffic);
        let files = [
            ("plan.ron", plan.as_str()),
            (
                "load.csv",
                "0,120
10m,240
20m,0
",
            ),
        ];
        common::world(&files, self.faults, "30m")
    }

    fn runs(&self) -> Vec<RunRecord> {
        let (mut world, mut agenda) = (self.world(), Agenda::new());
        (0..40).map(|seed| world.run(seed, &mut agenda)).collect()
    }

    fn notes(&self) -> Vec<(SimTime, Note)> {
        self.world().replay(1).notes
    }

    /// When the load of the first region changed, and to what.
    fn edges(&self) -> Vec<(u64, u64)> {
        let of_a = |(at, note): (SimTime, Note)| match (note.place, note.what) {
            (firedrill_models::Place::Clients(0), What::Writes { per_second }) => {
                Some((at.since(SimTime::ZERO).as_nanos() / 1_000_000_000, per_second))
            }
            _ => None,
        };
        self.notes().into_iter().filter_map(of_a).collect()
    }
}

fn seconds(count: u64) -> Span {
    Span::from_secs(count)
}

#[test]
fn a_survivor_that_carries_the_load_is_never_overloaded() {
    assert!(CALM.runs().iter().all(|run| run.overload.is_zero() && run.recovered()));
}

#[test]
fn a_survivor_that_is_too_small_serves_nobody_in_time() {
    let small = Story { capacity: 100, ..CALM };
    for run in small.runs() {
        assert!(!run.recovered() && run.failovers == 1, "the failover works, the service does not");
        assert!(run.overload > seconds(20 * 60) && run.client_time.unserved > seconds(12 * 20 * 60));
        assert!(!run.converged);
    }
}

#[test]
fn what_is_answered_too_late_is_not_acknowledged() {
    let sum = |story: &Story<'_>| story.runs().iter().map(|run| run.acknowledged_writes).sum::<u64>();
    let long = sum(&Story { capacity: 100, ..CALM });
    // Room for 5 s of work: whatever is accepted is answered in time, and the rest refused.
    let short = sum(&Story { capacity: 100, queue: ", queue_max: 500", ..CALM });
    assert!(short > long * 4, "{short} writes acknowledged with a short queue, {long} with a long one");
}

#[test]
fn a_short_queue_refuses_a_share_and_serves_the_others() {
    let short = Story { capacity: 90, queue: ", queue_max: 450", ..CALM };
    let refused = short.notes().into_iter().find_map(|(_, note)| match note.what {
        What::Refuses { offered, accepted } => Some((offered, accepted)),
        _ => None,
    });
    assert_eq!(refused, Some((120, 750_000)));
}

#[test]
fn clients_that_send_again_keep_the_survivor_down_that_could_carry_them() {
    let patient = Story { capacity: 130, clients: r#"retry_max: "1s""#, ..CALM };
    let eager = Story { clients: r#"retry_max: "1s", retries: 4"#, ..patient };
    assert!(patient.runs().iter().all(|run| run.recovered() && run.overload.is_zero()));
    let stuck = eager.runs().iter().filter(|run| run.overload > seconds(20 * 60)).count();
    assert_eq!(stuck, 40, "{stuck} of 40 runs never come out of it, though 130 is more than 120");
}

#[test]
fn hours_and_days_are_local_and_a_run_begins_when_it_is_told_to() {
    let traffic = r#"starts: At(Thu, "20:55"), utc_offset: "+03:00",
        hours: [("00:00", 0.5), ("08:00", 2.0)], days: [(Fri, 0.1)]"#;
    let faults = r#"(at: "20m", strike: Silence("a1"), heal_after: "1m")"#;
    let midnight = Story { traffic, faults, ..CALM };
    // Thursday 23:55 there, at twice the usual 60; Friday morning has a tenth of a half of it.
    assert_eq!(midnight.edges(), [(300, 3)]);
    let busy = midnight.runs();
    assert!(
        busy.iter().all(|run| run.acknowledged_writes > 240 * 290 && run.acknowledged_writes < 240 * 350)
    );
}

#[test]
fn the_hour_is_drawn_anew_for_each_run_where_it_is_left_open() {
    let traffic = r#"hours: [("00:00", 0.1), ("12:00", 3.0)]"#;
    let runs = Story { traffic, ..CALM }.runs();
    let few = runs.iter().filter(|run| run.acknowledged_writes < 12 * 3_600).count();
    assert!((8..=32).contains(&few), "half of all runs begin in the morning: {few} of 40");
}

#[test]
fn a_recording_is_shared_by_the_regions_as_they_share_their_writes() {
    let faults = r#"(at: "25m", strike: Silence("a1"), heal_after: "1m")"#;
    let recorded = Story { traffic: r#"recorded: "load.csv""#, faults, ..CALM };
    assert_eq!(recorded.edges(), [(600, 120), (1_200, 0)]);
}

#[test]
fn bursts_come_and_go() {
    let traffic = r#"bursts: (every: Constant("4m"), lasts: Constant("1m"), times: 3.0)"#;
    let faults = r#"(at: "12m", strike: Silence("a1"), heal_after: "1m")"#;
    let edges = Story { traffic, faults, ..CALM }.edges();
    assert_eq!(edges[..4], [(240, 180), (300, 60), (540, 180), (600, 60)]);
}

#[test]
fn a_run_is_not_over_while_its_load_may_yet_be_too_much() {
    let traffic = r#"starts: At(Mon, "07:35"), hours: [("00:00", 0.5), ("08:00", 1.0)]"#;
    let small = Story { capacity: 100, traffic, ..CALM };
    assert!(small.runs().iter().all(|run| !run.overload.is_zero()), "at 08:00 it becomes too much");
}

#[test]
fn users_of_a_lost_region_come_in_elsewhere_and_go_home_again() {
    let faults = r#"(at: "60s", strike: RegionLoss("b"), heal_after: "10m")"#;
    let rerouted = Story { traffic: r#"reroute_after: "90s""#, faults, ..CALM };
    // 40 writes of b, of which a carries 60 parts in 80.
    assert_eq!(rerouted.edges(), [(150, 90), (660, 60)]);
    let back = r#"(at: "60s", strike: RegionLoss("b"), heal_after: "80s")"#;
    assert_eq!(Story { faults: back, ..rerouted }.edges(), []);
}
