//! `firedrill calendar`: what is due, exit codes, and what is refused.

use std::fs;
use std::path::PathBuf;

use insta::assert_snapshot;

use crate::support::{Ended, command, ended};

const CALENDAR: &str = r#"(duties: [
    (id: "runbook-drill", what: "The whole runbook", every_months: 1, from: "2026-01-01"),
    (id: "access-review", what: "Who may ask for a failover", every_months: 3, from: "2026-01-01"),
])"#;

const RECORDS: &str = r#"
{"duty":"runbook-drill","on":"2026-02-20","by":"ada","passed":true}
{"duty":"runbook-drill","on":"2026-03-18","by":"ada","passed":false,"note":"the pager was silent"}
"#;

struct Desk(tempfile::TempDir);

impl Desk {
    fn with(calendar: &str, records: &str) -> Desk {
        let desk = Desk(tempfile::tempdir().expect("there is room"));
        fs::write(desk.path("calendar.ron"), calendar).expect("there is room");
        fs::write(desk.path("drills.jsonl"), records).expect("there is room");
        desk
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn asks(&self, arguments: &str) -> Ended {
        ended(command(&format!("calendar {arguments}")).current_dir(self.0.path()))
    }

    fn on(&self, day: &str) -> Ended {
        self.asks(&format!("calendar.ron --records drills.jsonl --today {day}"))
    }
}

#[test]
fn a_duty_that_is_overdue_ends_with_one_and_none_with_zero() {
    let _evidence = evidence::of(&["Q-36"]);
    let desk = Desk::with(CALENDAR, RECORDS);
    assert_snapshot!(desk.on("2026-03-19").shown());
    assert_snapshot!(desk.on("2026-03-21").shown());
    assert_eq!(desk.on("2026-03-20").code, Some(0), "what is due today is not overdue");
}

#[test]
fn without_records_nothing_was_done_and_without_a_day_it_is_today() {
    let desk = Desk::with(CALENDAR, RECORDS);
    let told = desk.asks("calendar.ron --today 2026-01-20");
    assert_eq!((told.code, told.out.matches("never done").count()), (Some(0), 2), "{}", told.shown());
    let today = desk.asks("calendar.ron");
    assert!(today.code == Some(1) && today.out.contains("OVERDUE by"), "{}", today.shown());
}

#[test]
fn what_is_no_calendar_no_record_and_no_day_ends_with_three_and_says_where() {
    let cases = [
        ("(duties: [])", RECORDS, "2026-03-19", "calendar.ron:1:1: no duty is named"),
        ("(duties: [\n(id: 7)])", RECORDS, "2026-03-19", "calendar.ron:2:5: "),
        (CALENDAR, "\n\nnonsense", "2026-03-19", "drills.jsonl:3:1: "),
        (CALENDAR, RECORDS, "2026-03-01", "drills.jsonl:3:1: 2026-03-18 has not come yet"),
    ];
    for (calendar, records, today, why) in cases {
        let refused = Desk::with(calendar, records).on(today);
        assert_eq!((refused.code, refused.out.as_str()), (Some(3), ""), "{}", refused.shown());
        assert!(refused.err.contains(why), "no '{why}' in {}", refused.err);
    }
    let desk = Desk::with(CALENDAR, RECORDS);
    for arguments in
        ["calendar.ron --today 2026-02-30", "nowhere.ron", "calendar.ron --records nowhere.jsonl"]
    {
        let refused = desk.asks(arguments);
        assert_eq!((refused.code, refused.out.as_str()), (Some(3), ""), "{arguments}: {}", refused.shown());
    }
}

/// The calendar of this repository, as README shows it.
#[test]
fn the_calendar_that_is_checked_in_is_one() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/calendar.ron");
    let told = ended(command("calendar --today 2026-01-15").arg(file));
    assert_eq!((told.code, told.out.lines().count()), (Some(0), 6), "{}", told.shown());
}
