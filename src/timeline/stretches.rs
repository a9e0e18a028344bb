//! What lasts in a run: faults, databases that accept writes, clients that are not served, split brains.

use std::collections::BTreeMap;

use models::{Model, Note, Place, Replay, What};
use reports::human::Style;
use sim::SimTime;

use super::style;

/// What something is told of. In the order in which tracks are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Track {
    /// What must never happen.
    Judge,
    /// A fault; faults overlap, so each has a track of its own.
    Fault(usize),
    /// The clients of a region.
    Clients(usize),
    /// A node.
    Node(usize),
}

/// Something that lasts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stretch {
    pub track: Track,
    pub name: String,
    pub style: Style,
    pub from: SimTime,
    /// `None` if it lasts to the end of the run.
    pub to: Option<SimTime>,
}

impl Track {
    pub fn of(place: Place) -> Track {
        match place {
            Place::World => Track::Judge,
            Place::Clients(region) => Track::Clients(region),
            Place::Node(node) => Track::Node(node),
        }
    }
}

/// All of them, in the order in which they end.
pub(crate) fn stretches<P>(model: &Model<P>, replay: &Replay) -> Vec<Stretch> {
    let mut ended = Vec::new();
    // The first primary accepts writes from the beginning, which no note says.
    let first = Track::Node(model.config.first_primary.index());
    let opened =
        Begun { from: SimTime::ZERO, name: "accepts writes, epoch 1".to_owned(), style: Style::Good };
    let mut open = BTreeMap::from([(first, opened)]);
    for (at, note) in &replay.notes {
        let Some((track, name)) = edge(model, note) else { continue };
        if matches!(note.what, What::Unserved { .. }) && open.contains_key(&track) {
            continue;
        }
        ended.extend(open.remove(&track).map(|begun| begun.until(track, Some(*at))));
        open.extend(name.map(|name| (track, Begun { from: *at, name, style: style(&note.what) })));
    }
    ended.extend(open.into_iter().map(|(track, begun)| begun.until(track, None)));
    ended
}

struct Begun {
    from: SimTime,
    name: String,
    style: Style,
}

impl Begun {
    fn until(self, track: Track, to: Option<SimTime>) -> Stretch {
        Stretch { track, name: self.name, style: self.style, from: self.from, to }
    }
}

/// The track on which something ends and, if it has a name, something begins.
fn edge<P>(model: &Model<P>, note: &Note) -> Option<(Track, Option<String>)> {
    let here = Track::of(note.place);
    Some(match &note.what {
        What::Strikes(fault) => (Track::Fault(*fault), Some(model.faults[*fault].name.clone())),
        What::Heals(fault) => (Track::Fault(*fault), None),
        What::Opens { epoch } => (here, Some(format!("accepts writes, epoch {epoch}"))),
        What::Unserved { .. } => (here, Some("not all served".to_owned())),
        What::SplitBrainBegins => (Track::Judge, Some("split brain".to_owned())),
        What::Closes | What::AllServed | What::SplitBrainEnds => (here, None),
        _ => return None,
    })
}
