use evidence::of;
use proptest::prelude::*;
use units::Span;

use super::*;
use crate::time::Instant;

const NOON: WallTime = WallTime::from_nanos(1_800_000_000_000_000_000);

fn key(name: &str) -> SigningKey {
    let mut secret = [7; 32];
    secret[..name.len()].copy_from_slice(name.as_bytes());
    SigningKey::from_secret(&secret)
}

fn person(name: &str, role: PersonRole) -> Principal {
    Principal { name: name.to_owned(), role, key: Some(key(name).public()) }
}

fn access() -> Access {
    let people = vec![
        person("victor", PersonRole::Viewer),
        person("olga", PersonRole::Operator),
        person("omar", PersonRole::Operator),
        person("ada", PersonRole::Admin),
    ];
    Access { people, ..Access::default() }
}

fn said(from: &str, nonce: u64, ask: Ask) -> Unsigned {
    Unsigned { from: from.to_owned(), at: NOON, nonce, ask }
}

fn signed(from: &str, nonce: u64, ask: Ask) -> Request {
    said(from, nonce, ask).sign(&key(from))
}

const FAILOVER: Ask = Ask::Failover { to: None };

fn gate() -> Gate {
    Gate::new(&access(), Instant::ZERO)
}

fn admit(gate: &mut Gate, request: &Request) -> Result<PersonRole, Denial> {
    gate.admit(Instant::ZERO, NOON, request)
}

fn order(from: &str, nonce: u64, ask: Ask) -> Order {
    let request = said(from, nonce, ask);
    let role = access().person(from).expect("one of the people").role;
    let (id, expires) = (request.id(), NOON + Span::from_secs(900));
    Order { id, by: request.from, role, at: request.at, nonce, ask, needed: 1, expires }
}

#[test]
fn each_call_takes_its_role_and_nobody_else_gets_in() {
    let _evidence = of(&["Q-21", "Q-23"]);
    let mut gate = gate();
    assert_eq!(admit(&mut gate, &signed("victor", 1, Ask::Status)), Ok(PersonRole::Viewer));
    assert_eq!(admit(&mut gate, &signed("victor", 2, FAILOVER)), Err(Denial::RoleForbids));
    assert_eq!(admit(&mut gate, &signed("olga", 1, FAILOVER)), Ok(PersonRole::Operator));
    assert_eq!(admit(&mut gate, &signed("mallory", 1, FAILOVER)), Err(Denial::UnknownPrincipal));
    let forged = said("olga", 2, FAILOVER).sign(&key("mallory"));
    assert_eq!(admit(&mut gate, &forged), Err(Denial::BadSignature));
    let keyless =
        Access { people: vec![Principal { key: None, ..person("olga", PersonRole::Admin) }], ..access() };
    let mut gate = Gate::new(&keyless, Instant::ZERO);
    assert_eq!(admit(&mut gate, &signed("olga", 1, FAILOVER)), Err(Denial::BadSignature));
}

#[test]
fn a_request_is_good_for_its_window_and_once() {
    let _evidence = of(&["Q-28"]);
    let (mut gate, request) = (gate(), signed("olga", 1, FAILOVER));
    let window = Span::from_secs(30);
    for wall in [NOON + window, WallTime::from_nanos(NOON.as_nanos() - window.as_nanos())] {
        assert!(gate.admit(Instant::ZERO, wall, &request).is_ok());
    }
    let late = NOON + window + Span::from_nanos(1);
    assert_eq!(gate.admit(Instant::ZERO, late, &request), Err(Denial::OutsideWindow));
    let status = signed("olga", 2, Ask::Status);
    assert!(admit(&mut gate, &status).is_ok());
    assert_eq!(admit(&mut gate, &status), Err(Denial::Replayed));
    let mut ledger = Ledger::default();
    let asked = order("olga", 1, FAILOVER);
    assert!(ledger.order(&asked).is_ok());
    assert_eq!(ledger.order(&asked), Err(Denial::Replayed));
    ledger.operation = None;
    assert_eq!(ledger.order(&asked), Err(Denial::Replayed), "even when it has been carried out");
}

