//! `--require Q-01..Q-06,Q-09`: ids that must have passing evidence.

use serde::Serialize;

use super::{Coverage, Standing};
use crate::exit::Failure;

/// What must have passing evidence, and what has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Required {
    pub ids: Vec<String>,
    /// Those whose standing is no pass.
    pub unmet: Vec<String>,
}

/// Reads the list and holds it against the matrix.
pub(crate) fn required(list: &str, coverage: &Coverage) -> Result<Required, Failure> {
    let known: Vec<&str> = coverage.requirements.iter().map(|covered| covered.id.as_str()).collect();
    let mut ids = Vec::new();
    for item in list.split(',').map(str::trim) {
        match item.split_once("..") {
            Some((first, last)) => {
                let (first, last) = (place(first, &known)?, place(last, &known)?);
                if first > last || prefix(known[first]) != prefix(known[last]) {
                    let problem = format!("'{item}' is no range of requirements");
                    return Err(Failure::invalid(problem, "a range is of one letter, such as Q-01..Q-06"));
                }
                ids.extend(known[first..=last].iter().map(|id| (*id).to_owned()));
            }
            None => ids.push(known[place(item, &known)?].to_owned()),
        }
    }
    let passes = |id: &String| {
        let covered = coverage.requirements.iter().find(|covered| covered.id == *id);
        covered.is_some_and(|covered| covered.standing == Standing::Pass)
    };
    let unmet = ids.iter().filter(|id| !passes(id)).cloned().collect();
    Ok(Required { ids, unmet })
}

fn place(id: &str, known: &[&str]) -> Result<usize, Failure> {
    let id = id.trim();
    known.iter().position(|one| *one == id).ok_or_else(|| {
        let problem = format!("'{id}' is in no list of requirements");
        Failure::invalid(problem, "--require takes ids and ranges of them: Q-01..Q-06,Q-09")
    })
}

/// `Q` of `Q-01`.
pub(super) fn prefix(id: &str) -> &str {
    id.rsplit_once('-').map_or(id, |(prefix, _)| prefix)
}
