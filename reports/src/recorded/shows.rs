//! What runs show, as lists in the order of their scenario's measures.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use units::{Measured, Row, RowId, Sheet, Span, Unit, Value, rows};

/// A measure, as a file of runs names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedMeasure {
    /// As `firedrill measures` lists it.
    pub name: String,
    /// `time`, `count` or `flag`.
    pub unit: String,
}

impl RecordedMeasure {
    pub(super) fn of(row: &Row) -> RecordedMeasure {
        RecordedMeasure { name: row.name.to_owned(), unit: row.unit.name().to_owned() }
    }

    /// The row that it is here; `None` of one that this program does not know, by that name and in that unit.
    fn row(&self) -> Option<(RowId, Unit)> {
        let row = rows::named(&self.name)?;
        let unit = rows::at(row).unit;
        (unit.name() == self.unit).then_some((row, unit))
    }
}

/// A sheet, whose rows are all of [`rows::ROWS`].
pub(super) struct Shows<'a>(pub(super) &'a Sheet);

impl Serialize for Shows<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(rows::ROWS.len()))?;
        for (at, row) in rows::all() {
            list.serialize_element(&Cell::of(self.0.value(at, row.unit)))?;
        }
        list.end()
    }
}

/// What a run shows of one measure.
#[derive(Clone, Copy)]
pub(super) enum Cell {
    Unseen,
    Flag(bool),
    Number(u64),
    LongerThan(u64),
}

impl Cell {
    fn of(value: Value) -> Cell {
        match value {
            Value::Time(Measured::Exactly(span)) => Cell::Number(span.as_nanos()),
            Value::Time(Measured::LongerThan(span)) => Cell::LongerThan(span.as_nanos()),
            Value::Count(count) => Cell::Number(count),
            Value::Flag(is_so) => Cell::Flag(is_so),
            Value::NotLookedAt => Cell::Unseen,
        }
    }

    fn read(self, unit: Unit) -> Option<Value> {
        Some(match (self, unit) {
            (Cell::Unseen, _) => Value::NotLookedAt,
            (Cell::Number(nanos), Unit::Time) => Value::exactly(Span::from_nanos(nanos)),
            (Cell::LongerThan(nanos), Unit::Time) => Measured::LongerThan(Span::from_nanos(nanos)).into(),
            (Cell::Number(count), Unit::Count) => count.into(),
            (Cell::Flag(is_so), Unit::Flag) => is_so.into(),
            _ => return None,
        })
    }
}

/// The sheet of a run whose scenario names these measures. What this program does not know is left out, and what it knows
/// and the file does not tell was not looked at.
pub(super) fn sheet(measures: &[RecordedMeasure], cells: &[Cell]) -> Result<Sheet, String> {
    if cells.len() != measures.len() {
        let (has, names) = (cells.len(), measures.len());
        return Err(format!("shows {has} measures, and its scenario names {names}"));
    }
    let mut sheet = Sheet::blank(rows::ROWS.len());
    for (measure, cell) in measures.iter().zip(cells) {
        let Some((row, unit)) = measure.row() else { continue };
        let value = cell.read(unit).ok_or_else(|| format!("'{}' is no {}", measure.name, measure.unit))?;
        sheet.put(row, value);
    }
    Ok(sheet)
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match *self {
            Cell::Unseen => to.serialize_none(),
            Cell::Flag(is_so) => to.serialize_bool(is_so),
            Cell::Number(number) => to.serialize_u64(number),
            Cell::LongerThan(nanos) => to.collect_str(&format_args!(">{nanos}")),
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Cell, D::Error> {
        from.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl Visitor<'_> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number from 0, \">\" and a number, true, false or null")
    }

    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell::Unseen)
    }

    fn visit_bool<E>(self, is_so: bool) -> Result<Cell, E> {
        Ok(Cell::Flag(is_so))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Cell, E> {
        Ok(Cell::Number(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Cell, E> {
        let nanos = text.strip_prefix('>').and_then(|nanos| nanos.parse().ok());
        nanos.map(Cell::LongerThan).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}
