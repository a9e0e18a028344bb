use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::dialect::dialect;
use crate::overrides;
use crate::scenario::ScenarioFile;
use crate::source::{Source, line_and_column};

/// A scenario file as text, for tools that write them (a hunt that pins a failing disaster): what is not given
/// is left out, so that it reads as if written by hand.
///
/// # Errors
/// When the policy's patch cannot be written in RON, which nests and names like a struct.
pub fn write_scenario<PP>(file: &ScenarioFile<PP>) -> Result<String, ron::Error>
where
    PP: Default + Serialize + DeserializeOwned,
{
    let text = dialect().to_string_pretty(file, ron::ser::PrettyConfig::new())?;
    let source = Source::new(Path::new(""), text.clone().into_bytes()).expect("what was written is UTF-8");
    let spared =
        source.tree().paths_of(&text, "None").into_iter().filter(|path| !overrides::is_idle::<PP>(path));
    let spared: BTreeSet<usize> = spared.map(|path| line_of(&source, &path)).collect();
    let given =
        text.lines().enumerate().filter(|(index, line)| !line.ends_with(": None,") || spared.contains(index));
    Ok(given.map(|(_, line)| format!("{line}\n")).collect())
}

/// Whatever is part of a scenario or plan file, in one line, as programs write what they read again at once.
///
/// # Errors
/// When it cannot be written in RON.
pub fn write_in_a_line<T: Serialize>(value: &T) -> Result<String, ron::Error> {
    dialect().to_string(value)
}

/// The line of the value at `path`, from zero.
fn line_of(source: &Source, path: &str) -> usize {
    line_and_column(&source.text, source.find_nearest(path).start).0 - 1
}
