use std::path::{Path, PathBuf};

use super::{GateCheck, GateFile, check};
use crate::diagnostic::Finding;
use crate::error::LoadError;
use crate::files::{Disk, Files};
use crate::parse::parse;
use crate::source::Source;

/// A gate in which everything makes sense that can be told without its scenarios.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The file's name without `.ron`.
    pub name: String,
    /// The file, as the path was given.
    pub file: PathBuf,
    /// What it asks.
    pub story: String,
    /// Scenario files and folders, as paths from where the gate's own path leads from.
    pub scenarios: Vec<PathBuf>,
    /// So many runs of a scenario at most.
    pub runs_at_most: u64,
    /// What is asked.
    pub checks: Vec<GateCheck>,
    source: Source,
}

/// Loads a gate from disk.
///
/// # Errors
/// When the file cannot be read, or with everything that is wrong in it.
pub fn load_gate(path: &Path) -> Result<Gate, LoadError> {
    load_gate_from(&Disk, path)
}

/// [`load_gate`] from any place that holds files.
///
/// # Errors
/// As [`load_gate`].
pub fn load_gate_from(files: &dyn Files, path: &Path) -> Result<Gate, LoadError> {
    let bytes = files.read(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
    let source = Source::new(path, bytes)?;
    let file: GateFile = parse(&source, "a gate")?;
    let mut findings = crate::bounds::in_file(&source);
    findings.extend(crate::plain::in_file(&source));
    findings.extend(out_of_reach(files, &source, &file));
    findings.extend(check::check(&file, &source));
    if !findings.is_empty() {
        return Err(LoadError::Invalid(findings));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    Ok(Gate {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        file: path.to_owned(),
        story: file.story,
        scenarios: file.scenarios.iter().map(|scenario| plain(folder, scenario)).collect(),
        runs_at_most: file.runs_at_most,
        checks: file.checks,
        source,
    })
}

/// Scenarios of a gate lie in its repository, as plans lie in that of their scenario.
fn out_of_reach(files: &dyn Files, source: &Source, file: &GateFile) -> Vec<Finding> {
    let folder = source.path.parent().unwrap_or(Path::new(""));
    let refused = file.scenarios.iter().enumerate().filter_map(|(index, scenario)| {
        let home = files.is_within_reach(&source.path, &folder.join(scenario)).err()?;
        let place = source.find_nearest(&format!("scenarios[{index}]"));
        let problem = format!("'{scenario}' lies outside {}", home.display());
        Some(source.error(place, problem, "keep it there, or give --allow-outside"))
    });
    refused.collect()
}

impl Gate {
    /// Its text, for a digest of it.
    pub fn text(&self) -> &str {
        &self.source.text
    }

    /// Something wrong with the value at `path`, such as `checks[2].check[0].scope`, that only showed beside its
    /// scenarios.
    pub fn refuse(&self, path: &str, problem: impl Into<String>, remedy: impl Into<String>) -> LoadError {
        self.source.error(self.source.find_nearest(path), problem, remedy).into()
    }
}

/// `scenarios/qnwis`, not `scenarios/gates/../qnwis`: it goes into replay commands.
fn plain(folder: &Path, scenario: &str) -> PathBuf {
    crate::files::normal(&folder.join(scenario))
}
