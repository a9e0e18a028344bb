use std::ops::Range;

use crate::diagnostic::{Finding, Severity};
use crate::settings::Setting;
use crate::source::Source;

/// Where a scenario's values come from, the strongest first: settings of the command line, the scenario's
/// `with`, the plan file.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    pub settings: Vec<Setting>,
    pub scenario: Source,
    pub plan: Source,
}

/// A finding about to get its place.
#[derive(Clone, Debug)]
pub(crate) struct Remark {
    pub severity: Severity,
    pub problem: String,
    pub remedy: String,
}

impl Layers {
    /// A finding about the plan's field at `path`, placed where its present value was written.
    pub fn in_plan(&self, path: &str, remark: Remark) -> Finding {
        if let Some(setting) = self.setting_of(path) {
            return from_setting(setting, remark);
        }
        let overridden = format!("with.{path}");
        let place = self.scenario.find(&overridden).or_else(|| self.overridden_whole(path));
        match place {
            Some(place) => at(&self.scenario, place, remark),
            None => at(&self.plan, self.plan.find_nearest(path), remark),
        }
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
        self.settings
            .iter()
            .rev()
            .find(|setting| contains(&setting.path, path) || contains(path, &setting.path))
    }

    /// Overrides replace `regions`, and fields of other sections, as wholes: the value at `path` may be a
    /// default of a whole that the scenario wrote.
    fn overridden_whole(&self, path: &str) -> Option<Range<usize>> {
        let parts = if path.starts_with("regions") { 1 } else { 2 };
        let ends = path.match_indices(['.', '[']).map(|(at, _)| at).chain([path.len()]);
        let whole = &path[..ends.clone().nth(parts - 1)?];
        self.scenario.find(&format!("with.{whole}"))?;
        Some(self.scenario.find_nearest(&format!("with.{path}")))
    }
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
