//! What has to be exercised again and again, and when it is due: drills of the runbook, reviews of capacity and access.
//!
//! ```text
//! calendar.ron: what, how often, from when --+
//! drills.jsonl: what was done, when, how   --+--> last done, next due, overdue by
//! ```
//!
//! Only what passed counts as done: a drill that failed has to be repeated, and is due as if it had not been held.

mod date;
mod duty;
mod record;

pub(crate) use date::Date;
pub(crate) use duty::{Calendar, Duty, place_of};
pub(crate) use record::{Record, read};

use reports::human;

/// How a duty stands on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing<'a> {
    pub duty: &'a Duty,
    /// When it was last done well.
    pub last: Option<Date>,
    /// When it was last tried in vain, if that was later.
    pub failed: Option<Date>,
    pub due: Date,
    /// Days until it is due; below zero: overdue.
    pub days_left: i64,
}

impl Standing<'_> {
    pub fn is_overdue(&self) -> bool {
        self.days_left < 0
    }

    /// `due in 12 days`, `overdue by 3 days`.
    fn words(&self) -> String {
        let days = human::counted(self.days_left.unsigned_abs(), "day");
        match self.days_left {
            ..0 => format!("OVERDUE by {days}"),
            0 => "due today".to_owned(),
            1.. => format!("due in {days}"),
        }
    }

    /// How old the evidence is.
    fn evidence(&self, today: Date) -> String {
        let age = |last: Date| human::counted(today.days_since(last).unsigned_abs(), "day");
        let done = match self.last {
            Some(last) => format!("done {last}, {} ago", age(last)),
            None => "never done".to_owned(),
        };
        match self.failed {
            Some(failed) => format!("{done}; failed {failed}"),
            None => done,
        }
    }
}

/// How every duty stands, the most urgent first.
pub(crate) fn standings<'a>(calendar: &'a Calendar, records: &[Record], today: Date) -> Vec<Standing<'a>> {
    let mut all: Vec<Standing<'_>> =
        calendar.duties.iter().map(|duty| standing(duty, records, today)).collect();
    all.sort_by(|a, b| (a.due, &a.duty.id).cmp(&(b.due, &b.duty.id)));
    all
}

fn standing<'a>(duty: &'a Duty, records: &[Record], today: Date) -> Standing<'a> {
    let newest = |passed: bool| {
        let of_duty = records.iter().filter(|record| record.duty == duty.id && record.passed == passed);
        of_duty.map(|record| record.on).max()
    };
    let last = newest(true);
    let failed = newest(false).filter(|failed| last.is_none_or(|last| *failed > last));
    let due = last.unwrap_or(duty.from).plus_months(duty.every_months);
    Standing { duty, last, failed, due, days_left: due.days_since(today) }
}

/// Two lines for each duty.
pub(crate) fn table(standings: &[Standing<'_>], today: Date) -> String {
    let width = |of: fn(&Standing<'_>) -> usize| standings.iter().map(of).max().unwrap_or(0);
    let (ids, words) = (width(|s| s.duty.id.len()), width(|s| s.words().len()));
    let line = |s: &Standing<'_>| {
        let (id, due, left, evidence) = (&s.duty.id, s.due, s.words(), s.evidence(today));
        format!("{id:ids$}  {due}  {left:words$}  {evidence}\n    {}\n", s.duty.what)
    };
    standings.iter().map(line).collect()
}

#[cfg(test)]
mod tests;
