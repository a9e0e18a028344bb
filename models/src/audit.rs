//! An audited run: what agents recorded, beside what they did.

use failover::audit::{Anchor, Broken, Entry, Record, verify};
use failover::{Decision, NodeId, Outcome, Task};
use sim::SimTime;

use crate::record::RunRecord;

/// A run in which every agent kept its audit trail. It is another run than the one of the same seed without trails:
/// tasks wait for their records.
#[derive(Debug)]
pub struct Audited {
    /// What it showed.
    pub record: RunRecord,
    /// By node: what is on its disk.
    pub trails: Vec<AuditedTrail>,
    /// What was decided and done, as the world saw it, in order.
    pub actions: Vec<Action>,
}

/// The trail of one node.
#[derive(Clone, Debug)]
pub struct AuditedTrail {
    /// As people call the node.
    pub name: String,
    /// Which it is.
    pub node: NodeId,
    /// What its disk holds.
    pub records: Vec<Record>,
    /// What the others remember of it at the end; a node whose agent is down remembers nothing.
    pub anchors: Vec<Anchor>,
    /// A fault tampered with it.
    pub tampered: bool,
}

/// Something that a node decided or did.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// When.
    pub at: SimTime,
    /// Who.
    pub node: NodeId,
    /// What.
    pub deed: Deed,
    /// Its record was not on disk yet when the agent died, or the run ended. Only decisions on which nothing was done, and
    /// stops, come before their record.
    pub lost: bool,
}

/// What was decided, or done to databases and clients.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// A decision.
    Decided(Decision),
    /// This task took effect.
    Did(Task),
}

/// An action without its record, or a record without its action.
#[derive(Clone, Debug, PartialEq)]
pub enum Missing {
    /// It was decided or done, and no record says so.
    Record(Action),
    /// It is recorded, and never was.
    Action {
        /// In whose trail.
        node: NodeId,
        /// The record's number.
        number: u64,
        /// What it says.
        entry: Entry,
    },
}

impl AuditedTrail {
    /// Whether it is whole, and what the others remember lies on it.
    ///
    /// # Errors
    /// The first place where it is not.
    pub fn verify(&self) -> Result<Anchor, Broken> {
        verify(&self.records, &self.anchors)
    }
}

impl Audited {
    /// Whether any agent kept a trail at all: logic that cannot has empty ones.
    pub fn is_kept(&self) -> bool {
        self.trails.iter().any(|trail| !trail.records.is_empty())
    }

    /// Actions that are lost with their records, as crashes leave them.
    pub fn lost(&self) -> usize {
        self.actions.iter().filter(|action| action.lost).count()
    }
}

/// Every action that has no record of its own, and every record that has no action. Trails that were tampered with
/// are left out: of those [`AuditedTrail::verify`] speaks.
///
/// Decisions are held against each other in order. A task has a record before it begins, so it took effect at most as
/// often as it was begun, and ended well at most as often as it took effect.
pub fn coverage(trails: &[AuditedTrail], actions: &[Action]) -> Vec<Missing> {
    let sound = trails.iter().filter(|trail| !trail.tampered);
    sound.flat_map(|trail| coverage_of(trail, actions)).collect()
}

fn coverage_of(trail: &AuditedTrail, actions: &[Action]) -> Vec<Missing> {
    let of_node = actions.iter().filter(|action| action.node == trail.node && !action.lost);
    let (mut missing, mut left) = (Vec::new(), Ledger::of(&trail.records));
    for action in of_node {
        let recorded = match &action.deed {
            Deed::Decided(decision) => left.take_decision(decision),
            Deed::Did(task) => left.take_task(*task),
        };
        if !recorded {
            missing.push(Missing::Record(action.clone()));
        }
    }
    missing.extend(left.unfounded().map(|record| Missing::Action {
        node: record.node,
        number: record.number,
        entry: record.entry.clone(),
    }));
    missing
}

/// What a trail says, and how much of it has been found in the world.
struct Ledger<'a> {
    /// Decisions, from the next one on.
    decisions: std::iter::Peekable<Box<dyn Iterator<Item = &'a Record> + 'a>>,
    /// Decisions that were passed over: nobody decided so.
    passed: Vec<&'a Record>,
    /// Tasks begun whose effect has not been seen.
    begun: Vec<Task>,
    /// Tasks that ended well without an effect that was seen.
    ended: Vec<&'a Record>,
}

