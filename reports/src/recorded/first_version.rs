//! Runs as version 1 of the format had them: a field for each of some measures.

use serde::Deserialize;
use units::{Measured, Sheet, Span, Value, rows};

use super::{RecordedRun, hexadecimal};
use crate::run::{Phase, phases_of_any_age};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Run {
    /// The seed that gives this run again.
    seed: u64,
    /// Fingerprint of everything that happened: 16 hexadecimal digits in the file.
    #[serde(with = "hexadecimal")]
    digest: u64,
    /// The recovery time, or how long it had lasted when nobody looked any more.
    recovery_ns: u64,
    /// Whether the end of the recovery was not seen.
    #[serde(default)]
    censored: bool,
    /// Whether it panicked, hung or went on without end: then nothing else here says anything.
    #[serde(default)]
    broken: bool,
    /// Age of the oldest acknowledged write lost.
    #[serde(default)]
    recovery_point_ns: u64,
    /// Acknowledged writes lost.
    #[serde(default)]
    lost_writes: u64,
    /// Parts of the recovery time, in the order of [`Phase::ALL`]; older files have six.
    #[serde(deserialize_with = "phases_of_any_age")]
    phases_ns: [u64; Phase::COUNT],
    /// Outages; absent where nobody looked.
    #[serde(default)]
    outages: Option<u64>,
    /// All outages together; the recovery time is the longest one's.
    #[serde(default)]
    outages_ns: u64,
    /// Time that all clients together lost, each for itself; absent where nobody looked.
    #[serde(default)]
    client_time_lost_ns: Option<u64>,
    /// Whether the end of that was not seen.
    #[serde(default)]
    client_time_censored: bool,
    /// Of the time lost, while nobody who may serve was within reach.
    #[serde(default)]
    client_time_cut_off_ns: u64,
    /// How many clients there are.
    #[serde(default)]
    clients: u64,
    /// How long each of them is counted: up to the horizon.
    #[serde(default)]
    watched_ns: u64,
    /// Invariants violated that the scenario does not allow.
    #[serde(default)]
    violations: Vec<String>,
    /// Invariants violated that it allows.
    #[serde(default)]
    allowed: Vec<String>,
    /// How long two databases accepted writes at once, allowed or not; absent where nobody looked.
    #[serde(default)]
    split_brain_ns: Option<u64>,
    /// By which criteria it is a bad run: their places in the scenario's list, counted from 0.
    #[serde(default)]
    bad: Vec<usize>,
    /// Of which criteria it says nothing, because nobody looked: neither good nor bad, and not counted.
    #[serde(default)]
    unseen: Vec<usize>,
}

impl From<Run> for RecordedRun {
    fn from(run: Run) -> RecordedRun {
        let time = |nanos, censored: bool| {
            let span = Span::from_nanos(nanos);
            if censored { Measured::LongerThan(span) } else { Measured::Exactly(span) }
        };
        let mut sheet = Sheet::blank(rows::ROWS.len());
        sheet.put(rows::RECOVERY_TIME, time(run.recovery_ns, run.censored));
        sheet.put(rows::RECOVERY_POINT, time(run.recovery_point_ns, run.censored));
        sheet.put(rows::LOST_WRITES, run.lost_writes);
        for (row, nanos) in rows::PHASES.into_iter().zip(run.phases_ns) {
            sheet.put(row, Span::from_nanos(nanos));
        }
        if let Some(outages) = run.outages {
            sheet.put(rows::OUTAGES, outages);
            sheet.put(rows::OUTAGE_TIME, time(run.outages_ns, run.censored));
        }
        if let Some(lost) = run.client_time_lost_ns {
            sheet.put(rows::CLIENT_TIME_LOST, time(lost, run.client_time_censored));
            sheet.put(rows::CLIENT_TIME_CUT_OFF, Span::from_nanos(run.client_time_cut_off_ns));
            sheet.put(rows::CLIENTS, run.clients);
            sheet.put(rows::WATCHED, Span::from_nanos(run.watched_ns));
        }
        sheet.put(rows::SPLIT_BRAIN, Value::looked_at(run.split_brain_ns.map(Span::from_nanos)));
        let Run { seed, digest, broken, violations, allowed, bad, unseen, .. } = run;
        RecordedRun { seed, digest, broken, sheet, violations, allowed, bad, unseen }
    }
}
