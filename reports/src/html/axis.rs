//! Axes, and numbers in drawings: one decimal, so that the same runs give the same bytes.

use units::Span;

use crate::human;

/// A number of a drawing.
pub(super) fn num(value: f64) -> String {
    let tenths = tenths(value);
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}{}.{}", if tenths < 0 { "-" } else { "" }, (tenths / 10).abs(), rest.abs()),
    }
}

/// A line that goes right and down in turns, drawn in steps: relative ones are shorter to write. All numbers are
/// rounded to tenths before their differences are taken, so nothing adds up.
pub(super) struct Staircase {
    path: String,
    at: (i64, i64),
}

impl Staircase {
    /// From here on.
    pub fn from(x: f64, y: f64) -> Staircase {
        Staircase { path: format!("M{} {}", num(x), num(y)), at: (tenths(x), tenths(y)) }
    }

    /// Along to there.
    pub fn along(&mut self, x: f64) {
        let to = tenths(x);
        if to != self.at.0 {
            self.path += &format!("h{}", short(to - self.at.0));
            self.at.0 = to;
        }
    }

    /// Up or down to there.
    pub fn down(&mut self, y: f64) {
        let to = tenths(y);
        if to != self.at.1 {
            self.path += &format!("v{}", short(to - self.at.1));
            self.at.1 = to;
        }
    }

    /// As the data of a path.
    pub fn open(self) -> String {
        self.path
    }

    /// The same, closed.
    pub fn closed(self) -> String {
        self.path + "z"
    }
}

fn tenths(value: f64) -> i64 {
    libm::round(value * 10.0) as i64
}

/// Without the zero before the point.
fn short(tenths: i64) -> String {
    let text = num(tenths as f64 / 10.0);
    text.replacen("0.", ".", usize::from(tenths.abs() < 10))
}

/// A mark of an axis.
pub(super) struct Tick {
    /// Where, in the drawing.
    pub at: f64,
    /// What it says.
    pub label: String,
}

/// Durations on a logarithmic scale, from left to right, with a place of its own for zero.
pub(super) struct TimeAxis {
    from: f64,
    to: f64,
    low: f64,
    high: f64,
    /// Where zero is drawn, if it is.
    pub zero: Option<f64>,
}

/// Room for zero, left of the scale.
const ZERO: f64 = 30.0;
/// Room for the label of a mark.
const LABEL: f64 = 40.0;

impl TimeAxis {
    /// Over these values, in nanoseconds, between these edges of the drawing.
    pub fn over(
        values: impl IntoIterator<Item = u64>,
        (left, right): (f64, f64),
        with_zero: bool,
    ) -> TimeAxis {
        let positive = values.into_iter().filter(|value| *value > 0).map(|value| libm::log10(value as f64));
        let ends = positive.fold(None, |ends: Option<(f64, f64)>, at| {
            Some(ends.map_or((at, at), |(low, high)| (low.min(at), high.max(at))))
        });
        let (low, high) = ends.unwrap_or((9.0, 9.0));
        // A tenth of room on both sides; at least half a decade in all, or one value would have no scale.
        let room = ((high - low) * 0.06).max(0.25 - (high - low) / 2.0);
        let from = if with_zero { left + ZERO } else { left };
        TimeAxis {
            from,
            to: right,
            low: low - room,
            high: high + room,
            zero: with_zero.then_some(left + 7.0),
        }
    }

    /// Where a duration stands.
    pub fn at(&self, nanos: u64) -> f64 {
        if nanos == 0 {
            return self.zero.unwrap_or(self.from);
        }
        let share = (libm::log10(nanos as f64) - self.low) / (self.high - self.low);
        (self.from + share * (self.to - self.from)).clamp(self.from, self.to)
    }

    /// Where the scale ends.
    pub fn right(&self) -> f64 {
        self.to
    }

    /// Durations that people count in, as many as there is room for: decades and whole units first.
    pub fn ticks(&self) -> Vec<Tick> {
        let (decades, rest): (Vec<u64>, Vec<u64>) =
            round_times().filter(|nanos| self.holds(*nanos)).partition(|nanos| is_decade(*nanos));
        let zero = self.zero.map(|at| Tick { at, label: "0".to_owned() });
        let mut kept: Vec<Tick> = zero.into_iter().collect();
        for nanos in decades.into_iter().chain(rest) {
            let at = self.at(nanos);
            if kept.iter().all(|tick| (tick.at - at).abs() >= LABEL) {
                kept.push(Tick { at, label: human::span(Span::from_nanos(nanos)) });
            }
        }
        kept.sort_by(|one, other| one.at.total_cmp(&other.at));
        kept
    }

