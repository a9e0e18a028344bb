//! What commands print, each run once.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::root;

pub struct Outputs {
    release: bool,
    printed: BTreeMap<String, String>,
}

impl Outputs {
    /// Of commands that take a moment.
    pub fn of_this_build() -> Outputs {
        Outputs { release: false, printed: BTreeMap::new() }
    }

    /// Of those, too, that run the whole catalogue.
    pub fn of_a_release_build() -> Outputs {
        Outputs { release: true, printed: BTreeMap::new() }
    }

    /// What the commands print, one after the other. A build runs all where it has time for the longest of them.
    pub fn of_all(&mut self, commands: &[String]) -> Option<String> {
        let long = |command: &String| command.ends_with("scenarios/qnwis") || command.contains(" gate ");
        if commands.iter().any(long) != self.release {
            return None;
        }
        let mut all = String::new();
        for command in commands {
            all += self.of(command);
        }
        Some(all)
    }

    fn of(&mut self, command: &str) -> &str {
        let release = self.release;
        self.printed.entry(command.to_owned()).or_insert_with(|| run(command, release))
    }
}

/// Lines as they are, and the whole once more with its white space squeezed, in which broken lines are found.
fn run(command: &str, release: bool) -> String {
    let arguments = command.strip_prefix("firedrill ").expect("pages show what this program prints");
    let mut program = if release { in_release() } else { Command::new(env!("CARGO_BIN_EXE_firedrill")) };
    program.args(words(arguments)).current_dir(root());
    program.env_remove("NO_COLOR").env_remove("COLUMNS").env_remove("FORCE_COLOR");
    let output = program.output().expect("the command was built");
    assert!(matches!(output.status.code(), Some(0..=3)), "{command}: {}", output.status);
    let all =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    let squeezed = all.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{all}\n{squeezed}")
}

/// As a shell splits them, for what pages show: quotes around what has brackets.
fn words(arguments: &str) -> Vec<String> {
    arguments.split_whitespace().map(|word| word.replace('\'', "")).collect()
}

/// Cargo holds no lock while tests run, and what it built in release before is there.
fn in_release() -> Command {
    let target =
        Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is a folder in the target folder");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--release", "--quiet", "--locked", "--target-dir"]).arg(target).arg("--");
    cargo
}
