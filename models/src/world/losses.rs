//! Lost messages: which is the next one that a link loses by itself is drawn once, not one chance per message.
//!
//! A link's time is divided into windows, and a window has places for more messages than a link carries in one:
//!
//! ```text
//!   window   |      0      |      1      |      2      |
//!   places   |. . . . . . .|. . . x . . .|x . . . . . .|      x: whoever comes there is lost
//!   messages |1 2          |1 2 3        |1            |      the first of window 2
//! ```
//!
//! Each place is bad with probability p, so the places between two bad ones are geometric: a draw for each bad place.
//! Which place a message has is known from its window alone. So whoever leaps over whole windows meets the losses that
//! those find who do not, and knows before which window it has to be back.

use sim::{Dice, Key, SimTime, Streams};
use units::Span;

use crate::logic::Terms;

/// Every link's windows and its next bad place.
#[derive(Debug, Default)]
pub(super) struct Losses {
    links: Vec<Link>,
    window: Span,
    places: u64,
    /// No link carries more than this in a window while all is as usual.
    usual_most: u64,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    /// The window in which it carried something last, and how much.
    window: u64,
    carried: u64,
    /// How much it carried in the window before that.
    before: u64,
    /// It carries no more than this in a window while all is as usual.
    usual: u64,
    bad: Bad,
}

/// The next bad place, counted from the first place of the first window.
#[derive(Clone, Copy, Debug)]
struct Bad {
    place: u64,
    drawn: u64,
}

impl Losses {
    /// Links on which nothing was sent yet, between members whose terms are these.
    pub(super) fn reset(&mut self, links: usize, terms: &Terms) {
        let chatter = terms.chatter.unwrap_or(terms.heartbeat);
        self.window = terms.round();
        // A heartbeat, a message of consensus, and an answer to each.
        let kinds =
            [terms.heartbeat, chatter].map(|every| self.window.as_nanos() / every.as_nanos().max(1) + 2);
        self.usual_most = kinds.iter().sum::<u64>().saturating_mul(2);
        self.places = self.usual_most.saturating_mul(2);
        self.links.clear();
        let bad = Bad { place: 0, drawn: 0 };
        self.links.resize(links, Link { window: 0, carried: 0, before: 0, usual: self.usual_most, bad });
    }

    /// Whether the link loses the message that is sent now, each with probability `chance`.
    pub(super) fn takes(
        &mut self,
        now: SimTime,
        link: usize,
        chance: f64,
        key: Key,
        streams: Streams,
    ) -> bool {
        if chance <= 0.0 {
            return false;
        }
        let dice = Dealt { chance, key: losses_of(key), streams };
        let window = now.as_nanos() / self.window.as_nanos();
        let link = &mut self.links[link];
        if link.window != window {
            link.before = if link.window + 1 == window { link.carried } else { 0 };
            (link.window, link.carried) = (window, 0);
        }
        let place = link.carried;
        link.carried += 1;
        if place >= self.places {
            // More than a window has places for: each for itself.
            return streams.brief(dice.key.occurrence(window).occurrence(place)).unit() < chance;
        }
        let place = window * self.places + place;
        link.bad.seek(place, &dice);
        link.bad.place == place
    }

    /// When the window of `at` begins. What a link loses in a window in which anything unusual is sent depends on all that
    /// it carried there.
    pub(super) fn window_start(&self, at: SimTime) -> SimTime {
        let window = self.window.as_nanos();
        SimTime::from_nanos(at.as_nanos() / window * window)
    }

    /// All has been as usual for more than a window: what a link carried in this and the one before it may carry in any,
    /// and somewhat more where messages are late or early.
    pub(super) fn observe(&mut self, now: SimTime) {
        let this = now.as_nanos() / self.window.as_nanos();
        for link in &mut self.links {
            let carried = match this - link.window {
                0 => link.carried + link.before,
                1 => link.carried,
                _ => 0,
            };
            link.usual = (carried + 2).min(self.usual_most);
        }
    }

    /// When the first window begins in which the link may yet lose something of its usual traffic, at most `horizon`; of
    /// what passed in the window of `now` before, nothing can be lost any more.
    pub(super) fn first(
        &self,
        now: SimTime,
        horizon: SimTime,
        link: usize,
        chance: f64,
        key: Key,
        streams: Streams,
    ) -> SimTime {
        if chance <= 0.0 {
            return horizon;
        }
        let dice = Dealt { chance, key: losses_of(key), streams };
        let this = now.as_nanos() / self.window.as_nanos();
        let Link { usual, window, carried, mut bad, .. } = self.links[link];
        let passed = if window == this { carried.min(self.places) } else { 0 };
        bad.seek(this.saturating_mul(self.places).saturating_add(passed), &dice);
        loop {
            let start = SimTime::from_nanos((bad.place / self.places).saturating_mul(self.window.as_nanos()));
            if start >= horizon {
                return horizon;
            }
            if bad.place % self.places < usual {
                return start;
            }
            bad.seek(bad.place + 1, &dice);
        }
    }
}

/// What the bad places of a link are drawn from.
struct Dealt {
    chance: f64,
    key: Key,
    streams: Streams,
}

/// Apart from the moments by which the link's latencies are drawn: no run lasts so long.
fn losses_of(link: Key) -> Key {
    link.occurrence(u64::MAX)
}

impl Bad {
    /// The first bad place that is not before `place`.
    fn seek(&mut self, place: u64, dice: &Dealt) {
        if self.drawn == 0 {
            self.place = dice.gap(0);
            self.drawn = 1;
        }
        while self.place < place {
            self.place = (self.place + 1).saturating_add(dice.gap(self.drawn));
            self.drawn += 1;
        }
    }
}

impl Dealt {
    /// Good places before the next bad one, by inversion: the least n of which (1-p)^(n+1) is below a number drawn evenly.
    fn gap(&self, number: u64) -> u64 {
        let even = 1.0 - self.streams.brief(self.key.occurrence(number)).unit();
        match self.chance {
            always if always >= 1.0 => 0,
            // Saturates: a loss less likely than 1 in 10^16 does not happen.
            rare => (libm::log(even) / libm::log1p(-rare)) as u64,
        }
    }
}

#[cfg(test)]
mod tests;
