//! Times and losses of the pairs.

use units::{Measured, RowId, rows};

use super::paired::{Differences, Value};
use super::scenario::{Pair, equally_safe};
use super::{MeasureComparison, Unit, wilcoxon};
use crate::quantile;
use crate::recorded::RecordedRun;
use crate::run::Phase;
use crate::spread::Interval;

type Of = fn(&RecordedRun) -> Value;

/// How many phases it takes until somebody accepts writes again.
const UNTIL_WRITABLE: usize = Phase::Promote as usize + 1;

/// Everything that is measured: recovery time and its parts, recovery point, lost writes, split brain.
pub(super) fn compare(pair: &Pair<'_>) -> Vec<MeasureComparison> {
    let mut all = vec![served(pair, "recovery time", recovery_time)];
    all.push(part(pair, "until writable", |run| {
        let phases = rows::PHASES[..UNTIL_WRITABLE].iter();
        phases.fold(0, |sum: u64, row| sum.saturating_add(nanos(run, *row)))
    }));
    all.extend(
        Phase::ALL.map(|phase| part(pair, phase.name(), |run| nanos(run, rows::PHASES[phase as usize]))),
    );
    all.push(tested(pair, "recovery point", Unit::Seconds, recovery_point));
    all.extend(client_time(pair));
    all.push(tested(pair, "lost writes", Unit::Writes, |run| unbroken(run, run.count(rows::LOST_WRITES))));
    all.extend(split_brain(pair));
    all
}

/// `None` where nobody saw the end.
fn recovery_time(run: &RecordedRun) -> Value {
    unbroken(run, nanos(run, rows::RECOVERY_TIME)).filter(|_| !run.recovery().is_censored())
}

/// Unknown where service did not come back: more may yet be lost.
fn recovery_point(run: &RecordedRun) -> Value {
    unbroken(run, nanos(run, rows::RECOVERY_POINT)).filter(|_| !run.recovery().is_censored())
}

/// What a client went without on average, where both sides looked.
fn client_time(pair: &Pair<'_>) -> Option<MeasureComparison> {
    let looked = |run: &RecordedRun| run.broken || run.sheet.time(rows::CLIENT_TIME_LOST).is_some();
    let lost = |run: &RecordedRun| match run.sheet.time(rows::CLIENT_TIME_LOST) {
        Some(Measured::Exactly(lost)) if !run.broken => lost.as_nanos().checked_div(run.count(rows::CLIENTS)),
        _ => None,
    };
    let both = pair.runs.iter().all(|(a, b)| looked(a) && looked(b));
    both.then(|| served(pair, "time lost per client", lost))
}

/// For how long two databases accepted writes at once, where they did on either side and both looked.
fn split_brain(pair: &Pair<'_>) -> Option<MeasureComparison> {
    let lasted = |run: &RecordedRun| unbroken(run, nanos(run, rows::SPLIT_BRAIN));
    let looked = |run: &RecordedRun| run.broken || run.sheet.time(rows::SPLIT_BRAIN).is_some();
    let both = pair.runs.iter().all(|(a, b)| looked(a) && looked(b));
    let any = pair.runs.iter().any(|(a, b)| a.has_split_brain() || b.has_split_brain());
    (both && any).then(|| tested(pair, "split brain", Unit::Seconds, lasted))
}

fn nanos(run: &RecordedRun, row: RowId) -> u64 {
    run.span(row).as_nanos()
}

/// A broken run noted what it had lost until then, which says nothing.
fn unbroken(run: &RecordedRun, value: u64) -> Value {
    (!run.broken).then_some(value)
}

/// Recovery times of the pairs.
pub(super) fn of_recovery(pair: &Pair<'_>) -> Differences {
    Differences::of(pair.runs.iter().map(|(a, b)| (recovery_time(a), recovery_time(b))))
}

/// How long clients went without, over the pairs whose sides are equally safe; safety has rows of its own.
fn served(pair: &Pair<'_>, name: &str, of: Of) -> MeasureComparison {
    let alike = pair.runs.iter().filter(|(a, b)| equally_safe(a, b));
    let compared: Vec<(Value, Value)> = alike.map(|(a, b)| (of(a), of(b))).collect();
    ranked(name, Unit::Seconds, &all(pair, of), &compared)
}

fn tested(pair: &Pair<'_>, name: &str, unit: Unit, of: Of) -> MeasureComparison {
    let values = all(pair, of);
    ranked(name, unit, &values, &values)
}

fn all(pair: &Pair<'_>, of: Of) -> Vec<(Value, Value)> {
    pair.runs.iter().map(|(a, b)| (of(a), of(b))).collect()
}

/// Medians of all `values`, tests over those that are `compared`.
fn ranked(
    name: &str,
    unit: Unit,
    values: &[(Value, Value)],
    compared: &[(Value, Value)],
) -> MeasureComparison {
    let differences = Differences::of(compared.iter().copied());
    let ranks = wilcoxon::signed_ranks(&differences);
    MeasureComparison {
        ranks_worse: Some(ranks.worse),
        ranks_better: Some(ranks.better),
        p: Some(ranks.p),
        ..described(name, unit, values, &differences)
    }
}

/// A part of the recovery time, over the pairs that recovered on both sides and are equally safe: phases of a recovery
/// that nobody saw the end of do not add up to anything.
fn part(pair: &Pair<'_>, name: &str, of: impl Fn(&RecordedRun) -> u64) -> MeasureComparison {
    let whole = pair
        .runs
        .iter()
        .filter(|(a, b)| equally_safe(a, b) && recovery_time(a).and(recovery_time(b)).is_some());
    let values: Vec<(Value, Value)> = whole.map(|(a, b)| (Some(of(a)), Some(of(b)))).collect();
    let differences = Differences::of(values.iter().copied());
    MeasureComparison { part: true, ..described(name, Unit::Seconds, &values, &differences) }
}

fn described(
    name: &str,
    unit: Unit,
    values: &[(Value, Value)],
    differences: &Differences,
) -> MeasureComparison {
    let scale = match unit {
        Unit::Seconds => 1e-9,
        Unit::Writes => 1.0,
    };
    let scaled = |value: f64| value * scale;
    let exact = |value: i64| value as f64 * scale;
    let Interval { low, high } = differences.mean_interval();
    let median = differences.median_interval();
    MeasureComparison {
        name: name.to_owned(),
        unit,
        part: false,
        a_p50: median_of(values.iter().map(|pair| pair.0)).map(|value| value as f64 * scale),
        b_p50: median_of(values.iter().map(|pair| pair.1)).map(|value| value as f64 * scale),
        seen: differences.seen.len() as u64,
        b_never: differences.b_never,
        a_never: differences.a_never,
        neither: differences.neither,
        worse: differences.worse(),
        better: differences.better(),
        mean: differences.mean().map(scaled),
        mean_interval: Interval { low: low.map(scaled), high: high.map(scaled) },
        median: differences.median().map(exact),
        median_interval: Interval { low: median.low.map(exact), high: median.high.map(exact) },
        ranks_worse: None,
        ranks_better: None,
        p: None,
        answer: None,
        disagreement: None,
    }
}

/// What was not seen lies above everything that was.
fn median_of(values: impl Iterator<Item = Value>) -> Value {
    let mut values: Vec<u64> = values.map(|value| value.unwrap_or(u64::MAX)).collect();
    values.sort_unstable();
    quantile::nearest(&values, 0.5).filter(|value| *value != u64::MAX)
}
