use std::path::PathBuf;

use clap::Args;
use scenarios::Setting;

use super::folder::{is_the_paths_fault, lost, write_whole};
use super::one_file::refuse_folder;
use crate::campaign::Campaign;
use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;
use crate::{perfetto, suite, timeline};

const EXAMPLES: &str = "\
Examples:
  firedrill replay scenarios/qnwis/primary-region-loss.ron --seed 7
  firedrill replay scenarios/qnwis/agent-hang.ron --seed 7 --trace run.json
  firedrill replay scenarios/qnwis/services-own-policies.ron --seed 7 --service billing

Open the trace at https://ui.perfetto.dev. The digest is that of the same seed
in `firedrill run`: the run you see is the run that was judged. Ends with 1 if
the logic panics, else with 0.";

/// Tell one run as a timeline, and what was measured in it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// A scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// Which run
    #[arg(long, value_name = "N")]
    seed: u64,
    /// Which service, if the plan lists several
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Change a value of the plan, or horizon, steady, takes_effect_in
    #[arg(long = "set", value_name = "PATH=VALUE")]
    settings: Vec<Setting>,
    /// Write a trace for ui.perfetto.dev into this file
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Send every message, also while all is as usual: slower, and every measure is the same
    #[arg(long)]
    no_leaps: bool,
}

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let what = "a replay is of one run of one scenario file";
    refuse_folder(&arguments.scenario, what, "scenario file", scenarios::discover)?;
    let loaded = match &arguments.service {
        Some(service) => Campaign::load_service(&arguments.scenario, service, &arguments.settings),
        None => Campaign::load(&arguments.scenario, &arguments.settings),
    };
    let campaign = loaded.map_err(|error| suite::refused(error, terminal.color_errors))?;
    let campaign = if arguments.no_leaps { campaign.without_leaps() } else { campaign };
    let replay = match campaign.replay(arguments.seed) {
        Ok(replay) => replay,
        Err(message) => {
            terminal.complain(&format!("error: the logic panicked in this run: {message}\n"));
            return Ok(Exit::Fail);
        }
    };
    if let Some(file) = &arguments.trace {
        let trace = perfetto::trace(&campaign, &replay);
        write_whole(file, &trace).map_err(|error| match is_the_paths_fault(&error) {
            true => Failure::invalid(
                format_args!("'{}' cannot be written: {error}", file.display()),
                "give --trace a file in a folder that exists",
            ),
            false => lost(file, &error),
        })?;
    }
    terminal.print(&timeline::render(&campaign, &replay, terminal.width, terminal.color))?;
    Ok(Exit::Pass)
}
