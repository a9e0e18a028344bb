//! One scenario, many seeds: loads, runs, checks that runs can be had again, and reports.

mod check;
mod clock;
mod fleet;
mod in_order;
mod panics;
mod scripted;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use models::{Failover, Logic, Model, Policy, Presence, Replay, RunRecord, World};
use reports::dossier::{Bounds, Page};
use reports::{
    Criterion, FaultSpec, Judged, Objectives, Recorded, Recorder, Run, ScenarioReport, StopReason,
    Undecidable,
};
use scenarios::{Expectation, LoadError, Scenario, Setting, Severity};
use sim::{Agenda, first_difference};
use units::Span;

use crate::{expectations, origin, record, timeline};

pub use check::{check, check_all};
pub(crate) use clock::Clock;
pub use fleet::{Fleet, News};
pub(crate) use panics::caught;

/// One scenario made ready to run for many seeds.
#[derive(Clone)]
pub struct Campaign<L: Logic = Failover> {
    logic: L,
    scenario: Scenario<L>,
    settings: Vec<Setting>,
    model: Arc<Model<L::Policy>>,
    criteria: Vec<Criterion>,
    replayed_by: Command,
    leaps: bool,
}

/// A run without leaps that has more events than this is not compared with one with them: a year would have
/// some 340 million.
const STEPS_MAX: u64 = 2_000_000;

/// How a seed is shown again.
type Command = Arc<dyn Fn(u64) -> String + Send + Sync>;

/// Why a scenario cannot be made ready.
#[derive(Debug)]
pub enum Error {
    /// Its files are wrong.
    Load(LoadError),
    /// Something is expected that nothing judges, because the policy does not promise it: it could not fail.
    Unjudged {
        /// The scenario.
        file: PathBuf,
        /// Line and column of the expectation.
        place: (usize, usize),
        /// What is expected.
        expectation: String,
        /// What the policy does not state.
        missing: &'static str,
    },
    /// The operating system gives no threads.
    Threads(rayon::ThreadPoolBuildError),
}

/// Where two runs of one seed went apart that should be one and the same.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// At an event.
    Event(Box<sim::Difference<models::Event>>),
    /// All events are the same and what was measured is not, or the campaign's run was another one.
    Digest {
        /// Of the campaign's run.
        campaign: u64,
        /// Of the run made again, alone.
        again: u64,
    },
    /// Leaps over idle time made a difference to this measure: with them and without.
    Leap(String),
}

impl Campaign {
    /// Loads a scenario; `settings` go on top of what its file says.
    ///
    /// # Errors
    /// Everything that is wrong with its files, and if several services take part.
    pub fn load(path: &Path, settings: &[Setting]) -> Result<Campaign, Error> {
        Ok(Campaign::with_logic(Failover, path, settings)?.replayed_by_command())
    }

    /// As [`load`](Campaign::load), for the service of this name.
    ///
    /// # Errors
    /// Everything that is wrong with its files, and if no such service takes part.
    pub fn load_service(path: &Path, service: &str, settings: &[Setting]) -> Result<Campaign, Error> {
        let scenario = scenarios::load_service(path, service, settings).map_err(Error::Load)?;
        Ok(Campaign::of(Failover, scenario, settings)?.replayed_by_command())
    }

    /// A campaign for every service that takes part, in the plan's order; the only one if the plan lists none. Of one
    /// seed all meet the same disaster.
    ///
    /// # Errors
    /// Everything that is wrong with its files.
    pub fn load_services(path: &Path, settings: &[Setting]) -> Result<Vec<Campaign>, Error> {
        let all = Campaign::services_with_logic(Failover, path, settings)?;
        Ok(all.into_iter().map(Campaign::replayed_by_command).collect())
    }

    fn replayed_by_command(self) -> Campaign {
        let settings: Vec<String> = self.settings.iter().map(Setting::to_string).collect();
        let (file, service) = (self.scenario.file.display().to_string(), self.scenario.service.clone());
        self.replayed_by(move |seed| reports::replay_command(&file, service.as_deref(), seed, &settings))
    }
}

impl<L: Logic> Campaign<L> {
    /// Loads a scenario for other logic than this repository's. Say how a run is [replayed](Campaign::replayed_by),
    /// or the reports can only point to [`tell`](Campaign::tell).
    ///
    /// # Errors
    /// Everything that is wrong with its files, expectations that nothing judges under this policy, and if several
    /// services take part.
    pub fn with_logic(logic: L, path: &Path, settings: &[Setting]) -> Result<Campaign<L>, Error> {
        Campaign::of(logic, scenarios::load(path, settings).map_err(Error::Load)?, settings)
    }

