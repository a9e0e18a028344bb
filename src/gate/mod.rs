//! A release gate: what a gate file asks, decided on evidence.
//!
//! ```text
//! gate.ron --load--> Gate: checks, campaigns, what is asked of which --+
//!                                                                      |   run
//!    seeds of (gate, base) --> runs, in prefixes, until decided -------+---------> Report with its GateReport
//!    probes, plans, clock of this machine -----------------------------+
//! ```
//!
//! Everything that could keep a gate from an answer is refused when it is loaded; nothing has been run then. A verdict
//! depends on the gate, the seed base and the logic, never on threads; computing times alone depend on the machine.

mod asked;
mod audits;
mod baseline;
mod computing;
mod error;
mod plans;
mod presence;
mod provenance;
mod runs;
mod stopwatch;
mod topology;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use models::{Failover, Logic};
use reports::gate::{CheckKind, CheckReport, GateReport};
use reports::{Criterion, MeasureReport, Report, ScenarioReport, Verdict, human};
use scenarios::{Checked, GateCheck, LoadError};

use crate::campaign::{Campaign, Fleet};

pub use baseline::Baseline;
pub use computing::Computation;
pub use error::Error;
pub use plans::{Codec, sample_plan};
pub(crate) use provenance::scenario_digest;
pub use runs::{Answer, Progress, Ran};
pub use topology::Topology;

use asked::Question;
use stopwatch::Stopwatch;

/// A gate made ready: its scenarios are loaded, and every criterion can be decided.
pub struct Gate<L: Logic = Failover> {
    file: scenarios::Gate,
    campaigns: Vec<Campaign<L>>,
    questions: Vec<Question>,
    runs_max: u64,
    /// How plans are written and read.
    codec: Codec,
    /// What is measured by the clock.
    computation: Computation,
    /// What somebody does to trails before they are looked at: nothing.
    tampering: Tampering,
}

/// Does something to an audited run.
pub type Tampering = fn(&mut models::audit::Audited);

/// How a gate is run.
pub struct Options<'a> {
    /// What the seeds derive from, together with the gate's name.
    pub seed_base: String,
    /// Threads, and when to stop.
    pub fleet: Fleet,
    /// The command that was given, for the report.
    pub command: String,
    /// Runs to stand beside.
    pub baseline: Option<&'a Baseline>,
    /// A significant regression against the baseline fails the gate.
    pub fail_on_regression: bool,
}

/// What a gate found, and the runs it rests on, a list for each scenario of the report.
pub struct Outcome {
    /// What goes to `report.json`.
    pub report: Report,
    /// In the order of the report's scenarios.
    pub runs: Vec<Vec<reports::Run>>,
    /// Whether this machine did not finish some of them.
    pub unfinished: bool,
}

impl Gate<Failover> {
    /// Loads a gate for this repository's logic. `runs_max` bounds the runs of each scenario below what the file says.
    ///
    /// # Errors
    /// Everything that is wrong with the gate and its scenarios, and criteria that so few runs cannot decide.
    pub fn load(path: &Path, runs_max: Option<u64>) -> Result<Gate, Error> {
        Gate::prepare(path, runs_max, |file| Campaign::load_services(file, &[]))
    }
}

/// The scenarios that a gate names. That one is not there is the gate's mistake, where it names it.
fn discovered(file: &scenarios::Gate) -> Result<Vec<PathBuf>, LoadError> {
    for (index, path) in file.scenarios.iter().enumerate() {
        scenarios::discover(std::slice::from_ref(path)).map_err(|error| {
            file.refuse(
                &format!("scenarios[{index}]"),
                error.to_string(),
                "name scenario files, or folders of them",
            )
        })?;
    }
    scenarios::discover(&file.scenarios)
}

impl<L: Logic> Gate<L> {
    /// Loads a gate for other logic.
    ///
    /// # Errors
    /// As [`load`](Gate::load).
    pub fn with_logic(logic: L, path: &Path, runs_max: Option<u64>) -> Result<Gate<L>, Error> {
        Gate::prepare(path, runs_max, |file| Campaign::services_with_logic(logic.clone(), file, &[]))
    }

