use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use struct_patch::Patch;
use units::Span;

use crate::diagnostic::{Finding, Severity};
use crate::error::LoadError;
use crate::fault::Fault;
use crate::files::{Disk, Files};
use crate::layers::{Layers, Remark, place_of};
use crate::logic::Logic;
use crate::people::Asking;
use crate::plan::{Plan, PlanPatch};
use crate::scenario::{Exempt, Expectation, Invariant};
use crate::settings::Setting;
use crate::source::{Source, line_and_column};
use crate::texts::Texts;
use crate::traffic::Recorded;

/// A disaster and the system it strikes, ready to run: everything it names exists and every number makes
/// sense.
pub struct Scenario<L: Logic> {
    /// The file's name without `.ron`.
    pub name: String,
    /// The name of the folder that holds it, or of the plan where there is no folder.
    pub system: String,
    /// The service whose policy and targets apply; `None` where the plan lists no services.
    pub service: Option<String>,
    /// The file, as the path was given.
    pub file: PathBuf,
    /// What happens, in one or two sentences.
    pub story: String,
    /// Requirement ids this scenario is evidence for.
    pub covers: Vec<String>,
    /// The part of the logic that makes it pass.
    pub mechanism: Option<String>,
    /// The system, with the service's patch, the scenario's overrides and the settings applied.
    pub plan: Plan<L::Policy>,
    /// The disaster.
    pub faults: Vec<Fault>,
    /// Who asks the logic for what.
    pub requests: Vec<Asking>,
    /// A run ends here at the latest.
    pub horizon: Span,
    /// Service must last this long to count as recovered.
    pub steady: Span,
    /// A fault must take effect in at least this share of the runs.
    pub takes_effect_in: f64,
    /// Safety violations that this system is known to have.
    pub allows: Vec<Invariant>,
    /// Objectives of the plan that it is not held to.
    pub exempt: Vec<Exempt>,
    /// What must hold besides.
    pub expect: Vec<Expectation>,
    /// What looks wrong, but does not keep the scenario from running: no errors.
    pub findings: Vec<Finding>,
    pub(crate) layers: Layers,
}

/// Loads a scenario and its plan from disk; `settings` go on top of the scenario's overrides, which go on top
/// of the service's, which go on top of the plan.
///
/// # Errors
/// When a file cannot be read, with everything that is wrong in them, or if several services take part.
pub fn load<L: Logic>(path: &Path, settings: &[Setting]) -> Result<Scenario<L>, LoadError> {
    load_from(&Disk, path, settings)
}

/// [`load`] from any place that holds files.
///
/// # Errors
/// As [`load`].
pub fn load_from<L: Logic>(
    files: &dyn Files,
    path: &Path,
    settings: &[Setting],
) -> Result<Scenario<L>, LoadError> {
    only(load_services_from(files, path, settings)?, path, None)
}

/// As [`load`], for the service of this name.
///
/// # Errors
/// As [`load`], and if no such service takes part.
pub fn load_service<L: Logic>(
    path: &Path,
    service: &str,
    settings: &[Setting],
) -> Result<Scenario<L>, LoadError> {
    only(load_services_from(&Disk, path, settings)?, path, Some(service))
}

/// As [`load`], for every service that takes part, in the plan's order; a plan that lists none is one system.
///
/// # Errors
/// When a file cannot be read, or with everything that is wrong in them.
pub fn load_services<L: Logic>(path: &Path, settings: &[Setting]) -> Result<Vec<Scenario<L>>, LoadError> {
    load_services_from(&Disk, path, settings)
}

/// [`load_services`] from any place that holds files.
///
/// # Errors
/// As [`load_services`].
pub fn load_services_from<L: Logic>(
    files: &dyn Files,
    path: &Path,
    settings: &[Setting],
) -> Result<Vec<Scenario<L>>, LoadError> {
    let texts = Texts::read(files, path, settings)?;
    if texts.plan.services.is_empty() {
        return Ok(vec![texts.assemble(files, None)?]);
    }
    texts.refuse_too_many_services()?;
    let known = texts.found_in_default(files);
    let wrong = texts.wrong_services();
    let service = |index: usize| texts.assemble(files, Some((index, known.clone())));
    all_or_findings(wrong, texts.taking_part().map(service))
}

/// The one that is asked for, or the only one.
fn only<L: Logic>(
    loaded: Vec<Scenario<L>>,
    path: &Path,
    asked: Option<&str>,
) -> Result<Scenario<L>, LoadError> {
    let names = loaded.iter().filter_map(|scenario| scenario.service.clone()).collect();
    let refuse =
        || LoadError::Service { path: path.to_owned(), asked: asked.map(str::to_owned), services: names };
    let is_asked =
        |scenario: &Scenario<L>| asked.is_none_or(|name| scenario.service.as_deref() == Some(name));
    let mut wanted = loaded.into_iter().filter(is_asked);
    match (wanted.next(), wanted.next()) {
        (Some(scenario), None) => Ok(scenario),
        _ => Err(refuse()),
    }
}

/// What is wrong with several services is told once.
fn all_or_findings<L: Logic>(
    wrong: Vec<Finding>,
    loaded: impl Iterator<Item = Result<Scenario<L>, LoadError>>,
) -> Result<Vec<Scenario<L>>, LoadError> {
    let (mut scenarios, mut findings) = (Vec::new(), wrong);
    for result in loaded {
        match result {
            Ok(scenario) => scenarios.push(scenario),
            Err(LoadError::Invalid(more)) => findings.extend(more),
            Err(other) => return Err(other),
        }
    }
    let mut told = BTreeSet::new();
    findings.retain(|finding| told.insert(place_of(finding)));
    if findings.is_empty() { Ok(scenarios) } else { Err(LoadError::Invalid(findings)) }
}

