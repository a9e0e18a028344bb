//! Paths on the command line, as scenarios ready to run.

use std::collections::BTreeSet;
use std::path::PathBuf;

use scenarios::{LoadError, Setting};

use crate::campaign::{Campaign, Error, caught};
use crate::exit::{Exit, Failure};
use crate::findings::Findings;

/// Loads every scenario below `paths`, for each service that takes part. What is wrong with some is added to `findings`,
/// and the rest is returned.
pub(crate) fn load(paths: &[PathBuf], settings: &[Setting], findings: &mut Findings) -> Vec<Campaign> {
    let mut campaigns = Vec::new();
    each(paths, settings, findings, |campaign, _| campaigns.push(campaign));
    campaigns
}

/// As [`load`], one after the other: a suite may be larger than memory.
pub(crate) fn each(
    paths: &[PathBuf],
    settings: &[Setting],
    findings: &mut Findings,
    mut take: impl FnMut(Campaign, &mut Findings),
) {
    let mut files = BTreeSet::new();
    for path in paths {
        match scenarios::discover(std::slice::from_ref(path)) {
            Ok(found) => files.extend(found),
            Err(error) => findings.add_error(Error::Load(error)),
        }
    }
    for file in &files {
        match caught(|| Campaign::load_services(file, settings)) {
            Ok(Ok(services)) => services.into_iter().for_each(|campaign| take(campaign, findings)),
            Ok(Err(error)) => findings.add_error(error),
            Err(message) => findings.add_panic(file, &message),
        }
    }
}

/// As [`load`], for commands that run: nothing is run unless everything can be.
pub(crate) fn load_all(
    paths: &[PathBuf],
    settings: &[Setting],
    color: bool,
) -> Result<Vec<Campaign>, Failure> {
    let mut findings = Findings::default();
    let campaigns = load(paths, settings, &mut findings);
    if findings.count(scenarios::Severity::Error) > 0 {
        return Err(Failure { exit: findings.exit(), text: findings.render(color) });
    }
    match campaigns.is_empty() {
        true => Err(refused(Error::Load(LoadError::Empty { paths: paths.to_vec() }), color)),
        false => Ok(campaigns),
    }
}

/// Every gate in a folder `gates` below `paths`.
pub(crate) fn load_gates(paths: &[PathBuf], color: bool) -> Result<Vec<scenarios::Gate>, Failure> {
    let files = scenarios::discover_gates(paths);
    let loaded = files.and_then(|files| files.iter().map(|file| scenarios::load_gate(file)).collect());
    loaded.map_err(|error| refused(Error::Load(error), color))
}

/// What is wrong with a scenario, as a command's failure.
pub(crate) fn refused(error: Error, color: bool) -> Failure {
    let exit = match error {
        Error::Load(_) | Error::Unjudged { .. } => Exit::Invalid,
        Error::Threads(_) => Exit::Infrastructure,
    };
    let mut findings = Findings::default();
    findings.add_error(error);
    Failure { exit, text: findings.render(color) }
}
