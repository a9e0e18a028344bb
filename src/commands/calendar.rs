//! The day that the clock shows, if nobody names one; no run sees it.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "today's date, for people; no run sees it"
)]

use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;

use crate::calendar::{Calendar, Date, read, standings, table};
use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  firedrill calendar docs/calendar.ron --records drills.jsonl
  firedrill calendar docs/calendar.ron --records drills.jsonl --today 2026-03-31

A calendar lists what has to be done every so many months; the records say what
was done, a line of JSON each:
  {\"duty\":\"runbook-drill\",\"on\":\"2026-03-31\",\"by\":\"who\",\"passed\":true}
What failed has to be repeated. Days are those of UTC.

Ends with 1 if anything is overdue, else with 0.";

/// Show which drills and reviews are due, and how old the evidence of the last ones is
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The calendar
    #[arg(value_name = "FILE")]
    calendar: PathBuf,
    /// What was done; nothing, if not given
    #[arg(long, value_name = "FILE")]
    records: Option<PathBuf>,
    /// The day to look at it from; today, if not given
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
}

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let today = arguments.today.map_or_else(today, Ok)?;
    let calendar = Calendar::load(&arguments.calendar)?;
    let records = arguments.records.as_ref().map(|path| read(path, &calendar, today)).transpose()?;
    let standings = standings(&calendar, &records.unwrap_or_default(), today);
    terminal.print(&table(&standings, today))?;
    match standings.iter().any(|standing| standing.is_overdue()) {
        true => Ok(Exit::Fail),
        false => Ok(Exit::Pass),
    }
}

fn today() -> Result<Date, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let date = u32::try_from(since.as_secs() / 86_400).ok().and_then(Date::from_days);
    date.ok_or_else(|| Failure::infrastructure("the clock of this machine shows no day of this calendar"))
}
