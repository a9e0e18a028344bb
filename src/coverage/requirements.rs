//! The lists of requirements: `requirements/*.ron`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::calendar::place_of;
use crate::exit::Failure;

const FORM: &str = "a list is (requirements: [(id: \"Q-01\", what: \"in a line\", how: [Sim, Logic]), ...])";

/// How a requirement is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// As a fault or a part of the world.
    Sim,
    /// By the logic under test.
    Logic,
    /// As a criterion.
    Gate,
    /// On the readiness scorecard.
    Card,
    /// Against real software too.
    Real,
}

/// Something that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Requirement {
    pub id: String,
    pub what: String,
    #[serde(default)]
    pub how: Vec<How>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    requirements: Vec<Requirement>,
}

/// All requirements of a list, or of all lists in a folder, in the order of file names.
pub(super) fn load(path: &Path) -> Result<Vec<Requirement>, Failure> {
    let mut all: Vec<Requirement> = Vec::new();
    let mut known: BTreeMap<String, PathBuf> = BTreeMap::new();
    for file in lists(path)? {
        for requirement in read(&file)? {
            if let Some(first) = known.insert(requirement.id.clone(), file.clone()) {
                let place = scenarios::read_text(&file)
                    .map_or(String::new(), |text| place_of(&text, &requirement.id));
                let (file, id, first) = (file.display(), &requirement.id, first.display());
                let problem = format!("{file}:{place}'{id}' is in {first} already");
                return Err(Failure::invalid(problem, "give every requirement an id of its own"));
            }
            all.push(requirement);
        }
    }
    Ok(all)
}

fn lists(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let refuse =
        |problem: String| Failure::invalid(problem, "give --requirements a list, or a folder of lists");
    let unreadable = |error: std::io::Error| refuse(format!("'{}' cannot be read: {error}", path.display()));
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?;
    let files = entries.into_iter().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|extension| extension == "ron")).collect();
    files.sort();
    match files.is_empty() {
        true => Err(refuse(format!("no *.ron file in '{}'", path.display()))),
        false => Ok(files),
    }
}

fn read(file: &Path) -> Result<Vec<Requirement>, Failure> {
    let text = scenarios::read_text(file)
        .map_err(|error| Failure::invalid(format!("'{}' cannot be read: {error}", file.display()), FORM))?;
    let list: List = ron::from_str(&text).map_err(|error| {
        let at = error.span.start;
        let place = format!("{}:{}:{}", file.display(), at.line, at.col);
        Failure::invalid(format!("{place}: {}", scenarios::defused(&error.code.to_string())), FORM)
    })?;
    for requirement in &list.requirements {
        let place = || format!("{}:{}", file.display(), place_of(&text, &requirement.id));
        if let Some((problem, remedy)) = scenarios::unprintable(&requirement.what) {
            return Err(Failure::invalid(format!("{}{problem}", place()), remedy));
        }
        if !is_id(&requirement.id) {
            let problem = format!("{}'{}' is no id", place(), scenarios::defused(&requirement.id));
            return Err(Failure::invalid(problem, "an id is letters, '-' and a number, such as Q-01"));
        }
    }
    Ok(list.requirements)
}

/// So that ranges of them make sense.
fn is_id(id: &str) -> bool {
    let digits = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    id.rsplit_once('-').is_some_and(|(prefix, number)| name(prefix) && digits(number))
}
