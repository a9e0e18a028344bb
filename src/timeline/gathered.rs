//! What several nodes do within moments is one thing to a reader.

use failover::Decision;
use models::{Note, Place, What};
use sim::SimTime;
use units::Span;

/// Later than this after the first, the same is another story.
const MOMENTS: Span = Span::from_secs(2);

/// A note, and the other nodes of which the same can be said.
pub(super) struct Gathered {
    pub at: SimTime,
    pub note: Note,
    /// Nodes and when.
    pub others: Vec<(usize, SimTime)>,
}

/// The notes, in order, those that say the same of several nodes gathered where the first stands.
pub(super) fn gather(notes: Vec<(SimTime, Note)>) -> Vec<Gathered> {
    let mut gathered: Vec<Gathered> = Vec::new();
    for (at, note) in notes {
        let recent = gathered.iter_mut().rev().take_while(|told| at.since(told.at) <= MOMENTS);
        let mut alike = recent.filter(|told| is_shared(&told.note.what) && told.note.what == note.what);
        match (alike.next(), note.place) {
            (Some(told), Place::Node(node)) => told.others.push((node, at)),
            _ => gathered.push(Gathered { at, note, others: Vec::new() }),
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

    #[test]
    fn a_suspicion_a_while_later_is_a_line_of_its_own() {
        assert_eq!(gather(vec![suspects(100, 1, 0), suspects(3_100, 2, 0)]).len(), 2);
    }
}
