//! Findings of many scenarios: one plan serves many of them, and what is wrong with it is told once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use scenarios::{Finding, LoadError, Severity};

use crate::campaign::Error;
use crate::exit::Exit;

/// Findings that are shown of one file, the worst first.
const TOLD_MAX: usize = 50;

/// Findings in the order in which they came up, none twice.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    known: BTreeSet<(PathBuf, usize, usize, String)>,
    kept: Vec<Finding>,
    /// What is wrong where there is no file to point into, as it is shown.
    others: BTreeSet<String>,
    /// Something panicked that must not: what was found of everything else is told all the same.
    panicked: bool,
}

impl Findings {
    pub fn add(&mut self, finding: Finding) {
        // One plan is reached by many ways: `qnwis/plan.ron`, `qnwis/../qnwis/plan.ron`.
        let file = std::fs::canonicalize(&finding.file).unwrap_or_else(|_| finding.file.clone().into());
        let key = (file, finding.line, finding.column, finding.problem.clone());
        if self.known.insert(key) {
            self.kept.push(finding);
        }
    }

    /// What kept a scenario from being loaded.
    pub fn add_error(&mut self, error: Error) {
        match error {
            Error::Load(LoadError::Invalid(findings)) => {
                findings.into_iter().for_each(|finding| self.add(finding));
            }
            error => {
                self.others.insert(format!("error: {error}\n  help: {}\n", help(&error)));
            }
        }
    }

    /// This program panicked over a file.
    pub fn add_panic(&mut self, file: &Path, message: &str) {
        self.panicked = true;
        let file = file.display();
        let help = "this is a bug: please report it with the file";
        self.others
            .insert(format!("error: {file}:1:1: firedrill itself panicked: {message}\n  help: {help}\n"));
    }

    /// What a command that found errors ends with: a panic is this program's fault and no input's.
    pub fn exit(&self) -> Exit {
        if self.panicked { Exit::Infrastructure } else { Exit::Invalid }
    }

    /// How many there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        let others = if severity == Severity::Error { self.others.len() } else { 0 };
        others + self.kept.iter().filter(|finding| finding.severity == severity).count()
    }

    /// All of them, each with the offending line and a remedy; the worst first.
    pub fn render(&self, color: bool) -> String {
        let mut sorted: Vec<&Finding> = self.kept.iter().collect();
        sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let (mut told, mut left) = (BTreeMap::<&str, usize>::new(), BTreeMap::<&str, usize>::new());
        sorted.retain(|finding| {
            let of_file = told.entry(&finding.file).or_default();
            *of_file += 1;
            let is_told = *of_file <= TOLD_MAX;
            *left.entry(&finding.file).or_default() += usize::from(!is_told);
            is_told
        });
        let findings = sorted.into_iter().map(|finding| finding.render(color));
        let left = left.into_iter().filter(|(_, count)| *count > 0);
        let left = left.map(|(file, count)| format!("{file}: {count} more are not shown\n"));
        self.others.iter().cloned().chain(findings).chain(left).collect::<Vec<_>>().join("\n")
    }
}

/// What to do instead.
fn help(error: &Error) -> &'static str {
    match error {
        Error::Load(LoadError::Read { .. }) => "give a scenario file, or a folder that holds some",
        Error::Load(LoadError::Empty { .. }) => {
            "scenarios are *.ron files other than plan.ron and *.plan.ron, and not below gates/ or studies/"
        }
        Error::Load(LoadError::Service { .. }) => {
            "give --service one that takes part, or leave it out if the plan lists none"
        }
        Error::Load(LoadError::Invalid(_)) => "see the places named",
        Error::Unjudged { .. } => {
            "drop the expectation, or let the logic promise and tell it, and state so in the policy's terms"
        }
        Error::Threads(_) => "ask for fewer with --threads",
    }
}
