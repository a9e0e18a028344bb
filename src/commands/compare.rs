use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use reports::compare::{self, Answer, Comparison};
use scenarios::Setting;
use units::Span;

use super::compare_sides::{self, Source};
use super::folder::Folder;
use crate::campaign::Fleet;
use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;

/// What `--out` writes.
const COMPARISON: &str = "comparison.json";

const EXAMPLES: &str = "\
Examples:
  firedrill compare scenarios/qnwis --a policy.heartbeat=5s --b policy.heartbeat=2s
  firedrill compare ours/region-loss.ron theirs/region-loss.ron --seeds 300
  firedrill compare out/before out/after       two folders of 'firedrill run --out'
  firedrill compare out/before scenarios/qnwis what was recorded, and this build

Both sides meet the same disasters: runs are paired by seed. The last side runs
--seeds from --seed-base on unless it is recorded. Values with parentheses need
quotes in a shell: --b 'policy.detector=Missed(4)'.

Exit codes here:
  0  B is not found to be worse: no difference found, or better
  1  B is significantly worse in something (5 % for all tests together), or does
     once what must never happen and A never did
  2  cannot tell: some pairs are worse, too few to be sure; or there are no pairs";

/// Say which of two policies, plans or builds is better, on the same disasters
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Scenario file or folder, or a folder that 'firedrill run --out' wrote
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The same for the other side; A itself if not given
    #[arg(value_name = "B")]
    b: Option<PathBuf>,
    /// Change a value of the plan on side A
    #[arg(long = "a", value_name = "PATH=VALUE")]
    settings_a: Vec<Setting>,
    /// Change a value of the plan on side B
    #[arg(long = "b", value_name = "PATH=VALUE")]
    settings_b: Vec<Setting>,
    /// Change a value of the plan on both sides
    #[arg(long = "set", value_name = "PATH=VALUE")]
    settings: Vec<Setting>,
    /// Pairs of runs of each scenario, one per seed
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed_base: u64,
    /// Threads; all cores if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Differences of times below this, in mean and median, do not count
    #[arg(long, value_name = "DURATION", default_value = "100ms")]
    ignore: Span,
    /// What to print
    #[arg(long, value_enum, default_value_t, value_name = "table|json")]
    #[arg(hide_possible_values = true)]
    format: Format,
    /// Write comparison.json into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For reading.
    #[default]
    Table,
    /// As `--out` writes it.
    Json,
}

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let b = other_side(arguments)?;
    let with = |own: &[Setting]| [&arguments.settings, own].concat();
    // Both are looked at before anything is run.
    let sides = [(&*arguments.a, with(&arguments.settings_a)), (b, with(&arguments.settings_b))];
    let [a, b] = sides.map(|(path, settings)| Source::open(path, &settings, terminal));
    let (a, b) = (a?, b?);
    let folder = arguments.out.as_deref().map(|folder| Folder::open(folder, &[COMPARISON])).transpose()?;
    let seeds = super::run::seed_range(arguments.seed_base, arguments.seeds)?;
    let mut fleet = Fleet::default();
    fleet.threads = arguments.threads.map_or(fleet.threads, usize::from);
    let (a, b) = (a.side(&fleet, seeds.clone(), terminal)?, b.side(&fleet, seeds, terminal)?);

    let comparison = Comparison::of(env!("CARGO_PKG_VERSION"), &a, &b, arguments.ignore);
    let text = match arguments.format {
        Format::Table => compare::render(&comparison, terminal.width, terminal.color),
        Format::Json => comparison.to_json(),
    };
    let printed = terminal.print(&text);
    let written = folder.map_or(Ok(()), |folder| {
        folder.file(COMPARISON)?.write(&comparison.to_json())?;
        folder.publish(false).map(drop)
    });
    printed.and(written)?;
    Ok(exit(comparison.answer))
}

/// B's path. A side compared with itself shows nothing, at length.
fn other_side(arguments: &Arguments) -> Result<&Path, Failure> {
    let same_path = arguments.b.as_ref().is_none_or(|b| *b == arguments.a);
    let same_settings = arguments.settings_a == arguments.settings_b;
    match same_path && same_settings && !compare_sides::is_recorded(&arguments.a) {
        true => Err(Failure::invalid(
            "both sides are the same",
            "give a second path, or settings of one side, such as --b policy.heartbeat=2s",
        )),
        false => Ok(arguments.b.as_ref().unwrap_or(&arguments.a)),
    }
}

fn exit(answer: Answer) -> Exit {
    match answer {
        Answer::Better | Answer::NoDifference => Exit::Pass,
        Answer::Worse => Exit::Fail,
        Answer::CannotTell => Exit::Inconclusive,
    }
}
