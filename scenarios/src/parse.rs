//! RON to values, and RON's terse errors to sentences with a place and a remedy.

use std::ops::Range;

use ron::error::Error;
use serde::de::DeserializeOwned;

use crate::diagnostic::Finding;
use crate::dialect::{DEPTH_MAX, dialect};
use crate::source::{Source, byte_at, line_and_column};
use crate::suggest::{did_you_mean, expected_one_of};
use crate::variants;

/// Reads a whole file. `what` says what it should hold, such as "a scenario".
pub(crate) fn parse<T: DeserializeOwned>(source: &Source, what: &str) -> Result<T, Box<Finding>> {
    let tree = source.tree();
    if tree.token_from(0).is_none() {
        let remedy = format!("write {what} between parentheses: ( ... )");
        return Err(Box::new(source.error(0..0, "the file is empty", remedy)));
    }
    if !is_ron(source) {
        let problem = format!("this is no RON: {what} is written between parentheses");
        // It may be anything, a file of secrets among them: nothing of it is repeated.
        return Err(Box::new(source.error(0..0, problem, "write ( ... ), or name another file").unshown()));
    }
    if let Some(bracket) = tree.deeper_than(DEPTH_MAX) {
        let problem = format!("brackets nest deeper than {DEPTH_MAX} levels");
        let remedy = "no field needs that; look for a bracket too many";
        return Err(Box::new(source.error(bracket..bracket + 1, problem, remedy)));
    }
    dialect().from_str(&source.text).map_err(|error| {
        let refuse = || refuse(source, &error);
        Box::new(
            of_another_kind(source, what)
                .or_else(|| half_a_variant::<T>(source, &error))
                .unwrap_or_else(refuse),
        )
    })
}

/// A file of one kind where another is expected: told as such, with the command that takes it.
fn of_another_kind(source: &Source, what: &str) -> Option<Finding> {
    let has = |field: &str| source.find(field).is_some();
    let (kind, field, remedy) = if has("regions") && has("database") && !has("faults") {
        let remedy = "scenarios strike it: run one that says plan: \"THIS FILE\", or their folder; 'firedrill new' writes both";
        ("a plan", "regions", remedy)
    } else if has("checks") && has("scenarios") && !has("faults") {
        ("a gate", "checks", "decide it with 'firedrill gate FILE'")
    } else if has("faults") && has("plan") {
        ("a scenario", "faults", "run it with 'firedrill run FILE'")
    } else {
        return None;
    };
    let place = source.find_nearest(field);
    (kind != what).then(|| source.error(source.head(place), format!("this is {kind}, not {what}"), remedy))
}

/// `3` or `Sync` where a variant with what belongs to it is expected.
fn half_a_variant<T: DeserializeOwned>(source: &Source, error: &ron::error::SpannedError) -> Option<Finding> {
    if !is_about_a_name(&error.code) {
        return None;
    }
    let cursor = byte_at(&source.text, error.span.end.line, error.span.end.col);
    let tree = source.tree();
    let tokens = [tree.token_from(cursor), tree.token_touching(cursor), tree.token_before(cursor)];
    tokens.into_iter().flatten().find_map(|place| {
        let (problem, remedy) = variants::explain::<T>(&source.text, place.clone())?;
        Some(source.error(place, problem, remedy))
    })
}

/// Where RON expected a name, or what belongs to one.
pub(crate) fn is_about_a_name(error: &Error) -> bool {
    matches!(
        error,
        Error::SuggestRawIdentifier(_)
            | Error::ExpectedIdentifier
            | Error::InvalidIdentifier(_)
            | Error::ExpectedStructLike
            | Error::ExpectedNamedStructLike(_)
            | Error::ExpectedStructName(_)
            | Error::ExpectedDifferentStructName { .. }
    )
}

/// Whether a text begins as values do: with a bracket, after a name or none.
fn is_ron(source: &Source) -> bool {
    let tree = source.tree();
    let bracket =
        |at: usize| tree.token_from(at).filter(|token| ["(", "["].contains(&&source.text[token.clone()]));
    let first = tree.token_from(0).unwrap_or(0..0);
    let is_name = source.text[first.clone()].chars().all(|c| c.is_alphanumeric() || c == '_');
    bracket(0).is_some() || (is_name && bracket(first.end).is_some())
}

