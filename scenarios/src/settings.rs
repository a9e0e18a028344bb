use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use units::Span;

use crate::diagnostic::Finding;
use crate::dialect::dialect;
use crate::parse::{explain, is_about_a_name};
use crate::plan::PlanPatch;
use crate::scanner::Tree;
use crate::services::{ServicePatch, is_service_name};
use crate::suggest::{did_you_mean, expected_one_of};
use crate::variants;

/// A value set from outside: `--set policy.heartbeat=2s`. The path is that of an override under `with`, or
/// one of the scenario's own times (`horizon`, `steady`, `takes_effect_in`); `services.billing.policy.heartbeat` is
/// that of the service `billing` alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Where, such as `policy.heartbeat`.
    pub path: String,
    /// What, as RON or, where text or a duration is expected, without its quotes.
    pub value: String,
}

/// A text that is not `path=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError(String);

/// What a setting changes.
#[derive(Clone, Debug)]
pub(crate) enum Change<PP> {
    /// The plan.
    Plan(Box<PlanPatch<PP>>),
    /// The scenario's own times.
    Run(RunPatch),
    /// The plan, for the service of this name.
    Service(String, Box<ServicePatch<PP>>),
    /// A field of a section that a patch has as a whole or not at all: the others stay as they are in the plan, for the
    /// service of this name or for all.
    Field(Option<String>, Setting),
}

/// The fields of a scenario itself that may be set from outside.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RunPatch {
    pub horizon: Option<Span>,
    pub steady: Option<Span>,
    pub takes_effect_in: Option<f64>,
}

const RUN_FIELDS: [&str; 3] = ["horizon", "steady", "takes_effect_in"];
const SERVICES: &str = "services";
const SECTIONS: [&str; 19] = [
    "regions",
    "links",
    "database",
    "clients",
    "redirect",
    "dns",
    "hosts",
    "virtual_address",
    "proxy",
    "traffic",
    "alerts",
    "slo",
    "kms",
    "policy",
    "objectives",
    SERVICES,
    "horizon",
    "steady",
    "takes_effect_in",
];

impl Setting {
    /// Reads the value as the type that the path asks for.
    ///
    /// # Errors
    /// A finding that says which fields there are, or what the value should look like.
    pub(crate) fn read<PP>(&self) -> Result<Change<PP>, Box<Finding>>
    where
        PP: Default + Serialize + DeserializeOwned,
    {
        let section = self.path.split('.').next().unwrap_or_default();
        if !SECTIONS.contains(&section) {
            return Err(Box::new(self.unknown_section(section)));
        }
        let read = match section {
            SERVICES => self.read_for_service(),
            field if RUN_FIELDS.contains(&field) => self.read_as(&self.path).map(Change::Run),
            _ if whole_section::<PlanPatch<PP>>(&self.path).is_some() => {
                Ok(Change::Field(None, self.clone()))
            }
            _ => self.read_as(&self.path).map(|patch| Change::Plan(Box::new(patch))),
        };
        read.map_err(|(problem, remedy)| Box::new(Finding::nowhere(format!("--set {self}"), problem, remedy)))
    }

    /// The service that this is about, if it is about one, and the path within what is that service's own.
    pub(crate) fn of_service(&self) -> Option<(&str, &str)> {
        self.path.strip_prefix(SERVICES)?.strip_prefix('.')?.split_once('.')
    }

    fn read_for_service<PP>(&self) -> Result<Change<PP>, (String, String)>
    where
        PP: Default + Serialize + DeserializeOwned,
    {
        let Some((name, path)) = self.of_service() else {
            let problem = "services cannot be set as a whole".to_owned();
            return Err((
                problem,
                "name one and its field, as in services.billing.policy.heartbeat=2s".into(),
            ));
        };
        if whole_section::<ServicePatch<PP>>(path).is_some() {
            return Ok(Change::Field(Some(name.to_owned()), self.clone()));
        }
        self.read_as(path).map(|patch| Change::Service(name.to_owned(), Box::new(patch)))
    }

