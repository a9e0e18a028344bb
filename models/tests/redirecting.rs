//! Ways to lead clients to the primary, each with what it costs and what breaks it: name servers that say the wrong
//! thing, lists of hosts, an address that moves, proxies.

mod common;

use firedrill_models::RunRecord;
use sim::Agenda;
use units::Span;

const PLAN: &str = r#"(
    name: "small",
    regions: [
        (name: "a", clients: 8, writes_per_second: 80, sites: [
            (name: "as", nodes: [(name: "a1")]),
            (name: "at", nodes: [(name: "a2")]),
        ]),
        (name: "b", clients: 4, writes_per_second: 40, sites: [(name: "bs", nodes: [(name: "b1")])]),
        (name: "c", sites: [(name: "cs", nodes: [(name: "c1", witness: true)]), (name: "ct", nodes: [(name: "c2", witness: true)])]),
    ],
    database: (engine: PostgreSql15, durability: Async, primary: "a1", watchdog: "12s"),
    WITH
    policy: (prefer_regions: ["FIRST"]),
    objectives: (recovery_time: "10m", recovery_point: "15m"),
)"#;

/// Ten runs of the plan with these additions; copies in region `first` are promoted first.
fn runs_in(first: &str, with: &str, faults: &str) -> Vec<RunRecord> {
    let plan = PLAN.replace("WITH", with).replace("FIRST", first);
    let (mut world, mut agenda) = (common::world(&[("plan.ron", &plan)], faults, "60m"), Agenda::new());
    (0..10).map(|seed| world.run(seed, &mut agenda)).collect()
}

fn runs(with: &str, faults: &str) -> Vec<RunRecord> {
    runs_in("a", with, faults)
}

fn seconds(count: u64) -> Span {
    Span::from_secs(count)
}

fn recovery(run: &RunRecord) -> Span {
    run.recovery_time.at_least()
}

const SILENT: &str = r#"(at: "100s", strike: Silence("a1"))"#;
const DEAD: &str = r#"(at: "100s", strike: CrashDatabase("a1"))"#;

#[test]
fn clients_that_know_all_hosts_need_nobody_to_redirect_them() {
    let slow = r#"dns: (update: Constant("20m")),"#;
    assert!(runs(slow, SILENT).iter().all(|run| recovery(run) > seconds(20 * 60)));
    let hosts = format!("{slow} redirect: Hosts,");
    assert!(runs(&hosts, SILENT).iter().all(|run| run.failovers == 1 && recovery(run) < seconds(70)));
}

#[test]
fn clients_that_do_not_know_the_new_primary_never_find_it() {
    let some = r#"redirect: Hosts, hosts: (list: ["a1", "b1"]),"#;
    assert!(runs(some, DEAD).iter().all(|run| run.failovers == 1 && !run.recovered()));
}

#[test]
fn an_address_moves_inside_its_network_and_no_further() {
    let address = "redirect: VirtualAddress,";
    for run in runs(address, SILENT) {
        assert!(run.failovers == 1 && recovery(&run) < seconds(70), "{}", recovery(&run));
    }
    for run in runs_in("b", address, SILENT) {
        assert!(run.failovers >= 1 && !run.recovered(), "it would have to leave its region");
    }
    let site = "redirect: VirtualAddress, virtual_address: (within: Site),";
    assert!(runs(site, SILENT).iter().all(|run| !run.recovered()), "or its site");
}

/// Kind: a silent host, a refusal and a reset are not the same.
#[test]
fn whoever_takes_an_address_over_says_that_it_knows_nothing_of_old_connections() {
    let patient = r#"clients: (statement_timeout: "30m"),"#;
    let waits = runs(patient, SILENT);
    assert!(waits.iter().all(|run| recovery(run) > seconds(924)), "nobody ends the wait but the kernel");
    for run in runs(&format!("{patient} redirect: VirtualAddress,"), SILENT) {
        // Sent again after 51.0 and 102.2 s, if the address moved in between.
        assert!(recovery(&run) < seconds(120), "{}", recovery(&run));
    }
}

#[test]
fn two_nodes_that_answer_for_an_address_take_half_of_the_connections_each() {
    let twice = r#"(at: "100s", strike: DuplicateAddress("b1"), heal_after: "10m")"#;
    let all = runs("redirect: VirtualAddress,", twice);
    assert!(all.iter().all(|run| run.failovers == 0 && run.recovered() && !recovery(run).is_zero()));
    // Each of 12 clients is led astray with 1/2, and so is every attempt after that: 12 in a run on average.
    let astray = all.iter().map(|run| run.fault_effects[0]).sum::<u64>() as f64 / 10.0;
    assert!(astray > 7.0 && astray < 17.0, "{astray}");
    let off = r#"(at: "90s", strike: Silence("b1")), (at: "100s", strike: DuplicateAddress("b1"))"#;
    assert!(runs("redirect: VirtualAddress,", off).iter().all(|run| run.fault_effects[1] == 0), "it is off");
}

