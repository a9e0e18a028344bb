//! Lost messages: which is the next one that a link loses by itself is drawn once, not one chance per message.
//!
//! Where each message is lost with probability p, the number of messages that get through before the next one that
//! does not is geometric. So a message costs a decrement, and whoever leaps over a stretch of time knows how many
//! messages may pass before the next loss, and takes off as many as would have passed.

use sim::{Key, Streams};
use units::Span;

/// Every link's countdown.
#[derive(Debug, Default)]
pub(super) struct Losses {
    links: Vec<Countdown>,
    /// How often a countdown was drawn: at every loss, and where the chance became another one.
    draws: u64,
    /// A stretch of usual traffic that is being watched: the draws before it, and what every link had left.
    draws_before: u64,
    left_before: Vec<u64>,
    /// Messages per stretch and link; what passes in a leap.
    usual: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Countdown {
    /// The probability for which `left` was drawn.
    chance: f64,
    /// Messages that get through before the next loss.
    left: u64,
    /// How many times `left` was drawn.
    drawn: u64,
}

impl Losses {
    pub(super) fn reset(&mut self, links: usize) {
        self.links.clear();
        self.links.resize(links, Countdown { chance: 0.0, left: u64::MAX, drawn: 0 });
        self.draws = 0;
    }

    /// Whether the link loses the message that is sent now. `chance` may be another one than before: what is to
    /// come does not depend on what was.
    pub(super) fn takes(&mut self, link: usize, chance: f64, key: Key, streams: Streams) -> bool {
        let countdown = &mut self.links[link];
        if chance != countdown.chance {
            countdown.draw(chance, key, streams);
            self.draws += 1;
        }
        if countdown.left > 0 {
            countdown.left -= u64::from(chance > 0.0);
            return false;
        }
        countdown.draw(chance, key, streams);
        self.draws += 1;
        true
    }

    /// From now on usual traffic is watched.
    pub(super) fn watch(&mut self) {
        self.draws_before = self.draws;
        self.left_before.clear();
        self.left_before.extend(self.links.iter().map(|link| link.left));
    }

    /// How many more stretches like the one watched no link loses anything in; `None` if one did in that, or its chance
    /// changed.
    pub(super) fn stretches_without(&mut self) -> Option<u64> {
        if self.draws != self.draws_before {
            return None;
        }
        self.usual.clear();
        let links = self.links.iter().zip(&self.left_before);
        self.usual.extend(links.map(|(link, before)| before.saturating_sub(link.left)));
        let left = self.links.iter().zip(&self.usual);
        Some(left.filter_map(|(link, usual)| link.left.checked_div(*usual)).min().unwrap_or(u64::MAX))
    }

    /// The usual traffic of `leapt` passes, where a stretch of it lasts `stretch`.
    pub(super) fn pass(&mut self, leapt: Span, stretch: Span) {
        for (link, usual) in self.links.iter_mut().zip(&self.usual) {
            let messages = u128::from(*usual) * u128::from(leapt.as_nanos()) / u128::from(stretch.as_nanos());
            link.left -= u64::try_from(messages).unwrap_or(u64::MAX).min(link.left);
        }
    }
}

impl Countdown {
    /// By inversion: the least n of which (1-p)^(n+1) is below a number drawn evenly.
    fn draw(&mut self, chance: f64, key: Key, streams: Streams) {
        self.chance = chance;
        let even = 1.0 - streams.stream(key.occurrence(self.drawn)).unit();
        self.drawn += 1;
        self.left = match chance {
            never if never <= 0.0 => u64::MAX,
            always if always >= 1.0 => 0,
            // Saturates: a loss less likely than 1 in 10^16 does not happen.
            rare => (libm::log(even) / libm::log1p(-rare)) as u64,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key::new("a>b", "link");

    /// How many of `messages` are lost, over seeds.
    fn lost(seeds: u64, messages: u64, chance: f64) -> u64 {
        let mut losses = Losses::default();
        let run = |seed| {
            losses.reset(1);
            (0..messages).filter(|_| losses.takes(0, chance, KEY, Streams::new(seed))).count() as u64
        };
        (0..seeds).map(run).sum()
    }

    #[test]
    fn as_many_are_lost_as_the_chance_says() {
        assert_eq!((lost(10, 1_000, 0.0), lost(10, 1_000, 1.0)), (0, 10_000));
        for (chance, messages) in [(0.001, 20_000), (0.1, 200), (0.7, 100)] {
            let (seeds, expected) = (1_000, 1_000.0 * messages as f64 * chance);
            let found = lost(seeds, messages, chance) as f64;
            let sigma = (expected * (1.0 - chance)).sqrt();
            assert!((found - expected).abs() < 4.0 * sigma, "{found} of {expected} at {chance}");
        }
    }

    #[test]
    fn a_changed_chance_counts_from_the_next_message_on() {
        let mut losses = Losses::default();
        losses.reset(1);
        let mut takes = |chance| losses.takes(0, chance, KEY, Streams::new(1));
        assert!(!takes(0.0) && takes(1.0) && takes(1.0) && !takes(0.0));
    }

    #[test]
    fn a_leap_brings_the_next_loss_as_near_as_the_messages_would_have() {
        let (mut stepped, mut leapt) = (Losses::default(), Losses::default());
        let (streams, stretch) = (Streams::new(5), Span::from_secs(10));
        let send = |losses: &mut Losses, count: u64| {
            (0..count).filter(|_| losses.takes(0, 0.001, KEY, streams)).count()
        };
        for losses in [&mut stepped, &mut leapt] {
            losses.reset(1);
            assert_eq!(send(losses, 1), 0);
            losses.watch();
            assert_eq!(send(losses, 7), 0);
        }
        let stretches = leapt.stretches_without().expect("nothing was lost");
        leapt.pass(stretch * stretches, stretch);
        assert_eq!(send(&mut stepped, 7 * stretches), 0);
        assert_eq!(stepped.links[0].left, leapt.links[0].left);
        assert!(stepped.links[0].left < 7, "the leap ends in the stretch of the loss");
    }
}
