//! What several nodes do within moments is one thing to a reader.

use failover::Decision;
use models::{Note, Place, What};
use sim::SimTime;
use units::Span;

use super::repeated::Times;

/// Later than this after the first, the same is another story.
const MOMENTS: Span = Span::from_secs(2);

/// A note, and the other nodes of which the same can be said.
pub(super) struct Gathered {
    pub at: SimTime,
    pub note: Note,
    /// Nodes and when.
    pub others: Vec<(usize, SimTime)>,
    /// It stands for others of its kind before.
    pub times: Option<Times>,
}

impl Gathered {
    fn names(&self, place: Place) -> bool {
        self.note.place == place || self.others.iter().any(|(node, _)| Place::Node(*node) == place)
    }
}

/// What comes after `between` and says `what` is another story than what came before.
fn parts(between: &What, what: &What) -> bool {
    use Decision as D;
    match (between, what) {
        (What::Strikes(_) | What::Heals(_), _) => true,
        (What::Decides(D::Trusts(one)), What::Decides(D::Suspects(other)))
        | (What::Decides(D::Suspects(one)), What::Decides(D::Trusts(other))) => one == other,
        _ => false,
    }
}

/// The notes, in order, those that say the same of several nodes gathered where the first stands.
pub(super) fn gather(notes: Vec<(SimTime, Note)>) -> Vec<Gathered> {
    let mut gathered: Vec<Gathered> = Vec::new();
    for (at, note) in notes {
        let recent = gathered.iter_mut().rev();
        let recent =
            recent.take_while(|told| at.since(told.at) <= MOMENTS && !parts(&told.note.what, &note.what));
        let mut alike = recent.filter(|told| {
            is_shared(&told.note.what) && told.note.what == note.what && !told.names(note.place)
        });
        match (alike.next(), note.place) {
            (Some(told), Place::Node(node)) => told.others.push((node, at)),
            _ => gathered.push(Gathered { at, note, others: Vec::new(), times: None }),
        }
    }
    gathered
}

/// What many nodes do for one reason.
fn is_shared(what: &What) -> bool {
    use Decision as D;
    matches!(
        what,
        What::Seals { .. }
            | What::Streams(_)
            | What::CaughtUp
            | What::AgentStarts
            | What::Decides(
                D::Suspects(_) | D::Trusts(_) | D::Begins { .. } | D::Abandons { .. } | D::Completes { .. }
            )
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use failover::NodeId;

    fn suspects(millis: u64, node: usize, whom: u16) -> (SimTime, Note) {
        let what = What::Decides(Decision::Suspects(NodeId(whom)));
        (SimTime::ZERO + Span::from_millis(millis), Note { place: Place::Node(node), what })
    }

    #[test]
    fn the_same_suspicion_of_several_nodes_is_one_line() {
        let told = gather(vec![suspects(100, 1, 0), suspects(110, 2, 5), suspects(120, 3, 0)]);
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].others, [(3, SimTime::ZERO + Span::from_millis(120))]);
        assert!(told[1].others.is_empty());
    }

    /// Each of these is told by itself: the same node's again, that after a fault, that after somebody heard it again.
    #[test]
    fn suspicions_before_and_after_something_are_lines_of_their_own() {
        let world =
            |millis, what| (SimTime::ZERO + Span::from_millis(millis), Note { place: Place::World, what });
        let hears = |millis, node| {
            let what = What::Decides(Decision::Trusts(NodeId(0)));
            (SimTime::ZERO + Span::from_millis(millis), Note { place: Place::Node(node), what })
        };
        let lines = |between| {
            gather([suspects(100, 1, 0)].into_iter().chain(between).chain([suspects(900, 2, 0)]).collect())
                .len()
        };
        assert_eq!(lines(vec![]), 1);
        assert_eq!(lines(vec![world(500, What::Strikes(0))]), 3);
        assert_eq!(lines(vec![world(500, What::Heals(0))]), 3);
        assert_eq!(lines(vec![hears(500, 3)]), 3);
        assert_eq!(gather(vec![suspects(100, 1, 0), suspects(900, 1, 0)]).len(), 2);
    }

    #[test]
    fn a_suspicion_a_while_later_is_a_line_of_its_own() {
        assert_eq!(gather(vec![suspects(100, 1, 0), suspects(3_100, 2, 0)]).len(), 2);
    }
}
