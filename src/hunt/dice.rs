//! Draws.

use sim::{Key, Stream, Streams};
use units::Span;

/// What one case is drawn with.
pub(super) struct Dice(Stream);

impl Dice {
    /// Those of the case of this number in the hunt of this seed.
    pub fn of(seed: u64, number: u64) -> Dice {
        Dice(Streams::new(seed).stream(Key::new("hunt", "cases").occurrence(number)))
    }

    /// One of `0..n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0.below(n)
    }

    /// One of these.
    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }

    /// So often of a hundred times.
    pub fn often(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// From `least` to `most`, in whole milliseconds: what is drawn is to be read by people.
    pub fn span(&mut self, least: Span, most: Span) -> Span {
        let millis = |span: Span| span.as_nanos() / 1_000_000;
        let (least, most) = (millis(least), millis(most).max(millis(least)));
        Span::from_millis(least + self.below(most - least + 1))
    }
}

/// One of so many equal parts.
pub(super) fn part(of: Span, parts: u64) -> Span {
    Span::from_nanos(of.as_nanos() / parts)
}
