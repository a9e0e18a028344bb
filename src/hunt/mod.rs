//! The hunt: systems and disasters that nobody wrote down, judged without anybody's expectations.
//!
//! ```text
//!   dice --> System, Disaster --> a run --> oracles --complaint--> shrink --> Find: scenario + plan, replay
//!     ^          ^                     |
//!     |          |                     v
//!   seed      interest <---- pairs of things that happened, one after the other, for the first time
//! ```
//!
//! Half of the cases are drawn blindly, half are made of such as reached something new: with one fault more, one less, or one at
//! another time, aimed at a moment at which something was decided. What is drawn depends on the seed alone: cases are made in rounds, and what a
//! round reached counts from the next one on, so that threads change nothing.

mod aftermath;
mod aimed;
mod case;
mod dice;
mod disaster;
mod ground;
mod interest;
mod oracles;
mod shrink;
mod state;
mod strikes;
mod system;

use std::sync::atomic::{AtomicBool, Ordering};

use failover::Policy;
use models::Logic;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use case::{Case, Given, Struck};
use dice::Dice;
pub use disaster::Disaster;
use interest::Interest;
pub use oracles::Complaint;
use oracles::Tried;
use state::Kinds;
pub use state::State;
pub use system::System;

/// Cases that are made at once. What they reached counts from the next round on.
const ROUND: u64 = 128;
/// Finds of one class at most.
const FINDS_PER_CLASS: usize = 24;

/// Something that should not have happened, in the smallest case that was found to show it.
#[derive(Clone, Debug)]
pub struct Find {
    /// What is wrong.
    pub complaint: Complaint,
    /// The smallest case.
    pub case: Case,
    /// The run of it that shows it.
    pub seed: u64,
    /// In which case it was seen first.
    pub number: u64,
}

/// How far a hunt is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Cases judged.
    pub cases: u64,
    /// Cases drawn that the loader refuses.
    pub refused: u64,
    /// Why the first of those is.
    pub refusal: Option<String>,
    /// Cases of which a run was given up because too much happened in it.
    pub too_long: u64,
    /// Pairs of things that happened one after the other.
    pub reached: usize,
    /// Finds.
    pub finds: usize,
}

/// What became of one case.
struct Judged {
    number: u64,
    case: Case,
    /// Or why it is refused.
    tried: Result<Tried, String>,
}

/// A hunt with the logic `L`.
pub struct Hunt<'a, L> {
    /// What is hunted.
    pub logic: L,
    /// Everything follows from it.
    pub seed: u64,
    /// The plan around which it draws; systems are drawn as well without one.
    pub given: Option<Given>,
    /// Once true, it ends with what it has.
    pub stop: &'a AtomicBool,
}

impl<L: Logic<Policy = Policy>> Hunt<'_, L> {
    /// Hunts until `cases` are drawn or `enough` says so, which is asked after each round and told of each find.
    pub fn go(
        &self,
        cases: u64,
        mut enough: impl FnMut(&Progress, &[Find]) -> bool,
    ) -> (Progress, Vec<Find>) {
        let mut state = State::default();
        let finds = self.go_on(&mut state, cases, |state, finds| enough(&state.progress, finds));
        (state.progress, finds)
    }

    /// Goes on from where a hunt of the same seed and plan ended, as if it had not: for so many cases more, in whole rounds.
    /// A round that is broken off leaves the state as it was, and what it found as it was found.
    pub fn go_on(
        &self,
        state: &mut State,
        cases: u64,
        mut enough: impl FnMut(&State, &[Find]) -> bool,
    ) -> Vec<Find> {
        let (mut finds, end) = (Vec::new(), state.next.saturating_add(cases));
        while state.next < end && !self.stop.load(Ordering::Relaxed) {
            let round = state.next..state.next.saturating_add(ROUND);
            let next = round.end;
            let judged: Vec<Judged> =
                round.into_par_iter().filter_map(|number| self.judge(number, &state.interest)).collect();
            if self.stop.load(Ordering::Relaxed) {
                self.look_at_rest(judged, state, &mut finds);
                break;
            }
            judged.into_iter().for_each(|one| self.take(one, state, &mut finds));
            state.next = next;
            state.progress.reached = state.interest.reached();
            if enough(state, &finds) {
                break;
            }
        }
        finds
    }

    /// Takes note of what came of a case.
    fn take(&self, one: Judged, state: &mut State, finds: &mut Vec<Find>) {
        let tried = match one.tried {
            Ok(tried) => tried,
            Err(why) => {
                state.progress.refused += 1;
                state.progress.refusal.get_or_insert(why);
                return;
            }
        };
        state.progress.cases += 1;
        state.progress.too_long += u64::from(tried.too_long);
        state.interest.take(&one.case, &tried);
        for complaint in tried.complaints {
            let find = self.look_into(one.number, &one.case, complaint, &mut state.kinds);
            state.progress.finds += usize::from(find.is_some());
            finds.extend(find);
        }
    }

    /// What a round found that was broken off: the hunt that goes on finds it again.
    fn look_at_rest(&self, judged: Vec<Judged>, state: &State, finds: &mut Vec<Find>) {
        let mut kinds = state.kinds.clone();
        for one in judged {
            for complaint in one.tried.into_iter().flat_map(|tried| tried.complaints) {
                finds.extend(self.look_into(one.number, &one.case, complaint, &mut kinds));
            }
        }
    }

    fn judge(&self, number: u64, interest: &Interest) -> Option<Judged> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        let case = self.draw(number, interest);
        let tried = oracles::try_out(&self.logic, &case, number).map_err(|error| error.to_string());
        Some(Judged { number, case, tried })
    }

    fn draw(&self, number: u64, interest: &Interest) -> Case {
        let mut dice = Dice::of(self.seed, number);
        match interest.some(&mut dice) {
            Some((case, moments)) => case.varied(&mut dice, moments),
            None => Case::drawn(&mut dice, self.given.as_ref()),
        }
    }

    /// Makes a find of a complaint, if there is none of its kind yet.
    fn look_into(&self, number: u64, case: &Case, complaint: Complaint, kinds: &mut Kinds) -> Option<Find> {
        // The same strikes on another system, most likely.
        let kind = format!("{}: {}", complaint.class, case.disaster.kinds());
        if kinds.of_class(&complaint.class) >= FINDS_PER_CLASS || !kinds.known.insert(kind) {
            return None;
        }
        let (case, complaint, seed) = shrink::smallest(&self.logic, case, complaint, number, self.stop);
        let kind = format!("{}, smallest: {}", complaint.class, case.disaster.kinds());
        let find = Find { complaint, case, seed, number };
        kinds.known.insert(kind).then(|| {
            kinds.count(&find);
            find
        })
    }
}
