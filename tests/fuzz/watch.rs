//! The program under test, watched: how it ended, and whether it took too much of anything.

use std::path::Path;
use std::process::{Command, Stdio};

/// Seconds of computing time.
const SECONDS_MAX: u64 = 20;
/// KB of address space: 1 GB of memory, and what a program of three threads reserves and never touches.
const SPACE_MAX: u64 = 1_300_000;

/// How a command ended.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs the program in `folder`. The shell sets limits that it cannot exceed: too much memory makes it abort, too much
/// time ends it by a signal, and what waits for ever is killed.
pub fn firedrill(folder: &Path, arguments: &[String]) -> Option<Ended> {
    // Three hundred runs may take what they take; one may not.
    let seconds =
        if arguments.first().is_some_and(|command| command == "run") { 3 * SECONDS_MAX } else { SECONDS_MAX };
    let limits =
        format!("ulimit -c 0; ulimit -t {seconds}; ulimit -v {SPACE_MAX}; exec timeout -s KILL 120 \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &limits, "sh", env!("CARGO_BIN_EXE_firedrill")])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .env_remove("GITHUB_STEP_SUMMARY")
        .env_remove("RUST_BACKTRACE")
        .output();
    // An argument that no process can be given is no input.
    let output = output.ok()?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Some(Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) })
}

/// What no input may do; `None` if it was answered.
pub fn objection(ended: &Ended) -> Option<String> {
    let all = format!("{}\n{}", ended.out, ended.err);
    let signs = [
        "panicked",
        "RUST_BACKTRACE",
        "stack overflow",
        "has overflowed",
        "memory allocation",
        "which is a bug",
    ];
    if let Some(sign) = signs.iter().find(|sign| all.contains(**sign)) {
        return Some(format!("it says '{sign}'"));
    }
    match ended.code {
        Some(0..=3) => {}
        Some(124 | 137) | None => return Some("it took too long or too much, or was killed".to_owned()),
        Some(code) => return Some(format!("exit code {code}")),
    }
    if let Some(line) =
        all.lines().find(|line| line.trim_start().starts_with("::") || line.contains(['\u{1b}', '\r']))
    {
        return Some(format!("a terminal or a CI service obeys this line: {line:?}"));
    }
    (ended.code == Some(3)).then(|| placeless(&all)).flatten()
}

/// A refusal that says neither where in a file nor which argument; a file that cannot be read at all has no lines.
fn placeless(text: &str) -> Option<String> {
    let mut refusals = refusals(text).into_iter().peekable();
    if refusals.peek().is_none() {
        return Some("refused without a word".to_owned());
    }
    let has_reason = |refusal: &String| {
        let whole = [
            "--",
            "cannot be read",
            "cannot be written",
            "no scenario found",
            "the argument",
            "Usage:",
            "cannot be decided",
        ];
        has_place(refusal) || whole.iter().any(|word| refusal.contains(word))
    };
    refusals.find(|refusal| !has_reason(refusal)).map(|refusal| format!("refused without a place: {refusal}"))
}

/// Each error with all its lines.
pub fn refusals(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let begins = |word: &str| line.starts_with(word);
        if begins("Error: ") || begins("error: ") {
            found.push(line.to_owned());
        } else if begins("Warning: ") || begins("Advice: ") || begins("warning: ") {
            found.push(String::new());
        } else if let Some(last) = found.last_mut().filter(|last| !last.is_empty()) {
            *last += "\n";
            *last += line;
        }
    }
    found.retain(|refusal| !refusal.is_empty());
    found
}

/// `:12:7`, somewhere.
fn has_place(text: &str) -> bool {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    text.match_indices(':').any(|(at, _)| {
        let rest = &text[at + 1..];
        let line = digits(rest);
        line > 0 && rest[line..].starts_with(':') && digits(&rest[line + 1..]) > 0
    })
}
