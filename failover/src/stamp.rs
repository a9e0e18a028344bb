//! Nothing counts twice. Every message says which one of its sender's it is, and for which life of its hearer it is meant.
//!
//! ```text
//!   sender's generation | tag: the hearer's generation | number
//!                       | 0: not known yet             |
//! ```
//!
//! Who hears it keeps a window of the numbers heard, as IPsec (RFC 4303, section 3.4.3) and DTLS (RFC 9147, section 4.5.1)
//! do. That is lost in a restart, so what was said to an earlier life is not heard: the tag is that of SCTP (RFC 9260,
//! section 8.5). Whoever starts again tells the others its new generation, and tells it once more to those who speak to the
//! old one. A member that has started, too, since it heard of the sender cannot tell such a first word from an old one, and
//! only answers, so that the next is meant for it.
//!
//! What this does not see: a message that nobody has heard, and that somebody holds back.

use serde::{Deserialize, Serialize};

/// So many numbers, the highest heard among them, are told apart; what is older is dropped unheard. On a link that
/// carries a few messages a second nothing is overtaken by so many.
const WINDOW: u64 = u128::BITS as u64;

/// Bits of a stamp that count messages: at a thousand a second, two years.
const NUMBER: u32 = 36;
/// Bits of the tag: the hearer's generation, but for multiples of the highest tag.
const TAG: u32 = 8;
/// Bits of the sender's generation.
const GENERATION: u32 = u64::BITS - TAG - NUMBER;

/// Which one of its sender's messages this is: one word, since every byte of a message is moved several times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp(u64);

impl Stamp {
    /// Of a sender's generation, which grows with every start from 1 on and is below 2^20, the message of this number to the same
    /// hearer, counted from 1 and below 2^36. What is above counts as the highest: nobody hears anything more then.
    /// `hearer` is the hearer's generation as the sender knows it, 0 if it does not.
    pub fn new(generation: u32, hearer: u32, number: u64) -> Stamp {
        let generation = u64::from(generation).min((1 << GENERATION) - 1);
        let number = number.min((1 << NUMBER) - 1);
        Stamp(generation << (TAG + NUMBER) | u64::from(tag_of(hearer)) << NUMBER | number)
    }

    /// Of which life of its sender it is.
    pub fn generation(self) -> u32 {
        (self.0 >> (TAG + NUMBER)) as u32
    }

    /// How many messages its sender had sent to the same hearer since it started, this one included.
    pub fn number(self) -> u64 {
        self.0 & ((1 << NUMBER) - 1)
    }

    fn tag(self) -> u8 {
        (self.0 >> NUMBER) as u8
    }
}

/// Never 0 for a generation that is known. Few lives are so many that their tags begin anew.
#[inline]
fn tag_of(generation: u32) -> u8 {
    let tags = (1 << TAG) - 1;
    if generation <= tags { generation as u8 } else { ((generation - 1) % tags + 1) as u8 }
}

/// What was heard of one sender's messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard {
    /// Its generation, 0 as long as that is not known.
    generation: u32,
    /// It began while its hearer was there: what it said first was said now.
    witnessed: bool,
    newest: u64,
    /// Bit `n`: number `newest - n` was heard.
    window: u128,
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the first of its sender's generation that is heard.
    NewGeneration,
    /// It was not heard before.
    Fresh,
    /// It was meant for an earlier life of its hearer, or for nobody known, and may be as old as it likes: its sender should
    /// be told of this one.
    Misdirected,
    /// It comes too late: its sender has started again since, or so many were heard meanwhile that nobody can tell whether
    /// this was one of them. Or nobody has stamped it.
    Late,
    /// It was heard before.
    Replayed,
}

impl Heard {
    /// Of a member that starts with its hearer, when neither has said anything before.
    pub fn founded(generation: u32) -> Heard {
        Heard { generation, witnessed: true, ..Heard::default() }
    }

    /// The sender's generation, 0 if that is not known.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether the sender may be in its life `generation` still, 0 if that is not known.
    pub fn may_be_of(&self, generation: u32) -> bool {
        generation == 0 || self.generation == generation
    }

    /// Takes note of a message to a hearer of generation `own`. What comes late because others have overtaken it counts like
    /// any other.
    #[inline]
    pub fn note(&mut self, stamp: Stamp, own: u32) -> Verdict {
        let (generation, number, tag) = (stamp.generation(), stamp.number(), stamp.tag());
        if number == 0 || generation < self.generation {
            return Verdict::Late;
        }
        // Whoever it has met before began this generation since, whatever was played back meanwhile.
        let (begins, met) = (generation > self.generation, self.witnessed || self.newest > 0);
        if begins {
            *self = Heard { generation, witnessed: met, newest: 0, window: 0 };
        }
        let meant = if tag == 0 { self.witnessed } else { tag == tag_of(own) };
        if !meant {
            return Verdict::Misdirected;
        }
        self.note_number(number)
    }

