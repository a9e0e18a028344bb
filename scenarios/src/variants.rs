//! One of several named variants is expected, and something else stands there: which there are, and how the value that
//! was meant would be written.

use std::ops::Range;

use ron::error::Error;
use serde::de::DeserializeOwned;

use crate::dialect::dialect;
use crate::source::byte_at;
use crate::suggest::expected_one_of;

/// No type has a variant of this name, so that its reader lists all that there are.
const NOBODY: &str = "NobodyIsCalledThis";

/// What variants hold, by example; the first that can be read is shown.
const PAYLOADS: [&str; 6] =
    ["(3)", "(\"5s\")", "([\"a\", \"b\"])", "(0.5)", "(\"1s\", \"5s\")", "(\"a\", \"b\")"];

/// Problem and remedy, if the value at `place` in `text` should be one of several variants and is not whole.
pub(crate) fn explain<T: DeserializeOwned>(text: &str, place: Range<usize>) -> Option<(String, String)> {
    let found = &text[place.clone()];
    if !found.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '-' | '.')) {
        return None;
    }
    let with = |value: &str| format!("{}{value}{}", &text[..place.start], &text[place.end..]);
    let expected = match dialect().from_str::<T>(&with(NOBODY)).err()?.code {
        Error::NoSuchEnumVariant { expected, found, .. } if found == NOBODY => expected,
        _ => return None,
    };
    // A name in quotes lacks nothing but is written as a text, which is told elsewhere.
    if found.starts_with('"') && expected.contains(&found.trim_matches('"')) {
        return None;
    }
    let reads = |value: &String| {
        let text = with(value);
        match dialect().from_str::<T>(&text) {
            Ok(_) => true,
            Err(error) => {
                byte_at(&text, error.span.end.line, error.span.end.col) > place.start + value.len() + 1
            }
        }
    };
    let candidates: Vec<String> = match expected.contains(&found) {
        true => PAYLOADS.iter().map(|payload| format!("{found}{payload}")).collect(),
        false => {
            let bare = found.trim_matches('"');
            let of = |name: &&str| [format!("{name}({found})"), format!("{name}({bare:?})")];
            expected.iter().flat_map(of).collect()
        }
    };
    let meant: Vec<String> = candidates.into_iter().filter(reads).collect();
    let problem = match expected.contains(&found) {
        true => format!("'{found}' says nothing alone"),
        false => format!("{}, found '{}'", expected_one_of(expected), found.trim_matches('"')),
    };
    let remedy = match (meant.first(), expected.contains(&found)) {
        (Some(example), true) => format!("write what belongs to it, such as {example}"),
        (Some(meant), false) => format!("did you mean {meant}?"),
        (None, true) => format!("write what belongs to it: {found}(...)"),
        (None, false) => return None,
    };
    Some((problem, remedy))
}
