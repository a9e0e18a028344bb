//! The links' random streams, each made when its link first carries something: a hundred nodes have ten thousand
//! links, of which most carry nothing where few vote.

use sim::{Key, Stream, Streams};

/// Streams of the links in use.
#[derive(Debug, Default)]
pub(super) struct LinkStreams {
    /// Per link: one more than the place of its stream; zero if it has none yet.
    places: Vec<u32>,
    made: Vec<Stream>,
}

impl LinkStreams {
    /// No link has carried anything yet.
    pub(super) fn reset(&mut self, links: usize) {
        self.places.clear();
        self.places.resize(links, 0);
        self.made.clear();
    }

    /// The stream of a link, by its index and key.
    pub(super) fn of(&mut self, link: usize, key: Key, streams: Streams) -> &mut Stream {
        let place = &mut self.places[link];
        if *place == 0 {
            self.made.push(streams.stream(key));
            *place = u32::try_from(self.made.len()).expect("a thousand members have a million links");
        }
        &mut self.made[*place as usize - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_draws_the_same_whatever_others_drew_before() {
        let (keys, streams) = ([Key::new("a>b", "link"), Key::new("b>a", "link")], Streams::new(3));
        let mut links = LinkStreams::default();
        links.reset(2);
        let drawn = [1, 0, 1].map(|link: usize| links.of(link, keys[link], streams).next_u64());
        let mut alone = streams.stream(keys[1]);
        assert_eq!([drawn[0], drawn[2]], [alone.next_u64(), alone.next_u64()]);
        assert_eq!(drawn[1], streams.stream(keys[0]).next_u64());
        links.reset(2);
        assert_eq!(links.of(1, keys[1], streams).next_u64(), drawn[0], "a new run begins anew");
    }
}
