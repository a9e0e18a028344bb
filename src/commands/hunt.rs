use std::fmt::Write as _;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use models::Failover;
use reports::human;

use super::folder::{claim, is_the_paths_fault, lost, write_whole};
use super::run::stop_on_ctrl_c;
use crate::campaign::{self, Clock};
use crate::exit::{Exit, Failure};
use crate::hunt::{Find, Given, Hunt, Progress, State, Struck};
use crate::suite;
use crate::terminal::Terminal;

/// The file in the folder of finds from which a hunt is resumed.
const HOW_FAR: &str = "hunt.json";
/// How often it is written, beside at the end.
const SAVES_EVERY: Duration = Duration::from_secs(60);

const EXAMPLES: &str = "\
Examples:
  firedrill hunt                                 five minutes, on systems that are drawn
  firedrill hunt --seed 7 --minutes 60           an hour, from another seed
  firedrill hunt scenarios/qnwis/plan.ron        disasters for one system
  firedrill hunt --runs 20000 --out finds        so many cases; finds go into finds/
  firedrill hunt --minutes 60 --resume           an hour more of the last hunt in finds/

Ends with 1 if anything was found, with 0 if nothing was, with 2 if it was interrupted
before, or if no case could be run. The same seed draws the same cases, whatever the
number of threads.";

/// Draw systems and disasters nobody wrote down, and look for what should never happen
///
/// Judged without expectations: invariants, service that does not come back, leaps and used worlds that change a run,
/// measures that do not add up, panics. What is found is made as small as it can be and written as a scenario.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// A plan to draw disasters for; without one, systems are drawn as well
    #[arg(value_name = "PLAN")]
    plan: Option<PathBuf>,
    /// Everything that is drawn follows from it [default: 1, or that of the hunt that is resumed]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How long, by the clock on the wall [default: 5, without --runs]
    #[arg(long, value_name = "N")]
    minutes: Option<NonZeroU64>,
    /// How many cases, in whole rounds of 128, a system with a disaster each
    #[arg(long, value_name = "N")]
    runs: Option<NonZeroU64>,
    /// Threads; all cores if not given
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Go on where the hunt in the folder of finds ended, as if it had not
    #[arg(long)]
    resume: bool,
    /// Where the scenarios of what is found go, and how far the hunt came
    #[arg(long, value_name = "DIR", default_value = "finds")]
    out: PathBuf,
}

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    if arguments.out.exists() && !arguments.out.is_dir() {
        let problem = format!("'{}' is no folder, and finds go into one", arguments.out.display());
        return Err(Failure::invalid(problem, "give --out a folder; it is made if it does not exist"));
    }
    let given = arguments.plan.as_deref().map(Given::load::<Failover>).transpose();
    let given = given.map_err(|error| suite::refused(campaign::Error::Load(error), terminal.color_errors))?;
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_ctrl_c(&stop)?;
    let threads = arguments.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool =
        pool.map_err(|error| Failure::infrastructure(format_args!("no threads can be had: {error}")))?;

    let limit = Limit::of(arguments);
    // Before the hunt, so that hours are not lost to a wrong folder, or to another hunt's.
    let _claim = claim(&arguments.out)?;
    let (mut state, seed) = begin(arguments, given.as_ref())?;
    let hunt = Hunt { logic: Failover, seed, given, stop: &stop };
    let (clock, bar) =
        (Clock::start(), if terminal.watched { ProgressBar::new_spinner() } else { ProgressBar::hidden() });
    let (before, mut told, mut lost) = (state.progress.cases, Vec::new(), None);
    // Returns whether all that was found is written.
    let mut keep = |state: &State, finds: &[Find]| {
        for find in &finds[told.len()..] {
            bar.suspend(|| terminal.complain(&format!("found: {}\n", in_a_line(find))));
            let written = write_find(&arguments.out, find, seed);
            told.push(in_full(find, written.as_deref().ok()));
            lost = lost.take().or(written.err());
        }
        bar.set_message(how_far(&state.progress, before, clock.elapsed()));
        bar.tick();
        lost.is_none()
    };
    let (mut saved, mut unsaved) = (Duration::ZERO, None);
    let finds = pool.install(|| {
        hunt.go_on(&mut state, limit.cases, |state, finds| {
            let kept = keep(state, finds);
            if kept && clock.elapsed() >= saved + SAVES_EVERY {
                saved = clock.elapsed();
                unsaved = save(&arguments.out, state, seed, hunt.given.as_ref()).err();
            }
            limit.time.is_some_and(|time| clock.elapsed() >= time)
        })
    });
    // What could not be written is to be found again.
    if keep(&state, &finds) {
        unsaved = unsaved.or(save(&arguments.out, &state, seed, hunt.given.as_ref()).err());
    }
    bar.finish_and_clear();
    let progress = &state.progress;
    let mut out = format!("hunted from seed {seed}: {}\n", how_far(progress, before, clock.elapsed()));
    if let Some(refusal) = progress.refusal.as_ref().filter(|_| progress.refused > progress.cases) {
        let _ = write!(out, "most cases are refused, the first because of\n{refusal}\n");
    }
    told.iter().for_each(|told| out.extend(["\n", told]));
    // What was found is told, whatever became of the files.
    terminal.print(&out)?;
    match lost.or(unsaved) {
        Some(failure) => Err(failure),
        None => Ok(exit(progress, &finds, stop.load(Ordering::Relaxed))),
    }
}

