use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Finding, Severity, one_line};
use crate::settings::Setting;
use crate::source::Source;

/// Where a scenario's values come from, the strongest first: settings of the command line, the scenario's
/// `with`, the service's in the plan file, the rest of the plan file.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    pub settings: Vec<Setting>,
    pub scenario: Source,
    pub plan: Source,
    /// Whose policy and targets apply; `None` where the plan lists no services.
    pub service: Option<Arc<OfService>>,
}

/// The service that a scenario is made ready for.
#[derive(Clone, Debug)]
pub(crate) struct OfService {
    pub name: String,
    /// Its place in the plan's list.
    pub index: usize,
    /// What is found in the plan's default too, and so need not be said of each service.
    pub known: BTreeSet<Place>,
    /// The regions whose load it says, in its order.
    pub loaded: Vec<String>,
    /// All regions, in the plan's order.
    pub regions: Vec<String>,
}

/// What tells findings apart: file, line, column, problem.
pub(crate) type Place = (String, usize, usize, String);

/// A finding about to get its place.
#[derive(Clone, Debug)]
pub(crate) struct Remark {
    pub severity: Severity,
    pub problem: String,
    pub remedy: String,
}

impl Layers {
    /// Places are seldom asked for once everything is loaded.
    pub fn let_trees_go(&mut self) {
        self.scenario = self.scenario.clone().without_tree();
        self.plan = self.plan.clone().without_tree();
    }

    /// A finding about the plan's field at `path`, placed where its present value was written.
    pub fn in_plan(&self, path: &str, remark: Remark) -> Finding {
        let load = self.load_of_service(path);
        let path = load.as_deref().unwrap_or(path);
        if let Some(setting) = self.setting_of(path) {
            return from_setting(setting, remark);
        }
        if let Some(place) = overridden(&self.scenario, "with", path) {
            return at(&self.scenario, place, remark);
        }
        let Some(service) = &self.service else {
            return at(&self.plan, self.plan.find_nearest(path), remark);
        };
        match overridden(&self.plan, &service.with(), path) {
            Some(place) => at(&self.plan, place, remark),
            None => self.not_given(service, path, remark),
        }
    }

    /// Of what a service does not say itself, the default is wrong for all, or wrong only beside what it does say.
    fn not_given(&self, service: &OfService, path: &str, remark: Remark) -> Finding {
        let of_all = at(&self.plan, self.plan.find_nearest(path), remark.clone());
        match service.known.contains(&place_of(&of_all)) {
            true => of_all,
            false => {
                let nearest = self.plan.find_nearest(&format!("{}.{path}", service.with()));
                at(&self.plan, nearest, remark)
            }
        }
    }

    /// A finding that is not the plan's default's says whose it is.
    pub fn name_service(&self, finding: Finding) -> Finding {
        match &self.service {
            Some(service) if !service.known.contains(&place_of(&finding)) => {
                let problem = one_line(&format!("service '{}': {}", service.name, finding.problem));
                Finding { problem, ..finding }
            }
            Some(_) | None => finding,
        }
    }

    /// `load[0].clients` for `regions[2].clients`, where the service says so of this region.
    fn load_of_service(&self, path: &str) -> Option<String> {
        let service = self.service.as_ref()?;
        let (region, field) = path.strip_prefix("regions[")?.split_once("].")?;
        let region = service.regions.get(region.parse::<usize>().ok()?)?;
        let index = service.loaded.iter().position(|loaded| loaded == region)?;
        let path = format!("load[{index}].{field}");
        let written = self.plan.find(&format!("{}.{path}", service.with())).is_some();
        (written || self.setting_of(&path).is_some()).then_some(path)
    }

    /// A finding about the scenario's own field at `path`.
    pub fn in_scenario(&self, path: &str, remark: Remark) -> Finding {
        match self.setting_of(path) {
            Some(setting) => from_setting(setting, remark),
            None => at(&self.scenario, self.scenario.find_nearest(path), remark),
        }
    }

    /// Whether the scenario's own field at `path` was written anywhere, and is no default.
    pub fn is_given(&self, path: &str) -> bool {
        self.setting_of(path).is_some() || self.scenario.find(path).is_some()
    }

    /// The last setting that gives the value at `path`, a part of it, or a whole that contains it.
    fn setting_of(&self, path: &str) -> Option<&Setting> {
        let gives = |setting: &&Setting| {
            let own = self.path_of(setting);
            own.is_some_and(|own| contains(own, path) || contains(path, own))
        };
        self.settings.iter().rev().find(gives)
    }

    /// The path that a setting has here; `None` if it is another service's.
    fn path_of<'a>(&self, setting: &'a Setting) -> Option<&'a str> {
        let Some((name, path)) = setting.of_service() else { return Some(&setting.path) };
        self.service.as_ref().filter(|service| service.name == name).map(|_| path)
    }
}

impl OfService {
    fn with(&self) -> String {
        format!("services[{}].with", self.index)
    }
}

pub(crate) fn place_of(finding: &Finding) -> Place {
    (finding.file.clone(), finding.line, finding.column, finding.problem.clone())
}

/// The place of the value at `path`, if the patch `with` names it or a whole that contains it.
fn overridden(source: &Source, with: &str, path: &str) -> Option<Range<usize>> {
    source.find(&format!("{with}.{path}")).or_else(|| overridden_whole(source, with, path))
}

/// Overrides replace `regions` and `load`, and fields of other sections, as wholes: the value at `path` may be a
/// default of a whole that the patch wrote.
fn overridden_whole(source: &Source, with: &str, path: &str) -> Option<Range<usize>> {
    let parts = if path.starts_with("regions") || path.starts_with("load[") { 1 } else { 2 };
    let ends = path.match_indices(['.', '[']).map(|(at, _)| at).chain([path.len()]);
    let whole = &path[..ends.clone().nth(parts - 1)?];
    source.find(&format!("{with}.{whole}"))?;
    Some(source.find_nearest(&format!("{with}.{path}")))
}

/// Whether the value at `inner` lies within the one at `outer`.
fn contains(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn at(source: &Source, place: Range<usize>, remark: Remark) -> Finding {
    source.finding(source.head(place), remark.severity, remark.problem, remark.remedy)
}

fn from_setting(setting: &Setting, remark: Remark) -> Finding {
    let finding = Finding::nowhere(format!("--set {setting}"), remark.problem, remark.remedy);
    Finding { severity: remark.severity, ..finding }
}
