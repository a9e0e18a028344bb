use std::path::Path;

use serde::Deserialize;

use super::{Calendar, Date};
use crate::exit::Failure;

const FORM: &str = "a record is a line such as {\"duty\":\"runbook-drill\",\"on\":\"2026-03-31\",\"by\":\"who\",\"passed\":true}";

/// A duty was done, or tried.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// Which.
    pub duty: String,
    /// When.
    pub on: Date,
    /// Who answers for it.
    pub by: String,
    /// Whether it went as it should.
    pub passed: bool,
    /// Where to read more.
    #[serde(default)]
    pub note: Option<String>,
}

/// The records of a file.
///
/// # Errors
/// A line that is no record, of a duty that the calendar does not know, by nobody, or of a day that has not come.
pub(crate) fn read(path: &Path, calendar: &Calendar, today: Date) -> Result<Vec<Record>, Failure> {
    let refuse = |why: String| Failure::invalid(format!("{}:{why}", path.display()), FORM);
    let text = scenarios::read_text(path).map_err(|error| refuse(format!(" cannot be read: {error}")))?;
    parse(&text, calendar, today).map_err(refuse)
}

pub(super) fn parse(text: &str, calendar: &Calendar, today: Date) -> Result<Vec<Record>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            let column = 1 + line.len() - line.trim_start().len();
            record(line, calendar, today)
                .map_err(|why| format!("{}:{column}: {}", index + 1, scenarios::defused(&why)))
        })
        .collect()
}

fn record(line: &str, calendar: &Calendar, today: Date) -> Result<Record, String> {
    let record: Record = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if !calendar.duties.iter().any(|duty| duty.id == record.duty) {
        let known: Vec<&str> = calendar.duties.iter().map(|duty| duty.id.as_str()).collect();
        return Err(format!("the calendar has no duty '{}'; it has {}", record.duty, known.join(", ")));
    }
    if record.on > today {
        return Err(format!("{} has not come yet: nothing can have been done then", record.on));
    }
    for text in [Some(&record.by), record.note.as_ref()].into_iter().flatten() {
        if let Some((problem, remedy)) = scenarios::unprintable(text) {
            return Err(format!("{problem}; {remedy}"));
        }
    }
    if record.by.trim().is_empty() {
        return Err("nobody answers for it: say by whom".to_owned());
    }
    Ok(record)
}