/// A hunt from its beginning, or from where the one in the folder ended; and its seed.
fn begin(arguments: &Arguments, given: Option<&Given>) -> Result<(State, u64), Failure> {
    if !arguments.resume {
        return Ok((State::default(), arguments.seed.unwrap_or(1)));
    }
    let file = arguments.out.join(HOW_FAR);
    let refuse = |problem: String, remedy: &str| {
        Err(Failure::invalid(format_args!("'{}' cannot be resumed: {problem}", file.display()), remedy))
    };
    let text = match scenarios::read_text(&file) {
        Ok(text) => text,
        Err(error) => {
            return refuse(error.to_string(), "name the --out of a hunt, or leave out --resume to begin one");
        }
    };
    match State::from_json(&text, given) {
        Ok((_, seed)) if arguments.seed.is_some_and(|wanted| wanted != seed) => {
            refuse(format!("it is of seed {seed}"), "leave out --seed, or give another --out")
        }
        Ok(resumed) => Ok(resumed),
        Err(problem) => refuse(
            problem,
            "resume it with its own plan and the program it was begun with, or give another --out",
        ),
    }
}

/// Writes how far the hunt has come. One that has not come anywhere takes the place of no other.
fn save(folder: &Path, state: &State, seed: u64, given: Option<&Given>) -> Result<(), Failure> {
    if state.progress.cases == 0 {
        return Ok(());
    }
    let file = folder.join(HOW_FAR);
    write_whole(&file, &state.to_json(seed, given)).map_err(|error| refused(&file, &error))
}

/// Where not a single case could be judged, nothing was looked for.
fn exit(progress: &Progress, finds: &[Find], interrupted: bool) -> Exit {
    match progress {
        _ if !finds.is_empty() => Exit::Fail,
        Progress { cases: 0, .. } => Exit::Inconclusive,
        _ if interrupted => Exit::Inconclusive,
        _ => Exit::Pass,
    }
}

/// When it ends.
struct Limit {
    cases: u64,
    time: Option<Duration>,
}

impl Limit {
    fn of(arguments: &Arguments) -> Limit {
        let minutes = arguments.minutes.map(NonZeroU64::get).or(arguments.runs.is_none().then_some(5));
        Limit {
            cases: arguments.runs.map_or(u64::MAX, NonZeroU64::get),
            time: minutes.map(|minutes| Duration::from_secs(minutes.saturating_mul(60))),
        }
    }
}

