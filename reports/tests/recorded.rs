//! `runs.jsonl`: what is written is read back, and what is wrong with a file is told with its line.

mod support;

use firedrill_reports::{Bad, Criterion, Recorded, Recorder, Run, Violation, read_runs};
use support::{campaign, campaign_of, never_recovered, p99_within, panicked};
use units::rows::{self, ROWS};
use units::{Measured, Span};

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
    let [third, fourth] = [&one.runs[2], &one.runs[3]];
    assert!(third.recovery().is_censored() && fourth.broken && fourth.recovery().is_censored());
    assert_eq!(one.runs[0].sheet, runs[0].sheet, "every measure");
    assert_eq!((one.runs[2].bad.as_slice(), one.runs[4].violations.len()), (&[0][..], 1));
}

#[test]
fn times_are_whole_nanoseconds_and_digests_keep_their_digits() {
    let line: serde_json::Value = serde_json::from_str(written().lines().nth(2).unwrap()).unwrap();
    assert_eq!(line["shows"][0].as_u64(), Some(runs()[0].recovery().at_least().as_nanos()));
    assert_eq!(line["shows"].as_array().map(Vec::len), Some(ROWS.len()));
    let endless: serde_json::Value = serde_json::from_str(written().lines().nth(4).unwrap()).unwrap();
    assert_eq!(endless["shows"][0].as_str(), Some(">540000000000"), "nobody saw its end");
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
    let told = problem(in_a_line);
    assert!(told.starts_with("runs.jsonl:11:") && told.contains(": not "), "{told}");
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
    let newer = written().replacen("\"firedrill_runs\":2", "\"firedrill_runs\":3", 1);
    assert_eq!(
        problem(&newer),
        "runs.jsonl:1:1: runs of format version 3; this program reads versions 1 to 2"
    );
}

#[test]
fn a_bad_line_is_named() {
    let damage = |from: &str, to: &str| problem(&written().replacen(from, to, 1));
    let told = damage("\"shows\"", "\"recovery_ns\"");
    assert!(told.starts_with("runs.jsonl:3:51: not a run: unknown field `recovery_ns`"), "{told}");
    let told = damage("\"shows\":[", "\"shows\":[-1,");
    assert!(told.contains(": not a run: invalid type: integer `-1`"), "{told}");
    let told = damage("\"shows\":[", "\"shows\":[\"20\",");
    assert!(told.contains("expected a number from 0, \">\" and a number, true, false or null"), "{told}");
    let told = damage("\"shows\":[", "\"shows\":[true,");
    assert!(told.contains(&format!("shows {} measures, and its scenario names", ROWS.len() + 1)), "{told}");
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

/// As the first version of the format had it, with a run that came back, one that did not, and one that broke.
const FIRST_VERSION: &str = r#"{"firedrill_runs":1,"tool_version":"0.1.0"}
{"scenario":"shop/one","file":"one.ron","criteria":[{"name":"no split brain","never":true}]}
{"seed":0,"digest":"cb321cdbfccacaf1","recovery_ns":26,"recovery_point_ns":6,"lost_writes":1,"phases_ns":[6,0,1,2,3,0,4,10],"outages":2,"outages_ns":36,"client_time_lost_ns":265,"client_time_cut_off_ns":240,"clients":18,"watched_ns":600,"split_brain_ns":0}
{"seed":1,"digest":"91bf3ba395d9f9ed","recovery_ns":50,"censored":true,"phases_ns":[6,1,2,3,4,34],"client_time_lost_ns":90,"client_time_censored":true,"clients":18,"watched_ns":600,"bad":[0]}
{"seed":2,"digest":"0000000000000000","recovery_ns":0,"censored":true,"broken":true,"phases_ns":[0,0,0,0,0,0,0,0]}
{"end":true,"runs":3}
"#;

#[test]
fn files_of_the_first_version_are_read() {
    let [one] = &read_runs(FIRST_VERSION.as_bytes()).unwrap()[..] else { panic!("it is one scenario") };
    let [came_back, never, broke] = &one.runs[..] else { panic!("it has three runs") };
    let span = |nanos| Measured::Exactly(Span::from_nanos(nanos));
    let longer = |nanos| Measured::LongerThan(Span::from_nanos(nanos));
    assert_eq!((came_back.recovery(), never.recovery(), broke.recovery()), (span(26), longer(50), longer(0)));
    assert_eq!((came_back.count(rows::LOST_WRITES), came_back.count(rows::OUTAGES)), (1, 2));
    assert_eq!(came_back.sheet.time(rows::CLIENT_TIME_LOST), Some(span(265)));
    assert_eq!(never.sheet.time(rows::CLIENT_TIME_LOST), Some(longer(90)));
    assert_eq!(never.span(rows::WARM_UP), Span::from_nanos(34), "of six phases the last");
    assert_eq!(never.sheet.time(rows::SPLIT_BRAIN), None, "nobody looked");
    assert_eq!(never.sheet.count(rows::FULL_COPIES), None, "it does not tell");
    assert!(broke.broken && never.bad == [0]);
    let unknown = FIRST_VERSION.replace("recovery_point_ns", "recovery_pont_ns");
    assert!(problem(&unknown).contains("unknown field `recovery_pont_ns`"), "{}", problem(&unknown));
}

#[test]
fn what_a_later_program_measures_besides_is_left_out() {
    let later = written().replace(
        "\"measures\":[",
        "\"measures\":[{\"name\":\"teapots\",\"unit\":\"count\"},{\"name\":\"alerts\",\"unit\":\"time\"},",
    );
    let later = later.replace("\"shows\":[", "\"shows\":[7,null,");
    let (here, there) = (read_runs(written().as_bytes()).unwrap(), read_runs(later.as_bytes()).unwrap());
    assert_eq!(here[0].runs, there[0].runs);
}
