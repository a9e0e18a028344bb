use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use units::Span;

use crate::digest::mix;

/// The name of a stream: a stable hash of what draws and what for. The same on every platform and in every version,
/// because old seeds are worth nothing once it changes.
///
/// Computed once, when the model is built; the hash runs over the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

impl Key {
    /// The stream of `entity` (a link, a node) for one `purpose` (its latency, its crashes).
    pub const fn new(entity: &str, purpose: &str) -> Key {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        let hash = fnv1a(OFFSET, entity.as_bytes());
        // No UTF-8 text contains 0xff, so ("ab", "c") and ("a", "bc") stay apart.
        let hash = fnv1a(hash, &[0xff]);
        Key(mix(fnv1a(hash, purpose.as_bytes())))
    }

    /// The stream of the `n`-th time: the third crash draws the same, however much the second one drew.
    pub const fn occurrence(self, n: u64) -> Key {
        // Mixed on its own first, so that neighbouring keys and neighbouring occurrences cannot meet.
        Key(mix(self.0 ^ mix(n.wrapping_add(0x9e37_79b9_7f4a_7c15))))
    }
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo; RFC 9923).
const fn fnv1a(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

/// A source of random bits, and what is made of them.
pub trait Dice {
    /// 64 random bits.
    fn next_u64(&mut self) -> u64;

    /// Evenly from 0 up to but without 1, in steps of 2^-53.
    #[inline]
    fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1u64 << 53) as f64;
        (self.next_u64() >> 11) as f64 * STEP
    }

    /// Evenly one of `0..n`, without bias (Lemire, "Fast Random Integer Generation in an Interval", 2019).
    ///
    /// # Panics
    ///
    /// If `n` is zero.
    #[inline]
    fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "there is no number below zero to draw");
        let mut product = u128::from(self.next_u64()) * u128::from(n);
        if (product as u64) < n {
            // The lowest 2^64 mod n results of each multiple are one too many.
            let surplus = n.wrapping_neg() % n;
            while (product as u64) < surplus {
                product = u128::from(self.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// Evenly one of the nanoseconds from `lo` to `hi`, both included.
    ///
    /// # Panics
    ///
    /// If `hi` is shorter than `lo`.
    #[inline]
    fn between(&mut self, lo: Span, hi: Span) -> Span {
        assert!(lo <= hi, "no span lies between {lo} and the shorter {hi}");
        let width = (hi - lo).as_nanos();
        match width.checked_add(1) {
            Some(choices) => lo + Span::from_nanos(self.below(choices)),
            None => Span::from_nanos(self.next_u64()),
        }
    }
}

/// A few random numbers for one occasion (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014; [`Streams::brief`] makes it). For what happens so often that a [`Stream`] for every occasion
/// would cost too much, and has to be drawn by occasion all the same: what becomes of the message that a link carries
/// at a moment does not depend on how many it carried before.
#[derive(Clone, Debug)]
pub struct Brief(u64);

impl Dice for Brief {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }
}

/// All random streams of one run, found by [`Key`]; in itself just the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The streams of the run with this seed.
    pub const fn new(seed: u64) -> Streams {
        Streams { seed }
    }

    /// The seed of the run.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The stream named `key`, at its beginning. Depends on seed and key alone.
    pub const fn stream(&self, key: Key) -> Stream {
        Stream { seed: self.seed, key, generator: None }
    }

    /// A few numbers named `key`. Depends on seed and key alone, and on no stream.
    #[inline]
    pub const fn brief(&self, key: Key) -> Brief {
        Brief(mix(self.seed ^ 0x5bf0_3635_dcf8_a1c3) ^ key.0)
    }
}

/// A named sequence of random numbers (ChaCha with 8 rounds; [`Streams::stream`] makes it).
///
/// Making one is free. The first draw seeds the generator, about 70 ns.
#[derive(Clone, Debug)]
pub struct Stream {
    seed: u64,
    key: Key,
    generator: Option<ChaCha8Rng>,
}

impl Stream {
    /// 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        match &mut self.generator {
            Some(generator) => generator.next_u64(),
            None => self.first_u64(),
        }
    }

    #[cold]
    fn first_u64(&mut self) -> u64 {
        self.seeded().next_u64()
    }

    fn seeded(&mut self) -> &mut ChaCha8Rng {
        let mut bytes = *b"................firedrill stream";
        bytes[..8].copy_from_slice(&self.seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.key.0.to_le_bytes());
        self.generator.insert(ChaCha8Rng::from_seed(bytes))
    }

    /// Goes on at this place of the sequence, counted in draws of 64 bits from its beginning. Many who draw little can
    /// share a stream so, each at places of its own: what one of them draws changes nothing for another. The next few
    /// places are near; further ones cost as much as a stream of one's own.
    pub fn go_to(&mut self, place: u64) {
        const NEAR: u128 = 16;
        if self.generator.is_none() {
            self.seeded();
        }
        let Some(generator) = &mut self.generator else { return };
        let (at, wanted) = (generator.get_word_pos(), u128::from(place) * 2);
        match wanted.checked_sub(at) {
            Some(ahead) if ahead <= 2 * NEAR => (0..ahead / 2).for_each(|_| {
                generator.next_u64();
            }),
            _ => generator.set_word_pos(wanted),
        }
    }

    /// Evenly from 0 up to but without 1, in steps of 2^-53.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        Dice::unit(self)
    }

    /// Evenly one of `0..n`, without bias.
    ///
    /// # Panics
    ///
    /// If `n` is zero.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        Dice::below(self, n)
    }

    /// Evenly one of the nanoseconds from `lo` to `hi`, both included.
    ///
    /// # Panics
    ///
    /// If `hi` is shorter than `lo`.
    pub fn between(&mut self, lo: Span, hi: Span) -> Span {
        Dice::between(self, lo, hi)
    }

    /// True with probability `p`: never at 0 or below (or NaN), always at 1 and above. Always takes one draw, so that a
    /// changed probability does not shift the rest of the stream.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }
}

impl Dice for Stream {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        Stream::next_u64(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_holds_the_same_however_one_comes_there() {
        let streams = Streams::new(7);
        let key = Key::new("clients", "attempt");
        let mut all = streams.stream(key);
        let numbers: Vec<u64> = (0..400).map(|_| all.next_u64()).collect();
        let mut jumping = streams.stream(key);
        for place in [0, 3, 4, 8, 8, 31, 32, 33, 47, 64, 399, 2, 100, 117, 96, 31, 30] {
            jumping.go_to(place);
            assert_eq!(jumping.next_u64(), numbers[place as usize], "{place}");
        }
    }
}
