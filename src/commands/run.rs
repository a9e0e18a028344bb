use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use reports::{MeasureReport, Report, Run, ScenarioReport, Verdict, histogram, human, table, wrapped};
use scenarios::Setting;

use super::run_github;
use super::run_progress::Progress;
use super::run_report::{Artifacts, provenance};
use crate::campaign::{Campaign, Error, Fleet, News};
use crate::dossier::Gathered;
use crate::exit::{Exit, Failure};
use crate::suite;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  firedrill run scenarios/
  firedrill run scenarios/qnwis --seeds 5000 --out out
  firedrill run scenarios/qnwis --set policy.heartbeat=2s --set dns.ttl=5s
  firedrill run scenarios/qnwis/primary-region-loss.ron --verbose

The same seeds give the same runs on every machine, for any number of threads.
Ctrl-C prints what is done so far, a second Ctrl-C quits at once. A run that
takes longer than a minute is named; after two minutes it is given up if no
other runs are left, and the exit code is 4.";

/// Strike scenarios with their disasters, once for each seed, and judge what happened
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Scenario files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Runs of each scenario, one per seed
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed_base: u64,
    /// Threads; all cores if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Change a value of the plan, or horizon, steady, takes_effect_in
    #[arg(long = "set", value_name = "PATH=VALUE")]
    settings: Vec<Setting>,
    /// Write report.html, summary.md, badge.svg, junit.xml, report.json and runs.jsonl into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Annotate what does not pass, and add a summary to the step, in GitHub Actions
    #[arg(long)]
    github: bool,
    /// Show how recovery times are spread, and their phases
    #[arg(long, short)]
    verbose: bool,
    /// Make so many runs of each scenario again, to check that a seed has one history
    #[arg(long, value_name = "N", default_value_t = 8)]
    double_run: u64,
    /// Send every message, also while all is as usual: slower, and every measure is the same
    #[arg(long)]
    no_leaps: bool,
}

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut campaigns = suite::load_all(&arguments.paths, &arguments.settings, terminal.color_errors)?;
    if arguments.no_leaps {
        campaigns = campaigns.into_iter().map(Campaign::without_leaps).collect();
    }
    let seeds = seed_range(arguments.seed_base, arguments.seeds)?;
    refuse_undecidable(&campaigns, arguments.seeds)?;
    let mut fleet = Fleet::default();
    fleet.threads = arguments.threads.map_or(fleet.threads, usize::from);
    stop_on_ctrl_c(&fleet.stop)?;
    let mut artifacts = arguments.out.as_deref().map(Artifacts::create).transpose()?;

    let (mut reports, mut gathered) = (Vec::new(), Gathered::default());
    let mut unfinished = false;
    for campaign in &campaigns {
        let runs = make_runs(campaign, &fleet, seeds.clone(), terminal)?;
        unfinished |= runs.iter().any(Run::is_unfinished);
        let mut report = campaign.report(&runs, arguments.seeds);
        recheck(campaign, &runs, arguments.double_run, &mut report, &fleet)
            .map_err(|error| suite::refused(error, terminal.color_errors))?;
        if artifacts.is_some() {
            report.measures = MeasureReport::all(&runs);
        }
        reports.push(report);
        if let Some(artifacts) = &mut artifacts {
            artifacts.add(campaign, campaign.criteria(), &runs);
            gathered.add(campaign, &runs);
        }
        if fleet.stop.load(Ordering::Relaxed) {
            break;
        }
    }

    let interrupted = fleet.stop.load(Ordering::Relaxed) || reports.len() < campaigns.len();
    let report = Report::new(env!("CARGO_PKG_VERSION"), interrupted, reports);
    // Each is tried whatever becomes of the other: hours of runs may be in it.
    let printed = terminal.print(&told(&report, campaigns.len(), arguments.verbose, terminal));
    let told = if arguments.github { run_github::tell(&report, &campaigns, terminal) } else { Ok(()) };
    let exit = Exit::of(report.verdict, unfinished);
    let dossier = gathered.with(report, provenance(arguments.seed_base));
    let written = artifacts.map_or(Ok(None), |artifacts| artifacts.finish(&dossier));
    if let Some(beside) = printed.and(told).and(written)? {
        let beside = beside.display();
        terminal.complain(&format!(
            "note: interrupted: '{beside}' is new, the complete report beside it is not\n"
        ));
    }
    Ok(exit)
}

/// So many seeds from `base` on.
pub(super) fn seed_range(base: u64, seeds: u64) -> Result<Range<u64>, Failure> {
    let refuse = || {
        let problem = format!("seeds from {base} on are fewer than {seeds}");
        Failure::invalid(problem, "choose a smaller --seed-base")
    };
    base.checked_add(seeds).map(|end| base..end).ok_or_else(refuse)
}

