//! The command line: one file per command.

mod calendar;
mod compare;
mod compare_sides;
mod coverage;
mod folder;
mod gate;
mod hunt;
mod lint;
mod measures;
mod new;
mod one_file;
mod replay;
mod run;
mod run_github;
mod run_progress;
mod run_report;
mod schema;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::campaign::caught;
use crate::exit::{Exit, Failure};
use crate::terminal::{Color, Terminal};

const EXIT_CODES: &str = "\
Exit codes:
  0  pass: everything that was asked holds
  1  fail: something does not; the output names a seed that shows it
  2  inconclusive: too few runs to say, or interrupted
  3  invalid input: nothing was run
  4  infrastructure: this program or its machine failed; worth a retry

Examples:
  firedrill run scenarios/                     every scenario, 1000 seeds each
  firedrill run scenarios/qnwis --out out      one system, with out/report.json
  firedrill replay scenarios/qnwis/primary-region-loss.ron --seed 7
  firedrill compare scenarios/qnwis --b policy.heartbeat=2s
  firedrill gate scenarios/gates/rg8.ron       may this version be released?
  firedrill hunt --minutes 5                   disasters that nobody wrote down
  firedrill lint scenarios/
  firedrill coverage                           which requirement has which evidence
  firedrill new billing                        a plan and a scenario to start from";

/// Deterministic disaster simulation for failover logic
///
/// Strikes a modelled system with a scripted disaster, once for each of many seeds, and says how long recovery
/// took, what was lost, and whether that is what was promised.
#[derive(Debug, Parser)]
#[command(name = "firedrill", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Colours in the output
    #[arg(long, value_name = "auto|always|never", value_enum, default_value_t, global = true)]
    #[arg(hide_possible_values = true)]
    color: Color,
    /// Let a scenario name a plan or a recording outside its repository
    ///
    /// Without it they must lie in the repository of the file that names them: the nearest folder with a .git; where
    /// there is none, the folder that firedrill is started in, if the file lies below it, else the file's own folder.
    #[arg(long, global = true)]
    allow_outside: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Replay(replay::Arguments),
    Compare(compare::Arguments),
    Gate(gate::Arguments),
    Hunt(hunt::Arguments),
    Coverage(coverage::Arguments),
    Calendar(calendar::Arguments),
    New(new::Arguments),
    Lint(lint::Arguments),
    Measures(measures::Arguments),
    Schema(schema::Arguments),
}

/// Parses the arguments of this process and does what they ask. Returns what the process ends with.
pub fn main() -> ExitCode {
    if let Some(refused) = unprintable_argument() {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), refused.text.as_bytes());
        return refused.exit.into();
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misread(&error).into(),
    };
    if arguments.allow_outside {
        scenarios::allow_outside();
    }
    let terminal = Terminal::new(arguments.color);
    let ended = caught(|| execute(arguments.command, &terminal));
    let failure = match ended {
        Ok(Ok(exit)) => return exit.into(),
        Ok(Err(failure)) => failure,
        Err(message) => {
            Failure::infrastructure(format_args!("firedrill itself panicked, which is a bug: {message}"))
        }
    };
    terminal.complain(&failure.text);
    failure.exit.into()
}

/// Arguments stand in tables, logs and commands.
fn unprintable_argument() -> Option<Failure> {
    std::env::args_os().skip(1).find_map(|argument| {
        let text = argument.to_string_lossy();
        let (problem, help) = scenarios::unprintable(&text)?;
        let shown: String = text.escape_debug().take(100).collect();
        Some(Failure::invalid(format_args!("the argument '{shown}': {problem}"), help))
    })
}

fn execute(command: Command, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        Command::Run(arguments) => run::execute(&arguments, terminal),
        Command::Replay(arguments) => replay::execute(&arguments, terminal),
        Command::Compare(arguments) => compare::execute(&arguments, terminal),
        Command::Gate(arguments) => gate::execute(&arguments, terminal),
        Command::Hunt(arguments) => hunt::execute(&arguments, terminal),
        Command::Coverage(arguments) => coverage::execute(&arguments, terminal),
        Command::Calendar(arguments) => calendar::execute(&arguments, terminal),
        Command::New(arguments) => new::execute(&arguments, terminal),
        Command::Lint(arguments) => lint::execute(&arguments, terminal),
        Command::Measures(arguments) => measures::execute(&arguments, terminal),
        Command::Schema(arguments) => schema::execute(&arguments, terminal),
    }
}

/// Help and version are answers; everything else is invalid input, for which clap's own code 2 means something
/// else here.
fn misread(error: &clap::Error) -> Exit {
    // To a reader that has gone there is nothing to say.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Pass,
        _ => Exit::Invalid,
    }
}
