//! Requests by the hundred: what is dropped unread is dropped alike, one by one or many at once.

use proptest::prelude::*;

use super::*;
use crate::access::{Access, Ask, PersonRole, Principal, RateLimit, Request, Signature, Unsigned, WallTime};

fn guarded() -> Bench {
    let dana = Principal { name: "dana".to_owned(), role: PersonRole::Operator, key: None };
    let rate = RateLimit { burst: 3, refill: Span::from_millis(400) };
    let access = Access { people: vec![dana], rate, ..Access::default() };
    let mut config = config();
    config.policy.access = access;
    Bench::of(config)
}

/// Signed by nobody.
fn request(name: &str, wall: WallTime) -> Input {
    let said = Unsigned { from: name.to_owned(), at: wall, nonce: 7, ask: Ask::Failover { to: None } };
    Input::Request { wall, request: Box::new(Request { said, signature: Signature::from_bytes([1; 64]) }) }
}

fn wall_at(second: f64) -> WallTime {
    WallTime::from_nanos(seconds(second).as_nanos() + 9)
}

proptest! {
    /// Whatever is handed in, and whenever it wakes between: the same comes of it. Dropping many at once is of use where
    /// a flood is more than somebody's bucket holds.
    #[test]
    fn many_at_once_are_dropped_like_one_after_another(
        bursts in prop::collection::vec((1u32..900, 0u32..30, prop::bool::ANY, prop::bool::ANY), 1..60),
    ) {
        let (mut patient, mut quick) = (guarded(), guarded());
        let mut second = 0.5;
        for (pause, requests, stranger, wakes) in bursts {
            second += f64::from(pause) / 1_000.0;
            if wakes {
                patient.wakes(second, Role::Primary);
                quick.wakes(second, Role::Primary);
                prop_assert_eq!(&patient.wants, &quick.wants);
            }
            let (name, wall) = (if stranger { "mallory" } else { "dana" }, wall_at(second));
            let mut told = Vec::new();
            for _ in 0..requests {
                patient.at(second, request(name, wall));
                told.append(&mut patient.wants);
            }
            let mut left = requests;
            while left > 0 {
                let many = left - left / 2;
                if quick.node.drop_unread(seconds(second), wall, name, many) {
                    left -= many;
                    continue;
                }
                quick.at(second, request(name, wall));
                left -= 1;
                let ours: Vec<Effect> = told.drain(..quick.wants.len().min(told.len())).collect();
                prop_assert_eq!(&ours, &quick.wants);
            }
            prop_assert!(told.is_empty(), "only one of both says {:?}", told);
            prop_assert_eq!(patient.node.due(), quick.node.due());
        }
        patient.wakes(second + 20.0, Role::Primary);
        quick.wakes(second + 20.0, Role::Primary);
        prop_assert_eq!(&patient.wants, &quick.wants);
    }
}

#[test]
fn a_flood_is_dropped_at_once_and_its_number_told() {
    let mut bench = guarded();
    let dropped = |bench: &mut Bench, many| bench.node.drop_unread(seconds(1.0), wall_at(1.0), "dana", many);
    assert!(!dropped(&mut bench, 9), "whoever was not woken has something else to look at first");
    for _ in 0..3 {
        bench.at(1.0, request("dana", wall_at(1.0)));
        assert!(bench.wants.iter().any(|effect| matches!(effect, Effect::Decided(Decision::Denies { .. }))));
    }
    assert!(dropped(&mut bench, 90), "her bucket is empty");
    assert!(!bench.node.drop_unread(seconds(1.0), wall_at(1.0), "mallory", 1), "nobody asked in that name");
    bench.wakes(3.5, Role::Primary);
    let told = |effect: &Effect| matches!(effect, Effect::Decided(Decision::Sheds { requests: 90 }));
    assert!(bench.wants.iter().any(told), "{:?}", bench.wants);
}