impl<'a> Ledger<'a> {
    fn of(records: &'a [Record]) -> Ledger<'a> {
        let decides = |record: &&Record| matches!(record.entry, Entry::Decides(_));
        let decisions: Box<dyn Iterator<Item = &Record>> = Box::new(records.iter().filter(decides));
        let begun = records.iter().filter_map(|record| match record.entry {
            Entry::Begins(task) => Some(task),
            _ => None,
        });
        let well = |record: &&Record| matches!(record.entry, Entry::Ends { outcome: Outcome::Succeeded, .. });
        Ledger {
            decisions: decisions.peekable(),
            passed: Vec::new(),
            begun: begun.collect(),
            ended: records.iter().filter(well).collect(),
        }
    }

    /// The next decision of the trail is this one, or comes after some that nobody made.
    fn take_decision(&mut self, decision: &Decision) -> bool {
        let is_it = |record: &Record| matches!(&record.entry, Entry::Decides(known) if known == decision);
        if self.decisions.peek().is_some_and(|record| is_it(record)) {
            self.decisions.next();
            return true;
        }
        match self.passed.iter().position(|record| is_it(record)) {
            Some(place) => {
                self.passed.remove(place);
                true
            }
            None => self.skip_to(is_it),
        }
    }

    fn skip_to(&mut self, is_it: impl Fn(&Record) -> bool) -> bool {
        let rest: Vec<&Record> = self.decisions.by_ref().collect();
        let place = rest.iter().position(|record| is_it(record));
        let (before, after) = rest.split_at(place.unwrap_or(0));
        self.passed.extend(before);
        let after: Vec<&'a Record> = after.iter().skip(usize::from(place.is_some())).copied().collect();
        let after: Box<dyn Iterator<Item = &'a Record> + 'a> = Box::new(after.into_iter());
        self.decisions = after.peekable();
        place.is_some()
    }

    fn take_task(&mut self, task: Task) -> bool {
        let says =
            |record: &&Record| matches!(record.entry, Entry::Ends { task: ended, .. } if ended == task);
        if let Some(place) = self.ended.iter().position(says) {
            self.ended.remove(place);
        }
        let begun = self.begun.iter().position(|begun| *begun == task);
        begun.map(|place| self.begun.remove(place)).is_some()
    }

    /// Records of what never was.
    fn unfounded(self) -> impl Iterator<Item = &'a Record> {
        self.passed.into_iter().chain(self.decisions).chain(self.ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use failover::Instant;
    use failover::audit::Trail;

    const NODE: NodeId = NodeId(0);

    fn begins(epoch: u64) -> Decision {
        Decision::Begins { epoch }
    }

    fn promote(epoch: u64) -> Task {
        Task::Promote { epoch }
    }

    fn trail(entries: Vec<Entry>) -> Vec<AuditedTrail> {
        let mut trail = Trail::new(NODE);
        for entry in entries {
            trail.append(Instant::ZERO, entry);
        }
        let (records, anchors) = (trail.records().to_vec(), vec![trail.head()]);
        vec![AuditedTrail { name: "a".to_owned(), node: NODE, records, anchors, tampered: false }]
    }

    fn actions(deeds: Vec<Deed>) -> Vec<Action> {
        let action = |deed| Action { at: SimTime::ZERO, node: NODE, deed, lost: false };
        deeds.into_iter().map(action).collect()
    }

    fn whole() -> (Vec<Entry>, Vec<Deed>) {
        let outcome = Outcome::Succeeded;
        let entries = vec![
            Entry::Decides(begins(2)),
            Entry::Begins(promote(2)),
            Entry::Ends { task: promote(2), outcome },
            Entry::Decides(begins(3)),
            Entry::Begins(promote(3)),
        ];
        (entries, vec![Deed::Decided(begins(2)), Deed::Did(promote(2)), Deed::Decided(begins(3))])
    }

    #[test]
    fn a_task_that_never_took_effect_may_have_begun() {
        let (entries, deeds) = whole();
        assert_eq!(coverage(&trail(entries), &actions(deeds)), []);
    }

    #[test]
    fn every_record_that_is_left_out_is_missed() {
        let (entries, deeds) = whole();
        for place in [0, 1, 3] {
            let mut fewer = entries.clone();
            fewer.remove(place);
            let missing = coverage(&trail(fewer), &actions(deeds.clone()));
            assert!(matches!(missing[..], [Missing::Record(_)]), "{place}: {missing:?}");
        }
    }

    #[test]
    fn every_record_of_what_never_was_is_found() {
        let (entries, deeds) = whole();
        for place in 0..deeds.len() {
            let mut fewer = deeds.clone();
            fewer.remove(place);
            let missing = coverage(&trail(entries.clone()), &actions(fewer));
            assert!(matches!(missing[..], [Missing::Action { .. }]), "{place}: {missing:?}");
        }
    }

    #[test]
    fn what_is_told_of_another_node_counts_for_nothing() {
        let (entries, deeds) = whole();
        let mut actions = actions(deeds);
        actions[1].node = NodeId(1);
        assert!(!coverage(&trail(entries), &actions).is_empty());
    }
}
