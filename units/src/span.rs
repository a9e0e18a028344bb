use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time in whole nanoseconds; never negative, at most about 584 years. Sums and multiples that would be
/// longer are [`Span::MAX`], which stands for "never": an input may be absurd, but it makes no sum panic.
///
/// Written and read with its unit: `"5s"`, `"250ms"`, `"1h 30m"`. A bare number is refused, because nobody
/// can tell whether `5` meant seconds.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

/// Why a text is not a [`Span`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanError {
    text: String,
    why: String,
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest span there is; stands for "never" where a deadline is compared.
    pub const MAX: Span = Span(u64::MAX);

    /// The longest that is read from a text: ten years. No system is described for longer, and what adds up or
    /// multiplies a few dozen such spans stays below [`Span::MAX`].
    pub const LONGEST_READ: Span = Span::from_secs(315_576_000);

    /// From nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Span {
        Span(nanos)
    }

    /// From microseconds.
    pub const fn from_micros(micros: u64) -> Span {
        Span(micros * 1_000)
    }

    /// From milliseconds.
    pub const fn from_millis(millis: u64) -> Span {
        Span(millis * 1_000_000)
    }

    /// From seconds.
    pub const fn from_secs(secs: u64) -> Span {
        Span(secs * 1_000_000_000)
    }

    /// From fractional seconds, rounded to the nearest nanosecond; negative and NaN become zero, too large
    /// becomes [`Span::MAX`]. Only IEEE multiplication is used, so the result is the same everywhere.
    pub fn from_secs_f64(secs: f64) -> Span {
        Span((secs * 1e9 + 0.5) as u64)
    }

    /// Whole nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Fractional seconds, for display and rates; never for comparing.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The difference, or zero where `other` is longer.
    pub const fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }

    /// The sum, or [`Span::MAX`].
    pub const fn saturating_add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }

    /// The multiple, or [`Span::MAX`].
    pub const fn saturating_mul(self, times: u64) -> Span {
        Span(self.0.saturating_mul(times))
    }

    /// Whether this is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Add for Span {
    type Output = Span;
    /// The sum, or [`Span::MAX`].
    fn add(self, other: Span) -> Span {
        self.saturating_add(other)
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0 - other.0)
    }
}

impl Mul<u64> for Span {
    type Output = Span;
    /// The multiple, or [`Span::MAX`].
    fn mul(self, times: u64) -> Span {
        self.saturating_mul(times)
    }
}

impl std::iter::Sum for Span {
    fn sum<I: Iterator<Item = Span>>(spans: I) -> Span {
        spans.fold(Span::ZERO, Add::add)
    }
}

impl fmt::Display for Span {
    /// Exact, in the units it can be read back from: `1m 30s`, `250ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = humantime::format_duration(std::time::Duration::from_nanos(self.0)).to_string();
        f.pad(&exact)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "'{}' is not a duration ({}); write a number with its unit, such as \"5s\", \"250ms\" or \"1h 30m\"",
            self.text, self.why
        )
    }
}

impl std::error::Error for SpanError {}

impl FromStr for Span {
    type Err = SpanError;

    /// At most [`Span::LONGEST_READ`].
    fn from_str(text: &str) -> Result<Span, SpanError> {
        let refuse = |why: String| SpanError { text: text.to_owned(), why };
        let duration = humantime::parse_duration(text).map_err(|why| refuse(why.to_string()))?;
        let span = u64::try_from(duration.as_nanos()).map_or(Span::MAX, Span);
        if span > Span::LONGEST_READ {
            return Err(refuse("longer than 10 years".to_owned()));
        }
        Ok(span)
    }
}

/// Where people read it, text with its unit; in a binary form, the number of nanoseconds.
impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { to.serialize_u64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Span;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration with its unit, such as \"5s\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
                text.parse().map_err(E::custom)
            }
        }
        if !from.is_human_readable() {
            return u64::deserialize(from).map(Span);
        }
        from.deserialize_any(Visitor)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A duration with its unit, such as \"5s\", \"250ms\" or \"1h 30m\".",
            "examples": ["5s", "250ms", "1h 30m"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_span_is_read_back_as_it_was_written(nanos in 0..=Span::LONGEST_READ.as_nanos()) {
            let span = Span::from_nanos(nanos);
            prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<Span>();
        }
    }

    #[test]
    fn a_number_without_a_unit_is_refused_with_a_remedy() {
        let error = "5".parse::<Span>().unwrap_err().to_string();
        assert!(error.contains("'5' is not a duration") && error.contains("\"5s\""), "{error}");
        assert!(serde_json::from_str::<Span>("5").unwrap_err().to_string().contains("with its unit"));
    }

    #[test]
    fn what_does_not_fit_is_refused_rather_than_cut() {
        assert!("600years".parse::<Span>().is_err());
        assert!("182500d".parse::<Span>().is_err());
        assert_eq!("10years".parse::<Span>(), Ok(Span::LONGEST_READ));
    }

    #[test]
    fn no_sum_and_no_multiple_panics() {
        let long = Span::from_nanos(u64::MAX - 1);
        assert_eq!(long + long, Span::MAX);
        assert_eq!(long * 3, Span::MAX);
        assert_eq!([long; 9].into_iter().sum::<Span>(), Span::MAX);
    }

    #[test]
    fn fractional_seconds_round_to_the_nearest_nanosecond() {
        assert_eq!(Span::from_secs_f64(0.123_456_789_4), Span::from_nanos(123_456_789));
        assert_eq!(Span::from_secs_f64(f64::NAN), Span::ZERO);
        assert_eq!(Span::from_secs_f64(-1.0), Span::ZERO);
    }
}