/// `before`: cases that were judged before it was resumed.
fn how_far(progress: &Progress, before: u64, elapsed: Duration) -> String {
    let Progress { cases, refused, too_long, reached, finds, .. } = progress;
    let rate = (*cases - before) as f64 / elapsed.as_secs_f64().max(0.001);
    format!(
        "{cases} cases ({rate:.0}/s, {refused} more refused, {too_long} too long), {reached} pairs reached, {finds} found"
    )
}

fn in_a_line(find: &Find) -> String {
    format!("{}: {} (case {})", find.complaint.class, find.case.disaster.kinds(), find.number)
}

/// With the command that replays it, or with its files where they could not be written.
fn in_full(find: &Find, scenario: Option<&Path>) -> String {
    let Find { complaint, case, seed, .. } = find;
    let nodes = match &case.system {
        Struck::Drawn(system) => format!(" on {}", human::counted(system.nodes() as u64, "node")),
        Struck::Given(_) => String::new(),
    };
    let again = match scenario {
        Some(file) => format!("  firedrill replay {} --seed {seed}\n", file.display()),
        None => {
            let files = Pair::of(find, "plan.ron".to_owned(), complaint.says.clone());
            format!("  seed {seed} of\n{}{}", files.plan.unwrap_or_default(), files.scenario)
        }
    };
    format!("{}\n  {}\n  {}{nodes}\n{again}", complaint.class, complaint.says, case.disaster.kinds())
}

/// The text of a find's scenario, and of its plan unless that is somebody's.
struct Pair {
    plan: Option<String>,
    scenario: String,
}

impl Pair {
    fn of(find: &Find, plan: String, story: String) -> Pair {
        let drawn = match &find.case.system {
            Struck::Drawn(system) => Some(system.to_string()),
            Struck::Given(_) => None,
        };
        Pair { plan: drawn, scenario: find.case.scenario(&plan, &story) }
    }
}

/// Writes the scenario, and the plan unless it is somebody's. Returns the scenario's path. Of another seed, or of another
/// case, a find has files of its own.
fn write_find(folder: &Path, find: &Find, seed: u64) -> Result<PathBuf, Failure> {
    let Find { complaint, case, number, .. } = find;
    let name = format!("{}-{seed}-{number}", slug(&complaint.class));
    let story =
        format!("Found by a hunt from seed {seed}, case {number}: {}; {}.", complaint.class, complaint.says);
    let plan = match &case.system {
        Struck::Drawn(_) => format!("{name}.plan.ron"),
        Struck::Given(given) => from_within(folder, &given.file),
    };
    let files = Pair::of(find, plan.clone(), story);
    if let Some(text) = files.plan {
        let file = folder.join(&plan);
        write_whole(&file, &text).map_err(|error| refused(&file, &error))?;
    }
    let file = folder.join(format!("{name}.ron"));
    write_whole(&file, &files.scenario).map_err(|error| refused(&file, &error))?;
    Ok(file)
}

fn refused(path: &Path, error: &std::io::Error) -> Failure {
    match is_the_paths_fault(error) {
        true => Failure::invalid(
            format_args!("'{}' cannot be written: {error}", path.display()),
            "give --out a folder that can be had",
        ),
        false => lost(path, error),
    }
}

/// How a file in `folder` names the one at `path`; both exist.
fn from_within(folder: &Path, path: &Path) -> String {
    let (Ok(folder), Ok(path)) = (folder.canonicalize(), path.canonicalize()) else {
        return path.display().to_string();
    };
    let shared = folder.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| PathBuf::from(".."));
    let down = path.components().skip(shared).map(|part| PathBuf::from(part.as_os_str()));
    up.chain(down).collect::<PathBuf>().display().to_string()
}

/// Small letters, digits and dashes.
fn slug(text: &str) -> String {
    let letters = text.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' });
    let words: String = letters.collect();
    words.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-").to_lowercase()
}