    fn holds(&self, nanos: u64) -> bool {
        (self.low..=self.high).contains(&libm::log10(nanos as f64))
    }
}

const SECOND: u64 = 1_000_000_000;

fn is_decade(nanos: u64) -> bool {
    let below = (0..=10).any(|power| nanos == 10_u64.pow(power));
    below || [60, 600, 3_600, 36_000, 86_400, 864_000, 8_640_000].map(|secs| secs * SECOND).contains(&nanos)
}

/// 1, 2 and 5 of every power of ten below a minute; then minutes, hours, days.
fn round_times() -> impl Iterator<Item = u64> {
    let fine = (0..=10).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    let minutes = [60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 18_000, 36_000];
    let days = [86_400, 172_800, 432_000, 864_000, 2_592_000, 8_640_000, 31_536_000, 315_360_000];
    let coarse = minutes.into_iter().chain(days).map(|secs: u64| secs * SECOND);
    fine.filter(|nanos| *nanos < 60 * SECOND).chain(coarse)
}

/// Points in time on a linear scale, at most `most` of them, at steps that people count in.
pub(super) fn moments(from: Span, to: Span, most: u64) -> Vec<Span> {
    let length = to.saturating_sub(from).as_nanos();
    let steps = round_times().chain((1..10).map(|years| years * 10 * 31_536_000 * SECOND));
    let Some(step) = steps.into_iter().find(|step| length / step < most) else { return Vec::new() };
    let first = from.as_nanos().div_ceil(step);
    let last = to.as_nanos() / step;
    (first..=last).map(|index| Span::from_nanos(index.saturating_mul(step))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_short() {
        let cases = [(0.0, "0"), (12.34, "12.3"), (-0.26, "-0.3"), (7.96, "8"), (-3.0, "-3")];
        for (value, text) in cases {
            assert_eq!(num(value), text);
        }
    }

    #[test]
    fn a_staircase_is_written_in_steps() {
        let mut stairs = Staircase::from(46.0, 18.04);
        for (x, y) in [(50.55, 18.0), (50.56, 18.7), (60.0, 20.0)] {
            stairs.along(x);
            stairs.down(y);
        }
        assert_eq!(stairs.open(), "M46 18h4.6v.7h9.4v1.3");
    }

    #[test]
    fn a_minute_and_ten_are_marked_between_half_a_minute_and_a_quarter_of_an_hour() {
        let axis = TimeAxis::over([30 * SECOND, 900 * SECOND], (0.0, 400.0), false);
        let labels: Vec<String> = axis.ticks().into_iter().map(|tick| tick.label).collect();
        assert!(labels.contains(&"1m".to_owned()) && labels.contains(&"10m".to_owned()), "{labels:?}");
    }

    proptest! {
        #[test]
        fn every_duration_stands_within_the_drawing_and_longer_ones_never_further_left(
            mut values in prop::collection::vec(any::<u64>(), 0..40), with_zero: bool,
        ) {
            let axis = TimeAxis::over(values.iter().copied(), (50.0, 450.0), with_zero);
            values.sort_unstable();
            let places: Vec<f64> = values.iter().map(|value| axis.at(*value)).collect();
            prop_assert!(places.iter().all(|at| (50.0..=450.0).contains(at)));
            prop_assert!(places.is_sorted());
            prop_assert!(axis.ticks().len() <= 14 && axis.ticks().iter().all(|tick| (50.0..=450.0).contains(&tick.at)));
        }

        #[test]
        fn moments_lie_within_and_are_few(from in 0u64..u64::MAX / 2, length in 0u64..u64::MAX / 2) {
            let (from, to) = (Span::from_nanos(from), Span::from_nanos(from + length));
            let moments = moments(from, to, 8);
            prop_assert!(moments.len() <= 9 && moments.iter().all(|at| (from..=to).contains(at)));
        }
    }
}
