//! Where output goes: colours where they are wanted, a width, and no fuss about a reader that has gone.

use std::borrow::Cow;
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
        match out.write_all(shown(text, self.color).as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::infrastructure(format_args!("standard output cannot be written: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Writes to standard error, as far as anybody listens.
    pub fn complain(&self, text: &str) {
        let _ = stderr().lock().write_all(shown(text, self.color_errors).as_bytes());
    }
}

/// What is printed, without control characters that nobody here meant: lines end, and where there are colours they may
/// begin. Names are refused or defused before; this is for the one that was forgotten.
fn shown(text: &str, color: bool) -> Cow<'_, str> {
    let is_meant = |at: usize, c: char| match c {
        '\n' | '\t' => true,
        '\u{1b}' => color && is_shade(&text[at + 1..]),
        c => !c.is_control(),
    };
    if text.char_indices().all(|(at, c)| is_meant(at, c)) {
        return Cow::Borrowed(text);
    }
    let plain = text.char_indices();
    plain
        .map(|(at, c)| if is_meant(at, c) { c } else { char::REPLACEMENT_CHARACTER })
        .collect::<String>()
        .into()
}

/// `[1;31m`: what ends in another letter moves the cursor, or worse.
fn is_shade(after: &str) -> bool {
    let figures =
        after.strip_prefix('[').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'));
    figures.is_some_and(|rest| rest.starts_with('m'))
}

/// <https://no-color.org>; and terminals that say that they know no colours.
fn plain_is_not_asked_for() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_printed_moves_the_cursor() {
        assert_eq!(shown("a\u{1b}[31mb\n", true), "a\u{1b}[31mb\n");
        assert_eq!(shown("a\u{1b}[31mb\n", false), "a\u{fffd}[31mb\n");
        assert_eq!(shown("a\u{1b}[2Jb\rc\u{9b}1m", true), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}1m");
    }
}