    fn prepare(
        path: &Path,
        runs_max: Option<u64>,
        load: impl Fn(&Path) -> Result<Vec<Campaign<L>>, crate::campaign::Error>,
    ) -> Result<Gate<L>, Error> {
        let file = scenarios::load_gate(path).map_err(Error::Load)?;
        let found = discovered(&file).map_err(Error::Load)?;
        let loaded: Result<Vec<_>, _> = found.iter().map(|file| load(file)).collect();
        let campaigns = loaded.map_err(Error::Campaign)?.concat();
        refuse_namesakes(&file, &campaigns).map_err(Error::Load)?;
        let runs_max = runs_max.unwrap_or(file.runs_at_most);
        let questions = asked::questions(&file, &campaigns, runs_max)?;
        computing::refuse_undecidable(&file)?;
        let (codec, computation) = (Codec::default(), Computation::default());
        Ok(Gate { file, campaigns, questions, runs_max, codec, computation, tampering: |_| () })
    }

    /// Every message of every run is sent ([`Campaign::without_leaps`]).
    #[must_use]
    pub fn without_leaps(mut self) -> Gate<L> {
        self.campaigns = self.campaigns.into_iter().map(Campaign::without_leaps).collect();
        self
    }

    /// Plans are written and read in another way: for tests that break it.
    pub fn with_codec(self, codec: Codec) -> Gate<L> {
        Gate { codec, ..self }
    }

    /// Something else is measured by the clock: for tests that slow it down.
    pub fn with_computation(self, computation: Computation) -> Gate<L> {
        Gate { computation, ..self }
    }

    /// Somebody tampers with audit trails: for tests that see whether it is found.
    pub fn with_tampering(self, tampering: Tampering) -> Gate<L> {
        Gate { tampering, ..self }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.file.name
    }

    /// The scenarios it runs.
    pub fn campaigns(&self) -> &[Campaign<L>] {
        &self.campaigns
    }

    /// What is asked of the runs of the scenario at this place; without its recovery time where its script decides that.
    pub fn asked_of(&self, campaign: usize, scripted: bool) -> Vec<Criterion> {
        let of_it = self.questions.iter().filter(|question| question.campaign == campaign);
        let asked = of_it.filter(|question| !(scripted && question.is_for_recovery_time()));
        asked.map(|question| question.asked.criterion.clone()).collect()
    }

    /// The first of its seeds; the others follow it. Another gate or another base has others.
    pub fn first_seed(&self, seed_base: &str) -> u64 {
        provenance::first_seed(&self.file.name, seed_base)
    }