fn refuse(source: &Source, error: &ron::error::SpannedError) -> Finding {
    let cursor = byte_at(&source.text, error.span.end.line, error.span.end.col);
    if let Some(finding) = not_ended(source, &error.code, cursor) {
        return finding;
    }
    let place = place(source, &error.code, cursor);
    let (problem, remedy) = explain(&error.code, &source.text[place.clone()]);
    let remedy = unclosed_remedy(source, &error.code).unwrap_or(remedy);
    source.error(place, problem, remedy)
}

/// Where RON took a part of what was meant as one value, and stumbles over the rest: `5s` without quotes, `4.5`
/// for a whole number, a text whose closing quote is missing.
fn not_ended(source: &Source, error: &Error, cursor: usize) -> Option<Finding> {
    if !matches!(error, Error::ExpectedComma | Error::InvalidValueForType { .. }) {
        return None;
    }
    let tree = source.tree();
    let before = tree.token_before(cursor)?;
    if matches!(error, Error::ExpectedComma) && source.text[before.clone()].contains('\n') {
        let remedy = "are its quotes closed?";
        return Some(source.error(source.head(before), "this text runs over the end of the line", remedy));
    }
    let cut = tree.token_touching(cursor).filter(|token| token.start < cursor && cursor < token.end)?;
    let found = &source.text[cut.clone()];
    if found.contains('.') {
        return Some(source.error(
            cut.clone(),
            format!("expected a whole number, found '{found}'"),
            "round it",
        ));
    }
    let remedy = format!("a duration or a text stands in quotes: \"{found}\"");
    Some(source.error(cut.clone(), format!("'{found}' is neither a number nor a text"), remedy))
}

/// What an error is about; RON's own place is where its cursor stood, often behind or before it.
fn place(source: &Source, error: &Error, cursor: usize) -> Range<usize> {
    let (tree, text) = (source.tree(), &source.text);
    let end = tree.token_before(text.len()).unwrap_or(cursor..cursor);
    let around = || tree.group_around(cursor).map(|group| source.head(group));
    match error {
        Error::NoSuchStructField { found, .. } | Error::NoSuchEnumVariant { found, .. } => {
            tree.word_before(text, found, cursor).unwrap_or(cursor..cursor)
        }
        Error::DuplicateStructField { field, .. } => {
            tree.word_before(text, field, cursor).unwrap_or(cursor..cursor)
        }
        Error::MissingStructField { .. } => around().unwrap_or(cursor..cursor),
        Error::Message(_) | Error::InvalidValueForType { .. } | Error::ExpectedDifferentLength { .. } => {
            tree.value_before(cursor).map_or(cursor..cursor, |value| source.head(value))
        }
        Error::ExpectedStringEnd | Error::UnclosedBlockComment => source.head(end),
        Error::IntegerOutOfBounds | Error::InvalidIntegerDigit { .. } => {
            tree.token_touching(cursor).unwrap_or(cursor..cursor)
        }
        _ => tree.token_from(cursor).map_or(end, |token| source.head(token)),
    }
}

/// Where the bracket is that a file that ends too early has left open.
fn unclosed_remedy(source: &Source, error: &Error) -> Option<String> {
    let bracket = matches!(error, Error::Eof).then(|| source.tree().unclosed()).flatten()?;
    let (line, column) = line_and_column(&source.text, bracket);
    let bracket = &source.text[bracket..=bracket];
    Some(format!("the '{bracket}' at {line}:{column} is never closed"))
}

/// An error as problem and remedy; `found` is the text it stands at.
pub(crate) fn explain(error: &Error, found: &str) -> (String, String) {
    match error {
        Error::NoSuchStructField { expected, found, outer } => {
            unexpected_field(expected, found, outer.as_deref())
        }
        Error::NoSuchEnumVariant { expected, found, outer } => {
            let kind = outer.as_ref().map_or("name".to_owned(), |name| name.to_lowercase());
            let problem = format!("unknown {kind} '{found}', {}", expected_one_of(expected));
            (
                problem,
                did_you_mean(found, expected.iter().copied(), "use one of these, with its exact spelling"),
            )
        }
        Error::MissingStructField { field, outer } => (
            format!("field '{field}' is missing{}", of(outer.as_deref())),
            format!("add '{field}: ...' here"),
        ),
        Error::DuplicateStructField { field, .. } => {
            (format!("field '{field}' is given twice"), "keep one of them".to_owned())
        }
        Error::Message(message) => match message.split_once("; ") {
            Some((problem, remedy)) => (problem.to_owned(), remedy.to_owned()),
            None => (message.clone(), String::new()),
        },
        Error::InvalidValueForType { expected, found } => {
            (format!("expected {expected}, found {found}"), remedy_for_value(expected))
        }
        Error::ExpectedDifferentLength { expected, found } => {
            (format!("expected {expected}, found {found} of them"), "add or drop values".to_owned())
        }
        _ => explain_syntax(error, found),
    }
}

