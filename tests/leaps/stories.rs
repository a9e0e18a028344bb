//! What once slept in a leap while its time ran out.

use super::{CALM, Drill, agree, files_of, first_difference};

/// Nobody hears the primary; its lease, and whatever else counts down, must run out in time.
const OTHERS_LOST: Drill = Drill {
    faults: r#"(at: Between("60s", "62s"), strike: RegionLoss("b"), heal_after: "5m"),
        (at: Between("60s", "62s"), strike: RegionLoss("c"), heal_after: "5m")"#,
    ..CALM
};

fn with(detector: &'static str) -> Drill {
    Drill { detector, ..OTHERS_LOST }
}

#[test]
fn a_lease_that_nobody_renews_is_not_leapt_over() {
    for policy in [
        "heartbeat: \"2s\",",
        "heartbeat: \"1s\", lease: \"20s\",",
        "heartbeat: \"500ms\", lease: \"60s\",",
        "heartbeat: \"2s\", lease: \"2m\", lease_margin: \"1s\",",
    ] {
        agree(with(policy), 0);
        let late = |run: &&firedrill::models::RunRecord| !run.violations.is_empty();
        assert_eq!(with(policy).with_leaps().iter().filter(late).count(), 0, "{policy}");
    }
}

#[test]
fn a_cool_down_that_nobody_shortens_is_not_leapt_over() {
    let faults = r#"(at: "60s", strike: Silence("a1"), heal_after: "30s"),
        (at: Between("100s", "140s"), strike: Silence("$primary"), heal_after: "1h")"#;
    agree(Drill { faults, horizon: "2h", detector: "heartbeat: \"2s\", cooldown: \"20m\",", ..CALM }, 5);
}

#[test]
fn promises_that_a_restarted_voter_waits_out_are_not_leapt_over() {
    let faults = r#"(at: "60s", strike: CrashAgent("b1"), heal_after: "1s"),
        (at: "60s", strike: CrashAgent("c1"), heal_after: "1s"),
        (at: Between("64s", "90s"), strike: Silence("a1"), heal_after: "5m")"#;
    agree(Drill { faults, detector: "heartbeat: \"1s\", lease: \"1m\",", ..CALM }, 0);
}

#[test]
fn heartbeats_and_consensus_out_of_step() {
    let detector = "heartbeat: \"700ms\", consensus: (heartbeat: \"1100ms\", election: \"3500ms\"),";
    agree(Drill { detector, ..CALM }, 10);
}

/// Whoever coordinates says with its next heartbeat that a cool-down is over, and all note it: a coordinator that is lost
/// later is missed from when it was last heard, which is none the later for that.
#[test]
fn the_end_of_a_cool_down_is_not_leapt_over() {
    for node in ["b1", "c1"] {
        let faults = match node {
            "b1" => {
                r#"(at: "60s", strike: Silence("a1"), heal_after: "5m"),
                (at: Between("400s", "500s"), strike: CrashAgent("b1"), heal_after: "1m")"#
            }
            _ => {
                r#"(at: "60s", strike: Silence("a1"), heal_after: "5m"),
                (at: Between("400s", "500s"), strike: CrashAgent("c1"), heal_after: "1m")"#
            }
        };
        agree(Drill { faults, ..CALM }, 20);
    }
}

/// Each of these seeds once had another measure with leaps.
fn agree_on(plan: &str, faults: &str, seeds: &[u64]) {
    let scenario = format!(
        r#"(story: "s", plan: "plan.ron", faults: [{faults}], horizon: "30m",
            exempt: [RecoveryTime(because: "b"), RecoveryPoint(because: "b")], expect: [NoSplitBrain])"#
    );
    let files = files_of(plan, &scenario);
    for &seed in seeds {
        let difference = first_difference(&files, seed).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(difference.measure, None, "seed {seed}");
    }
}

