//! What is expected of any measure, by its name.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use units::{Measured, RowId, Span, Unit, Value, rows};

/// Limits of a measure that `firedrill measures` lists: at most so much; at least, where less is worse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureLimits {
    /// Its name.
    pub of: String,
    /// Half the runs within this.
    #[serde(default)]
    pub p50: Option<Amount>,
    /// 95 % of the runs within this.
    #[serde(default)]
    pub p95: Option<Amount>,
    /// 99 % of the runs within this.
    #[serde(default)]
    pub p99: Option<Amount>,
    /// 99.9 % of the runs within this.
    #[serde(default)]
    pub p999: Option<Amount>,
    /// Every run within this.
    #[serde(default)]
    pub always: Option<Amount>,
    /// Confidence of the verdict.
    #[serde(default = "default_confidence")]
    pub confidence: f64,
}

/// A limit, in the unit of what it limits: `"10m"`, `3` or `true`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Amount {
    /// So long.
    Time(Span),
    /// So many.
    Count(u64),
    /// So, or not so.
    Flag(bool),
}

impl Amount {
    /// What it is a limit of.
    pub const fn unit(self) -> Unit {
        match self {
            Amount::Time(_) => Unit::Time,
            Amount::Count(_) => Unit::Count,
            Amount::Flag(_) => Unit::Flag,
        }
    }

    /// Whether it is known to be less than another one of the same unit.
    pub fn is_below(self, other: Amount) -> bool {
        match (self, other) {
            (Amount::Time(one), Amount::Time(other)) => one < other,
            (Amount::Count(one), Amount::Count(other)) => one < other,
            _ => false,
        }
    }

    /// The same as what runs show.
    pub const fn value(self) -> Value {
        match self {
            Amount::Time(span) => Value::Time(Measured::Exactly(span)),
            Amount::Count(count) => Value::Count(count),
            Amount::Flag(is_so) => Value::Flag(is_so),
        }
    }
}

impl MeasureLimits {
    /// The row it limits, if there is one of that name.
    pub fn row(&self) -> Option<RowId> {
        rows::named(&self.of)
    }

    /// The limits that are given: their fields, the share of runs that must keep them, how much.
    pub fn given(&self) -> Vec<(&'static str, f64, Amount)> {
        let all = [
            ("p50", 0.5, self.p50),
            ("p95", 0.95, self.p95),
            ("p99", 0.99, self.p99),
            ("p999", 0.999, self.p999),
            ("always", 1.0, self.always),
        ];
        all.into_iter().filter_map(|(name, share, amount)| Some((name, share, amount?))).collect()
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Amount, D::Error> {
        from.deserialize_any(AmountVisitor)
    }
}

/// Of a verdict, where nobody says.
pub(crate) fn default_confidence() -> f64 {
    0.95
}

struct AmountVisitor;

impl Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as \"10s\", a number such as 3, or true or false")
    }

    fn visit_bool<E>(self, is_so: bool) -> Result<Amount, E> {
        Ok(Amount::Flag(is_so))
    }

    fn visit_u64<E>(self, count: u64) -> Result<Amount, E> {
        Ok(Amount::Count(count))
    }

    fn visit_i64<E: de::Error>(self, count: i64) -> Result<Amount, E> {
        let negative = |_| E::invalid_value(de::Unexpected::Signed(count), &self);
        u64::try_from(count).map(Amount::Count).map_err(negative)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
        text.parse().map(Amount::Time).map_err(E::custom)
    }
}