    /// As [`with_logic`](Campaign::with_logic), for every service that takes part, each under its own policy.
    ///
    /// # Errors
    /// Everything that is wrong with its files, and expectations that nothing judges under a service's policy.
    pub fn services_with_logic(
        logic: L,
        path: &Path,
        settings: &[Setting],
    ) -> Result<Vec<Campaign<L>>, Error> {
        let all = scenarios::load_services(path, settings).map_err(Error::Load)?;
        all.into_iter().map(|scenario| Campaign::of(logic.clone(), scenario, settings)).collect()
    }

    fn of(logic: L, scenario: Scenario<L>, settings: &[Setting]) -> Result<Campaign<L>, Error> {
        refuse_unjudged(&scenario)?;
        // The linter has a gap where this happens, and whoever meets it still wants to know in which file.
        let gap = |error| scenario.refuse("plan", format!("{error}"), "please report it with the scenario");
        let model = Arc::new(Model::new(&scenario).map_err(|error| Error::Load(gap(error)))?);
        let criteria = expectations::Asked::of(&scenario).criteria();
        let file = scenario.file.display().to_string();
        let replayed_by: Command = Arc::new(move |seed| format!("in code: {file}, campaign.tell({seed})"));
        Ok(Campaign {
            logic,
            scenario,
            settings: settings.to_vec(),
            model,
            criteria,
            replayed_by,
            leaps: true,
        })
    }

    /// The command that shows the run of a seed again, for reports.
    pub fn replayed_by(mut self, command: impl Fn(u64) -> String + Send + Sync + 'static) -> Campaign<L> {
        self.replayed_by = Arc::new(command);
        self
    }

    /// Runs in which every message is sent, also while all is as usual: they take longer and show the same.
    #[must_use]
    pub fn without_leaps(mut self) -> Campaign<L> {
        self.leaps = false;
        let before = Arc::clone(&self.replayed_by);
        self.replayed_by(move |seed| format!("{} --no-leaps", before(seed)))
    }

    /// What was loaded.
    pub fn scenario(&self) -> &Scenario<L> {
        &self.scenario
    }

    /// The scenario made ready to run.
    pub fn model(&self) -> &Model<L::Policy> {
        &self.model
    }

    /// What must hold.
    pub fn criteria(&self) -> &[Criterion] {
        &self.criteria
    }

    /// The system's name and the scenario's: `qnwis/primary-region-loss`; with the service's, if the plan lists any:
    /// `qnwis/services-own-policies/billing`.
    pub fn name(&self) -> String {
        let Scenario { system, name, service, .. } = &self.scenario;
        let name = format!("{system}/{name}");
        service.as_ref().map_or(name.clone(), |service| format!("{name}/{service}"))
    }

    /// What so many runs could not decide even if none of them were bad.
    pub fn undecidable(&self, runs: u64) -> Vec<Undecidable> {
        let refuse = |criterion| reports::refuse_if_undecidable(criterion, runs).err();
        self.criteria.iter().filter_map(refuse).collect()
    }

    /// A run for each seed on so many threads, in the order of seeds.
    ///
    /// # Errors
    /// [`Error::Threads`].
    pub fn run(
        &self,
        seeds: Range<u64>,
        threads: usize,
        mut on_progress: impl FnMut(&Run),
    ) -> Result<Vec<Run>, Error> {
        self.run_with(&Fleet { threads, ..Fleet::default() }, seeds, |news| {
            if let News::Done(run) = news {
                on_progress(run);
            }
        })
    }