/// Whatever is sent at once arrives at once: which of two alarms of the same nanosecond goes off first must not depend on
/// which was set first.
#[test]
fn what_falls_on_the_same_nanosecond_keeps_its_order() {
    let plan = r#"(
        name: "ties",
        regions: [(name: "dc", clients: 10, writes_per_second: 100, sites: [
            (name: "s1", nodes: [(name: "n1")]),
            (name: "s2", nodes: [(name: "n2")]),
            (name: "s3", nodes: [(name: "n3")]),
            (name: "s4", nodes: [(name: "n4")]),
            (name: "s5", nodes: [(name: "n5")]),
        ])],
        links: (within_region: (latency: Constant("1ms"))),
        database: (engine: PostgreSql15, durability: Async, primary: "n1"),
        policy: (heartbeat: "2s", detector: Missed(3), lease: "15s"),
        objectives: (recovery_time: "1d", recovery_point: "1d"),
    )"#;
    let faults = r#"(at: Between("60s", "600s"), strike: Silence("n1"), heal_after: "2m")"#;
    agree_on(plan, faults, &[181, 182, 183]);
}

/// Its next beat comes when its clock has made up for that, long after the others suspect it.
#[test]
fn a_node_whose_clock_stood_still_is_heard_again() {
    let faults =
        r#"(at: Between("300s", "310s"), strike: ClockStall(node: "b1", by: "10s"), heal_after: "6s")"#;
    agree(Drill { faults, detector: "detector: Missed(1), lease: \"75s\",", ..CALM }, 0);
}

/// A slow agent gets to each alarm once, however often that was put off before.
#[test]
fn alarms_of_a_slow_agent() {
    let faults = r#"(at: Between("120s", "300s"), strike: Slow(node: "c1", times: 30), heal_after: "5m"),
        (at: Between("150s", "400s"), strike: Slow(node: "a1", times: 30), heal_after: "5m"),
        (at: Between("200s", "400s"), strike: ClockStepAhead(node: "a1", by: "15s"), heal_after: "20s")"#;
    agree(Drill { faults, detector: "detector: Missed(5), lease: \"2m\",", ..CALM }, 0);
}

/// Looks at others' silence that are in vain are planned by how long ago they were heard, which a leap changes: no alarm
/// that is due right after one may be late for that.
#[test]
fn a_look_in_vain_right_before_an_election() {
    let plan = r#"(
        name: "vain",
        regions: [
            (name: "a", clients: 3, writes_per_second: 30, sites: [(name: "as", nodes: [(name: "a1")])]),
            (name: "b", clients: 3, writes_per_second: 30, sites: [(name: "bs", nodes: [(name: "b1")])]),
            (name: "c", clients: 3, writes_per_second: 30, sites: [(name: "cs", nodes: [(name: "c1")])]),
        ],
        links: (between_regions: (latency: Uniform("250ms", "1s"), loss: 0.00001)),
        database: (engine: PostgreSql15, durability: Sync(["b1"]), primary: "a1"),
        policy: (heartbeat: "5s", lease: "8s 750ms", lease_margin: "1s", consensus: (heartbeat: "5s", election: "15s")),
        objectives: (recovery_time: "1d", recovery_point: "1d"),
    )"#;
    let faults =
        r#"(at: Between("4m 36s 618ms", "4m 41s 618ms"), strike: HangAgent("b1"), heal_after: "24s 312ms")"#;
    agree_on(plan, faults, &[3_001_815]);
}

/// How long a detector that learns waits at the least is another after each beat. Where that is about as long as a beat may
/// take, a run that looked at it was at rest at one moment and not at the next.
#[test]
fn what_was_learned_last_is_no_reason_for_unrest() {
    let plan = r#"(
        name: "learns",
        regions: [
            (name: "a", clients: 3, writes_per_second: 30, sites: [(name: "as", nodes: [(name: "a1")])]),
            (name: "b", clients: 3, writes_per_second: 30, sites: [(name: "bs", nodes: [(name: "b1")])]),
            (name: "c", clients: 3, writes_per_second: 30, sites: [(name: "cs", nodes: [(name: "c1", witness: true)])]),
        ],
        links: (between_regions: (latency: Lognormal(median: "30ms", p99: "60ms"))),
        database: (engine: PostgreSql15, durability: Sync(["b1"]), primary: "a1"),
        policy: (
            heartbeat: "2s",
            detector: PhiAccrual(threshold: 4.0, window: 2, deviation_least: "100ms"),
            lease: "12s 500ms",
            lease_margin: "200ms",
            consensus: (heartbeat: "2s", election: "16s"),
        ),
        objectives: (recovery_time: "1d", recovery_point: "1d"),
    )"#;
    let faults = r#"(at: Between("4m 17s", "4m 19s"), strike: FullDisk("b1"), heal_after: "9s")"#;
    agree_on(plan, faults, &[3, 4, 6, 7, 8, 10, 12, 14]);
}

