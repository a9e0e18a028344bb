use units::{Measured, RowId, Unit, Value, Worse, rows};

use crate::human;
use crate::run::Run;

/// A limit of any measure: at most so much; at least, where less is worse; of flags, which it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond {
    row: RowId,
    limit: Value,
}

impl Beyond {
    /// `None` where the limit is not in the unit of the row.
    pub fn new(row: RowId, limit: Value) -> Option<Beyond> {
        let same = matches!(
            (rows::at(row).unit, limit),
            (Unit::Time, Value::Time(_)) | (Unit::Count, Value::Count(_)) | (Unit::Flag, Value::Flag(_))
        );
        same.then_some(Beyond { row, limit })
    }

    fn shown(&self, run: &Run) -> Value {
        run.sheet.value(self.row, rows::at(self.row).unit)
    }

    fn less_is_worse(&self) -> bool {
        rows::at(self.row).worse == Worse::Less
    }

    /// Whether it is worse in this run, or may be: nobody saw the end. Not where nobody looked.
    pub(super) fn is(&self, run: &Run) -> bool {
        match (self.shown(run), self.limit) {
            (Value::Time(time), Value::Time(limit)) if self.less_is_worse() => {
                time.at_least() < limit.at_least()
            }
            (Value::Time(time), Value::Time(limit)) => !time.within(limit.at_least()),
            (Value::Count(count), Value::Count(limit)) if self.less_is_worse() => count < limit,
            (Value::Count(count), Value::Count(limit)) => count > limit,
            (Value::Flag(is_so), Value::Flag(asked)) => is_so != asked,
            _ => false,
        }
    }

    /// Whether this run was looked at for it.
    pub(super) fn is_looked_at(&self, run: &Run) -> bool {
        self.shown(run) != Value::NotLookedAt
    }

    /// The time that is compared with the limit, where it is a time and more is worse.
    pub(super) fn time(&self, run: &Run) -> Option<Measured> {
        match self.shown(run) {
            Value::Time(time) if !self.less_is_worse() => Some(time),
            _ => None,
        }
    }

    /// What is measured.
    pub(super) fn measure(&self) -> &'static str {
        rows::at(self.row).name
    }

    /// The limit, as people read it.
    pub(super) fn limit(&self) -> String {
        match self.limit {
            Value::Time(limit) => human::measured(limit),
            Value::Count(limit) => human::count(limit),
            Value::Flag(true) => "so".to_owned(),
            Value::Flag(false) | Value::NotLookedAt => "not so".to_owned(),
        }
    }

    /// How what is measured stands to the limit in a good run.
    pub(super) fn sign(&self) -> &'static str {
        match self.limit {
            Value::Flag(_) => "is",
            _ if self.less_is_worse() => ">=",
            _ => "<=",
        }
    }

    /// What bad runs do, after "12 of 1000 runs".
    pub(super) fn deed(&self) -> String {
        match self.limit {
            Value::Flag(_) => format!("do not show that {} is {}", self.measure(), self.limit()),
            _ if self.less_is_worse() => format!("stay below {}", self.limit()),
            _ => format!("exceed {}", self.limit()),
        }
    }
}