impl<L: Logic> Scenario<L> {
    /// What its file and its plan's file say, to the letter.
    pub fn texts(&self) -> [&str; 2] {
        [&self.layers.scenario.text, &self.layers.plan.text]
    }

    /// Something wrong with its own field at `path` that only showed when it was made ready to run.
    pub fn refuse(&self, path: &str, problem: impl Into<String>, remedy: impl Into<String>) -> LoadError {
        let remark = Remark { severity: Severity::Error, problem: problem.into(), remedy: remedy.into() };
        self.layers.in_scenario(path, remark).into()
    }

    /// The files that it was read from, by their role and name, with all that matters of what they say: scenario, plan,
    /// and each recording.
    pub fn inputs(&self) -> Vec<(String, String)> {
        let Layers { scenario, plan, .. } = &self.layers;
        let text = |role: &str, source: &Source| {
            let file = source.path.file_name().unwrap_or_default().to_string_lossy();
            (format!("{role} {file}"), source.text.to_string())
        };
        let point = |(at, writes): &(Span, u64)| format!("{} {writes}\n", at.as_nanos());
        let recording =
            |one: &Recorded| (format!("recording {}", one.file), one.points.iter().map(point).collect());
        let mut all = vec![text("scenario", scenario), text("plan", plan)];
        all.extend(self.recordings().map(recording));
        all
    }

    /// The loads that its plan had read from other files: the plan's own, then those of regions.
    pub fn recordings(&self) -> impl Iterator<Item = &Recorded> {
        let of_regions = self.plan.regions.iter().filter_map(|region| region.traffic.as_ref());
        std::iter::once(&self.plan.traffic).chain(of_regions).filter_map(|traffic| traffic.recorded.as_ref())
    }

    /// The line of the scenario's file, from 1, on which its own field at `path` (such as `expect[2]`) is written, or
    /// the nearest one around it that is.
    pub fn line_of(&self, path: &str) -> usize {
        self.place_of(path).0
    }

    /// As [`line_of`](Scenario::line_of), with the column in characters, from 1.
    pub fn place_of(&self, path: &str) -> (usize, usize) {
        let source = &self.layers.scenario;
        line_and_column(&source.text, source.find_nearest(path).start)
    }
}

/// Replaces whatever the patch names.
pub fn apply_overrides<L: Logic>(plan: &mut Plan<L::Policy>, patch: PlanPatch<L::PolicyPatch>) {
    let PlanPatch {
        regions,
        links,
        database,
        clients,
        redirect,
        dns,
        hosts,
        virtual_address,
        proxy,
        traffic,
        alerts,
        slo,
        kms,
        people,
        policy,
        objectives,
    } = patch;
    plan.regions = regions.unwrap_or_else(|| std::mem::take(&mut plan.regions));
    plan.people = people.unwrap_or_else(|| std::mem::take(&mut plan.people));
    plan.links.apply(links.unwrap_or_default());
    plan.database.apply(database.unwrap_or_default());
    plan.clients.apply(clients.unwrap_or_default());
    plan.redirect = redirect.unwrap_or(plan.redirect);
    plan.dns.apply(dns.unwrap_or_default());
    plan.hosts.apply(hosts.unwrap_or_default());
    plan.virtual_address.apply(virtual_address.unwrap_or_default());
    plan.proxy.apply(proxy.unwrap_or_default());
    plan.traffic.apply(traffic.unwrap_or_default());
    plan.objectives.apply(objectives.unwrap_or_default());
    plan.alerts = alerts.or_else(|| plan.alerts.take());
    plan.slo = slo.or(plan.slo);
    plan.kms = kms.or_else(|| plan.kms.take());
    if let Some(policy) = policy {
        L::apply(&mut plan.policy, policy);
    }
}

// Written out, because derives would ask the logic's marker type to be `Clone` and `Debug` as well.
impl<L: Logic> Clone for Scenario<L> {
    fn clone(&self) -> Scenario<L> {
        Scenario {
            name: self.name.clone(),
            system: self.system.clone(),
            service: self.service.clone(),
            file: self.file.clone(),
            story: self.story.clone(),
            covers: self.covers.clone(),
            mechanism: self.mechanism.clone(),
            plan: self.plan.clone(),
            faults: self.faults.clone(),
            requests: self.requests.clone(),
            horizon: self.horizon,
            steady: self.steady,
            takes_effect_in: self.takes_effect_in,
            allows: self.allows.clone(),
            exempt: self.exempt.clone(),
            expect: self.expect.clone(),
            findings: self.findings.clone(),
            layers: self.layers.clone(),
        }
    }
}

impl<L: Logic> fmt::Debug for Scenario<L> {
    /// Without the files' texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario")
            .field("name", &self.name)
            .field("system", &self.system)
            .field("service", &self.service)
            .field("file", &self.file)
            .field("plan", &self.plan)
            .field("faults", &self.faults)
            .field("horizon", &self.horizon)
            .field("steady", &self.steady)
            .field("expect", &self.expect)
            .finish_non_exhaustive()
    }
}
