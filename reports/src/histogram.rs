//! How the recovery times of a scenario are spread, as bars of text.

use std::fmt::Write;

use units::Span;

use crate::human;
use crate::paint::wrapped;
use crate::scenario::{Bucket, ScenarioReport};
use crate::seconds::Seconds;
use crate::spread::Spread;

const BINS_MAX: u64 = 12;
const BAR: usize = 40;
/// What a page of text has.
const WIDTH: usize = 100;

/// Bars of up to 40 columns over at most 12 equal steps of time, a bar for the runs that did not recover, and the
/// quantiles with their 95 % confidence intervals. Drawn from the report's buckets, which are up to 1 % wide.
pub fn render(scenario: &ScenarioReport) -> String {
    let Some(spread) = &scenario.recovery_time_s else {
        return format!("{}: no runs, no recovery times\n", scenario.name);
    };
    let mut bins = bins(scenario);
    if spread.censored > 0 {
        bins.push(("no recovery".to_owned(), spread.censored));
    }
    let label_width = bins.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let most = bins.iter().map(|(_, runs)| *runs).max().unwrap_or(0).max(1);
    let mut out = format!("recovery time of {}, {}\n", human::counted(spread.runs, "run"), scenario.name);
    for (label, runs) in &bins {
        let share = human::share(*runs as f64 / spread.runs as f64);
        let _ = writeln!(out, "{label:>label_width$} |{:<BAR$}| {runs:>5}  {share:>7}", bar(*runs, most));
    }
    out + &quantiles(spread)
}

/// The figures under the bars: `p99 31.2s (30.9s to 31.7s)`.
fn quantiles(spread: &Spread<Seconds>) -> String {
    let end = |end: Option<Seconds>| end.map_or("?".to_owned(), |end| human::measured(end.0));
    let all = [
        ("p50", spread.p50, spread.p50_interval),
        ("p95", spread.p95, spread.p95_interval),
        ("p99", spread.p99, spread.p99_interval),
    ];
    let words = all.map(|(name, value, interval)| {
        format!("{name} {} ({} to {})", human::measured(value.0), end(interval.low), end(interval.high))
    });
    let (min, max) = (human::measured(spread.min.0), human::measured(spread.max.0));
    let mut out = wrapped("", &format!("min {min}, {}, max {max}", words.join(", ")), WIDTH);
    if all.iter().any(|(_, _, interval)| interval.low.is_none() || interval.high.is_none()) {
        out += "?: so few runs leave that end of the 95 % confidence interval open\n";
    }
    out
}

/// Equal steps from the fastest to the slowest run that recovered, with the runs in each.
fn bins(scenario: &ScenarioReport) -> Vec<(String, u64)> {
    let at = |bucket: &Bucket| bucket.up_to_s.0.at_least().as_nanos();
    let (Some(first), Some(last)) =
        (scenario.recovery_time_buckets.first(), scenario.recovery_time_buckets.last())
    else {
        return Vec::new();
    };
    let step = step_for(at(first), at(last));
    let (from, to) = (at(first) / step, at(last) / step);
    let mut counts = vec![0; (to - from + 1) as usize];
    for bucket in &scenario.recovery_time_buckets {
        counts[(at(bucket) / step - from) as usize] += bucket.runs;
    }
    let label = |index: u64| human::span(Span::from_nanos(index.saturating_mul(step)));
    let name = |index: u64| format!("{} to {}", label(index), label(index + 1));
    counts.into_iter().zip(from..).map(|(runs, index)| (name(index), runs)).collect()
}

/// The finest step people count in that needs no more than 12 bins, and is no finer than the buckets.
fn step_for(low: u64, high: u64) -> u64 {
    const SECOND: u64 = 1_000_000_000;
    let below_a_minute = (0..11).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    let above =
        [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400].map(|secs| secs * SECOND);
    let steps = below_a_minute.filter(|step| *step < 60 * SECOND).chain(above);
    let fits = |step: &u64| high / step - low / step < BINS_MAX && *step >= high / 100;
    steps.into_iter().find(fits).unwrap_or(high / BINS_MAX + 1).max(1)
}

/// Eighths of a column, so that few runs are still seen.
fn bar(runs: u64, most: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (u128::from(runs) * BAR as u128 * 8).div_ceil(u128::from(most)) as usize;
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}
