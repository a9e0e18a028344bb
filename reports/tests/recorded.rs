//! `runs.jsonl`: what is written is read back, and what is wrong with a file is told with its line.

mod support;

use firedrill_reports::{Bad, Criterion, Recorded, Recorder, Run, Violation, read_runs};
use support::{campaign, campaign_of, never_recovered, p99_within, panicked};
use units::Span;

fn criteria() -> [Criterion; 2] {
    [p99_within(25), Criterion::never(Bad::SplitBrain)]
}

fn runs() -> Vec<Run> {
    let mut runs = campaign_of(6);
    runs[2] = never_recovered(2);
    runs[3] = panicked(3);
    let what = "two of them".to_owned();
    runs[4].violations = vec![Violation { invariant: "SplitBrain".to_owned(), at: Span::from_secs(1), what }];
    runs
}

/// Two scenarios, as `firedrill run --out` writes them.
fn written() -> String {
    let (runs, criteria) = (runs(), criteria());
    let mut recorder = Recorder::new(Vec::new(), "0.1.0").unwrap();
    recorder.scenario(&campaign("shop/one", &runs, &criteria)).unwrap();
    recorder.scenario(&campaign("shop/two", &runs[..2], &criteria)).unwrap();
    String::from_utf8(recorder.end().unwrap()).unwrap()
}

fn problem(text: &str) -> String {
    format!("runs.jsonl{}", read_runs(text.as_bytes()).unwrap_err())
}

#[test]
fn what_was_written_is_read_back() {
    let (runs, criteria) = (runs(), criteria());
    let expected = [
        Recorded::of(&campaign("shop/one", &runs, &criteria)),
        Recorded::of(&campaign("shop/two", &runs[..2], &criteria)),
    ];
    let text = written();
    assert_eq!(read_runs(text.as_bytes()).unwrap(), expected);
    assert_eq!(text.lines().count(), 1 + (1 + 6) + (1 + 2) + 1);
    let [one, _] = expected;
    assert!(one.runs[2].censored && one.runs[3].broken && one.runs[3].censored);
    assert_eq!((one.runs[2].bad.as_slice(), one.runs[4].violations.len()), (&[0][..], 1));
}

#[test]
fn times_are_whole_nanoseconds_and_digests_keep_their_digits() {
    let line: serde_json::Value = serde_json::from_str(written().lines().nth(2).unwrap()).unwrap();
    assert_eq!(line["recovery_ns"].as_u64(), Some(runs()[0].recovery().at_least().as_nanos()));
    assert_eq!(line["digest"].as_str().map(str::len), Some(16));
}

#[test]
fn a_file_that_ends_too_soon_is_refused_wherever_it_ends() {
    let text = written();
    let lines: Vec<&str> = text.lines().collect();
    for kept in 1..lines.len() {
        let cut = lines[..kept].join("\n");
        assert!(problem(&cut).starts_with("runs.jsonl: cut off after "), "{}", problem(&cut));
    }
    let in_a_line = &text[..text.len() - 40];
    assert!(problem(in_a_line).starts_with("runs.jsonl:11:371: not "), "{}", problem(in_a_line));
}

#[test]
fn lines_that_are_missing_in_the_middle_are_missed() {
    let text = written();
    let without: Vec<&str> =
        text.lines().enumerate().filter(|(at, _)| *at != 5).map(|(_, line)| line).collect();
    assert_eq!(
        problem(&without.join("\n")),
        "runs.jsonl:11:1: of 8 runs that were written 7 are here: lines are missing"
    );
}

#[test]
fn other_files_and_other_versions_are_refused() {
    for foreign in ["", "{}", "{\"schema_version\": 1}\n", "(story: \"\")", "\u{0}\u{1}"] {
        assert_eq!(
            problem(foreign),
            "runs.jsonl:1:1: this is no file of runs: 'firedrill run --out' writes them"
        );
    }
    assert!(read_runs(&b"\xff\xfe\n"[..]).is_err());
    let newer = written().replacen("\"firedrill_runs\":1", "\"firedrill_runs\":2", 1);
    assert_eq!(problem(&newer), "runs.jsonl:1:1: runs of format version 2; this program reads version 1");
}

#[test]
fn a_bad_line_is_named() {
    let damage = |from: &str, to: &str| problem(&written().replacen(from, to, 1));
    let told = damage("\"recovery_ns\"", "\"recovery_s\"");
    assert!(told.starts_with("runs.jsonl:3:50: not a run: unknown field `recovery_s`"), "{told}");
    assert!(damage("{\"seed\":1,", "{\"seed\":-1,").starts_with("runs.jsonl:4:"));
    assert_eq!(
        damage("{\"seed\":1,", "{\"seed\":0,"),
        "runs.jsonl:4:1: seed 0 is not above the one before it"
    );
    let told = damage("\"bad\":[0]", "\"bad\":[2]");
    assert!(told.contains(": bad by criterion 2, but the scenario has 2, counted from 0"), "{told}");
    assert!(damage("shop/two", "shop/one").contains("'shop/one' stands here for the second time"));
    assert!(problem(&(written() + "{}\n")).ends_with(":13:1: there is more after the last line"));
}
