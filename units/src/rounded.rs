//! Durations as people read them.

use crate::Span;

const MICRO: u64 = 1_000;
const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

impl Span {
    /// Three digits or two units: `0`, `940ms`, `12.3s`, `1m 02s`, `1h 30m`, `2d 04h`. Rounded to nearest, so for
    /// reading only; a limit that decides is compared in nanoseconds. What was not rounded says so by its brevity:
    /// `10m` is exact, `10m 00s` and `12.0s` nearly.
    pub fn rounded(self) -> String {
        let nanos = self.as_nanos();
        match nanos {
            0 => "0".to_owned(),
            _ if nanos < MICRO => format!("{nanos}ns"),
            _ if nearest(nanos, MICRO) < 1_000 => format!("{}us", nearest(nanos, MICRO)),
            _ if nearest(nanos, MILLI) < 1_000 => decimal(nanos, MILLI, "ms"),
            _ if nearest(nanos, SECOND / 10) < 600 => decimal(nanos, SECOND, "s"),
            _ if nearest(nanos, SECOND) < 3_600 => pair(nanos, MINUTE, SECOND, ["m", "s"]),
            _ if nearest(nanos, MINUTE) < 1_440 => pair(nanos, HOUR, MINUTE, ["h", "m"]),
            _ => pair(nanos, 24 * HOUR, HOUR, ["d", "h"]),
        }
    }
}

fn nearest(value: u64, unit: u64) -> u64 {
    value / unit + u64::from(value % unit >= unit / 2)
}

/// One decimal below 100 units unless the value is whole; none above.
fn decimal(nanos: u64, unit: u64, name: &str) -> String {
    let tenths = nearest(nanos, unit / 10);
    if tenths >= 1_000 || nanos.is_multiple_of(unit) {
        return format!("{}{name}", nearest(nanos, unit));
    }
    format!("{}.{}{name}", tenths / 10, tenths % 10)
}

/// Two units, or one if the value is whole in it.
fn pair(nanos: u64, large: u64, small: u64, names: [&str; 2]) -> String {
    if nanos.is_multiple_of(large) {
        return format!("{}{}", nanos / large, names[0]);
    }
    let smalls = nearest(nanos, small);
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
            assert_eq!(exact.parse::<Span>().unwrap().rounded(), short, "{exact}");
        }
    }
}
