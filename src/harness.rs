//! A folder of scenarios as tests of your own logic: one named test per file, with seeds, reasons and replays. The
//! macro [`suite!`](crate::suite!) is the way in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use models::Logic;

use crate::campaign::{Campaign, check_all};

/// How many seeds each scenario is run for; 300 if it is not set, since a p99 with 95 % confidence takes 299.
pub const SEEDS: &str = "FIREDRILL_SEEDS";

/// Instead of testing, the run of this seed is told: its timeline and what was measured.
pub const REPLAY: &str = "FIREDRILL_REPLAY";

/// Which service's run is told, where the plan lists several; all of them if it is not set.
pub const SERVICE: &str = "FIREDRILL_SERVICE";

const SEEDS_DEFAULT: u64 = 300;

/// Which program the tests are, for the command that replays a run.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The package: `env!("CARGO_PKG_NAME")`.
    pub package: &'static str,
    /// Its folder: `env!("CARGO_MANIFEST_DIR")`.
    pub root: &'static str,
    /// The program's source: `file!()`.
    pub file: &'static str,
}

/// What is asked of the suite.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Order {
    Check { seeds: u64 },
    Replay { seed: u64, service: Option<String> },
}

/// Tests `logic` with every scenario below `folder`, which is relative to the package's. Arguments are those of
/// `cargo test`: a filter, `--exact`, `--list` and so on; `cargo nextest` understands it, too.
pub fn run<L: Logic>(logic: L, folder: &str, program: Program) -> ExitCode {
    let arguments = Arguments::from_args();
    let order = order(|name| std::env::var_os(name));
    let trials = order.and_then(|order| trials(&logic, folder, program, &order));
    match trials {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn order(variable: impl Fn(&str) -> Option<OsString>) -> Result<Order, String> {
    let number = |name: &str| {
        let Some(text) = variable(name) else { return Ok(None) };
        let number = text.to_str().and_then(|text| text.parse::<u64>().ok());
        number.map(Some).ok_or_else(|| format!("{name} is {text:?}: give it a whole number"))
    };
    let service = match variable(SERVICE).map(OsString::into_string) {
        Some(Err(name)) => return Err(format!("{SERVICE} is {name:?}: give it the name of a service")),
        Some(Ok(name)) => Some(name),
        None => None,
    };
    match (number(REPLAY)?, number(SEEDS)?) {
        (Some(seed), _) => Ok(Order::Replay { seed, service }),
        (None, _) if service.is_some() => {
            Err(format!("{SERVICE} says whose run is told: say which by {REPLAY}"))
        }
        (None, Some(0)) => Err(format!("{SEEDS} is 0: nothing would be run")),
        (None, seeds) => Ok(Order::Check { seeds: seeds.unwrap_or(SEEDS_DEFAULT) }),
    }
}

fn trials<L: Logic>(logic: &L, folder: &str, program: Program, order: &Order) -> Result<Vec<Trial>, String> {
    let folder = beside(program.root, folder);
    let files = scenarios::discover(std::slice::from_ref(&folder)).map_err(|error| error.to_string())?;
    let trial = |file: PathBuf| {
        let (name, logic) = (test_name(&folder, &file), logic.clone());
        let command = command(program, &name);
        let order = order.clone();
        Trial::test(name, move || carry_out(logic, &file, &order, &command))
    };
    Ok(files.into_iter().map(trial).collect())
}

/// Cargo starts tests in their package's folder, where short paths can be shown; by hand it may be any.
fn beside(root: &str, folder: &str) -> PathBuf {
    if Path::new(folder).is_dir() { folder.into() } else { Path::new(root).join(folder) }
}

/// `gray/slow-disk` of `tests/scenarios/gray/slow-disk.ron`.
fn test_name(folder: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(folder).unwrap_or(file).with_extension("");
    let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// The command that replays a run, without the seed in front.
fn command(program: Program, test: &str) -> String {
    let file = Path::new(program.file);
    let target = file.file_stem().unwrap_or_default().to_string_lossy();
    let example = file.parent().is_some_and(|folder| folder.ends_with("examples"));
    match example {
        true => format!("cargo run -p {} --example {target} -- --exact {test}", program.package),
        false => format!("cargo test -p {} --test {target} -- --exact {test}", program.package),
    }
}

fn carry_out<L: Logic>(logic: L, file: &Path, order: &Order, command: &str) -> Result<(), Failed> {
    let all = Campaign::services_with_logic(logic, file, &[]).map_err(|error| error.to_string())?;
    let campaigns: Vec<Campaign<L>> =
        all.into_iter().map(|campaign| replayed_by(campaign, command)).collect();
    match order {
        Order::Check { seeds } => check_all(&campaigns, *seeds).map(drop)?,
        Order::Replay { seed, service } => {
            for campaign in wanted(&campaigns, service.as_deref())? {
                let told =
                    campaign.tell(*seed).map_err(|message| format!("the logic panicked: {message}"))?;
                println!("\n{told}");
            }
        }
    }
    Ok(())
}

fn replayed_by<L: Logic>(campaign: Campaign<L>, command: &str) -> Campaign<L> {
    let service = campaign.scenario().service.as_ref();
    let service = service.map_or(String::new(), |name| format!("{SERVICE}={name} "));
    let command = format!("{service}{command}");
    campaign.replayed_by(move |seed| format!("{REPLAY}={seed} {command}"))
}

/// All of them, or the one of this service.
fn wanted<'a, L: Logic>(
    campaigns: &'a [Campaign<L>],
    service: Option<&str>,
) -> Result<Vec<&'a Campaign<L>>, String> {
    let is_wanted =
        |campaign: &&Campaign<L>| service.is_none() || campaign.scenario().service.as_deref() == service;
    let wanted: Vec<_> = campaigns.iter().filter(is_wanted).collect();
    let names = || campaigns.iter().filter_map(|campaign| campaign.scenario().service.as_deref());
    match wanted.is_empty() {
        true => Err(format!(
            "{SERVICE}={}: those that take part are {:?}",
            service.unwrap_or(""),
            names().collect::<Vec<_>>()
        )),
        false => Ok(wanted),
    }
}

/// The tests of your own logic, in one line: every scenario below a folder is a test. The target needs
/// `harness = false`:
///
/// ```toml
/// [[test]]
/// name = "suite"
/// harness = false
/// ```
///
/// ```ignore
/// // tests/suite.rs
/// firedrill::suite!(MyLogic, "tests/scenarios");
/// ```
///
/// `cargo test --test suite`, with a filter behind it or not; `FIREDRILL_SEEDS=1000` for more runs than 300. What
/// fails prints why, on which seed, and the command that tells that run, such as
/// `FIREDRILL_REPLAY=17 cargo test -p shop --test suite -- --exact partition`. Where the plan lists services, a file is
/// still one test, of all that take part, and the command names the service: `FIREDRILL_SERVICE=billing`.
#[macro_export]
macro_rules! suite {
    ($logic:expr, $folder:expr $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            let program = $crate::harness::Program {
                package: env!("CARGO_PKG_NAME"),
                root: env!("CARGO_MANIFEST_DIR"),
                file: file!(),
            };
            $crate::harness::run($logic, $folder, program)
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(seeds: Option<&str>, replay: Option<&str>) -> Result<Order, String> {
        ordered_of(&[(SEEDS, seeds), (REPLAY, replay)])
    }

    fn ordered_of(variables: &[(&str, Option<&str>)]) -> Result<Order, String> {
        order(|name| variables.iter().find(|(known, _)| *known == name)?.1.map(OsString::from))
    }

    #[test]
    fn the_environment_says_how_many_seeds_or_which_one_to_tell() {
        assert_eq!(ordered(None, None), Ok(Order::Check { seeds: 300 }));
        assert_eq!(ordered(Some("1000"), None), Ok(Order::Check { seeds: 1000 }));
        assert_eq!(ordered(Some("1000"), Some("17")), Ok(Order::Replay { seed: 17, service: None }));
        let of_service = ordered_of(&[(REPLAY, Some("17")), (SERVICE, Some("billing"))]);
        assert_eq!(of_service, Ok(Order::Replay { seed: 17, service: Some("billing".to_owned()) }));
    }

    #[test]
    fn what_is_no_number_of_seeds_is_refused_rather_than_ignored() {
        assert!(ordered(Some("many"), None).unwrap_err().contains("FIREDRILL_SEEDS"));
        assert!(ordered(Some("0"), None).unwrap_err().contains("nothing would be run"));
        assert!(ordered(None, Some("-1")).unwrap_err().contains("FIREDRILL_REPLAY"));
        let nothing_to_tell = ordered_of(&[(SERVICE, Some("billing"))]);
        assert!(nothing_to_tell.unwrap_err().contains("FIREDRILL_REPLAY"));
    }

    #[test]
    fn a_test_is_called_by_its_file_and_replayed_by_its_name() {
        let name = test_name(Path::new("tests/scenarios"), Path::new("tests/scenarios/gray/slow.ron"));
        assert_eq!(name, "gray/slow");
        let program = Program { package: "shop", root: "", file: "tests/suite.rs" };
        assert_eq!(command(program, &name), "cargo test -p shop --test suite -- --exact gray/slow");
        let program = Program { file: "examples/naive.rs", ..program };
        assert_eq!(command(program, "cut"), "cargo run -p shop --example naive -- --exact cut");
    }
}
