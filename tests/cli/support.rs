//! Runs the command in `tests/cli`, so that paths in its output are the same for everybody.

use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli")
}

pub fn command(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    command.args(arguments.split_whitespace()).current_dir(folder());
    command.env_remove("NO_COLOR").env_remove("COLUMNS").env_remove("FORCE_COLOR");
    command
}

/// The arguments as one would type them, none with a space in it.
pub fn firedrill(arguments: &str) -> Ended {
    ended(&mut command(arguments))
}

/// The same in another folder.
pub fn firedrill_in(folder: &Path, arguments: &str) -> Ended {
    ended(command(arguments).current_dir(folder))
}

pub fn ended(command: &mut Command) -> Ended {
    let output = command.output().expect("the command was built with this test");
    let text = |bytes| String::from_utf8(bytes).expect("all output is UTF-8");
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

impl Ended {
    /// Everything there is to see.
    pub fn shown(&self) -> String {
        let code = self.code.map_or("none".to_owned(), |code| code.to_string());
        let err =
            if self.err.is_empty() { String::new() } else { format!("--- standard error\n{}", self.err) };
        format!("{}{err}--- exit code {code}\n", self.out)
    }
}
