use std::fmt;
use std::path::{Path, PathBuf};

use struct_patch::Patch;
use units::Span;

use crate::diagnostic::{Finding, Severity};
use crate::error::LoadError;
use crate::files::{Disk, Files, normal};
use crate::layers::Layers;
use crate::logic::Logic;
use crate::parse::parse;
use crate::people::Asking;
use crate::plan::{Plan, PlanPatch};
use crate::scenario::{Expectation, Fault, Invariant, ScenarioFile};
use crate::settings::{Change, Setting};
use crate::source::Source;
use crate::{check, overrides, recorded};

/// A disaster and the system it strikes, ready to run: everything it names exists and every number makes
/// sense.
pub struct Scenario<L: Logic> {
    /// The file's name without `.ron`.
    pub name: String,
    /// The name of the folder that holds it, or of the plan where there is no folder.
    pub system: String,
    /// The file, as the path was given.
    pub file: PathBuf,
    /// What happens, in one or two sentences.
    pub story: String,
    /// Requirement ids this scenario is evidence for.
    pub covers: Vec<String>,
    /// The system, with the scenario's overrides and the settings applied.
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
    /// What must hold.
    pub expect: Vec<Expectation>,
    /// What looks wrong, but does not keep the scenario from running: no errors.
    pub findings: Vec<Finding>,
    pub(crate) layers: Layers,
}

/// Loads a scenario and its plan from disk; `settings` go on top of the scenario's overrides, which go on top
/// of the plan.
///
/// # Errors
/// When a file cannot be read, or with everything that is wrong in them.
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
    let source = read(files, path)?;
    let file: ScenarioFile<L::PolicyPatch> = parse(&source, "a scenario")?;
    overrides::refuse_inert::<L::PolicyPatch>(&source)?;
    let plan_source = read_plan(files, &source, &file.plan)?;
    let plan: Plan<L::Policy> = parse(&plan_source, "a plan")?;
    let layers = Layers { settings: settings.to_vec(), scenario: source, plan: plan_source };
    let mut scenario = assemble::<L>(path, file, plan, layers);
    apply_settings(&mut scenario, settings)?;
    recorded::read_all(files, &scenario.layers, &mut scenario.plan)?;
    let findings = check::check(&scenario);
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(LoadError::Invalid(findings));
    }
    scenario.findings = findings;
    Ok(scenario)
}

/// Replaces whatever the patch names.
pub fn apply_overrides<L: Logic>(plan: &mut Plan<L::Policy>, patch: PlanPatch<L::PolicyPatch>) {
    let PlanPatch { regions, links, database, clients, dns, traffic, people, policy, objectives } = patch;
    plan.regions = regions.unwrap_or_else(|| std::mem::take(&mut plan.regions));
    plan.people = people.unwrap_or_else(|| std::mem::take(&mut plan.people));
    plan.links.apply(links.unwrap_or_default());
    plan.database.apply(database.unwrap_or_default());
    plan.clients.apply(clients.unwrap_or_default());
    plan.dns.apply(dns.unwrap_or_default());
    plan.traffic.apply(traffic.unwrap_or_default());
    plan.objectives.apply(objectives.unwrap_or_default());
    if let Some(policy) = policy {
        L::apply(&mut plan.policy, policy);
    }
}

fn read(files: &dyn Files, path: &Path) -> Result<Source, LoadError> {
    let read = files.read(path);
    let bytes = read.map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
    Ok(Source::new(path, bytes)?)
}

/// The plan beside its scenario. What is wrong with its path is the scenario's mistake, at `plan:`.
fn read_plan(files: &dyn Files, scenario: &Source, plan: &str) -> Result<Source, LoadError> {
    let path = scenario.path.parent().unwrap_or(Path::new("")).join(plan);
    let refuse =
        |problem: String, remedy: &str| scenario.error(scenario.find_nearest("plan"), problem, remedy);
    if normal(&path) == normal(&scenario.path) {
        return Err(refuse(
            "a scenario cannot be its own plan".to_owned(),
            "name the file that describes the system",
        )
        .into());
    }
    let read = files.read(&path);
    let bytes = read.map_err(|error| {
        let problem = format!("the plan file '{}' cannot be read: {error}", path.display());
        refuse(problem, "the path is relative to the folder of this scenario")
    })?;
    Ok(Source::new(&path, bytes)?)
}

fn assemble<L: Logic>(
    path: &Path,
    file: ScenarioFile<L::PolicyPatch>,
    mut plan: Plan<L::Policy>,
    layers: Layers,
) -> Scenario<L> {
    apply_overrides::<L>(&mut plan, file.with);
    let folder = path.parent().and_then(Path::file_name);
    Scenario {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        system: folder.map_or_else(|| plan.name.clone(), |folder| folder.to_string_lossy().into_owned()),
        file: path.to_owned(),
        story: file.story,
        covers: file.covers,
        plan,
        faults: file.faults,
        requests: file.requests,
        horizon: file.horizon,
        steady: file.steady,
        takes_effect_in: file.takes_effect_in,
        allows: file.allows,
        expect: file.expect,
        findings: Vec::new(),
        layers,
    }
}

/// All settings in their order; all that are wrong are told at once.
fn apply_settings<L: Logic>(scenario: &mut Scenario<L>, settings: &[Setting]) -> Result<(), LoadError> {
    let mut wrong = Vec::new();
    for setting in settings {
        match setting.read::<L::PolicyPatch>() {
            Ok(Change::Plan(patch)) => apply_overrides::<L>(&mut scenario.plan, *patch),
            Ok(Change::Run(patch)) => {
                scenario.horizon = patch.horizon.unwrap_or(scenario.horizon);
                scenario.steady = patch.steady.unwrap_or(scenario.steady);
                scenario.takes_effect_in = patch.takes_effect_in.unwrap_or(scenario.takes_effect_in);
            }
            Err(finding) => wrong.push(*finding),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(LoadError::Invalid(wrong)) }
}

// Written out, because derives would ask the logic's marker type to be `Clone` and `Debug` as well.
impl<L: Logic> Clone for Scenario<L> {
    fn clone(&self) -> Scenario<L> {
        Scenario {
            name: self.name.clone(),
            system: self.system.clone(),
            file: self.file.clone(),
            story: self.story.clone(),
            covers: self.covers.clone(),
            plan: self.plan.clone(),
            faults: self.faults.clone(),
            requests: self.requests.clone(),
            horizon: self.horizon,
            steady: self.steady,
            takes_effect_in: self.takes_effect_in,
            allows: self.allows.clone(),
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
            .field("file", &self.file)
            .field("plan", &self.plan)
            .field("faults", &self.faults)
            .field("horizon", &self.horizon)
            .field("steady", &self.steady)
            .field("expect", &self.expect)
            .finish_non_exhaustive()
    }
}