    fn note_number(&mut self, number: u64) -> Verdict {
        if number > self.newest {
            self.window = match number - self.newest {
                // As a rule; and to shift two words by one takes little, by any number much more.
                1 => self.window << 1 | 1,
                ahead if ahead < WINDOW => self.window << ahead | 1,
                _ => 1,
            };
            let before = std::mem::replace(&mut self.newest, number);
            return if before == 0 { Verdict::NewGeneration } else { Verdict::Fresh };
        }
        let behind = self.newest - number;
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
            let mut heard = Heard::founded(1);
            let (mut generation, mut newest) = (1, 0_u64);
            let mut all = BTreeSet::new();
            for (restarts, offset) in steps {
                // One step in so many is a restart of the sender.
                if restarts == 0 && offset < 4 {
                    (generation, newest) = (generation + 1, 0);
                    all.clear();
                }
                let number = (newest + 150).saturating_sub(offset.unsigned_abs()).max(1);
                let said = heard.note(Stamp::new(generation, 3, number), 3);
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
        let mut heard = Heard::founded(1);
        let mut note = |generation, number| heard.note(Stamp::new(generation, 1, number), 1);
        assert_eq!(note(1, 1), Verdict::NewGeneration);
        assert_eq!(note(3, 1), Verdict::NewGeneration);
        assert_eq!(note(1, 2), Verdict::Late);
        assert_eq!(note(2, 900), Verdict::Late);
        assert_eq!(note(3, 2), Verdict::Fresh);
    }

    /// A hearer that has started again knows nothing, and everything that was ever said is played back to it.
    #[test]
    fn what_was_said_to_an_earlier_life_is_not_heard_any_more() {
        let mut heard = Heard::default();
        let to_the_life_before = |number| Stamp::new(4, 1, number);
        assert_eq!(heard.note(to_the_life_before(1), 2), Verdict::Misdirected);
        // Its first word, when it did not know the hearer yet.
        let first = Stamp::new(4, 0, 1);
        assert_eq!(heard.note(first, 2), Verdict::Misdirected);
        assert_eq!(heard.generation(), 4);
        assert_eq!(heard.note(Stamp::new(4, 2, 700), 2), Verdict::NewGeneration);
        assert_eq!(heard.note(Stamp::new(4, 0, 699), 2), Verdict::Misdirected);
        assert_eq!(heard.note(to_the_life_before(698), 2), Verdict::Misdirected);
        assert_eq!(heard.note(Stamp::new(4, 2, 701), 2), Verdict::Fresh);
    }

    /// Somebody plays back a word of an earlier generation to a hearer that has just started: the two come together all the same,
    /// and what else is played back meanwhile is not taken for new.
    #[test]
    fn what_is_played_back_does_not_keep_two_apart() {
        // The hearer is in its second generation, the sender in its third, and knows the first of the hearer.
        let (mut hearer, mut sender) = (Heard::default(), Heard::founded(1));
        assert_eq!(hearer.note(Stamp::new(1, 1, 5), 2), Verdict::Misdirected);
        let told = Stamp::new(2, hearer.generation(), 1);
        assert_eq!(sender.note(told, 3), Verdict::Misdirected);
        assert_eq!(hearer.note(Stamp::new(2, 0, 1), 2), Verdict::Misdirected);
        let told = Stamp::new(3, sender.generation(), 1);
        assert_eq!(hearer.note(told, 2), Verdict::NewGeneration);
        let told = Stamp::new(2, hearer.generation(), 2);
        assert_eq!(sender.note(told, 3), Verdict::NewGeneration);
    }

    /// Whoever was there all the time knows that the first word of a new generation is new.
    #[test]
    fn the_first_word_of_a_new_generation_is_heard_by_who_knew_the_one_before() {
        let mut heard = Heard::founded(1);
        assert_eq!(heard.note(Stamp::new(2, 0, 1), 9), Verdict::NewGeneration);
        assert_eq!(heard.note(Stamp::new(2, 0, 2), 9), Verdict::Fresh);
        assert_eq!(heard.note(Stamp::new(2, 0, 1), 9), Verdict::Replayed);
        assert_eq!(heard.note(Stamp::new(2, 9, 3), 9), Verdict::Fresh);
    }

    #[test]
    fn a_stamp_holds_what_it_was_made_of_up_to_its_bounds() {
        for (generation, number) in [(1, 1), (7, 1 << 35), ((1 << 20) - 1, (1 << 36) - 1)] {
            let stamp = Stamp::new(generation, 300, number);
            assert_eq!((stamp.generation(), stamp.number()), (generation, number));
            assert_eq!(stamp.tag(), tag_of(300));
        }
        assert_eq!(Stamp::new(u32::MAX, 0, u64::MAX), Stamp::new((1 << 20) - 1, 0, (1 << 36) - 1));
        assert!((1..10_000).all(|generation| tag_of(generation) > 0));
        assert!((1..10_000).all(|generation| tag_of(generation) != tag_of(generation + 1)));
    }

    #[test]
    fn what_nobody_stamped_is_not_heard() {
        assert_eq!(Heard::founded(1).note(Stamp::default(), 1), Verdict::Late);
    }
}
