//! What runs are measured by: a catalogue of rows, and one value for each in every run.
//!
//! ```text
//!  catalogue   name             unit    worse         one run's sheet      another's
//!              recovery time    time    more          34.2 s               > 600 s    (its end was not seen)
//!              lost writes      count   more          0                    12
//!              converged        flag    less          yes                  -          (nobody looked)
//! ```
//!
//! Whoever prints, compares or judges goes by the unit, so a new row needs no change there.

use std::fmt;

use crate::{Measured, Span};

/// A place in a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(u16);

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A duration.
    Time,
    /// A number of things.
    Count,
    /// Whether something is so.
    Flag,
}

/// Which of two values is the worse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worse {
    /// The larger; of flags: yes.
    More,
    /// The smaller; of flags: no.
    Less,
    /// Neither: it describes a run and does not judge it.
    Neither,
}

/// A measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What people call it, in lower case.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Which of two values is worse.
    pub worse: Worse,
    /// What it is, in a sentence or two.
    pub says: &'static str,
}

/// What a run shows in one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// So long.
    Time(Measured),
    /// So many.
    Count(u64),
    /// Whether it is so.
    Flag(bool),
    /// Nobody looked: neither good nor bad.
    NotLookedAt,
}

/// One run's values. A word each, since a campaign keeps a million of these, and after them two bits each that say how it
/// is to be read.
#[derive(Clone, PartialEq, Eq)]
pub struct Sheet {
    words: Box<[u64]>,
    rows: u16,
}

const EXACTLY: u64 = 0;
const LONGER_THAN: u64 = 1;
const NOT_LOOKED_AT: u64 = 2;

/// Marks in one word.
const MARKS: usize = 32;

impl RowId {
    /// The row at this place, counted from 0.
    pub const fn at(place: u16) -> RowId {
        RowId(place)
    }

    /// Its place, counted from 0.
    pub const fn place(self) -> usize {
        self.0 as usize
    }
}

impl Unit {
    /// As files and listings call it.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Time => "time",
            Unit::Count => "count",
            Unit::Flag => "flag",
        }
    }
}

impl Worse {
    /// As files and listings call it.
    pub const fn name(self) -> &'static str {
        match self {
            Worse::More => "more",
            Worse::Less => "less",
            Worse::Neither => "neither",
        }
    }
}

impl Value {
    /// A time of which the end was seen.
    pub const fn exactly(span: Span) -> Value {
        Value::Time(Measured::Exactly(span))
    }

    /// What was looked at, or that it was not.
    pub fn looked_at<T: Into<Value>>(value: Option<T>) -> Value {
        value.map_or(Value::NotLookedAt, T::into)
    }
}

impl From<Measured> for Value {
    fn from(time: Measured) -> Value {
        Value::Time(time)
    }
}

impl From<Span> for Value {
    fn from(span: Span) -> Value {
        Value::exactly(span)
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Value {
        Value::Count(count)
    }
}

impl From<u32> for Value {
    fn from(count: u32) -> Value {
        Value::Count(count.into())
    }
}

impl From<bool> for Value {
    fn from(is_so: bool) -> Value {
        Value::Flag(is_so)
    }
}

impl Sheet {
    /// For a run of which nobody has looked at anything yet.
    pub fn blank(rows: usize) -> Sheet {
        let marks = rows.div_ceil(MARKS);
        let mut words = vec![0; rows + marks].into_boxed_slice();
        // Every pair of bits says that nobody looked.
        words[rows..].fill(0xaaaa_aaaa_aaaa_aaaa);
        Sheet { words, rows: u16::try_from(rows).expect("a catalogue has fewer than 65,536 rows") }
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.rows.into()
    }

    /// Writes a value down.
    ///
    /// # Panics
    /// The row is not one of this sheet's.
    pub fn put(&mut self, row: RowId, value: impl Into<Value>) {
        let (word, mark) = match value.into() {
            Value::Time(Measured::Exactly(span)) => (span.as_nanos(), EXACTLY),
            Value::Time(Measured::LongerThan(span)) => (span.as_nanos(), LONGER_THAN),
            Value::Count(count) => (count, EXACTLY),
            Value::Flag(is_so) => (is_so.into(), EXACTLY),
            Value::NotLookedAt => (0, NOT_LOOKED_AT),
        };
        let (place, rows) = (row.place(), self.rows());
        assert!(place < rows, "row {place} of a sheet of {rows}");
        self.words[place] = word;
        let shift = 2 * (place % MARKS);
        let marks = &mut self.words[rows + place / MARKS];
        *marks = *marks & !(0b11 << shift) | mark << shift;
    }