/// A primary that is closed, by an agent that waits for its disk, goes on asking for its lease and writes nothing: voters that let
/// it write in each leap found every copy beyond the lag limit. Of 301 seeds 84 differed.
#[test]
fn a_primary_that_is_closed_writes_nothing_in_a_leap() {
    let plan = r#"(
        name: "closed",
        regions: [(name: "a", clients: 3, writes_per_second: 30, sites: [
            (name: "as", nodes: [(name: "a1"), (name: "a2", witness: true), (name: "a3")]),
        ])],
        database: (engine: PostgreSql15, primary: "a1", durability: Async, watchdog: "4s 950ms"),
        policy: (heartbeat: "1s", consensus: (heartbeat: "1s", election: "5s")),
        objectives: (recovery_time: "1d", recovery_point: "1d"),
    )"#;
    let faults = r#"
        (at: At("30s"), strike: CrashAgent("$primary"), heal_after: "1m"),
        (at: At("1m"), strike: SlowDisk(node: "a3", times: 1000), heal_after: "10m"),
        (at: At("2m"), strike: HangDatabase("a3"), heal_after: "1m")"#;
    agree_on(plan, faults, &[0, 2, 4]);
}

/// What was sent while a link was bad may arrive long after it is good again, such as a request that is forwarded: its answer broke a
/// leap off, out of step with all heartbeats, and each next one was told as late.
#[test]
fn what_a_bad_link_holds_back_is_not_leapt_over() {
    let region = |name: &str, nodes: &str| {
        format!(
            r#"(name: "{name}", clients: 3, writes_per_second: 30, sites: [(name: "{name}s", nodes: [{nodes}])])"#
        )
    };
    let plan = format!(
        r#"(name: "hunted", regions: [{}],
            links: (between_regions: (latency: Constant("1s 500ms"))),
            database: (engine: PostgreSql15, primary: "a1", durability: Async),
            alerts: (channels: [(name: "pager", delay: Constant("5s")), (name: "phone", delay: Constant("5s"))]),
            policy: (heartbeat: "15s", detector: Missed(5), lease: "2m 45s", lease_margin: "2s", steps: (fence: "2m 45s"),
                     consensus: (heartbeat: "15s", election: "45s"), cooldown: "3m", restart: "1m 30s",
                     access: (people: [(name: "vera", role: Viewer), (name: "olga", role: Operator),
                                       (name: "omar", role: Operator), (name: "ada", role: Admin)], approvals: 1)),
            people: [(name: "vera", region: "a", reaction: Uniform("5s", "60s")),
                     (name: "olga", region: "b", reaction: Uniform("5s", "60s")),
                     (name: "omar", region: "c", reaction: Uniform("5s", "60s")),
                     (name: "ada", region: "d", reaction: Uniform("5s", "60s"))],
            objectives: (recovery_time: "1d", recovery_point: "1d"))"#,
        [
            region("a", r#"(name: "a1"), (name: "a2")"#),
            region("b", r#"(name: "b1")"#),
            region("c", r#"(name: "c1")"#),
            region("d", r#"(name: "d1")"#),
            region("e", r#"(name: "e1")"#),
        ]
        .join(", ")
    );
    let scenario = r#"(story: "s", plan: "plan.ron", horizon: "1h", expect: [NoSplitBrain],
        exempt: [RecoveryTime(because: "b"), RecoveryPoint(because: "b")],
        faults: [(at: At("16m 15s 523ms 168us 282ns"), heal_after: "2m 45s",
                  strike: Degraded(from: ["a"], to: ["b", "c", "d", "e"], slower: Exponential(mean: "9s 508ms"), loss: 0.3))],
        requests: [(at: At("16m 14s 23ms"), from: "ada", ask: Switchover(to: "b1"), approve: ["olga", "vera"]),
                   (at: At("8m 19s 567ms"), from: "vera", ask: Switchover(to: "d1"), approve: ["olga", "omar"])])"#;
    for seed in (560..600).chain([8152]) {
        let found = first_difference(&files_of(&plan, scenario), seed).expect("a plan that is sound");
        assert_eq!(found.measure, None, "seed {seed}");
    }
}

/// Whoever is served again by what it had connected before is asked at once how long that lasts, and not when somebody happens to
/// look next. Of 301 seeds six differed.
#[test]
fn connections_that_serve_again_grow_old_from_then_on() {
    let region = |name: &str, votes: &str| {
        format!(
            r#"(name: "{name}", clients: 3, writes_per_second: 30, sites: [(name: "{name}s", nodes: [(name: "{name}1"{votes})])])"#
        )
    };
    let plan = format!(
        r#"(name: "old", regions: [{}, {}, {}],
            links: (between_regions: (latency: Lognormal(median: "50ms", p99: "100ms"))),
            database: (engine: PostgreSql15, primary: "a1", durability: Sync(["a1", "b1", "c1"])),
            clients: (pool: (size: 4)),
            dns: (ttl: "5s"),
            policy: (heartbeat: "5s", lease: "26s 250ms", consensus: (heartbeat: "5s", election: "15s"), steps: (fence: "26s 250ms")),
            objectives: (recovery_time: "1d", recovery_point: "1d"))"#,
        region("a", ""),
        region("b", ""),
        region("c", ", votes: false"),
    );
    let faults = r#"
        (at: Between("1m 1s 354ms", "1m 6s 354ms"), strike: DnsFailure, heal_after: "11m 44s 910ms"),
        (at: Between("1m 24s 729ms", "1m 29s 729ms"), heal_after: "9s 520ms",
         strike: Flapping(between: (["b"], ["a", "c"]), down: Constant("6s 609ms"), up: Constant("38s 601ms")))"#;
    agree_on(&plan, faults, &(0..300).collect::<Vec<u64>>());
}

/// A leader's looks for a majority fall between its beats: after a leap without a look there may be one before the next beat, and
/// whoever answered in the leap counts for it. A leader that forgot that stepped down, of 400 seeds in the 73rd first.
#[test]
fn whoever_answers_in_a_leap_is_counted_at_the_next_look() {
    let region = |name: &str| {
        format!(
            r#"(name: "{name}", clients: 1, writes_per_second: 10, sites: [(name: "{name}s", nodes: [(name: "{name}1")])])"#
        )
    };
    let plan = format!(
        r#"(name: "m", regions: [{}],
            database: (engine: PostgreSql15, durability: Async, primary: "a1", watchdog: "4s"),
            policy: (heartbeat: "1s", lease: "5s", consensus: (heartbeat: "2s", election: "5s")),
            objectives: (recovery_time: "1d", recovery_point: "1d"))"#,
        ["a", "b", "c"].map(region).join(", ")
    );
    let scenario = r#"(story: "s", plan: "plan.ron", horizon: "10m", expect: [NoSplitBrain],
        faults: [(at: Between("5s", "30s"), strike: Crash("a1"), heal_after: "60s")])"#;
    for seed in 0..400 {
        let found = first_difference(&files_of(&plan, scenario), seed).expect("a plan that is sound");
        assert_eq!(found.measure, None, "seed {seed}");
    }
}

/// More runs of these than a campaign makes again: few showed what they are about.
#[test]
fn regressions_that_few_seeds_show() {
    for name in ["home-before-anybody-spoke", "late-and-gone"] {
        let read = |file: String| {
            let path = std::path::Path::new("scenarios/regressions").join(file);
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let plan = read(format!("{name}.plan.ron"));
        let scenario = read(format!("{name}.ron")).replace(&format!("{name}.plan.ron"), "plan.ron");
        let files = files_of(&plan, &scenario);
        for seed in 0..300 {
            let found = first_difference(&files, seed).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
            assert_eq!(found.measure, None, "{name}, seed {seed}");
        }
    }
}
