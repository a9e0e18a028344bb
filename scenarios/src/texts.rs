//! A scenario and its plan as they were read, and how a scenario of one service is put together from them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Finding, Severity};
use crate::error::LoadError;
use crate::files::{Files, normal};
use crate::layers::{Layers, OfService, Place, place_of};
use crate::lint::lint;
use crate::loader::{Scenario, apply_overrides};
use crate::logic::Logic;
use crate::parse::parse;
use crate::plan::{Plan, PlanPatch};
use crate::scenario::ScenarioFile;
use crate::services::{RegionLoad, Service, ServicePatch};
use crate::settings::{Change, Setting};
use crate::source::Source;
use crate::{check, overrides, recorded};

/// More services than this do not share machines.
const SERVICES_MAX: usize = 200;

/// Both files and the settings, each read as what it should be.
pub(crate) struct Texts<L: Logic> {
    pub file: ScenarioFile<L::PolicyPatch>,
    pub plan: Plan<L::Policy, L::PolicyPatch>,
    changes: Vec<Change<L::PolicyPatch>>,
    layers: Layers,
}

impl<L: Logic> Texts<L> {
    /// # Errors
    /// What cannot be read, and everything of the wrong type in it.
    pub fn read(files: &dyn Files, path: &Path, settings: &[Setting]) -> Result<Texts<L>, LoadError> {
        let source = read(files, path)?;
        let file: ScenarioFile<L::PolicyPatch> = parse(&source, "a scenario")?;
        overrides::refuse_inert::<PlanPatch<L::PolicyPatch>>(&source, "with")?;
        let plan_source = read_plan(files, &source, &file.plan)?;
        let plan: Plan<L::Policy, L::PolicyPatch> = parse(&plan_source, "a plan")?;
        for index in 0..plan.services.len() {
            let with = format!("services[{index}].with");
            overrides::refuse_inert::<ServicePatch<L::PolicyPatch>>(&plan_source, &with)?;
        }
        let changes = changes::<L>(&plan.services, settings)?;
        let settings = settings.to_vec();
        let layers = Layers { settings, scenario: source, plan: plan_source, service: None };
        layers.no_services_to_name(&file, &plan)?;
        Ok(Texts { file, plan, changes, layers })
    }

    /// The scenario of the service at this place in the plan's list, or of the plan alone. Beside the place stands
    /// what is known to be wrong with the plan alone.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn assemble(
        &self,
        files: &dyn Files,
        service: Option<(usize, BTreeSet<Place>)>,
    ) -> Result<Scenario<L>, LoadError> {
        let own = service.as_ref().map(|(index, _)| &self.plan.services[*index]);
        let (plan, loads) = self.plan_of(own)?;
        let regions: Vec<String> = plan.regions.iter().map(|region| region.name.clone()).collect();
        let of_service = service.map(|(index, known)| {
            let (name, loaded) = (self.plan.services[index].name.clone(), loads);
            Arc::new(OfService { name, index, known, loaded, regions })
        });
        let mut scenario = self.scenario(plan, Layers { service: of_service, ..self.layers.clone() });
        recorded::read_all(files, &scenario.layers, &mut scenario.plan)?;
        let found = check::check(&scenario).into_iter();
        let findings: Vec<Finding> = found.map(|finding| scenario.layers.name_service(finding)).collect();
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Err(LoadError::Invalid(findings));
        }
        scenario.findings = findings;
        scenario.layers.let_trees_go();
        Ok(scenario)
    }

    /// What is wrong with the plan if nothing is patched, and so is no service's own.
    pub fn found_in_default(&self, files: &dyn Files) -> BTreeSet<Place> {
        let findings = match self.assemble(files, None) {
            Ok(scenario) => lint(&scenario),
            Err(LoadError::Invalid(findings)) => findings,
            Err(_) => Vec::new(),
        };
        findings.iter().map(place_of).collect()
    }

    /// Each is a scenario of its own, with all that belongs to one.
    ///
    /// # Errors
    /// More than can be held.
    pub fn refuse_too_many_services(&self) -> Result<(), LoadError> {
        let (count, source) = (self.plan.services.len(), &self.layers.plan);
        if count <= SERVICES_MAX {
            return Ok(());
        }
        let place = source.find_nearest(&format!("services[{SERVICES_MAX}]"));
        let remedy = format!("list {SERVICES_MAX} at most, and others in a plan of their own");
        Err(source.error(place, format!("{count} services"), remedy).into())
    }

    /// What is wrong with the plan's list and with the scenario's choice from it.
    pub fn wrong_services(&self) -> Vec<Finding> {
        let mut wrong = check::services::names(&self.layers.plan, &self.plan.services);
        if let Some(chosen) = &self.file.services {
            wrong.extend(check::services::chosen(&self.layers.scenario, chosen, &self.plan.services));
        }
        wrong
    }

    /// The places, in the plan's list, of the services that take part.
    pub fn taking_part(&self) -> impl Iterator<Item = usize> {
        let chosen = self.file.services.as_ref();
        let takes_part = move |name: &String| chosen.is_none_or(|chosen| chosen.contains(name));
        (0..self.plan.services.len()).filter(move |index| takes_part(&self.plan.services[*index].name))
    }

    /// The plan with all that is put on top of it, the strongest last; and the regions of which the service says its
    /// load. Load comes at the very end, because overrides replace regions as wholes.
    ///
    /// # Errors
    /// A field that is set of a section that is not there, and needs others.
    fn plan_of(
        &self,
        service: Option<&Service<L::PolicyPatch>>,
    ) -> Result<(Plan<L::Policy>, Vec<String>), LoadError> {
        let mut plan = default_of(&self.plan);
        let mut load: Vec<RegionLoad> = Vec::new();
        let mut put = |patch: ServicePatch<L::PolicyPatch>, plan: &mut Plan<L::Policy>| {
            let (loads, patch) = patch.split();
            load = loads.unwrap_or_else(|| std::mem::take(&mut load));
            apply_overrides::<L>(plan, patch);
        };
        if let Some(service) = service {
            put(service.with.clone(), &mut plan);
        }
        apply_overrides::<L>(&mut plan, self.file.with.clone());
        for change in &self.changes {
            match change {
                Change::Plan(patch) => apply_overrides::<L>(&mut plan, (**patch).clone()),
                Change::Service(name, patch) if service.is_some_and(|service| service.name == *name) => {
                    put((**patch).clone(), &mut plan);
                }
                Change::Field(None, setting) => {
                    let patch = setting.read_within(&plan)?;
                    apply_overrides::<L>(&mut plan, patch);
                }
                Change::Field(Some(name), setting)
                    if service.is_some_and(|service| service.name == *name) =>
                {
                    put(setting.read_within(&plan)?, &mut plan);
                }
                Change::Field(..) | Change::Service(..) | Change::Run(_) => {}
            }
        }
        load.iter().for_each(|load| load.apply(&mut plan.regions));
        L::settle(&mut plan);
        Ok((plan, load.into_iter().map(|load| load.region).collect()))
    }

    fn scenario(&self, plan: Plan<L::Policy>, layers: Layers) -> Scenario<L> {
        let (file, path) = (self.file.clone(), &layers.scenario.path);
        let folder = path.parent().and_then(Path::file_name);
        let mut scenario = Scenario {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            system: folder.map_or_else(|| plan.name.clone(), |folder| folder.to_string_lossy().into_owned()),
            service: layers.service.as_ref().map(|service| service.name.clone()),
            file: path.clone(),
            story: file.story,
            covers: file.covers,
            mechanism: file.mechanism,
            plan,
            faults: file.faults,
            requests: file.requests,
            horizon: file.horizon,
            steady: file.steady,
            takes_effect_in: file.takes_effect_in,
            allows: file.allows,
            exempt: file.exempt,
            expect: file.expect,
            findings: Vec::new(),
            layers,
        };
        for change in &self.changes {
            if let Change::Run(patch) = change {
                scenario.horizon = patch.horizon.unwrap_or(scenario.horizon);
                scenario.steady = patch.steady.unwrap_or(scenario.steady);
                scenario.takes_effect_in = patch.takes_effect_in.unwrap_or(scenario.takes_effect_in);
            }
        }
        scenario
    }
}