#[test]
fn nobody_approves_what_he_asked_for_and_nobody_approves_twice() {
    let _evidence = of(&["Q-22", "Q-07"]);
    let mut ledger = Ledger::default();
    let asked = Order { needed: 2, ..order("ada", 1, FAILOVER) };
    let waits = |missing| Ok(Progress::Waits { operation: asked.id, missing });
    assert_eq!(ledger.order(&asked), waits(2));
    assert_eq!(ledger.order(&order("ada", 2, Ask::Approve(asked.id))), Err(Denial::OwnRequest));
    assert_eq!(ledger.order(&order("olga", 1, Ask::Approve(asked.id))), waits(1));
    assert_eq!(ledger.order(&order("olga", 2, Ask::Approve(asked.id))), Err(Denial::AlreadyApproved));
    assert_eq!(ledger.order(&order("omar", 1, Ask::Approve(5.into()))), Err(Denial::NothingWaits));
    assert!(ledger.approved().is_none());
    let approved = Ok(Progress::Approved { operation: asked.id });
    assert_eq!(ledger.order(&order("omar", 2, Ask::Approve(asked.id))), approved);
    assert_eq!(ledger.approved().map(|operation| operation.id), Some(asked.id));
}

#[test]
fn one_operation_waits_at_a_time_and_is_cancelled_by_its_owner_or_an_admin() {
    let mut ledger = Ledger::default();
    let asked = order("olga", 1, FAILOVER);
    assert!(ledger.order(&asked).is_ok());
    assert_eq!(ledger.order(&order("omar", 1, FAILOVER)), Err(Denial::AnotherWaits));
    assert_eq!(ledger.order(&order("omar", 2, Ask::Cancel(asked.id))), Err(Denial::RoleForbids));
    let cancelled = Ok(Progress::Cancelled { operation: asked.id });
    assert_eq!(ledger.clone().order(&order("olga", 2, Ask::Cancel(asked.id))), cancelled);
    assert_eq!(ledger.order(&order("ada", 1, Ask::Cancel(asked.id))), cancelled);
    assert!(ledger.operation.is_none());
}

#[test]
fn a_flood_in_one_name_leaves_the_others() {
    let _evidence = of(&["Q-29"]);
    let mut gate = gate();
    let forged = said("olga", 1, FAILOVER).sign(&key("mallory"));
    let answers: Vec<_> = (0..100).map(|_| admit(&mut gate, &forged)).collect();
    assert_eq!(answers.iter().filter(|answer| **answer == Err(Denial::BadSignature)).count(), 10);
    assert_eq!(answers.iter().filter(|answer| **answer == Err(Denial::RateLimited)).count(), 90);
    let strangers = (0..100).map(|nonce| admit(&mut gate, &signed("mallory", nonce, FAILOVER)));
    assert_eq!(strangers.filter(|answer| *answer == Err(Denial::UnknownPrincipal)).count(), 10);
    assert!(admit(&mut gate, &signed("omar", 1, FAILOVER)).is_ok());
    let later = Instant::ZERO + Span::from_secs(3);
    assert!(gate.admit(later, NOON, &signed("olga", 2, FAILOVER)).is_ok());
}

