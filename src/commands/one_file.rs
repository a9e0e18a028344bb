//! Commands that take one file where others take folders, too: a folder is typed there by habit, and what it holds is
//! what was meant.

use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// So many files of a folder are named.
const NAMED: usize = 8;

/// Refuses a folder with a hint at its files. `what` says what the command takes, `kind` what such a file is called,
/// `files` which of them lie below a folder.
pub(super) fn refuse_folder(
    path: &Path,
    what: &str,
    kind: &str,
    files: impl FnOnce(&[PathBuf]) -> Result<Vec<PathBuf>, scenarios::LoadError>,
) -> Result<(), Failure> {
    if !path.is_dir() {
        return Ok(());
    }
    let problem = format!("'{}' is a folder, and {what}", path.display());
    // A folder that cannot be read holds nothing to name.
    let all = files(&[path.to_owned()]).unwrap_or_default();
    let names: Vec<String> = all.iter().take(NAMED).map(|file| file.display().to_string()).collect();
    let help = match all.len() {
        0 => format!("name a {kind}; there is none in this folder"),
        1 => format!("name the {kind} in it: {}", names[0]),
        few if few <= NAMED => format!("name one of those in it: {}", names.join(", ")),
        many => format!("name one of the {many} in it: {}, ...", names.join(", ")),
    };
    Err(Failure::invalid(problem, &help))
}
