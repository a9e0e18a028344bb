//! How clients find the primary, and readers a copy: name servers that fail, pools, reads.

mod common;

use firedrill_models::RunRecord;
use sim::Agenda;
use units::Span;

const PLAN: &str = r#"(
    name: "small",
    regions: [
        (name: "a", clients: 6, writes_per_second: 60, READS sites: [(name: "as", nodes: [(name: "a1"), (name: "a2")])]),
        (name: "b", clients: 4, writes_per_second: 40, READS sites: [(name: "bs", nodes: [(name: "b1")])]),
        (name: "c", clients: 2, writes_per_second: 20, sites: [(name: "cs", nodes: [(name: "c1")])]),
        (name: "d", sites: [(name: "ds", nodes: [(name: "d1", witness: true)])]),
    ],
    database: (engine: PostgreSql15, durability: Async, primary: "a1"ENGINE),
    clients: (CLIENTS),
    dns: (ttl: "20s"DNS),
    policy: (prefer_regions: ["b"]),
    objectives: (recovery_time: "10m", recovery_point: "15m"),
)"#;

/// Ten runs of the plan with these additions; without another, a watchdog.
fn runs(additions: &[(&str, &str)], faults: &str) -> Vec<RunRecord> {
    let mut plan = PLAN.to_owned();
    for place in ["READS", "ENGINE", "CLIENTS", "DNS"] {
        let added = additions.iter().find(|(known, _)| *known == place).map(|(_, text)| *text);
        let otherwise = if place == "ENGINE" { r#", watchdog: "12s""# } else { "" };
        plan = plan.replace(place, added.unwrap_or(otherwise));
    }
    let (mut world, mut agenda) = (common::world(&[("plan.ron", &plan)], faults, "60m"), Agenda::new());
    (0..10).map(|seed| world.run(seed, &mut agenda)).collect()
}

const SILENT: &str = r#"(at: "100s", strike: Silence("a1"), heal_after: "20m")"#;
const DEAD: &str = r#"(at: "100s", strike: CrashDatabase("a1"), heal_after: "20m")"#;
const DNS_DOWN: &str = r#"(at: "60s", strike: DnsFailure, heal_after: "5m")"#;

fn seconds(count: u64) -> Span {
    Span::from_secs(count)
}

fn mean_recovery(runs: &[RunRecord]) -> f64 {
    runs.iter().map(|run| run.recovery_time.at_least().as_secs_f64()).sum::<f64>() / runs.len() as f64
}

#[test]
fn a_failover_without_name_servers_is_found_when_they_are_back() {
    for run in runs(&[], &format!("{DNS_DOWN}, {SILENT}")) {
        let recovery = run.recovery_time.at_least();
        assert!(run.failovers == 1 && recovery > seconds(260) && recovery < seconds(320), "{recovery}");
        assert!(run.fault_effects[0] > 12, "record changes failed and clients found nobody");
    }
}

#[test]
fn name_servers_that_nobody_needs_may_fail_and_the_fault_shows_no_effect() {
    for run in runs(&[], DNS_DOWN) {
        assert!(run.recovery_time.at_least().is_zero(), "connections that stand go on");
        assert_eq!(run.fault_effects, [0]);
    }
}

#[test]
fn a_primary_that_comes_back_is_found_by_stale_answers_only() {
    let restart = r#"(at: "150s", strike: CrashDatabase("a1"), heal_after: "1s")"#;
    let faults = format!("{DNS_DOWN}, {restart}");
    let stale = runs(&[("DNS", ", serve_stale: true")], &faults);
    let fresh = runs(&[], &faults);
    // Where the restart takes too long, another node takes over, and no old answer helps.
    let restarted =
        |runs: Vec<RunRecord>| runs.into_iter().filter(|run| run.failovers == 0).collect::<Vec<_>>();
    let (stale, fresh) = (restarted(stale), restarted(fresh));
    assert!(stale.len() > 4 && stale.iter().all(|run| run.recovery_time.at_least() < seconds(20)));
    assert!(fresh.len() > 4 && fresh.iter().all(|run| run.recovery_time.at_least() > seconds(200)));
}

#[test]
fn a_pool_is_whole_again_when_its_last_stale_connection_is_found() {
    let alone = runs(&[], SILENT);
    let pooled = runs(&[("CLIENTS", r#"pool: (size: 100)"#)], SILENT);
    let tested = runs(&[("CLIENTS", r#"pool: (size: 100, keepalive: "20s")"#)], SILENT);
    let [alone, pooled, tested] = [alone, pooled, tested].map(|runs| mean_recovery(&runs));
    // Ten statements a second take 100 connections at random: the last of 1,200 is found after about 80 s.
    assert!(pooled > 75.0 && pooled < 130.0, "{pooled}");
    assert!((tested - alone).abs() < 5.0, "tested every 20 s they are found before anyone is promoted");
    assert!(alone < 70.0, "{alone}");
}

/// Kind: one client model, whatever its number of connections.
#[test]
fn a_pool_of_one_is_a_single_connection() {
    for timeout in ["1s", "10s", "15m"] {
        let alone = format!(r#"statement_timeout: "{timeout}""#);
        let pooled = format!(r#"{alone}, pool: (size: 1, max_lifetime: "10000h")"#);
        for faults in [SILENT, DEAD] {
            let [alone, pooled] = [&alone, &pooled].map(|clients| runs(&[("CLIENTS", clients)], faults));
            let times = |runs: &[RunRecord]| runs.iter().map(|run| run.recovery_time).collect::<Vec<_>>();
            assert_eq!(times(&alone), times(&pooled), "{timeout} {faults}");
        }
    }
}

#[test]
fn a_statement_to_a_silent_host_waits_for_the_shorter_of_both_time_outs() {
    let never = r#"(at: "100s", strike: Silence("a1"))"#;
    let recovery = |clients: &str| mean_recovery(&runs(&[("CLIENTS", clients)], never));
    let statement = recovery(r#"statement_timeout: "5m""#);
    assert!(statement > 300.0 && statement < 310.0, "nothing else ends the wait: {statement}");
    let kernel = recovery(r#"statement_timeout: "5m", tcp_timeout: "2m""#);
    assert!(kernel > 120.0 && kernel < 130.0, "the kernel gives up first: {kernel}");
    let linux = recovery(r#"statement_timeout: "20m""#);
    assert!(linux > 924.0 && linux < 935.0, "tcp_retries2 = 15: {linux}");
}

/// A machine that is up again knows nothing of old connections, and says so at TCP's next attempt to send.
#[test]
fn a_host_that_is_back_ends_the_wait_for_it() {
    let back = r#"(at: "100s", strike: Silence("a1"), heal_after: "3m")"#;
    for run in runs(&[("CLIENTS", r#"statement_timeout: "20m""#)], back) {
        let recovery = run.recovery_time.at_least();
        // 3 min, a boot of 20 to 60 s, and TCP's pauses, which have grown to 102.4 s or 120 s.
        assert!(recovery > seconds(200) && recovery < seconds(180 + 60 + 130), "{recovery}");
    }
}

/// A partition leaves connections as they were: what waits is answered when it is over.
#[test]
fn a_short_partition_costs_until_tcp_sends_again() {
    let cut = r#"(at: "100s", strike: Partition(["b", "c", "d"], ["a1"]), heal_after: "3s")"#;
    for run in runs(&[], cut) {
        let recovery = run.recovery_time.at_least();
        // Sent again 0.2, 0.6, 1.4, 3.0 and 6.2 s after the first time.
        assert!(run.failovers == 0 && recovery >= seconds(3) && recovery < seconds(8), "{recovery}");
    }
}

/// Kind: a fault reaches every client that lives on what it breaks, also by way of time.
#[test]
fn pools_feel_name_servers_that_fail_for_longer_than_connections_live() {
    let long = r#"(at: "60s", strike: DnsFailure, heal_after: "50m")"#;
    for run in runs(&[("CLIENTS", r#"pool: (size: 3, max_lifetime: "20m")"#)], long) {
        // Answers run out after 20 s at most, connections 20 min later at most.
        let recovery = run.recovery_time.at_least();
        assert!(recovery > seconds(29 * 60) && recovery < seconds(50 * 60), "{recovery}");
        assert_eq!(run.fault_effects, [12], "each client, once");
    }
    let short = r#"(at: "60s", strike: DnsFailure, heal_after: "15s")"#;
    for run in runs(&[("CLIENTS", r#"pool: (size: 10, max_lifetime: "20m")"#)], short) {
        assert!(run.recovery_time.at_least().is_zero(), "some connection of ten is young enough");
    }
}

#[test]
fn a_dead_process_is_told_from_a_silent_host() {
    let pool = [("CLIENTS", r#"pool: (size: 100), statement_timeout: "30s""#)];
    let (dead, silent) = (mean_recovery(&runs(&pool, DEAD)), mean_recovery(&runs(&pool, SILENT)));
    assert!(silent > dead + 20.0, "each silent connection costs a time-out: {silent} against {dead}");
}

#[test]
fn connections_to_a_server_that_only_reads_stay_until_they_are_too_old() {
    // An engine that refuses without a lease goes on running when it has lost its majority.
    let engine = ("ENGINE", ", refuses_without_lease: true");
    let hang = r#"(at: "100s", strike: HangAgent("a1"), heal_after: "20m")"#;
    let kept = ("CLIENTS", r#"pool: (size: 20, max_lifetime: "10m", drops_read_only: false)"#);
    let dropped = ("CLIENTS", r#"pool: (size: 20, max_lifetime: "10m")"#);
    let [kept, dropped] = [kept, dropped].map(|pool| mean_recovery(&runs(&[engine, pool], hang)));
    assert!(dropped < 90.0, "{dropped}");
    assert!(kept > 590.0 && kept < 601.0, "the oldest of 240 connections is ten minutes old soon: {kept}");
}

const READS: (&str, &str) = ("READS", "reads_per_second: 500,");
const NEAREST: (&str, &str) = ("DNS", r#", routing: Nearest, health_check: "10s""#);

#[test]
fn reads_go_on_where_writes_are_refused() {
    let faults = r#"(at: "100s", strike: Silence("a1")), (at: "100s", strike: Silence("d1")), (at: "100s", strike: Silence("c1"))"#;
    for run in runs(&[READS, NEAREST], faults) {
        assert!(run.failovers == 0 && !run.recovered());
        assert!(run.read_only > seconds(3_400), "{}", run.read_only);
        let away = run.read_time.unserved;
        // Six clients wait for a health check and their resolver: half of 10 s and half of 20 s, 30 s at most.
        assert!(away > seconds(6) && away <= seconds(6 * 30), "{away}");
    }
}

#[test]
fn readers_of_the_primary_lose_it_as_writers_do() {
    for run in runs(&[READS], SILENT) {
        assert!(run.read_time.total > Span::ZERO && run.read_only.is_zero());
        // Ten of twelve clients read.
        let (reads, writes) = (run.read_time.unserved.as_secs_f64(), run.client_time.unserved.as_secs_f64());
        assert!((reads / writes * 1.2 - 1.0).abs() < 0.25, "{reads} and {writes}");
    }
}

#[test]
fn a_lost_replica_interrupts_those_who_read_from_it_and_nobody_who_writes() {
    for run in runs(&[READS, NEAREST], r#"(at: "100s", strike: Silence("b1"), heal_after: "5m")"#) {
        assert!(run.recovery_time.at_least().is_zero());
        assert!(!run.read_time.unserved.is_zero() && run.read_time.unserved <= seconds(4 * 30));
    }
}

#[test]
fn where_nobody_reads_nothing_is_measured() {
    assert!(runs(&[], SILENT).iter().all(|run| run.read_time.total.is_zero()));
}