    /// As [`run`](Campaign::run), with bounds on real time and a way to stop: then there are fewer runs than seeds.
    ///
    /// # Errors
    /// [`Error::Threads`].
    pub fn run_with(
        &self,
        fleet: &Fleet,
        seeds: Range<u64>,
        on_news: impl FnMut(News<'_>),
    ) -> Result<Vec<Run>, Error> {
        fleet.run(self.crew(), seeds, on_news).map_err(Error::Threads)
    }

    /// One run in a world of its own. A panic of the logic is part of the run.
    pub fn run_one(&self, seed: u64) -> Run {
        use fleet::{Crew, Worker};
        let crew = self.crew();
        caught(|| crew.worker().run(seed)).unwrap_or_else(|message| crew.panicked(seed, message))
    }

    /// Asks for every configured part of the world, after so long without any fault.
    ///
    /// # Errors
    /// What the logic said when it panicked.
    pub fn probe(&self, seed: u64, length: Span) -> Result<Presence, String> {
        let mut undisturbed = self.scenario.clone();
        (undisturbed.faults, undisturbed.horizon) = (Vec::new(), length);
        let model = Arc::new(Model::new(&undisturbed).map_err(|error| error.to_string())?);
        caught(|| World::with_logic(model, self.logic.clone()).without_leaps().probe(seed, length))
    }

    /// One run in which every agent keeps an audit trail.
    ///
    /// # Errors
    /// What the logic said when it panicked.
    pub fn audited(&self, seed: u64) -> Result<models::audit::Audited, String> {
        caught(|| self.world().audited(seed))
    }

    /// One run with its timeline.
    ///
    /// # Errors
    /// What the logic said when it panicked.
    pub fn replay(&self, seed: u64) -> Result<Replay, String> {
        caught(|| self.world().replay(seed))
    }

    /// One run told: its timeline and what was measured, as text without colours.
    ///
    /// # Errors
    /// What the logic said when it panicked.
    pub fn tell(&self, seed: u64) -> Result<String, String> {
        let replay = self.replay(seed)?;
        Ok(timeline::render(self, &replay, check::WIDTH, false))
    }

    /// What the reports keep of a replay: equal to the campaign's run of that seed.
    pub fn run_of(&self, replay: &Replay) -> Run {
        record::run_of(&self.model, replay.record.clone(), self.looks_at_convergence())
    }

    /// Runs `seed` twice in lock step: in a world that has run another seed before, and in one whose scenario was
    /// made ready anew. `None` if both went the same way to the end.
    ///
    /// # Panics
    /// If the logic does.
    pub fn double_run(&self, seed: u64) -> Option<Difference> {
        let anew = Model::new(&self.scenario).expect("it was made ready before");
        let fresh = World::with_logic(Arc::new(anew), self.logic.clone()).leaping(self.leaps);
        let (mut used, mut fresh) = (self.world(), fresh);
        let (mut left, mut right) = (Agenda::new(), Agenda::new());
        used.run(seed ^ 1, &mut left);
        used.reset(seed, &mut left);
        fresh.reset(seed, &mut right);
        let limits = used.limits();
        let difference = first_difference((&mut used, &mut left), (&mut fresh, &mut right), limits);
        difference.map(|difference| Difference::Event(Box::new(difference)))
    }

    /// Makes a campaign's run again: twice in lock step, then alone to compare what was measured, then without leaps, or with
    /// them where the campaign has none. A broken run is not made again; it fails as it is.
    pub fn recheck(&self, run: &Run) -> Option<Difference> {
        if run.broken().is_some() {
            return None;
        }
        // A panic here and none in the campaign is a difference as well, and shows in the digest.
        if let Some(difference) = caught(|| self.double_run(run.seed)).unwrap_or_default() {
            return Some(difference);
        }
        let (campaign, again) = (run.digest, caught(|| self.world().run(run.seed, &mut Agenda::new())));
        match again {
            Ok(again) if again.digest == campaign => self.leap_run(&again),
            Ok(RunRecord { digest: again, .. }) => Some(Difference::Digest { campaign, again }),
            Err(_) => Some(Difference::Digest { campaign, again: 0 }),
        }
    }

    /// Makes a run again without leaps, or with them where the campaign has none. `None` if both measured the same, or where
    /// the run without takes too long to tell.
    fn leap_run(&self, run: &RunRecord) -> Option<Difference> {
        if self.steps_least(run) > STEPS_MAX {
            return None;
        }
        let mut other = self.world().leaping(!self.leaps);
        match caught(|| other.run_within(run.seed, &mut Agenda::new(), STEPS_MAX)) {
            Ok(other) if other.stop == sim::Stop::EventLimit => None,
            Ok(other) if self.leaps => run.first_difference(&other).map(Difference::Leap),
            Ok(other) => other.first_difference(run).map(Difference::Leap),
            Err(panic) => Some(Difference::Leap(format!("one of them ends in a panic: {panic}"))),
        }
    }

    /// Without leaps some agent wakes at least once per heartbeat, as long as any lives.
    fn steps_least(&self, run: &RunRecord) -> u64 {
        run.ended.as_nanos() / self.model.terms.heartbeat.as_nanos().max(1)
    }

    /// What these runs show, out of so many that were planned.
    pub fn report(&self, runs: &[Run], planned: u64) -> ScenarioReport {
        let scripted = self.ended_by_the_script(runs);
        self.replayable(self.described(runs, planned, |campaign| {
            ScenarioReport::of(&reports::Campaign { scripted: scripted.as_ref(), ..*campaign })
        }))
    }

    /// What these runs show, with answers that were found elsewhere.
    pub(crate) fn report_judged(&self, runs: &[Run], judged: Vec<Judged>) -> ScenarioReport {
        // What the script decides a gate finds out for itself, and leaves out.
        let planned = runs.len() as u64;
        self.replayable(self.described(runs, planned, |campaign| ScenarioReport::judged(campaign, judged)))
    }

    fn replayable(&self, mut report: ScenarioReport) -> ScenarioReport {
        report.origin = Some(origin::of(&self.scenario));
        report.replay = report.worst_seed.map(|seed| self.replay_command(seed));
        let broken = report.broken_runs.iter_mut().chain(&mut report.unfinished_runs);
        broken.for_each(|run| run.replay = self.replay_command(run.seed));
        for judged in &mut report.criteria {
            judged.replay = judged.worst_seed.map(|seed| self.replay_command(seed));
        }
        report
    }

    /// What the pages show of these runs alone, and of what was asked of them: a gate asks other things than the
    /// scenario's file.
    pub(crate) fn page(&self, asked: &[Criterion], runs: &[Run], bounds: &mut Bounds) -> Page {
        self.described(runs, runs.len() as u64, |campaign| {
            Page::of(&reports::Campaign { criteria: asked, ..*campaign }, bounds)
        })
    }

    /// These runs as they are compared with others.
    pub fn recorded(&self, runs: &[Run]) -> Recorded {
        self.recorded_asked(&self.criteria, runs)
    }

    /// As [`recorded`](Campaign::recorded), with what a gate asks instead of what the scenario's file does.
    pub(crate) fn recorded_asked(&self, asked: &[Criterion], runs: &[Run]) -> Recorded {
        self.described(runs, runs.len() as u64, |campaign| {
            Recorded::of(&reports::Campaign { criteria: asked, ..*campaign })
        })
    }

    /// Adds these runs to a `runs.jsonl`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn record<W: Write>(&self, runs: &[Run], recorder: &mut Recorder<W>) -> io::Result<()> {
        self.record_asked(&self.criteria, runs, recorder)
    }