    /// Decides the gate.
    ///
    /// # Errors
    /// [`Error::Campaign`] if the operating system gives no threads.
    pub fn run(
        &self,
        options: &Options<'_>,
        on_progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Outcome, Error> {
        let watch = Stopwatch::start();
        let first_seed = self.first_seed(&options.seed_base);
        let ran = runs::all(self, options, first_seed, on_progress)?;
        let checks = self.file.checks.iter().enumerate();
        let checks: Vec<CheckReport> = checks
            .map(|(index, check)| self.check(index, check, &ran, options, first_seed))
            .collect::<Result<_, _>>()?;
        let interrupted = options.fleet.stop.load(Ordering::Relaxed);
        let told =
            |ran: &Ran| ScenarioReport { measures: MeasureReport::all(&ran.runs), ..ran.report.clone() };
        let scenarios = ran.iter().map(told).collect();
        let mut report = Report::new(env!("CARGO_PKG_VERSION"), interrupted, scenarios);
        let baseline =
            options.baseline.map(|baseline| baseline.beside(self, &checks, &ran, options)).transpose()?;
        let provenance = provenance::of(self, options, first_seed, &ran, watch);
        let mut gate = GateReport {
            name: self.file.name.clone(),
            file: self.file.file.display().to_string(),
            story: self.file.story.clone(),
            verdict: Verdict::all(checks.iter().map(|check| check.verdict)),
            reasons: reasons(&checks, interrupted),
            criteria: checks.iter().map(|check| (check.criteria.len() + check.computing.len()) as u64).sum(),
            runs: ran.iter().map(|ran| ran.runs.len() as u64).sum(),
            confidence: self.least_confidence(),
            checks,
            baseline,
            provenance,
        };
        conclude(&mut gate, interrupted, options.fail_on_regression);
        (report.verdict, report.criteria) = (gate.verdict, gate.criteria);
        report.gate = Some(gate);
        let unfinished = ran.iter().any(|ran| ran.runs.iter().any(reports::Run::is_unfinished));
        Ok(Outcome { report, runs: ran.into_iter().map(|ran| ran.runs).collect(), unfinished })
    }

    /// That any criterion asks for, over runs or iterations; 1 if there is none.
    fn least_confidence(&self) -> f64 {
        let computing = self.file.checks.iter().filter_map(|check| computing::confidence(&check.check));
        self.questions.iter().map(Question::confidence).chain(computing).fold(1.0, f64::min)
    }

    /// What has been run is judged even after a stop; nothing else is begun then.
    fn check(
        &self,
        index: usize,
        check: &GateCheck,
        ran: &[Ran],
        options: &Options<'_>,
        first_seed: u64,
    ) -> Result<CheckReport, Error> {
        let fleet = &options.fleet;
        let mut report = CheckReport {
            id: check.id.clone(),
            title: check.title.clone(),
            kind: kind(&check.check),
            covers: check.covers.clone(),
            verdict: Verdict::Inconclusive,
            findings: Vec::new(),
            criteria: Vec::new(),
            facts: Vec::new(),
            computing: Vec::new(),
        };
        match &check.check {
            Checked::Runs(_) => runs::check(self, index, ran, &mut report),
            _ if fleet.stop.load(Ordering::Relaxed) => {
                report.findings.push("interrupted before it was looked at".to_owned());
            }
            Checked::Presence => presence::check(self, fleet, &mut report)?,
            Checked::PlanIntegrity { .. } => plans::check(&check.check, &self.codec, &mut report),
            Checked::AuditIntegrity { .. } => {
                audits::check(self, &check.check, fleet, first_seed, &mut report)?;
            }
            // Alone on its thread: it is measured by the clock.
            Checked::ComputingTime { .. } => computing::check(&check.check, &self.computation, &mut report),
        }
        Ok(report)
    }
}

/// Reports, baselines and replays tell scenarios apart by their names.
fn refuse_namesakes<L: Logic>(file: &scenarios::Gate, campaigns: &[Campaign<L>]) -> Result<(), LoadError> {
    let mut known = BTreeMap::new();
    for campaign in campaigns {
        let here = &campaign.scenario().file;
        if let Some(there) = known.insert(campaign.name(), here) {
            let (name, there, here) = (campaign.name(), there.display(), here.display());
            let problem = format!("two scenarios are called '{name}': {there} and {here}");
            return Err(file.refuse("scenarios", problem, "rename one of them, or its folder"));
        }
    }
    Ok(())
}

/// What keeps it from passing, all checks together.
fn reasons(checks: &[CheckReport], interrupted: bool) -> Vec<String> {
    let told = |check: &CheckReport| {
        let id = check.id.clone();
        check.findings.iter().map(move |finding| format!("{id}: {finding}")).collect::<Vec<_>>()
    };
    let cut = interrupted.then(|| "interrupted: what is not shown was not run".to_owned());
    cut.into_iter().chain(checks.iter().flat_map(told)).collect()
}

fn conclude(gate: &mut GateReport, interrupted: bool, fail_on_regression: bool) {
    if interrupted {
        gate.verdict = gate.verdict.and(Verdict::Inconclusive);
    }
    let Some(baseline) = &gate.baseline else { return };
    // Whether it may fail the gate is the user's choice; that it is told is not.
    let asked_less = (!baseline.asked_no_more.is_empty()).then(|| {
        let number = human::count(baseline.asked_no_more.len() as u64);
        format!("asked for less than the baseline, by {number}: {}", first_of(&baseline.asked_no_more))
    });
    gate.reasons.extend(asked_less.clone());
    if !fail_on_regression {
        return;
    }
    if asked_less.is_some() {
        gate.verdict = Verdict::Fail;
    }
    if baseline::is_worse(baseline) {
        gate.verdict = Verdict::Fail;
        gate.reasons.push("something is significantly worse than in the baseline".to_owned());
    } else if baseline.paired.is_none() {
        gate.verdict = gate.verdict.and(Verdict::Inconclusive);
        gate.reasons.push("no run could be paired with one of the baseline, so it may be worse".to_owned());
    } else if let Some(which) = baseline::contradiction(baseline) {
        gate.verdict = gate.verdict.and(Verdict::Inconclusive);
        gate.reasons.push(format!("by one figure worse than in the baseline, by another not: {which}"));
    }
}

/// `a; b; c; and 4 more`.
fn first_of(names: &[String]) -> String {
    const TOLD: usize = 5;
    let told = names.iter().take(TOLD).cloned();
    let more = names.len().saturating_sub(TOLD);
    told.chain((more > 0).then(|| format!("and {more} more"))).collect::<Vec<_>>().join("; ")
}

fn kind(check: &Checked) -> CheckKind {
    match check {
        Checked::Presence => CheckKind::Presence,
        Checked::PlanIntegrity { .. } => CheckKind::PlanIntegrity,
        Checked::Runs(_) => CheckKind::Runs,
        Checked::AuditIntegrity { .. } => CheckKind::AuditIntegrity,
        Checked::ComputingTime { .. } => CheckKind::ComputingTime,
    }
}
