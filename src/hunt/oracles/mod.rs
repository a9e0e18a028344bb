//! What is wrong with a run whatever it was meant to show: one small file each.

mod crash;
mod leaps;
mod liveness;
mod memory;
mod safety;
mod sums;

use std::collections::BTreeSet;
use std::sync::Arc;

use failover::Policy;
use models::{Logic, Model, Replay, RunRecord, World};
use scenarios::LoadError;
use sim::Agenda;
use units::Span;

use super::case::Case;
use super::interest;

/// Runs of each case.
const SEEDS: u64 = 4;

/// Something that should not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Whoever complains, and of what: the same for the same mistake, as far as anybody can tell.
    pub class: String,
    /// The particulars.
    pub says: String,
}

impl Complaint {
    fn new(class: impl Into<String>, says: impl Into<String>) -> Complaint {
        Complaint { class: class.into(), says: says.into() }
    }
}

/// What came of a case.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// Each with the run that it is about.
    pub complaints: Vec<(Complaint, u64)>,
    /// Pairs of things that happened one after the other.
    pub pairs: BTreeSet<u64>,
    /// When something was decided.
    pub moments: Vec<Span>,
    /// Runs begun.
    pub runs: u64,
}

impl Tried {
    /// Notes what a run reached.
    fn note(&mut self, replay: Replay) -> RunRecord {
        self.pairs = interest::pairs(&replay.notes);
        self.moments = interest::moments(&replay.notes);
        replay.record
    }
}

/// A run, and what it is a run of.
struct Trial<'a, L: Logic> {
    logic: &'a L,
    case: &'a Case,
    model: &'a Arc<Model<L::Policy>>,
    seed: u64,
    record: &'a RunRecord,
}

/// What judges a run.
type Oracle<L> = fn(&Trial<'_, L>) -> Option<Complaint>;

/// What reads the record that there is.
fn cheap<L: Logic<Policy = Policy>>() -> [Oracle<L>; 3] {
    [safety::judge, liveness::judge, sums::judge]
}

/// What makes the run again in another way.
fn dear<L: Logic<Policy = Policy>>() -> [Oracle<L>; 2] {
    [leaps::judge, memory::judge]
}

/// Those who may have complained so.
fn who_says<L: Logic<Policy = Policy>>(class: &str) -> Vec<Oracle<L>> {
    match class.starts_with(leaps::CLASS) || class.starts_with(memory::CLASS) {
        true => dear().to_vec(),
        false => cheap().to_vec(),
    }
}

/// Runs a case for a few seeds and asks every oracle; the dear ones about one of the runs.
///
/// # Errors
/// The case does not go together.
pub(super) fn try_out<L: Logic<Policy = Policy>>(
    logic: &L,
    case: &Case,
    number: u64,
) -> Result<Tried, LoadError> {
    let scenario = case.load::<L>()?;
    let mut tried = Tried::default();
    let outcome = crash::watched(|| {
        let model = Arc::new(Model::new(&scenario).expect("it was loaded"));
        let mut world = World::with_logic(Arc::clone(&model), logic.clone());
        let mut agenda = Agenda::new();
        for seed in 0..SEEDS {
            tried.runs = seed + 1;
            let record = match seed {
                0 => tried.note(world.replay(seed)),
                _ => world.run(seed, &mut agenda),
            };
            let trial = Trial { logic, case, model: &model, seed, record: &record };
            let with = if seed == number % SEEDS { dear().to_vec() } else { Vec::new() };
            let heard = cheap().into_iter().chain(with).filter_map(|oracle| oracle(&trial));
            tried.complaints.extend(heard.map(|complaint| (complaint, seed)));
        }
    });
    // Whatever panicked, it was about the run begun last.
    tried.complaints.extend(outcome.err().map(|complaint| (complaint, tried.runs.saturating_sub(1))));
    Ok(tried)
}

/// The first of so many runs of a case in which such a complaint is heard.
pub(super) fn shows<L: Logic<Policy = Policy>>(
    logic: &L,
    case: &Case,
    class: &str,
    seeds: u64,
) -> Option<(Complaint, u64)> {
    let scenario = case.load::<L>().ok()?;
    let model = Arc::new(Model::new(&scenario).ok()?);
    (0..seeds).find_map(|seed| {
        let heard = crash::watched(|| {
            let record = World::with_logic(Arc::clone(&model), logic.clone()).run(seed, &mut Agenda::new());
            let trial = Trial { logic, case, model: &model, seed, record: &record };
            who_says(class).into_iter().find_map(|oracle| oracle(&trial).filter(|one| one.class == class))
        });
        let complaint = heard.unwrap_or_else(|crash| Some(crash).filter(|one| one.class == class))?;
        Some((complaint, seed))
    })
}