fn unexpected_field(expected: &[&str], found: &str, outer: Option<&str>) -> (String, String) {
    let problem = format!("unexpected field '{found}'{}, {}", of(outer), expected_one_of(expected));
    let spell = "a field that is not known is refused, because nobody would notice that it does nothing";
    (problem, did_you_mean(found, expected.iter().copied(), spell))
}

fn remedy_for_value(expected: &str) -> String {
    match expected.contains("duration") {
        true => "write a number with its unit, in quotes: \"5s\", \"250ms\" or \"1h 30m\"".to_owned(),
        false => String::new(),
    }
}

/// " in the scenario", in the reader's words rather than the type's name.
fn of(outer: Option<&str>) -> String {
    match outer {
        None => String::new(),
        Some("ScenarioFile") => " in the scenario".to_owned(),
        Some("GateFile") => " in the gate".to_owned(),
        Some("Plan") => " in the plan".to_owned(),
        Some("PlanPatch") => " in the plan's overrides".to_owned(),
        Some(name) => match name.strip_suffix("Patch") {
            Some(patched) => format!(" in the overrides of {patched}"),
            None => format!(" in {name}"),
        },
    }
}

fn explain_syntax(error: &Error, found: &str) -> (String, String) {
    let found = match found {
        found if found.chars().count() > 40 => format!("'{}...'", found.chars().take(40).collect::<String>()),
        found => format!("'{found}'"),
    };
    let expected = |what: &str, remedy: &str| (format!("expected {what}, found {found}"), remedy.to_owned());
    match error {
        Error::Eof => ("the file ends too early".to_owned(), "close every bracket".to_owned()),
        Error::ExpectedArray => expected("a list", "write [ ... ], even around a single value"),
        Error::ExpectedArrayEnd => expected("']'", "close the list"),
        Error::ExpectedBoolean => expected("true or false", "without quotes"),
        Error::ExpectedComma => expected("a comma", "separate fields and values by commas"),
        Error::ExpectedFloat => expected("a number", "write it like 0.95"),
        Error::ExpectedInteger => expected("a whole number", "write digits only, without unit or quotes"),
        Error::ExpectedString => expected("text in quotes", "write it like \"text\""),
        Error::ExpectedStringEnd => expected("the end of the text", "close the quotes"),
        Error::ExpectedMap => expected("'{'", "write { key: value }"),
        Error::ExpectedMapEnd => expected("'}'", "close the map"),
        Error::ExpectedMapColon => expected("a colon", "write field: value"),
        Error::ExpectedStructLike | Error::ExpectedNamedStructLike(_) => {
            expected("'('", "fields are written between parentheses: (field: value)")
        }
        Error::ExpectedStructLikeEnd | Error::ExpectedOptionEnd => {
            expected("')'", "close the parentheses; something before may have too many values")
        }
        Error::ExpectedIdentifier if found == "'('" => {
            expected("a field name", "one pair of parentheses is enough: RecoveryTime(p99: \"10m\")")
        }
        Error::ExpectedIdentifier => {
            expected("a name without quotes", "names of fields and variants bear no quotes")
        }
        Error::ExpectedDifferentStructName { .. } => expected(
            "fields between parentheses",
            "write (field: value), without a name before the parenthesis",
        ),
        Error::IntegerOutOfBounds => {
            (format!("{found} is out of range"), "it is too large or negative".to_owned())
        }
        Error::TrailingCharacters => {
            expected("the end of the file", "a file holds one value between ( and )")
        }
        Error::UnclosedBlockComment => ("a comment never ends".to_owned(), "close it with */".to_owned()),
        Error::ExceededRecursionLimit => ("values nest too deeply".to_owned(), "flatten them".to_owned()),
        other => (lowercase_first(&other.to_string()), format!("look at {found}")),
    }
}

fn lowercase_first(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
