//! What is wrong with a run whatever it was meant to show: one small file each.

mod alike;
mod budget;
mod choice;
mod crash;
mod eager;
mod haste;
mod leaps;
mod liveness;
mod memory;
mod orders;
mod promptness;
mod renamed;
mod safety;
mod services;
mod stricter;
mod sums;
mod told;
mod trails;
mod unused;

use std::collections::BTreeSet;
use std::sync::Arc;

use failover::Policy;
use models::{Logic, Model, Replay, RunRecord, World};
use scenarios::LoadError;
use sim::{Agenda, Stop};
use units::Span;

use super::aftermath::Aftermath;
use super::case::Case;
use super::ground::Limits;
use super::interest;

/// Events of a run at most. Where heartbeats come fast and links lose some, so that nothing can be leapt over, one run takes as
/// long as ten others: what it shows is not worth what they would. All that was ever found was found in fewer.
const EVENTS_MAX: u64 = 10_000;
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
    /// All about the run of the case's own number.
    pub complaints: Vec<Complaint>,
    /// Pairs of things that happened one after the other.
    pub pairs: BTreeSet<u64>,
    /// When something was decided.
    pub moments: Vec<Span>,
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

    /// Judges one run: another case of the same kind shows more than another run of the same case.
    fn judge<L: Logic<Policy = Policy>>(
        &mut self,
        logic: &L,
        case: &Case,
        model: &Arc<Model<L::Policy>>,
        number: u64,
    ) {
        let mut world = World::with_logic(Arc::clone(model), logic.clone());
        let record = self.note(world.replay_within(number, EVENTS_MAX));
        let trial = Trial { logic, case, model, seed: number, record: &record };
        self.too_long = record.stop == Stop::EventLimit;
        let oracles = who_can_tell(&record, || cheap().into_iter().chain(dear(number)).collect());
        self.complaints.extend(oracles.into_iter().filter_map(|oracle| oracle(&trial)));
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

impl<L: Logic<Policy = Policy>> Trial<'_, L> {
    /// The run of another case, which may not go together.
    fn run_of(&self, case: &Case) -> Option<RunRecord> {
        let model = Model::new(&case.load::<L>().ok()?).ok()?;
        Some(World::with_logic(Arc::new(model), self.logic.clone()).run(self.seed, &mut Agenda::new()))
    }

    /// What its one fault leaves, where that is clear.
    fn aftermath(&self) -> Option<Aftermath> {
        self.case.aftermath(&Limits::of(&self.model.config.policy, self.model.watchdog))
    }

    /// It came to its end, and so will another.
    fn may_be_made_again(&self) -> bool {
        self.record.stop != Stop::EventLimit
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

/// Of a run that was given up nobody knows how it would have ended: invariants are broken whatever comes after.
fn who_can_tell<L: Logic<Policy = Policy>>(
    record: &RunRecord,
    all: impl FnOnce() -> Vec<Oracle<L>>,
) -> Vec<Oracle<L>> {
    match record.stop == Stop::EventLimit {
        true => vec![safety::judge],
        false => all(),
    }
}

/// What reads the record that there is.
fn cheap<L: Logic<Policy = Policy>>() -> [Oracle<L>; 10] {
    [
        safety::judge,
        budget::judge,
        liveness::judge,
        haste::judge,
        promptness::judge,
        orders::judge,
        told::judge,
        trails::judge,
        choice::judge,
        sums::judge,
    ]
}

/// What makes the run again in another way, and how its complaints begin.
fn again<L: Logic<Policy = Policy>>() -> [(&'static str, Oracle<L>); 7] {
    [
        (leaps::CLASS, leaps::judge),
        (memory::CLASS, memory::judge),
        (unused::CLASS, unused::judge),
        (stricter::CLASS, stricter::judge),
        (renamed::CLASS, renamed::judge),
        (eager::CLASS, eager::judge),
        (services::CLASS, services::judge),
    ]
}

/// One of those for some of the cases; what makes many runs, or runs that do not end before their horizon, for fewer.
fn dear<L: Logic<Policy = Policy>>(number: u64) -> Option<Oracle<L>> {
    let [leaps, memory, unused, stricter, renamed, eager, services] = again();
    match number % 128 {
        6 if number % 2048 == 6 => Some(eager.1),
        4 | 68 => Some(unused.1),
        5 => Some(renamed.1),
        7 | 71 => Some(services.1),
        within if within % 32 == 1 => Some(memory.1),
        within if within % 8 == 0 => Some(leaps.1),
        within if within % 8 == 3 => Some(stricter.1),
        _ => None,
    }
}

/// Those who may have complained so.
fn who_says<L: Logic<Policy = Policy>>(class: &str) -> Vec<Oracle<L>> {
    if class.starts_with(crash::CLASS) {
        // Of whatever run.
        return cheap().into_iter().chain(again().map(|(_, oracle)| oracle)).collect();
    }
    match again().into_iter().find(|(begins, _)| class.starts_with(begins)) {
        Some((_, oracle)) => vec![oracle],
        None => cheap().to_vec(),
    }
}

/// Runs a case and asks the oracles.
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
    tried.complaints.extend(outcome.err());
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
            let oracles = who_can_tell(&record, || who_says(class));
            oracles.into_iter().find_map(|oracle| oracle(&trial).filter(|one| one.class == class))
        });
        let complaint = heard.unwrap_or_else(|crash| Some(crash).filter(|one| one.class == class))?;
        Some((complaint, seed))
    })
}
