//! Numbers as people read them, short enough for a table.

use units::{Measured, Span};

pub use crate::paint::{Style, paint, shortened, wrapped};

const MICRO: u64 = 1_000;
const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Three digits or two units: `0`, `940ms`, `12.3s`, `1m 02s`, `1h 30m`, `2d 04h`. Rounded to nearest, so for
/// reading only; a limit that decides is compared in nanoseconds. What was not rounded says so by its brevity:
/// `10m` is exact, `10m 00s` and `12.0s` nearly.
pub fn span(span: Span) -> String {
    let nanos = span.as_nanos();
    match nanos {
        0 => "0".to_owned(),
        _ if nanos < MICRO => format!("{nanos}ns"),
        _ if rounded(nanos, MICRO) < 1_000 => format!("{}us", rounded(nanos, MICRO)),
        _ if rounded(nanos, MILLI) < 1_000 => decimal(nanos, MILLI, "ms"),
        _ if rounded(nanos, SECOND / 10) < 600 => decimal(nanos, SECOND, "s"),
        _ if rounded(nanos, SECOND) < 3_600 => pair(nanos, MINUTE, SECOND, ["m", "s"]),
        _ if rounded(nanos, MINUTE) < 1_440 => pair(nanos, HOUR, MINUTE, ["h", "m"]),
        _ => pair(nanos, 24 * HOUR, HOUR, ["d", "h"]),
    }
}

/// As [`span`]; `>9m` where the end was not seen.
pub fn measured(value: Measured) -> String {
    let end = if value.is_censored() { ">" } else { "" };
    format!("{end}{}", span(value.at_least()))
}

/// A share as percent with no more digits than say something: `50 %`, `99.9 %`, `0.0301 %`.
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    let (low, high) = (percent.min(100.0 - percent), percent);
    let decimals = match low {
        _ if low <= 0.0 => 0,
        _ if low < 0.01 => 5,
        _ if low < 0.1 => 4,
        _ if low < 1.0 => 3,
        _ if low < 10.0 => 2,
        _ => 1,
    };
    let digits = format!("{high:.decimals$}");
    let digits =
        if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { &digits };
    format!("{digits} %")
}

/// Thousands apart, for counts in sentences: `12,345`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// With its noun: `1 run`, `1,000 runs`.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// Without characters that neither HTML nor XML 1.0 can carry, which names in files may hold.
pub(crate) fn printable(text: &str) -> String {
    let carried = |c: char| {
        matches!(c, '\t' | '\n' | '\r') || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    text.chars().map(|c| if carried(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// Six characters at most: `12`, `99999`, `123k`, `45M`, `>999G`.
pub fn short_count(count: u64) -> String {
    match count {
        0..=99_999 => count.to_string(),
        100_000..=999_499 => format!("{}k", rounded(count, 1_000)),
        999_500..=999_499_999 => format!("{}M", rounded(count, 1_000_000)),
        999_500_000..=999_499_999_999 => format!("{}G", rounded(count, 1_000_000_000)),
        _ => ">999G".to_owned(),
    }
}

fn rounded(value: u64, unit: u64) -> u64 {
    value / unit + u64::from(value % unit >= unit / 2)
}

/// One decimal below 100 units unless the value is whole; none above.
fn decimal(nanos: u64, unit: u64, name: &str) -> String {
    let tenths = rounded(nanos, unit / 10);
    if tenths >= 1_000 || nanos.is_multiple_of(unit) {
        return format!("{}{name}", rounded(nanos, unit));
    }
    format!("{}.{}{name}", tenths / 10, tenths % 10)
}

/// Two units, or one if the value is whole in it.
fn pair(nanos: u64, large: u64, small: u64, names: [&str; 2]) -> String {
    if nanos.is_multiple_of(large) {
        return format!("{}{}", nanos / large, names[0]);
    }
    let smalls = rounded(nanos, small);
    format!("{}{} {:02}{}", smalls / (large / small), names[0], smalls % (large / small), names[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short_and_carry_no_false_digits() {
        let cases = [
            ("0s", "0"),
            ("17ns", "17ns"),
            ("999us", "999us"),
            ("999600ns", "1.0ms"),
            ("12345us", "12.3ms"),
            ("940ms", "940ms"),
            ("12s", "12s"),
            ("12010ms", "12.0s"),
            ("999600us", "1.0s"),
            ("12345ms", "12.3s"),
            ("59960ms", "1m 00s"),
            ("60s", "1m"),
            ("62s", "1m 02s"),
            ("3599600ms", "1h 00m"),
            ("5430s", "1h 31m"),
            ("86399s", "1d 00h"),
            ("48h", "2d"),
            ("52h", "2d 04h"),
        ];
        for (exact, short) in cases {
            assert_eq!(span(exact.parse().unwrap()), short, "{exact}");
        }
    }

    #[test]
    fn a_censored_value_says_so() {
        assert_eq!(measured(Measured::LongerThan(Span::from_secs(540))), ">9m");
        assert_eq!(measured(Measured::Exactly(Span::from_millis(540_001))), "9m 00s");
    }

    #[test]
    fn shares_keep_the_digits_that_matter() {
        let cases =
            [(0.5, "50 %"), (0.99, "99 %"), (0.999, "99.9 %"), (0.01, "1 %"), (0.0, "0 %"), (1.0, "100 %")];
        for (value, text) in cases {
            assert_eq!(share(value), text);
        }
        assert_eq!(
            (share(0.049_501), share(0.000_3), share(0.000_01)),
            ("4.95 %".into(), "0.03 %".into(), "0.001 %".into())
        );
    }

    #[test]
    fn counts_stay_readable() {
        assert_eq!(
            (count(7), count(1_234), count(1_234_567)),
            ("7".into(), "1,234".into(), "1,234,567".into())
        );
        assert_eq!(
            (short_count(99_999), short_count(123_456), short_count(u64::MAX)),
            ("99999".into(), "123k".into(), ">999G".into())
        );
    }
}
