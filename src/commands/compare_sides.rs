//! The two sides of a comparison: scenarios to run, or runs that were recorded.

use std::io::BufReader;
use std::ops::Range;
use std::path::{Path, PathBuf};

use reports::compare::Side;
use reports::{RecordError, Recorded};
use scenarios::Setting;

use super::run::make_runs;
use crate::campaign::{Campaign, Fleet};
use crate::exit::Failure;
use crate::suite;
use crate::terminal::Terminal;

const RUNS: &str = "runs.jsonl";

/// A side, looked at and not yet run.
pub(super) enum Source {
    /// Scenarios to run.
    Scenarios { what: String, campaigns: Vec<Campaign> },
    /// What `firedrill run --out` wrote.
    Recorded { what: String, scenarios: Vec<Recorded> },
}

/// Whether `path` is what `firedrill run --out` wrote.
pub(super) fn is_recorded(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl" || extension == "json")
        || path.join(RUNS).exists()
        || path.join("report.json").exists()
}

impl Source {
    pub fn open(path: &Path, settings: &[Setting], terminal: &Terminal) -> Result<Source, Failure> {
        match is_recorded(path) {
            true => recorded(path, settings),
            false => {
                let campaigns = suite::load_all(&[path.to_owned()], settings, terminal.color_errors)?;
                let what = settings
                    .iter()
                    .fold(path.display().to_string(), |what, setting| format!("{what} --set {setting}"));
                Ok(Source::Scenarios { what, campaigns })
            }
        }
    }

    /// Makes the runs that are not there yet.
    pub fn side(self, fleet: &Fleet, seeds: Range<u64>, terminal: &Terminal) -> Result<Side, Failure> {
        match self {
            Source::Recorded { what, scenarios } => Ok(Side { what, scenarios }),
            Source::Scenarios { what, campaigns } => {
                let recorded = |campaign: &Campaign| {
                    let runs = make_runs(campaign, fleet, seeds.clone(), terminal)?;
                    Ok(campaign.recorded(&runs))
                };
                let scenarios = campaigns.iter().map(recorded).collect::<Result<_, Failure>>()?;
                Ok(Side { what, scenarios })
            }
        }
    }
}

fn recorded(path: &Path, settings: &[Setting]) -> Result<Source, Failure> {
    if let Some(setting) = settings.first() {
        let problem =
            format!("'{}' holds runs that are made; '{setting}' changes nothing there", path.display());
        return Err(Failure::invalid(problem, "give scenarios to change settings of"));
    }
    let file = runs_file(path);
    let refuse = |error: RecordError| {
        let help = match error {
            RecordError::Read(_) => "give a folder that 'firedrill run --out' wrote, or scenarios",
            _ => "make the runs again with 'firedrill run --out'",
        };
        Failure::invalid(format!("{}{error}", file.display()), help)
    };
    let opened = scenarios::open_file(&file).map_err(|error| refuse(RecordError::Read(error)))?;
    let mut scenarios = reports::read_runs(BufReader::new(opened)).map_err(refuse)?;
    for recorded in &mut scenarios {
        defuse(&mut recorded.scenario);
    }
    Ok(Source::Recorded { what: path.display().to_string(), scenarios })
}

/// Its texts are printed, and the file may come from anywhere.
fn defuse(scenario: &mut reports::RecordedScenario) {
    let lists = [&mut scenario.overrides, &mut scenario.faults, &mut scenario.allows];
    let criteria = scenario.criteria.iter_mut().map(|criterion| &mut criterion.name);
    let own = [&mut scenario.scenario, &mut scenario.file].into_iter().chain(scenario.service.as_mut());
    let texts = lists.into_iter().flatten().chain(criteria).chain(own);
    texts.for_each(|text| *text = scenarios::defused(text));
}

/// The runs lie beside the report.
fn runs_file(path: &Path) -> PathBuf {
    match path.extension() {
        Some(extension) if extension == "jsonl" => path.to_owned(),
        Some(extension) if extension == "json" => path.with_file_name(RUNS),
        _ => path.join(RUNS),
    }
}
