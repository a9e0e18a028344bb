//! Runs as they come out of a campaign, without a simulator.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use firedrill_reports::{Bad, Campaign, Criterion, FaultSpec, Objectives, Run, StopReason};
use units::{Measured, Sheet, Span, Unit, Value, rows};

/// SplitMix64: small, deterministic, good enough to draw Bernoulli trials and times from.
pub struct Draws(pub u64);

impl Draws {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Even over 0 to below 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// How many of `n` trials succeed.
    pub fn successes(&mut self, n: u64, p: f64) -> u64 {
        (0..n).filter(|_| self.share() < p).count() as u64
    }
}

/// A run that recovered after so many milliseconds.
pub fn recovered(seed: u64, millis: u64) -> Run {
    let recovery_time = Span::from_millis(millis);
    let part = Span::from_nanos(recovery_time.as_nanos() / 8);
    let last = recovery_time.saturating_sub(part.saturating_mul(7));
    let (lost, watched) = (recovery_time.saturating_mul(20), Span::from_secs(900));
    let phases = [part, part, part, part, part, part, part, last];
    let blank = looked_at_everything();
    let sheet = rows::PHASES.into_iter().zip(phases).fold(blank, |sheet, (row, span)| sheet.with(row, span));
    Run {
        seed,
        stop: StopReason::Settled,
        digest: seed.wrapping_mul(0x1234_5678_9abc_def1),
        sheet: sheet
            .with(rows::RECOVERY_TIME, recovery_time)
            .with(rows::RECOVERY_POINT, Span::from_millis(millis % 97))
            .with(rows::LOST_WRITES, millis % 97 / 5)
            .with(rows::CLIENT_TIME_LOST, lost)
            .with(rows::CLIENT_TIME_CUT_OFF, part)
            .with(rows::CLIENTS, 40_u64)
            .with(rows::WATCHED, watched)
            .with(rows::OUTAGES, 1_u64)
            .with(rows::OUTAGE_TIME, recovery_time)
            .with(rows::OBSERVED, watched)
            .with(rows::UNAVAILABLE, recovery_time)
            .with(rows::QUORUM_AVAILABLE, watched)
            .with(rows::FAILOVERS, 1_u64)
            .with(rows::CONVERGED, true)
            .with(rows::COMPLETED_PLANS, 1_u64),
        violations: Vec::new(),
        fault_effects: vec![3],
        struck: vec![true],
        promoted: vec!["west-1".to_owned()],
        events: 441,
    }
}

/// Nothing of anything, but for what is not there to be looked at: readers, plans, elections, trails and alerts.
fn looked_at_everything() -> Sheet {
    let absent = [
        rows::READS_UNAVAILABLE,
        rows::EXECUTION_TIME,
        rows::LEADERLESS,
        rows::UNRECORDED,
        rows::TIME_TO_NOTIFY,
    ];
    let mut sheet = Sheet::blank(rows::ROWS.len());
    for (at, row) in rows::all() {
        let nothing = match row.unit {
            _ if absent.contains(&at) => Value::NotLookedAt,
            Unit::Time => Span::ZERO.into(),
            Unit::Count => 0_u64.into(),
            Unit::Flag => false.into(),
        };
        sheet.put(at, nothing);
    }
    sheet
}

/// A run that was still down after nine minutes.
pub fn never_recovered(seed: u64) -> Run {
    let lasted = Span::from_secs(540);
    let run = recovered(seed, 0)
        .with(rows::RECOVERY_TIME, Measured::LongerThan(lasted))
        .with(rows::UNAVAILABLE, lasted)
        .with(rows::CLIENT_TIME_LOST, Measured::LongerThan(lasted.saturating_mul(40)))
        .with(rows::CLIENT_TIME_CUT_OFF, Span::ZERO)
        .with(rows::WATCHED, lasted)
        .with(rows::OUTAGE_TIME, Measured::LongerThan(lasted));
    Run { stop: StopReason::Horizon, ..run }
}

/// A run whose logic panicked.
pub fn panicked(seed: u64) -> Run {
    Run { stop: StopReason::Panicked("lease expired before it began".to_owned()), ..recovered(seed, 0) }
}

/// So many runs that take 20 to 32 seconds.
pub fn campaign_of(runs: u64) -> Vec<Run> {
    let mut draws = Draws(7);
    (0..runs).map(|seed| recovered(seed, 20_000 + draws.next() % 9_000 + draws.next() % 3_000)).collect()
}

/// p99 of the recovery time within so many seconds, at 95 % confidence.
pub fn p99_within(secs: u64) -> Criterion {
    Criterion::quantile(0.99, Bad::RecoveryTimeAbove(Span::from_secs(secs)), 0.95)
}

/// A fault that must take effect in half the runs.
pub fn region_loss() -> FaultSpec {
    FaultSpec { name: "RegionLoss(doha)".to_owned(), takes_effect_in: 0.5, waits: false }
}

/// These runs and criteria, with an RTO of 10 minutes and an RPO of 15.
pub fn campaign<'a>(name: &'a str, runs: &'a [Run], criteria: &'a [Criterion]) -> Campaign<'a> {
    Campaign {
        name,
        file: "scenarios/qnwis/primary-region-loss.ron",
        story: "The region that holds the primary goes dark.",
        covers: &[],
        objectives: Some(Objectives::new(Span::from_secs(600), Span::from_secs(900))),
        exempt: &[],
        criteria,
        allows: &[],
        unjudged: &[],
        faults: &[],
        claims: &[],
        lint: &[],
        service: None,
        overrides: &[],
        planned: runs.len() as u64,
        runs,
        unfinished: &[],
        scripted: None,
    }
}
