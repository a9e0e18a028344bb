use super::anchor::Anchor;
use super::damage::Damage;
use super::entry::{Entry, Record};
use super::found::{Found, Told};
use crate::decision::Decision;
use crate::id::NodeId;
use crate::message::{Content, Effect, Input, Message};
use crate::time::Instant;

/// Keeps the trail of one node, and remembers the others' newest records. It sees what goes into the node and what
/// comes out, and decides nothing but whom to distrust.
#[derive(Debug)]
pub struct Keeper {
    node: NodeId,
    /// The newest record given out.
    head: Anchor,
    born: Anchor,
    /// Records that are not known to be on disk.
    unwritten: Vec<Anchor>,
    /// What was found at the start.
    found: Found,
    /// The start of this life has been told.
    introduced: bool,
    /// By member: what it told last.
    known: Vec<Told>,
}

impl Keeper {
    /// Of a new trail.
    pub fn new(node: NodeId, members: usize) -> Keeper {
        let (head, born) = (Anchor::default(), Anchor::default());
        let known = vec![Told::default(); members];
        let (unwritten, found) = (Vec::new(), Found::default());
        Keeper { node, head, born, unwritten, found, introduced: false, known }
    }

    /// The newest record that `of` told this node of.
    pub fn anchor(&self, of: NodeId) -> Anchor {
        self.known.get(of.index()).map_or(Anchor::default(), Told::newest)
    }

    /// Looks at an input before the node does. Returns whether it was for the keeper alone.
    pub(crate) fn hear(&mut self, now: Instant, input: &Input, out: &mut Vec<Effect>) -> bool {
        match input {
            Input::Trail(found) => self.resume(found),
            Input::Recorded { number } => self.on_recorded(*number, out),
            Input::Received { from, message: Message { content: Content::Anchors(told), .. } } => {
                self.on_told(now, *from, told, out);
            }
            Input::Start { database, .. } => {
                let damage = self.found.broken.map(|broken| broken.damage);
                self.record(now, Entry::Starts { database: *database, damage }, out);
                self.born = self.head;
                damage.into_iter().for_each(|damage| self.distrust(now, self.node, damage, out));
                return false;
            }
            Input::Done { task, outcome, .. } => {
                self.record(now, Entry::Ends { task: *task, outcome: *outcome }, out);
                return false;
            }
            _ => return false,
        }
        true
    }

    /// Puts a record before every decision and task from `first` on.
    pub(crate) fn witness(&mut self, now: Instant, out: &mut Vec<Effect>, first: usize) {
        let counts = |effect: &Effect| matches!(effect, Effect::Decided(_) | Effect::Do(_));
        if !out[first..].iter().any(counts) {
            return;
        }
        for effect in out.split_off(first) {
            match &effect {
                Effect::Decided(decision) => self.record(now, Entry::Decides(decision.clone()), out),
                Effect::Do(task) => self.record(now, Entry::Begins(*task), out),
                _ => {}
            }
            out.push(effect);
        }
    }

    fn record(&mut self, now: Instant, entry: Entry, out: &mut Vec<Effect>) {
        let record = Record::after(self.head, now, self.node, entry);
        self.head = record.anchor();
        self.unwritten.push(self.head);
        out.push(Effect::Record(Box::new(record)));
    }

    /// The trail goes on where it ended.
    fn resume(&mut self, found: &Found) {
        self.head = found.recent.last().copied().unwrap_or_default();
        self.found = found.clone();
    }

    fn on_recorded(&mut self, number: u64, out: &mut Vec<Effect>) {
        let Some(last) = self.unwritten.iter().rposition(|anchor| anchor.number <= number) else { return };
        let Some(newest) = self.unwritten.drain(..=last).next_back() else { return };
        let before = if self.introduced { Vec::new() } else { std::mem::take(&mut self.found.recent) };
        self.introduced = true;
        let recent: Vec<Anchor> = before.into_iter().chain([newest]).collect();
        let told = Told { born: self.born, recent };
        let others = (0..self.known.len()).map(NodeId::at).filter(|node| *node != self.node);
        out.extend(
            others.map(|to| Effect::Send { to, message: Content::Anchors(Box::new(told.clone())).into() }),
        );
        self.known[self.node.index()] = told;
    }

    fn on_told(&mut self, now: Instant, from: NodeId, told: &Told, out: &mut Vec<Effect>) {
        if from.index() >= self.known.len() || from == self.node {
            return;
        }
        let known = &mut self.known[from.index()];
        let damage = contradiction(known, told);
        // Of a trail that was cut off its owner goes on from the cut: that is what is compared from now on.
        if told.born != known.born || told.newest().number > known.newest().number {
            let overtaken = damage.is_none() && told.newest().number < known.newest().number;
            *known = if overtaken { std::mem::take(known) } else { told.clone() };
        }
        damage.into_iter().for_each(|damage| self.distrust(now, from, damage, out));
    }

    fn distrust(&mut self, now: Instant, of: NodeId, damage: Damage, out: &mut Vec<Effect>) {
        let decision = Decision::DistrustsTrail { of, damage };
        self.record(now, Entry::Decides(decision.clone()), out);
        out.push(Effect::Decided(decision));
    }
}

/// What a member says of its trail against what is remembered of it. An honest life begins where the last one ended or
/// later, and a number never changes its hash.
fn contradiction(known: &Told, told: &Told) -> Option<Damage> {
    let newest = known.newest();
    if told.hash_of(newest.number).is_some_and(|hash| hash != newest.hash) {
        return Some(Damage::Forked);
    }
    let other_life = told.born != known.born;
    let goes_back = told.found() < newest.number;
    let is_old_news = told.newest().number <= known.found();
    (other_life && goes_back && !is_old_news).then_some(Damage::CutOff)
}
