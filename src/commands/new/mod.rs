use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  firedrill new billing
  firedrill run billing

Writes billing/plan.ron and billing/region-loss.ron, which run and pass as they
are. Files that exist are never touched.";

const FILES: [(&str, &str); 2] =
    [("plan.ron", include_str!("plan.ron.txt")), ("region-loss.ron", include_str!("region-loss.ron.txt"))];

/// Begin a system of your own: a commented plan and a first scenario that run
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The system's name, and the folder to make
    #[arg(value_name = "NAME")]
    folder: PathBuf,
}

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let folder = &arguments.folder;
    let name = name_of(folder)?;
    refuse_existing(folder)?;
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    for (file, text) in FILES {
        write(&folder.join(file), &text.replace("NAME", name))?;
    }
    terminal.print(&next_steps(&folder.display().to_string()))?;
    Ok(Exit::Pass)
}

/// It stands in the plan, in reports and in commands: nothing that any of them would have to quote.
fn name_of(folder: &Path) -> Result<&str, Failure> {
    let plain = |name: &&str| {
        name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
    };
    let name = folder.file_name().and_then(|name| name.to_str()).filter(plain);
    name.ok_or_else(|| {
        let problem = format!("the argument '{}' is no name for a system", folder.display());
        Failure::invalid(problem, "use letters, digits, '-' and '_', such as billing")
    })
}

fn refuse_existing(folder: &Path) -> Result<(), Failure> {
    let existing = FILES.map(|(file, _)| folder.join(file)).into_iter().find(|file| file.exists());
    existing.map_or(Ok(()), |file| Err(exists(&file)))
}

/// Never over a file that came into being in the meantime.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let made = OpenOptions::new().write(true).create_new(true).open(file);
    made.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(file),
        _ => unwritable(file, &error),
    })
}

fn exists(file: &Path) -> Failure {
    let problem = format!("'{}' exists", file.display());
    Failure::invalid(problem, "choose another name, or remove it first: nothing is overwritten")
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let problem = format!("'{}' cannot be written: {error}", path.display());
    Failure::invalid(problem, "give a name in a folder in which files can be made")
}

fn next_steps(folder: &str) -> String {
    format!(
        "\
made {folder}/plan.ron, the system, and {folder}/region-loss.ron, a first disaster

Next:
  firedrill run {folder}                                       is it survived, and how fast?
  firedrill replay {folder}/region-loss.ron --seed 7           what happens in one run?
  firedrill compare {folder} --b 'policy.detector=Missed(2)'   would another policy be better?
Then change the numbers in {folder}/plan.ron to those of your system, and
  firedrill lint {folder}                                      what is wrong, or cannot be met?
"
    )
}
