use clap::{Args, ValueEnum};
use models::Failover;

use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  firedrill schema > scenario.schema.json
  firedrill schema --kind report > report.schema.json

RON is not JSON: variants with values are objects of one field there, such as
{\"RegionLoss\": \"doha\"}.";

/// Print the JSON Schema of scenario files, plan files, gate files or report.json
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Of what
    #[arg(long, value_enum, default_value_t, value_name = "scenario|plan|gate|report")]
    #[arg(hide_possible_values = true)]
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Kind {
    /// A scenario file.
    #[default]
    Scenario,
    /// A plan file.
    Plan,
    /// A gate file.
    Gate,
    /// What `firedrill run --out` writes.
    Report,
}

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let json =
        |schema| serde_json::to_string_pretty(&schema).expect("a schema is made of JSON values") + "\n";
    terminal.print(&match arguments.kind {
        Kind::Scenario => json(scenarios::scenario_schema::<Failover>()),
        Kind::Plan => json(scenarios::plan_schema::<Failover>()),
        Kind::Gate => json(scenarios::gate_schema()),
        Kind::Report => reports::Report::schema(),
    })?;
    Ok(Exit::Pass)
}
