//! Every figure that the pages show as printed is printed: by the command that the comment before it names.
//!
//! ```markdown
//! <!-- prints: firedrill replay scenarios/qnwis/primary-region-loss.ron --seed 7 -->
//! ```text            every line of this block but `...` is a line of what the command prints
//!
//! <!-- figures: firedrill lint scenarios/qnwis/plan.ron -->
//! A paragraph, a list item or a table row: every time in it that is written as the program writes times (`53.0s`,
//! not `53 s`) and every `code span` that is no command stands in what the command prints.
//! ```
//!
//! A figure may have several commands, each in a comment of its own. `UPDATE_DOCS=1` puts the newest lines and tells
//! what else has to be looked at.

#[path = "readme/figures.rs"]
mod figures;
#[path = "readme/marks.rs"]
mod marks;
#[path = "readme/outputs.rs"]
mod outputs;

use std::path::{Path, PathBuf};

use marks::{Mark, Shown};
use outputs::Outputs;

/// Campaigns over the whole catalogue take a release build and a minute: continuous integration has them.
const WITH_CATALOGUE: &str = "CI";
const PAGES: [&str; 3] = ["README.md", "docs/compare.md", "docs/gates.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// What of the page is not printed any more, one line each.
fn untrue(mark: &Mark, outputs: &mut Outputs) -> Vec<String> {
    let Some(printed) = outputs.of_all(&mark.commands) else { return Vec::new() };
    let missing = |what: &String| !printed.contains(what.as_str());
    let expected = match &mark.shown {
        Shown::Block(lines) => lines.clone(),
        Shown::Text(text) => figures::of(text),
    };
    let place = |what: String| format!("line {}: not printed: {what}", mark.line);
    assert!(!expected.is_empty(), "line {}: a mark without a figure says nothing", mark.line);
    expected.into_iter().filter(missing).map(place).collect()
}

fn check(page: &str, outputs: &mut Outputs) -> Vec<String> {
    let path = root().join(page);
    let text = std::fs::read_to_string(&path).expect("the page is in the repository");
    let marks = marks::read(&text);
    assert!(!marks.is_empty(), "{page} marks nothing");
    marks.iter().flat_map(|mark| untrue(mark, outputs)).map(|error| format!("{page}, {error}")).collect()
}

fn errors(outputs: &mut Outputs) -> Vec<String> {
    PAGES.iter().flat_map(|page| check(page, outputs)).collect()
}

#[test]
fn what_the_pages_show_of_single_scenarios_is_what_is_printed() {
    let found = errors(&mut Outputs::of_this_build());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_the_pages_show_of_the_whole_catalogue_is_what_is_printed() {
    if std::env::var_os(WITH_CATALOGUE).is_none_or(|value| value != "true") {
        eprintln!("skipped: set {WITH_CATALOGUE}=true to run the whole catalogue in release");
        return;
    }
    let found = errors(&mut Outputs::of_a_release_build());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A file that a page says it shows whole.
#[test]
fn a_scenario_that_is_shown_whole_is_the_file() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).expect("it is in the repository");
    let (page, file) = (read("docs/scenarios.md"), read("scenarios/qnwis/primary-region-loss.ron"));
    assert!(page.contains(&format!("```ron\n{file}```")), "docs/scenarios.md shows another one");
}