const PROXIES: &str = r#"(name: "lb-1", site: "at"), (name: "lb-2", site: "bs")"#;

fn proxies(at: &str, more: &str) -> String {
    format!(r#"redirect: Proxy, proxy: (at: [{at}]{more}),"#)
}

#[test]
fn a_proxy_that_closes_sessions_ends_the_wait_for_a_silent_server() {
    let patient = r#"clients: (statement_timeout: "30m"),"#;
    for run in runs(&format!("{patient} {}", proxies(PROXIES, "")), SILENT) {
        assert!(run.failovers == 1 && recovery(&run) < seconds(70), "{}", recovery(&run));
    }
    for run in runs(&format!("{patient} {}", proxies(PROXIES, ", closes_sessions: false")), SILENT) {
        assert!(recovery(&run) > seconds(924) && recovery(&run) < seconds(940), "{}", recovery(&run));
    }
}

#[test]
fn clients_are_out_for_as_long_as_their_only_proxy() {
    let crash = r#"(at: "100s", strike: CrashProxy("lb-1"), heal_after: "5m")"#;
    let only = r#"(name: "lb-1", site: "at")"#;
    for run in runs(&proxies(only, ""), crash) {
        assert!(run.failovers == 0 && recovery(&run) > seconds(300) && recovery(&run) < seconds(310));
        assert_eq!(run.fault_effects, [12], "each client, once");
    }
    for run in runs(&proxies(PROXIES, ""), crash) {
        assert!(recovery(&run) < seconds(5), "they try the other one at once: {}", recovery(&run));
        assert_eq!(run.fault_effects, [8], "those of its region");
    }
    let site = r#"(at: "100s", strike: SiteLoss("at"), heal_after: "5m")"#;
    for run in runs(&proxies(only, ""), site) {
        assert!(run.failovers == 0 && recovery(&run) > seconds(300), "the proxy is lost with its site");
    }
}

/// Kind: a name that answers with nothing.
#[test]
fn an_empty_record_is_kept_beyond_its_end_and_not_even_stale_answers_help() {
    let empty = r#"(at: "60s", strike: DnsEmpty, heal_after: "5m")"#;
    for run in runs(r#"dns: (ttl: "10s"),"#, empty) {
        assert!(recovery(&run).is_zero() && run.fault_effects == [0], "connections that stand go on");
    }
    let faults = format!("{empty}, {DEAD}");
    for stale in ["false", "true"] {
        let dns = format!(r#"dns: (ttl: "10s", negative_ttl: "4m", serve_stale: {stale}),"#);
        for run in runs(&dns, &faults) {
            // Resolvers first ask between 60 s and 70 s, then every 4 min: at 540 s to 550 s they are told the truth.
            let recovery = recovery(&run);
            assert!(run.failovers == 1 && recovery > seconds(439) && recovery < seconds(460), "{recovery}");
            assert_eq!(run.fault_effects[0], 12, "each client, once");
        }
    }
}

/// Kind: a name that answers with the wrong address.
#[test]
fn a_record_that_still_names_the_old_primary_leads_to_a_server_that_only_reads_or_is_gone() {
    let wrong = r#"(at: "60s", strike: DnsWrong("$primary"), heal_after: "10m")"#;
    for run in runs(r#"dns: (ttl: "10s"),"#, &format!("{wrong}, {DEAD}")) {
        assert!(run.failovers == 1 && recovery(&run) > seconds(559) && recovery(&run) < seconds(580));
        assert!(run.fault_effects[0] >= 12);
    }
    let replica = r#"(at: "60s", strike: DnsWrong("b1"), heal_after: "10m")"#;
    let pool = r#"dns: (ttl: "10s"), clients: (pool: (size: 2, max_lifetime: "5m")),"#;
    for run in runs(pool, replica) {
        // Connections of 5 min at most run out one by one; what replaces them refuses writes.
        assert!(run.failovers == 0 && recovery(&run) > seconds(300) && recovery(&run) < seconds(610));
        assert_eq!(run.fault_effects, [12], "each client, once");
    }
}

/// Kind: overlapping faults are counted.
#[test]
fn of_two_wrong_records_the_second_is_answered_until_both_are_over() {
    let two = r#"(at: "60s", strike: DnsEmpty, heal_after: "20m"), (at: "70s", strike: DnsWrong("a1"), heal_after: "5m")"#;
    for run in runs(r#"dns: (ttl: "0s", negative_ttl: "1s"),"#, &format!("{two}, {DEAD}")) {
        assert!(recovery(&run) > seconds(1_159) && recovery(&run) < seconds(1_175), "{}", recovery(&run));
    }
}