impl Layers {
    /// A scenario that chooses from services, of a plan that lists none.
    fn no_services_to_name<P, PP>(
        &self,
        file: &ScenarioFile<PP>,
        plan: &Plan<P, PP>,
    ) -> Result<(), LoadError> {
        if file.services.is_none() || !plan.services.is_empty() {
            return Ok(());
        }
        let place = self.scenario.find_nearest("services");
        let problem = "the plan lists no services to choose from";
        Err(self.scenario.error(place, problem, "list them in the plan, or leave this out").into())
    }
}

/// The plan alone, of which services are variants.
fn default_of<P: Clone, PP>(plan: &Plan<P, PP>) -> Plan<P> {
    let Plan {
        name,
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
        claims,
        services: _,
    } = plan;
    Plan {
        name: name.clone(),
        regions: regions.clone(),
        links: links.clone(),
        database: database.clone(),
        clients: clients.clone(),
        redirect: *redirect,
        dns: dns.clone(),
        hosts: hosts.clone(),
        virtual_address: virtual_address.clone(),
        proxy: proxy.clone(),
        traffic: traffic.clone(),
        alerts: alerts.clone(),
        slo: *slo,
        kms: kms.clone(),
        people: people.clone(),
        policy: policy.clone(),
        objectives: objectives.clone(),
        claims: claims.clone(),
        services: Vec::new(),
    }
}

/// All settings in their order; all that are wrong are told at once.
fn changes<L: Logic>(
    services: &[Service<L::PolicyPatch>],
    settings: &[Setting],
) -> Result<Vec<Change<L::PolicyPatch>>, LoadError> {
    let (mut changes, mut wrong) = (Vec::new(), Vec::new());
    for setting in settings {
        let read = setting.read::<L::PolicyPatch>();
        match read.and_then(|change| check::services::setting(setting, change, services)) {
            Ok(change) => changes.push(change),
            Err(finding) => wrong.push(*finding),
        }
    }
    if wrong.is_empty() { Ok(changes) } else { Err(LoadError::Invalid(wrong)) }
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
    if let Err(home) = files.is_within_reach(&scenario.path, &path) {
        let problem = format!("the plan file '{}' lies outside {}", path.display(), home.display());
        return Err(refuse(problem, "keep it there, or give --allow-outside").into());
    }
    let read = files.read(&path);
    let bytes = read.map_err(|error| {
        let problem = format!("the plan file '{}' cannot be read: {error}", path.display());
        refuse(problem, "the path is relative to the folder of this scenario")
    })?;
    Ok(Source::new(&path, bytes)?)
}
