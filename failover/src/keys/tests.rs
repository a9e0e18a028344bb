use evidence::of;
use proptest::prelude::*;
use units::Span;

use super::*;
use crate::consensus::{Durable, Entry, HardState};

const LOG: &[u8] = b"consensus log of n1";

fn kms() -> MemoryKms {
    let mut kms = MemoryKms::default();
    kms.rotate("n1", [7; 32]);
    kms
}

/// A life of the agent: a data key of its own.
fn vault(kms: &mut MemoryKms, life: u8) -> Vault {
    Vault::new(Fresh::of([life; 32]), "n1", kms).expect("the KMS answers")
}

fn durable() -> Durable {
    let entry = Entry { term: 3, index: 1, data: "begin".into() };
    Durable { hard_state: HardState { term: 3, vote: None, commit: 1 }, log: vec![entry] }
}

#[test]
fn a_life_reads_what_an_earlier_one_wrote() {
    let _evidence = of(&["Q-30"]);
    let mut kms = kms();
    let plain = serde_json::to_vec(&durable()).expect("JSON can express it");
    let sealed = vault(&mut kms, 1).seal(LOG, &plain).expect("it is the first");
    assert!(!sealed.bytes.windows(5).any(|part| part == b"begin"), "it is not readable as it is");
    let opened = kms.unwrap(&sealed.key).and_then(|reader| reader.open(LOG, &sealed));
    let read: Durable =
        serde_json::from_slice(&opened.expect("the KMS answers")).expect("it is what was written");
    assert_eq!(read, durable());
}

#[test]
fn a_rotated_key_still_opens_and_a_lost_one_is_named() {
    let _evidence = of(&["Q-30"]);
    let mut kms = kms();
    let old = vault(&mut kms, 1).seal(LOG, b"old").expect("it is the first");
    kms.rotate("n1", [8; 32]);
    let new = vault(&mut kms, 2).seal(LOG, b"new").expect("it is the first");
    assert_eq!((old.key.under.version, new.key.under.version), (1, 2));
    for (sealed, plain) in [(&old, b"old"), (&new, b"new")] {
        let opened = kms.unwrap(&sealed.key).and_then(|reader| reader.open(LOG, sealed));
        assert_eq!(opened.as_deref(), Ok(plain.as_slice()));
    }
    kms.lose("n1");
    let error = kms.unwrap(&old.key).expect_err("the key is gone");
    assert_eq!(
        error.to_string(),
        "the KMS has no key 'n1 v1': what was sealed under it cannot be read any more"
    );
}

#[test]
fn a_starting_agent_waits_for_the_kms_and_gives_up_only_on_a_lost_key() {
    let mut kms = kms();
    let wrapped = vault(&mut kms, 1).key().clone();
    let mut unlock = Unlock::new();
    kms.fails = true;
    let pauses: Vec<u64> = (0..7)
        .map(|_| match unlock.on_answer(kms.unwrap(&wrapped)) {
            Next::AskAgain(pause) => pause.as_nanos() / Span::from_secs(1).as_nanos(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    kms.fails = false;
    assert!(matches!(unlock.on_answer(kms.unwrap(&wrapped)), Next::Start(_)));
    kms.lose("n1");
    let next = unlock.on_answer(kms.unwrap(&wrapped));
    assert_eq!(next.missing(), Some(&wrapped.under));
}

#[test]
fn a_data_key_seals_so_much_and_no_more() {
    let mut vault = vault(&mut kms(), 1);
    vault.wear_out();
    assert!(vault.seal(LOG, b"last").is_ok());
    assert_eq!(vault.seal(LOG, b"one too many"), Err(KeyError::Exhausted));
}

proptest! {
    /// The same text twice gives two nonces and two ciphertexts, over all lives.
    #[test]
    fn no_nonce_is_used_twice_with_a_key(lives in prop::collection::vec(1usize..20, 1..6)) {
        let mut kms = kms();
        let mut used = std::collections::BTreeSet::new();
        for (life, messages) in lives.into_iter().enumerate() {
            let mut vault = vault(&mut kms, life as u8);
            for _ in 0..messages {
                let sealed = vault.seal(LOG, b"the same").expect("far below the limit");
                prop_assert!(used.insert((sealed.key.bytes.clone(), sealed.nonce)));
                prop_assert!(used.insert((sealed.bytes, 0)));
            }
        }
    }

    #[test]
    fn whatever_is_altered_does_not_open(plain in prop::collection::vec(any::<u8>(), 0..64), place in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut kms = kms();
        let sealed = vault(&mut kms, 1).seal(LOG, &plain).expect("it is the first");
        let reader = kms.unwrap(&sealed.key).expect("the KMS answers");
        let mut altered = sealed.clone();
        let place = place.index(altered.bytes.len());
        altered.bytes[place] ^= 1 << bit;
        prop_assert!(reader.open(LOG, &altered).is_err());
        let moved = Sealed { nonce: 1, ..sealed.clone() };
        prop_assert!(reader.open(LOG, &moved).is_err());
        prop_assert!(reader.open(b"audit trail of n1", &sealed).is_err());
        prop_assert_eq!(reader.open(LOG, &sealed), Ok(plain));
    }
}
