//! The pages of everything that is in the catalogue.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::browser::Browser;
use crate::ci::is_ci;

/// What a mail server and a patient reader take.
const PAGE_MAX: u64 = 2_000_000;

/// Few runs, and enough to see all of every scenario: it is the pages that are tested, not the verdicts.
#[test]
fn the_report_of_the_whole_catalogue_is_below_two_megabytes_and_a_browser_reads_it() {
    if !is_ci() {
        eprintln!("skipped: set CI=true to run the whole catalogue, which takes a minute");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    run.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    run.args(["run", "scenarios/qnwis", "--seeds", "300", "--double-run", "0", "--out"]).arg(folder.path());
    let ended = run.output().unwrap();
    assert!(matches!(ended.status.code(), Some(0..=2)), "{}", String::from_utf8_lossy(&ended.stderr));
    let size = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
    assert!(size("report.html") < PAGE_MAX, "{} bytes", size("report.html"));
    assert!(size("summary.md") < 60_000 && size("badge.svg") < 2_000);
    if let Some(browser) = Browser::find() {
        let shown = browser.show(&folder.path().join("report.html"), 1280);
        assert_eq!(shown.complaints, Vec::<String>::new());
        assert!(shown.dom.contains("id=\"provenance\"") && shown.dom.matches("class=\"lanes\"").count() > 40);
    }
}
