//! Plans, policies and disasters drawn at random: of each seed every measure must be the same with leaps and without.
//!
//! `FIREDRILL_LEAPS` says how many are drawn, `FIREDRILL_LEAPS_BASE` which is the first.

use std::fmt::Write;

use firedrill::sim::{Key, Stream, Streams};
use firedrill::units::Span;

use super::{Difference, files_of, first_difference};

/// Drawn by `cargo test`; as many as take a few seconds.
const DRAWN: u64 = 40;

pub(super) fn setting(name: &str, default: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

#[test]
fn leaps_change_no_measure_of_random_plans_policies_and_disasters() {
    let (base, count) = (setting("FIREDRILL_LEAPS_BASE", 0), setting("FIREDRILL_LEAPS", DRAWN));
    let (mut compared, mut leapt, mut wrong) = (0, 0, Vec::new());
    for number in base..base + count {
        let (plan, scenario) = drawn(number);
        let told = |what: String| format!("number {number}: {what}\n{plan}\n{scenario}");
        match first_difference(&files_of(&plan, &scenario), number) {
            Ok(Difference { measure, spared }) => {
                compared += 1;
                leapt += u64::from(spared > 20);
                wrong.extend(measure.map(told));
            }
            Err(refusal) => assert!(refusal.contains("policy."), "{}", told(refusal)),
        }
    }
    wrong.iter().for_each(|told| println!("{told}\n"));
    println!("{compared} compared, {leapt} of them leapt over a fifth of all events or more");
    assert!(wrong.is_empty(), "{} of {compared} differ, the first of them {}", wrong.len(), wrong[0]);
    assert!(compared * 10 >= count * 8, "{compared} of {count} can be run");
    assert!(leapt * 10 >= count * 3, "leaps are tested where there are any: {leapt} of {count}");
}

pub(super) struct Draw(Stream);

impl Draw {
    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.below(of.len() as u64) as usize]
    }

    fn often(&mut self, percent: u64) -> bool {
        self.0.below(100) < percent
    }
}

/// A plan and a scenario.
fn drawn(number: u64) -> (String, String) {
    drawn_with(number, |_, _| String::new())
}