    /// As [`record`](Campaign::record), with what a gate asks instead of what the scenario's file does.
    pub(crate) fn record_asked<W: Write>(
        &self,
        asked: &[Criterion],
        runs: &[Run],
        recorder: &mut Recorder<W>,
    ) -> io::Result<()> {
        self.described(runs, runs.len() as u64, |campaign| {
            recorder.scenario(&reports::Campaign { criteria: asked, ..*campaign })
        })
    }

    /// What reports need to know of these runs.
    fn described<T>(&self, runs: &[Run], planned: u64, then: impl FnOnce(&reports::Campaign<'_>) -> T) -> T {
        let (runs, unfinished) = finished(runs);
        let (runs, scenario) = (&runs[..], &self.scenario);
        let (names, takes_effect_in) = (self.model.fault_names.iter().cloned(), scenario.takes_effect_in);
        let waits = scenario.faults.iter().map(|fault| fault.when.is_some());
        let faults = names.zip(waits).map(|(name, waits)| FaultSpec { name, takes_effect_in, waits });
        let objectives = &scenario.plan.objectives;
        let remarkable = |finding: &scenarios::Finding| finding.severity >= Severity::Warning;
        let lint = scenarios::lint(scenario).into_iter().filter(remarkable);
        then(&reports::Campaign {
            name: &self.name(),
            file: &scenario.file.display().to_string(),
            service: scenario.service.as_deref(),
            story: &scenario.story,
            covers: &scenario.covers,
            objectives: Some(Objectives::new(objectives.recovery_time, objectives.recovery_point)),
            exempt: &expectations::exemptions(&scenario.exempt),
            criteria: &self.criteria,
            allows: &scenario.allows.iter().copied().map(expectations::invariant).collect::<Vec<_>>(),
            unjudged: &expectations::unjudged(&self.model.terms),
            faults: &faults.collect::<Vec<_>>(),
            claims: &scenario.plan.claims.iter().filter_map(expectations::claim).collect::<Vec<_>>(),
            lint: &lint.map(|finding| finding.to_string()).collect::<Vec<_>>(),
            overrides: &self.settings.iter().map(Setting::to_string).collect::<Vec<_>>(),
            planned,
            runs,
            unfinished: &unfinished,
            scripted: None,
        })
    }

    /// The command that shows the run of this seed again.
    pub fn replay_command(&self, seed: u64) -> String {
        (self.replayed_by)(seed)
    }

    /// Where a fault stays for ever, the cluster need not come together, unless the scenario says so.
    fn looks_at_convergence(&self) -> bool {
        let heals = self.scenario.faults.iter().all(|fault| fault.heals() && !fault.is_endless());
        heals || self.scenario.expect.contains(&Expectation::Converges)
    }

    fn world(&self) -> World<L> {
        World::with_logic(Arc::clone(&self.model), self.logic.clone()).leaping(self.leaps)
    }

    fn crew(&self) -> Worlds<L> {
        let (logic, model) = (self.logic.clone(), Arc::clone(&self.model));
        Worlds { logic, model, look_at_convergence: self.looks_at_convergence(), leaps: self.leaps }
    }
}

/// Those that came to their end, and the seeds of those that did not. Copied only if need be: there can be millions.
fn finished(runs: &[Run]) -> (Cow<'_, [Run]>, Vec<u64>) {
    let seeds: Vec<u64> = runs.iter().filter(|run| run.is_unfinished()).map(|run| run.seed).collect();
    let finished = || runs.iter().filter(|run| !run.is_unfinished()).cloned().collect();
    (if seeds.is_empty() { Cow::Borrowed(runs) } else { Cow::Owned(finished()) }, seeds)
}

/// An expectation that cannot fail proves nothing.
fn refuse_unjudged<L: Logic>(scenario: &Scenario<L>) -> Result<(), Error> {
    let terms = scenario.plan.policy.terms();
    let lacking = |(index, one)| expectations::lacks(one, &terms).map(|missing| (index, one, missing));
    let mut expected = scenario.expect.iter().enumerate();
    let Some((index, expectation, missing)) = expected.find_map(lacking) else { return Ok(()) };
    let (file, place) = (scenario.file.clone(), scenario.place_of(&format!("expect[{index}]")));
    Err(Error::Unjudged { file, place, expectation: format!("{expectation:?}"), missing })
}

/// A world and its agenda for every worker.
struct Worlds<L: Logic> {
    logic: L,
    model: Arc<Model<L::Policy>>,
    look_at_convergence: bool,
    leaps: bool,
}

struct OneWorld<L: Logic> {
    world: World<L>,
    agenda: Agenda<models::Event>,
    look_at_convergence: bool,
    model: Arc<Model<L::Policy>>,
}

impl<L: Logic> fleet::Crew for Worlds<L> {
    type Worker = OneWorld<L>;

