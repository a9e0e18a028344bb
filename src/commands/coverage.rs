use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::coverage::{Coverage, Sources, required};
use crate::exit::{Exit, Failure};
use crate::suite;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  firedrill run scenarios/ --out out && cargo test; firedrill coverage
  firedrill coverage --require Q-01..Q-06,Q-09 --format markdown
  firedrill coverage scenarios/qnwis --reports out/nightly

A scenario names requirements by `covers`; what it is worth says its newest
report.json made without --set. So do the checks of gates, in folders 'gates'.
A test names them by evidence::of(&[\"Q-10\"]) in its first line and leaves a
record of how it ended in target/evidence. Evidence that has changed since it
was run is stale, and a record whose test no longer names its ids counts for
nothing. One that fails outweighs all that pass.

Ends with 1 if an id is named that no list knows, or one that is required has
no passing evidence; else with 0.";

/// Show which requirement has which evidence, and what it last said
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Scenario files, or folders of them
    #[arg(value_name = "PATH", default_value = "scenarios")]
    paths: Vec<PathBuf>,
    /// The list of requirements, or a folder of lists
    #[arg(long, value_name = "PATH", default_value = "requirements")]
    requirements: PathBuf,
    /// Where report.json is: this folder and those in it; 'out' if not given
    #[arg(long, value_name = "DIR")]
    reports: Option<PathBuf>,
    /// Where tests left their records; where cargo and they agree on, if not given
    #[arg(long, value_name = "DIR")]
    evidence: Option<PathBuf>,
    /// Ids that must have passing evidence
    #[arg(long, value_name = "IDS")]
    require: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t, value_name = "table|json|markdown")]
    #[arg(hide_possible_values = true)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For reading.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For pages.
    Markdown,
}

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let campaigns = suite::load_all(&arguments.paths, &[], terminal.color_errors)?;
    let gates = suite::load_gates(&arguments.paths, terminal.color_errors)?;
    let mut coverage = Coverage::gather(&Sources {
        requirements: &arguments.requirements,
        campaigns: &campaigns,
        gates: &gates,
        reports: arguments.reports.as_deref().unwrap_or(Path::new("out")),
        reports_asked_for: arguments.reports.is_some(),
        evidence: arguments.evidence.clone().unwrap_or_else(records),
    })?;
    let required = arguments.require.as_deref().map(|list| required(list, &coverage)).transpose()?;
    coverage.required = required;
    terminal.print(&match arguments.format {
        Format::Table => coverage.to_table(terminal.width, terminal.color),
        Format::Json => coverage.to_json(),
        Format::Markdown => coverage.to_markdown(),
    })?;
    let unmet = coverage.required.as_ref().is_some_and(|required| !required.unmet.is_empty());
    Ok(if unmet || !coverage.unknown.is_empty() { Exit::Fail } else { Exit::Pass })
}

/// As tests choose it: the variable, else cargo's target folder.
fn records() -> PathBuf {
    if let Some(chosen) = std::env::var_os(evidence::FOLDER_VARIABLE) {
        return PathBuf::from(chosen);
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    target.join("evidence")
}
