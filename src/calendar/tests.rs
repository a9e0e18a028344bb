use proptest::prelude::*;

use super::*;

const CALENDAR: &str = r#"(duties: [
    (id: "runbook-drill", what: "The whole runbook", every_months: 1, from: "2026-01-31"),
    (id: "access-review", what: "Who may do what", every_months: 3, from: "2026-01-01"),
])"#;

fn date(text: &str) -> Date {
    text.parse().expect("it is a date")
}

fn told(records: &[(&str, &str, bool)], today: &str) -> Vec<(String, String)> {
    let calendar = Calendar::parse(CALENDAR).expect("it is a calendar");
    let line = |(duty, on, passed): &(&str, &str, bool)| {
        format!("{{\"duty\":\"{duty}\",\"on\":\"{on}\",\"by\":\"a\",\"passed\":{passed}}}\n")
    };
    let text: String = records.iter().map(line).collect();
    let records = record::parse(&text, &calendar, date(today)).expect("they are records");
    let all = standings(&calendar, &records, date(today));
    all.iter().map(|s| (format!("{} {}", s.duty.id, s.words()), s.evidence(date(today)))).collect()
}

#[test]
fn what_was_never_done_is_due_a_period_after_its_start() {
    let _evidence = evidence::of(&["Q-36"]);
    let all = told(&[], "2026-03-01");
    assert_eq!(all[0].0, "runbook-drill OVERDUE by 1 day", "the last of February is due, not the 31st");
    assert_eq!(all[1], ("access-review due in 31 days".to_owned(), "never done".to_owned()));
}

#[test]
fn a_drill_that_failed_counts_as_not_held() {
    let _evidence = evidence::of(&["Q-36"]);
    let held = [("runbook-drill", "2026-02-20", true), ("runbook-drill", "2026-03-20", false)];
    let all = told(&held, "2026-03-25");
    let drill = all.iter().find(|(words, _)| words.starts_with("runbook")).expect("it is a duty");
    assert_eq!(drill.0, "runbook-drill OVERDUE by 5 days");
    assert_eq!(drill.1, "done 2026-02-20, 33 days ago; failed 2026-03-20");
}

#[test]
fn the_newest_of_several_counts_in_whatever_order_they_stand() {
    let held = [("access-review", "2026-03-31", true), ("access-review", "2026-01-05", true)];
    let all = told(&held, "2026-06-30");
    assert!(all.iter().any(|(words, _)| words == "access-review due today"), "{all:?}");
}

#[test]
fn senseless_records_are_refused_with_their_line() {
    let calendar = Calendar::parse(CALENDAR).expect("it is a calendar");
    let refuse = |line: &str| {
        record::parse(&format!("\n{line}\n"), &calendar, date("2026-03-01")).expect_err("it makes no sense")
    };
    let cases = [
        (
            r#"{"duty":"party","on":"2026-01-01","by":"a","passed":true}"#,
            "2:1: the calendar has no duty 'party'; it has runbook-drill, access-review",
        ),
        (
            r#"{"duty":"access-review","on":"2026-03-02","by":"a","passed":true}"#,
            "2:1: 2026-03-02 has not come yet: nothing can have been done then",
        ),
        (
            r#"{"duty":"access-review","on":"2026-01-01","by":" ","passed":true}"#,
            "2:1: nobody answers for it: say by whom",
        ),
        (
            r#"{"duty":"access-review","on":"2026-02-30","by":"a","passed":true}"#,
            "2:1: there is no day 2026-02-30",
        ),
        ("drill went fine", "2:1: expected value"),
    ];
    for (line, why) in cases {
        assert!(refuse(line).starts_with(why), "{}", refuse(line));
    }
}

#[test]
fn senseless_calendars_are_refused() {
    let refuse = |text: &str| Calendar::parse(text).expect_err("it makes no sense");
    assert_eq!(refuse("(duties: [])"), "1:1: no duty is named, so none can be overdue");
    let never = CALENDAR.replace("every_months: 3", "every_months: 0");
    assert!(refuse(&never).contains("every 0 months is out of range"));
    let twice = CALENDAR.replace("access-review", "runbook-drill");
    assert!(refuse(&twice).contains("two duties 'runbook-drill'"));
}

proptest! {
    #[test]
    fn days_and_dates_are_each_others_inverse(days in 0u32..2_900_000) {
        let date = Date::from_days(days).expect("before the year 10000");
        prop_assert_eq!(date.days_since(Date::new(1970, 1, 1).expect("it is a day")), i64::from(days));
        prop_assert_eq!(date.to_string().parse::<Date>(), Ok(date));
        prop_assert_eq!(Date::from_days(days + 1).map(|next| next.days_since(date)), Some(1));
    }

    #[test]
    fn months_later_is_so_many_months_later(days in 0u32..100_000, months in 1u16..121) {
        let date = Date::from_days(days).expect("before the year 10000");
        let gone = date.plus_months(months).days_since(date);
        let (least, most) = (i64::from(months) * 30 - 4, i64::from(months) * 31);
        prop_assert!((least..=most).contains(&gone), "{} in {} months", gone, months);
    }
}