/// A campaign that cannot end in an answer is not begun.
fn refuse_undecidable(campaigns: &[Campaign], runs: u64) -> Result<(), Failure> {
    let mut problems: Vec<String> = Vec::new();
    let mut need = runs;
    for campaign in campaigns {
        for undecidable in campaign.undecidable(runs) {
            if let reports::Undecidable::TooFewRuns { need: least, .. } = undecidable {
                need = need.max(least);
            }
            problems.push(format!("{}: {undecidable}", campaign.scenario().file.display()));
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Failure::invalid(problems.join("\nerror: "), &help_to_decide(need, runs))),
    }
}

fn help_to_decide(need: u64, runs: u64) -> String {
    match need > runs {
        true => format!("give --seeds {need} or more"),
        false => "change the confidence that the scenario asks for".to_owned(),
    }
}

/// The first Ctrl-C ends the campaign with what is done, the second ends the process.
pub(super) fn stop_on_ctrl_c(stop: &Arc<AtomicBool>) -> Result<(), Failure> {
    let stop = Arc::clone(stop);
    let handler = move || {
        if stop.swap(true, Ordering::Relaxed) {
            // 128 + SIGINT, as shells report it.
            std::process::exit(130);
        }
    };
    ctrlc::set_handler(handler)
        .map_err(|error| Failure::infrastructure(format_args!("Ctrl-C cannot be watched for: {error}")))
}

pub(super) fn make_runs(
    campaign: &Campaign,
    fleet: &Fleet,
    seeds: Range<u64>,
    terminal: &Terminal,
) -> Result<Vec<Run>, Failure> {
    let progress = Progress::new(&campaign.name(), seeds.end - seeds.start, terminal);
    let made = campaign.run_with(fleet, seeds, |news| match news {
        News::Done(_) => progress.step(),
        News::Slow(seed) => {
            let limit = fleet.patience.as_secs();
            let command = campaign.replay_command(seed);
            let line = format!("warning: seed {seed} has been running for {limit} s: {command}\n");
            progress.tell(terminal, &line);
        }
    });
    progress.end();
    made.map_err(|error| suite::refused(error, terminal.color_errors))
}

/// Makes some runs again. If one differs, a seed does not say what happens, and no figure means anything.
fn recheck(
    campaign: &Campaign,
    runs: &[Run],
    sample: u64,
    report: &mut ScenarioReport,
    fleet: &Fleet,
) -> Result<(), Error> {
    let again = |run: &&Run| (!fleet.stop.load(Ordering::Relaxed)).then(|| campaign.recheck(run)).flatten();
    let sampled: Vec<&Run> = sampled(runs, sample).collect();
    let found = fleet.in_order(&sampled, again)?;
    let first = sampled.iter().zip(found).find_map(|(run, found)| Some((run.seed, found?)));
    if let Some((seed, difference)) = first {
        report.verdict = Verdict::Fail;
        report.reasons.insert(0, format!("seed {seed} does not give one history: {difference}"));
    }
    Ok(())
}

/// So many of them, evenly apart.
fn sampled(runs: &[Run], sample: u64) -> impl Iterator<Item = &Run> {
    let sample = usize::try_from(sample).unwrap_or(usize::MAX).min(runs.len());
    (0..sample).map(move |index| &runs[index * runs.len() / sample])
}

/// The whole output.
fn told(report: &Report, planned: usize, verbose: bool, terminal: &Terminal) -> String {
    let mut out = String::new();
    if report.interrupted {
        let (done, runs) = (report.scenarios.len(), report.scenarios.iter().map(|one| one.seeds).sum());
        let runs = human::counted(runs, "run");
        out += &format!("interrupted: {runs} of {done} of {planned} scenarios are done\n");
    }
    out += &table::render(&with_lint_once(report), terminal.width, terminal.color);
    if verbose {
        for scenario in &report.scenarios {
            out += &format!("\n{}{}", histogram::render(scenario), phases(scenario));
        }
    }
    out + &format!("\ndigest {}\n", report.digest)
}

/// What is said of a plan is said once, with the first scenario that has it.
fn with_lint_once(report: &Report) -> Report {
    let (mut report, mut said) = (report.clone(), BTreeSet::new());
    for scenario in &mut report.scenarios {
        scenario.lint.retain(|finding| said.insert(finding.clone()));
    }
    report
}

/// `median phases: detect 12.1s, decide 1.2s, ...`.
fn phases(scenario: &ScenarioReport) -> String {
    let Some(spreads) = &scenario.phases else { return String::new() };
    let median = |phase: reports::Phase| {
        let spread = spreads.get(phase)?;
        Some(format!("{} {}", phase.name(), human::measured(spread.p50.0)))
    };
    let medians: Vec<String> = reports::Phase::ALL.into_iter().filter_map(median).collect();
    wrapped("median phases: ", &medians.join(", "), 100)
}
