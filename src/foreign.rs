//! JSON that a program wrote and that may come from anywhere by now: errors with their place, texts that can be printed.

use std::borrow::Cow;
use std::path::Path;

use serde_json::Value;

/// The text of a file, harmless to print. Errors go behind the file's name: `:3:7: ...`.
pub(crate) fn json(file: &Path) -> Result<String, String> {
    let text = scenarios::read_text(file).map_err(|error| format!(": cannot be read: {error}"))?;
    Ok(harmless(&text).into_owned())
}

/// An error of serde's with its place in front, and at the beginning if it has none.
pub(crate) fn placed(error: &str) -> String {
    let error = scenarios::defused(error);
    let place = error.rsplit_once(" at line ").and_then(|(problem, place)| {
        let (line, rest) = place.split_once(" column ")?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(line) && digits(rest))
            .then(|| format!(":{line}:{}: {problem}", rest.parse::<u64>().unwrap_or(1).max(1)))
    });
    place.unwrap_or_else(|| format!(":1:1: {error}"))
}

/// The same document with texts that can be printed; as it is where it is none, because whoever reads it says so.
fn harmless(text: &str) -> Cow<'_, str> {
    // Only these can begin something that is obeyed.
    if !["\\", "::", "##"].iter().any(|sign| text.contains(sign))
        && !text.chars().any(|c| c.is_control() && c != '\n')
    {
        return Cow::Borrowed(text);
    }
    let Ok(mut document) = serde_json::from_str::<Value>(text) else { return Cow::Borrowed(text) };
    defuse(&mut document);
    Cow::Owned(document.to_string())
}

fn defuse(value: &mut Value) {
    match value {
        Value::String(text) => *text = scenarios::defused(text),
        Value::Array(values) => values.iter_mut().for_each(defuse),
        Value::Object(fields) => fields.values_mut().for_each(defuse),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_its_place_in_front() {
        assert_eq!(placed("expected value at line 3 column 7"), ":3:7: expected value");
        assert_eq!(placed("a report of version 9"), ":1:1: a report of version 9");
    }

    #[test]
    fn what_is_read_back_commands_nobody() {
        let text = r#"{"reasons": ["a\n::error::x", "plain"], "n": 18446744073709551615, "f": 0.1}"#;
        let read: Value = serde_json::from_str(&harmless(text)).unwrap();
        assert_eq!(read["reasons"][1], "plain");
        assert_eq!((read["n"].as_u64(), read["f"].as_f64()), (Some(u64::MAX), Some(0.1)));
        assert_eq!(scenarios::unprintable(read["reasons"][0].as_str().unwrap()), None);
    }
}