    /// Reads a field of a section that a patch has as a whole or not at all: with the others as they stand in `plan`.
    ///
    /// # Errors
    /// As [`read`](Setting::read).
    pub(crate) fn read_within<T>(&self, plan: &impl Serialize) -> Result<T, Box<Finding>>
    where
        T: Default + Serialize + DeserializeOwned,
    {
        let path = self.of_service().map_or(self.path.as_str(), |(_, path)| path);
        let read = match whole_section::<T>(path) {
            Some(section) => self.read_in_section(section, &path[section.len() + 1..], plan),
            None => self.read_as(path),
        };
        read.map_err(|(problem, remedy)| Box::new(Finding::nowhere(format!("--set {self}"), problem, remedy)))
    }

    fn read_in_section<T>(
        &self,
        section: &str,
        field: &str,
        plan: &impl Serialize,
    ) -> Result<T, (String, String)>
    where
        T: Default + Serialize + DeserializeOwned,
    {
        let path = format!("{section}.{field}");
        let plan = dialect().to_string(plan).map_err(|error| {
            let problem =
                format!("the plan has a value that cannot be written, so '{section}' stays unknown: {error}");
            (problem, format!("set '{section}' as a whole"))
        })?;
        match Tree::new(&plan).find(&plan, section).map(|place| &plan[place]) {
            None | Some("None") => self.read_as(&path),
            Some(there) => self.read_by(&path, |value| attempt_with::<T>(section, there, field, value)),
        }
    }

    fn read_as<T: Default + Serialize + DeserializeOwned>(&self, path: &str) -> Result<T, (String, String)> {
        self.read_by(path, |value| attempt::<T>(path, value))
    }

    /// As it stands, then in quotes, so that `2s` need not be written `"2s"`.
    fn read_by<T: DeserializeOwned>(
        &self,
        path: &str,
        attempt: impl Fn(&str) -> Result<T, Option<ron::Error>>,
    ) -> Result<T, (String, String)> {
        let quoted = format!("{:?}", self.value);
        let attempts = [self.value.as_str(), &quoted].map(attempt);
        let [bare, quoted] = match attempts {
            [Ok(value), _] | [_, Ok(value)] => return Ok(value),
            [Err(bare), Err(quoted)] => [bare, quoted],
        };
        if [&bare, &quoted].into_iter().flatten().any(is_about_a_name)
            && let Some(told) = self.half_a_variant::<T>(path)
        {
            return Err(told);
        }
        // A wrong name is told best without quotes, a wrong duration with them.
        let best = match (&bare, &quoted) {
            (Some(bare), _) if names_choices(bare) => bare,
            (_, Some(quoted @ ron::Error::Message(_))) => quoted,
            (Some(bare), _) => bare,
            (None, Some(quoted)) => quoted,
            (None, None) => return Err(self.no_value()),
        };
        Err(explain(best, &self.value))
    }

    /// `3` where `Missed(3)` is meant.
    fn half_a_variant<T: DeserializeOwned>(&self, path: &str) -> Option<(String, String)> {
        let text = nested(path, &self.value);
        let place = Tree::new(&text).find_whole(&text, path)?;
        variants::explain::<T>(&text, place)
    }

    fn unknown_section(&self, section: &str) -> Finding {
        let problem = format!("nothing named '{section}' can be set, {}", expected_one_of(&SECTIONS));
        let remedy = did_you_mean(section, SECTIONS, "a setting is path=value, such as policy.heartbeat=2s");
        Finding::nowhere(format!("--set {self}"), problem, remedy)
    }

    fn no_value(&self) -> (String, String) {
        let problem = format!("'{}' is no value for '{}'", self.value, self.path);
        (problem, "write the value as it would stand in the plan file".to_owned())
    }
}

/// `None` as error: it is not one value, or it would change nothing.
fn attempt<T>(path: &str, value: &str) -> Result<T, Option<ron::Error>>
where
    T: Default + Serialize + DeserializeOwned,
{
    let text = nested(path, value);
    if !is_one_value(&text, path, value) {
        return Err(None);
    }
    let patch: T = dialect().from_str(&text).map_err(|error| Some(error.code))?;
    if changes_nothing(&patch, path) { Err(None) } else { Ok(patch) }
}