    fn worker(&self) -> OneWorld<L> {
        let model = Arc::clone(&self.model);
        let world = World::with_logic(Arc::clone(&model), self.logic.clone()).leaping(self.leaps);
        OneWorld { world, agenda: Agenda::new(), look_at_convergence: self.look_at_convergence, model }
    }

    fn panicked(&self, seed: u64, message: String) -> Run {
        record::broken(seed, StopReason::Panicked(message), self.model.fault_names.len())
    }

    fn hung(&self, seed: u64) -> Run {
        record::broken(seed, StopReason::HungUp, self.model.fault_names.len())
    }
}

impl<L: Logic> fleet::Worker for OneWorld<L> {
    fn run(&mut self, seed: u64) -> Run {
        let record = self.world.run(seed, &mut self.agenda);
        record::run_of(&self.model, record, self.look_at_convergence)
    }
}

impl<L: Logic> fmt::Debug for Campaign<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.settings.iter().map(Setting::to_string).collect::<Vec<_>>();
        let mut shown = f.debug_struct("Campaign");
        shown.field("scenario", &self.scenario).field("settings", &settings).finish_non_exhaustive()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Load(error) => error.fmt(f),
            Error::Unjudged { file, place: (line, column), expectation, missing } => write!(
                f,
                "{}:{line}:{column}: {expectation} is expected, but nothing judges it: in its terms the policy states no {missing}",
                file.display()
            ),
            Error::Threads(error) => write!(f, "no threads to run on: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Load(error) => Some(error),
            Error::Unjudged { .. } => None,
            Error::Threads(error) => Some(error),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Event(difference) => difference.fmt(f),
            Difference::Digest { campaign, again } => {
                write!(f, "the events agree, but the digest was {campaign:016x} and is now {again:016x}")
            }
            Difference::Leap(measure) => write!(f, "with leaps over idle time and without, {measure}"),
        }
    }
}
