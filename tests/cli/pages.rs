//! What `--out` and `--github` leave behind.

use std::fs;

use crate::support::{command, ended};

const PAGES: [&str; 6] = ["badge.svg", "junit.xml", "report.html", "report.json", "runs.jsonl", "summary.md"];

#[test]
fn out_holds_whole_files_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = command("run shop --seeds 100 --out");
    assert_eq!(ended(run.arg(folder.path())).code, Some(1));
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, PAGES);
}

#[test]
fn pages_are_the_same_for_any_number_of_threads() {
    let made = ["--threads 1", "--threads 3"].map(|threads| {
        let folder = tempfile::tempdir().unwrap();
        ended(command(&format!("run shop --seeds 100 {threads} --out")).arg(folder.path()));
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        // Provenance holds the command, which is not the same.
        let page = read("report.html");
        (page.split("id=\"provenance\"").next().unwrap().to_owned(), read("junit.xml"), read("summary.md"))
    });
    assert_eq!(made[0], made[1]);
}

#[test]
fn annotations_come_after_the_table_and_the_summary_is_appended() {
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary");
    fs::write(&summary, "what the step said before\n").unwrap();
    let mut run = command("run shop/agent-hang.ron --seeds 100 --github");
    let ended = ended(run.env("GITHUB_STEP_SUMMARY", &summary));
    assert_eq!((ended.code, ended.err.as_str()), (Some(1), ""));
    let told =
        ended.out.split_once("\n::error file=shop/agent-hang.ron,line=").expect("an annotation at a line").1;
    assert!(told.contains("%0Afiredrill replay shop/agent-hang.ron --seed "), "{told}");
    let text = fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("what the step said before\n### firedrill: ❌ FAIL\n"), "{text}");
}

#[test]
fn outside_of_github_the_summary_is_missed_aloud() {
    let mut run = command("run shop/region-loss.ron --seeds 100 --github");
    let ended = ended(run.env_remove("GITHUB_STEP_SUMMARY"));
    assert_eq!(ended.code, Some(0));
    assert!(ended.err.contains("GITHUB_STEP_SUMMARY is not set"), "{}", ended.err);
    assert!(
        ended.out.ends_with("criteria, 100 runs.\n")
            && ended.out.contains("\n::notice title=firedrill::Pass.")
    );
}

#[test]
fn a_summary_that_cannot_be_written_is_a_failure_of_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = command("run shop/region-loss.ron --seeds 100 --github");
    let ended = ended(run.env("GITHUB_STEP_SUMMARY", folder.path()));
    assert_eq!(ended.code, Some(4));
    assert!(ended.err.contains("the summary of this step, cannot be written"), "{}", ended.err);
}
