//! Storms of epochs: targets that are replaced before they had time to succeed.

use failover::{ConsensusTiming, Decision, Detector, Durability, Policy};
use units::Span;

use crate::faults::Fault;
use crate::group::{Group, configuration};

/// Two servers without a vote, n0 and n4, and three voters; heartbeats are slow, so that what voters said of a server
/// stands for long.
fn two_servers(seed: u64) -> Group {
    let policy = Policy {
        heartbeat: Span::from_secs(10),
        detector: Detector::Missed(2),
        lease: Span::from_secs(30),
        lease_margin: Span::from_secs(2),
        consensus: ConsensusTiming { heartbeat: Span::from_millis(100), election: Span::from_secs(1) },
        cooldown: Span::from_secs(10),
        ..Policy::default()
    };
    let mut config = configuration(5, Durability::Async, policy);
    for (index, member) in config.members.iter_mut().enumerate() {
        (member.votes, member.witness) = (index % 4 != 0, index % 4 != 0);
    }
    Group::with(config, seed, false)
}

fn count(group: &Group, is: impl Fn(&Decision) -> bool) -> usize {
    let mut decided: Vec<String> = Vec::new();
    for (_, _, decision) in group.checks.decisions.iter().filter(|(_, _, decision)| is(decision)) {
        let text = format!("{decision:?}");
        if !decided.contains(&text) {
            decided.push(text);
        }
    }
    decided.len()
}

/// Server 4 led last and is back after a long time. The voters hear it at the same moment, and none has heard yet that the
/// others do.
#[test]
fn a_server_that_is_back_leads_without_a_storm_of_epochs() {
    for seed in 0..20 {
        let mut group = two_servers(seed);
        group.script(60, Fault::PowerOff(0), 540);
        group.script(560, Fault::PowerOff(4), 600);
        group.run_for(1_600);
        assert_eq!(group.checks.violations, Vec::<String>::new(), "seed {seed}");
        assert!(group.primary().is_some(), "seed {seed}");
        let epochs = count(&group, |decision| matches!(decision, Decision::Begins { .. }));
        assert!(epochs <= 3, "seed {seed}: {epochs} epochs for two failovers");
    }
}

/// No promotion works anywhere for two minutes: tries go on, and come ever more rarely.
#[test]
fn plans_that_fail_are_tried_again_ever_more_rarely() {
    for seed in 0..10 {
        let mut group = Group::new(3, Durability::Async, seed);
        group.script(50, Fault::BreakDatabase(1), 120);
        group.script(50, Fault::BreakDatabase(2), 120);
        group.script(60, Fault::PowerOff(0), 400);
        group.run_for(400);
        assert_eq!(group.checks.violations, Vec::<String>::new(), "seed {seed}");
        let epochs = count(&group, |decision| matches!(decision, Decision::Begins { .. }));
        assert!(epochs < 20, "seed {seed}: {epochs} epochs");
        assert!(matches!(group.primary(), Some(1 | 2)), "seed {seed}: it works in the end");
    }
}
