//! How clients find the new primary.
//!
//! ```text
//!   open for writes     record changed      resolver asks again     its client tries again
//!        |--- update ---------|------ U(0, ttl) -------|------- U(0, pause) -----|
//! ```
//!
//! The last client decides. A resolver serves several clients, which share its moment.

use firedrill::reports::Phase;

use super::{assert_mean, phase, runs};

/// Clients of each caching resolver of the plan: 24, 10 and 6 in three regions with four resolvers each.
const CLIENTS: [i32; 12] = [6, 6, 6, 6, 3, 3, 2, 2, 2, 2, 1, 1];
/// After so long a failure clients try again every 5 s, and a host that is up refuses at once.
const REFUSED: f64 = 5.0;
/// One that is silent holds each attempt up for its time-out of 5 s.
const SILENT: f64 = 10.0;
/// The record changes this long after it is asked for, and it is asked for when the new primary is verified.
const UPDATE: f64 = 1.0;
const VERIFY: f64 = 0.008;

/// The probability that all clients of one resolver have tried again `at` seconds after the record changed, by
/// Simpson's rule over the moment at which the resolver asks.
fn found(at: f64, ttl: f64, pause: f64, clients: i32) -> f64 {
    let tried = |asked: f64| (0..clients).map(|_| ((at - asked) / pause).clamp(0.0, 1.0)).product::<f64>();
    if ttl == 0.0 {
        return tried(0.0);
    }
    let steps = 200;
    let weight = |step| if step == 0 || step == steps { 1.0 } else { 2.0 + f64::from(step % 2) * 2.0 };
    (0..=steps).map(|step| weight(step) * tried(ttl * f64::from(step) / f64::from(steps))).sum::<f64>()
        / (3.0 * f64::from(steps))
}

/// Mean of the last client's attempt: the integral of the probability that some client has not tried yet.
fn last_attempt(ttl: f64, pause: f64) -> f64 {
    let width = (ttl + pause) / 2_000.0;
    let all = |at: f64| CLIENTS.iter().map(|clients| found(at, ttl, pause, *clients)).product::<f64>();
    (0..2_000).map(|step| (1.0 - all((f64::from(step) + 0.5) * width)) * width).sum()
}

fn assert_redirect(scenario: &str, settings: &[&str], last_attempt: f64) {
    let settings: Vec<&str> = settings.iter().chain(&["dns.update=Constant(\"1s\")"]).copied().collect();
    let runs = runs(scenario, &settings, 400);
    let redirects = runs.iter().map(|run| phase(run, Phase::Redirect));
    assert_mean(&format!("{scenario} {settings:?}"), redirects, VERIFY + UPDATE + last_attempt, 0.15);
}

#[test]
fn without_caches_the_last_of_forty_clients_decides() {
    // The mean of the greatest of 40 evenly drawn pauses, in closed form.
    let (integrated, closed) = (last_attempt(0.0, REFUSED), REFUSED * 40.0 / 41.0);
    assert!((integrated - closed).abs() < 0.001, "{integrated} {closed}");
}

#[test]
fn redirection_takes_what_the_slowest_resolver_and_its_last_client_take() {
    let _evidence = evidence::of(&["Q-37"]);
    for ttl in [0, 10, 30, 60] {
        // The watchdog would reset the machine, which then refuses nobody.
        let settings = [&format!("dns.ttl={ttl}s"), "database.watchdog=None"];
        assert_redirect("primary-node-crash.ron", &settings, last_attempt(f64::from(ttl), REFUSED));
    }
}

#[test]
fn a_silent_host_holds_every_attempt_up() {
    for ttl in [0, 30] {
        let expected = last_attempt(f64::from(ttl), SILENT);
        assert_redirect("silent-primary.ron", &[&format!("dns.ttl={ttl}s")], expected);
    }
}

#[test]
fn resolvers_that_ignore_a_short_time_to_live_are_waited_for() {
    let _evidence = evidence::of(&["Q-37"]);
    let settings = ["dns.ttl=0s", "dns.ttl_least=30s"];
    assert_redirect("silent-primary.ron", &settings, last_attempt(30.0, SILENT));
}

/// Mean of the greatest of so many evenly drawn moments of a pause.
fn greatest(clients: u32, pause: f64) -> f64 {
    pause * f64::from(clients) / f64::from(clients + 1)
}

fn assert_led(scenario: &str, settings: &[&str], expected: f64) {
    let runs = runs(scenario, settings, 400);
    let redirects = runs.iter().map(|run| phase(run, Phase::Redirect));
    assert_mean(&format!("{scenario} {settings:?}"), redirects, expected, 0.15);
}

/// Nobody leads them: whoever tries next finds the new primary. Every silent host on the way costs a time-out of 5 s.
#[test]
fn clients_that_know_all_hosts_find_the_primary_within_one_walk() {
    // Clients have long given up what they had connected when another node is open.
    let settings = ["redirect=Hosts", "clients.statement_timeout=1s", "database.watchdog=None"];
    assert_led("primary-node-crash.ron", &settings, greatest(40, REFUSED));
    assert_led("silent-primary.ron", &settings, greatest(40, REFUSED + 5.0));
    // Of 40 clients 24 are lost with the two hosts of their region.
    assert_led("primary-region-loss.ron", &settings, greatest(16, REFUSED + 2.0 * 5.0));
}

/// Outside its network it is of no use; inside, all clients are led there at once.
#[test]
fn an_address_that_moves_is_found_at_the_next_attempt() {
    let settings =
        ["redirect=VirtualAddress", "virtual_address.takeover=Constant(\"1s\")", "database.watchdog=None"];
    assert_led("primary-node-crash.ron", &settings, VERIFY + 1.0 + greatest(40, REFUSED));
    assert_led("silent-primary.ron", &settings, VERIFY + 1.0 + greatest(40, SILENT));
}

/// The first check after the new primary is open comes evenly within a pause between checks, the last that is needed
/// `rise - 1` pauses later; a proxy without a server refuses at once.
#[test]
fn a_proxy_leads_to_the_primary_when_enough_checks_have_found_it() {
    let proxy = r#"proxy.at=[(name: "lb", site: "doha-b")]"#;
    // The old primary is marked down before another node is open, or some would be sent there still.
    for (check, rise) in [(2, 2), (2, 4), (3, 1)] {
        let (check_is, rise_is) = (format!("proxy.check={check}s"), format!("proxy.rise={rise}"));
        let settings = ["redirect=Proxy", proxy, &check_is, &rise_is, "database.watchdog=None"];
        let marked = f64::from(check) * (0.5 + f64::from(rise - 1));
        assert_led("primary-node-crash.ron", &settings, marked + greatest(40, REFUSED));
    }
}
