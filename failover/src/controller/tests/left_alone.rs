//! A member without a vote hears the primary and whoever leads consensus, and tells people when it hears neither.

use super::*;
use crate::alert::Concern;

/// The fourth of four members, which has no vote; the first is primary and leads.
fn bystander(mut config: Configuration) -> Bench {
    config.members.push(Member { name: "d".to_owned(), votes: false, ..config.members[0].clone() });
    let node =
        Controller::new(NodeId(3), Arc::new(config), &Durable::founded(NodeId(0), false), 1, seconds(0.0));
    let mut bench = Bench::with(node.expect("it is sound"));
    let (database, coordinator) = (database(Role::Replica), Some(NodeId(0)));
    bench.at(0.0, Input::Start { database, first_boot: true, coordinator, generation: 1, lease: None });
    bench
}

/// What people are told until then, second by second.
fn told(bench: &mut Bench, until: u32) -> Vec<(u32, Concern)> {
    let mut told = Vec::new();
    for second in 1..=until {
        bench.wakes(f64::from(second), Role::Replica);
        told.extend(bench.wants.iter().filter_map(|effect| match effect {
            Effect::Alert(alert) => Some((second, alert.what)),
            _ => None,
        }));
    }
    told
}

#[test]
fn it_tells_that_it_hears_nobody_who_decides_and_that_it_does_again() {
    let mut bench = bystander(config());
    let policy = Policy::default();
    let elects = 3 * policy.consensus.election.as_secs_f64() as u32;
    let silent = policy.suspicion().as_secs_f64() as u32;
    let end = silent + 2 * elects;
    let lost = told(&mut bench, end);
    let [(second, Concern::QuorumLost)] = lost[..] else { panic!("told {lost:?}") };
    assert!((silent + elects..=silent + elects + 2).contains(&second), "at {second} s after {silent} s");
    bench.at(f64::from(end) + 0.5, beat_of(0, f64::from(end)));
    assert!(bench.wants.contains(&Effect::Alert(Concern::QuorumRegained.into())), "{:?}", bench.wants);
}

#[test]
fn as_long_as_somebody_leads_a_silent_primary_is_for_others_to_tell_of() {
    let mut config = config();
    config.policy.consensus.election = Span::from_secs(600);
    let mut bench = bystander(config);
    let silent = Policy::default().suspicion().as_secs_f64() as u32;
    assert_eq!(told(&mut bench, 10 * silent), []);
    assert!(bench.node.suspects.contains(NodeId(0)));
}