/// A recorded signature stays good as long as these bytes do.
#[test]
fn the_canonical_form_stays_what_it_is() {
    let window = Some(Window { from: WallTime::from_nanos(1), until: WallTime::from_nanos(2) });
    let said = Unsigned {
        from: "ada".to_owned(),
        at: WallTime::from_nanos(3),
        nonce: 4,
        ask: Ask::Switchover { to: NodeId(5), window },
    };
    let mut expected = b"firedrill request 1\0\x03ada".to_vec();
    expected.extend([0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 2, 0, 5, 1]);
    expected.extend([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
    assert_eq!(said.canonical(), expected);
}

/// RFC 8032, section 7.1, test 1: the secret and the public key belong together.
#[test]
fn keys_are_those_of_the_standard() {
    let secret: PublicKey =
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60".parse().unwrap();
    let text: String = secret.into();
    let bytes: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect();
    let public = SigningKey::from_secret(&bytes.try_into().unwrap()).public();
    assert_eq!(String::from(public), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    assert!("d75a".parse::<PublicKey>().unwrap_err().to_string().contains("64 hexadecimal"));
    let one = PublicKey::from_bytes({
        let mut bytes = [0; 32];
        bytes[0] = 1;
        bytes
    });
    assert!(one.verifier().is_none(), "the neutral element vouches for anything");
}

fn asks() -> impl Strategy<Value = Ask> {
    let window = prop::option::of((any::<u64>(), any::<u64>()).prop_map(|(from, until)| Window {
        from: WallTime::from_nanos(from),
        until: WallTime::from_nanos(until),
    }));
    prop_oneof![
        Just(Ask::Status),
        prop::option::of(any::<u16>()).prop_map(|to| Ask::Failover { to: to.map(NodeId) }),
        (any::<u16>(), window).prop_map(|(to, window)| Ask::Switchover { to: NodeId(to), window }),
        any::<u128>().prop_map(|id| Ask::Approve(id.into())),
        any::<u128>().prop_map(|id| Ask::Cancel(id.into())),
    ]
}

fn requests() -> impl Strategy<Value = Unsigned> {
    ("[a-z]{0,5}", any::<u64>(), any::<u64>(), asks()).prop_map(|(from, at, nonce, ask)| Unsigned {
        from,
        at: WallTime::from_nanos(at),
        nonce,
        ask,
    })
}

proptest! {
    /// Two requests that differ in anything differ in their bytes, so a signature is good for one only.
    #[test]
    fn no_two_requests_share_their_bytes(one in requests(), other in requests()) {
        prop_assert_eq!(one == other, one.canonical() == other.canonical());
        prop_assert_eq!(one == other, one.id() == other.id());
    }

    /// Whichever bit of the signature or of what was said is changed, the signature is not good any more.
    #[test]
    fn no_change_survives_the_signature(said in requests(), other in requests(), bit in 0usize..512) {
        let verifier = key("ada").public().verifier().expect("a key");
        let request = said.clone().sign(&key("ada"));
        prop_assert!(request.is_signed_by(&verifier));
        let text: String = request.signature.into();
        let mut bytes: Vec<u8> = (0..64).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let signature = Signature::from_bytes(bytes.try_into().unwrap());
        let bent = Request { signature, said: said.clone() };
        prop_assert!(!bent.is_signed_by(&verifier));
        if other != said {
            let swapped = Request { said: other, ..request };
            prop_assert!(!swapped.is_signed_by(&verifier));
        }
    }

    #[test]
    fn a_request_survives_the_wire(said in requests()) {
        let request = said.sign(&key("omar"));
        let read: Request = serde_json::from_slice(&serde_json::to_vec(&request).unwrap()).unwrap();
        prop_assert_eq!(read, request);
    }

    /// However requests come, again and out of order: none is granted twice, and memory is bounded.
    #[test]
    fn nothing_is_seen_as_new_twice(sent in prop::collection::vec((0u64..200, 0u64..50), 0..400)) {
        let mut ledger = Ledger::default();
        let mut granted = std::collections::BTreeSet::new();
        for (at, nonce) in sent {
            let asked = Order { at: NOON + Span::from_secs(at), nonce, ..order("olga", 0, FAILOVER) };
            ledger.operation = None;
            if ledger.order(&asked).is_ok() {
                prop_assert!(granted.insert((at, nonce)));
            }
        }
        prop_assert!(serde_json::to_vec(&ledger).unwrap().len() < 10_000);
    }

    /// Whoever asks and approves in whatever order: what is approved was approved by somebody else.
    #[test]
    fn whatever_is_approved_two_wanted(steps in prop::collection::vec((0usize..3, any::<bool>()), 0..60)) {
        let mut ledger = Ledger::default();
        for (nonce, (who, asks)) in steps.into_iter().enumerate() {
            let from = ["olga", "omar", "ada"][who];
            let waits = ledger.operation.as_ref().map_or(RequestId::from(0), |operation| operation.id);
            let ask = if asks { FAILOVER } else { Ask::Approve(waits) };
            let _ = ledger.order(&order(from, nonce as u64, ask));
            if let Some(operation) = ledger.approved() {
                prop_assert!(operation.approvals.iter().any(|by| *by != operation.by));
                ledger.operation = None;
            }
        }
    }
}
