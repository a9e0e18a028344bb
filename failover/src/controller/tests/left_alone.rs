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

/// A heartbeat as its rhythm has it.
fn beat_in_turn(peer: u16, sent: u32) -> Input {
    let Input::Received { from, mut message } = beat_of(peer, f64::from(sent)) else { unreachable!() };
    if let Content::Heartbeat(beat) = &mut message.content {
        beat.out_of_turn = false;
    }
    Input::Received { from, message }
}

/// It hears from a voter that has yet to learn that it is not the primary any more, and then does not: nothing is late.
#[test]
fn whoever_is_not_expected_to_beat_to_it_is_never_late() {
    let mut bench = bystander(config());
    let mut late = Vec::new();
    for second in 1..=23_u32 {
        bench.wakes(f64::from(second), Role::Replica);
        let from = match second {
            1 | 23 => 1,
            2 | 7 | 12 | 22 => 0,
            _ => continue,
        };
        bench.at(f64::from(second), beat_in_turn(from, second));
        if bench.wants.iter().any(|effect| matches!(effect, Effect::Alert(_))) {
            late.push(second);
        }
    }
    assert_eq!(late, [22], "the primary is late, and another not awaited");
}
