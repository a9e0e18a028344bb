//! What is wrong with a run whatever it was meant to show: one small file each.

mod crash;
mod haste;
mod leaps;
mod liveness;
mod memory;
mod promptness;
mod safety;
mod sums;

use std::collections::BTreeSet;
use std::sync::Arc;

use failover::Policy;
use models::{Logic, Model, Replay, RunRecord, World};
use scenarios::LoadError;
use sim::{Agenda, Stop};
use units::Span;

use super::case::Case;
use super::interest;

/// Runs of each case that are judged.
const SEEDS: u64 = 2;
/// Events of a run at most. Where heartbeats come fast and links lose some, so that nothing can be leapt over, one run takes as
/// long as a hundred others: what it shows is not worth what they would.
const EVENTS_MAX: u64 = 60_000;
/// Events of a run that is made again in other ways at most.
const AGAIN_MAX: u64 = 20_000;
/// Runs of a system in which nothing strikes. Where messages are lost, one run shows little.
const CALM_RUNS: u64 = 4;

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
    /// A run of it was given up because too much happened in it.
    pub too_long: bool,
}

impl Tried {
    /// Notes what a run reached.
    fn note(&mut self, replay: Replay) -> RunRecord {
        self.pairs = interest::pairs(&replay.notes);
        self.moments = interest::moments(&replay.notes);
        replay.record
    }

    /// Judges the run of each seed, the first by some of the dear oracles as well.
    fn judge<L: Logic<Policy = Policy>>(
        &mut self,
        logic: &L,
        case: &Case,
        model: &Arc<Model<L::Policy>>,
        number: u64,
    ) {
        let (mut world, mut agenda) = (World::with_logic(Arc::clone(model), logic.clone()), Agenda::new());
        for seed in 0..SEEDS {
            self.runs = seed + 1;
            let record = match seed {
                0 => self.note(world.replay_within(seed, EVENTS_MAX)),
                _ => world.run_within(seed, &mut agenda, EVENTS_MAX),
            };
            let trial = Trial { logic, case, model, seed, record: &record };
            let dear = (seed == 0).then(|| dear()[number as usize % dear::<L>().len()]);
            let heard = cheap().into_iter().chain(dear).filter_map(|oracle| oracle(&trial));
            self.complaints.extend(heard.map(|complaint| (complaint, seed)));
            self.too_long |= record.stop == Stop::EventLimit;
        }
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

impl<L: Logic> Trial<'_, L> {
    /// It came to its end, and soon enough to be made again in another way.
    fn may_be_made_again(&self) -> bool {
        self.record.events <= AGAIN_MAX
    }
}

/// Where nothing strikes, nobody is out of service and nobody takes over, in this run and a few others.
fn is_sound<L: Logic<Policy = Policy>>(trial: &Trial<'_, L>) -> bool {
    let scenario = trial.case.calm().load::<L>().expect("the same with a disaster was loaded");
    let model = Model::new(&scenario).expect("it was loaded");
    let (mut world, mut agenda) = (World::with_logic(Arc::new(model), trial.logic.clone()), Agenda::new());
    (trial.seed..trial.seed + CALM_RUNS).all(|seed| {
        let record = world.run(seed, &mut agenda);
        record.outages.count == 0 && record.failovers == 0
    })
}

/// What judges a run.
type Oracle<L> = fn(&Trial<'_, L>) -> Option<Complaint>;

/// What reads the record that there is.
fn cheap<L: Logic<Policy = Policy>>() -> [Oracle<L>; 5] {
    [safety::judge, liveness::judge, haste::judge, promptness::judge, sums::judge]
}

/// What makes the run again in another way: one of them for each case.
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

/// Runs a case for a few seeds and asks the oracles.
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
        tried.judge(logic, case, &model, number);
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
            let mut world = World::with_logic(Arc::clone(&model), logic.clone());
            let record = world.run_within(seed, &mut Agenda::new(), EVENTS_MAX);
            let trial = Trial { logic, case, model: &model, seed, record: &record };
            who_says(class).into_iter().find_map(|oracle| oracle(&trial).filter(|one| one.class == class))
        });
        let complaint = heard.unwrap_or_else(|crash| Some(crash).filter(|one| one.class == class))?;
        Some((complaint, seed))
    })
}