/// The same for a field of a section that stands in the plan as `there`.
fn attempt_with<T>(section: &str, there: &str, field: &str, value: &str) -> Result<T, Option<ron::Error>>
where
    T: DeserializeOwned,
{
    let path = format!("{section}.{field}");
    if !is_one_value(&nested(&path, value), &path, value) {
        return Err(None);
    }
    let mut text = nested(section, there);
    let tree = Tree::new(&text);
    match (tree.find_whole(&text, &path), tree.find(&text, section)) {
        (Some(place), _) => text.replace_range(place, value),
        // What it does not have is left out where it is written.
        (None, Some(place)) if text[place.clone()].starts_with('(') => {
            let field = nested(field, value);
            text.insert_str(place.start + 1, &format!("{},", &field[1..field.len() - 1]));
        }
        (None, _) => return Err(None),
    }
    dialect().from_str(&text).map_err(|error| Some(error.code))
}

/// The section on the way to `path` that `T` has as a whole or not at all, such as `clients.pool`: read without any field
/// it says something, or lacks something.
fn whole_section<T: Serialize + DeserializeOwned>(path: &str) -> Option<&str> {
    let ends = path.match_indices('.').map(|(end, _)| end);
    ends.map(|end| &path[..end]).find(|section| match dialect().from_str::<T>(&nested(section, "()")) {
        Ok(patch) => says_something(&dialect().to_string(&patch).unwrap_or_default()),
        Err(error) => matches!(error.code, ron::Error::MissingStructField { .. }),
    })
}

/// Something is there but names of fields and `None`.
fn says_something(text: &str) -> bool {
    let words = text.split_inclusive(['(', ')', ',', ':']);
    let mut values =
        words.filter(|word| !word.ends_with(':')).map(|word| word.trim_end_matches(['(', ')', ',']));
    values.any(|value| !matches!(value, "" | "None" | "Some"))
}

/// `policy.heartbeat` and `2s` as `(policy:(heartbeat:2s))`.
pub(crate) fn nested(path: &str, value: &str) -> String {
    let fields = path.split('.').map(|field| format!("({field}:")).collect::<String>();
    format!("{fields}{value}{}", ")".repeat(path.split('.').count()))
}

/// Whether the value stayed inside its place: `2s), clients: (` must not reach its neighbours.
fn is_one_value(text: &str, path: &str, value: &str) -> bool {
    let tree = Tree::new(text);
    let whole = value.trim();
    !whole.is_empty()
        && tree.unclosed().is_none()
        && tree.find_whole(text, path).is_some_and(|place| text[place] == *whole)
}

/// Whether a patch that was read from `nested(path, ...)` reads the same as one without the last field of the
/// path, as `(policy: (heartbeat: None))` does.
pub(crate) fn changes_nothing<T: Default + Serialize + DeserializeOwned>(patch: &T, path: &str) -> bool {
    let without = match path.rsplit_once('.') {
        Some((section, _)) => dialect().from_str(&nested(section, "()")).unwrap_or_default(),
        None => T::default(),
    };
    let written = |patch: &T| dialect().to_string(patch).unwrap_or_default();
    written(patch) == written(&without)
}

fn names_choices(error: &ron::Error) -> bool {
    matches!(error, ron::Error::NoSuchStructField { .. } | ron::Error::NoSuchEnumVariant { .. })
}

impl FromStr for Setting {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Setting, SettingError> {
        let refuse = || SettingError(text.to_owned());
        let (path, value) = text.split_once('=').ok_or_else(refuse)?;
        let (path, value) = (path.trim().to_owned(), value.trim().to_owned());
        let is_name = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let setting = Setting { path, value };
        let sound = match setting.of_service() {
            Some((service, field)) => is_service_name(service) && field.split('.').all(is_name),
            None => setting.path.split('.').all(is_name),
        };
        if sound && !setting.value.is_empty() { Ok(setting) } else { Err(refuse()) }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.value)
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not a setting; write path=value, such as policy.heartbeat=2s", self.0)
    }
}

impl std::error::Error for SettingError {}
