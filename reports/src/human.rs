//! Numbers as people read them, short enough for a table.

use units::{Measured, Span};

pub use crate::paint::{Style, paint, shortened, wrapped};

/// As [`Span::rounded`].
pub fn span(span: Span) -> String {
    span.rounded()
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

/// A share as percent, rounded down to three digits below 100, so that `100%` is all of it: `99.9%`, `99.987%`.
pub fn share_at_least(share: f64) -> String {
    const SCALES: [f64; 7] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];
    let missing = 1.0 - share;
    let decimals = (1..6).find(|at| missing * SCALES[*at] >= 0.1).unwrap_or(6).max(2) - 1;
    let scale = SCALES[decimals];
    let percent = libm::floor(share * 100.0 * scale) / scale;
    if missing <= 0.0 { "100%".to_owned() } else { format!("{percent:.decimals$}%") }
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

#[cfg(test)]
mod tests {
    use super::*;

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
