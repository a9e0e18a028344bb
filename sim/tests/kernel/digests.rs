use firedrill_sim::Digest;
use proptest::prelude::*;

fn digest_of(words: &[u64]) -> Digest {
    let mut digest = Digest::new();
    words.iter().for_each(|&word| digest.word(word));
    digest
}

proptest! {
    #[test]
    fn order_matters(words in prop::collection::vec(0..50u64, 2..40), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
        let (a, b) = (a.index(words.len()), b.index(words.len()));
        let mut swapped = words.clone();
        swapped.swap(a, b);
        prop_assert_eq!(digest_of(&words) == digest_of(&swapped), words[a] == words[b]);
    }

    #[test]
    fn one_changed_word_always_shows(words in prop::collection::vec(any::<u64>(), 1..40), at in any::<prop::sample::Index>(), flip in 1..u64::MAX) {
        let mut changed = words.clone();
        changed[at.index(words.len())] ^= flip;
        prop_assert_ne!(digest_of(&words), digest_of(&changed));
    }

    #[test]
    fn a_missing_word_shows_even_if_it_is_zero(words in prop::collection::vec(any::<u64>(), 0..20)) {
        let mut longer = words.clone();
        longer.push(0);
        prop_assert_ne!(digest_of(&words), digest_of(&longer));
    }
}

/// Flips every bit of every one of three words, over many histories, and counts how often each bit of the value follows.
#[test]
fn each_bit_of_the_value_follows_half_of_the_flips_of_each_bit_of_a_word() {
    const HISTORIES: u64 = 2_000;
    for position in 0..3 {
        for bit in 0..64 {
            let mut followed = [0u64; 64];
            for history in 0..HISTORIES {
                let mut words = [history, history * 3, 17];
                let before = digest_of(&words).value();
                words[position] ^= 1 << bit;
                let changed = before ^ digest_of(&words).value();
                (0..64).for_each(|out| followed[out] += (changed >> out) & 1);
            }
            // Six standard deviations of a fair coin, over 12,288 coins.
            let fair = |count: u64| count.abs_diff(HISTORIES / 2) < 6 * 23;
            assert!(followed.into_iter().all(fair), "word {position}, bit {bit}: {followed:?}");
        }
    }
}

/// Histories of small, similar words, as simulations make them: time, sequence number, event.
#[test]
fn a_million_similar_histories_have_a_million_digests() {
    let mut values: Vec<u64> = (0..1_000_000u64)
        .map(|n| digest_of(&[n % 100 * 1_000_000, n / 100 % 100, n / 10_000]).value())
        .collect();
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), 1_000_000);
}

#[test]
fn it_is_shown_as_16_hexadecimal_digits() {
    let digest = digest_of(&[1, 2, 3]);
    assert_eq!(digest.to_string().len(), 16);
    assert_eq!(u64::from_str_radix(&digest.to_string(), 16), Ok(digest.value()));
    assert_eq!(format!("{digest:x}"), digest.to_string());
}
