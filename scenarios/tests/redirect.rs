//! How clients find the primary: every value can be set, what is wrong is refused with its place, and the linter's sums
//! contain it.

mod common;

use common::{Heartbeats, Loaded, PLAN, SCENARIO, load_changed, load_texts};
use firedrill_scenarios::{Budget, Network, Redirect};
use units::Span;

fn set(settings: &[&str]) -> Loaded {
    load_texts(SCENARIO.as_bytes(), PLAN.as_bytes(), settings)
}

#[test]
fn every_value_can_be_set_from_outside() {
    let plan = set(&[
        "redirect=VirtualAddress",
        "hosts.list=[\"doha-1\", \"doha-2\"]",
        "virtual_address.within=Site",
        "virtual_address.takeover=Constant(\"3s\")",
        "proxy.at=[(name: \"lb\", site: \"doha-a\")]",
        "proxy.check=4s",
        "proxy.check_timeout=1s",
        "proxy.fall=5",
        "proxy.rise=6",
        "proxy.closes_sessions=false",
        "dns.negative_ttl=7s",
        "clients.tcp_timeout=8s",
        "clients.tcp_keepalive=9s",
    ])
    .unwrap()
    .plan;
    assert_eq!((plan.redirect, plan.virtual_address.within), (Redirect::VirtualAddress, Network::Site));
    assert_eq!((plan.hosts.list.len(), plan.proxy.at.len(), plan.proxy.closes_sessions), (2, 1, false));
    assert_eq!((plan.proxy.check, plan.proxy.check_timeout), (Span::from_secs(4), Span::from_secs(1)));
    assert_eq!((plan.proxy.fall, plan.proxy.rise), (5, 6));
    let seconds = [plan.dns.negative_ttl, plan.clients.tcp_timeout, plan.clients.tcp_keepalive];
    assert_eq!(seconds, [7, 8, 9].map(Span::from_secs));
}

#[test]
fn what_leads_nowhere_is_refused_with_its_place() {
    let policy = "policy: (heartbeat: \"5s\")";
    let cases = [
        ("redirect: Hosts, hosts: (list: [\"doha-3\"])", "there is no node 'doha-3'"),
        ("redirect: Hosts, hosts: (list: [\"doha-1\", \"doha-1\"])", "'doha-1' is tried twice"),
        ("redirect: Proxy", "there is no proxy to connect to"),
        ("redirect: Proxy, proxy: (at: [(name: \"lb\", site: \"doha\")])", "a site is expected here"),
        ("redirect: Proxy, proxy: (at: [(name: \"doha-1\", site: \"doha-a\")])", "does not tell this proxy"),
        ("redirect: Proxy, proxy: (at: [(name: \"lb\", site: \"doha-a\")], rise: 0)", "0 checks in a row"),
        ("redirect: Proxy, proxy: (at: [(name: \"lb\", site: \"doha-a\")], check: \"0s\")", "a check takes"),
        ("clients: (tcp_timeout: \"0s\")", "no answer comes at once"),
    ];
    for (section, problem) in cases {
        let told = load_changed(policy, &format!("{section}, {policy}")).unwrap_err().to_string();
        assert!(told.contains(problem) && told.contains("plan.ron:"), "{section}: {told}");
    }
    let strikes = [
        ("CrashProxy(\"lb\")", "this strikes nobody"),
        ("DuplicateAddress(\"doha-2\")", "this strikes nobody"),
        ("DnsWrong(\"doha-9\")", "there is no node 'doha-9'"),
    ];
    for (strike, problem) in strikes {
        let told = load_changed("RegionLoss(\"doha\")", strike).unwrap_err().to_string();
        assert!(told.contains(problem) && told.contains("loss.ron:"), "{strike}: {told}");
    }
}

#[test]
fn what_an_address_or_a_list_cannot_reach_is_named() {
    let told = |settings: &[&str]| {
        let findings = set(settings).unwrap().findings;
        findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let address = told(&["redirect=VirtualAddress"]);
    assert!(address.contains("cannot leave doha: when dukhan-1 or dukhan-2 or ruwais-1"), "{address}");
    let hosts = told(&["redirect=Hosts", "hosts.list=[\"doha-1\", \"doha-2\", \"dukhan-1\"]"]);
    assert!(hosts.contains("never find dukhan-2, ruwais-1"), "{hosts}");
    assert!(told(&["proxy.at=[(name: \"lb\", site: \"doha-a\")]"]).contains("this changes nothing"));
}

/// Detection and decision take up to 15.2 s; a walk past silent hosts 5 s each, the pause after it 5 s.
#[test]
fn the_sums_contain_what_leads_clients_and_what_is_left_of_their_waiting() {
    let redirect = |settings: &[&str]| {
        let budget = Budget::of::<Heartbeats>(&set(settings).unwrap().plan);
        let stage = budget.stages.last().cloned().expect("the last is redirection");
        (stage.least.as_secs_f64().round(), stage.most.as_secs_f64().round())
    };
    assert_eq!(redirect(&[]), (0.0, 50.0), "0.4 to 10 s of change, 30 s of answers, 10 s of attempt");
    assert_eq!(redirect(&["redirect=Hosts"]), (0.0, 25.0), "four of five silent");
    assert_eq!(redirect(&["redirect=VirtualAddress"]), (0.0, 11.0));
    let proxy = ["redirect=Proxy", "proxy.at=[(name: \"lb\", site: \"doha-a\")]", "proxy.rise=4"];
    assert_eq!(redirect(&proxy), (6.0, 18.0));
    let (_, patient) = redirect(&["redirect=Hosts", "clients.statement_timeout=15m"]);
    assert!(patient > 880.0 + 25.0 && patient < 900.0 + 25.0, "15 min from the loss on: {patient}");
    let (_, kernel) =
        redirect(&["redirect=Hosts", "clients.statement_timeout=15m", "clients.tcp_timeout=1m"]);
    assert!(kernel > 40.0 + 25.0 && kernel < 62.0 + 25.0, "{kernel}");
}