    /// As [`Sheet::put`], for building one in an expression.
    #[must_use]
    pub fn with(mut self, row: RowId, value: impl Into<Value>) -> Sheet {
        self.put(row, value);
        self
    }

    fn mark(&self, place: usize) -> u64 {
        self.words[self.rows() + place / MARKS] >> (2 * (place % MARKS)) & 0b11
    }

    fn word(&self, row: RowId) -> Option<u64> {
        let place = row.place();
        (place < self.rows() && self.mark(place) != NOT_LOOKED_AT).then(|| self.words[place])
    }

    /// A time; `None` where nobody looked.
    pub fn time(&self, row: RowId) -> Option<Measured> {
        let span = Span::from_nanos(self.word(row)?);
        Some(match self.mark(row.place()) {
            LONGER_THAN => Measured::LongerThan(span),
            _ => Measured::Exactly(span),
        })
    }

    /// A number; `None` where nobody looked.
    pub fn count(&self, row: RowId) -> Option<u64> {
        self.word(row)
    }

    /// A time as far as it was seen; zero where nobody looked.
    pub fn span(&self, row: RowId) -> Span {
        self.time(row).map_or(Span::ZERO, Measured::at_least)
    }

    /// Whether it is so; `None` where nobody looked.
    pub fn flag(&self, row: RowId) -> Option<bool> {
        self.word(row).map(|word| word != 0)
    }

    /// What stands in a row of this unit.
    pub fn value(&self, row: RowId, unit: Unit) -> Value {
        match unit {
            Unit::Time => Value::looked_at(self.time(row)),
            Unit::Count => Value::looked_at(self.count(row)),
            Unit::Flag => Value::looked_at(self.flag(row)),
        }
    }
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = (0..self.rows()).filter(|place| self.mark(*place) != NOT_LOOKED_AT).map(|place| {
            let longer = if self.mark(place) == LONGER_THAN { "> " } else { "" };
            (place, format!("{longer}{}", self.words[place]))
        });
        f.debug_map().entries(seen).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_value() -> impl Strategy<Value = (Unit, Value)> {
        prop_oneof![
            any::<u64>().prop_map(|nanos| (Unit::Time, Value::exactly(Span::from_nanos(nanos)))),
            any::<u64>().prop_map(|nanos| {
                (Unit::Time, Value::Time(Measured::LongerThan(Span::from_nanos(nanos))))
            }),
            any::<u64>().prop_map(|count| (Unit::Count, Value::Count(count))),
            any::<bool>().prop_map(|is_so| (Unit::Flag, Value::Flag(is_so))),
            Just((Unit::Time, Value::NotLookedAt)),
            Just((Unit::Count, Value::NotLookedAt)),
        ]
    }

    proptest! {
        #[test]
        fn what_is_put_is_what_is_read_whatever_stands_beside_it(
            values in proptest::collection::vec(any_value(), 1..100),
            again in any::<prop::sample::Index>(),
        ) {
            let mut sheet = Sheet::blank(values.len());
            let at = |place: usize| RowId::at(place as u16);
            for (place, (_, value)) in values.iter().enumerate() {
                prop_assert_eq!(sheet.count(at(place)), None, "a blank row");
                sheet.put(at(place), *value);
            }
            // Put twice, it is the last that counts.
            let again = again.index(values.len());
            sheet.put(at(again), Value::NotLookedAt);
            sheet.put(at(again), values[again].1);
            for (place, (unit, value)) in values.iter().enumerate() {
                prop_assert_eq!(sheet.value(at(place), *unit), *value);
            }
        }
    }

    #[test]
    fn a_row_that_it_does_not_have_was_not_looked_at() {
        assert_eq!(Sheet::blank(3).time(RowId::at(3)), None);
        assert_eq!(Sheet::blank(0).rows(), 0);
    }
}
