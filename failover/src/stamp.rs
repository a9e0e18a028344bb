//! Nothing counts twice: every message says which one of its sender's it is, and who hears it keeps a window of those
//! it has heard, as IPsec (RFC 4303, section 3.4.3) and DTLS (RFC 9147, section 4.5.1) do.

use serde::{Deserialize, Serialize};

/// So many numbers below the highest heard are told apart; what is older is dropped unheard. On a link that carries a
/// few messages a second nothing is overtaken by so many.
const WINDOW: u64 = u128::BITS as u64;

/// Bits of a stamp that count messages: at a thousand a second, eight years.
const NUMBER: u32 = 38;

/// Which one of its sender's messages this is: one word, since every byte of a message is moved several times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp(u64);

impl Stamp {
    /// Of a sender's generation, which grows with every start and is below 2^26, the message of this number to the same
    /// receiver, counted from 1 and below 2^38. What is above counts as the highest: nobody hears anything more then.
    pub fn new(generation: u32, number: u64) -> Stamp {
        let generation = u64::from(generation).min((1 << (u64::BITS - NUMBER)) - 1);
        Stamp(generation << NUMBER | number.min((1 << NUMBER) - 1))
    }

    /// Of which life of its sender it is.
    pub fn generation(self) -> u32 {
        (self.0 >> NUMBER) as u32
    }

    /// How many messages its sender had sent to the same receiver since it started, this one included.
    pub fn number(self) -> u64 {
        self.0 & ((1 << NUMBER) - 1)
    }
}

/// What was heard of one sender's messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard {
    newest: Stamp,
    /// Bit `n`: number `newest.number - n` was heard.
    window: u128,
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the first of its sender's generation that is heard.
    NewGeneration,
    /// It was not heard before.
    Fresh,
    /// It comes too late: its sender has started again since, or so many of its messages were heard meanwhile that
    /// nobody can tell whether this was one of them.
    Late,
    /// It was heard before.
    Replayed,
}

impl Heard {
    /// The generation of what was heard last.
    pub fn generation(&self) -> u32 {
        self.newest.generation()
    }

    /// Takes note of a message. What comes late because others have overtaken it counts like any other.
    pub fn note(&mut self, stamp: Stamp) -> Verdict {
        let (number, newest) = (stamp.number(), self.newest.number());
        if number == 0 || stamp.generation() < self.newest.generation() {
            return Verdict::Late;
        }
        if stamp.generation() > self.newest.generation() || newest == 0 {
            *self = Heard { newest: stamp, window: 1 };
            return Verdict::NewGeneration;
        }
        if number > newest {
            let ahead = number - newest;
            self.window = if ahead < WINDOW { self.window << ahead | 1 } else { 1 };
            self.newest = stamp;
            return Verdict::Fresh;
        }
        let behind = newest - number;
        if behind >= WINDOW {
            return Verdict::Late;
        }
        if self.window >> behind & 1 == 1 {
            return Verdict::Replayed;
        }
        self.window |= 1 << behind;
        Verdict::Fresh
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever order messages come in, each is heard once at most, and each that is not far behind is heard.
        #[test]
        fn a_window_hears_what_a_set_of_all_numbers_hears(steps in prop::collection::vec((0u64..3, 0i64..300), 1..400)) {
            let mut heard = Heard::default();
            let (mut generation, mut newest) = (1, 0_u64);
            let mut all = BTreeSet::new();
            for (restarts, offset) in steps {
                // One step in so many is a restart of the sender.
                if restarts == 0 && offset < 4 {
                    (generation, newest) = (generation + 1, 0);
                    all.clear();
                }
                let number = (newest + 150).saturating_sub(offset.unsigned_abs()).max(1);
                let said = heard.note(Stamp::new(generation, number));
                let expected = match () {
                    () if newest == 0 => Verdict::NewGeneration,
                    () if number + WINDOW <= newest => Verdict::Late,
                    () if all.contains(&number) => Verdict::Replayed,
                    () => Verdict::Fresh,
                };
                prop_assert_eq!(said, expected, "{} after {}", number, newest);
                all.insert(number);
                newest = newest.max(number);
            }
        }
    }

    #[test]
    fn what_an_earlier_generation_said_is_not_heard_any_more() {
        let mut heard = Heard::default();
        assert_eq!(heard.note(Stamp::new(0, 1)), Verdict::NewGeneration);
        assert_eq!(heard.note(Stamp::new(3, 1)), Verdict::NewGeneration);
        assert_eq!(heard.note(Stamp::new(0, 2)), Verdict::Late);
        assert_eq!(heard.note(Stamp::new(2, 900)), Verdict::Late);
        assert_eq!(heard.note(Stamp::new(3, 2)), Verdict::Fresh);
    }

    #[test]
    fn a_stamp_holds_what_it_was_made_of_up_to_its_bounds() {
        for (generation, number) in [(0, 1), (7, 1 << 37), ((1 << 26) - 1, (1 << 38) - 1)] {
            let stamp = Stamp::new(generation, number);
            assert_eq!((stamp.generation(), stamp.number()), (generation, number));
        }
        assert_eq!(Stamp::new(u32::MAX, u64::MAX), Stamp::new((1 << 26) - 1, (1 << 38) - 1));
    }

    #[test]
    fn what_nobody_stamped_is_not_heard() {
        assert_eq!(Heard::default().note(Stamp::default()), Verdict::Late);
    }
}
