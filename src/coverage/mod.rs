//! Which requirement has which evidence, and what it last said.
//!
//! ```text
//! requirements/*.ron  --ids-----------------+
//! scenarios: `covers` --+-- last report.json +--> an id, its evidence, its standing
//! tests: records      --+-------------------+
//! ```
//!
//! An id counts only if something that can fail names it: a scenario with expectations, or a test that calls
//! `evidence::of`. What names it in a comment covers nothing.

mod age;
mod markdown;
mod reports;
mod require;
mod requirements;
mod table;
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::campaign::Campaign;
use crate::exit::Failure;

pub(crate) use require::{Required, required};
pub(crate) use requirements::{How, Requirement};

/// What is known of a requirement or of a piece of evidence. Of several, the first in this order decides: one that
/// fails outweighs all that pass, and one that passes those that were not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// The last run failed.
    Fail,
    /// The last run could not tell.
    Inconclusive,
    /// The last run passed.
    Pass,
    /// What was run has changed since.
    Stale,
    /// It was never run, or not to its end.
    NotRun,
    /// Nothing that can fail names it.
    None,
}

/// What kind of thing names an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A scenario that covers it.
    Scenario,
    /// A test that is evidence of it.
    Test,
    /// A check of a gate that covers it.
    Gate,
}

/// Something that can fail, for the requirements that it names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Evidence {
    pub kind: Kind,
    /// The scenario's name or the test's.
    pub name: String,
    /// The file; with its line, if it is a test.
    pub place: String,
    pub standing: Standing,
    /// Why it stands as it does, where that is not plain.
    pub why: Option<String>,
    /// Seconds since its last run.
    pub age_s: Option<u64>,
    /// The commit of its last run, where it is known.
    pub commit: Option<String>,
}

/// A requirement and all evidence for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Covered {
    pub id: String,
    pub what: String,
    pub how: Vec<How>,
    pub standing: Standing,
    pub evidence: Vec<Evidence>,
}

/// An id that is in no list, and who names it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Unknown {
    pub id: String,
    pub places: Vec<String>,
}

/// The matrix.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Coverage {
    pub schema_version: u32,
    pub tool: String,
    pub tool_version: String,
    /// In the order of the lists.
    pub requirements: Vec<Covered>,
    pub unknown: Vec<Unknown>,
    /// Records of tests that no longer stand where they stood: they count for nothing.
    pub forgotten: Vec<String>,
    /// What was asked for with `--require`, if anything.
    pub required: Option<Required>,
}

/// Where to look.
pub(crate) struct Sources<'a> {
    pub requirements: &'a Path,
    pub campaigns: &'a [Campaign],
    pub gates: &'a [scenarios::Gate],
    /// Folders with `report.json`, and whether they were asked for.
    pub reports: &'a Path,
    pub reports_asked_for: bool,
    pub evidence: PathBuf,
}

/// Evidence with the ids it is for.
type Named = (Vec<String>, Evidence);

/// What requirement ids mean, by the lists at this path.
pub(crate) fn requirements_at(path: &Path) -> Result<Vec<Requirement>, Failure> {
    requirements::load(path)
}

impl Coverage {
    /// Reads everything.
    pub fn gather(sources: &Sources<'_>) -> Result<Coverage, Failure> {
        let requirements = requirements::load(sources.requirements)?;
        let reports = reports::last(sources.reports, sources.reports_asked_for)?;
        let tests = tests::records(&sources.evidence)?;
        let scenarios = sources.campaigns.iter().flat_map(|campaign| reports.of(campaign));
        let gates = sources.gates.iter().flat_map(|gate| reports.of_gate(gate));
        let named: Vec<Named> = scenarios.chain(tests.named).chain(gates).collect();
        Ok(Coverage::of(requirements, named, tests.forgotten))
    }

    fn of(requirements: Vec<Requirement>, named: Vec<Named>, forgotten: Vec<String>) -> Coverage {
        let mut by_id: BTreeMap<String, Vec<Evidence>> = BTreeMap::new();
        for (ids, evidence) in named {
            for id in ids {
                by_id.entry(id).or_default().push(evidence.clone());
            }
        }
        let covered = requirements.into_iter().map(|requirement| {
            let evidence = by_id.remove(&requirement.id).unwrap_or_default();
            covered(requirement, evidence)
        });
        let requirements = covered.collect();
        let places = |evidence: Vec<Evidence>| evidence.into_iter().map(|one| one.place).collect();
        let unknown = by_id.into_iter().map(|(id, evidence)| Unknown { id, places: places(evidence) });
        Coverage {
            schema_version: 1,
            tool: "firedrill".to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            requirements,
            unknown: unknown.collect(),
            forgotten,
            required: None,
        }
    }

    pub fn count(&self, standing: Standing) -> usize {
        self.requirements.iter().filter(|covered| covered.standing == standing).count()
    }

    /// As JSON, indented.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("it has text keys and whole numbers only") + "\n"
    }

    pub fn to_table(&self, width: usize, color: bool) -> String {
        table::render(self, width, color)
    }

    pub fn to_markdown(&self) -> String {
        markdown::render(self)
    }
}

fn covered(requirement: Requirement, mut evidence: Vec<Evidence>) -> Covered {
    evidence.sort_by(|left, right| (left.kind, &left.name).cmp(&(right.kind, &right.name)));
    let standing = evidence.iter().map(|one| one.standing).min().unwrap_or(Standing::None);
    let Requirement { id, what, how } = requirement;
    Covered { id, what, how, standing, evidence }
}

impl Standing {
    /// As tables print it.
    pub const fn word(self) -> &'static str {
        match self {
            Standing::Fail => "FAIL",
            Standing::Inconclusive => "inconclusive",
            Standing::Pass => "pass",
            Standing::Stale => "stale",
            Standing::NotRun => "not run",
            Standing::None => "none",
        }
    }
}

impl Kind {
    /// As tables print it.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Scenario => "scenario",
            Kind::Test => "test",
            Kind::Gate => "gate",
        }
    }
}
