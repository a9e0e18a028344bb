use clap::Args;
use units::{Row, Worse, rows};

use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  firedrill measures
  firedrill measures copies

A scenario may ask for any of them:
  expect: [Measure(of: \"full copies\", always: 0), Measure(of: \"execution time\", p99: \"30s\")]

Limits are p50, p95, p99, p999 and always: at most so much, or at least, where less
is worse. Of runs in which nobody looked nothing is asked.";

/// Columns before what a measure says.
const INDENT: usize = 34;
/// A line is no longer than this.
const WIDTH: usize = 100;

/// List what runs are measured by: names, units, which way is worse
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Only those whose name has this in it
    #[arg(value_name = "WORD")]
    word: Option<String>,
}

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let word = arguments.word.as_deref().unwrap_or_default().to_lowercase();
    let found: Vec<&Row> = rows::ROWS.iter().filter(|row| row.name.contains(&word)).collect();
    if found.is_empty() {
        let problem = format!("no measure has '{word}' in its name");
        return Err(Failure::invalid(problem, "`firedrill measures` lists them all"));
    }
    terminal.print(&found.into_iter().map(line).collect::<String>())?;
    Ok(Exit::Pass)
}

/// `lost writes                      count  Acknowledged writes that the final primary does not hold.`
fn line(row: &Row) -> String {
    let worse = match row.worse {
        Worse::More => "",
        Worse::Less => " (less is worse)",
        Worse::Neither => " (neither way is worse)",
    };
    let first = format!("{:<INDENT$}{:<7}", row.name, row.unit.name());
    let says: String = row.says.split_whitespace().collect::<Vec<_>>().join(" ");
    reports::wrapped(&first, &format!("{says}{worse}"), WIDTH)
}
