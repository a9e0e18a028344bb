use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use units::{Measured, Span};

/// A duration as the JSON report writes it: a number of seconds, or `"> 540.000"` where the end was not seen.
///
/// A text instead of `null`, because what was cut off is not missing: it is longer than anything that came back,
/// and a reader who takes it for a number must notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub Measured);

impl Seconds {
    /// A duration whose end was seen.
    pub const fn exactly(span: Span) -> Seconds {
        Seconds(Measured::Exactly(span))
    }
}

impl fmt::Display for Seconds {
    /// All digits, at least three of them after the point.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.at_least().as_nanos();
        let (whole, fraction) = (nanos / 1_000_000_000, format!("{:09}", nanos % 1_000_000_000));
        let (millis, finer) = fraction.split_at(3);
        let sign = if self.0.is_censored() { "> " } else { "" };
        write!(f, "{sign}{whole}.{millis}{}", finer.trim_end_matches('0'))
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Measured::Exactly(span) => to.serialize_f64(span.as_secs_f64()),
            Measured::LongerThan(_) => to.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Seconds, D::Error> {
        from.deserialize_any(Visitor)
    }
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds, or a text such as \"> 540.000\"")
    }

    fn visit_f64<E: de::Error>(self, secs: f64) -> Result<Seconds, E> {
        if secs.is_finite() && secs >= 0.0 {
            Ok(Seconds::exactly(Span::from_secs_f64(secs)))
        } else {
            Err(E::invalid_value(de::Unexpected::Float(secs), &self))
        }
    }

    fn visit_u64<E: de::Error>(self, secs: u64) -> Result<Seconds, E> {
        self.visit_f64(secs as f64)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Seconds, E> {
        let longer_than = text.strip_prefix("> ").and_then(nanos);
        let refuse = || E::invalid_value(de::Unexpected::Str(text), &self);
        longer_than.map(|nanos| Seconds(Measured::LongerThan(Span::from_nanos(nanos)))).ok_or_else(refuse)
    }
}

/// Exact nanoseconds of a decimal number of seconds with at most nine digits after the point.
fn nanos(decimal: &str) -> Option<u64> {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    if fraction.len() > 9 || !decimal.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let fraction: u64 = format!("{fraction:0<9}").parse().ok()?;
    whole.checked_mul(1_000_000_000)?.checked_add(fraction)
}

impl JsonSchema for Seconds {
    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number of seconds; or, where the end was not seen, a text such as \"> 540.000\": it had lasted so many seconds when the observation ended and is ordered after every number.",
            "oneOf": [
                { "type": "number", "minimum": 0 },
                { "type": "string", "pattern": "^> [0-9]+\\.[0-9]{3,9}$" },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(nanos in 0u64..(1 << 51), censored in any::<bool>()) {
            let span = Span::from_nanos(nanos);
            let seconds = Seconds(if censored { Measured::LongerThan(span) } else { Measured::Exactly(span) });
            let json = serde_json::to_string(&seconds).unwrap();
            prop_assert_eq!(serde_json::from_str::<Seconds>(&json).unwrap(), seconds, "{}", json);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = serde_json::from_value::<Seconds>(serde_json::Value::String(text));
        }
    }

    #[test]
    fn what_was_cut_off_is_a_text_and_the_rest_numbers() {
        let json = |value| serde_json::to_string(&Seconds(value)).unwrap();
        assert_eq!(json(Measured::Exactly(Span::from_millis(12_500))), "12.5");
        assert_eq!(json(Measured::LongerThan(Span::from_secs(540))), "\"> 540.000\"");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["-1", "null", "\"540\"", "\"> \"", "\"> 1.2.3\"", "\"> 99999999999\"", "\"> -1\""] {
            assert!(serde_json::from_str::<Seconds>(text).is_err(), "{text}");
        }
    }
}