/// The same with more faults, drawn apart: they may depend on the heartbeat, in milliseconds.
pub(super) fn drawn_with(number: u64, more: impl Fn(&mut Draw, u64) -> String) -> (String, String) {
    let mut apart = Draw(Streams::new(number).stream(Key::new("leaps", "random steps")));
    let mut draw = Draw(Streams::new(number).stream(Key::new("leaps", "random plans")));
    let millis = Span::from_millis;
    let heartbeat = draw.one(&[100, 250, 500, 1_000, 2_000, 2_000, 5_000, 5_000, 7_000, 15_000, 60_000]);
    let chatter = draw.one(&[heartbeat, heartbeat / 2, heartbeat / 5, heartbeat * 2, 2_000]).max(50);
    // Not only whole multiples: a leader's looks for a majority fall between its beats then.
    let election = chatter * draw.one(&[4, 5, 6, 7, 10, 11, 16]) / 2;
    let (detector, detection) = detector(&mut draw, heartbeat);
    let margin = (heartbeat / draw.one(&[2, 5, 10])).max(20);
    let lease = (detection * draw.one(&[5, 10, 15, 20, 50, 100]) / 10).max(heartbeat + margin + 1);
    let slow = heartbeat.min(chatter) / draw.one(&[5, 10, 50, 200]);
    let latency = match draw.0.below(5) {
        0..2 => format!(r#"Uniform("{}", "{}")"#, millis(slow / 4), millis(slow.max(1))),
        // Whatever is sent at once arrives at once, and what is answered, too.
        2 => format!(r#"Constant("{}")"#, millis(slow.max(1))),
        _ => {
            let median = (slow * 150).max(1);
            format!(r#"Lognormal(median: "{}us", p99: "{}us")"#, median, median * 2)
        }
    };
    let loss = draw.one(&["0.0", "0.0", "0.00001", "0.0001", "0.001", "0.02"]);
    let five = draw.often(30);
    let durability = draw.one(&["Async", "Async", "Quorum(1)", r#"Sync(["b1"])"#, r#"Sync(["b1", "c1"])"#]);
    let witness = draw.often(25) && !durability.contains("c1");
    let mut database = format!(r#"engine: PostgreSql15, durability: {durability}, primary: "a1""#);
    if draw.often(50) {
        let watchdog = millis(lease * draw.one(&[5, 8, 10]) / 10);
        let _ = write!(database, r#", watchdog: "{watchdog}""#);
    }
    if draw.often(20) {
        database += ", refuses_without_lease: true";
    }
    let mut policy = format!(
        r#"heartbeat: "{}", detector: {detector}, lease: "{}", lease_margin: "{}", consensus: (heartbeat: "{}", election: "{}"), cooldown: "{}""#,
        millis(heartbeat),
        millis(lease),
        millis(margin),
        millis(chatter),
        millis(election),
        millis(heartbeat * draw.one(&[0, 5, 40, 200])),
    );
    if draw.often(20) {
        let _ =
            write!(policy, r#", prefer_regions: ["a", "b"], failback: After("{}")"#, millis(heartbeat * 30));
    }
    if draw.often(15) {
        policy += ", audit: true";
    }
    if draw.often(15) {
        policy += ", manifest: true";
    }
    let people = draw.often(25);
    if people {
        policy += r#", access: (people: [(name: "ada", role: Admin), (name: "omar", role: Operator)])"#;
    }
    let members = draw.often(25);
    let plan = format!(
        r#"(
    name: "random",
    regions: [{}],
    links: (between_regions: (latency: {latency}, loss: {loss})),
    database: ({database}),
    dns: (ttl: "{}", update: Uniform("100ms", "1s")),
    kms: (answers: Uniform("10ms", "100ms")),
    people: [{}],
    policy: ({policy}),
    objectives: (recovery_time: "1d", recovery_point: "1d"),
)"#,
        regions(five, witness, members),
        draw.one(&["5s", "30s", "5m"]),
        if people { PEOPLE } else { "" },
    );
    let horizon = (heartbeat * 500).clamp(600_000, 7_200_000);
    let scenario = format!(
        r#"(story: "s", plan: "plan.ron", faults: [{}{}], requests: [{}], horizon: "{}", expect: [NoSplitBrain])"#,
        faults(&mut draw, heartbeat, horizon, five, people),
        more(&mut apart, heartbeat),
        if people { request(&mut draw, horizon) } else { String::new() },
        millis(horizon)
    );
    (plan, scenario)
}

const PEOPLE: &str = r#"
        (name: "ada", region: "a", reaction: Uniform("10s", "60s")),
        (name: "omar", region: "b", reaction: Uniform("10s", "60s"))"#;

/// What somebody asks for: something that waits for an approval, for a window, or for neither.
fn request(draw: &mut Draw, horizon: u64) -> String {
    let [at, from, until] = [10, 4, 2].map(|part| Span::from_millis(horizon / part));
    let ask = match draw.0.below(3) {
        0 => r#"Failover(to: "b1")"#.to_owned(),
        1 => r#"Switchover(to: "b1")"#.to_owned(),
        _ => format!(r#"Switchover(to: "b1", window: ("{from}", "{until}"))"#),
    };
    let approve = draw.one(&[r#"approve: ["omar"]"#, "approve: []"]);
    format!(r#"(at: At("{at}"), from: "ada", ask: {ask}, {approve})"#)
}

/// And how long it takes to suspect somebody, in milliseconds.
fn detector(draw: &mut Draw, heartbeat: u64) -> (String, u64) {
    if draw.often(25) {
        let deviation = heartbeat / draw.one(&[20, 5, 2]);
        let (threshold, window) = (draw.one(&["4.0", "8.0", "12.0"]), draw.one(&[2, 10, 40]));
        let least = Span::from_millis(deviation);
        let text =
            format!(r#"PhiAccrual(threshold: {threshold}, window: {window}, deviation_least: "{least}")"#);
        return (text, heartbeat + deviation * 5);
    }
    let beats = draw.one(&[1, 2, 3, 3, 5]);
    (format!("Missed({beats})"), heartbeat * beats + heartbeat / 2)
}

fn regions(five: bool, witness: bool, members: bool) -> String {
    let names = if five { &["a", "b", "c", "d", "e"][..] } else { &["a", "b", "c"] };
    let region = |name: &&str| {
        let voter = match witness && *name == "c" {
            true => r#"(name: "c1", witness: true)"#.to_owned(),
            false => format!(r#"(name: "{name}1")"#),
        };
        let more = if members { format!(r#", (name: "{name}2", votes: false)"#) } else { String::new() };
        format!(
            r#"(name: "{name}", clients: 3, writes_per_second: 30, sites: [(name: "{name}s", nodes: [{voter}{more}])])"#
        )
    };
    names.iter().map(region).collect::<Vec<_>>().join(", ")
}

fn faults(draw: &mut Draw, heartbeat: u64, horizon: u64, five: bool, people: bool) -> String {
    let names = if five { &["a", "b", "c", "d", "e"][..] } else { &["a", "b", "c"] };
    let fault = |draw: &mut Draw| {
        let (one, other) = (draw.one(names), draw.one(names));
        let others = names.iter().filter(|name| **name != one).map(|name| format!(r#""{name}""#));
        let others = others.collect::<Vec<_>>().join(", ");
        let strike = match draw.0.below(32) {
            0..2 => format!(r#"Silence("{one}1")"#),
            2..4 => format!(r#"CrashAgent("{one}1")"#),
            4 => format!(r#"Crash("{one}1")"#),
            5..7 => format!(r#"RegionLoss("{one}")"#),
            7 => format!(r#"Partition(["{one}"], [{others}])"#),
            8 if one != other => format!(r#"OneWayPartition(from: ["{one}"], to: ["{other}"])"#),
            9 => format!(r#"HangAgent("{one}1")"#),
            10 => r#"CrashDatabase("a1")"#.to_owned(),
            11 => r#"Silence("$primary")"#.to_owned(),
            12 => format!(r#"Hang("{one}1")"#),
            13 => r#"HangDatabase("a1")"#.to_owned(),
            14 => format!(r#"Slow(node: "{one}1", times: 30)"#),
            15 => format!(r#"SlowDisk(node: "{one}1", times: 250)"#),
            16 => r#"FailedPromotion(node: "b1", times: 2)"#.to_owned(),
            17 => r#"SlowReplication(node: "b1", writes_per_second: 20)"#.to_owned(),
            18 if one != other => {
                let slower = Span::from_millis(heartbeat / 5);
                format!(
                    r#"Degraded(from: ["{one}"], to: ["{other}"], slower: Exponential(mean: "{slower}"), loss: 0.2)"#
                )
            }
            19 if one != other => {
                let [down, up] = [heartbeat, heartbeat * 4].map(Span::from_millis);
                format!(
                    r#"Flapping(between: (["{one}"], ["{other}"]), down: Constant("{down}"), up: Constant("{up}"))"#
                )
            }
            20 => format!(r#"ClockDrift(node: "{one}1", ppm: 50000)"#),
            21 => format!(r#"ClockStall(node: "{one}1", by: "{}")"#, Span::from_millis(heartbeat * 2)),
            22 => "DnsFailure".to_owned(),
            23 => format!(r#"StaleLeader("{one}1")"#),
            24 => format!(r#"FullDisk("{}")"#, draw.one(&["a1", "b1"])),
            25 => r#"FullDisk("$primary")"#.to_owned(),
            26 => "KmsFailure".to_owned(),
            27 if people => "AlteredRequests".to_owned(),
            28 if people => format!(r#"ForgedRequest(by: Stranger, ask: Failover(to: "{one}1"))"#),
            29 | 30 if people && one != other => {
                // The linter bounds how many there are in a run.
                let rate = draw.one(&[20, 400, 3_000]).min(150_000_000 / (heartbeat * 61));
                format!(r#"RequestFlood(nodes: ["{one}1", "{other}1"], per_second: {rate})"#)
            }
            _ => format!(r#"ClockStepAhead(node: "{one}1", by: "{}")"#, Span::from_millis(heartbeat * 3)),
        };
        let at = draw.0.below(horizon * 3 / 4);
        let later = at + heartbeat * draw.one(&[1, 5, 30]);
        let lasts = Span::from_millis(heartbeat * draw.one(&[1, 4, 10, 60]) + draw.0.below(heartbeat));
        let (at, later) = (Span::from_millis(at), Span::from_millis(later));
        format!(r#"(at: Between("{at}", "{later}"), strike: {strike}, heal_after: "{lasts}")"#)
    };
    let count = draw.one(&[1, 2, 2, 3, 4, 5]);
    (0..count).map(|_| fault(draw)).collect::<Vec<_>>().join(", ")
}
