//! What becomes of a message is drawn for the link that carries it and the moment at which it is sent, not one after
//! the other: whoever leaps over a stretch of time meets the latencies that those find who do not.

use sim::{Brief, Key, SimTime, Streams};

/// Per link, what it carried last.
#[derive(Debug, Default)]
pub(super) struct Links {
    last: Vec<Last>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    at: SimTime,
    /// How many more at that very moment.
    more: u32,
}

impl Links {
    /// No link has carried anything yet.
    pub(super) fn reset(&mut self, links: usize) {
        self.last.clear();
        self.last.resize(links, Last { at: SimTime::MAX, more: 0 });
    }

    /// What the message draws that a link carries from `now` on, by the link's index and key.
    #[inline]
    pub(super) fn dice(&mut self, now: SimTime, link: usize, key: Key, streams: Streams) -> Brief {
        let last = &mut self.last[link];
        if last.at != now {
            *last = Last { at: now, more: 0 };
            return streams.brief(key.occurrence(now.as_nanos()));
        }
        last.more += 1;
        streams.brief(key.occurrence(now.as_nanos()).occurrence(last.more.into()))
    }
}

#[cfg(test)]
mod tests {
    use sim::Dice;
    use units::Span;

    use super::*;

    const KEYS: [Key; 2] = [Key::new("a>b", "link"), Key::new("b>a", "link")];

    fn at(millis: u64) -> SimTime {
        SimTime::ZERO + Span::from_millis(millis)
    }

    fn drawn(moments: &[(u64, usize)]) -> Vec<u64> {
        let mut links = Links::default();
        links.reset(2);
        let draw = |(millis, link): &(u64, usize)| {
            links.dice(at(*millis), *link, KEYS[*link], Streams::new(3)).next_u64()
        };
        moments.iter().map(draw).collect()
    }

    #[test]
    fn what_a_message_draws_does_not_depend_on_what_was_sent_before() {
        let all = drawn(&[(1, 0), (1, 1), (2, 0), (7, 0), (7, 1)]);
        assert_eq!(drawn(&[(7, 0)]), all[3..4]);
        assert_eq!(drawn(&[(1, 1), (7, 1)]), [all[1], all[4]]);
    }

    #[test]
    fn messages_of_one_moment_draw_each_for_itself() {
        let [one, other, elsewhere] = drawn(&[(5, 0), (5, 0), (5, 1)])[..] else { panic!("three") };
        assert!(one != other && one != elsewhere && other != elsewhere);
    }
}
