use std::path::{Path, PathBuf};

use clap::Args;
use reports::gate::render;

use super::folder::Pending;
use super::one_file::refuse_folder;
use super::run_github;
use super::run_progress::Progress as Bar;
use super::run_report::{Artifacts, provenance};
use crate::campaign::Fleet;
use crate::dossier::{Asked, Gathered};
use crate::exit::{Exit, Failure};
use crate::gate::{Baseline, Error, Gate, Options, Outcome, Progress};
use crate::suite;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  firedrill gate scenarios/gates/rg8.ron --out out
  firedrill gate scenarios/gates/rg8.ron --seed-base build-4711
  firedrill gate scenarios/gates/rg8.ron --baseline last/report.json --fail-on-regression

Runs are added until every criterion is decided for every scenario, or
--max-runs is reached. The seeds derive from the gate and the seed base, so
nobody can tune a system to them, and every result can be had again. Computing
times are those of this machine; nothing else depends on it.";

/// Decide on evidence whether a version may be released
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// A gate file
    #[arg(value_name = "GATE")]
    gate: PathBuf,
    /// Write report.html, summary.md, badge.svg, junit.xml, report.json, runs.jsonl and plan.yaml into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What the seeds derive from; this program's version if not given
    #[arg(long, value_name = "TEXT", default_value = env!("CARGO_PKG_VERSION"))]
    seed_base: String,
    /// So many runs of a scenario at most; what the gate file says if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_runs: Option<u64>,
    /// Threads; all cores if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// The report.json of an earlier gate: say what got better or worse
    #[arg(long, value_name = "REPORT")]
    baseline: Option<PathBuf>,
    /// For a step of GitHub Actions: annotations, and a summary of the step
    #[arg(long)]
    github: bool,
    /// Fail if something is significantly worse than in the baseline; inconclusive if nothing can be paired with it
    #[arg(long, requires = "baseline")]
    fail_on_regression: bool,
    /// Send every message, also while all is as usual: slower, and every measure is the same
    #[arg(long)]
    no_leaps: bool,
}

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    refuse_folder(&arguments.gate, "a gate is one file", "gate file", scenarios::discover_gates)?;
    let refused = |error| refused(error, terminal);
    let gate = Gate::load(&arguments.gate, arguments.max_runs).map_err(refused)?;
    let gate = if arguments.no_leaps { gate.without_leaps() } else { gate };
    // Looked at before anything is run: hours of runs are not lost to a file that cannot be read.
    let baseline = arguments.baseline.as_deref().map(Baseline::read).transpose().map_err(refused)?;
    let mut fleet = Fleet::default();
    fleet.threads = arguments.threads.map_or(fleet.threads, usize::from);
    super::run::stop_on_ctrl_c(&fleet.stop)?;
    let artifacts = arguments.out.as_deref().map(|folder| {
        let artifacts = Artifacts::create(folder)?;
        Ok((artifacts.file("plan.yaml")?, artifacts))
    });
    let artifacts = artifacts.transpose()?;
    let options = Options {
        seed_base: arguments.seed_base.clone(),
        fleet,
        command: command(arguments),
        baseline: baseline.as_ref(),
        fail_on_regression: arguments.fail_on_regression,
    };
    let mut bar = None;
    let outcome =
        gate.run(&options, &mut |progress| on_progress(progress, &mut bar, terminal)).map_err(refused)?;
    let printed = terminal.print(&render(&outcome.report, terminal.width, terminal.color));
    let told = if arguments.github { run_github::tell(&outcome.report, &[], terminal) } else { Ok(()) };
    let exit = Exit::of(outcome.report.verdict, outcome.unfinished);
    let written =
        artifacts.map_or(Ok(()), |(plan, artifacts)| write(&gate, &options.fleet, outcome, plan, artifacts));
    printed.and(told).and(written)?;
    Ok(exit)
}

fn on_progress(progress: Progress<'_>, bar: &mut Option<Bar>, terminal: &Terminal) {
    match (progress, bar) {
        (Progress::Begins(name, runs), bar) => *bar = Some(Bar::new(name, runs, terminal)),
        (Progress::Step, Some(bar)) => bar.step(),
        (Progress::Slow(seed, command), Some(bar)) => {
            bar.tell(terminal, &format!("warning: seed {seed} takes long: {command}\n"));
        }
        (Progress::Ends, Some(bar)) => bar.end(),
        (Progress::Step | Progress::Slow(..) | Progress::Ends, None) => {}
    }
}

fn write(
    gate: &Gate,
    fleet: &Fleet,
    outcome: Outcome,
    plan: Pending,
    mut artifacts: Artifacts,
) -> Result<(), Failure> {
    let campaigns = gate.campaigns();
    let mut scenarios = Vec::new();
    for (scenario, runs) in outcome.report.scenarios.iter().zip(&outcome.runs) {
        if let Some(place) = campaigns.iter().position(|campaign| campaign.name() == scenario.name) {
            scenarios.push(Asked {
                campaign: &campaigns[place],
                criteria: gate.asked_of(place, scenario.scripted.is_some()),
                runs,
            });
        }
    }
    scenarios.iter().for_each(|asked| artifacts.add(asked.campaign, &asked.criteria, asked.runs));
    let mut gathered = Gathered::default();
    gathered.add_all(fleet, &scenarios).map_err(Failure::infrastructure)?;
    plan.write(&crate::gate::sample_plan().to_yaml())?;
    let first_seed = outcome.report.gate.as_ref().map_or(0, |gate| gate.provenance.first_seed);
    artifacts.finish(&gathered.with(outcome.report, provenance(first_seed))).map(drop)
}

/// As it could be typed again.
fn command(arguments: &Arguments) -> String {
    let path = |path: &Path| reports::quoted(&path.display().to_string()).into_owned();
    let (gate, base) = (path(&arguments.gate), reports::quoted(&arguments.seed_base));
    let mut command = format!("firedrill gate {gate} --seed-base {base}");
    if let Some(runs) = arguments.max_runs {
        command += &format!(" --max-runs {runs}");
    }
    if let Some(baseline) = &arguments.baseline {
        command += &format!(" --baseline {}", path(baseline));
    }
    if arguments.fail_on_regression {
        command += " --fail-on-regression";
    }
    if arguments.no_leaps {
        command += " --no-leaps";
    }
    command
}

fn refused(error: Error, terminal: &Terminal) -> Failure {
    match error {
        Error::Load(error) => suite::refused(crate::campaign::Error::Load(error), terminal.color_errors),
        Error::Campaign(error) => suite::refused(error, terminal.color_errors),
        Error::Baseline { .. } => Failure::invalid(
            error,
            "give the report.json that 'firedrill gate --out' wrote, or leave --baseline away",
        ),
    }
}
