//! What is worth another look: cases in which something followed something else for the first time.
//!
//! What counts is which kind of thing happened, to agents (what they decided), databases, name servers and clients, and
//! which kind came next: so much of a run's shape, and none of its figures.

use std::collections::BTreeSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::mem::discriminant;

use models::{Note, What};
use serde::{Deserialize, Serialize};
use sim::SimTime;
use units::Span;

use super::case::{Case, Given, Struck};
use super::dice::Dice;
use super::disaster::Disaster;
use super::oracles::Tried;
use super::system::System;

/// Cases remembered; new ones take the place of the oldest.
const CASES_MAX: usize = 512;
/// How often in a hundred a case is made of one that is remembered.
const VARIED: u64 = 50;

/// What was reached so far.
#[derive(Default)]
pub(super) struct Interest {
    pairs: BTreeSet<u64>,
    cases: Vec<(Case, Vec<Span>)>,
    next: usize,
}

/// The same as it is written, the system of a case only where it is drawn.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Written {
    pairs: BTreeSet<u64>,
    cases: Vec<(Option<System>, Disaster, Vec<Span>)>,
    next: usize,
}

impl Interest {
    /// How many pairs.
    pub fn reached(&self) -> usize {
        self.pairs.len()
    }

    /// To be written.
    pub fn written(&self) -> Written {
        let drawn = |case: &Case| match &case.system {
            Struck::Drawn(system) => Some(system.clone()),
            Struck::Given(_) => None,
        };
        let one = |(case, moments): &(Case, Vec<Span>)| (drawn(case), case.disaster.clone(), moments.clone());
        Written { pairs: self.pairs.clone(), cases: self.cases.iter().map(one).collect(), next: self.next }
    }

    /// As it was written by a hunt around the same plan; `None` if that was drawn and this is not, or the reverse.
    pub fn read(written: Written, given: Option<&Given>) -> Option<Interest> {
        let one = |(drawn, disaster, moments): (Option<System>, Disaster, Vec<Span>)| {
            let system = match (drawn, given) {
                (Some(system), None) => Struck::Drawn(system),
                (None, Some(given)) => Struck::Given(given.clone()),
                _ => return None,
            };
            Some((Case { system, disaster }, moments))
        };
        let cases = written.cases.into_iter().map(one).collect::<Option<Vec<_>>>()?;
        let next = written.next.min(cases.len().saturating_sub(1));
        Some(Interest { pairs: written.pairs, cases, next })
    }

    /// Keeps the case if it reached something new; one in which too much happened is not worth others like it.
    pub fn take(&mut self, case: &Case, tried: &Tried) {
        let before = self.pairs.len();
        self.pairs.extend(&tried.pairs);
        if self.pairs.len() == before || tried.too_long {
            return;
        }
        let kept = (case.clone(), tried.moments.clone());
        if self.cases.len() < CASES_MAX {
            self.cases.push(kept);
        } else {
            self.cases[self.next] = kept;
            self.next = (self.next + 1) % CASES_MAX;
        }
    }

    /// One of the cases that are remembered, and moments at which something was decided in it; `None` for a new one.
    pub fn some(&self, dice: &mut Dice) -> Option<(&Case, &[Span])> {
        if self.cases.is_empty() || !dice.often(VARIED) {
            return None;
        }
        let (case, moments) = &self.cases[dice.below(self.cases.len() as u64) as usize];
        Some((case, moments))
    }
}

/// The pairs of a run.
pub(super) fn pairs(notes: &[(SimTime, Note)]) -> BTreeSet<u64> {
    let kinds: Vec<u64> = notes.iter().map(|(_, note)| kind(&note.what)).collect();
    kinds.windows(2).map(|pair| hash(|hasher| pair.hash(hasher))).collect()
}

/// When anything was noted but a strike, a step that a fault waited for, or clients that are not served: each moment once.
pub(super) fn moments(notes: &[(SimTime, Note)]) -> Vec<Span> {
    let matters =
        |what: &What| !matches!(what, What::Unserved { .. } | What::Strikes(_) | What::Reaches { .. });
    let times = notes.iter().filter(|(_, note)| matters(&note.what)).map(|(at, _)| at.since(SimTime::ZERO));
    let mut times: Vec<Span> = times.collect();
    times.dedup();
    times
}

fn kind(what: &What) -> u64 {
    hash(|hasher| {
        discriminant(what).hash(hasher);
        if let What::Decides(decision) = what {
            discriminant(decision).hash(hasher);
        }
    })
}

fn hash(of: impl FnOnce(&mut DefaultHasher)) -> u64 {
    let mut hasher = DefaultHasher::new();
    of(&mut hasher);
    hasher.finish()
}
