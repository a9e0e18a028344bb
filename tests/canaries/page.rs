//! `docs/canaries.md`: what catches which canary, written by the hunt and read back by the test.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::hunt::Catch;
use crate::mistake::Mistake;

/// Which scenarios catch a mistake.
pub type Catches = BTreeMap<String, Catch>;

const HEAD: &str = "\
# Canaries

Failover logic that is broken on purpose, in ways that have happened to real systems: the logic of this repository
behind a wrapper that makes one mistake (`tests/canaries/broken.rs`). Each must turn the verdict of a scenario of the
catalogue to *fail* within 1,000 seeds, while the sound logic passes on the same seeds. A testbed that lets a canary
live would let the real mistake through, too.

*Runs* is how many it takes, with seeds from 0 on; where one bad run decides, the last of them is the one to look at.
This page is made by `UPDATE_DOCS=1 cargo test --test canaries`, which lets every canary loose on every scenario;
`cargo test --test canaries` makes the runs again that the page tells of. The last column has every other scenario that
catches the canary within 30 runs.

| canary | what is broken | caught first by | what is not met | seed | runs | and by, after so many runs |
|---|---|---|---|---|---|---|
";

/// The catch that took the fewest runs; among equals the first by name.
pub fn first(catches: &Catches) -> Option<(&String, &Catch)> {
    catches.iter().min_by_key(|(_, catch)| catch.runs)
}

/// The page.
pub fn render(found: &BTreeMap<Mistake, Catches>) -> String {
    let mut page = HEAD.to_owned();
    for (mistake, catches) in found {
        let (scenario, catch) = first(catches).unwrap_or_else(|| panic!("{mistake:?} went unnoticed"));
        let (name, story, seed) = (mistake.name(), mistake.story(), catch.runs - 1);
        let others = catches.iter().filter(|(other, _)| *other != scenario);
        let others: Vec<String> = others.map(|(other, catch)| format!("{other} {}", catch.runs)).collect();
        let Catch { runs, by } = catch;
        let others = others.join(", ");
        let _ = writeln!(page, "| {name} | {story} | {scenario} | {by} | {seed} | {runs} | {others} |");
    }
    page
}

/// What the page says now: read back from its table.
pub fn read() -> (String, BTreeMap<Mistake, Catches>) {
    let text = std::fs::read_to_string(path()).unwrap_or_default().replace("\r\n", "\n");
    let mistakes = Mistake::ALL.into_iter();
    let told = mistakes.filter_map(|mistake| {
        let row = text.lines().find(|line| line.starts_with(&format!("| {} |", mistake.name())))?;
        Some((mistake, catches(row)))
    });
    let told = told.collect();
    (text, told)
}

fn catches(row: &str) -> Catches {
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let mut catches = Catches::new();
    if let [_, _, _, scenario, by, _, runs, others, ..] = cells[..] {
        catches.extend(catch(scenario, runs, by));
        let others = others.split(", ").filter_map(|other| other.split_once(' '));
        catches.extend(others.filter_map(|(scenario, runs)| catch(scenario, runs, "")));
    }
    catches
}

fn catch(scenario: &str, runs: &str, by: &str) -> Option<(String, Catch)> {
    Some((scenario.to_owned(), Catch { runs: runs.parse().ok()?, by: by.to_owned() }))
}

/// Writes the page.
pub fn write(text: &str) {
    std::fs::write(path(), text).expect("the page can be written to when asked for");
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/canaries.md")
}
