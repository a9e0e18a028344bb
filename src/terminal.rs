//! Where output goes: colours where they are wanted, a width, and no fuss about a reader that has gone.

use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};

use clap::ValueEnum;

use crate::exit::Failure;

/// Wider lines are harder to read than they are worth.
const WIDTH_MAX: usize = 100;
/// Narrower than this the table has no room for its figures.
const WIDTH_MIN: usize = 80;

/// Whether to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Standard output and standard error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Colours on standard output.
    pub color: bool,
    /// Colours on standard error.
    pub color_errors: bool,
    /// Columns.
    pub width: usize,
    /// Somebody watches standard error.
    pub watched: bool,
}

impl Terminal {
    pub fn new(color: Color) -> Terminal {
        let wanted = |is_terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && plain_is_not_asked_for(),
        };
        let columns = terminal_size::terminal_size_of(stdout()).map(|(width, _)| usize::from(width.0));
        Terminal {
            color: wanted(stdout().is_terminal()),
            color_errors: wanted(stderr().is_terminal()),
            width: columns.unwrap_or(WIDTH_MAX).clamp(WIDTH_MIN, WIDTH_MAX),
            watched: stderr().is_terminal(),
        }
    }

    /// Writes to standard output. That nobody reads on (`firedrill run | head`) is no failure.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::infrastructure(format_args!("standard output cannot be written: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Writes to standard error, as far as anybody listens.
    pub fn complain(&self, text: &str) {
        let _ = stderr().lock().write_all(text.as_bytes());
    }
}

/// <https://no-color.org>; and terminals that say that they know no colours.
fn plain_is_not_asked_for() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
